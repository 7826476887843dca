//! One side's times as they are spread, for pictures.

use crate::model::{Measurement, Run, Timing};
use crate::stats::{
    percentile_interval, quantile, sorted, standard_deviation, student_quantile, weighted_quantile,
};

use super::pool::{Drawn, Pool};

/// From this number of runs on intervals are bootstrapped; fewer have too few distinct resamples.
const BOOTSTRAP_RUNS: usize = 8;

/// Resamples; the ends of a 95 % interval are then known to about a tenth of its half width.
const RESAMPLES: usize = 1000;

/// Quantiles that are told.
const LEVELS: [f64; 3] = [0.5, 0.95, 0.99];

/// All times of one side, in ns per iteration.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// Samples of all runs in ascending order, each with its weight: a run weighs 1. Empty where
    /// the harness keeps its samples to itself.
    pub samples: Vec<(f64, f64)>,
    /// Runs, in the order in which they ran.
    pub runs: Vec<RunSpread>,
    /// P50, P95 and P99.
    pub percentiles: Vec<Percentile>,
}

impl Distribution {
    /// The quantile over all samples; `None` where those are not known.
    pub fn quantile(&self, level: f64) -> Option<f64> {
        (!self.samples.is_empty()).then(|| weighted_quantile(&self.samples, level))
    }
}

/// Where the times of one run lie, in ns per iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunSpread {
    /// Their lower quartile; the least of a harness that prints a summary.
    pub low: f64,
    /// Their median.
    pub median: f64,
    /// Their upper quartile; the largest of a harness that prints a summary.
    pub high: f64,
}

/// A quantile over all samples of all runs, in ns per iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentile {
    /// Which, such as 0.95.
    pub level: f64,
    /// Its value.
    pub value: f64,
    /// Its interval by the spread between runs; `None` for one run, and for bounds.
    pub interval: Option<(f64, f64)>,
    /// Whether it is only known to lie at or below `value`.
    pub is_bound: bool,
}

/// How one side's times are spread; `None` without a usable run. Intervals have the given
/// confidence, by resampling whole runs; of fewer than eight by Student's t of the logarithms of
/// the runs' own quantiles.
pub fn distribution(timing: &Timing, confidence: f64, seed: u64) -> Option<Distribution> {
    let Some(pool) = Pool::new(timing) else { return of_summaries(&timing.runs, confidence) };
    let runs: Vec<Drawn> = (0..pool.runs()).map(|run| pool.run(run)).collect();
    let all = pool.all();
    let percentiles = LEVELS
        .iter()
        .map(|&level| {
            let value = all.quantile(level);
            let interval = if runs.len() >= BOOTSTRAP_RUNS {
                let replicates = pool.resample(RESAMPLES, seed, |drawn| drawn.quantile(level));
                Some(percentile_interval(&replicates, confidence))
            } else {
                let own: Vec<f64> = runs.iter().map(|run| run.quantile(level)).collect();
                around(value, &own, confidence)
            };
            Percentile { level, value, interval, is_bound: false }
        })
        .collect();
    let spread = |run: &Drawn| RunSpread {
        low: run.quantile(0.25),
        median: run.quantile(0.5),
        high: run.quantile(0.75),
    };
    let runs = runs.iter().map(spread).collect();
    Some(Distribution { runs, samples: all.into_samples(), percentiles })
}

/// Student's interval of a value by the runs' own ones; `None` for one run.
fn around(value: f64, runs: &[f64], confidence: f64) -> Option<(f64, f64)> {
    let logarithms: Vec<f64> = runs.iter().map(|run| run.ln()).collect();
    let n = runs.len() as f64;
    let error = standard_deviation(&logarithms)? / n.sqrt();
    let half = student_quantile(0.5 + confidence / 2.0, n - 1.0) * error;
    half.is_finite().then(|| (value * (-half).exp(), value * half.exp()))
}

/// Of summaries the medians are known, and what all samples lie within.
fn of_summaries(runs: &[Run], confidence: f64) -> Option<Distribution> {
    let spreads: Vec<RunSpread> = runs
        .iter()
        .filter_map(|run| match run.measurement {
            Measurement::Summary(s) if s.median > 0.0 && s.median.is_finite() => {
                let spread = s.spread.unwrap_or(0.0);
                Some(RunSpread {
                    low: s.min.unwrap_or((s.median - spread).max(0.0)),
                    median: s.median,
                    high: s.max.unwrap_or(s.median + spread),
                })
            }
            _ => None,
        })
        .collect();
    if spreads.is_empty() {
        return None;
    }
    let medians: Vec<f64> = spreads.iter().map(|run| run.median).collect();
    let largest = spreads.iter().map(|run| run.high).fold(f64::NEG_INFINITY, f64::max);
    let middle = quantile(&sorted(&medians), 0.5);
    let percentiles = LEVELS
        .iter()
        .map(|&level| {
            let is_bound = level > 0.5;
            Percentile {
                level,
                value: if is_bound { largest } else { middle },
                interval: if is_bound { None } else { around(middle, &medians, confidence) },
                is_bound,
            }
        })
        .collect();
    Some(Distribution { samples: Vec::new(), runs: spreads, percentiles })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Batch, Mode, Summary};

    fn run(times: &[f64]) -> Run {
        let batches = times.iter().map(|&t| Batch { iterations: 1.0, nanoseconds: t }).collect();
        let measurement = Measurement::Batches { mode: Mode::Flat, batches };
        Run { measurement, wall_ns: 0, resources: None, reference: None }
    }

    fn of(runs: Vec<Run>) -> Distribution {
        distribution(&Timing { runs, throughput: None }, 0.95, 1).unwrap()
    }

    #[test]
    fn few_runs_have_student_s_interval() {
        let found = of(vec![run(&[3.0, 4.0, 5.0]), run(&[4.0, 5.0, 6.0]), run(&[5.0, 6.0, 7.0])]);
        let half = found.percentiles[0];
        assert_eq!((half.level, half.value), (0.5, 5.0));
        // numpy: s = std(log([4, 5, 6]), ddof=1); 5 * exp(4.30265273 * s / sqrt(3))
        let (low, high) = half.interval.unwrap();
        assert!((high - 8.280_5).abs() < 1e-3, "{high}");
        assert!((low * high - 25.0).abs() < 1e-9);
        assert_eq!(found.runs[1], RunSpread { low: 4.5, median: 5.0, high: 5.5 });
        assert_eq!(found.samples.len(), 9);
        let weight: f64 = found.samples.iter().map(|(_, weight)| weight).sum();
        assert!((weight - 3.0).abs() < 1e-12);
    }

    #[test]
    fn many_runs_are_resampled_as_wholes() {
        // Runs of one value each: the pooled median is the median of runs.
        let runs: Vec<Run> = (1..=21).map(|value| run(&[f64::from(value); 3])).collect();
        let (low, high) = of(runs).percentiles[0].interval.unwrap();
        // Order statistics 6 and 16 are the exact 95 % interval of a median of 21.
        assert!((5.0..=8.0).contains(&low) && (14.0..=17.0).contains(&high), "{low} {high}");
        // Runs that are all the same leave nothing open.
        let same = of((0..9).map(|_| run(&[1.0, 2.0, 9.0])).collect());
        assert_eq!(same.percentiles[0].interval, Some((2.0, 2.0)));
    }

    #[test]
    fn summaries_give_medians_and_bounds() {
        let summary = |median: f64| Run {
            measurement: Measurement::Summary(Summary {
                min: Some(median - 1.0),
                median,
                mean: None,
                max: Some(median + 4.0),
                spread: None,
                samples: None,
                iterations: None,
            }),
            wall_ns: 0,
            resources: None,
            reference: None,
        };
        let found = of(vec![summary(10.0), summary(12.0)]);
        assert_eq!((found.percentiles[0].value, found.percentiles[1].value), (11.0, 16.0));
        assert!(found.percentiles[1].is_bound && found.percentiles[1].interval.is_none());
        assert!(found.samples.is_empty());
        assert_eq!(distribution(&Timing::default(), 0.95, 1), None);
        assert_eq!(of(vec![run(&[1.0, 2.0])]).percentiles[0].interval, None);
    }
}
