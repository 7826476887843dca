//! `[[claim]]`: a ratio of two figures.

use super::read::bound;
use super::{Claim, Operand, Side, Test};
use crate::config::document::Table;
use crate::config::measure::{Measure, Unit};
use crate::config::quantity::Bound;
use crate::model::Pattern;

pub(super) fn claim(table: &Table<'_>) -> Option<Test> {
    let measure = Measure::of(table, Measure::P50);
    let numerator = operand(table, "numerator", &measure);
    let denominator = operand(table, "denominator", &measure);
    let (direction, bound) = bound(table)?;
    let ratio = match bound.value {
        Bound::Amount(ratio, Unit::Plain) if ratio > 0.0 => ratio,
        Bound::Share(ratio) if ratio > 0.0 => ratio,
        _ => {
            table.problem(bound.at, "a claim is about a ratio above 0, as 1000 or 0.2");
            return None;
        }
    };
    let (numerator, denominator) = (numerator?, denominator?);
    if let (Some(a), Some(b)) = (numerator.measure.unit(), denominator.measure.unit())
        && a != b
    {
        table.problem(
            table.place_of("denominator"),
            format!(
                "`{}` and `{}` have different units, and no ratio",
                numerator.measure.name(),
                denominator.measure.name()
            ),
        );
    }
    Some(Test::Claim(Claim { numerator, denominator, direction, ratio }))
}

/// A benchmark's name, or a table that says which figure of which capture as well.
fn operand(table: &Table<'_>, key: &'static str, default: &Measure) -> Option<Operand> {
    let Some(given) = table.text_or_table(key) else {
        if !table.has(key) {
            table.problem(table.at(), format!("{} needs a `{key}`", table.what()));
        }
        return None;
    };
    match given {
        Ok(name) => Some(Operand {
            benchmark: Pattern::new(name.value),
            measure: default.clone(),
            side: Side::New,
        }),
        Err(inner) => {
            let benchmark = inner.text("benchmark");
            let measure = Measure::of(&inner, default.clone());
            let side = match inner.one_of("capture", &["base", "new"]) {
                Some("base") => Side::Base,
                _ => Side::New,
            };
            inner.finish();
            if !inner.has("benchmark") {
                inner.problem(inner.at(), format!("`{key}` needs a `benchmark`"));
            }
            Some(Operand { benchmark: Pattern::new(benchmark?.value), measure, side })
        }
    }
}
