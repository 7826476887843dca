//! What can be said of a median without any assumption but independence.

use super::gamma::ln_gamma;
use super::quantile::sorted;

/// Two-sided probability of at most `fewer` of `n` fair coins, or at least `n − fewer`, where
/// `fewer` is the rarer sign's number and ties are left out: `min(1, 2 Σ_{i ≤ fewer} C(n, i) / 2ⁿ)`.
pub fn sign_test(fewer: u64, n: u64) -> f64 {
    let fewer = fewer.min(n - fewer.min(n));
    let ln_choose = |i: u64| {
        ln_gamma(n as f64 + 1.0) - ln_gamma(i as f64 + 1.0) - ln_gamma((n - i) as f64 + 1.0)
    };
    let all = n as f64 * std::f64::consts::LN_2;
    let tail: f64 = (0..=fewer).map(|i| (ln_choose(i) - all).exp()).sum();
    (2.0 * tail).min(1.0)
}

/// The interval of the median between order statistics that is the narrowest to hold it with at
/// least `confidence`, whatever the distribution (Thompson 1936): from the k-th smallest to the
/// k-th largest value with `2 P(B ≤ k − 1) ≤ 1 − confidence`, `B` binomial. `None` for too few
/// values: 6 are needed for 95 %.
pub fn median_interval(values: &[f64], confidence: f64) -> Option<(f64, f64)> {
    let n = values.len() as u64;
    let error = 1.0 - confidence;
    // `ln Γ` errs by 1e-14, which must not decide.
    let k = (0..n / 2).take_while(|&k| sign_test(k, n) <= error * (1.0 + 1e-9)).count();
    let ascending = sorted(values);
    let low = *ascending.get(k.checked_sub(1)?)?;
    Some((low, ascending[values.len() - k]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_scipy_has_it() {
        // scipy.stats.binomtest(fewer, n).pvalue
        for (n, fewer, p) in [
            (6, 0, 0.031_25),
            (10, 1, 0.021_484_375),
            (10, 2, 0.109_375),
            (20, 5, 0.041_389_465_332_031_25),
            (32, 9, 0.020_061_607_006_937_265),
            (7, 3, 1.0),
            (0, 0, 1.0),
        ] {
            assert!((sign_test(fewer, n) - p).abs() < 1e-12, "{n} {fewer}");
            assert!((sign_test(n - fewer, n) - p).abs() < 1e-12, "{n} {fewer}");
        }
    }

    #[test]
    fn ends_as_in_the_tables() {
        // Largest k with 2 * binom.cdf(k - 1, n, 0.5) <= 0.05.
        for (n, k) in [(6_u32, 1), (8, 1), (9, 2), (10, 2), (12, 3), (20, 6), (32, 10)] {
            let values: Vec<f64> = (1..=n).rev().map(f64::from).collect();
            let expected = (f64::from(k), f64::from(n + 1 - k));
            assert_eq!(median_interval(&values, 0.95), Some(expected), "{n}");
        }
        assert_eq!(median_interval(&[1.0; 5], 0.95), None);
        assert_eq!(median_interval(&[], 0.95), None);
    }
}
