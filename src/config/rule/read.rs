//! All rules of a file, and what several kinds of them have in common.

use super::claim::claim;
use super::invariant::invariant;
use super::limit::limit;
use super::objective::objective;
use super::{Direction, Rule, Test};
use crate::config::document::{At, Table, meant};
use crate::config::measure::Unit;
use crate::config::quantity::Bound;
use crate::model::{Category, Pattern};

/// Patterns under a key.
pub(in crate::config) fn patterns(table: &Table<'_>, key: &'static str) -> Vec<Pattern> {
    table.texts(key).into_iter().map(|text| Pattern::new(text.value)).collect()
}

/// All rules. Ids are unique over all kinds, also those of parity commands.
pub(in crate::config) fn rules(table: &Table<'_>, categories: &[Category]) -> Vec<Rule> {
    type Read<'a> = &'a dyn Fn(&Table<'_>) -> Option<Test>;
    let kinds: [(&'static str, &'static str, Read<'_>); 4] = [
        ("limit", "[[limit]]", &|table| limit(table, categories)),
        ("objective", "[[objective]]", &objective),
        ("claim", "[[claim]]", &claim),
        ("invariant", "[[invariant]]", &invariant),
    ];
    let mut ids: Vec<String> = Vec::new();
    let mut rules = Vec::new();
    for parity in table.tables("parity", "[[parity]]") {
        ids.extend(unique(&parity, &ids));
    }
    for (key, what, read) in kinds {
        for (index, table) in table.tables(key, what).iter().enumerate() {
            let id = unique(table, &ids).unwrap_or_else(|| format!("{key}-{}", index + 1));
            ids.push(id.clone());
            let test = read(table);
            table.finish();
            rules.extend(test.map(|test| Rule { id, test }));
        }
    }
    rules
}

fn unique(table: &Table<'_>, ids: &[String]) -> Option<String> {
    let id = table.text("id")?;
    if ids.iter().any(|other| other == id.value) {
        table.problem(id.at, format!("there is another rule with the id `{}`", id.value));
    }
    Some(id.value.to_owned())
}

/// Complains of categories that nobody has defined: a share of nothing would always be kept.
pub(super) fn known_categories(table: &Table<'_>, names: &[Pattern], categories: &[Category]) {
    let known: Vec<&str> = categories.iter().map(|category| &*category.name).collect();
    for name in names {
        if !known.iter().any(|known| name.matches(known)) {
            let hint = match meant(name.as_str(), &known) {
                hint if hint.is_empty() => format!("; there are {}", known.join(", ")),
                hint => hint,
            };
            let at = table.place_of("category");
            table.problem(at, format!("no [[category]] is named `{name}`{hint}"));
        }
    }
}

/// Which benchmarks a rule is about: all where it names none.
pub(super) fn benchmarks(table: &Table<'_>) -> Vec<Pattern> {
    let named = patterns(table, "benchmarks");
    if named.is_empty() { vec![Pattern::new("*")] } else { named }
}

/// `at-most` or `at-least`, one of them.
pub(super) fn bound(table: &Table<'_>) -> Option<(Direction, At<Bound>)> {
    let sides = [
        (Direction::AtMost, table.quantity("at-most")),
        (Direction::AtLeast, table.quantity("at-least")),
    ];
    match sides {
        [(_, Some(_)), (_, Some(least))] => {
            table.problem(least.at, "a rule has `at-most` or `at-least`, not both");
            None
        }
        [(_, None), (_, None)] => {
            if !table.has("at-most") && !table.has("at-least") {
                table
                    .problem(table.at(), format!("{} needs `at-most` or `at-least`", table.what()));
            }
            None
        }
        [most, least] => {
            let (direction, text) = if most.1.is_some() { most } else { least };
            let text = text?;
            match Bound::parse(&text.value) {
                Ok(bound) => Some((direction, At { value: bound, at: text.at })),
                Err(message) => {
                    table.problem(text.at, message);
                    None
                }
            }
        }
    }
}

/// How an amount of a unit is written.
pub(super) fn spoken(unit: Unit) -> &'static str {
    match unit {
        Unit::Nanoseconds => "a time, as \"10 µs\"",
        Unit::Bytes => "an amount of memory, as \"10 MB\"",
        Unit::PerSecond => "a rate, as \"90 /s\"",
        Unit::Plain => "a plain number",
    }
}
