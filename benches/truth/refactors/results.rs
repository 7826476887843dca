//! `refactors.jsonl`: one line for each refactor that was captured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The file.
pub(crate) const FILE: &str = "refactors.jsonl";

/// What became of a refactor.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Outcome {
    /// Its number among all, and how often all were done before.
    pub(crate) number: usize,
    pub(crate) round: u64,
    pub(crate) program: String,
    pub(crate) kind: String,
    pub(crate) slow: bool,
    pub(crate) seconds: f64,
    pub(crate) load: Option<f64>,
    /// What went wrong, instead of a score.
    pub(crate) failure: Option<String>,
    pub(crate) score: Option<Score>,
}

/// What was said of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Score {
    /// Digest of the executable that compared.
    pub(crate) perfbase: String,
    pub(crate) machine: String,
    /// Whether both sides were the very same code.
    pub(crate) same_program: bool,
    pub(crate) verdict: String,
    pub(crate) change: Option<f64>,
    /// Instructions of an iteration, after ÷ before.
    pub(crate) instructions: Option<f64>,
    /// Of the sampled profile, where git knows which files moved.
    pub(crate) sampled: Option<View>,
    /// The same where it does not.
    pub(crate) unaided: Option<View>,
    /// Of the profile of instructions, where git does not know.
    pub(crate) counted: Option<View>,
}

/// What one comparison of profiles made of the functions.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct View {
    /// Functions paired with the one of their own name, rightly.
    pub(crate) same: u64,
    /// Functions of one name on both sides that are no pair and should be.
    pub(crate) torn: Vec<String>,
    /// Pairs of two names that are right, with the rule.
    pub(crate) right: Vec<String>,
    /// Pairs that are wrong, with the rule.
    pub(crate) wrong: Vec<String>,
    /// Functions that became another and were seen on both sides.
    pub(crate) planted: Vec<Planted>,
    /// Functions that came or went in a regrouping.
    pub(crate) regrouped: Vec<Planted>,
    /// Groups of functions that have nothing to do with each other.
    pub(crate) wrong_groups: Vec<String>,
    /// Functions and groups called slower, faster, new or vanished.
    pub(crate) called: Vec<String>,
    /// Paths called new or vanished.
    pub(crate) paths: Vec<String>,
    /// What changed most: a function or a group.
    pub(crate) first: Option<String>,
    /// Whether that is what was made slower.
    pub(crate) is_first: bool,
    /// Whether that is called slower.
    pub(crate) is_named: bool,
    /// Those of `called` that it is no part of.
    pub(crate) others: Vec<String>,
}

/// A function that is to be found again.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Planted {
    pub(crate) name: String,
    /// The larger of both sides' shares, with what it calls.
    pub(crate) share: f64,
    /// Whether it was paired, or put together with what it became.
    pub(crate) found: bool,
    /// Whether it was paired.
    #[serde(default)]
    pub(crate) paired: bool,
}

/// The last line of each case: cases are tried again when they failed, and when they were only
/// counted.
pub(crate) fn last(lines: Vec<Outcome>) -> Vec<Outcome> {
    let last: BTreeMap<(u64, usize), Outcome> =
        lines.into_iter().map(|one| ((one.round, one.number), one)).collect();
    last.into_values().collect()
}
