//! What a comparison of two captures says. Both sides are always kept.

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::{BenchmarkId, Capture, Failure, Finding, Harness, Weight};

use crate::stats::{Estimate, level_per_look, student_cdf};

use super::ladder::LadderDiff;
use super::tree::DiffTree;
use crate::matching::{Matching, Rule};

/// Two captures compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The capture compared against.
    pub base: Capture,
    /// The capture that is judged.
    pub new: Capture,
    /// What a reader has to know before any number: how alike the sides are, and how good the data.
    pub notes: Vec<Finding>,
    /// Ordered by id; benchmarks of either side.
    pub benchmarks: Vec<BenchmarkDiff>,
    /// Benchmarks at several levels of load, in the order of their ids.
    pub ladders: Vec<LadderDiff>,
}

/// What is said of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The whole interval is below zero, and beyond what the comparison can resolve.
    Faster,
    /// The whole interval is above zero, and beyond what the comparison can resolve.
    Slower,
    /// The whole interval lies inside the indifference zone.
    Unchanged,
    /// The data cannot tell.
    Inconclusive,
    /// Only in the new capture.
    New,
    /// Only in the base.
    Vanished,
}

impl Verdict {
    /// The same of amounts, which are no matter of speed.
    pub fn of_amount(self) -> &'static str {
        match self {
            Self::Faster => "fewer",
            Self::Slower => "more",
            Self::Unchanged => "equal",
            other => other.as_str(),
        }
    }

    /// Its name in reports and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Unchanged => "unchanged",
            Self::Inconclusive => "inconclusive",
            Self::New => "new",
            Self::Vanished => "vanished",
        }
    }
}

/// One benchmark of either side.
#[derive(Clone, Debug)]
pub struct BenchmarkDiff {
    /// Which.
    pub id: BenchmarkId,
    /// What runs it (in the new capture, where it is there).
    pub harness: Harness,
    /// Times; `None` when neither side has any.
    pub timing: Option<TimingDiff>,
    /// What the system accounted to it, medians over runs; empty when unknown.
    pub resources: Vec<ResourceDiff>,
    /// Functions by what was sampled; `None` when neither side has such a profile.
    pub profile: Option<ProfileDiff>,
    /// What was counted, measure by measure; empty when neither side counted anything.
    pub counts: Vec<CountDiff>,
    /// What went wrong on the base's side.
    pub base_failure: Option<Failure>,
    /// What went wrong on the new side.
    pub new_failure: Option<Failure>,
}

/// How two sides were measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// Each in its own session: what differs between sessions is in the difference.
    Stored,
    /// In turns, in one session.
    Paired {
        /// Pairs of runs with figures on both sides.
        pairs: usize,
    },
}

impl Design {
    /// Its name in reports and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Paired { .. } => "paired",
        }
    }

    /// How many pairs; `None` for sides that were not measured in turns.
    pub fn pairs(self) -> Option<usize> {
        match self {
            Self::Stored => None,
            Self::Paired { pairs } => Some(pairs),
        }
    }
}

/// A relative change with what is known of its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// `new / base - 1` of the sides' typical times.
    pub ratio: f64,
    /// Interval of `ratio`, lower and upper end.
    pub interval: (f64, f64),
    /// Probability of no change at all, adjusted for the number of benchmarks tested.
    pub p_value: f64,
    /// Smallest relative change that this comparison would have found; infinite where it could
    /// not have found any.
    pub detectable: f64,
    /// The change of the logarithm, with its error.
    pub log: Estimate,
    /// The smallest two-sided p-value that so few pairs allow; 0 without such a limit.
    pub least_p: f64,
    /// How often it was looked at whether there were pairs enough: the error rate is spent evenly
    /// over the looks.
    pub looks: u32,
}

impl Change {
    /// One-sided p-value of the change being at most `limit` (relative): small when it is shown to
    /// be larger. Not adjusted; gates do that by [`holm`](crate::stats::holm).
    pub fn p_at_most(&self, limit: f64) -> f64 {
        self.one_sided(self.log.value - limit.ln_1p())
    }

    /// One-sided p-value of the change being at least `limit` (relative): small when it is shown
    /// to be smaller.
    pub fn p_at_least(&self, limit: f64) -> f64 {
        self.one_sided(limit.ln_1p() - self.log.value)
    }

    /// The bounds that the change is above, and below, each with an error rate of `level`.
    pub fn one_sided_bounds(&self, level: f64) -> (f64, f64) {
        let level = level / self.penalty();
        if level < self.least_p / 2.0 || self.log.error.is_infinite() {
            return (-1.0, f64::INFINITY);
        }
        let (low, high) = self.log.interval(1.0 - 2.0 * level);
        (low.exp_m1(), high.exp_m1())
    }

    fn one_sided(&self, excess: f64) -> f64 {
        let p_value = if self.log.error == 0.0 {
            if excess > 0.0 { 0.0 } else { 1.0 }
        } else {
            student_cdf(-excess / self.log.error, self.log.degrees)
        };
        (p_value.max(self.least_p / 2.0) * self.penalty()).min(1.0)
    }

    /// How many times larger p-values are for having looked more than once.
    fn penalty(&self) -> f64 {
        0.05 / level_per_look(0.05, self.looks as usize)
    }
}

/// Times of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct TimingDiff {
    /// The base's times, in ns per iteration.
    pub base: Option<TimingSummary>,
    /// The new times, in ns per iteration.
    pub new: Option<TimingSummary>,
    /// `None` when a side is missing, or when no number can be trusted.
    pub change: Option<Change>,
    /// Confidence level of the interval, such as 0.95.
    pub confidence: f64,
    /// How the two sides were measured.
    pub design: Design,
    /// How many more pairs are expected to settle an inconclusive comparison of pairs; `None` where
    /// there is nothing to settle, or no number of pairs that anybody waits for.
    pub more_pairs: Option<usize>,
    /// What to make of it.
    pub verdict: Verdict,
}

/// Times of one side, ns per iteration, over all samples of all runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimingSummary {
    /// Process-level runs.
    pub runs: usize,
    /// Samples in all runs.
    pub samples: usize,
    /// The time that two captures are compared by: where undisturbed runs lie. A
    /// [`Change::ratio`] is the ratio of the sides' typical times, less 1.
    pub typical: f64,
    /// Mean of the runs' means.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 95th percentile (of batch means where batches have several iterations).
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// Standard deviation of samples.
    pub standard_deviation: f64,
    /// Standard deviation of the logarithms of the runs' typical times (their 15 % quantiles, as
    /// `typical` and the checks of quality take them); `None` for one run.
    pub run_variation: Option<f64>,
    /// Whether the harness keeps its samples to itself, so that `p95` and `p99` are only known
    /// to lie at or below the figures given (the slowest sample).
    pub percentiles_are_bounds: bool,
}

/// One resource on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceDiff {
    /// `user CPU`, `system CPU`, `peak RSS`, `page faults`, `context switches`, …
    pub name: Cow<'static, str>,
    /// `ns`, `bytes`, `per_s` or `count`.
    pub unit: &'static str,
    /// The base's, per process.
    pub base: Option<f64>,
    /// The new one, per process.
    pub new: Option<f64>,
    /// Median of the pairs' differences; `None` for sides that were not measured in turns.
    pub delta: Option<f64>,
    /// Interval of `delta`.
    pub interval: Option<(f64, f64)>,
    /// What to make of `delta`: *slower* stands for more, *faster* for less. `None` where too little
    /// is known for any verdict.
    pub verdict: Option<Verdict>,
}

/// Profiles of one benchmark.
#[derive(Clone, Debug)]
pub struct ProfileDiff {
    /// What the weights count.
    pub weight: Weight,
    /// Unit of every cost: `ns`, `instructions` or `bytes` per iteration; `None` when no time per
    /// iteration is known, and there are shares only.
    pub unit: Option<&'static str>,
    /// The base's profile, in figures.
    pub base: Option<ProfileSide>,
    /// The new profile, in figures.
    pub new: Option<ProfileSide>,
    /// Functions of either side, largest change of self cost first (of self share without costs).
    pub functions: Vec<FunctionDiff>,
    /// Paths that are hot on either side, hottest first.
    pub hot_paths: Vec<PathDiff>,
    /// Crates and modules, largest change first.
    pub groups: Vec<GroupDiff>,
    /// The benchmark's change of cost: of the timing runs' typical times where both sides have
    /// such, else of the profiled runs' costs. `None` without costs, or without one side.
    pub delta: Option<f64>,
    /// `delta` minus the sum of its functions' changes, i.e. what the timing runs saw and the
    /// profiled runs did not; 0 without costs.
    pub unexplained: f64,
    /// Interval of `unexplained`, by the spread between runs; `None` where that is not known.
    pub unexplained_interval: Option<(f64, f64)>,
    /// How the two sides were profiled.
    pub design: Design,
    /// Whether the recorder counted everything: then every change is real, and there are no
    /// intervals to speak of.
    pub is_exact: bool,
    /// Both call trees merged, by the counterparts that functions have.
    pub tree: DiffTree,
    /// How functions were paired up.
    pub matching: Matching,
    /// What was left over, put together; the largest change first.
    pub refactors: Vec<RefactorDiff>,
    /// Share of either side, base and new, in functions that have neither a counterpart nor a
    /// place in `refactors`.
    pub unmatched: [f64; 2],
}

/// What was counted of one benchmark: one measure of it, such as instructions.
#[derive(Clone, Debug)]
pub struct CountDiff {
    /// What is counted.
    pub measure: Weight,
    /// The base's; `None` where it was not counted.
    pub base: Option<CountSide>,
    /// The new one.
    pub new: Option<CountSide>,
    /// Change per iteration; `None` without one side.
    pub delta: Option<f64>,
    /// What to make of it: *slower* stands for more, *faster* for less. Every change is one, unless
    /// runs of one side differ among themselves by as much.
    pub verdict: Verdict,
    /// Functions, whose changes add up to `delta`; `None` where both sides counted nothing at all.
    pub profile: Option<ProfileDiff>,
}

impl CountDiff {
    /// `new / base - 1`; infinite for something that was nothing before.
    pub fn ratio(&self) -> Option<f64> {
        let (base, new) = (self.base.as_ref()?.count(), self.new.as_ref()?.count());
        Some(if base == new { 0.0 } else { new / base - 1.0 })
    }
}

/// What one side counted.
#[derive(Clone, Debug, PartialEq)]
pub struct CountSide {
    /// Per iteration, run by run; never empty.
    pub counts: Vec<f64>,
    /// Iterations that each run's count is of.
    pub iterations: u64,
    /// Whether all runs counted the same for each stack; `None` for one run.
    pub is_repeatable: Option<bool>,
}

impl CountSide {
    /// Per iteration, the mean of the runs that the profile has.
    pub fn count(&self) -> f64 {
        let kept = self.kept();
        kept.iter().sum::<f64>() / kept.len().max(1) as f64
    }

    /// The runs that the profile has: one where all are the same.
    pub fn kept(&self) -> &[f64] {
        match self.is_repeatable {
            Some(true) => &self.counts[..self.counts.len().min(1)],
            _ => &self.counts,
        }
    }

    /// Largest less smallest count of the runs, relative to the mean.
    pub fn spread(&self) -> f64 {
        let low = self.counts.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self.counts.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if high > low { (high - low) / self.count() } else { 0.0 }
    }
}

/// One side's profile, in figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileSide {
    /// Samples in the benchmark's scope.
    pub samples: u64,
    /// Profiled runs.
    pub runs: u32,
    /// Asked for, in Hz.
    pub frequency_hz: Option<f64>,
    /// Share of samples whose innermost function is unknown.
    pub unknown_share: f64,
    /// Share of samples whose callers are not all known.
    pub truncated_share: f64,
    /// Samples lost by the recorder.
    pub lost: u64,
    /// Cost of the whole benchmark: the mean over the profiled runs of time per iteration, or
    /// that of the timing runs where the harness does not tell while being profiled.
    pub cost: Option<f64>,
}

/// One side's weight of something, as shares and costs per iteration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Costs {
    /// Self weight ÷ the benchmark's weight.
    pub self_share: f64,
    /// Total weight ÷ the benchmark's weight.
    pub total_share: f64,
    /// `self_share` × cost of the benchmark, run by run; the mean over runs.
    pub self_cost: Option<f64>,
    /// `total_share` × cost of the benchmark, likewise.
    pub total_cost: Option<f64>,
}

/// How a function of one side was found on the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Matched {
    /// By which rule; `None` when it is on one side only.
    pub rule: Option<Rule>,
    /// How sure that is, up to 1; 0 without a rule.
    pub confidence: f64,
    /// Its name in the base, where that is another one; by the rule [`Rule::Name`] it differs in
    /// what normalising takes away only.
    pub from: Option<String>,
}

impl Matched {
    /// Of the same name on both sides.
    pub fn exact() -> Self {
        Self { rule: Some(Rule::Name), confidence: 1.0, from: None }
    }

    /// On one side only.
    pub fn none() -> Self {
        Self { rule: None, confidence: 0.0, from: None }
    }
}

/// A part of the program that a function belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Functions that were split, merged, extracted or inlined together.
    Refactor,
    /// All that one of its callers does.
    Caller,
    /// Its module.
    Module,
    /// Its crate.
    Crate,
}

impl Domain {
    /// Its name in reports and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refactor => "refactor",
            Self::Caller => "caller",
            Self::Module => "module",
            Self::Crate => "crate",
        }
    }
}

/// Where a function's cost went to, or came from: its own changed, and that of a part of the
/// program that it belongs to did not.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// What kind of part.
    pub within: Domain,
    /// The name of the caller, module or crate; of a refactor what became of its functions.
    pub name: String,
    /// The change of that part's cost.
    pub delta: f64,
}

/// Functions that changed places in a refactor, told as one.
#[derive(Clone, Debug, PartialEq)]
pub struct RefactorDiff {
    /// What became of them.
    pub kind: crate::matching::GroupKind,
    /// The function that they are called from.
    pub caller: Option<String>,
    /// Those of the base without counterpart.
    pub base: Vec<String>,
    /// Those of the new side without counterpart.
    pub new: Vec<String>,
    /// The function with a counterpart that gave or took their work.
    pub with: Option<String>,
    /// Self cost of all of them in the base; a share without costs.
    pub base_cost: f64,
    /// Likewise on the new side.
    pub new_cost: f64,
    /// Change of their self cost together; `None` without costs.
    pub delta: Option<f64>,
    /// Interval of `delta`.
    pub interval: Option<(f64, f64)>,
    /// What to make of it.
    pub verdict: Verdict,
}

/// One function of either side.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionDiff {
    /// Its name (in the new capture, where it is there).
    pub name: Arc<str>,
    /// The crate; `None` for code that is not Rust's.
    pub krate: Option<Arc<str>>,
    /// The module's path, with the crate.
    pub module: Option<Arc<str>>,
    /// Source file.
    pub file: Option<Arc<str>>,
    /// First line seen in it.
    pub line: Option<u32>,
    /// The base's figures; `None` when it is not there.
    pub base: Option<Costs>,
    /// The new figures; `None` when it is not there.
    pub new: Option<Costs>,
    /// Change of self cost; a missing side counts nothing. `None` without costs.
    pub delta_self: Option<f64>,
    /// Change of total cost; `None` without costs.
    pub delta_total: Option<f64>,
    /// Interval of `delta_self`.
    pub interval_self: Option<(f64, f64)>,
    /// Interval of `delta_total`.
    pub interval_total: Option<(f64, f64)>,
    /// `delta_self` with its standard error; `None` for what was counted.
    pub estimate_self: Option<Estimate>,
    /// `delta_total` with its standard error, likewise.
    pub estimate_total: Option<Estimate>,
    /// What to make of `delta_self`.
    pub verdict: Verdict,
    /// What to make of `delta_total`: of a function together with all that it calls.
    pub verdict_total: Verdict,
    /// How the two sides were matched.
    pub matched: Matched,
    /// The one of [`ProfileDiff::refactors`] that it has a part in: `verdict` is that of all of it.
    pub refactor: Option<usize>,
    /// Where its cost went to or came from, when that is all that happened: `verdict` is then that
    /// of the part of the program whose cost did not change.
    pub moved: Option<Moved>,
    /// Its cost changed, while its machine code and what it calls are the same on both sides: the
    /// layout of the program or the environment are suspected.
    pub same_code: bool,
}

/// A call path that is hot on either side.
#[derive(Clone, Debug, PartialEq)]
pub struct PathDiff {
    /// Function names, outermost first.
    pub path: Vec<String>,
    /// The base's figures of its last function on this path.
    pub base: Option<Costs>,
    /// The new figures.
    pub new: Option<Costs>,
    /// `New` or `Vanished` when it is hot on one side and absent from the other.
    pub verdict: Verdict,
}

/// What a group groups by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// A crate; code that is not Rust's goes by its library or `[kernel]`.
    Crate,
    /// A module.
    Module,
    /// A named group of functions, by [`Options::categories`](super::Options::categories).
    Category,
}

impl GroupKind {
    /// `crate`, `module`, `category`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crate => "crate",
            Self::Module => "module",
            Self::Category => "category",
        }
    }
}

/// A crate, module or category.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupDiff {
    /// What it groups by.
    pub kind: GroupKind,
    /// Its name.
    pub name: String,
    /// The base's figures.
    pub base: Option<Costs>,
    /// The new figures.
    pub new: Option<Costs>,
    /// Change of self cost; `None` without costs.
    pub delta_self: Option<f64>,
    /// Interval of `delta_self`.
    pub interval_self: Option<(f64, f64)>,
    /// `delta_self` with its standard error; `None` for what was counted.
    pub estimate_self: Option<Estimate>,
    /// What to make of it.
    pub verdict: Verdict,
}
