//! The times of a benchmark as the detectors take them.

use crate::model::{Batch, Measurement, Mode, TYPICAL, Timing, usable};
use crate::stats::{quantile, sort_weighted, sorted};

/// Times of all runs, ns per iteration; what is not usable is left out.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// Batches of each run in their order, of runs that have any.
    pub(super) runs: Vec<Vec<f64>>,
    /// The same in ascending order, each with its weight; those of a run sum up to 1.
    pub(super) weighted: Vec<Vec<(f64, f64)>>,
    /// Logarithm of each run's typical time: of its 15 % quantile, or of what its harness gives.
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
                Measurement::Batches { mode, batches } => {
                    let times: Vec<f64> =
                        usable(batches).map(|batch| batch.per_iteration()).collect();
                    iterations.extend(usable(batches).map(|batch| batch.iterations));
                    let ascending = sorted(&times);
                    if !times.is_empty() {
                        series.runs.push(times);
                        series.weighted.push(weighted(*mode, batches));
                    }
                    [quantile(&ascending, TYPICAL), quantile(&ascending, 0.5)]
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
                let typical = quantile(&sorted(run), TYPICAL);
                run.iter().map(move |time| time / typical)
            })
            .collect()
    }
}

fn weighted(mode: Mode, batches: &[Batch]) -> Vec<(f64, f64)> {
    let total: f64 = usable(batches).map(|batch| mode.weight(batch)).sum();
    let mut times: Vec<(f64, f64)> =
        usable(batches).map(|batch| (batch.per_iteration(), mode.weight(batch) / total)).collect();
    sort_weighted(&mut times);
    times
}
