//! Whether there are pairs enough.

use crate::diff::comparison::Verdict;
use crate::diff::options::Options;
use crate::stats::{biweight, level_per_look, student_quantile};

use super::paired::{FEWEST_PAIRS, pairs_for};

/// What pairs say at one of several planned looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// Pairs with times on both sides.
    pub pairs: usize,
    /// `new / base - 1`.
    pub ratio: f64,
    /// Interval of `ratio` that holds at all looks together with the wanted confidence.
    pub interval: (f64, f64),
    /// The error rate spent on this look.
    pub level: f64,
    /// *Slower* or *faster*: the whole interval is beyond the zone. *Unchanged*: it is within.
    /// `None`: it is not decided.
    pub decided: Option<Verdict>,
    /// Half the width of the interval of the logarithm: the relative precision reached.
    pub half_width: f64,
    /// How many more pairs are expected to decide it, if they are like these; 0 when it is
    /// decided, `None` when ten thousand would not.
    pub more: Option<usize>,
}

/// Whether these log ratios of pairs (see [`differences`](super::differences)) decide on a zone of
/// `± zone` (relative, above 0), at one of `looks` planned looks. The error rate is spent evenly
/// over the looks as Pocock (1977) has it, for at most five with doubled numbers of pairs; more
/// looks than that are paid for by Šidák's rule. `None` for fewer than six pairs.
///
/// A change at the very edge of the zone is never decided, however many pairs there are; `more`
/// then grows without bound, and stopping is up to the caller (by `half_width`, or for lack of
/// time).
pub fn precision(
    differences: &[f64],
    looks: usize,
    zone: f64,
    options: &Options,
) -> Option<Precision> {
    if differences.len() < FEWEST_PAIRS {
        return None;
    }
    let log = biweight(differences)?;
    let level = level_per_look(1.0 - options.confidence, looks);
    let half = student_quantile(1.0 - level / 2.0, log.degrees) * log.error;
    // The zone's ends as logarithms, alike far from 0 so that swapping sides negates.
    let edge = zone.ln_1p();
    let decided = if log.value - half > edge {
        Some(Verdict::Slower)
    } else if log.value + half < -edge {
        Some(Verdict::Faster)
    } else if log.value.abs() + half <= edge {
        Some(Verdict::Unchanged)
    } else {
        None
    };
    let more = match decided {
        Some(_) => Some(0),
        None => pairs_for(log, differences.len(), level, (log.value.abs() - edge).abs()),
    };
    Some(Precision {
        pairs: differences.len(),
        ratio: log.value.exp_m1(),
        interval: ((log.value - half).exp_m1(), (log.value + half).exp_m1()),
        level,
        decided,
        half_width: half,
        more,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Random;

    fn pairs(n: usize, change: f64, noise: f64, random: &mut Random) -> Vec<f64> {
        (0..n).map(|_| change + noise * random.normal()).collect()
    }

    #[test]
    fn clear_cases_are_decided_and_others_tell_what_they_need() {
        let options = Options::default();
        let random = &mut Random::new(1);
        let look = |d: &[f64]| precision(d, 5, 0.01, &options).unwrap();
        let slower = look(&pairs(16, 0.05, 0.01, random));
        assert_eq!((slower.decided, slower.more), (Some(Verdict::Slower), Some(0)));
        assert!((slower.level - 0.012_984).abs() < 1e-9);
        let faster = look(&pairs(16, -0.05, 0.01, random));
        assert_eq!(faster.decided, Some(Verdict::Faster));
        let same = look(&pairs(64, 0.0, 0.01, random));
        assert_eq!(same.decided, Some(Verdict::Unchanged));
        let open = look(&pairs(16, 0.0, 0.03, random));
        assert_eq!(open.decided, None);
        assert!(open.more.unwrap() > 20, "{open:?}");
        assert_eq!(precision(&[0.0; 5], 1, 0.01, &options), None);
    }

    #[test]
    fn the_forecast_is_of_the_right_size() {
        let options = Options::default();
        let mut random = Random::new(2);
        let mut decided = 0;
        let mut rounds = 0;
        for _ in 0..60 {
            let mut all = pairs(24, 0.03, 0.06, &mut random);
            let Some(look) = precision(&all, 1, 0.01, &options).filter(|l| l.decided.is_none())
            else {
                continue;
            };
            let Some(more) = look.more.filter(|&more| more < 2000) else { continue };
            all.extend(pairs(more, 0.03, 0.06, &mut random));
            rounds += 1;
            decided += u32::from(precision(&all, 1, 0.01, &options).unwrap().decided.is_some());
        }
        // About half: the forecast is the middle of what may be needed.
        assert!(rounds >= 30, "{rounds}");
        assert!((0.25..0.95).contains(&(f64::from(decided) / f64::from(rounds))), "{decided}");
    }

    #[test]
    fn five_looks_together_err_no_more_than_one() {
        let options = Options::default();
        let mut random = Random::new(3);
        let mut wrong = 0;
        for _ in 0..2000 {
            let all = pairs(128, 0.0, 0.01, &mut random);
            // Any look that excludes the truth; the zone does not matter.
            wrong += u32::from([8, 16, 32, 64, 128].iter().any(|&n| {
                let look = precision(&all[..n], 5, 0.01, &options).unwrap();
                look.interval.0 > 0.0 || look.interval.1 < 0.0
            }));
        }
        let rate = f64::from(wrong) / 2000.0;
        assert!((0.03..0.075).contains(&rate), "{rate}");
    }
}
