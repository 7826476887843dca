//! Counts.

use super::gamma::gamma_p;

/// `P(K ≥ k)` for a Poisson count with this mean: `P(k, mean)`, the incomplete gamma function.
pub fn poisson_at_least(k: u64, mean: f64) -> f64 {
    if k == 0 { 1.0 } else { gamma_p(k as f64, mean) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_scipy_has_it() {
        // scipy.stats.poisson.sf(k - 1, mean)
        for (k, mean, p) in [
            (10, 2.5, 0.000_277_352_094_620_836_2),
            (0, 1.0, 1.0),
            (12, 3.7, 0.000_470_201_124_874_435),
            (3, 10.0, 0.997_230_604_284_488_4),
        ] {
            assert!((poisson_at_least(k, mean) / p - 1.0).abs() < 1e-10, "{k} {mean}");
        }
    }
}
