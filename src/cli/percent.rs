//! Shares on the command line.

/// A share as people write it: `5`, `0.5`.
pub(super) fn percent(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| "a number from 0 to 100".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_shares() {
        assert_eq!(percent("0.5"), Ok(0.5));
        for bad in ["-1", "100.1", "NaN", "inf", "5%", ""] {
            assert!(percent(bad).is_err(), "{bad}");
        }
    }
}
