//! `[[objective]]`: a target for one capture.

use super::read::{benchmarks, bound, spoken};
use super::{Objective, Test};
use crate::config::document::Table;
use crate::config::measure::{Measure, Unit};
use crate::config::quantity::Bound;

pub(super) fn objective(table: &Table<'_>) -> Option<Test> {
    let benchmarks = benchmarks(table);
    let measure = Measure::of(table, Measure::P50);
    if let Some(succeeds) = table.boolean("succeeds") {
        if !succeeds {
            table.problem(table.place_of("succeeds"), "`succeeds` can be true only");
        }
        for key in ["at-most", "at-least", "measure", "metric"] {
            if table.has(key) {
                table.problem(table.place_of(key), format!("`succeeds` goes without `{key}`"));
            }
        }
        return Some(Test::Objective(Objective { benchmarks, target: None }));
    }
    let (direction, bound) = bound(table)?;
    let (value, unit) = match (bound.value, &measure) {
        (Bound::Amount(value, unit), _) => (value, unit),
        // 10 % more is a plain number here: a spread, a tail's ratio.
        (Bound::Share(share), Measure::Spread | Measure::Tail | Measure::Metric(_)) => {
            (share, Unit::Plain)
        }
        _ => {
            table.problem(
                bound.at,
                "an objective is an amount, as \"10 µs\"; a limit on the change from another \
                 capture is a [[limit]]",
            );
            return None;
        }
    };
    if let Some(expected) = measure.unit().filter(|expected| *expected != unit) {
        table.problem(
            bound.at,
            format!("`{}` is {}, not {}", measure.name(), spoken(expected), spoken(unit)),
        );
    }
    let target = Some((measure, direction, value, unit));
    Some(Test::Objective(Objective { benchmarks, target }))
}
