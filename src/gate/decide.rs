//! An estimate against a limit.

use crate::config::Direction;
use crate::stats::{Estimate, holm, student_cdf, student_quantile};

use super::options::Options;
use super::verdict::{Judged, Open, Outcome};

/// Most runs that anybody is told to wait for.
const MOST: f64 = 5000.0;

/// An estimate on a scale on which errors are symmetric, and what a reader sees of that scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tested {
    /// The estimate.
    pub(super) estimate: Estimate,
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
        let Estimate { value, error, degrees } = self.estimate;
        let half = if error == 0.0 { 0.0 } else { student_quantile(1.0 - level, degrees) * error };
        let (low, high) = (value - half, value + half);
        into.measured = Some(shown(value));
        into.interval = (error > 0.0).then(|| (shown(low), shown(high)));
        into.runs = self.runs;
        into.sign = self.direction.sign();
        let (beyond, within) = match self.direction {
            Direction::AtMost => (low > self.limit, high <= self.limit),
            Direction::AtLeast => (high < self.limit, low >= self.limit),
        };
        into.p_value = Some(self.p_value());
        into.outcome = match (beyond, within) {
            (true, _) => Outcome::Fail,
            (_, true) => Outcome::Pass,
            _ => Outcome::Inconclusive,
        };
        into.open = (into.outcome == Outcome::Inconclusive).then(|| self.open(level));
    }

    /// One-sided p-value of the limit being kept.
    fn p_value(&self) -> f64 {
        let excess = match self.direction {
            Direction::AtMost => self.estimate.value - self.limit,
            Direction::AtLeast => self.limit - self.estimate.value,
        };
        if self.estimate.error == 0.0 {
            return if excess > 0.0 { 0.0 } else { 1.0 };
        }
        let p_value = student_cdf(-excess / self.estimate.error, self.estimate.degrees);
        (p_value * self.penalty).min(1.0)
    }

    /// What would bring the end of the interval to the limit, if the figure stays where it is: the
    /// error falls with the root of the runs, down to the part that is not theirs.
    fn open(&self, level: f64) -> Open {
        let distance = (self.estimate.value - self.limit).abs();
        if self.runs < 2 {
            return Open::OneRun;
        }
        // With more runs there will be more degrees of freedom as well.
        let critical = student_quantile(1.0 - level, self.estimate.degrees.max(30.0));
        let wanted = (distance / critical).powi(2) - self.fixed_error.powi(2);
        if wanted <= 0.0 {
            return if self.fixed_error > 0.0 { Open::Sessions } else { Open::TooClose };
        }
        let own = (self.estimate.error.powi(2) - self.fixed_error.powi(2)).max(0.0);
        let runs = self.runs as f64 * own / wanted;
        let more = (runs - self.runs as f64).ceil().max(1.0);
        match more {
            more if more > MOST => Open::TooClose,
            more if self.is_paired => Open::MorePairs(more as u64),
            more => Open::MoreRuns(more as u64),
        }
    }
}

/// Adjusts for the number of rules: what is beyond its limit by itself, and would be of so many
/// rules by chance, stays open.
pub(super) fn settle(mut judged: Vec<Judged>, options: &Options) -> Vec<Judged> {
    let tested: Vec<usize> =
        (0..judged.len()).filter(|&index| judged[index].p_value.is_some()).collect();
    let p_values: Vec<f64> = tested.iter().filter_map(|&index| judged[index].p_value).collect();
    for (&index, adjusted) in tested.iter().zip(holm(&p_values)) {
        let one = &mut judged[index];
        if one.outcome == Outcome::Fail && adjusted >= options.level() {
            one.outcome = Outcome::Inconclusive;
            one.open = Some(Open::Chance(tested.len()));
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
            estimate: Estimate { value, error, degrees: f64::INFINITY },
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
}
