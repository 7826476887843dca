//! Shares of counts.

/// Wilson's interval (1927) of a share of so many samples, `z` standard errors to either side: all
/// shares that a score test does not reject. Of no sample it is everything.
pub fn wilson(share: f64, samples: f64, z: f64) -> (f64, f64) {
    if samples <= 0.0 {
        return (0.0, 1.0);
    }
    let share = share.clamp(0.0, 1.0);
    let z2 = z * z / samples;
    let centre = (share + z2 / 2.0) / (1.0 + z2);
    let half = z / (1.0 + z2) * (share * (1.0 - share) / samples + z2 / (4.0 * samples)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_published() {
        // statsmodels.stats.proportion.proportion_confint(count, nobs, method="wilson")
        for (count, samples, low, high) in [
            (0.0, 100.0, 0.0, 0.036_993_498_206_389_82),
            (5.0, 100.0, 0.021_543_679_268_520_9, 0.111_750_468_677_692_5),
            (50.0, 100.0, 0.403_831_530_327_172_65, 0.596_168_469_672_827_4),
        ] {
            let (ours_low, ours_high) = wilson(count / samples, samples, 1.959_963_984_540_054);
            assert!(
                (ours_low - low).abs() < 1e-4 && (ours_high - high).abs() < 1e-4,
                "{count} {ours_low} {ours_high}"
            );
        }
        assert_eq!(wilson(0.3, 0.0, 1.96), (0.0, 1.0));
    }
}
