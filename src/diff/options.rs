//! What a comparison may be told.

use crate::matching::Hints;
use crate::model::Category;

/// How to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Confidence level of all intervals.
    pub confidence: f64,
    /// False discovery rate: over the benchmarks of a capture, and over the functions of one
    /// whose timed runs show a change in their direction.
    pub significance: f64,
    /// False discovery rate over the functions of a benchmark of which the timed runs show no
    /// change, or the opposite one: nothing else speaks for theirs, and a capture has many such
    /// benchmarks.
    pub lone_significance: f64,
    /// Standard deviation of the logarithm of a session's times around the truth, on one machine:
    /// how much the same program differs from one capture to the next.
    pub session_deviation: f64,
    /// Likewise, where the two captures come from different machines of one kind.
    pub machine_deviation: f64,
    /// Smallest zone of indifference for times of stored captures, relative.
    pub indifference: f64,
    /// Zone of indifference for times that were measured in turns, relative.
    pub paired_indifference: f64,
    /// Smallest change that is called one where times were measured in turns, relative.
    pub paired_effect: f64,
    /// Smallest share of a function for being tested.
    pub function_share: f64,
    /// Smallest change of a function's cost, relative to the benchmark's cost, for a verdict.
    pub function_effect: f64,
    /// The same where the timed runs do not show a change of the benchmark in its direction: what
    /// equal programs differ by from one build to the next, as their samples fall on one function
    /// or on its neighbour.
    pub lone_effect: f64,
    /// Total share from which on a path is hot.
    pub hot_share: f64,
    /// Named groups of functions; one belongs to the first that takes it.
    pub categories: Vec<Category>,
    /// What is known of a refactor between the two captures.
    pub hints: Hints,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            confidence: 0.95,
            significance: 0.05,
            lone_significance: 0.005,
            session_deviation: 0.01,
            machine_deviation: 0.027,
            indifference: 0.03,
            paired_indifference: 0.01,
            paired_effect: 0.005,
            function_share: 0.005,
            function_effect: 0.005,
            lone_effect: 0.025,
            hot_share: 0.05,
            categories: Vec::new(),
            hints: Hints::default(),
            seed: 0x7065_7266_6261_7365,
        }
    }
}
