//! `[[invariant]]`: figures that have an order whatever the code does.

use super::read::{patterns, spoken};
use super::{Invariant, Order, Test};
use crate::config::document::Table;
use crate::config::measure::Measure;
use crate::config::quantity::Bound;

pub(super) fn invariant(table: &Table<'_>) -> Option<Test> {
    let measure = Measure::of(table, Measure::P50);
    let (ascending, alike) = (patterns(table, "ascending"), patterns(table, "alike"));
    let within = table.quantity("within");
    let (benchmarks, order) = match (ascending.is_empty(), alike.is_empty()) {
        (false, true) => {
            if let Some(within) = within {
                table.problem(within.at, "`within` goes with `alike`");
            }
            (ascending, Order::Ascending)
        }
        (true, false) => {
            let Some(within) = within else {
                table.problem(table.at(), "`alike` needs `within`, as \"3 ms\" or \"5%\"");
                return None;
            };
            let order = match Bound::parse(&within.value) {
                Ok(Bound::Share(share)) => Order::AlikeWithinShare(share),
                Ok(Bound::Amount(amount, unit)) => {
                    if let Some(expected) = measure.unit().filter(|expected| *expected != unit) {
                        let (name, expected) = (measure.name(), spoken(expected));
                        table.problem(
                            within.at,
                            format!("`{name}` is {expected}, not {}", spoken(unit)),
                        );
                    }
                    Order::AlikeWithin(amount, unit)
                }
                _ => {
                    table.problem(
                        within.at,
                        "`within` is an amount or a share, as \"3 ms\" or \"5%\"",
                    );
                    return None;
                }
            };
            (alike, order)
        }
        _ => {
            table.problem(table.at(), "[[invariant]] needs one of `ascending` and `alike`");
            return None;
        }
    };
    if benchmarks.len() < 2 {
        table.problem(table.at(), "an invariant is about two benchmarks or more");
    }
    Some(Test::Invariant(Invariant { benchmarks, measure, order }))
}
