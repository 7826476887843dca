//! The view of one capture as a document: what a refactor will be held against.

use std::collections::BTreeMap;

use crate::diff::{TimingSummary, summarize};
use crate::model::{BenchmarkId, Capture, CountKind, Scope, Settings, Timing};

use super::diff::{Names, plural};
use super::ladder::LadderView;
use super::patterns::{PatternView, patterns};
use super::show::{BenchmarkShow, ShowBenchmark, ShowInput, ShowOptions, ShowView};
use super::{NoteView, quantity, totals_by_name};

/// A capture as a document, worded.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineView {
    /// The capture's label.
    pub label: String,
    /// What was captured, in a sentence.
    pub summary: String,
    /// Machine, toolchain, recorder: name and text.
    pub environment: Vec<(&'static str, String)>,
    /// How it was measured, in sentences.
    pub method: Vec<String>,
    /// Times, by where benchmarks belong.
    pub tiers: Vec<TierView>,
    /// Benchmarks at several levels of load.
    pub ladders: Vec<LadderView>,
    /// Benchmarks with something to tell beside their times, in the order of ids.
    pub benchmarks: Vec<BaselineBenchmark>,
    /// What these figures cannot carry.
    pub limits: Vec<NoteView>,
    /// More of that, in sentences.
    pub remarks: Vec<String>,
    /// Commands that repeat the capture and compare with it, as a shell takes them.
    pub commands: Vec<String>,
}

/// Benchmarks that belong together: those of one target, or of one group in it.
#[derive(Clone, Debug, PartialEq)]
pub struct TierView {
    /// The target, with the group.
    pub name: String,
    /// One for each benchmark that was timed.
    pub rows: Vec<TierRow>,
}

/// Times of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct TierRow {
    /// The benchmark's name.
    pub name: String,
    /// Median.
    pub p50: String,
    /// 95th percentile.
    pub p95: String,
    /// Their ratio: `1.06`.
    pub tail: String,
    /// Process-level runs.
    pub runs: String,
    /// Lowest and highest median of a run; the range to expect another run in.
    pub range: String,
    /// Standard deviation between runs.
    pub variation: String,
}

/// What is told of one benchmark beside its times.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineBenchmark {
    /// Which.
    pub id: BenchmarkId,
    /// Its figures as `show` has them, functions cut to those that matter.
    pub show: BenchmarkShow,
    /// Where no function is hot: so.
    pub flat: Option<String>,
    /// What stands out; `None` where there is no profile to look at.
    pub patterns: Option<Vec<PatternView>>,
}

/// Functions told of each benchmark.
const TOP: usize = 5;

impl BaselineView {
    /// Words it. `hot_path`: the total share of a hot path, and the self share of a function that
    /// is worth naming.
    pub fn new(input: &ShowInput<'_>, hot_path: f64) -> Self {
        let capture = input.capture;
        let names = Names::new(capture.benchmarks.iter().map(|entry| &entry.id));
        let show = ShowView::new(input, &ShowOptions { top: TOP, hot_path });
        let environment = show
            .header
            .into_iter()
            .filter(|(name, _)| *name != "capture")
            .chain(Some(("perfbase", capture.perfbase.clone())))
            .collect();
        let benchmarks: Vec<BaselineBenchmark> = show
            .benchmarks
            .into_iter()
            .zip(&input.benchmarks)
            .map(|(show, benchmark)| baseline(show, benchmark, input, hot_path))
            .filter(BaselineBenchmark::tells)
            .collect();
        Self {
            label: capture.label.to_string(),
            summary: summary(input),
            environment,
            method: method(input),
            tiers: tiers(input, &names),
            ladders: show.ladders,
            benchmarks,
            limits: super::notes::worded(input.findings.iter(), &names),
            remarks: remarks(input),
            commands: commands(capture),
        }
    }
}

impl BaselineBenchmark {
    fn tells(&self) -> bool {
        let show = &self.show;
        !show.by_self.is_empty() || !show.counts.is_empty() || show.failure.is_some()
    }
}

fn summary(input: &ShowInput<'_>) -> String {
    let all = &input.benchmarks;
    let with = |has: fn(&ShowBenchmark<'_>) -> bool| all.iter().filter(|b| has(b)).count() as u64;
    let mut parts = vec![plural(all.len() as u64, "benchmark")];
    for (number, what) in [
        (with(|b| b.summary.is_some()), "timed"),
        (with(|b| b.profile.is_some()), "profiled"),
        (with(|b| !b.counts.is_empty()), "counted"),
        (with(|b| b.entry.failure.is_some()), "failed"),
    ] {
        if number > 0 {
            parts.push(format!("{} {what}", quantity::count(number)));
        }
    }
    parts.join(", ")
}

fn baseline(
    mut show: BenchmarkShow,
    benchmark: &ShowBenchmark<'_>,
    input: &ShowInput<'_>,
    hot: f64,
) -> BaselineBenchmark {
    let mut flat = None;
    if let Some(profile) = benchmark.profile {
        let whole = profile.total(Scope::Benchmark).max(1) as f64;
        let totals = totals_by_name(profile);
        let is_hot = |weight: u64| weight as f64 >= hot * whole;
        let large = totals.iter().filter(|(_, totals)| is_hot(totals.self_weight)).count();
        if large == 0
            && let Some(largest) = show.by_self.first()
        {
            flat = Some(format!(
                "No function has {} of the time for itself: the largest of {} has {}",
                quantity::share(hot),
                quantity::count(totals.len() as u64),
                largest.share
            ));
        }
        show.by_self.truncate(large.max(1));
        show.hot_paths.truncate(TOP);
    }
    // By time, else by instructions: both say where the work is.
    let instructions = || {
        let kinds = benchmark.entry.counts.iter().map(|count| count.kind);
        let counted =
            kinds.zip(benchmark.counts).find(|(kind, _)| *kind == CountKind::Instructions);
        counted.map(|(_, profile)| profile)
    };
    let found = benchmark
        .profile
        .or_else(instructions)
        .map(|profile| patterns(profile, input.categories, hot));
    BaselineBenchmark { id: benchmark.entry.id.clone(), show, flat, patterns: found }
}

fn method(input: &ShowInput<'_>) -> Vec<String> {
    let capture = input.capture;
    let mut method = Vec::new();
    let has = |has: fn(&ShowBenchmark<'_>) -> bool| input.benchmarks.iter().any(has);
    if has(|b| b.summary.is_some()) {
        method.push(
            "Times are per iteration, taken without a profiler. P50 and P95 are over all samples of \
             all runs, in which each run, a process of its own, weighs the same; from run to run is \
             the standard deviation of the runs' typical times (15 % quantiles), which comparisons \
             rest on."
                .to_owned(),
        );
    }
    if let Some(beside) = &capture.beside {
        method.push(format!(
            "Runs were taken in turns with those of {}, back to back.",
            beside.label
        ));
    }
    if has(|b| b.profile.is_some()) {
        method.push(
            "Profiles come from runs of their own. Shares are of the benchmark's own work, without \
             the harness; costs are shares of the time per iteration while profiled."
                .to_owned(),
        );
    }
    if has(|b| !b.counts.is_empty()) {
        method.push(
            "Counts are exact, of a run of their own, and per iteration; allocations are those of \
             whoever asked for them, not the allocator's."
                .to_owned(),
        );
    }
    method
}

fn tiers(input: &ShowInput<'_>, names: &Names) -> Vec<TierView> {
    // `group/function/parameter` is criterion's, and nearly everybody's.
    let group = |benchmark: &ShowBenchmark<'_>| {
        let id = &benchmark.entry.id;
        let group = id.benchmark.split_once('/').map(|(group, _)| group.to_owned());
        (id.package.clone(), id.target.clone(), group)
    };
    let packages: std::collections::BTreeSet<&str> =
        input.benchmarks.iter().map(|benchmark| &*benchmark.entry.id.package).collect();
    let mut tiers: BTreeMap<_, Vec<TierRow>> = BTreeMap::new();
    for benchmark in &input.benchmarks {
        if let Some(summary) = &benchmark.summary {
            let row = row(names.short(&benchmark.entry.id), summary, benchmark.timing);
            tiers.entry(group(benchmark)).or_default().push(row);
        }
    }
    tiers
        .into_iter()
        .map(|((package, target, group), rows)| {
            let package = if packages.len() > 1 { format!("{package}, ") } else { String::new() };
            let group = group.map_or(String::new(), |group| format!(", {group}"));
            TierView { name: format!("{package}{target}{group}"), rows }
        })
        .collect()
}

fn row(name: String, summary: &TimingSummary, timing: Option<&Timing>) -> TierRow {
    let bound = if summary.percentiles_are_bounds { "≤ " } else { "" };
    let medians: Vec<f64> = timing
        .map_or(&[][..], |timing| &timing.runs)
        .iter()
        .filter_map(|run| summarize(&Timing { throughput: None, runs: vec![run.clone()] }))
        .map(|run| run.p50)
        .collect();
    let ends = (medians.iter().copied().reduce(f64::min), medians.iter().copied().reduce(f64::max));
    TierRow {
        name,
        p50: quantity::nanoseconds(summary.p50),
        p95: format!("{bound}{}", quantity::nanoseconds(summary.p95)),
        tail: format!("{bound}{:.2}", summary.p95 / summary.p50),
        runs: quantity::count(summary.runs as u64),
        range: match ends {
            (Some(low), Some(high)) if medians.len() > 1 => {
                format!("{} to {}", quantity::nanoseconds(low), quantity::nanoseconds(high))
            }
            _ => String::new(),
        },
        variation: summary.run_variation.map_or("one run".to_owned(), |variation| {
            quantity::ratio(variation).replacen('+', "±", 1)
        }),
    }
}

/// What holds of every such capture, as far as it concerns this one.
fn remarks(input: &ShowInput<'_>) -> Vec<String> {
    let capture = input.capture;
    let mut remarks = Vec::new();
    if capture.commit.as_ref().is_some_and(|commit| commit.dirty) {
        remarks.push(
            "Files differed from the commit when it was captured: the commit alone does not repeat \
             it."
                .to_owned(),
        );
    }
    if capture.commit.is_none() {
        remarks.push("It is not known of which commit it is.".to_owned());
    }
    let fewest = input
        .benchmarks
        .iter()
        .filter_map(|benchmark| benchmark.entry.profile.as_ref())
        .map(|profile| profile.health.samples)
        .min();
    if let Some(samples) = fewest.filter(|samples| *samples > 0) {
        // Normal approximation of a binomial proportion of 5 %.
        let half = 1.96 * (0.05 * 0.95 / samples as f64).sqrt();
        remarks.push(format!(
            "The smallest profile has {}: a share of 5 % in it is known to ±{:.1} points at best.",
            plural(samples, "sample"),
            half * 100.0
        ));
    }
    let timed_only =
        input.benchmarks.iter().filter(|b| b.profile.is_none() && b.counts.is_empty()).count();
    if timed_only > 0 {
        remarks.push(format!(
            "{} no profile: nothing is known of where {} time goes.",
            if timed_only == 1 {
                "1 benchmark has".to_owned()
            } else {
                format!("{} have", plural(timed_only as u64, "benchmark"))
            },
            if timed_only == 1 { "its" } else { "their" }
        ));
    }
    if input.benchmarks.iter().any(|b| b.summary.is_some_and(|summary| summary.runs == 1)) {
        remarks.push(
            "Benchmarks of one run say nothing of how runs differ: take more (--runs) before this is \
             a baseline."
                .to_owned(),
        );
    }
    remarks.push(
        "Times hold for this machine in this state only. What another machine, or this one next \
         month, is compared with should be measured anew."
            .to_owned(),
    );
    remarks
}

/// Checks out the commit, captures it again, and compares; then what to do after a change.
fn commands(capture: &Capture) -> Vec<String> {
    let label = capture.label.as_str();
    let again = format!("{label}-again");
    let mut commands = Vec::new();
    if let Some(commit) = &capture.commit {
        commands.push(format!("git checkout {}", quoted(&commit.hash)));
    }
    let Settings { command, rustflags, .. } = &capture.settings;
    let flags = rustflags.as_ref().map_or(String::new(), |f| format!("RUSTFLAGS={} ", quoted(f)));
    let is_capture = command.first().is_some_and(|word| word == "capture" || word == "record");
    let line = |words: &[String]| -> String {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        format!("{flags}cargo perfbase {}", words.join(" "))
    };
    if !is_capture {
        // Another command made it, which knows its labels itself.
        commands.push(line(command));
        return commands;
    }
    let with = |to: &str| -> Vec<String> {
        command.iter().map(|word| relabelled(word, label, to)).collect()
    };
    commands.push(line(&with(&again)));
    commands.push(format!("cargo perfbase diff {} {}", quoted(label), quoted(&again)));
    commands.push("# after the change".to_owned());
    commands.push(line(&with("after-the-change")));
    commands.push(format!("cargo perfbase diff {} after-the-change", quoted(label)));
    commands
}

/// A word of the command line, with another label where it is the label.
fn relabelled(word: &str, label: &str, to: &str) -> String {
    match word.split_once('=') {
        Some(("--label" | "-l", value)) if value == label => format!("--label={to}"),
        _ if word == label => to.to_owned(),
        _ => word.to_owned(),
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+~".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}
