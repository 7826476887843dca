//! Rules that are about benchmarks that there are not.
//!
//! Where the captures are of everything, a name that no benchmark has is a mistake in the rule, or
//! a benchmark that was renamed: the rule judges nothing, and must not seem to be kept. Where only
//! some benchmarks were captured it says nothing, and is skipped.

use crate::config::{Rule, Side as Which, Test};
use crate::model::{BenchmarkId, Pattern, near};

use super::arms::Arms;
use super::verdict::{Judged, Kind, Open, Outcome};

/// Why a rule is skipped whose benchmarks were not among those captured.
const LEFT_OUT: &str = "about benchmarks that were not captured";

/// One outcome for each name in a rule that no benchmark has.
pub(super) fn judge(rule: &Rule, arms: &Arms<'_>) -> Vec<Judged> {
    let (kind, patterns) = patterns(&rule.test);
    let missing = patterns.into_iter().filter(|(pattern, sides)| {
        let ids = sides.iter().flat_map(|side| arms.ids(*side));
        !ids.into_iter().any(|id| pattern.takes(id))
    });
    missing.map(|(pattern, sides)| one(kind, pattern, sides, arms)).collect()
}

fn one(kind: Kind, pattern: &Pattern, sides: &[Which], arms: &Arms<'_>) -> Judged {
    let mut judged = Judged::new(kind, None, format!("`{pattern}`"));
    // A capture of everything would have it.
    if sides.iter().all(|side| arms.is_partial(*side)) {
        return judged.skipped(LEFT_OUT);
    }
    let ids: Vec<&BenchmarkId> = sides.iter().flat_map(|side| arms.ids(*side)).collect();
    let there = match sides {
        [_, _] => "there is no such benchmark in either capture".to_owned(),
        [side] if arms.are_two() => format!("{} has no such benchmark", arms.label(*side)),
        _ => "there is no such benchmark".to_owned(),
    };
    judged.outcome = Outcome::Inconclusive;
    judged.open = Some(Open::Unmatched);
    judged.reason = format!("{there}{}", meant(pattern, &ids));
    judged
}

/// `; did you mean …?`, where a benchmark has a similar name.
fn meant(pattern: &Pattern, ids: &[&BenchmarkId]) -> String {
    let mut names: Vec<String> = Vec::new();
    for id in ids {
        names.push(id.benchmark.clone());
        names.push(format!("{}/{}", id.target, id.benchmark));
        names.push(id.to_string());
        // `group/*` is as far from `gruop/*` as their first parts are.
        if let Some((group, _)) = id.benchmark.split_once('/') {
            names.push(format!("{group}/*"));
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match near(pattern.as_str(), &names).first() {
        Some(name) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}

/// What a rule names, and where it looks for that.
fn patterns(test: &Test) -> (Kind, Vec<(&Pattern, &'static [Which])>) {
    const EITHER: &[Which] = &[Which::Base, Which::New];
    const NEW: &[Which] = &[Which::New];
    fn all<'a>(
        patterns: &'a [Pattern],
        sides: &'static [Which],
    ) -> Vec<(&'a Pattern, &'static [Which])> {
        patterns.iter().map(|pattern| (pattern, sides)).collect()
    }
    match test {
        Test::Limit(limit) => (Kind::Limit, all(&limit.benchmarks, EITHER)),
        Test::Part(part) => (Kind::Part, all(&part.benchmarks, NEW)),
        Test::NewHotPath { benchmarks, .. } => (Kind::Part, all(benchmarks, NEW)),
        Test::NewAllocations { benchmarks, .. } => (Kind::Part, all(benchmarks, EITHER)),
        Test::Objective(objective) => (Kind::Objective, all(&objective.benchmarks, NEW)),
        Test::Invariant(invariant) => (Kind::Invariant, all(&invariant.benchmarks, NEW)),
        Test::Claim(claim) => {
            let operands = [&claim.numerator, &claim.denominator].into_iter();
            let sides = |operand: &&crate::config::Operand| match operand.side {
                Which::Base => &EITHER[..1],
                Which::New => NEW,
            };
            (Kind::Claim, operands.map(|one| (&one.benchmark, sides(&one))).collect())
        }
    }
}

impl Test {
    /// Whether nothing can be said of it when one of its benchmarks is missing.
    pub(super) fn needs_all_it_names(&self) -> bool {
        matches!(self, Self::Claim(_) | Self::Invariant(_))
    }
}
