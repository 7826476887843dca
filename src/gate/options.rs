//! What judging may be told.

/// How to judge.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Confidence level of intervals.
    pub confidence: f64,
    /// Whether what stays open is a NO-GO; `None` as the rules' file says.
    pub fail_inconclusive: Option<bool>,
    /// Whether the base, and the new capture, are of some benchmarks only: then rules may be about
    /// others.
    pub is_partial: [bool; 2],
    /// How captures are compared.
    pub diff: crate::diff::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            confidence: 0.95,
            fail_inconclusive: None,
            is_partial: [false; 2],
            diff: crate::diff::Options::default(),
        }
    }
}

impl Options {
    /// The error rate of either end of an interval.
    pub(super) fn level(&self) -> f64 {
        (1.0 - self.confidence) / 2.0
    }
}
