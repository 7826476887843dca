//! The chi-square distribution.

use super::gamma::gamma_p;

/// The `x` with `P(X ≤ x) = p` for `degrees` degrees of freedom: `P(degrees/2, x/2) = p`, by
/// bisection. 0 for `p ≤ 0`, infinite for `p ≥ 1`.
pub fn chi_square_quantile(p: f64, degrees: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let below = |x: f64| gamma_p(degrees / 2.0, x / 2.0) < p;
    let mut high = degrees.max(1.0);
    while below(high) {
        high *= 2.0;
    }
    let mut low = 0.0;
    // Each step halves the interval: 100 leave nothing of it.
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.chi2.ppf, 1.17.1.
    #[test]
    fn quantiles() {
        for (p, degrees, expected) in [
            (0.95, 9.0, 16.918_977_604_620_448),
            (0.95, 1.0, 3.841_458_820_694_124),
            (0.95, 31.0, 44.985_343_280_365_14),
            (0.025, 4.0, 0.484_418_557_087_930_9),
        ] {
            let found = chi_square_quantile(p, degrees);
            assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
        }
        assert_eq!(chi_square_quantile(0.0, 3.0), 0.0);
        assert_eq!(chi_square_quantile(1.0, 3.0), f64::INFINITY);
    }
}
