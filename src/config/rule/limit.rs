//! `[[limit]]`: on the change of a benchmark, on a part of the program, on what is new.

use super::read::{benchmarks, bound, known_categories, patterns};
use super::{Limit, Part, PartKind, Test, Weighing};
use crate::config::document::Table;
use crate::config::measure::{Measure, Unit};
use crate::config::quantity::Bound;
use crate::model::{Category, Pattern};

pub(super) fn limit(table: &Table<'_>, categories: &[Category]) -> Option<Test> {
    let benchmarks = benchmarks(table);
    let parts = [
        (PartKind::Function, "function"),
        (PartKind::Module, "module"),
        (PartKind::Crate, "crate"),
        (PartKind::Category, "category"),
    ];
    let hot = table.quantity("new-hot-path");
    let allocations = table.quantity("new-allocations");
    let of = table.one_of("of", &["self", "total"]);
    let named: Vec<(PartKind, &'static str, Vec<Pattern>)> = parts
        .into_iter()
        .map(|(kind, key)| (kind, key, patterns(table, key)))
        .filter(|(_, _, names)| !names.is_empty())
        .collect();
    let subjects = named.len() + usize::from(hot.is_some()) + usize::from(allocations.is_some());
    // Asked for by one kind of limit only; no other one takes them for a slip.
    let others = ["measure", "metric", "at-most", "at-least"].map(|key| (key, table.has(key)));
    if subjects > 1 {
        table.problem(
            table.at(),
            "a [[limit]] is about one of `function`, `module`, `crate`, `category`, \
             `new-hot-path` and `new-allocations`",
        );
        return None;
    }
    if named.is_empty() && of.is_some() {
        table.problem(
            table.place_of("of"),
            "`of` needs a `function`, `module`, `crate` or `category` that it is about",
        );
    }
    if hot.is_some() || allocations.is_some() {
        for (key, _) in others.into_iter().filter(|(_, is_there)| *is_there) {
            table.problem(
                table.place_of(key),
                format!("a limit on what is new goes without `{key}`"),
            );
        }
    }
    if let Some(text) = hot {
        return match Bound::parse(&text.value) {
            Ok(Bound::Share(share)) if share > 0.0 && share < 1.0 => {
                Some(Test::NewHotPath { benchmarks, share })
            }
            _ => {
                table.problem(text.at, "`new-hot-path` is a share of the benchmark, as \"5%\"");
                None
            }
        };
    }
    if let Some(text) = allocations {
        return match Bound::parse(&text.value) {
            Ok(Bound::Amount(most, Unit::Plain | Unit::Bytes)) if most >= 0.0 => {
                Some(Test::NewAllocations { benchmarks, most })
            }
            _ => {
                table.problem(text.at, "`new-allocations` is a number of them per iteration");
                None
            }
        };
    }
    if let Some((kind, _, names)) = named.into_iter().next() {
        if kind == PartKind::Category {
            known_categories(table, &names, categories);
        }
        let (direction, bound) = bound(table)?;
        let weighing = if of == Some("self") { Weighing::Own } else { Weighing::Total };
        if matches!(bound.value, Bound::Change(_))
            && weighing == Weighing::Total
            && kind != PartKind::Function
        {
            table.problem(
                bound.at,
                format!("a change of a {} is known `of = \"self\"` only", kind.as_str()),
            );
        }
        let bound = bound.value;
        return Some(Test::Part(Part { benchmarks, kind, names, weighing, direction, bound }));
    }
    let measure = Measure::of(table, Measure::Time);
    let (direction, bound) = bound(table)?;
    let change = match bound.value {
        Bound::Change(change) => Some(change),
        Bound::Noise => None,
        Bound::Share(_) | Bound::Amount(..) => {
            table.problem(
                bound.at,
                "a limit on a benchmark's change is written with its sign, as \"+10%\", or \
                 \"noise\"; a target for one capture is an [[objective]]",
            );
            return None;
        }
    };
    Some(Test::Limit(Limit { benchmarks, measure, direction, change }))
}
