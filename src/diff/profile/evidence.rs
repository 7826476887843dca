//! Whether a change of cost is more than chance.
//!
//! A thing (function, path, group) has a cost in each run of each side. Its variance between runs
//! has two parts: that of counting samples, which is known (`Poisson`, with the binomial's
//! `1 − share`), and a relative one that all things have in common, `φ²`, which is estimated from
//! the things themselves. How much a single thing's variance differs from that is moderated as
//! limma does (Smyth 2004): with three runs its own variance alone is worth little, and Welch's
//! test on it finds nothing that survives an adjustment for many functions.

use crate::diff::comparison::Verdict;
use crate::diff::options::Options;
use crate::stats::{
    Estimate, VariancePrior, benjamini_hochberg, combine, normal_cdf, student_quantile,
};

use super::cost::Runs;

/// Relative standard deviation of a cost between runs that is assumed where there is only one run
/// on both sides; the level from which on a benchmark counts as too noisy to judge.
const UNKNOWN_DEVIATION: f64 = 0.1;

/// What sums of fractions lose at most, relative.
const ROUNDING: f64 = 1e-11;

/// Samples that a thing on one side only must have for being called new or vanished.
const FEWEST_SAMPLES: f64 = 10.0;

/// What costs that were counted over so many iterations lose in adding up, relative.
pub(crate) fn loss(iterations: [u64; 2]) -> f64 {
    if iterations == [1, 1] { 0.0 } else { ROUNDING }
}

/// What is known of both sides before looking at any one thing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Design {
    /// Runs.
    runs: [f64; 2],
    /// Cost of the whole benchmark.
    cost: [f64; 2],
    /// Cost of one sample.
    sample: [f64; 2],
    /// Relative variance that all runs of a side share, and its degrees of freedom.
    shared: [(f64, f64); 2],
    /// Standard deviation between sessions; 0 where costs are shares or counts.
    sigma: f64,
    /// Smallest relative change of a thing's own cost that is called one.
    floor: f64,
    /// What the timed runs say of the benchmark.
    timed: Option<Verdict>,
    /// Whether run i of both sides is a pair.
    paired: bool,
    /// Where costs were counted, and not sampled: the smallest part of a cost that is not lost in
    /// adding up, relative. 0 where costs are whole numbers.
    counted: Option<f64>,
}

impl Design {
    pub(super) fn new(sides: [&Runs; 2], sigma: f64, timed: Option<Verdict>) -> Self {
        Self {
            runs: sides.map(|side| side.len() as f64),
            cost: sides.map(Runs::cost),
            sample: sides.map(Runs::cost_per_sample),
            shared: sides.map(|side| side.shared.unwrap_or((0.0, f64::INFINITY))),
            sigma,
            floor: crate::diff::timing::FLOOR * sigma,
            timed,
            paired: false,
            counted: None,
        }
    }

    /// The same for runs in pairs.
    pub(super) fn paired(self) -> Self {
        Self { paired: true, ..self }
    }

    /// The same for costs that were counted over so many iterations on either side. Those of one
    /// iteration are whole numbers, which add up without loss.
    pub(super) fn counted(self, iterations: [u64; 2]) -> Self {
        Self { counted: Some(loss(iterations)), ..self }
    }

    /// Whether costs were counted, and not sampled.
    pub(super) fn is_exact(&self) -> bool {
        self.counted.is_some()
    }

    /// Mean cost of both sides.
    fn benchmark(&self) -> f64 {
        (self.cost[0] + self.cost[1]) / 2.0
    }

    /// Degrees of freedom between runs.
    fn degrees(&self) -> f64 {
        if self.paired { self.runs[0] - 1.0 } else { self.runs[0] + self.runs[1] - 2.0 }
    }

    /// Whether the timed runs show a change of the benchmark in the direction of this one.
    fn is_backed(&self, delta: f64) -> bool {
        let direction = if delta > 0.0 { Verdict::Slower } else { Verdict::Faster };
        self.timed == Some(direction)
    }

    /// The p-value of a change beyond what moved the whole benchmark while it was profiled: a
    /// machine that was busier in one session makes everything costlier at once, and three runs
    /// do not show it. Tested is whether the thing's *share* changed in the same direction, against
    /// the chance of counting. 0 where nothing is to be shown: costs that are exact, or timed runs
    /// that say the same of the benchmark.
    fn beyond_common(&self, thing: &Thing, delta: f64) -> f64 {
        if self.sigma == 0.0 || self.is_backed(delta) {
            return 0.0;
        }
        let ratio = self.cost[1] / self.cost[0];
        let excess = thing.mean[1] - ratio * thing.mean[0];
        let variance = self.counting(thing, 1) / self.runs[1]
            + ratio.powi(2) * self.counting(thing, 0) / self.runs[0];
        if excess * delta <= 0.0 || variance <= 0.0 {
            return 1.0;
        }
        2.0 * normal_cdf(-excess.abs() / variance.sqrt())
    }

    /// Variance of a run's cost by counting samples. The rarer side is given what both together
    /// say, and at least one sample in all its runs: none seen does not mean that none can be.
    fn counting(&self, thing: &Thing, side: usize) -> f64 {
        let pooled = (thing.mean[0] + thing.mean[1]) / 2.0;
        let mean = thing.mean[side].max(pooled).max(self.sample[side] / self.runs[side]);
        let share = (thing.mean[side] / self.cost[side]).clamp(0.0, 1.0);
        mean * self.sample[side] * (1.0 - share)
    }
}

/// The costs of one thing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thing {
    /// Mean cost by side.
    pub(super) mean: [f64; 2],
    /// Sum of squared deviations from it, by side.
    squares: [f64; 2],
    /// Sum of squared deviations of the runs' differences from theirs; of runs in pairs.
    joint: f64,
    /// Smallest and largest cost, by side.
    range: [(f64, f64); 2],
}

impl Thing {
    /// What a relative variance of each side's cost has to be multiplied with.
    fn squared(&self) -> f64 {
        self.mean[0].powi(2) + self.mean[1].powi(2)
    }

    /// Of costs by run on both sides.
    pub(super) fn new(base: &[f64], new: &[f64]) -> Self {
        let mut thing =
            Self { mean: [0.0; 2], squares: [0.0; 2], joint: 0.0, range: [(0.0, 0.0); 2] };
        for (side, values) in [base, new].into_iter().enumerate() {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            thing.mean[side] = mean;
            thing.squares[side] = values.iter().map(|v| (v - mean).powi(2)).sum();
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            thing.range[side] = (low, high);
        }
        let change = thing.mean[1] - thing.mean[0];
        thing.joint = base.iter().zip(new).map(|(a, b)| (b - a - change).powi(2)).sum();
        thing
    }
}

/// What is said of one thing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finding {
    /// Change of cost.
    pub(super) delta: f64,
    /// Interval of it.
    pub(super) interval: (f64, f64),
    /// The change with its standard error, of which `interval` is; `None` for what was counted.
    pub(super) estimate: Option<Estimate>,
    /// Slower, faster, unchanged or inconclusive.
    pub(super) verdict: Verdict,
    /// Whether the adjusted p-value is below the significance level, of a thing that was tested.
    pub(super) significant: bool,
}

/// Judges many things of one kind. `tested` says which take part in tests; the false discovery
/// rate is controlled over them (Benjamini & Hochberg 1995). A verdict of change needs an
/// adjusted p-value below the significance level, which is a stricter one where the timed runs do
/// not back the change (families that hold a change are tested apart from those that may hold
/// none: Yekutieli 2008), a change of at least `function_effect` of the
/// benchmark's cost (`lone_effect` where not backed), of times at least the floor of the thing's own cost, and more than what moved
/// the whole benchmark. Unchanged is what
/// has its whole interval within `function_effect` of the benchmark's cost.
pub(super) fn judge(
    design: &Design,
    things: &[Thing],
    tested: &[bool],
    options: &Options,
) -> Vec<Finding> {
    if let Some(loss) = design.counted {
        return things.iter().map(|thing| counted(thing, loss * design.benchmark())).collect();
    }
    let chosen: Vec<Thing> =
        things.iter().zip(tested).filter(|(_, tested)| **tested).map(|(t, _)| *t).collect();
    let dispersion = Dispersion::fit(design, &chosen);
    let estimates: Vec<Estimate> =
        things.iter().map(|thing| dispersion.estimate(design, thing)).collect();
    // Both have to be shown, so that the larger p-value counts (intersection-union test).
    let p_values: Vec<f64> = things
        .iter()
        .zip(&estimates)
        .zip(tested)
        .filter(|(_, tested)| **tested)
        .map(|((thing, e), _)| e.p_value().max(design.beyond_common(thing, e.value)))
        .collect();
    let mut adjusted = benjamini_hochberg(&p_values).into_iter();
    let mut quantiles = Quantiles::new(options.confidence);
    let effect = options.function_effect * design.benchmark();
    let judged = things.iter().zip(&estimates).zip(tested);
    judged
        .map(|((thing, estimate), &tested)| {
            let (degrees, quantile) = quantiles.get(estimate.degrees);
            let half = quantile * estimate.error;
            let interval = (estimate.value - half, estimate.value + half);
            let p_value = if tested { adjusted.next() } else { None };
            let (level, least) = match design.is_backed(estimate.value) {
                true => (options.significance, options.function_effect),
                false => (options.lone_significance, options.lone_effect),
            };
            let significant = p_value.is_some_and(|p| p < level);
            let least = least * design.benchmark();
            let own = design.floor * thing.mean[0].max(thing.mean[1]);
            let verdict = if significant && estimate.value.abs() >= least.max(own) {
                match estimate.value > 0.0 {
                    true => Verdict::Slower,
                    false => Verdict::Faster,
                }
            } else if interval.0 >= -effect && interval.1 <= effect {
                Verdict::Unchanged
            } else {
                Verdict::Inconclusive
            };
            let delta = estimate.value;
            let estimate = Some(Estimate { degrees, ..*estimate });
            Finding { delta, interval, estimate, verdict, significant }
        })
        .collect()
}

/// Of costs that were counted every change is real. Where runs of one side differ among themselves
/// (a hash map's seed, a thread's luck), the two sides' runs have to lie further apart than those
/// of either side: with five on each, chance alone puts them apart at all once in 126 times.
fn counted(thing: &Thing, rounding: f64) -> Finding {
    let [(base_low, base_high), (new_low, new_high)] = thing.range;
    let delta = thing.mean[1] - thing.mean[0];
    let spread = (base_high - base_low).max(new_high - new_low);
    let apart = spread.max(rounding);
    let verdict = if new_low - base_high > apart {
        Verdict::Slower
    } else if base_low - new_high > apart {
        Verdict::Faster
    } else if delta.abs() <= rounding && spread <= rounding {
        Verdict::Unchanged
    } else {
        Verdict::Inconclusive
    };
    let significant = matches!(verdict, Verdict::Slower | Verdict::Faster);
    let interval = (new_low - base_high, new_high - base_low);
    Finding { delta, interval, estimate: None, verdict, significant }
}

/// Change and verdict of something that was counted in some runs of both sides.
pub(crate) fn judge_counts(base: &[f64], new: &[f64], rounding: f64) -> (f64, Verdict) {
    let finding = counted(&Thing::new(base, new), rounding);
    (finding.delta, finding.verdict)
}

/// Whether a thing that is on one side only can be called absent from the other: it has enough
/// samples there that seeing none here is no chance.
pub(super) fn is_one_sided(design: &Design, thing: &Thing) -> bool {
    if design.is_exact() {
        return true;
    }
    let count = |side: usize| thing.mean[side] * design.runs[side] / design.sample[side];
    // Expected on the other side, if it were there as often.
    let expected = |present: usize| {
        let share = thing.mean[present] / design.cost[present];
        let other = 1 - present;
        share * design.cost[other] * design.runs[other] / design.sample[other]
    };
    (0..2).any(|side| {
        count(side).round() >= FEWEST_SAMPLES && expected(side).round() >= FEWEST_SAMPLES
    })
}

/// How costs vary between runs.
#[derive(Clone, Copy, Debug)]
struct Dispersion {
    /// `φ²`, and its degrees of freedom: as few as there are runs, since what makes a whole run
    /// slow moves all things at once.
    relative: (f64, f64),
    /// Variances of things relative to what counting and `φ²` make one expect.
    prior: Option<VariancePrior>,
}

impl Dispersion {
    fn fit(design: &Design, things: &[Thing]) -> Self {
        let degrees = design.degrees();
        if degrees < 1.0 {
            return Self {
                relative: (UNKNOWN_DEVIATION.powi(2), f64::INFINITY),
                prior: Some(VariancePrior { variance: 1.0, degrees: f64::INFINITY }),
            };
        }
        // Moments: E Σ squares = Σ (runs − 1) (counting + φ² mean²).
        let (mut excess, mut scale) = (0.0, 0.0);
        for thing in things {
            if design.paired {
                let counting = design.counting(thing, 0) + design.counting(thing, 1);
                excess += thing.joint - degrees * counting;
                scale += degrees * thing.squared();
                continue;
            }
            for side in 0..2 {
                let weight = design.runs[side] - 1.0;
                excess += thing.squares[side] - weight * design.counting(thing, side);
                scale += weight * thing.mean[side].powi(2);
            }
        }
        let relative = if scale > 0.0 { (excess / scale).max(0.0) } else { 0.0 };
        let mut dispersion = Self { relative: (relative, degrees), prior: None };
        let ratios: Vec<f64> = things.iter().map(|t| dispersion.ratio(design, t)).collect();
        dispersion.prior = VariancePrior::fit(&ratios, degrees);
        dispersion
    }

    /// Observed variance between runs ÷ expected.
    fn ratio(&self, design: &Design, thing: &Thing) -> f64 {
        if design.paired {
            let counting = design.counting(thing, 0) + design.counting(thing, 1);
            let expected = counting + self.relative.0 * thing.squared();
            return if expected > 0.0 { thing.joint / expected / design.degrees() } else { 0.0 };
        }
        let sum: f64 = (0..2)
            .map(|side| {
                let expected =
                    design.counting(thing, side) + self.relative.0 * thing.mean[side].powi(2);
                if expected > 0.0 { thing.squares[side] / expected } else { 0.0 }
            })
            .sum();
        sum / design.degrees()
    }

    fn estimate(&self, design: &Design, thing: &Thing) -> Estimate {
        let degrees = design.degrees();
        let (ratio, ratio_degrees) = if degrees < 1.0 {
            (1.0, f64::INFINITY)
        } else {
            let ratio = self.ratio(design, thing);
            self.prior.map_or((ratio, degrees), |prior| prior.moderate(ratio, degrees))
        };
        let mut parts = [(0.0, f64::INFINITY); 8];
        for side in 0..2 {
            let square = thing.mean[side].powi(2);
            let runs = design.runs[side];
            let (shared, shared_degrees) = design.shared[side];
            parts[4 * side..4 * side + 4].copy_from_slice(&[
                // Never below Poisson, whatever a quiet thing's runs say.
                (design.counting(thing, side) * ratio.max(1.0) / runs, ratio_degrees),
                (self.relative.0 * square * ratio / runs, self.relative.1),
                (design.sigma.powi(2) * square, f64::INFINITY),
                (shared * square, shared_degrees),
            ]);
        }
        let (error, degrees) = combine(&parts);
        Estimate { value: thing.mean[1] - thing.mean[0], error, degrees }
    }
}

/// Quantiles of Student's t by whole degrees of freedom, rounded down so that intervals are
/// rather too wide.
struct Quantiles {
    probability: f64,
    known: Vec<Option<f64>>,
}

impl Quantiles {
    /// From here on the next smaller value will do: it is too wide by less than 1 %.
    const LAST: usize = 200;

    fn new(confidence: f64) -> Self {
        Self { probability: 0.5 + confidence / 2.0, known: vec![None; Self::LAST + 1] }
    }

    /// The degrees of freedom that it is of, and the quantile.
    fn get(&mut self, degrees: f64) -> (f64, f64) {
        // Sums depend on the order of their parts by a hair, and swapping the sides must not matter.
        let whole = ((degrees.max(1.0) + 1e-9) as usize).min(Self::LAST);
        let (probability, degrees) = (self.probability, whole as f64);
        let quantile =
            self.known[whole].get_or_insert_with(|| student_quantile(probability, degrees));
        (degrees, *quantile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hair_below_whole_degrees_is_whole() {
        let mut quantiles = Quantiles::new(0.95);
        // scipy.stats.t.ppf(0.975, 4), and of 3.
        for (degrees, expected) in
            [(4.0, 2.776_445_105), (4.0 - 1e-14, 2.776_445_105), (3.9, 3.182_446_305)]
        {
            assert!((quantiles.get(degrees).1 - expected).abs() < 1e-8, "{degrees}");
        }
    }
}
