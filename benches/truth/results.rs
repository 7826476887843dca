//! `results.jsonl`: one line for each case.

use serde::{Deserialize, Serialize};

use crate::rules::Said;

/// The file.
pub(crate) const FILE: &str = "results.jsonl";

/// What became of a case.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Outcome {
    pub(crate) seed: u64,
    pub(crate) case: u64,
    /// Unix time of its beginning, and how long it took.
    pub(crate) began: u64,
    pub(crate) seconds: f64,
    /// Captures that ran at the same time, at most.
    pub(crate) lanes: usize,
    /// Processes that wanted to run per processor, over its last minute; more than 1 is too many.
    #[serde(default)]
    pub(crate) load: Option<f64>,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) harness: String,
    pub(crate) budget: String,
    pub(crate) paired: bool,
    /// `constant`, `layout` or `plant`.
    pub(crate) change: String,
    /// The function that work was put into.
    pub(crate) place: Option<String>,
    /// The planned change in percent.
    pub(crate) percent: f64,
    /// Steps of planted work more than in the base.
    #[serde(default)]
    pub(crate) steps: f64,
    /// The true change, as a ratio less 1; and its standard error where it was measured.
    pub(crate) truth: f64,
    pub(crate) truth_error: f64,
    /// What went wrong, instead of a score.
    pub(crate) failure: Option<String>,
    pub(crate) score: Option<Score>,
}

/// What was said, and by whom.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Score {
    /// Digest of the executable that compared.
    pub(crate) program: String,
    pub(crate) machine: String,
    pub(crate) recorder: String,
    /// Whether both sides were the very same program after all.
    pub(crate) same_program: bool,
    pub(crate) verdict: String,
    pub(crate) change: Option<f64>,
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) detectable: Option<f64>,
    pub(crate) pairs: Option<u64>,
    pub(crate) base_ns: Option<f64>,
    /// How much longer the base's runs took typically than the fastest batch of all: what the machine
    /// adds.
    #[serde(default)]
    pub(crate) slowed: Option<f64>,
    /// Functions called slower, faster, new or vanished.
    pub(crate) changed: Vec<String>,
    /// Functions of which `changed` says that of all they call.
    pub(crate) changed_total: Vec<String>,
    /// The first function.
    pub(crate) first: Option<String>,
    /// What is said of the function that work was put into.
    pub(crate) place: Option<String>,
    /// Share of the benchmark that it has in the base.
    pub(crate) place_share: Option<f64>,
    pub(crate) samples: u64,
    pub(crate) notes: Vec<String>,
    pub(crate) criterion: Option<Said>,
    pub(crate) mann_whitney: Option<Said>,
}
