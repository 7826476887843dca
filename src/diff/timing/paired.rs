//! The change between two executables that ran in turns.
//!
//! Whatever lasts longer than a pair (drift, a busy neighbour, the state of the machine) is in
//! both runs of a pair and leaves their ratio. What hits one run only is an outlier among the
//! ratios, and as likely to be on either side.

use crate::diff::comparison::{Change, Design, TimingDiff, Verdict};
use crate::diff::options::Options;
use crate::model::Timing;
use crate::stats::{Estimate, biweight, level_per_look, mean, student_quantile, variance};

use super::change::POWER;
use super::location::{Location, lower_half_of, run_location};
use super::summary::summarize;

/// No verdict on fewer pairs: five can all have one sign by chance in one case of sixteen.
pub(crate) const FEWEST_PAIRS: usize = 6;

/// How pairs came about, beside their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    /// Looks at whether there are enough.
    pub(crate) looks: usize,
    /// Orders of the same functions, as many pairs of each, one after the other.
    pub(crate) layouts: usize,
}

impl Repeated {
    /// A number of pairs that was fixed beforehand, of the executables as they are built.
    pub(crate) const ONCE: Self = Self { looks: 1, layouts: 1 };
}

/// Where the differences of pairs lie. Those of one layout have its effect in common, so that with
/// several the layouts are what is independent: the mean of their centres, and Student's interval.
fn centre(differences: &[f64], layouts: usize) -> Option<Estimate> {
    let each = differences.len() / layouts.max(1);
    if layouts < 2 || each == 0 {
        return biweight(differences);
    }
    let centres: Option<Vec<f64>> =
        differences.chunks(each).take(layouts).map(|one| Some(biweight(one)?.value)).collect();
    let centres = centres?;
    Some(Estimate {
        value: mean(&centres),
        error: (variance(&centres)? / centres.len() as f64).sqrt(),
        degrees: centres.len() as f64 - 1.0,
    })
}

/// Logarithms of the times of pairs: of the base's run, and of the new one. Run i of both sides is
/// a pair; one without a usable time is left out.
fn pairs(base: &Timing, new: &Timing) -> Vec<(f64, f64)> {
    let runs = base.runs.iter().zip(&new.runs);
    runs.filter_map(|(base, new)| Some((run_location(base)?, run_location(new)?))).collect()
}

/// `ln (new / base)` of each pair of runs, of their typical times.
pub fn differences(base: &Timing, new: &Timing) -> Vec<f64> {
    pairs(base, new).into_iter().map(|(base, new)| new - base).collect()
}

/// Where both sides' times lie: as far apart as the pairs say, around what all runs say. Each
/// side is given half of the error.
pub(crate) fn locate_pairs([base, new]: [&Timing; 2], repeated: Repeated) -> Option<[Location; 2]> {
    let pairs = pairs(base, new);
    let (of_base, of_new): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let differences: Vec<f64> = pairs.iter().map(|(base, new)| new - base).collect();
    let estimate = centre(&differences, repeated.layouts)?;
    // Around the middle, so that swapping the sides swaps the locations.
    let middle = (lower_half_of(&of_base) + lower_half_of(&of_new)) / 2.0;
    let variance = halved(estimate);
    Some([
        Location { ln: middle - estimate.value / 2.0, variance },
        Location { ln: middle + estimate.value / 2.0, variance },
    ])
}

/// The variance of a change, and its degrees of freedom, as if half of each were either side's: so
/// that both together have what the change has, whichever side is called new. `None` when it is
/// not known.
pub(crate) fn halved(change: Estimate) -> Option<(f64, f64)> {
    change.error.is_finite().then(|| (change.error.powi(2) / 2.0, change.degrees / 2.0))
}

/// Compares times that were taken in turns; `tests` benchmarks are tested in all. `None` when no
/// pair has times on both sides.
///
/// The change is the biweight centre of the pairs' log ratios, its interval the biweight t's. By
/// simulation (`simulation` beside this) it holds the truth in 94.5 to 95.5 % of cases whether
/// runs are normal, heavy-tailed or in a slow state, and finds more than the exact interval of
/// the median (whose efficiency is 64 % on normal ratios), the signed ranks (one pair in five far
/// off widens them fivefold), trimmed means and the mean.
///
/// Where it was looked at several times whether there were pairs enough, each look had its chance to
/// stop at an error: the rate is spent evenly over them, as in
/// [`precision`](super::precision::precision()).
pub(crate) fn compare_paired(
    [base, new]: [&Timing; 2],
    repeated: Repeated,
    tests: usize,
    options: &Options,
) -> Option<TimingDiff> {
    let differences = differences(base, new);
    let [of_base, of_new] = locate_pairs([base, new], repeated)?;
    let typical = |summary: &mut super::TimingSummary, location: Location| {
        summary.typical = location.ln.exp();
    };
    let (mut base, mut new) = (summarize(base)?, summarize(new)?);
    typical(&mut base, of_base);
    typical(&mut new, of_new);
    let change = change(&differences, repeated, tests, options)?;
    Some(TimingDiff {
        base: Some(base),
        new: Some(new),
        change: Some(change),
        confidence: options.confidence,
        design: Design::Paired { pairs: differences.len() },
        more_pairs: None,
        verdict: verdict(&change, differences.len(), options),
    })
}

/// The change that these log ratios show, with the p-value not adjusted yet.
fn change(
    differences: &[f64],
    repeated: Repeated,
    tests: usize,
    options: &Options,
) -> Option<Change> {
    let log = centre(differences, repeated.layouts)?;
    let looks = repeated.looks;
    let level = level_per_look(options.significance, looks);
    // More evidence than that all of n pairs have one sign there cannot be.
    let least_p = 2_f64.powi(1 - differences.len().min(1000) as i32).min(1.0);
    Some(Change {
        ratio: log.value.exp_m1(),
        interval: relative(log, 1.0 - level_per_look(1.0 - options.confidence, looks)),
        p_value: (log.p_value().max(least_p) * options.significance / level).min(1.0),
        detectable: detectable(log, least_p, level / tests.max(1) as f64, options),
        log,
        least_p,
        looks: looks as u32,
    })
}

fn relative(log: Estimate, confidence: f64) -> (f64, f64) {
    if log.error.is_infinite() {
        return (-1.0, f64::INFINITY);
    }
    let (low, high) = log.interval(confidence);
    (low.exp_m1(), high.exp_m1())
}

/// The change that is found with a power of 95 % at this level, which is that of a benchmark that
/// is the only one to change; infinite where so few pairs cannot show any.
fn detectable(log: Estimate, least_p: f64, level: f64, options: &Options) -> f64 {
    if least_p > level || log.error.is_infinite() {
        return f64::INFINITY;
    }
    let critical =
        student_quantile(1.0 - level / 2.0, log.degrees) + student_quantile(POWER, log.degrees);
    (critical * log.error).max(options.paired_effect.ln_1p()).exp_m1()
}

/// What to make of a change whose p-value is adjusted.
///
/// * Slower or faster: the p-value is below the significance level, the interval is on one side
///   of 0, and the change is at least `paired_effect`.
/// * Unchanged: the whole interval is within `paired_indifference`. That is twice `paired_effect`,
///   so that with pairs enough there is a verdict on every change.
/// * Inconclusive otherwise, and on fewer than six pairs.
pub(crate) fn verdict(change: &Change, pairs: usize, options: &Options) -> Verdict {
    if pairs < FEWEST_PAIRS {
        return Verdict::Inconclusive;
    }
    let (low, high) = (change.interval.0.ln_1p(), change.interval.1.ln_1p());
    let size = change.ratio.ln_1p().abs();
    if change.p_value < options.significance && size >= options.paired_effect.ln_1p() {
        if low > 0.0 {
            return Verdict::Slower;
        }
        if high < 0.0 {
            return Verdict::Faster;
        }
    }
    let zone = options.paired_indifference.ln_1p();
    if low >= -zone && high <= zone { Verdict::Unchanged } else { Verdict::Inconclusive }
}

/// How many more pairs are expected to turn *inconclusive* into a verdict, if they are like those
/// that there are.
pub(crate) fn more_pairs(change: &Change, pairs: usize, options: &Options) -> Option<usize> {
    if pairs < FEWEST_PAIRS {
        return Some(FEWEST_PAIRS - pairs);
    }
    // The interval has to shrink into the zone, or off 0.
    let size = change.log.value.abs();
    let to_zone = options.paired_indifference.ln_1p() - size;
    let off_zero = if size >= options.paired_effect.ln_1p() { size } else { 0.0 };
    let level = level_per_look(1.0 - options.confidence, change.looks as usize);
    pairs_for(change.log, pairs, level, to_zone.max(off_zero))
}

/// How many more pairs are expected to bring the half width of the interval at an error rate of
/// `level` down to `room` (of the logarithm); `None` beyond ten thousand.
pub(super) fn pairs_for(log: Estimate, pairs: usize, level: f64, room: f64) -> Option<usize> {
    let n = pairs as f64;
    let mut needed = n;
    // The error falls with √n, and Student's quantile with it: three rounds settle that.
    for _ in 0..3 {
        let degrees = (log.degrees * (needed - 1.0) / (n - 1.0)).max(1.0);
        let half = student_quantile(1.0 - level / 2.0, degrees) * log.error;
        needed = (n * (half / room).powi(2)).clamp(n + 1.0, 2.0 * MOST_PAIRS);
    }
    (needed <= MOST_PAIRS).then(|| (needed - n).ceil() as usize)
}

/// More pairs than that nobody waits for.
const MOST_PAIRS: f64 = 10_000.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::fixture::timing;
    use crate::stats::Random;

    #[test]
    fn looking_more_often_costs_certainty() {
        let random = &mut Random::new(5);
        let mut times =
            |at: f64| (0..32).map(|_| at * (0.01 * random.normal()).exp()).collect::<Vec<f64>>();
        let (base, new) = (timing(&times(100.0)), timing(&times(100.5)));
        let options = Options::default();
        let at = |looks| {
            compare_paired([&base, &new], Repeated { looks, layouts: 1 }, 1, &options)
                .unwrap()
                .change
                .unwrap()
        };
        let (once, often) = (at(1), at(5));
        assert_eq!(once.ratio, often.ratio);
        assert!(often.interval.0 < once.interval.0 && once.interval.1 < often.interval.1);
        assert!(often.p_value > once.p_value && often.detectable > once.detectable);
        // A gate pays for it as well.
        assert!(often.p_at_most(0.0) > once.p_at_most(0.0));
        assert!(often.one_sided_bounds(0.05).0 < once.one_sided_bounds(0.05).0);
        // Five looks leave 1.3 % of the 5 % to each.
        assert!((often.p_value / once.p_value - 0.05 / 0.012_984).abs() < 1e-9);
    }

    #[test]
    fn layouts_are_what_is_independent() {
        // Identical code in four layouts whose effects differ by 1.4 %, a common figure.
        let random = &mut Random::new(6);
        let options = Options::default();
        let mut called = [0; 2];
        for _ in 0..200 {
            let effects: Vec<f64> = (0..4).map(|_| 0.014 * random.normal()).collect();
            let mut times = |effect: f64| 100.0 * (effect + 0.005 * random.normal()).exp();
            let base: Vec<f64> = (0..48).map(|_| times(0.0)).collect();
            let new: Vec<f64> = (0..48).map(|pair| times(effects[pair / 12])).collect();
            let sides = [&timing(&base), &timing(&new)];
            for (layouts, called) in [1, 4].into_iter().zip(&mut called) {
                let repeated = Repeated { looks: 1, layouts };
                let diff = compare_paired(sides, repeated, 1, &options).unwrap();
                let (low, high) = diff.change.unwrap().interval;
                *called += u32::from(low > 0.0 || high < 0.0);
            }
        }
        let [pooled, by_layout] = called;
        assert!(pooled > 80, "taken together, chance would pass for change: {pooled}");
        assert!(by_layout < 22, "5 % of 200, and what chance adds: {by_layout}");
    }
}
