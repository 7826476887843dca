//! Times as they are spread: what a picture of them shows, without its geometry.
//!
//! Positions are fractions of an axis, from 0 to 1; what lies beyond it is counted and said.

use crate::diff::{
    BenchmarkTimings, Distribution, Percentile, TimingDiff, differences, distribution,
};

use super::diff::plural;
use super::quantity::{self, Scale};

/// Points of a density curve.
const POINTS: usize = 160;

/// The axis ends where the slowest of a hundred samples lies, or so many times the distance of the
/// quartiles above the median: one disturbed run is no reason to draw all others into one line.
const FARTHEST: f64 = 9.0;

/// Times of one benchmark, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct DistributionView {
    /// Of the times.
    pub axis: Axis,
    /// The base, then the new side; one side for a capture.
    pub sides: Vec<SpreadView>,
    /// The changes of pairs of runs, where both sides ran in turns.
    pub pairs: Option<PairsView>,
    /// What intervals and points are, in a sentence.
    pub legend: String,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Position and text of each mark.
    pub ticks: Vec<(f64, String)>,
    low: f64,
    high: f64,
}

/// One side's times.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadView {
    /// Whether it is the base.
    pub is_base: bool,
    /// The density's heights at evenly spaced positions, the highest of all sides 1. Empty where
    /// the harness keeps its samples to itself.
    pub density: Vec<f64>,
    /// Quartiles and median of all samples.
    pub quartiles: Option<[f64; 3]>,
    /// Each run, in the order in which they ran.
    pub runs: Vec<RunMark>,
    /// P50, P95 and P99.
    pub percentiles: Vec<PercentileView>,
    /// What is not drawn, in words; empty where all is.
    pub beyond: String,
}

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunMark {
    /// Lower quartile, median and upper quartile.
    pub at: [f64; 3],
    /// `run 3: 68.71 ns`.
    pub text: String,
}

/// A quantile of all samples.
#[derive(Clone, Debug, PartialEq)]
pub struct PercentileView {
    /// `P95`.
    pub name: String,
    /// Where it lies.
    pub at: f64,
    /// Whether it is only known to lie there or below.
    pub is_bound: bool,
    /// `127.5 ns`, `≤ 130.1 ns`.
    pub value: String,
    /// `[124.2, 129.9]`, in the value's unit; empty where unknown.
    pub interval: String,
}

/// Changes of pairs of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct PairsView {
    /// Of changes in percent; always has zero on it.
    pub axis: Axis,
    /// Where no change lies.
    pub zero: f64,
    /// Each pair: where, and `pair 3: +12.1 %`.
    pub pairs: Vec<(f64, String)>,
    /// The change that is told, and its interval.
    pub change: Option<[f64; 3]>,
    /// The same in words.
    pub text: String,
    /// What is not drawn, in words; empty where all is.
    pub beyond: String,
}

impl Axis {
    fn new(low: f64, high: f64, label: impl Fn(f64, f64) -> String) -> Self {
        let pad = (high - low).max(high.abs() * 1e-6).max(f64::MIN_POSITIVE) * 0.03;
        let (low, high) = (low - pad, high + pad);
        let step = step((high - low) / 7.0);
        let first = (low / step).ceil();
        let ticks = (0..12)
            .map(|k| (first + f64::from(k)) * step)
            .take_while(|value| *value <= high)
            // What should be zero is.
            .map(|value| if value.abs() < step * 1e-9 { 0.0 } else { value })
            .map(|value| ((value - low) / (high - low), label(value, step)))
            .collect();
        Self { ticks, low, high }
    }

    fn at(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// 1, 2 or 5 times a power of ten, not below `least`.
fn step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|s| *s >= least * 0.999)
        .unwrap_or(1.0)
}

impl DistributionView {
    /// The picture of both sides' times; `None` where no side has any.
    pub fn of_comparison(
        timings: &BenchmarkTimings<'_>,
        timing: Option<&TimingDiff>,
        confidence: f64,
        seed: u64,
    ) -> Option<Self> {
        let of = |side: usize| distribution(timings.times[side].as_deref()?, confidence, seed);
        let sides = [of(0), of(1)];
        let mut view = Self::new([sides[0].as_ref(), sides[1].as_ref()], confidence)?;
        if let (true, [Some(base), Some(new)]) = (timings.is_paired, &timings.times) {
            view.pairs = pairs(&differences(base, new), timing);
        }
        Some(view)
    }

    /// The picture of one side's times.
    pub fn of_capture(timing: &crate::model::Timing, confidence: f64, seed: u64) -> Option<Self> {
        Self::new([None, distribution(timing, confidence, seed).as_ref()], confidence)
    }

    fn new(sides: [Option<&Distribution>; 2], confidence: f64) -> Option<Self> {
        let all = || sides.into_iter().flatten();
        let least = all().map(low).fold(f64::INFINITY, f64::min);
        let largest = all().map(high).fold(f64::NEG_INFINITY, f64::max);
        if !(least.is_finite() && largest.is_finite()) {
            return None;
        }
        let axis =
            Axis::new(least, largest, |value, step| Scale::axis("ns", largest, step).text(value));
        let curves = sides.map(|side| side.map(|side| density(side, &axis)));
        let highest = curves.iter().flatten().flatten().copied().fold(f64::MIN_POSITIVE, f64::max);
        let spreads = sides
            .into_iter()
            .zip(curves)
            .enumerate()
            .filter_map(|(at, (side, curve))| {
                let curve = curve?.into_iter().map(|height| height / highest).collect();
                Some(spread(side?, &axis, curve, at == 0))
            })
            .collect();
        let confidence = format!("{:.4}", confidence * 100.0);
        let confidence = confidence.trim_end_matches('0').trim_end_matches('.');
        Some(Self {
            axis,
            sides: spreads,
            pairs: None,
            legend: if all().all(|side| side.samples.is_empty()) {
                format!(
                    "Each dot is the median of a run, its line what all its samples lie within: \
                     the harness tells no more. Intervals are {confidence} %."
                )
            } else {
                format!(
                    "Each dot is the median of a run, its line the run's quartiles; above them the \
                     density of all samples, with their quartiles and median as a box. Ticks are \
                     P95 and P99. Intervals are {confidence} %, by resampling runs."
                )
            },
        })
    }
}

fn low(side: &Distribution) -> f64 {
    let runs = side.runs.iter().map(|run| run.low).fold(f64::INFINITY, f64::min);
    side.quantile(0.005).map_or(runs, |low| low.min(runs))
}

fn high(side: &Distribution) -> f64 {
    let medians = side.runs.iter().map(|run| run.median).fold(f64::NEG_INFINITY, f64::max);
    let quantiles = [0.25, 0.5, 0.75, 0.99].map(|level| side.quantile(level));
    let [Some(low), Some(middle), Some(high), Some(last)] = quantiles else {
        let least = side.runs.iter().map(|run| run.low).fold(f64::INFINITY, f64::min);
        let ends = side.runs.iter().map(|run| run.high).fold(medians, f64::max);
        return ends.min(medians + FARTHEST / 2.0 * (medians - least).max(medians * 0.002));
    };
    let farthest = middle + FARTHEST * (high - low).max(middle * 0.002);
    last.min(farthest).max(medians.min(farthest)).max(high)
}

fn spread(side: &Distribution, axis: &Axis, density: Vec<f64>, is_base: bool) -> SpreadView {
    let quartiles = [0.25, 0.5, 0.75].map(|level| side.quantile(level));
    let quartiles = match quartiles {
        [Some(low), Some(middle), Some(high)] => Some([low, middle, high].map(|v| axis.at(v))),
        _ => None,
    };
    let runs = side
        .runs
        .iter()
        .enumerate()
        .map(|(index, run)| RunMark {
            at: [run.low, run.median, run.high].map(|value| axis.at(value)),
            text: format!("run {}: {}", index + 1, quantity::nanoseconds(run.median)),
        })
        .collect();
    let samples = side.samples.iter().filter(|(value, _)| !axis.holds(*value)).count();
    let hidden = side.runs.iter().filter(|run| !axis.holds(run.median)).count();
    let parts: Vec<String> = [(samples, "sample"), (hidden, "run")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| plural(number as u64, noun))
        .collect();
    let beyond = match parts.is_empty() {
        true => String::new(),
        false => format!("{} beyond the axis", parts.join(" and ")),
    };
    let percentiles = side.percentiles.iter().map(|one| percentile(one, axis)).collect();
    SpreadView { is_base, density, quartiles, runs, percentiles, beyond }
}

fn percentile(one: &Percentile, axis: &Axis) -> PercentileView {
    let scale = Scale::of("ns", one.value);
    let bound = if one.is_bound { "≤ " } else { "" };
    PercentileView {
        name: format!("P{:.0}", one.level * 100.0),
        at: axis.at(one.value),
        is_bound: one.is_bound,
        value: format!("{bound}{}", scale.text(one.value)),
        interval: one.interval.map_or(String::new(), |(low, high)| {
            format!("[{}, {}]", scale.number(low), scale.number(high))
        }),
    }
}

/// A Gaussian kernel density over the axis. The bandwidth is Silverman's (1986, eq. 3.31), and never
/// so narrow that the curve is one of single samples.
fn density(side: &Distribution, axis: &Axis) -> Vec<f64> {
    let quartiles = [0.25, 0.75].map(|level| side.quantile(level));
    let [Some(low), Some(high)] = quartiles else { return Vec::new() };
    let drawn: Vec<(f64, f64)> =
        side.samples.iter().copied().filter(|(value, _)| axis.holds(*value)).collect();
    let total: f64 = drawn.iter().map(|(_, weight)| weight).sum();
    let mean = drawn.iter().map(|(value, weight)| value * weight).sum::<f64>() / total;
    let variance =
        drawn.iter().map(|(value, weight)| weight * (value - mean).powi(2)).sum::<f64>() / total;
    let spread = match (high - low) / 1.34 {
        quartiles if quartiles > 0.0 => variance.sqrt().min(quartiles),
        _ => variance.sqrt(),
    };
    let width = axis.high - axis.low;
    let bandwidth = (0.9 * spread * (drawn.len() as f64).powf(-0.2)).max(width / 120.0);
    (0..POINTS)
        .map(|point| {
            let at = axis.low + width * point as f64 / (POINTS - 1) as f64;
            // Samples are in order: only those within four bandwidths count.
            let from = drawn.partition_point(|(value, _)| *value < at - 4.0 * bandwidth);
            let near = drawn[from..].iter().take_while(|(value, _)| *value <= at + 4.0 * bandwidth);
            let sum: f64 = near
                .map(|(value, weight)| weight * (-0.5 * ((at - value) / bandwidth).powi(2)).exp())
                .sum();
            sum / (total * bandwidth)
        })
        .collect()
}

fn pairs(logarithms: &[f64], timing: Option<&TimingDiff>) -> Option<PairsView> {
    let changes: Vec<f64> = logarithms.iter().map(|log| log.exp_m1()).collect();
    if changes.len() < 2 {
        return None;
    }
    let mut order = changes.clone();
    order.sort_by(f64::total_cmp);
    let middle = order[order.len() / 2];
    let quartiles = (order[order.len() / 4], order[order.len() * 3 / 4]);
    let reach = FARTHEST / 2.0 * (quartiles.1 - quartiles.0).max(0.005);
    let change = timing.and_then(|timing| timing.change);
    let finite = |value: f64| value.is_finite().then_some(value);
    let ends = change.and_then(|c| Some((finite(c.interval.0)?, finite(c.interval.1)?)));
    let (first, last) = ends.unwrap_or((middle, middle));
    let low = order[0].max(middle - reach).min(first).min(0.0);
    let high = order[order.len() - 1].min(middle + reach).max(last).max(0.0);
    let axis = Axis::new(low, high, |value, step| {
        let scale = Scale::axis("percent", 1.0, step * 100.0);
        format!("{} %", scale.signed(value * 100.0))
    });
    let hidden = changes.iter().filter(|change| !axis.holds(**change)).count();
    Some(PairsView {
        zero: axis.at(0.0),
        pairs: changes
            .iter()
            .enumerate()
            .map(|(index, change)| {
                (axis.at(*change), format!("pair {}: {}", index + 1, quantity::ratio(*change)))
            })
            .collect(),
        change: change
            .zip(ends)
            .map(|(change, (low, high))| [low, change.ratio, high].map(|value| axis.at(value))),
        text: change.map_or(String::new(), |change| {
            format!("{} {}", quantity::ratio(change.ratio), quantity::interval(change.interval))
        }),
        beyond: match hidden {
            0 => String::new(),
            _ => format!("{} beyond the axis", plural(hidden as u64, "pair")),
        },
        axis,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Batch, Measurement, Mode, Run, Timing};
    use std::borrow::Cow;

    fn timing(runs: &[&[f64]]) -> Timing {
        let run = |times: &&[f64]| Run {
            measurement: Measurement::Batches {
                mode: Mode::Flat,
                batches: times
                    .iter()
                    .map(|&nanoseconds| Batch { iterations: 1.0, nanoseconds })
                    .collect(),
            },
            wall_ns: 0,
            resources: None,
            reference: None,
        };
        Timing { runs: runs.iter().map(run).collect(), throughput: None }
    }

    #[test]
    fn steps_are_round() {
        for (least, expected) in [(0.9, 1.0), (1.0, 1.0), (1.1, 2.0), (21.0, 50.0), (0.06, 0.1)] {
            assert!((step(least) - expected).abs() < 1e-12, "{least}");
        }
    }

    #[test]
    fn both_sides_share_an_axis() {
        let (base, new) =
            (timing(&[&[100.0, 110.0, 120.0][..]; 3]), timing(&[&[200.0, 210.0, 220.0][..]; 3]));
        let timings = BenchmarkTimings {
            times: [Some(Cow::Borrowed(&base)), Some(Cow::Borrowed(&new))],
            metrics: [None, None],
            is_paired: true,
        };
        let view = DistributionView::of_comparison(&timings, None, 0.95, 1).unwrap();
        let [first, second] = &view.sides[..] else { panic!("two sides") };
        assert!(first.is_base && !second.is_base);
        assert!(first.quartiles.unwrap()[2] < second.quartiles.unwrap()[0]);
        assert_eq!(first.percentiles[0].value, "110.0 ns");
        assert_eq!(first.percentiles[0].interval, "[110.0, 110.0]");
        assert_eq!(first.runs[2].text, "run 3: 110.0 ns");
        let labels: Vec<&str> = view.axis.ticks.iter().map(|(_, text)| &**text).collect();
        assert_eq!(labels, ["100 ns", "120 ns", "140 ns", "160 ns", "180 ns", "200 ns", "220 ns"]);
        // The highest point is 1, and it is above a median.
        let top = second.density.iter().copied().fold(0.0, f64::max);
        assert!(top > 0.99 || first.density.iter().any(|height| *height > 0.99));
        let pairs = view.pairs.unwrap();
        assert_eq!(pairs.pairs.len(), 3);
        assert_eq!(pairs.pairs[0].1, "pair 1: +97.1 %");
        assert!(pairs.zero < pairs.pairs[0].0);
    }

    #[test]
    fn an_outlier_does_not_rule_the_axis() {
        let mut times: Vec<f64> = (0..200).map(|k| 100.0 + f64::from(k % 10)).collect();
        times.extend([50_000.0; 5]);
        let timing = timing(&[&times]);
        let view = DistributionView::of_capture(&timing, 0.95, 1).unwrap();
        assert_eq!(view.sides[0].beyond, "5 samples beyond the axis");
        assert_eq!(view.sides[0].percentiles[2].at, 1.0);
        assert!(view.sides[0].quartiles.unwrap()[1] > 0.05);
        assert_eq!(DistributionView::of_capture(&Timing::default(), 0.95, 1), None);
    }
}
