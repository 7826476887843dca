//! Rules and a [`Comparison`], or one capture → a [`Verdict`].
//!
//! A limit is held against the interval and not the point: it is broken where the whole interval is
//! beyond it, kept where the whole interval is within it, and open in between. Whether the error
//! is small enough for a rule to be broken is adjusted over all rules that were tested (Holm).
//! What cannot be judged is skipped, and says why. The same inputs give the same verdict.
//!
//! Deliberately absent: findings about the measurement itself, wording and rounding (the view's),
//! and exit codes (the command's).

mod arms;
mod claim;
mod comparability;
mod decide;
mod figure;
mod fresh;
mod invariant;
mod limit;
mod objective;
mod options;
mod parity;
mod part;
#[cfg(test)]
mod tests;
mod unmatched;
mod verdict;

pub use options::Options;
pub use verdict::{Decision, Judged, Kind, Open, Outcome, Verdict};

use crate::config::{Config, Rule, Test};
use crate::diff::{self, Comparison, Side};
use crate::model::Capture;

use arms::Arms;
use decide::settle;

/// Judges two captures by all rules. `sides` are the base and the new capture that `comparison` is
/// of.
pub fn judge(
    config: &Config,
    comparison: &Comparison,
    sides: [&dyn Side; 2],
    options: &Options,
) -> Verdict {
    let arms = Arms::new(comparison, sides, options);
    let mut judged = parity::judge(&config.parities, [&comparison.base, &comparison.new]);
    let wrong = judged.iter().find(|one| one.outcome == Outcome::Fail).map(|one| one.id.clone());
    for rule in &config.rules {
        let mut found = one(rule, &arms);
        for one in &mut found {
            // A program that is wrong may be as fast as it likes.
            if let Some(wrong) = &wrong {
                one.skip(format!("{wrong} failed: nothing else counts"));
            }
        }
        judged.extend(found);
    }
    Verdict::new(settle(judged, options), config.fail_inconclusive(options))
}

/// One rule on all benchmarks that it is about, and on those that it names and that there are not.
fn one(rule: &Rule, arms: &Arms<'_>) -> Vec<Judged> {
    let mut judged = unmatched::judge(rule, arms);
    if judged.is_empty() || !rule.test.needs_all_it_names() {
        judged.extend(match &rule.test {
            Test::Limit(limit) => limit::judge(limit, arms),
            Test::Part(part) => part::judge(part, arms),
            Test::NewHotPath { benchmarks, share } => fresh::hot_path(benchmarks, *share, arms),
            Test::NewAllocations { benchmarks, most } => {
                fresh::allocations(benchmarks, *most, arms)
            }
            Test::Objective(objective) => objective::judge(objective, arms),
            Test::Claim(claim) => claim::judge(claim, arms),
            Test::Invariant(invariant) => invariant::judge(invariant, arms),
        });
    }
    judged.iter_mut().for_each(|one| one.id.clone_from(&rule.id));
    judged
}

/// Why nothing that compares two captures counts: the command that failed or printed something
/// else, and how.
pub fn wrong(config: &Config, captures: [&Capture; 2]) -> Option<String> {
    let judged = parity::judge(&config.parities, captures);
    let failed = judged.into_iter().find(|one| one.outcome == Outcome::Fail)?;
    Some(format!("{}: {}", failed.id, failed.reason))
}

/// Orders that hold whatever the code does, and how they came out in one capture. It is its
/// measurement that is in question where they do not hold.
pub fn invariants(config: &Config, side: &dyn Side, options: &Options) -> Vec<Judged> {
    let is_one = |rule: &&Rule| matches!(rule.test, Test::Invariant(_));
    let rules: Vec<Rule> = config.rules.iter().filter(is_one).cloned().collect();
    if rules.is_empty() {
        return Vec::new();
    }
    check(&Config { rules, parities: Vec::new(), ..config.clone() }, side, options).judged
}

/// Judges one capture by the rules that need no other.
pub fn check(config: &Config, side: &dyn Side, options: &Options) -> Verdict {
    let comparison = diff::alone(side, &options.diff);
    let arms = Arms::alone(&comparison, side, options);
    let mut judged = parity::judge_one(&config.parities, &comparison.new);
    for rule in config.rules.iter().filter(|rule| rule.test.needs_one_capture()) {
        judged.extend(one(rule, &arms));
    }
    Verdict::new(settle(judged, options), config.fail_inconclusive(options))
}

impl Config {
    fn fail_inconclusive(&self, options: &Options) -> bool {
        options.fail_inconclusive.or(self.fail_inconclusive).unwrap_or(false)
    }
}

impl Test {
    /// Whether one capture is enough for it.
    pub fn needs_one_capture(&self) -> bool {
        use crate::config::{Bound, Side};
        match self {
            Self::Objective(_) | Self::Invariant(_) => true,
            Self::Claim(claim) => {
                [&claim.numerator, &claim.denominator].iter().all(|one| one.side == Side::New)
            }
            Self::Part(part) => matches!(part.bound, Bound::Share(_) | Bound::Amount(..)),
            Self::Limit(_) | Self::NewHotPath { .. } | Self::NewAllocations { .. } => false,
        }
    }
}
