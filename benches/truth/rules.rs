//! What others would say of the same measurements.

use perfbase::model::{Measurement, Timing};
use perfbase::stats::{Random, mean, median, normal_cdf, quantile, sorted, variance};

/// What a rule says: 1 slower, -1 faster, 0 neither.
pub(crate) type Said = i8;

/// criterion's defaults.
const LEVEL: f64 = 0.05;
const NOISE: f64 = 0.01;
/// criterion takes 100,000; the verdict needs no more digits.
const RESAMPLES: usize = 5_000;

/// criterion's rule on one run of each side, as it compares a run with the last one: a t-test by
/// resampling the pooled samples, and the interval of the means' ratio beyond the noise threshold
/// (criterion 0.7, `analysis/compare.rs`, `report.rs`). `None` where the samples are not known.
///
/// The first run of the base and the last of the new side are taken: they are as far apart as runs
/// of one capture can be, which is nearer than two invocations by hand.
pub(crate) fn criterion(base: &Timing, new: &Timing, seed: u64) -> Option<Said> {
    let base = samples(&base.runs.first()?.measurement)?;
    let new = samples(&new.runs.last()?.measurement)?;
    let mut random = Random::new(seed);
    let t = |new: &[f64], base: &[f64]| {
        let error = variance(new)? / new.len() as f64 + variance(base)? / base.len() as f64;
        Some((mean(new) - mean(base)) / error.sqrt())
    };
    let seen = t(&new, &base)?;
    let pooled: Vec<f64> = new.iter().chain(&base).copied().collect();
    let mut draw = |from: &[f64], count: usize| -> Vec<f64> {
        (0..count).map(|_| from[random.below(from.len())]).collect()
    };
    let mut beyond = 0;
    let mut ratios = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        let (a, b) = (draw(&pooled, new.len()), draw(&pooled, base.len()));
        beyond += usize::from(t(&a, &b)?.abs() >= seen.abs());
        let (a, b) = (draw(&new, new.len()), draw(&base, base.len()));
        ratios.push(mean(&a) / mean(&b) - 1.0);
    }
    if beyond as f64 / RESAMPLES as f64 >= LEVEL {
        return Some(0);
    }
    let ratios = sorted(&ratios);
    let (low, high) = (quantile(&ratios, 0.025), quantile(&ratios, 0.975));
    Some(if low > NOISE {
        1
    } else if high < -NOISE {
        -1
    } else {
        0
    })
}

/// Times per iteration of the batches of a run.
fn samples(measurement: &Measurement) -> Option<Vec<f64>> {
    match measurement {
        Measurement::Batches { batches, .. } if batches.len() > 1 => {
            Some(batches.iter().map(|batch| batch.nanoseconds / batch.iterations).collect())
        }
        _ => None,
    }
}

/// The Mann–Whitney test on the medians of all runs of each side at 5 %, which is what benchstat
/// does with `-count`: by the normal approximation with its corrections for ties and continuity.
pub(crate) fn mann_whitney(base: &Timing, new: &Timing) -> Option<Said> {
    let (base, new) = (medians(base)?, medians(new)?);
    let (m, n) = (base.len() as f64, new.len() as f64);
    let mut u = 0.0;
    for a in &new {
        for b in &base {
            u += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    let all = sorted(&base.iter().chain(&new).copied().collect::<Vec<_>>());
    let ties: f64 = all
        .chunk_by(|a, b| a == b)
        .map(|equal| equal.len() as f64)
        .map(|count| count.powi(3) - count)
        .sum();
    let total = m + n;
    let deviation = (m * n / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)))).sqrt();
    let excess = u - m * n / 2.0;
    let z = (excess.abs() - 0.5).max(0.0) / deviation;
    let p = 2.0 * normal_cdf(-z);
    Some(if p < LEVEL { excess.signum() as Said } else { 0 })
}

/// The median time of each run.
pub(crate) fn medians(timing: &Timing) -> Option<Vec<f64>> {
    each(timing, |measurement| match measurement {
        Measurement::Summary(summary) => Some(summary.median),
        measurement => samples(measurement).and_then(|samples| median(&samples)),
    })
}

/// The fastest batch of each run; of a summary that does not tell, the median.
pub(crate) fn fastest(timing: &Timing) -> Option<Vec<f64>> {
    each(timing, |measurement| match measurement {
        Measurement::Summary(summary) => Some(summary.min.unwrap_or(summary.median)),
        measurement => samples(measurement)?.into_iter().min_by(f64::total_cmp),
    })
}

fn each(timing: &Timing, figure: fn(&Measurement) -> Option<f64>) -> Option<Vec<f64>> {
    let all: Option<Vec<f64>> = timing.runs.iter().map(|run| figure(&run.measurement)).collect();
    all.filter(|all| all.len() > 1)
}
