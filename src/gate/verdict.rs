//! What comes out of judging.

use crate::model::BenchmarkId;

/// All rules' outcomes, and what follows from them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// GO, NO-GO, or nothing to judge by.
    pub decision: Decision,
    /// One for each rule and benchmark, in the order of the rules.
    pub judged: Vec<Judged>,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decision {
    /// No rule was broken.
    Go,
    /// A rule was broken.
    NoGo,
    /// There is no rule, or none that could be judged.
    #[default]
    None,
}

impl Decision {
    /// `GO`, `NO-GO`, `NONE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
            Self::None => "NONE",
        }
    }
}

/// How a rule came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The whole interval is beyond the limit.
    Fail,
    /// The interval has the limit within it.
    Inconclusive,
    /// The whole interval is within the limit.
    Pass,
    /// It could not be judged.
    Skipped,
}

impl Outcome {
    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Pass => "pass",
            Self::Skipped => "skipped",
        }
    }
}

/// What kind of rule it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// On the change of a figure.
    Limit,
    /// On a part of the program.
    Part,
    /// A target.
    Objective,
    /// A ratio.
    Claim,
    /// An order that questions the measurement where it does not hold.
    Invariant,
    /// A command that has to succeed.
    Parity,
}

/// What would settle an open rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// So many runs more.
    MoreRuns(u64),
    /// So many pairs of runs more.
    MorePairs(u64),
    /// No number of runs that anybody waits for: the figure is too close to its limit.
    TooClose,
    /// No number of runs: what differs from session to session is as large as the distance to the
    /// limit. Measured in turns it is not.
    Sessions,
    /// One run says nothing of how runs differ.
    OneRun,
    /// By itself it is beyond the limit; of so many figures one is likely to be by chance.
    Chance(usize),
    /// No number of runs: it is about a benchmark that there is not.
    Unmatched,
}

/// One rule on one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The rule's id.
    pub id: String,
    /// What kind of rule.
    pub kind: Kind,
    /// The benchmark; `None` for rules on several, and on none.
    pub benchmark: Option<BenchmarkId>,
    /// What was held against the limit: `p95`, `category allocation`, `naive / global`.
    pub subject: String,
    /// How it came out.
    pub outcome: Outcome,
    /// From which side it is limited.
    pub sign: &'static str,
    /// The limit.
    pub target: Option<f64>,
    /// The figure.
    pub measured: Option<f64>,
    /// Its interval; ends may be infinite.
    pub interval: Option<(f64, f64)>,
    /// How many times better than the target; below 1 is worse than it.
    pub margin: Option<f64>,
    /// `ns`, `bytes`, `per_s`, `count`, `ratio`, `change` (relative) or `share`.
    pub unit: &'static str,
    /// What would settle it, where it is open.
    pub open: Option<Open>,
    /// Why it was skipped or failed, where no figure says so.
    pub reason: String,
    /// Runs behind the figure.
    pub runs: usize,
    /// One-sided p-value of the limit being kept; `None` where nothing was tested.
    pub(super) p_value: Option<f64>,
    /// Figures that `p_value` is adjusted for having looked at.
    pub(super) tests: usize,
}

impl Judged {
    /// Nothing known yet.
    pub(super) fn new(kind: Kind, benchmark: Option<&BenchmarkId>, subject: String) -> Self {
        Self {
            id: String::new(),
            kind,
            benchmark: benchmark.cloned(),
            subject,
            outcome: Outcome::Skipped,
            sign: "≤",
            target: None,
            measured: None,
            interval: None,
            margin: None,
            unit: "count",
            open: None,
            reason: String::new(),
            runs: 0,
            p_value: None,
            tests: 1,
        }
    }

    /// Skipped for a reason.
    pub(super) fn skip(&mut self, reason: impl Into<String>) {
        self.outcome = Outcome::Skipped;
        self.open = None;
        self.p_value = None;
        self.reason = reason.into();
    }

    /// The same, skipped.
    pub(super) fn skipped(mut self, reason: impl Into<String>) -> Self {
        self.skip(reason);
        self
    }

    /// The same, failed without a figure.
    pub(super) fn failed(mut self, reason: impl Into<String>) -> Self {
        self.outcome = Outcome::Fail;
        self.reason = reason.into();
        self
    }
}

impl Verdict {
    pub(super) fn new(judged: Vec<Judged>, fail_inconclusive: bool) -> Self {
        let any = |outcome| judged.iter().any(|one| one.outcome == outcome);
        // A rule about nothing has judged nothing.
        let is_judged = |one: &Judged| {
            matches!(one.outcome, Outcome::Pass | Outcome::Inconclusive)
                && one.open != Some(Open::Unmatched)
        };
        let decision = if any(Outcome::Fail) || (fail_inconclusive && any(Outcome::Inconclusive)) {
            Decision::NoGo
        } else if judged.iter().any(is_judged) {
            Decision::Go
        } else {
            Decision::None
        };
        Self { decision, judged }
    }
}
