//! The change between two sides.

use crate::diff::comparison::{Change, Design, TimingDiff, Verdict};
use crate::diff::options::Options;
use crate::model::Timing;
use crate::stats::{Estimate, combine, student_quantile};

use super::location::{Location, locate};
use super::summary::summarize;

/// A change must be this many standard deviations of a session to be called one: two sessions
/// differ by `√2 σ`, and `√2 · (z_0.975 + z_0.95) = 5.1` of them are found by a two-sided test
/// at 5 % in 95 % of cases.
pub(crate) const FLOOR: f64 = 5.1;

/// The power at which `detectable` is found.
pub(super) const POWER: f64 = 0.95;

/// Standard deviation of the logarithm of a run's time that is assumed of a side with one run.
/// The level from which on a benchmark counts as too noisy to judge.
const UNKNOWN_RUN_DEVIATION: f64 = 0.1;

/// How far apart two sessions of one program lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Deviation {
    /// Standard deviation of the logarithm of a session's times.
    pub(crate) sigma: f64,
    /// What it is where nothing is known against the machine: at most `sigma`.
    pub(crate) usual: f64,
}

impl Deviation {
    /// Smallest change of the logarithm that is called faster or slower.
    fn floor(self) -> f64 {
        (FLOOR * self.sigma).ln_1p()
    }

    /// Largest change of the logarithm that is called none. That the machine was in another state
    /// is no reason to find things equal.
    fn zone(self) -> f64 {
        (FLOOR * self.usual).ln_1p()
    }
}

/// Compares times; `tests` benchmarks are tested in all. `deviation` is `None` when the two
/// captures' times cannot be compared at all. `None` when neither side has times.
///
/// The verdict is preliminary until the p-values of all benchmarks are adjusted.
pub(crate) fn compare(
    base: Option<&Timing>,
    new: Option<&Timing>,
    deviation: Option<Deviation>,
    tests: usize,
    options: &Options,
) -> Option<TimingDiff> {
    let summaries = (base.and_then(summarize), new.and_then(summarize));
    if summaries == (None, None) {
        return None;
    }
    let change = base.zip(new).zip(deviation).and_then(|((base, new), deviation)| {
        let base = locate(base, options.seed)?;
        let new = locate(new, options.seed)?;
        Some(change(base, new, deviation, tests, options))
    });
    let verdict = match (&summaries, &change, deviation) {
        ((None, Some(_)), ..) => Verdict::New,
        ((Some(_), None), ..) => Verdict::Vanished,
        (_, Some(change), Some(deviation)) => verdict(change, deviation, options),
        _ => Verdict::Inconclusive,
    };
    Some(TimingDiff {
        base: summaries.0,
        new: summaries.1,
        change,
        confidence: options.confidence,
        design: Design::Stored,
        more_pairs: None,
        verdict,
    })
}

/// The change from one location to another, with the p-value not adjusted yet.
///
/// `Var(L_new − L_base) = Var_base + Var_new + 2σ²`; the first two have few degrees of freedom,
/// the last is taken as known; together they have those of Welch and Satterthwaite.
///
/// `detectable` is the change that a test at `significance / tests` (what the adjustment leaves
/// to a benchmark that is the only one to change) would find with a power of 95 %:
/// `(t_{1 − α/2m} + t_{0.95}) · SE`. Since `SE ≥ √2 σ` it is never below the floor.
fn change(
    base: Location,
    new: Location,
    deviation: Deviation,
    tests: usize,
    options: &Options,
) -> Change {
    let known = |location: Location| {
        location.variance.unwrap_or((UNKNOWN_RUN_DEVIATION.powi(2), f64::INFINITY))
    };
    let session = (2.0 * deviation.sigma.powi(2), f64::INFINITY);
    let (error, degrees) = combine(&[known(base), known(new), session]);
    let estimate = Estimate { value: new.ln - base.ln, error, degrees };
    let (low, high) = estimate.interval(options.confidence);
    let level = options.significance / tests.max(1) as f64;
    let critical = student_quantile(1.0 - level / 2.0, degrees) + student_quantile(POWER, degrees);
    Change {
        ratio: estimate.value.exp_m1(),
        interval: (low.exp_m1(), high.exp_m1()),
        p_value: estimate.p_value(),
        detectable: (critical * error).max(deviation.floor()).exp_m1(),
        log: estimate,
        least_p: 0.0,
        looks: 1,
    }
}

/// What to make of a change whose p-value is adjusted.
///
/// * Slower or faster: the p-value is below the significance level, the interval is on one side
///   of 0, and the change is at least the floor.
/// * Unchanged: the whole interval lies within the zone of indifference, which is the usual floor
///   or `indifference`, whichever is wider. Nothing below the floor is ever called a change, so that
///   a narrower zone would leave a band of changes for which no verdict but "inconclusive" exists
///   however much is measured.
/// * Inconclusive otherwise.
///
/// Everything is compared as logarithms, so that swapping sides swaps the verdict.
pub(crate) fn verdict(change: &Change, deviation: Deviation, options: &Options) -> Verdict {
    let (low, high) = (change.interval.0.ln_1p(), change.interval.1.ln_1p());
    let size = change.ratio.ln_1p();
    let zone = deviation.zone().max(options.indifference.ln_1p());
    if change.p_value < options.significance && size.abs() >= deviation.floor() {
        if low > 0.0 {
            return Verdict::Slower;
        }
        if high < 0.0 {
            return Verdict::Faster;
        }
    }
    if low >= -zone && high <= zone { Verdict::Unchanged } else { Verdict::Inconclusive }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::fixture::timing;

    const SAME: Option<Deviation> = Some(Deviation { sigma: 0.01, usual: 0.01 });

    fn diff(base: &[f64], new: &[f64]) -> TimingDiff {
        let options = Options::default();
        compare(Some(&timing(base)), Some(&timing(new)), SAME, 1, &options).unwrap()
    }

    #[test]
    fn welch_with_a_known_part_by_hand() {
        let diff = diff(&[100.0, 101.0, 102.0], &[120.0, 121.0, 123.0]);
        let change = diff.change.unwrap();
        // x = numpy.log; L = 0.4 x[0] + 0.6 x[1]; v = 1.15 var(x, ddof=1) / 3;
        // se = sqrt(v_base + v_new + 2e-4), df = se**4 / (v_base**2 / 2 + v_new**2 / 2);
        // expm1(d), expm1(d ∓ t.ppf(0.975, df) se), 2 t.sf(d / se, df),
        // expm1((t.ppf(0.975, df) + t.ppf(0.95, df)) se)
        for (ours, scipy) in [
            (change.ratio, 0.198_811_488_767_438_5),
            (change.interval.0, 0.157_520_161_666_158_8),
            (change.interval.1, 0.241_575_769_645_463_43),
            (change.detectable, 0.066_329_158_041_296_27),
        ] {
            assert!((ours - scipy).abs() < 1e-8, "{ours} {scipy}");
        }
        assert!((change.p_value / 2.301_567_683_790_825_3e-12 - 1.0).abs() < 1e-6);
        assert_eq!(diff.verdict, Verdict::Slower);
    }

    #[test]
    fn a_reader_may_divide_the_typical_times() {
        let diff = diff(&[100.0, 101.0, 150.0], &[120.0, 121.0, 123.0]);
        let (base, new) = (diff.base.unwrap(), diff.new.unwrap());
        // 100^0.4 * 101^0.6
        assert!((base.typical - 100.598_805_566_626_82).abs() < 1e-9);
        assert!((new.typical / base.typical - 1.0 - diff.change.unwrap().ratio).abs() < 1e-12);
    }

    #[test]
    fn small_changes_are_never_called_so() {
        // Without any noise of runs a 4 % change is beyond chance, but below the floor.
        let diff = diff(&[100.0, 100.0, 100.0], &[104.0, 104.0, 104.0]);
        assert!(diff.change.unwrap().p_value < 0.05);
        assert_eq!(diff.verdict, Verdict::Inconclusive);
    }

    #[test]
    fn equal_times_are_unchanged_and_noisy_ones_inconclusive() {
        let calm = diff(&[100.0, 101.0, 100.5], &[100.0, 101.0, 100.5]);
        assert_eq!((calm.change.unwrap().ratio, calm.verdict), (0.0, Verdict::Unchanged));
        let noisy = diff(&[100.0, 130.0, 160.0], &[100.0, 130.0, 160.0]);
        assert_eq!((noisy.change.unwrap().ratio, noisy.verdict), (0.0, Verdict::Inconclusive));
        assert!(noisy.change.unwrap().detectable > 0.5);
    }

    #[test]
    fn one_run_proves_nothing_small() {
        let diff = diff(&[100.0], &[115.0]);
        assert_eq!(diff.verdict, Verdict::Inconclusive);
        assert!(diff.change.unwrap().detectable > 0.5);
    }

    #[test]
    fn swapping_sides_negates() {
        let (a, b) = ([100.0, 103.0, 107.0, 101.0], [140.0, 138.0, 150.0, 141.0]);
        let (there, back) = (diff(&a, &b), diff(&b, &a));
        assert_eq!((there.verdict, back.verdict), (Verdict::Slower, Verdict::Faster));
        let (there, back) = (there.change.unwrap(), back.change.unwrap());
        assert!((there.ratio.ln_1p() + back.ratio.ln_1p()).abs() < 1e-12);
        assert!((there.interval.0.ln_1p() + back.interval.1.ln_1p()).abs() < 1e-9);
        assert!((there.p_value - back.p_value).abs() < 1e-12);
    }

    #[test]
    fn missing_and_incomparable_sides_are_said_so() {
        let options = Options::default();
        let times = timing(&[100.0, 101.0]);
        let new = compare(None, Some(&times), SAME, 1, &options).unwrap();
        assert_eq!((new.verdict, new.change, new.base), (Verdict::New, None, None));
        let old = compare(Some(&times), None, SAME, 1, &options).unwrap();
        assert_eq!(old.verdict, Verdict::Vanished);
        let other = compare(Some(&times), Some(&times), None, 1, &options).unwrap();
        assert_eq!((other.verdict, other.change), (Verdict::Inconclusive, None));
        assert_eq!(compare(None, None, SAME, 1, &options), None);
    }
}
