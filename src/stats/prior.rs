//! Variances of many alike things, estimated together.

use super::gamma::{digamma, trigamma, trigamma_inverse};
use super::moments::{mean, variance};

/// What variances are like before any one of them is looked at: a scaled inverse χ², as limma
/// has it (Smyth 2004, "Linear models and empirical Bayes methods for assessing differential
/// expression in microarray experiments").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VariancePrior {
    /// The typical variance, `s₀²`.
    pub variance: f64,
    /// How many degrees of freedom that is worth, `d₀`; infinite when all variances are alike.
    pub degrees: f64,
}

impl VariancePrior {
    /// Fits `s² ~ s₀² F(d, d₀)` to observed variances of `degrees` degrees of freedom each, by the
    /// moments of `z = ln s²`: `Var z = ψ′(d/2) + ψ′(d₀/2)`. Variances of 0 are left out; `None`
    /// when fewer than three are left.
    pub fn fit(variances: &[f64], degrees: f64) -> Option<Self> {
        let logs: Vec<f64> = variances.iter().filter(|&&v| v > 0.0).map(|v| v.ln()).collect();
        if logs.len() < 3 {
            return None;
        }
        let centre = mean(&logs) - digamma(degrees / 2.0) + (degrees / 2.0).ln();
        let excess = variance(&logs)? - trigamma(degrees / 2.0);
        if excess <= 0.0 {
            return Some(Self { variance: centre.exp(), degrees: f64::INFINITY });
        }
        let half = trigamma_inverse(excess);
        Some(Self { variance: (centre + digamma(half) - half.ln()).exp(), degrees: 2.0 * half })
    }

    /// The posterior mean of a variance that was observed as `variance` with `degrees` degrees of
    /// freedom, `(d₀ s₀² + d s²) / (d₀ + d)`, and its degrees of freedom.
    pub fn moderate(&self, variance: f64, degrees: f64) -> (f64, f64) {
        if self.degrees.is_infinite() {
            return (self.variance, f64::INFINITY);
        }
        let sum = self.degrees + degrees;
        ((self.degrees * self.variance + degrees * variance) / sum, sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Random;

    #[test]
    fn finds_the_prior_that_variances_came_from() {
        // s² = s₀² · (χ²_d / d) / (χ²_{d₀} / d₀) with d = 4, d₀ = 6, s₀² = 3.
        let mut random = Random::new(11);
        let mut chi = |n: usize| (0..n).map(|_| random.normal().powi(2)).sum::<f64>() / n as f64;
        let variances: Vec<f64> = (0..20_000).map(|_| 3.0 * chi(4) / chi(6)).collect();
        let prior = VariancePrior::fit(&variances, 4.0).unwrap();
        assert!((prior.variance / 3.0 - 1.0).abs() < 0.05, "{prior:?}");
        assert!((prior.degrees / 6.0 - 1.0).abs() < 0.1, "{prior:?}");
    }

    #[test]
    fn equal_variances_leave_nothing_to_the_single_one() {
        let mut random = Random::new(12);
        let mut chi = |n: usize| (0..n).map(|_| random.normal().powi(2)).sum::<f64>() / n as f64;
        let variances: Vec<f64> = (0..2_000).map(|_| 2.0 * chi(4)).collect();
        let prior = VariancePrior::fit(&variances, 4.0).unwrap();
        assert!(prior.degrees > 100.0, "{prior:?}");
        let (moderated, degrees) = prior.moderate(50.0, 4.0);
        assert!((1.8..3.5).contains(&moderated) && degrees > 100.0, "{moderated} {degrees}");
    }

    #[test]
    fn moderation_is_a_weighted_mean() {
        let prior = VariancePrior { variance: 2.0, degrees: 6.0 };
        assert_eq!(prior.moderate(7.0, 4.0), (4.0, 10.0));
        assert_eq!(VariancePrior::fit(&[1.0, 0.0, 2.0], 4.0), None);
    }
}
