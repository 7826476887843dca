//! Mean and spread.

/// The arithmetic mean; NaN for no values.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The unbiased variance, `Σ (x − x̄)² / (n − 1)`; `None` for fewer than two values.
pub fn variance(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    Some(squares / (values.len() - 1) as f64)
}

/// The root of [`variance`].
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    variance(values).map(f64::sqrt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_numpy_has_it() {
        let x = [1.02, 0.98, 1.05];
        assert!((mean(&x) - 1.016_666_666_666_666_6).abs() < 1e-15);
        // numpy.std(x, ddof=1)
        assert!((standard_deviation(&x).unwrap() - 0.035_118_845_842_842_49).abs() < 1e-15);
        assert_eq!(variance(&[1.0]), None);
        assert!(mean(&[]).is_nan());
    }
}
