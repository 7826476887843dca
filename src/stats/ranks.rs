//! Tests on ranks: what they find does not depend on how values are spread.

use super::normal::normal_cdf;

/// Ranks from 1, ties sharing the mean of theirs; and `Σ (t³ − t)` over groups of ties.
fn ranks(values: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let (mut start, mut ties) = (0, 0.0);
    while start < order.len() {
        let same =
            order[start..].iter().take_while(|&&i| values[i] == values[order[start]]).count();
        let rank = start as f64 + (same as f64 + 1.0) / 2.0;
        for &i in &order[start..start + same] {
            ranks[i] = rank;
        }
        ties += (same as f64).powi(3) - same as f64;
        start += same;
    }
    (ranks, ties)
}

/// Two-sided p-value that `a` and `b` come from one distribution: Mann & Whitney's U (1947) with
/// the normal approximation, corrected for ties and continuity. `None` where either is empty or all
/// values are equal.
pub fn mann_whitney(a: &[f64], b: &[f64]) -> Option<f64> {
    let (n, m) = (a.len() as f64, b.len() as f64);
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (ranks, ties) = ranks(&[a, b].concat());
    let u = ranks[..a.len()].iter().sum::<f64>() - n * (n + 1.0) / 2.0;
    let all = n + m;
    let variance = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    (variance > 0.0).then(|| two_sided(((u - n * m / 2.0).abs() - 0.5).max(0.0) / variance.sqrt()))
}

/// Two-sided p-value that values have no trend in their order: Kendall's τ against the position
/// (Mann 1945), exact up to 60 values without ties, else with the normal approximation, corrected
/// for ties and continuity. `None` for fewer than four values, or where all are equal.
pub fn trend(values: &[f64]) -> Option<f64> {
    let n = values.len();
    if n < 4 {
        return None;
    }
    let mut rising = 0_i64;
    for (i, a) in values.iter().enumerate() {
        for b in &values[i + 1..] {
            rising += i64::from(b > a) - i64::from(b < a);
        }
    }
    let mut ascending = values.to_vec();
    ascending.sort_by(f64::total_cmp);
    let groups: Vec<f64> =
        ascending.chunk_by(|a, b| a == b).map(|group| group.len() as f64).collect();
    if groups.len() == 1 {
        return None;
    }
    if n <= 60 && groups.len() == n {
        return Some(trend_exact(n, rising.unsigned_abs() as usize));
    }
    let count = n as f64;
    let spread = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    let variance = (spread(count) - groups.iter().map(|&t| spread(t)).sum::<f64>()) / 18.0;
    Some(two_sided(((rising.abs() - 1).max(0)) as f64 / variance.sqrt()))
}

/// `P(|S| ≥ s)` of Kendall's S for `n` values: the number of permutations by their inversions.
fn trend_exact(n: usize, s: usize) -> f64 {
    // Chances of each number of inversions: the k-th value adds 0 to k − 1 of them.
    let mut chances = vec![1.0];
    for k in 2..=n {
        let mut next = vec![0.0; chances.len() + k - 1];
        for (inversions, chance) in chances.iter().enumerate() {
            for more in 0..k {
                next[inversions + more] += chance / k as f64;
            }
        }
        chances = next;
    }
    let pairs = n * (n - 1) / 2;
    let tail: f64 = chances
        .iter()
        .enumerate()
        .filter(|(inversions, _)| pairs.abs_diff(2 * inversions) >= s)
        .map(|(_, chance)| chance)
        .sum();
    tail.min(1.0)
}

/// Two-sided p-value that the level of values in their order never shifts, and after how many it
/// seems to: the largest `|Σ_{i ≤ k} (r_i − r̄)|` of ranks (Pettitt 1979), whose scale is widened by
/// `√((1 + φ) / (1 − φ))` for neighbours that are correlated by φ. `None` for fewer than eight
/// values, or where all are equal.
pub fn level_shift(values: &[f64]) -> Option<(f64, usize)> {
    let n = values.len() as f64;
    if n < 8.0 {
        return None;
    }
    let (ranks, _) = ranks(values);
    let middle = (n + 1.0) / 2.0;
    let (mut sum, mut most, mut at) = (0.0_f64, 0.0, 0);
    for (index, rank) in ranks.iter().enumerate() {
        sum += rank - middle;
        if sum.abs() > most {
            (most, at) = (sum.abs(), index + 1);
        }
    }
    let variance = ranks.iter().map(|rank| (rank - middle).powi(2)).sum::<f64>() / n;
    if variance <= 0.0 {
        return None;
    }
    // The correlation within the two levels, not that which the shift itself makes.
    let (before, after) = values.split_at(at);
    let correlation = correlation_within(&[before, after]).clamp(0.0, 0.95);
    let scale = (variance * n * (1.0 + correlation) / (1.0 - correlation)).sqrt();
    Some((kolmogorov(most / scale), at))
}

/// Correlation of neighbours, in runs of values that each have their own level: the mean product of
/// deviations of neighbours, by their mean square. 0 where nothing varies.
pub fn correlation_within(runs: &[&[f64]]) -> f64 {
    let (mut products, mut squares) = (0.0, 0.0);
    for run in runs {
        let mean = run.iter().sum::<f64>() / run.len().max(1) as f64;
        products += run.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum::<f64>();
        squares += run.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    }
    if squares > 0.0 { products / squares } else { 0.0 }
}

/// `P(sup |bridge| ≥ x)` of a Brownian bridge: `2 Σ (−1)^(k−1) exp(−2k²x²)` (Kolmogorov 1933).
fn kolmogorov(x: f64) -> f64 {
    if x < 0.3 {
        return 1.0;
    }
    let term = |k: i32| {
        let size = (-2.0 * f64::from(k * k) * x * x).exp();
        if k % 2 == 1 { size } else { -size }
    };
    (2.0 * (1..=20).map(term).sum::<f64>()).clamp(0.0, 1.0)
}

fn two_sided(z: f64) -> f64 {
    (2.0 * (1.0 - normal_cdf(z))).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.mannwhitneyu(method="asymptotic"), 1.17.1.
    #[test]
    fn two_groups() {
        let (a, b) = ([1.1, 2.2, 3.3, 9.0], [4.0, 5.0, 6.0, 7.5, 8.0, 3.3]);
        assert!((mann_whitney(&a, &b).unwrap() - 0.2849576406684299).abs() < 1e-9);
        assert!((mann_whitney(&b, &a).unwrap() - 0.2849576406684299).abs() < 1e-9);
        assert_eq!(mann_whitney(&[1.0], &[1.0]), None);
        assert_eq!(mann_whitney(&[], &[1.0]), None);
    }

    /// scipy.stats.kendalltau against the position: exact, and asymptotic for the one with ties.
    #[test]
    fn trends() {
        let values = [1.0, 3.0, 2.0, 4.0, 6.0, 5.0, 8.0, 7.0];
        assert!((trend(&values).unwrap() - 0.005505952380952381).abs() < 1e-12);
        let rising: Vec<f64> = (0..8).map(f64::from).collect();
        assert!((trend(&rising).unwrap() - 2.0 / 40_320.0).abs() < 1e-15);
        assert_eq!(trend(&[1.0; 8]), None);
        // With ties and the correction for continuity: S = 20, by hand.
        let ties = [1.0, 1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 5.0];
        let variance = (8.0 * 7.0 * 21.0 - 3.0 * 2.0 * 9.0) / 18.0_f64;
        let z = 24.0 / variance.sqrt();
        assert!((trend(&ties).unwrap() - two_sided(z)).abs() < 1e-12);
    }

    #[test]
    fn shifts() {
        let mut values: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 11)).collect();
        let (calm, _) = level_shift(&values).unwrap();
        assert!(calm > 0.3, "{calm}");
        values[25..].iter_mut().for_each(|value| *value += 20.0);
        let (p, at) = level_shift(&values).unwrap();
        assert!(p < 1e-4 && at == 25, "{p} {at}");
        // scipy.special.kolmogorov
        assert!((kolmogorov(1.0) - 0.269_999_671_677_354_7).abs() < 1e-12);
        assert!((kolmogorov(1.628) - 0.009_975_5).abs() < 1e-6, "{}", kolmogorov(1.628));
        assert_eq!(level_shift(&[1.0; 9]), None);
    }

    #[test]
    fn neighbours() {
        assert!((correlation_within(&[&[1.0, -1.0, 1.0, -1.0]]) + 0.75).abs() < 1e-12);
        assert_eq!(correlation_within(&[&[1.0, 1.0], &[5.0, 5.0]]), 0.0);
    }
}
