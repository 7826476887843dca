//! Resampling independent runs: the bootstrap and the jackknife.

use super::quantile::{quantile, sorted};
use super::random::Random;

/// Values of `statistic` on `resamples` samples drawn with replacement (Efron 1979), each given to
/// it in ascending order. Empty for no values.
pub fn bootstrap(
    values: &[f64],
    resamples: usize,
    seed: u64,
    mut statistic: impl FnMut(&[f64]) -> f64,
) -> Vec<f64> {
    if values.is_empty() {
        return Vec::new();
    }
    let mut random = Random::new(seed);
    let mut drawn = vec![0.0; values.len()];
    (0..resamples)
        .map(|_| {
            for slot in &mut drawn {
                *slot = values[random.below(values.len())];
            }
            drawn.sort_by(f64::total_cmp);
            statistic(&drawn)
        })
        .collect()
}

/// Values of `statistic` with each value left out once, each time given the others in ascending
/// order (Quenouille 1956).
pub fn jackknife(values: &[f64], mut statistic: impl FnMut(&[f64]) -> f64) -> Vec<f64> {
    let ascending = sorted(values);
    (0..ascending.len())
        .map(|left_out| {
            let mut others = ascending.clone();
            others.remove(left_out);
            statistic(&others)
        })
        .collect()
}

/// The percentile interval of bootstrapped values at `confidence` (0.95 for 95 %).
pub fn percentile_interval(bootstrapped: &[f64], confidence: f64) -> (f64, f64) {
    let tail = (1.0 - confidence) / 2.0;
    let ascending = sorted(bootstrapped);
    (quantile(&ascending, tail), quantile(&ascending, 1.0 - tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{mean, standard_deviation};

    #[test]
    fn spread_of_the_mean_is_the_standard_error() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * i % 17)).collect();
        let means = bootstrap(&values, 4000, 1, mean);
        // The bootstrap's own standard error of a mean: √(Σ(x − x̄)² / n) / √n.
        let n = values.len() as f64;
        let expected = standard_deviation(&values).unwrap() * ((n - 1.0) / n).sqrt() / n.sqrt();
        assert!((standard_deviation(&means).unwrap() / expected - 1.0).abs() < 0.04);
        let (low, high) = percentile_interval(&means, 0.95);
        assert!((low - (mean(&values) - 1.96 * expected)).abs() < 0.15 * expected * 1.96);
        assert!((high - (mean(&values) + 1.96 * expected)).abs() < 0.15 * expected * 1.96);
    }

    #[test]
    fn the_jackknife_of_a_mean_gives_its_standard_error() {
        let values = [3.0, 1.0, 4.0, 1.0, 5.0];
        let n = values.len() as f64;
        let spread = standard_deviation(&jackknife(&values, mean)).unwrap();
        // (n − 1) / √n · sd of the jackknifed means = sd / √n, exactly.
        let error = spread * (n - 1.0) / n.sqrt();
        assert!((error - standard_deviation(&values).unwrap() / n.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn equal_seeds_give_equal_values() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(bootstrap(&values, 9, 5, mean), bootstrap(&values, 9, 5, mean));
        assert_ne!(bootstrap(&values, 9, 5, mean), bootstrap(&values, 9, 6, mean));
        assert!(bootstrap(&[], 9, 5, mean).is_empty());
    }
}
