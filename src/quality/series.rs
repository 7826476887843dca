//! The times of a benchmark as the detectors take them.

use crate::model::{Measurement, Timing, usable};
use crate::stats::{quantile, sorted};

/// Times of all runs, ns per iteration; what is not usable is left out.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// Batches of each run in their order, of runs that have any.
    pub(super) runs: Vec<Vec<f64>>,
    /// Logarithm of each run's typical time: of its 25 % quantile, or of what its harness gives.
    pub(super) locations: Vec<f64>,
    /// Logarithm of each run's median, which is what people compare.
    pub(super) medians: Vec<f64>,
    /// Typical number of iterations of a batch.
    pub(super) iterations: f64,
}

impl Series {
    pub(super) fn new(timing: &Timing) -> Self {
        let mut series = Self::default();
        let mut iterations = Vec::new();
        for run in &timing.runs {
            let typical = match &run.measurement {
                Measurement::Batches { batches, .. } => {
                    let times: Vec<f64> =
                        usable(batches).map(|batch| batch.per_iteration()).collect();
                    iterations.extend(usable(batches).map(|batch| batch.iterations));
                    let ascending = sorted(&times);
                    if !times.is_empty() {
                        series.runs.push(times);
                    }
                    [quantile(&ascending, 0.25), quantile(&ascending, 0.5)]
                }
                Measurement::Summary(summary) => [summary.median; 2],
            };
            let [typical, middle] = typical;
            if typical > 0.0 && typical.is_finite() {
                series.locations.push(typical.ln());
                series.medians.push(middle.ln());
            }
        }
        series.iterations = quantile(&sorted(&iterations), 0.5);
        series
    }

    /// All batches, each divided by the typical time of its run.
    pub(super) fn levelled(&self) -> Vec<f64> {
        self.runs
            .iter()
            .flat_map(|run| {
                let typical = quantile(&sorted(run), 0.25);
                run.iter().map(move |time| time / typical)
            })
            .collect()
    }
}
