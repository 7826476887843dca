//! Looking more than once.

/// Nominal two-sided error rates of equal looks (Pocock 1977) that together spend 5 %, by the
/// number of looks, where each look has twice the values of the one before: `P(max |Z_k| > z) =
/// 0.05` for normal `Z` with correlations `√(n_i / n_j) = 2^(−|i − j| / 2)`, by integration of
/// the multivariate normal distribution with SciPy. Where looks are closer together the spent
/// rate is less.
const DOUBLING: [f64; 5] = [0.05, 0.029_386, 0.020_790, 0.016_018, 0.012_984];

/// The two-sided error rate for each of `looks` looks so that all of them together err in at most
/// `level` of cases, however they are correlated with doubled numbers of values: Pocock's, in
/// proportion for a `level` other than 5 %. Šidák's (1967) beyond five looks, which holds for any
/// correlation.
pub fn level_per_look(level: f64, looks: usize) -> f64 {
    match looks {
        0 | 1 => level,
        2..=5 if (level - 0.05).abs() < 1e-12 => DOUBLING[looks - 1],
        _ => -(f64::ln_1p(-level) / looks as f64).exp_m1(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Random, normal_quantile};

    #[test]
    fn all_looks_together_err_as_often_as_they_may() {
        let looks = 5;
        let critical = -normal_quantile(level_per_look(0.05, looks) / 2.0);
        let mut random = Random::new(3);
        let mut wrong = 0;
        for _ in 0..20_000 {
            let (mut sum, mut n) = (0.0, 0);
            wrong += u32::from((0..looks).any(|look| {
                let until = 8 << look;
                sum += (n..until).map(|_| random.normal()).sum::<f64>();
                n = until;
                sum.abs() / f64::from(n).sqrt() > critical
            }));
        }
        let rate = f64::from(wrong) / 20_000.0;
        assert!((0.045..0.055).contains(&rate), "{rate}");
    }

    #[test]
    fn other_levels_are_split_by_sidak() {
        assert_eq!(level_per_look(0.05, 1), 0.05);
        // 1 - (1 - 0.1) ** (1 / 3)
        assert!((level_per_look(0.1, 3) - 0.034_510_615_394_370_32).abs() < 1e-12);
        assert!(level_per_look(0.05, 6) < level_per_look(0.05, 5));
    }
}
