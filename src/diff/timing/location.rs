//! One number for one side's times.

use crate::model::{Batch, Measurement, Run, TYPICAL, Timing, usable};
use crate::stats::{
    bootstrap, jackknife, mean_between, quantile, sorted, standard_deviation, variance,
};

/// From this number of runs on the error of a location is bootstrapped.
const BOOTSTRAP_RUNS: usize = 8;

/// Resamples. The error of a bootstrapped standard error is then 1 / √(2 · 1000) = 2 %.
const RESAMPLES: usize = 1000;

/// From this number of runs on it is jackknifed: the slowest run has no part in the location, and
/// leaving it out shows that.
const JACKKNIFE_RUNS: usize = 5;

/// Variance of [`mean_between`] 0.1 and 0.5 of n normal values ÷ variance of their mean, by n;
/// two million simulated samples each.
const INFLATION: [f64; JACKKNIFE_RUNS] = [1.0, 1.0, 1.058, 1.150, 1.226];

/// Where one side's times lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Location {
    /// Logarithm of the typical time in ns per iteration.
    pub(crate) ln: f64,
    /// Variance of `ln` by the spread between runs, and its degrees of freedom; `None` for one
    /// run, whose error nobody can know.
    pub(crate) variance: Option<(f64, f64)>,
}

/// The location of a side: the mean of the runs' [`run_location`]s between their 10 % and 50 %
/// quantiles, since runs are disturbed upwards only. `None` without a usable run.
///
/// With eight runs or more the variance is bootstrapped over runs. With fewer a bootstrap is far
/// too narrow (three runs have ten distinct resamples): five to seven runs are jackknifed (Tukey
/// 1958), `(n − 1) / n · Σ (L_(i) − mean L_(i))²`, and below that it is the variance of normal
/// runs, `INFLATION · s² / n`; all with n − 1 degrees of freedom. There the plain `s²` takes a
/// disturbed run for what it is: with so few nobody knows which state is the usual one.
pub(crate) fn locate(timing: &Timing, seed: u64) -> Option<Location> {
    let runs: Vec<f64> = timing.runs.iter().filter_map(run_location).collect();
    let n = runs.len();
    if n == 0 {
        return None;
    }
    let variance = if n >= BOOTSTRAP_RUNS {
        let replicates = bootstrap(&runs, RESAMPLES, seed, lower_half);
        // A bootstrapped variance is small by (n − 1) / n.
        let n = n as f64;
        standard_deviation(&replicates).map(|s| (s * s * n / (n - 1.0), n - 1.0))
    } else if n >= JACKKNIFE_RUNS {
        let without = jackknife(&runs, lower_half);
        let n = n as f64;
        variance(&without).map(|s2| (s2 * (n - 1.0).powi(2) / n, n - 1.0))
    } else {
        variance(&runs).map(|s2| (INFLATION[n] * s2 / n as f64, (n - 1) as f64))
    };
    Some(Location { ln: lower_half(&sorted(&runs)), variance })
}

/// The middle of the faster runs, from the 10 % to the 50 % quantile.
fn lower_half(ascending: &[f64]) -> f64 {
    mean_between(ascending, 0.1, 0.5)
}

/// The location of runs' locations; NaN for none.
pub(crate) fn lower_half_of(runs: &[f64]) -> f64 {
    lower_half(&sorted(runs))
}

/// The time per iteration at a side's location, in ns; `None` without a usable run.
pub(super) fn typical(timing: &Timing) -> Option<f64> {
    let runs: Vec<f64> = timing.runs.iter().filter_map(run_location).collect();
    (!runs.is_empty()).then(|| lower_half(&sorted(&runs)).exp())
}

/// Logarithm of a run's typical time per iteration: the 15 % quantile of its batches, each
/// counting once. Of a harness that gives
/// a summary only, the median: both divan and libtest give it, and it depends neither on the
/// number of samples nor on the timer's resolution as the fastest one does. `None` for a run
/// without a positive time.
pub(crate) fn run_location(run: &Run) -> Option<f64> {
    let typical = match &run.measurement {
        Measurement::Batches { batches, .. } => {
            let times: Vec<f64> = usable(batches).map(Batch::per_iteration).collect();
            quantile(&sorted(&times), TYPICAL)
        }
        Measurement::Summary(summary) => summary.median,
    };
    (typical > 0.0 && typical.is_finite()).then(|| typical.ln())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Mode, Summary};

    fn batches(times: &[(f64, f64)]) -> Run {
        let batches = times
            .iter()
            .map(|&(iterations, nanoseconds)| Batch { iterations, nanoseconds })
            .collect();
        let measurement = Measurement::Batches { mode: Mode::Linear, batches };
        Run { measurement, wall_ns: 0, resources: None, reference: None }
    }

    #[test]
    fn small_batches_and_nonsense_are_dropped() {
        // 100 ns per iteration; the batch of 1 iteration says 500, one has no time at all.
        let run =
            batches(&[(1.0, 500.0), (50.0, 5000.0), (100.0, 1e4), (100.0, f64::NAN), (80.0, 0.0)]);
        assert!((run_location(&run).unwrap() - 100_f64.ln()).abs() < 1e-12);
        assert_eq!(run_location(&batches(&[(10.0, f64::INFINITY)])), None);
        assert_eq!(run_location(&batches(&[])), None);
    }

    #[test]
    fn a_summary_counts_by_its_median() {
        let summary = Summary {
            min: Some(1.0),
            median: 4.0,
            mean: Some(5.0),
            max: Some(90.0),
            spread: None,
            samples: Some(100),
            iterations: None,
        };
        let run = Run {
            measurement: Measurement::Summary(summary),
            wall_ns: 0,
            resources: None,
            reference: None,
        };
        assert!((run_location(&run).unwrap() - 4_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn one_slow_run_of_three_moves_nothing_but_the_error() {
        let side = |times: &[f64]| {
            let runs = times.iter().map(|&t| batches(&[(1.0, t)])).collect();
            locate(&Timing { runs, throughput: None }, 1).unwrap()
        };
        let calm = side(&[100.0, 101.0, 102.0]);
        let slow = side(&[100.0, 101.0, 140.0]);
        assert!((calm.ln - slow.ln).abs() < 1e-12);
        assert!(slow.variance.unwrap().0 > 100.0 * calm.variance.unwrap().0);
        // Five runs know their usual state.
        let five = side(&[100.0, 101.0, 102.0, 99.0, 140.0]);
        assert!(five.variance.unwrap().0.sqrt() < 0.015);
        assert_eq!(side(&[100.0]).variance, None);
        let (variance, degrees) =
            side(&[100.0, 101.0, 102.0, 99.0, 98.0, 103.0, 97.0, 100.0, 140.0]).variance.unwrap();
        assert!(degrees == 8.0 && (0.005..0.02).contains(&variance.sqrt()), "{variance}");
    }
}
