//! An estimate against a limit.

use crate::config::Direction;
use crate::model::SortFew as _;
use crate::stats::{
    Estimate, holm, normal_cdf, normal_quantile, student_cdf, student_quantile, wilson,
};

use super::options::Options;
use super::verdict::{Judged, Open, Outcome};

/// Most runs that anybody is told to wait for.
const MOST: f64 = 5000.0;

/// What an estimate rests on, from which interval and p-value follow.
#[derive(Clone, Copy, Debug)]
pub(super) enum Evidence {
    /// An estimate on a scale on which its error is symmetric.
    Error(Estimate),
    /// A share of so many samples: Wilson's interval (1927), which holds for shares near 0 and for
    /// none at all, and the score test that it is the inversion of.
    Share {
        /// From 0 to 1.
        share: f64,
        /// Samples of the whole.
        samples: f64,
    },
    /// What runs of both sides lie apart by at least and at most; no chance is known of it.
    Range {
        /// The figure.
        value: f64,
        /// The ends.
        ends: (f64, f64),
    },
}

impl From<Estimate> for Evidence {
    fn from(estimate: Estimate) -> Self {
        Self::Error(estimate)
    }
}

impl Evidence {
    fn value(self) -> f64 {
        match self {
            Self::Error(estimate) => estimate.value,
            Self::Share { share, .. } => share,
            Self::Range { value, .. } => value,
        }
    }

    /// Both ends, each with an error rate of `level`.
    fn interval(self, level: f64) -> (f64, f64) {
        match self {
            Self::Error(Estimate { value, error: 0.0, .. }) => (value, value),
            Self::Error(Estimate { value, error, degrees }) => {
                let half = student_quantile(1.0 - level, degrees) * error;
                (value - half, value + half)
            }
            Self::Share { share, samples } => wilson(share, samples, normal_quantile(1.0 - level)),
            Self::Range { ends, .. } => ends,
        }
    }

    /// One-sided probability of a figure so far beyond the limit when the truth is at it; `None`
    /// where that is not known.
    fn p_value(self, limit: f64, direction: Direction) -> Option<f64> {
        let excess = match direction {
            Direction::AtMost => self.value() - limit,
            Direction::AtLeast => limit - self.value(),
        };
        let certain = if excess > 0.0 { 0.0 } else { 1.0 };
        match self {
            Self::Error(Estimate { error: 0.0, .. }) => Some(certain),
            Self::Error(Estimate { error, degrees, .. }) => {
                Some(student_cdf(-excess / error, degrees))
            }
            Self::Share { samples, .. } => {
                // The standard error of a share that is at its limit.
                let error = (limit * (1.0 - limit)).max(0.0).sqrt() / samples.max(1.0).sqrt();
                Some(if error > 0.0 { normal_cdf(-excess / error) } else { certain })
            }
            Self::Range { .. } => None,
        }
    }
}

/// What is held against a limit, and what a reader sees of its scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tested {
    /// The figure with its error.
    pub(super) evidence: Evidence,
    /// The limit on the same scale.
    pub(super) limit: f64,
    /// From which side.
    pub(super) direction: Direction,
    /// The part of the error that more runs do not make smaller.
    pub(super) fixed_error: f64,
    /// Runs (of either side, or pairs) that the error comes from.
    pub(super) runs: usize,
    /// Whether those are pairs.
    pub(super) is_paired: bool,
    /// How many times larger p-values are for having looked more than once.
    pub(super) penalty: f64,
}

impl Tested {
    /// Fills in what follows: interval (through `shown`), outcome, p-value, what is missing.
    pub(super) fn judge(self, into: &mut Judged, shown: impl Fn(f64) -> f64, options: &Options) {
        let level = options.level() / self.penalty;
        let (low, high) = self.evidence.interval(level);
        into.measured = Some(shown(self.evidence.value()));
        into.interval = (low < high).then(|| (shown(low), shown(high)));
        into.runs = self.runs;
        into.sign = self.direction.sign();
        let (beyond, within) = match self.direction {
            Direction::AtMost => (low > self.limit, high <= self.limit),
            Direction::AtLeast => (high < self.limit, low >= self.limit),
        };
        let p_value = self.evidence.p_value(self.limit, self.direction);
        into.p_value = p_value.map(|p_value| (p_value * self.penalty).min(1.0));
        into.outcome = match (beyond, within) {
            (true, _) => Outcome::Fail,
            (_, true) => Outcome::Pass,
            _ => Outcome::Inconclusive,
        };
        into.open = (into.outcome == Outcome::Inconclusive).then(|| self.open((low, high), level));
    }

    /// What would bring the end of the interval to the limit, if the figure stays where it is: the
    /// error falls with the root of the runs, down to the part that is not theirs.
    fn open(&self, (low, high): (f64, f64), level: f64) -> Open {
        let distance = (self.evidence.value() - self.limit).abs();
        let (error, critical) = match self.evidence {
            Evidence::Error(_) if self.runs < 2 => return Open::OneRun,
            // With more runs there will be more degrees of freedom as well.
            Evidence::Error(Estimate { error, degrees, .. }) => {
                (error, student_quantile(1.0 - level, degrees.max(30.0)))
            }
            // A run has so many samples, whatever other runs have.
            Evidence::Share { .. } => ((high - low) / 2.0, 1.0),
            Evidence::Range { .. } => return Open::TooClose,
        };
        let wanted = (distance / critical).powi(2) - self.fixed_error.powi(2);
        if wanted <= 0.0 {
            return if self.fixed_error > 0.0 { Open::Sessions } else { Open::TooClose };
        }
        let own = (error.powi(2) - self.fixed_error.powi(2)).max(0.0);
        let runs = self.runs.max(1) as f64;
        let more = (runs * own / wanted - runs).ceil().max(1.0);
        match more {
            more if more > MOST => Open::TooClose,
            more if self.is_paired => Open::MorePairs(more as u64),
            more => Open::MoreRuns(more as u64),
        }
    }
}

/// Of several figures that one rule is about, the worst counts, and was found by looking at all of
/// them: its p-value is so many times larger (Bonferroni).
pub(super) fn worst(mut all: Vec<Judged>) -> Option<Judged> {
    let tests = all.iter().filter(|one| one.p_value.is_some()).count();
    let least = all.iter().filter_map(|one| one.p_value).min_by(f64::total_cmp);
    // The order of figures that have the same outcome.
    let excess = |one: &Judged| {
        let measured = one.measured.unwrap_or(0.0);
        if one.sign == Direction::AtLeast.sign() { -measured } else { measured }
    };
    all.sort_few_by(|a, b| a.outcome.cmp(&b.outcome).then(excess(b).total_cmp(&excess(a))));
    let mut worst = all.into_iter().next()?;
    if worst.p_value.is_some() {
        worst.p_value = least.map(|p_value| (p_value * tests as f64).min(1.0));
        worst.tests = tests;
    }
    Some(worst)
}

/// Adjusts for the number of rules: what is beyond its limit by itself, and would be of so many
/// rules by chance, stays open.
pub(super) fn settle(mut judged: Vec<Judged>, options: &Options) -> Vec<Judged> {
    let tested: Vec<usize> =
        (0..judged.len()).filter(|&index| judged[index].p_value.is_some()).collect();
    let p_values: Vec<f64> = tested.iter().filter_map(|&index| judged[index].p_value).collect();
    let tests = tested.iter().map(|&index| judged[index].tests).sum();
    for (&index, adjusted) in tested.iter().zip(holm(&p_values)) {
        let one = &mut judged[index];
        if one.outcome == Outcome::Fail && adjusted >= options.level() {
            one.outcome = Outcome::Inconclusive;
            one.open = Some(Open::Chance(tests));
        }
    }
    judged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::verdict::Kind;

    fn tested(value: f64, error: f64) -> Tested {
        Tested {
            evidence: Estimate { value, error, degrees: f64::INFINITY }.into(),
            limit: 0.1,
            direction: Direction::AtMost,
            fixed_error: 0.0,
            runs: 10,
            is_paired: false,
            penalty: 1.0,
        }
    }

    fn judged(tested: Tested) -> Judged {
        let mut judged = Judged::new(Kind::Limit, None, String::new());
        tested.judge(&mut judged, |value| value, &Options::default());
        judged
    }

    #[test]
    fn the_interval_decides_and_not_the_point() {
        // 0.1 ± 1.96 · 0.05: the point is beyond the limit, its interval is not.
        assert_eq!(judged(tested(0.15, 0.05)).outcome, Outcome::Inconclusive);
        assert_eq!(judged(tested(0.05, 0.05)).outcome, Outcome::Inconclusive);
        assert_eq!(judged(tested(0.2, 0.05)).outcome, Outcome::Fail);
        assert_eq!(judged(tested(0.0, 0.05)).outcome, Outcome::Pass);
        let least = Tested { direction: Direction::AtLeast, ..tested(0.2, 0.05) };
        assert_eq!(judged(least).outcome, Outcome::Pass);
        let exact = judged(tested(0.1, 0.0));
        assert_eq!((exact.outcome, exact.interval), (Outcome::Pass, None));
    }

    #[test]
    fn more_runs_are_as_many_as_it_takes() {
        // 1.96 · 0.05 / 0.049 = 2: four times the runs, i.e. 30 more (a hair below 40 in all).
        let open = judged(tested(0.149, 0.05)).open;
        assert_eq!(open, Some(Open::MoreRuns(30)));
        assert_eq!(judged(tested(0.1, 0.05)).open, Some(Open::TooClose));
        let sessions = Tested { fixed_error: 0.05, ..tested(0.12, 0.06) };
        assert_eq!(judged(sessions).open, Some(Open::Sessions));
        assert_eq!(judged(Tested { runs: 1, ..tested(0.12, 0.06) }).open, Some(Open::OneRun));
    }

    #[test]
    fn of_many_rules_one_is_beyond_by_chance() {
        let options = Options::default();
        // p = 0.0062 alone; times ten it is above 0.025.
        let weak = judged(tested(0.225, 0.05));
        assert_eq!(settle(vec![weak.clone()], &options)[0].outcome, Outcome::Fail);
        let mut many = vec![weak];
        many.extend(vec![judged(tested(0.0, 0.05)); 9]);
        let settled = settle(many, &options);
        assert_eq!(settled[0].outcome, Outcome::Inconclusive);
        assert_eq!(settled[0].open, Some(Open::Chance(10)));
        let mut strong = vec![judged(tested(0.4, 0.05))];
        strong.extend(vec![judged(tested(0.0, 0.05)); 9]);
        assert_eq!(settle(strong, &options)[0].outcome, Outcome::Fail);
    }

    #[test]
    fn shares_are_tested_by_their_score() {
        let share = |count: f64, direction| {
            let evidence = Evidence::Share { share: count / 1000.0, samples: 1000.0 };
            judged(Tested { evidence, limit: 0.05, direction, ..tested(0.0, 1.0) })
        };
        // scipy.stats.norm.sf((0.066 − 0.05) / √(0.05 · 0.95 / 1000))
        let above = share(66.0, Direction::AtMost);
        assert!((above.p_value.unwrap() - 0.010_129_29).abs() < 1e-6, "{:?}", above.p_value);
        assert_eq!((above.outcome, above.tests), (Outcome::Fail, 1));
        let least = share(66.0, Direction::AtLeast);
        assert!((least.p_value.unwrap() - (1.0 - 0.010_129_29)).abs() < 1e-6);
        // A limit of nothing is kept by nothing only.
        let none = |share: f64| {
            let evidence = Evidence::Share { share, samples: 1000.0 };
            judged(Tested { evidence, limit: 0.0, ..tested(0.0, 1.0) }).p_value
        };
        assert_eq!((none(0.0), none(0.001)), (Some(1.0), Some(0.0)));
    }

    #[test]
    fn ranges_have_no_chance() {
        let range = |ends| {
            let evidence = Evidence::Range { value: 0.2, ends };
            judged(Tested { evidence, ..tested(0.0, 1.0) })
        };
        let apart = range((0.15, 0.25));
        assert_eq!((apart.outcome, apart.p_value), (Outcome::Fail, None));
        assert_eq!(range((0.05, 0.25)).open, Some(Open::TooClose));
    }

    #[test]
    fn the_worst_of_many_pays_for_all() {
        // p = 0.0062 of one; of five 0.031.
        let all = |others: usize| {
            let mut all = vec![judged(tested(0.0, 0.05)); others];
            all.push(judged(tested(0.225, 0.05)));
            worst(all).unwrap()
        };
        let (alone, five) = (all(0), all(4));
        assert!((five.p_value.unwrap() - 5.0 * alone.p_value.unwrap()).abs() < 1e-12);
        assert_eq!((five.measured, five.tests), (Some(0.225), 5));
        let options = Options::default();
        assert_eq!(settle(vec![alone], &options)[0].outcome, Outcome::Fail);
        let settled = settle(vec![five], &options);
        assert_eq!(
            (settled[0].outcome, settled[0].open),
            (Outcome::Inconclusive, Some(Open::Chance(5)))
        );
        assert_eq!(worst(Vec::new()), None);
    }
}
