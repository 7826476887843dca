//! Summaries of times, as all reports write them.

use serde::Serialize;

use crate::diff::TimingSummary;

/// Times of one side, ns per iteration.
#[derive(Serialize)]
pub(super) struct Summary {
    runs: usize,
    samples: usize,
    typical: f64,
    mean: f64,
    p50: f64,
    p95: f64,
    p99: f64,
    min: f64,
    max: f64,
    standard_deviation: Option<f64>,
    run_variation: Option<f64>,
    /// Names of the figures that are only known to lie at or below what is given.
    upper_bounds: &'static [&'static str],
}

impl Summary {
    /// `None` when a figure is not finite: such a summary says nothing.
    pub(super) fn new(summary: &TimingSummary) -> Option<Self> {
        let s = summary;
        let all = [s.typical, s.mean, s.p50, s.p95, s.p99, s.min, s.max];
        all.iter().all(|figure| figure.is_finite()).then_some(Self {
            runs: s.runs,
            samples: s.samples,
            typical: s.typical,
            mean: s.mean,
            p50: s.p50,
            p95: s.p95,
            p99: s.p99,
            min: s.min,
            max: s.max,
            standard_deviation: Some(s.standard_deviation).filter(|sd| sd.is_finite()),
            run_variation: s.run_variation.filter(|variation| variation.is_finite()),
            upper_bounds: if s.percentiles_are_bounds { &["p95", "p99"] } else { &[] },
        })
    }
}
