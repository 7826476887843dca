//! Differences of means with unequal variances.

use super::moments::{mean, variance};
use super::student::{student_quantile, student_two_sided};

/// An estimate with its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// Degrees of freedom of `error`; infinite for one that is known.
    pub degrees: f64,
}

impl Estimate {
    /// Two-sided probability of a value at least as far from 0 when the truth is 0. An exact 0 is
    /// no evidence, also when its error is 0.
    pub fn p_value(&self) -> f64 {
        if self.value == 0.0 {
            return 1.0;
        }
        student_two_sided(self.value / self.error, self.degrees)
    }

    /// The interval at `confidence` (0.95 for 95 %).
    pub fn interval(&self, confidence: f64) -> (f64, f64) {
        let half = student_quantile(0.5 + confidence / 2.0, self.degrees) * self.error;
        (self.value - half, self.value + half)
    }
}

/// The standard error and degrees of freedom of a sum of independent parts given as `(variance,
/// degrees of freedom)`: `ν = (Σ v)² / Σ (v² / ν_i)` (Welch 1947, Satterthwaite 1946).
pub fn combine(parts: &[(f64, f64)]) -> (f64, f64) {
    let variance: f64 = parts.iter().map(|&(variance, _)| variance).sum();
    let denominator: f64 = parts
        .iter()
        .filter(|&&(variance, _)| variance > 0.0)
        .map(|&(variance, degrees)| variance * variance / degrees)
        .sum();
    let degrees = if denominator > 0.0 { variance * variance / denominator } else { f64::INFINITY };
    (variance.sqrt(), degrees)
}

/// The difference `mean(b) − mean(a)` by Welch's test; `None` for fewer than two values a side.
pub fn welch(a: &[f64], b: &[f64]) -> Option<Estimate> {
    let part = |x: &[f64]| Some((variance(x)? / x.len() as f64, (x.len() - 1) as f64));
    let (error, degrees) = combine(&[part(a)?, part(b)?]);
    Some(Estimate { value: mean(b) - mean(a), error, degrees })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_scipy_has_it() {
        // scipy.stats.ttest_ind(b, a, equal_var=False)
        let estimate = welch(&[1.02, 0.98, 1.05], &[1.11, 1.15, 1.07, 1.2]).unwrap();
        assert!((estimate.value / estimate.error - 3.366_298_383_890_560_7).abs() < 1e-10);
        assert!((estimate.degrees - 4.942_617_167_243_331).abs() < 1e-10);
        assert!((estimate.p_value() - 0.020_327_497_509_030_203).abs() < 1e-10);
        let (low, high) = estimate.interval(0.95);
        assert!((low - 0.027_070_602_465_098_1).abs() < 1e-9);
        assert!((high - 0.204_596_064_201_570_78).abs() < 1e-9);
        assert_eq!(welch(&[1.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn a_known_part_adds_degrees_of_freedom() {
        let (error, degrees) = combine(&[(4.0, 2.0), (12.0, f64::INFINITY)]);
        assert_eq!((error, degrees), (4.0, 32.0));
        assert_eq!(combine(&[(0.0, 2.0)]), (0.0, f64::INFINITY));
    }
}
