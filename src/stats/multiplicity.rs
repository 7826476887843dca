//! Many tests at once.

/// Adjusted p-values that control the false discovery rate (Benjamini & Hochberg 1995):
/// `min over j ≥ i of p_(j) · m / j`, in the order given.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let m = p_values.len() as f64;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut lowest = 1.0_f64;
    for (rank, &index) in ascending(p_values).iter().enumerate().rev() {
        lowest = lowest.min(p_values[index] * m / (rank + 1) as f64);
        adjusted[index] = lowest;
    }
    adjusted
}

/// Adjusted p-values that control the chance of any false rejection (Holm 1979):
/// `max over j ≤ i of p_(j) · (m − j + 1)`, in the order given.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let m = p_values.len();
    let mut adjusted = vec![0.0; m];
    let mut highest = 0.0_f64;
    for (rank, &index) in ascending(p_values).iter().enumerate() {
        highest = highest.max((p_values[index] * (m - rank) as f64).min(1.0));
        adjusted[index] = highest;
    }
    adjusted
}

fn ascending(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: [f64; 10] = [0.216, 0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212];

    #[test]
    fn false_discovery_rate_as_scipy_has_it() {
        // scipy.stats.false_discovery_control
        let expected =
            [0.216, 0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.105_714_285_714_285_7, 0.216, 0.216];
        for (ours, scipy) in benjamini_hochberg(&P).iter().zip(expected) {
            assert!((ours - scipy).abs() < 1e-12, "{ours} {scipy}");
        }
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    #[test]
    fn holm_steps_down() {
        // By hand: 4 · 0.01, 3 · 0.02, 2 · 0.03, 1 · 0.36.
        let expected = [0.36, 0.04, 0.06, 0.06];
        for (ours, exact) in holm(&[0.36, 0.01, 0.02, 0.03]).iter().zip(expected) {
            assert!((ours - exact).abs() < 1e-12, "{ours} {exact}");
        }
        assert_eq!(holm(&[0.7, 0.8]), [1.0, 1.0]);
    }
}
