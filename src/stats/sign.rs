//! The exact sign test.

use super::gamma::ln_gamma;

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
}
