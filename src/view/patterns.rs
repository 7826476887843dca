//! What stands out in a profile, worded, each with what to do about it.

use crate::model::{Category, Profile, Weight};
use crate::patterns::{self, Kind, Options, Work};

use super::diff::plural;
use super::{categories, quantity};

/// A pattern, worded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternView {
    /// `wide flat bar`, `recursion`, `many narrow bars`, `allocation in a hot path`, …
    pub what: &'static str,
    /// Its figures, in a sentence without its end.
    pub text: String,
    /// The call path to it, outermost first.
    pub path: Vec<String>,
    /// What to do.
    pub advice: &'static str,
}

/// Wide bars told of one benchmark.
const WIDE: usize = 5;

/// All that stands out in a profile. `hot`: the total share of a hot path.
pub(super) fn patterns(profile: &Profile, categories: &[Category], hot: f64) -> Vec<PatternView> {
    let work = categories::work(profile, categories);
    let options = Options { hot, ..Options::default() };
    let what = match profile.weight {
        Weight::CpuTime | Weight::Cycles => "time",
        counted => counted.cost_unit(),
    };
    let mut wide = 0;
    patterns::find(profile, &work, &options)
        .iter()
        .filter(|pattern| {
            wide += usize::from(matches!(pattern.kind, Kind::Wide { .. }));
            !matches!(pattern.kind, Kind::Wide { .. }) || wide <= WIDE
        })
        .map(|pattern| view(pattern, what))
        .collect()
}

/// `weight`: what shares are of.
fn view(pattern: &patterns::Pattern, weight: &str) -> PatternView {
    let share = quantity::share(pattern.share);
    let (what, text, advice) = match &pattern.kind {
        Kind::Wide { own, work } => (
            "wide flat bar",
            match quantity::share(*own) {
                own if own == share => format!("{own} is its own work, and it calls nothing"),
                own => format!("{own} is its own work, of {share} with what it calls"),
            },
            match work {
                Work::Own => "optimise this function itself, or call it less often",
                _ => "it is not the program's own: call it less often, or for less",
            },
        ),
        Kind::Recursion { deepest, mean, cycle } => {
            let through = match &cycle[..] {
                [] | [_] => String::new(),
                [_, others @ ..] => {
                    format!(", by way of {}", plural(others.len() as u64, "other function"))
                }
            };
            (
                "recursion",
                format!(
                    "{share} of the {weight}, up to {deepest} deep ({mean:.1} on average){through}"
                ),
                "each call's overhead counts as often as it is nested: consider flattening it into \
                 a loop, or caching what it computes",
            )
        }
        Kind::Crumbs { callees, largest } => (
            "many narrow bars",
            format!(
                "{share} in {}, the largest with {}",
                plural(*callees as u64, "callee"),
                quantity::share(*largest)
            ),
            "not necessarily bad, since inlining looks like this; check whether calling them costs \
             more than what they do",
        ),
        Kind::Service { work, called } => {
            let (what, advice) = match work {
                Work::Copying => (
                    "copying in a hot path",
                    "see whether it can borrow, move, or copy once outside of the loop",
                ),
                Work::Locks => (
                    "locks in a hot path",
                    "contention multiplies: hold the lock shorter, share less, or use atomics",
                ),
                Work::Allocation | Work::Own | Work::Library => (
                    "allocation in a hot path",
                    "in a loop it grows with the input: reuse a buffer, reserve its capacity once, or \
                     move it out of the loop",
                ),
            };
            (what, format!("{share}, most of it in {}", super::shorten(called, 80)), advice)
        }
    };
    PatternView { what, text, path: pattern.path.clone(), advice }
}
