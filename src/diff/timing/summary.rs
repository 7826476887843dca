//! One side's times for people.

use crate::diff::comparison::TimingSummary;
use crate::model::{Batch, Measurement, Mode, Run, Summary, Timing, usable};
use crate::stats::{mean, quantile, sort_weighted, sorted, standard_deviation, weighted_quantile};

use super::location::{run_location, typical};

/// Sums up all runs; `None` without a usable one. Runs of a harness that keeps its samples to
/// itself are summed up only where no run has samples.
pub fn summarize(timing: &Timing) -> Option<TimingSummary> {
    let runs: Vec<(Mode, Vec<Batch>)> = timing.runs.iter().filter_map(samples).collect();
    let mut all = if runs.is_empty() {
        let summaries: Vec<Summary> = timing.runs.iter().filter_map(summary).collect();
        (!summaries.is_empty()).then(|| from_summaries(&summaries))?
    } else {
        from_samples(&runs)
    };
    all.typical = typical(timing).unwrap_or(all.p50);
    let locations: Vec<f64> = timing.runs.iter().filter_map(run_location).collect();
    all.run_variation = standard_deviation(&locations);
    Some(all)
}

pub(super) fn samples(run: &Run) -> Option<(Mode, Vec<Batch>)> {
    match &run.measurement {
        Measurement::Batches { mode, batches } => {
            let kept: Vec<Batch> = usable(batches).copied().collect();
            (!kept.is_empty()).then_some((*mode, kept))
        }
        Measurement::Summary(_) => None,
    }
}

fn summary(run: &Run) -> Option<Summary> {
    match run.measurement {
        Measurement::Summary(summary) if summary.median > 0.0 && summary.median.is_finite() => {
            Some(summary)
        }
        _ => None,
    }
}

fn from_samples(runs: &[(Mode, Vec<Batch>)]) -> TimingSummary {
    let mut all = Vec::new();
    let mut means = Vec::new();
    for (mode, batches) in runs {
        let time: f64 = batches.iter().map(|batch| batch.nanoseconds).sum();
        let iterations: f64 = batches.iter().map(|batch| batch.iterations).sum();
        means.push(time / iterations);
        // Each run weighs the same, however many iterations it managed.
        let total: f64 = batches.iter().map(|batch| mode.weight(batch)).sum();
        let of = |batch: &Batch| (batch.per_iteration(), mode.weight(batch) / total);
        all.extend(batches.iter().map(of));
    }
    sort_weighted(&mut all);
    let times: Vec<f64> = all.iter().map(|&(time, _)| time).collect();
    TimingSummary {
        runs: runs.len(),
        samples: times.len(),
        typical: f64::NAN,
        mean: mean(&means),
        p50: weighted_quantile(&all, 0.5),
        p95: weighted_quantile(&all, 0.95),
        p99: weighted_quantile(&all, 0.99),
        min: times[0],
        max: times[times.len() - 1],
        standard_deviation: standard_deviation(&times).unwrap_or(0.0),
        run_variation: None,
        percentiles_are_bounds: false,
    }
}

/// Of summaries little is known: the median of medians, and bounds. A standard deviation is at
/// most half the range (Popoviciu 1935).
fn from_summaries(summaries: &[Summary]) -> TimingSummary {
    let medians: Vec<f64> = summaries.iter().map(|summary| summary.median).collect();
    let means: Vec<f64> = summaries.iter().map(|s| s.mean.unwrap_or(s.median)).collect();
    // Largest minus smallest: neither end is further from the median than that.
    let spread = |summary: &Summary| summary.spread.unwrap_or(0.0);
    let min = summaries
        .iter()
        .map(|s| s.min.unwrap_or((s.median - spread(s)).max(0.0)))
        .fold(f64::INFINITY, f64::min);
    let max = summaries
        .iter()
        .map(|s| s.max.unwrap_or(s.median + spread(s)))
        .fold(f64::NEG_INFINITY, f64::max);
    TimingSummary {
        runs: summaries.len(),
        samples: summaries.iter().map(|s| s.samples.unwrap_or(1) as usize).sum(),
        typical: f64::NAN,
        mean: mean(&means),
        p50: quantile(&sorted(&medians), 0.5),
        p95: max,
        p99: max,
        min,
        max,
        standard_deviation: (max - min) / 2.0,
        run_variation: None,
        percentiles_are_bounds: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(measurement: Measurement) -> Run {
        Run { measurement, wall_ns: 0, resources: None, reference: None }
    }

    fn flat(times: &[f64]) -> Run {
        let batches =
            times.iter().map(|&t| Batch { iterations: 10.0, nanoseconds: 10.0 * t }).collect();
        run(Measurement::Batches { mode: Mode::Flat, batches })
    }

    #[test]
    fn samples_of_all_runs_are_pooled() {
        let timing = Timing {
            runs: vec![flat(&[3.1, 1.2, 5.5, 4.4]), flat(&[2.2, 9.9, 7.1, 4.4])],
            throughput: None,
        };
        let summary = summarize(&timing).unwrap();
        // numpy.mean, quantile, std(ddof=1) of the eight; the runs' 15 % quantiles are 2.055 and 3.19.
        assert!((summary.mean - 4.725).abs() < 1e-12);
        assert!((summary.p50 - 4.4).abs() < 1e-12);
        assert!((summary.p95 - 8.92).abs() < 1e-12);
        assert!((summary.p99 - 9.704).abs() < 1e-12);
        assert_eq!((summary.min, summary.max, summary.runs, summary.samples), (1.2, 9.9, 2, 8));
        assert!((summary.standard_deviation - 2.794_765_515_336_534_3).abs() < 1e-12);
        let variation = (3.19_f64 / 2.055).ln() / 2_f64.sqrt();
        assert!((summary.run_variation.unwrap() - variation).abs() < 1e-12);
        assert!(!summary.percentiles_are_bounds);
        assert_eq!(summarize(&Timing::default()), None);
    }

    #[test]
    fn large_batches_count_by_their_iterations() {
        // 1, 2, 3 and 4 iterations with 1, 2, 3 and 4 ns each.
        let batches = (1..=4)
            .map(|k| Batch { iterations: f64::from(k), nanoseconds: f64::from(k * k) })
            .collect();
        let timing = Timing {
            runs: vec![run(Measurement::Batches { mode: Mode::Linear, batches })],
            throughput: None,
        };
        let summary = summarize(&timing).unwrap();
        assert_eq!(summary.mean, 3.0);
        // numpy.interp(0.5 * 9 + 1, [1, 3, 6, 10], [1, 2, 3, 4])
        assert!((summary.p50 - (2.0 + 2.5 / 3.0)).abs() < 1e-12);
    }

    #[test]
    fn summaries_give_bounds() {
        let divan = |median| Summary {
            min: Some(median - 1.0),
            median,
            mean: Some(median + 0.5),
            max: Some(median + 4.0),
            spread: None,
            samples: Some(100),
            iterations: Some(1600),
        };
        let timing = Timing {
            runs: [10.0, 12.0, 11.0].map(|m| run(Measurement::Summary(divan(m)))).to_vec(),
            throughput: None,
        };
        let summary = summarize(&timing).unwrap();
        assert_eq!((summary.p50, summary.p95, summary.p99), (11.0, 16.0, 16.0));
        assert_eq!((summary.min, summary.max, summary.mean), (9.0, 16.0, 11.5));
        assert_eq!((summary.runs, summary.samples), (3, 300));
        assert!(summary.percentiles_are_bounds);
        let libtest = Summary {
            min: None,
            median: 100.0,
            mean: None,
            max: None,
            spread: Some(7.0),
            samples: None,
            iterations: None,
        };
        let timing = Timing { runs: vec![run(Measurement::Summary(libtest))], throughput: None };
        let summary = summarize(&timing).unwrap();
        assert_eq!((summary.min, summary.p50, summary.p99), (93.0, 100.0, 107.0));
        assert_eq!(summary.run_variation, None);
    }
}
