//! The view of one capture.

use std::borrow::Cow;

use crate::diff::{LadderSeries, TimingSummary, charged};
use crate::model::{
    BenchmarkEntry, BenchmarkId, Capture, Category, CountKind, CountSummary, Finding, Profile,
    ProfileSummary, RecorderInfo, Resources, SortFew as _, ThroughputKind, Timing, Totals, Weight,
};

use super::benchmark::{FailureView, tail};
use super::categories::in_categories;
use super::diff::{Names, clip, plural, short_commit, short_time};
use super::doctor::conditions;
use super::ladder::LadderView;
use super::notes::{NoteView, worded};
use super::totals::{Figures, totals_by_name};
use super::{NOT_AVAILABLE, count_lines, hot, quantity};

/// How much of a capture to show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShowOptions {
    /// Functions and paths of each benchmark.
    pub top: usize,
    /// Smallest total share that makes a path hot.
    pub hot_path: f64,
}

impl Default for ShowOptions {
    fn default() -> Self {
        Self { top: 10, hot_path: 0.05 }
    }
}

/// A capture with whatever was read of its benchmarks.
#[derive(Clone, Debug)]
pub struct ShowInput<'a> {
    /// The capture.
    pub capture: &'a Capture,
    /// The benchmarks to show.
    pub benchmarks: Vec<ShowBenchmark<'a>>,
    /// Those of them that are levels of ladders, as series.
    pub ladders: &'a [LadderSeries],
    /// What was found of the quality of all of it.
    pub findings: &'a [Finding],
    /// Named groups of functions; one belongs to the first that takes it.
    pub categories: &'a [Category],
}

/// One benchmark's stored results.
#[derive(Clone, Copy, Debug)]
pub struct ShowBenchmark<'a> {
    /// Its entry in the capture.
    pub entry: &'a BenchmarkEntry,
    /// Its runs.
    pub timing: Option<&'a Timing>,
    /// Its runs, summed up (by `diff`).
    pub summary: Option<TimingSummary>,
    /// Its sampled profile.
    pub profile: Option<&'a Profile>,
    /// What was counted, in the order of the entry's counts.
    pub counts: &'a [Profile],
}

/// A capture, worded.
#[derive(Clone, Debug, PartialEq)]
pub struct ShowView {
    /// Label, time, commit, toolchain, machine, recorder: name and text.
    pub header: Vec<(&'static str, String)>,
    /// What has to be known of all of it before any figure.
    pub notes: Vec<NoteView>,
    /// Benchmarks at several levels of load.
    pub ladders: Vec<LadderView>,
    /// In the order given.
    pub benchmarks: Vec<BenchmarkShow>,
}

/// One benchmark of a capture.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchmarkShow {
    /// The shortest name that tells it apart.
    pub name: String,
    /// What runs it.
    pub harness: &'static str,
    /// Time per iteration with spread: name and text.
    pub times: Vec<(&'static str, String)>,
    /// What the times rest on.
    pub basis: String,
    /// What the system accounted to it, and throughput: name and text.
    pub resources: Vec<(&'static str, String)>,
    /// How good its profile is; empty without one.
    pub health: String,
    /// What has to be known of it before any figure.
    pub notes: Vec<NoteView>,
    /// Functions with the largest self weight.
    pub by_self: Vec<ShowFunction>,
    /// Functions with the largest total weight.
    pub by_total: Vec<ShowFunction>,
    /// Categories with a noticeable self weight.
    pub categories: Vec<ShowFunction>,
    /// Where the weight goes.
    pub hot_paths: Vec<HotPath>,
    /// What was counted.
    pub counts: Vec<CountShow>,
    /// What went wrong.
    pub failure: Option<FailureView>,
}

/// What was counted of a benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct CountShow {
    /// Sums per iteration, and how they repeat.
    pub lines: Vec<String>,
    /// What functions are listed by: `instructions`.
    pub by: &'static str,
    /// Functions with the largest counts of their own.
    pub by_self: Vec<ShowFunction>,
    /// Functions with the largest counts, callees included.
    pub by_total: Vec<ShowFunction>,
}

/// One function of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShowFunction {
    /// Its name, in full.
    pub name: String,
    /// Share of the benchmark, self or total.
    pub share: String,
    /// Cost per iteration; empty when no time per iteration is known.
    pub cost: String,
}

/// A path that reaches the threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotPath {
    /// Function names, outermost first.
    pub path: Vec<String>,
    /// Total share.
    pub share: String,
    /// Cost per iteration; empty when no time per iteration is known.
    pub cost: String,
}

impl ShowView {
    /// Words a capture.
    pub fn new(input: &ShowInput<'_>, options: &ShowOptions) -> Self {
        // Names are told apart within the whole capture, whichever benchmark is shown.
        let ids = input.capture.benchmarks.iter().map(|b| &b.id);
        let names = Names::new(ids.clone());
        let benchmarks =
            input.benchmarks.iter().map(|b| benchmark(b, input, &names, options)).collect();
        let of_all = input.findings.iter().filter(|finding| finding.benchmark.is_none());
        Self {
            header: header(input.capture),
            notes: worded(of_all, &names),
            ladders: input.ladders.iter().map(|one| LadderView::new(one, ids.clone())).collect(),
            benchmarks,
        }
    }
}

pub(super) fn header(capture: &Capture) -> Vec<(&'static str, String)> {
    let machine = &capture.machine;
    let settings = &capture.settings;
    let mut rows = vec![
        ("capture", capture.label.to_string()),
        ("time", format!("{} UTC", short_time(&capture.time))),
        ("commit", short_commit(capture).unwrap_or(NOT_AVAILABLE.to_owned())),
        ("toolchain", format!("{}, {}", capture.toolchain.rustc, capture.toolchain.target)),
        (
            "machine",
            format!(
                "{}, {}, {}, {} {}",
                machine.cpu,
                plural(machine.cores.into(), "core"),
                quantity::bytes(machine.memory_bytes as f64),
                machine.os,
                machine.kernel
            ),
        ),
    ];
    let conditions = conditions(&machine.conditions);
    if !conditions.is_empty() {
        rows.push(("conditions", conditions));
    }
    rows.push(("profile", settings.profile.clone()));
    if !settings.features.is_empty() {
        rows.push(("features", settings.features.join(", ")));
    }
    if let Some(flags) = &settings.rustflags {
        rows.push(("RUSTFLAGS", flags.clone()));
    }
    match &capture.recorder {
        Some(recorder) => rows.push(("recorder", recorded_by(recorder))),
        None if capture.counters.is_empty() => rows.push(("recorder", "timings only".to_owned())),
        None => {}
    }
    if !capture.counters.is_empty() {
        let all: Vec<String> = capture
            .counters
            .iter()
            .map(|r| format!("{} by {} {}, {}", r.event, r.name, r.version, r.stacks))
            .collect();
        rows.push(("counters", all.join("; ")));
    }
    rows
}

/// `perf 6.1, cpu-clock at 997 Hz, stack copies of 16384 bytes`
fn recorded_by(recorder: &RecorderInfo) -> String {
    let RecorderInfo { name, version, event, frequency_hz, stacks } = recorder;
    format!("{name} {version}, {event} at {frequency_hz} Hz, {stacks}")
}

fn benchmark(
    input: &ShowBenchmark<'_>,
    whole: &ShowInput<'_>,
    names: &Names,
    options: &ShowOptions,
) -> BenchmarkShow {
    let entry = input.entry;
    let mut show = BenchmarkShow {
        name: names.short(&entry.id),
        harness: entry.harness.as_str(),
        times: input.summary.as_ref().map(times).unwrap_or_default(),
        basis: input.summary.as_ref().map(|s| basis(s, entry.is_bound)).unwrap_or_default(),
        resources: resources(input.timing, input.summary.as_ref()),
        health: entry
            .profile
            .as_ref()
            .map(|p| health(p, cost_of_benchmark(input), entry.recorder.as_ref()))
            .unwrap_or_default(),
        notes: own_notes(whole.findings, &entry.id),
        by_self: Vec::new(),
        by_total: Vec::new(),
        categories: Vec::new(),
        hot_paths: Vec::new(),
        counts: entry.counts.iter().zip(input.counts).map(|(a, b)| count(a, b, options)).collect(),
        failure: entry.failure.as_ref().map(|failure| FailureView {
            what: format!("failed in {}: {}", clip(&failure.stage), clip(&failure.status)),
            output: tail(&failure.output),
        }),
    };
    if let Some(profile) = input.profile {
        let figures = Figures::new(profile, cost_of_benchmark(input));
        let totals = totals_by_name(profile);
        show.by_self = functions(&totals, &figures, options, |t| t.self_weight);
        show.by_total = functions(&totals, &figures, options, |t| t.total_weight);
        show.categories = in_categories(profile, whole.categories, &figures);
        show.hot_paths = hot_paths(profile, &figures, options);
    }
    show
}

/// What functions are listed by, of what was counted: allocations by their number, and not their
/// bytes, charged to whoever asked the standard library for them.
pub(super) fn listed(kind: CountKind, profile: &Profile) -> (Cow<'_, Profile>, Weight) {
    match kind {
        CountKind::Instructions | CountKind::Event(_) => (Cow::Borrowed(profile), profile.weight),
        CountKind::Allocations => {
            (Cow::Owned(charged(&profile.by_count(Weight::Allocations))), Weight::Allocations)
        }
    }
}

fn count(summary: &CountSummary, profile: &Profile, options: &ShowOptions) -> CountShow {
    let (profile, measure) = listed(summary.kind, profile);
    // Of the runs that the profile has.
    let runs = f64::from(profile.runs().max(1)) * summary.iterations.max(1) as f64;
    let totals = totals_by_name(&profile);
    let figures = Figures::new(&profile, None);
    let list = |weight: fn(&Totals) -> u64| {
        let mut shown = functions(&totals, &figures, options, weight);
        let mut order: Vec<u64> =
            totals.iter().map(|(_, totals)| weight(totals)).filter(|&weight| weight > 0).collect();
        order.sort_few_by_key(|&weight| std::cmp::Reverse(weight));
        for (function, weight) in shown.iter_mut().zip(order) {
            let number = weight as f64 / runs;
            let scale = quantity::Scale::counted("", number.fract() == 0.0);
            function.cost = scale.number(number);
        }
        shown
    };
    CountShow {
        lines: count_lines(summary),
        by: measure.cost_unit(),
        by_self: list(|totals| totals.self_weight),
        // Whoever asks for a simulation asks where something happens.
        by_total: match summary.kind {
            CountKind::Event(_) => Vec::new(),
            _ => list(|totals| totals.total_weight),
        },
    }
}

/// Findings on one benchmark, without its name.
fn own_notes(findings: &[Finding], id: &BenchmarkId) -> Vec<NoteView> {
    let own: Vec<Finding> = findings
        .iter()
        .filter(|finding| finding.benchmark.as_ref() == Some(id))
        .map(|finding| Finding { benchmark: None, ..finding.clone() })
        .collect();
    worded(own.iter(), &Names::new(std::iter::empty()))
}

fn times(summary: &TimingSummary) -> Vec<(&'static str, String)> {
    let bound = if summary.percentiles_are_bounds { "≤ " } else { "" };
    vec![
        ("mean", quantity::nanoseconds(summary.mean)),
        ("P50", quantity::nanoseconds(summary.p50)),
        ("P95", format!("{bound}{}", quantity::nanoseconds(summary.p95))),
        ("P99", format!("{bound}{}", quantity::nanoseconds(summary.p99))),
        ("min", quantity::nanoseconds(summary.min)),
        ("max", quantity::nanoseconds(summary.max)),
        ("sd", quantity::nanoseconds(summary.standard_deviation)),
    ]
}

fn basis(summary: &TimingSummary, is_bound: Option<bool>) -> String {
    let variation = summary.run_variation.map_or(String::new(), |variation| {
        format!(", {} from run to run", quantity::ratio(variation).replacen('+', "±", 1))
    });
    let bound = match is_bound {
        Some(true) => ", each bound to one processor",
        Some(false) => ", bound to no processor",
        None => "",
    };
    format!(
        "{} in {}{variation}{bound}",
        plural(summary.samples as u64, "sample"),
        plural(summary.runs as u64, "run"),
    )
}

/// Medians over runs, as in a comparison.
fn resources(
    timing: Option<&Timing>,
    summary: Option<&TimingSummary>,
) -> Vec<(&'static str, String)> {
    let Some(timing) = timing else { return Vec::new() };
    let mut rows = Vec::new();
    if let (Some(work), Some(summary)) = (timing.throughput, summary)
        && summary.p50 > 0.0
    {
        let per_second = work.amount as f64 / summary.p50 * 1e9;
        let text = match work.kind {
            ThroughputKind::Bytes => format!("{}/s", quantity::bytes(per_second)),
            ThroughputKind::Elements => {
                format!("{} elements/s", quantity::quantity("count", per_second))
            }
            ThroughputKind::Bits => format!("{} bit/s", quantity::quantity("count", per_second)),
        };
        rows.push(("throughput", text));
    }
    let runs: Vec<Resources> = timing.runs.iter().filter_map(|run| run.resources).collect();
    if runs.is_empty() {
        return rows;
    }
    let middle = |figure: fn(&Resources) -> u64| {
        let mut values: Vec<u64> = runs.iter().map(figure).collect();
        values.sort_few();
        let half = values.len() / 2;
        let lower = values[(values.len() - 1) / 2];
        (lower as f64 + values[half] as f64) / 2.0
    };
    let plain = |value: f64| quantity::count(value.round() as u64);
    rows.push(("user CPU", quantity::nanoseconds(middle(|r| r.user_ns))));
    rows.push(("system CPU", quantity::nanoseconds(middle(|r| r.system_ns))));
    rows.push(("peak RSS", quantity::bytes(middle(|r| r.peak_rss_bytes))));
    rows.push(("page faults", plain(middle(|r| r.minor_faults.saturating_add(r.major_faults)))));
    let switches = |r: &Resources| r.voluntary_switches.saturating_add(r.involuntary_switches);
    rows.push(("context switches", plain(middle(switches))));
    rows
}

/// `cost`: the time per iteration that the costs of functions are parts of.
fn health(
    profile: &ProfileSummary,
    cost: Option<f64>,
    own_recorder: Option<&RecorderInfo>,
) -> String {
    let health = &profile.health;
    let part = |number: u64| quantity::share(number as f64 / health.samples.max(1) as f64);
    let mut text = format!(
        "{} in {}, unknown {}, truncated {}, lost {}",
        plural(health.samples, "sample"),
        plural(profile.runs.into(), "run"),
        part(health.unknown),
        part(health.truncated),
        quantity::count(health.lost),
    );
    if health.throttled > 0 {
        text.push_str(&format!(", throttled {}", plural(health.throttled, "time")));
    }
    let all = profile.benchmark_weight.saturating_add(profile.harness_weight);
    if all > 0 {
        let own = profile.benchmark_weight as f64 / all as f64;
        text.push_str(&format!("; {} of the weight is the benchmark's own", quantity::share(own)));
    }
    if let Some(recorder) = own_recorder {
        text.push_str(&format!("; recorded by {}", recorded_by(recorder)));
    }
    if let Some(cost) = cost {
        // Not that of the timing runs: a profiler and another minute make a difference.
        text.push_str(&format!("; {} per iteration while profiled", quantity::nanoseconds(cost)));
    }
    text
}

/// Cost of a whole iteration, ns: its time while profiling where the harness tells, else that of
/// the timing runs. `None` for profiles of anything but time.
pub fn cost_of_benchmark(input: &ShowBenchmark<'_>) -> Option<f64> {
    let profile = input.entry.profile.as_ref()?;
    if !matches!(profile.weight, Weight::CpuTime | Weight::Cycles) {
        return None;
    }
    let told: Vec<f64> = profile.iteration_ns.iter().flatten().copied().collect();
    if told.is_empty() {
        return input.summary.map(|summary| summary.mean);
    }
    Some(told.iter().sum::<f64>() / told.len() as f64)
}

fn functions(
    order: &[(&str, Totals)],
    figures: &Figures,
    options: &ShowOptions,
    weight: fn(&Totals) -> u64,
) -> Vec<ShowFunction> {
    let mut order: Vec<(&str, u64)> = order
        .iter()
        .map(|(name, totals)| (*name, weight(totals)))
        .filter(|&(_, weight)| weight > 0)
        .collect();
    order.sort_few_by_key(|&(_, weight)| std::cmp::Reverse(weight));
    order
        .into_iter()
        .take(options.top)
        .map(|(name, weight)| ShowFunction {
            name: name.to_owned(),
            share: quantity::share(figures.share(weight)),
            cost: figures.cost(weight),
        })
        .collect()
}

/// The hottest paths, heaviest first.
fn hot_paths(profile: &Profile, figures: &Figures, options: &ShowOptions) -> Vec<HotPath> {
    hot::hot_paths(profile, figures.weight(options.hot_path))
        .into_iter()
        .take(options.top)
        .map(|hot| HotPath {
            path: hot.path,
            share: quantity::share(figures.share(hot.weight)),
            cost: figures.cost(hot.weight),
        })
        .collect()
}
