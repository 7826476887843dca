//! One benchmark of a comparison.

use crate::diff::{BenchmarkDiff, TimingDiff, TimingSummary, Verdict};
use crate::model::{BenchmarkId, Failure};

use super::counts::CountView;
use super::diff::{Outcome, ViewOptions, clip, plural};
use super::functions::ProfileView;
use super::{NOT_AVAILABLE, Tone, quantity};

/// Resources that changed less are left out unless everything is asked for.
const NOTABLE_RESOURCE: f64 = 0.05;

/// Lines of a failed child's output that are shown, and how much of each.
const OUTPUT_LINES: usize = 12;
const OUTPUT_COLUMNS: usize = 400;

/// One benchmark, worded.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchmarkView {
    /// Which.
    pub id: BenchmarkId,
    /// The shortest name that tells it apart.
    pub name: String,
    /// What runs it.
    pub harness: &'static str,
    /// `slower`, …, `failed`, `not timed`.
    pub verdict: &'static str,
    /// The same as a tone.
    pub tone: Tone,
    /// The base's typical time per iteration.
    pub base: String,
    /// The new typical time per iteration.
    pub new: String,
    /// Relative change.
    pub change: String,
    /// Interval of the change.
    pub interval: String,
    /// Smallest change that would have been found.
    pub detectable: String,
    /// Whether it is worth more than its row in the table.
    pub detailed: bool,
    /// What the figures rest on: `10 → 10 runs, 95 % intervals, finds changes from 2.1 %`.
    pub basis: String,
    /// Mean, percentiles, and resources.
    pub measures: Vec<Measure>,
    /// Functions and paths, by what was sampled.
    pub profile: Option<ProfileView>,
    /// What was counted, measure by measure.
    pub counts: Vec<CountView>,
    /// What went wrong, base first.
    pub failures: Vec<FailureView>,
}

/// One figure on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Of what.
    pub name: String,
    /// The base's.
    pub base: String,
    /// The new one.
    pub new: String,
    /// Relative change.
    pub change: String,
}

/// A failure of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureView {
    /// `base failed in timing run 2: exit status 101`
    pub what: String,
    /// The last lines of its output.
    pub output: Vec<String>,
}

impl BenchmarkView {
    pub(super) fn new(benchmark: &BenchmarkDiff, name: String, options: &ViewOptions) -> Self {
        let outcome = Outcome::of(benchmark);
        let timing = benchmark.timing.as_ref();
        let change = timing.and_then(|timing| timing.change);
        let mut measures = timing.map(|t| times(t, options.all)).unwrap_or_default();
        measures.extend(resources(benchmark, options.all));
        let profile = benchmark.profile.as_ref().map(|p| ProfileView::new(p, timing, options));
        let counts: Vec<_> =
            benchmark.counts.iter().map(|count| CountView::new(count, options)).collect();
        let failures: Vec<_> = [("base", &benchmark.base_failure), ("new", &benchmark.new_failure)]
            .into_iter()
            .filter_map(|(side, failure)| Some(failure_view(side, failure.as_ref()?)))
            .collect();
        // The times that the change is the ratio of: a reader will divide them.
        let typical = |side: Option<TimingSummary>| {
            side.map_or(NOT_AVAILABLE.to_owned(), |s| quantity::nanoseconds(s.typical))
        };
        let or_not_available = |text: Option<String>| text.unwrap_or(NOT_AVAILABLE.to_owned());
        Self {
            id: benchmark.id.clone(),
            name,
            harness: benchmark.harness.as_str(),
            verdict: outcome.word(),
            tone: outcome.tone(),
            base: typical(timing.and_then(|t| t.base)),
            new: typical(timing.and_then(|t| t.new)),
            change: or_not_available(change.map(|c| quantity::ratio(c.ratio))),
            interval: or_not_available(change.map(|c| quantity::interval(c.interval))),
            detectable: or_not_available(change.map(|c| detectable(c.detectable))),
            detailed: options.all
                || !failures.is_empty()
                || counts.iter().any(|count| !count.is_equal() && !count.is_one_sided())
                || match outcome {
                    // What is known of one side only, `show` tells.
                    Outcome::OneSided => false,
                    Outcome::Judged(Verdict::Unchanged | Verdict::Inconclusive)
                    | Outcome::Counted => profile.as_ref().is_some_and(|p| p.notable),
                    _ => true,
                },
            basis: timing.map(basis).unwrap_or_default(),
            measures,
            profile,
            counts,
            failures,
        }
    }
}

impl BenchmarkView {
    /// Whether there are times to compare, or a reason why not: else it has no row among times.
    pub fn has_row(&self) -> bool {
        ![Outcome::Counted, Outcome::OneSided].iter().any(|outcome| outcome.word() == self.verdict)
    }
}

fn detectable(ratio: f64) -> String {
    if !ratio.is_finite() {
        return NOT_AVAILABLE.to_owned();
    }
    if ratio >= 10.0 {
        // Then all is lost, and digits are noise.
        return "over 10×".to_owned();
    }
    quantity::ratio(ratio.abs()).trim_start_matches('+').to_owned()
}

fn basis(timing: &TimingDiff) -> String {
    let mut parts = Vec::new();
    match (timing.base, timing.new) {
        _ if timing.design.pairs().is_some() => {
            let pairs = timing.design.pairs().unwrap_or_default();
            parts.push(format!("measured in turns, {}", plural(pairs as u64, "pair")));
        }
        (Some(base), Some(new)) if base.runs == new.runs => {
            parts.push(format!(
                "{} on each side, each in its own session",
                plural(new.runs as u64, "run")
            ));
        }
        (Some(base), Some(new)) => {
            parts.push(format!("{} → {}", base.runs, plural(new.runs as u64, "run")));
        }
        (Some(only), None) | (None, Some(only)) => {
            parts.push(plural(only.runs as u64, "run"));
        }
        (None, None) => {}
    }
    if let Some(change) = timing.change {
        let confidence = format!("{:.4}", timing.confidence * 100.0);
        let confidence = confidence.trim_end_matches('0').trim_end_matches('.');
        parts.push(format!("{confidence} % intervals"));
        if change.detectable.is_finite() {
            parts.push(format!("changes from {} would be found", detectable(change.detectable)));
        }
        if let Some(more) = timing.more_pairs {
            parts.push(format!("about {} would settle it", plural(more as u64, "more pair")));
        }
    }
    parts.join(", ")
}

/// Nothing but what the table of benchmarks has is known of a single side: only `all` wants it.
pub(super) fn times(timing: &TimingDiff, all: bool) -> Vec<Measure> {
    if !all && (timing.base.is_none() || timing.new.is_none()) {
        return Vec::new();
    }
    type Figure = fn(&TimingSummary) -> f64;
    // The last field: whether the figure is a mere bound where the harness gives no percentiles.
    let rows: [(&'static str, Figure, bool); 4] = [
        ("mean", |s| s.mean, false),
        ("P50", |s| s.p50, false),
        ("P95", |s| s.p95, true),
        ("P99", |s| s.p99, true),
    ];
    let shown = if all { rows.len() } else { rows.len() - 1 };
    rows[..shown]
        .iter()
        .map(|&(name, figure, percentile)| {
            let side = |side: &Option<TimingSummary>| match side {
                None => NOT_AVAILABLE.to_owned(),
                Some(s) if percentile && s.percentiles_are_bounds => {
                    format!("≤ {}", quantity::nanoseconds(figure(s)))
                }
                Some(s) => quantity::nanoseconds(figure(s)),
            };
            let bound = |s: &TimingSummary| percentile && s.percentiles_are_bounds;
            let change = match (&timing.base, &timing.new) {
                // Bounds cannot be compared.
                (Some(base), Some(new)) if !bound(base) && !bound(new) => {
                    relative(figure(base), figure(new))
                }
                _ => NOT_AVAILABLE.to_owned(),
            };
            Measure {
                name: name.to_owned(),
                base: side(&timing.base),
                new: side(&timing.new),
                change,
            }
        })
        .collect()
}

fn relative(base: f64, new: f64) -> String {
    if base == 0.0 && new == 0.0 { quantity::ratio(0.0) } else { quantity::ratio(new / base - 1.0) }
}

fn resources(benchmark: &BenchmarkDiff, all: bool) -> impl Iterator<Item = Measure> + '_ {
    benchmark.resources.iter().filter_map(move |resource| {
        let notable = match (resource.base, resource.new) {
            // Pairs know better than a threshold.
            _ if matches!(resource.verdict, Some(Verdict::Unchanged | Verdict::Inconclusive)) => {
                false
            }
            (Some(base), Some(new)) => (new - base).abs() > NOTABLE_RESOURCE * base.abs(),
            _ => false,
        };
        let text = |value: Option<f64>| match value {
            None => NOT_AVAILABLE.to_owned(),
            Some(value) if resource.unit == "ns" => quantity::nanoseconds(value),
            Some(value) if resource.unit == "bytes" => quantity::bytes(value),
            Some(value) if resource.unit == "per_s" => quantity::per_second(value),
            Some(value) => quantity::quantity("count", value),
        };
        let change = resource.base.zip(resource.new).map(|(base, new)| relative(base, new));
        (all || notable).then(|| Measure {
            name: resource.name.to_string(),
            base: text(resource.base),
            new: text(resource.new),
            change: change.unwrap_or(NOT_AVAILABLE.to_owned()),
        })
    })
}

fn failure_view(side: &str, failure: &Failure) -> FailureView {
    FailureView {
        what: format!("{side} failed in {}: {}", clip(&failure.stage), clip(&failure.status)),
        output: tail(&failure.output),
    }
}

/// The last lines of some output, without blank ones around them.
pub(super) fn tail(output: &str) -> Vec<String> {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    lines[lines.len().saturating_sub(OUTPUT_LINES)..]
        .iter()
        .skip_while(|line| line.trim().is_empty())
        .map(|line| line.chars().take(OUTPUT_COLUMNS).collect())
        .collect()
}
