//! Quantiles.

/// A sorted copy. NaNs sort last and make no sense here; callers drop them.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

/// Sorts weighted values `(value, weight)` by value, as [`sorted`] does.
pub fn sort_weighted(values: &mut [(f64, f64)]) {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
}

/// The type-7 quantile (Hyndman & Fan 1996; R's and NumPy's default) of values in ascending
/// order: linear between the order statistics around position `q · (n − 1)`. NaN for no values.
pub fn quantile(ascending: &[f64], q: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    ascending[below] + (position - below as f64) * (ascending[above] - ascending[below])
}

/// The median; `None` for no values.
pub fn median(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| quantile(&sorted(values), 0.5))
}

/// The type-7 quantile of weighted values `(value, weight)`, in ascending order of value: linear
/// between cumulated weights `S_k` at `q · (S_n − w_1) + w_1`, which is type 7 where the weights
/// are equal. Values of no weight are ignored; NaN when nothing is left.
pub fn weighted_quantile(ascending: &[(f64, f64)], q: f64) -> f64 {
    let mut kept = ascending.iter().copied().filter(|&(_, weight)| weight > 0.0);
    let Some((first, first_weight)) = kept.next() else {
        return f64::NAN;
    };
    let total: f64 = ascending.iter().map(|&(_, weight)| weight.max(0.0)).sum();
    let target = q.clamp(0.0, 1.0) * (total - first_weight) + first_weight;
    let (mut value, mut sum) = (first, first_weight);
    for (next, weight) in kept {
        if sum + weight >= target {
            return value + (target - sum).max(0.0) / weight * (next - value);
        }
        (value, sum) = (next, sum + weight);
    }
    value
}

/// The mean of the type-7 quantile function between two probabilities: `∫ Q(p) dp / (to − from)`,
/// exact, since `Q` is linear between `k / (n − 1)`. An L-estimator of location. NaN for no values.
pub fn mean_between(ascending: &[f64], from: f64, to: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else {
        return f64::NAN;
    };
    if last == 0 {
        return ascending[0];
    }
    let mut sum = 0.0;
    let mut left = from;
    for k in 1..=last {
        let right = (k as f64 / last as f64).min(to);
        if right > left {
            let ends = quantile(ascending, left) + quantile(ascending, right);
            sum += 0.5 * ends * (right - left);
            left = right;
        }
    }
    sum / (to - from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 7] = [3.1, 1.2, 5.5, 4.4, 2.2, 9.9, 7.1];

    #[test]
    fn type_7_as_numpy_has_it() {
        // numpy.quantile(x, q)
        let x = sorted(&X);
        for (q, expected) in [
            (0.0, 1.2),
            (0.1, 1.8),
            (0.25, 2.65),
            (0.5, 4.4),
            (0.75, 6.3),
            (0.95, 9.06),
            (1.0, 9.9),
        ] {
            assert!((quantile(&x, q) - expected).abs() < 1e-12, "{q}");
        }
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(quantile(&[2.0], 0.9), 2.0);
    }

    #[test]
    fn equal_weights_change_nothing() {
        let x = sorted(&X);
        let weighted: Vec<_> = x.iter().map(|&v| (v, 3.0)).collect();
        for q in [0.0, 0.05, 0.3, 0.5, 0.77, 0.99, 1.0] {
            assert!((weighted_quantile(&weighted, q) - quantile(&x, q)).abs() < 1e-12, "{q}");
        }
    }

    #[test]
    fn weights_count() {
        // s = cumsum(w); numpy.interp(q * (s[-1] - w[0]) + w[0], s, x)
        let x = [(1.0, 1.0), (2.0, 5.0), (4.0, 0.0), (10.0, 4.0)];
        for (q, expected) in [(0.0, 1.0), (0.5, 1.9), (0.75, 5.5), (0.95, 9.1), (1.0, 10.0)] {
            assert!((weighted_quantile(&x, q) - expected).abs() < 1e-12, "{q}");
        }
        assert!(weighted_quantile(&[(1.0, 0.0)], 0.5).is_nan());
    }

    #[test]
    fn the_mean_of_the_lower_half_leaves_out_slow_runs() {
        // By hand: Q is linear from 1 to 2 on [0, 1/2]; its mean over [0.1, 0.5] is Q(0.3).
        assert!((mean_between(&[1.0, 2.0, 100.0], 0.1, 0.5) - 1.6).abs() < 1e-12);
        assert_eq!(mean_between(&[7.0], 0.1, 0.5), 7.0);
        // p = linspace(0.1, 0.5, 4000001); trapezoid(quantile(x, p), p) / 0.4
        assert!((mean_between(&sorted(&X), 0.1, 0.5) - 3.0).abs() < 1e-6);
    }
}
