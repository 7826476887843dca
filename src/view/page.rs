//! The view of a page: a comparison or a capture, with everything that a reader may look around in.

use crate::diff::{BenchmarkDiff, BenchmarkTimings, Comparison};
use crate::gate::Verdict;
use crate::model::BenchmarkId;

use super::benchmark::{BenchmarkView, Measure, times};
use super::diff::{DiffView, SideView, ViewOptions};
use super::distribution::DistributionView;
use super::flame::FlameView;
use super::gate::GateView;
use super::show::{ShowInput, ShowOptions, ShowView, cost_of_benchmark};

/// Confidence of the intervals of percentiles, and the seed that they are resampled with.
const CONFIDENCE: f64 = 0.95;
const SEED: u64 = 0x7065_7266_6261_7365;

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub enum PageView {
    /// Two captures.
    Comparison {
        /// The answer, the table of benchmarks and what is said of each.
        diff: DiffView,
        /// In the order of the benchmarks of `diff`.
        benchmarks: Vec<PageBenchmark>,
        /// What each capture is: base and new.
        captures: [Vec<(&'static str, String)>; 2],
    },
    /// One capture.
    Capture {
        /// Its label.
        side: SideView,
        /// What is said of it and of each benchmark.
        show: ShowView,
        /// What the team's rules say; `None` without rules.
        gate: Option<GateView>,
        /// In the order of the benchmarks of `show`.
        benchmarks: Vec<PageBenchmark>,
    },
}

/// What a page has of one benchmark beside what every other format has.
#[derive(Clone, Debug, PartialEq)]
pub struct PageBenchmark {
    /// Its change on a scale that all benchmarks share; `None` where there is none.
    pub change: Option<ChangeMark>,
    /// Mean and percentiles on both sides; empty for a capture, whose view has them.
    pub times: Vec<Measure>,
    /// Its times, drawn.
    pub distribution: Option<DistributionView>,
    /// Its call trees, by what was sampled and by what was counted.
    pub flames: Vec<FlameView>,
}

/// A change and its interval, as positions from 0 to 1 on a logarithmic scale with no change in the
/// middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangeMark {
    /// Where the change lies.
    pub at: f64,
    /// The interval's ends.
    pub interval: [f64; 2],
    /// Whether an end is beyond the scale.
    pub is_cut: [bool; 2],
}

impl PageView {
    /// A comparison. `timings` gives the runs that a benchmark was compared by.
    pub fn of_comparison<'a>(
        comparison: &Comparison,
        verdict: &Verdict,
        options: &ViewOptions,
        timings: impl Fn(&BenchmarkId) -> BenchmarkTimings<'a>,
    ) -> Self {
        let diff = DiffView::new(comparison, verdict, options);
        let of = |view: &BenchmarkView| {
            let found = comparison.benchmarks.iter().find(|benchmark| benchmark.id == view.id);
            found.expect("views are of the comparison's benchmarks")
        };
        let order: Vec<&BenchmarkDiff> = diff.benchmarks.iter().map(of).collect();
        let reach = reach(&order);
        let benchmarks = order
            .iter()
            .map(|benchmark| PageBenchmark {
                change: mark(benchmark, reach),
                times: benchmark.timing.as_ref().map(|t| times(t, true)).unwrap_or_default(),
                distribution: DistributionView::of_comparison(
                    &timings(&benchmark.id),
                    benchmark.timing.as_ref(),
                    benchmark.timing.as_ref().map_or(CONFIDENCE, |timing| timing.confidence),
                    SEED,
                ),
                flames: benchmark
                    .profile
                    .iter()
                    .chain(benchmark.counts.iter().filter_map(|count| count.profile.as_ref()))
                    .map(FlameView::of_comparison)
                    .filter(|flame| !flame.nodes.is_empty())
                    .collect(),
            })
            .collect();
        let captures = [&comparison.base, &comparison.new].map(super::show::header);
        Self::Comparison { diff, benchmarks, captures }
    }

    /// One capture.
    pub fn of_capture(input: &ShowInput<'_>, verdict: &Verdict, options: &ShowOptions) -> Self {
        let ids = input.capture.benchmarks.iter().map(|entry| &entry.id);
        let show = ShowView::new(input, options);
        let benchmarks = input
            .benchmarks
            .iter()
            .zip(&show.benchmarks)
            .map(|(benchmark, shown)| {
                let sampled = benchmark.profile.map(|profile| {
                    FlameView::of_profile(
                        profile,
                        cost_of_benchmark(benchmark),
                        shown.health.clone(),
                    )
                });
                let counted = benchmark.entry.counts.iter().zip(benchmark.counts);
                let counted =
                    counted.map(|(summary, profile)| FlameView::of_count(summary, profile));
                PageBenchmark {
                    change: None,
                    times: Vec::new(),
                    distribution: benchmark
                        .timing
                        .and_then(|timing| DistributionView::of_capture(timing, CONFIDENCE, SEED)),
                    flames: sampled
                        .into_iter()
                        .chain(counted)
                        .filter(|flame| !flame.nodes.is_empty())
                        .collect(),
                }
            })
            .collect();
        Self::Capture {
            side: SideView::new(input.capture),
            gate: GateView::new(verdict, ids, false),
            show,
            benchmarks,
        }
    }

    /// `pre-refactor → post-refactor`, or the capture's label.
    pub fn title(&self) -> String {
        match self {
            Self::Comparison { diff, .. } => format!("{} → {}", diff.base.label, diff.new.label),
            Self::Capture { side, .. } => side.label.clone(),
        }
    }
}

/// The scale of changes reaches so far at least, and at most: in natural logarithms.
const LEAST_REACH: f64 = 0.02;
const MOST_REACH: f64 = 1.1;

/// How far the shared scale of changes reaches to either side of no change: to the farthest change
/// that is shown by an interval less wide than itself, half as far again.
fn reach(benchmarks: &[&BenchmarkDiff]) -> f64 {
    let changes = benchmarks.iter().filter_map(|b| b.timing.as_ref()?.change);
    let farthest = changes.map(|change| change.ratio.ln_1p().abs()).fold(0.0, f64::max);
    (1.5 * farthest).clamp(LEAST_REACH, MOST_REACH)
}

fn mark(benchmark: &BenchmarkDiff, reach: f64) -> Option<ChangeMark> {
    let change = benchmark.timing.as_ref()?.change?;
    let at = |ratio: f64| 0.5 + 0.5 * ratio.max(-0.999_999).ln_1p() / reach;
    let (low, high) = (at(change.interval.0), at(change.interval.1));
    let middle = at(change.ratio);
    middle.is_finite().then(|| ChangeMark {
        at: middle.clamp(0.0, 1.0),
        interval: [low.clamp(0.0, 1.0), high.clamp(0.0, 1.0)],
        is_cut: [low < 0.0, high > 1.0],
    })
}
