//! `perfbase.show/1`: one capture.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;

use crate::diff;
use crate::model::{self, CountKind, Scope, Totals, Weight};
use crate::view::{self, ShowBenchmark, ShowInput};

use super::capture::{Capture, Failure, Recorder};
use super::ladder::Ladder;
use super::timing::Summary;
use super::write;

/// A capture as `perfbase.show/1`, benchmarks in the order given.
pub fn show(input: &ShowInput<'_>) -> String {
    write(&Show {
        schema: "perfbase.show/1",
        capture: input.capture.into(),
        quality: input.findings.iter().map(Quality::from).collect(),
        benchmarks: input.benchmarks.iter().map(Benchmark::from).collect(),
        ladders: input.ladders.iter().map(Ladder::from).collect(),
    })
}

#[derive(Serialize)]
struct Show<'a> {
    schema: &'static str,
    capture: Capture<'a>,
    quality: Vec<Quality<'a>>,
    benchmarks: Vec<Benchmark<'a>>,
    ladders: Vec<Ladder<'a>>,
}

/// A finding on the data.
#[derive(Serialize)]
struct Quality<'a> {
    check: &'static str,
    severity: &'static str,
    benchmark: Option<String>,
    found: &'a str,
    consequence: &'a str,
    figure: Option<f64>,
    threshold: Option<f64>,
}

impl<'a> From<&'a model::Finding> for Quality<'a> {
    fn from(finding: &'a model::Finding) -> Self {
        Self {
            check: finding.check,
            severity: finding.severity.as_str(),
            benchmark: finding.benchmark.as_ref().map(ToString::to_string),
            found: &finding.found,
            consequence: &finding.consequence,
            figure: finding.measured.map(|m| m.figure).filter(|figure| figure.is_finite()),
            threshold: finding.measured.map(|m| m.threshold),
        }
    }
}

#[derive(Serialize)]
struct Benchmark<'a> {
    id: String,
    package: &'a str,
    target: &'a str,
    benchmark: &'a str,
    harness: &'static str,
    timing: Option<Timing>,
    profile: Option<Profile<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    counts: Vec<Count>,
    failure: Option<Failure<'a>>,
}

#[derive(Serialize)]
struct Timing {
    unit: &'static str,
    /// Whether each run was bound to one processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<bool>,
    summary: Option<Summary>,
    throughput: Option<Throughput>,
    runs: Vec<Run>,
}

#[derive(Serialize)]
struct Throughput {
    amount: u64,
    kind: &'static str,
}

#[derive(Serialize)]
struct Run {
    wall_ns: u64,
    resources: Option<Resources>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Reference>,
}

/// What the reference kernel took before and after a run.
#[derive(Serialize)]
struct Reference {
    kernel: String,
    before: Reading,
    after: Reading,
}

#[derive(Serialize)]
struct Reading {
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu: Option<u32>,
    latency_ns: u64,
    throughput_ns: u64,
}

#[derive(Serialize)]
struct Resources {
    user_ns: u64,
    system_ns: u64,
    peak_rss_bytes: u64,
    minor_faults: u64,
    major_faults: u64,
    voluntary_switches: u64,
    involuntary_switches: u64,
}

#[derive(Serialize)]
struct Profile<'a> {
    weight: &'static str,
    unit: &'static str,
    runs: u32,
    benchmark_weight: u64,
    harness_weight: u64,
    samples: u64,
    lost_samples: u64,
    truncated_samples: u64,
    unknown_samples: u64,
    throttled: u64,
    /// Who recorded it, where that is another one than the capture's.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorder: Option<Recorder<'a>>,
    /// Time per iteration, ns, of which costs are parts.
    cost: Option<f64>,
    functions: Vec<Function<'a>>,
}

/// What was counted of one kind.
#[derive(Serialize)]
struct Count {
    weight: &'static str,
    unit: &'static str,
    iterations: u64,
    repeatable: Option<bool>,
    runs: Vec<CountRun>,
    /// How many runs the weights of functions are of: one where all say the same.
    profile_runs: u32,
    functions: Vec<Counted>,
}

#[derive(Serialize)]
struct CountRun {
    benchmark_weight: u64,
    harness_weight: u64,
    blocks: u64,
    peak_bytes: Option<u64>,
    unfreed_bytes: Option<u64>,
}

/// Weights of one function in all runs that the profile has.
#[derive(Serialize)]
struct Counted {
    name: String,
    self_weight: u64,
    total_weight: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    self_blocks: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_blocks: Option<u64>,
}

impl Count {
    /// Allocations are the asking functions', not `malloc`'s.
    fn new(summary: &model::CountSummary, profile: &model::Profile) -> Self {
        Self {
            weight: summary.kind.weight().kind(),
            unit: summary.kind.weight().unit(),
            iterations: summary.iterations,
            repeatable: summary.is_repeatable,
            runs: summary
                .runs
                .iter()
                .map(|run| CountRun {
                    benchmark_weight: run.benchmark_weight,
                    harness_weight: run.harness_weight,
                    blocks: run.blocks,
                    peak_bytes: run.peak_bytes,
                    unfreed_bytes: run.unfreed_bytes,
                })
                .collect(),
            profile_runs: profile.runs(),
            functions: counted(summary.kind, profile),
        }
    }
}

fn counted(kind: CountKind, profile: &model::Profile) -> Vec<Counted> {
    let profile = match kind {
        CountKind::Instructions | CountKind::Event(_) => Cow::Borrowed(profile),
        CountKind::Allocations => Cow::Owned(diff::charged(profile)),
    };
    let in_blocks = profile.by_count(Weight::Allocations);
    let blocks: HashMap<&str, Totals> = match kind {
        CountKind::Instructions | CountKind::Event(_) => HashMap::new(),
        CountKind::Allocations => view::totals_by_name(&in_blocks).into_iter().collect(),
    };
    view::totals_by_name(&profile)
        .into_iter()
        .map(|(name, totals)| Counted {
            name: name.to_owned(),
            self_weight: totals.self_weight,
            total_weight: totals.total_weight,
            self_blocks: blocks.get(name).map(|blocks| blocks.self_weight),
            total_blocks: blocks.get(name).map(|blocks| blocks.total_weight),
        })
        .collect()
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    self_share: f64,
    total_share: f64,
    self_cost: Option<f64>,
    total_cost: Option<f64>,
}

impl<'a> From<&ShowBenchmark<'a>> for Benchmark<'a> {
    fn from(input: &ShowBenchmark<'a>) -> Self {
        let entry = input.entry;
        Self {
            id: entry.id.to_string(),
            package: &entry.id.package,
            target: &entry.id.target,
            benchmark: &entry.id.benchmark,
            harness: entry.harness.as_str(),
            timing: input.timing.map(|timing| Timing {
                unit: "ns",
                bound: entry.is_bound,
                summary: input.summary.as_ref().and_then(Summary::new),
                throughput: timing.throughput.map(|throughput| Throughput {
                    amount: throughput.amount,
                    kind: throughput.kind.as_str(),
                }),
                runs: timing.runs.iter().map(Run::from).collect(),
            }),
            profile: entry.profile.as_ref().map(|summary| profile(summary, input)),
            counts: entry.counts.iter().zip(input.counts).map(|(a, b)| Count::new(a, b)).collect(),
            failure: entry.failure.as_ref().map(Failure::from),
        }
    }
}

impl From<&model::Run> for Run {
    fn from(run: &model::Run) -> Self {
        Self {
            wall_ns: run.wall_ns,
            resources: run.resources.map(|r| Resources {
                user_ns: r.user_ns,
                system_ns: r.system_ns,
                peak_rss_bytes: r.peak_rss_bytes,
                minor_faults: r.minor_faults,
                major_faults: r.major_faults,
                voluntary_switches: r.voluntary_switches,
                involuntary_switches: r.involuntary_switches,
            }),
            reference: run.reference.as_ref().map(|reference| Reference {
                kernel: reference.kernel.clone(),
                before: reference.before.into(),
                after: reference.after.into(),
            }),
        }
    }
}

impl From<model::Reading> for Reading {
    fn from(reading: model::Reading) -> Self {
        let model::Reading { cpu, latency_ns, throughput_ns } = reading;
        Self { cpu, latency_ns, throughput_ns }
    }
}

fn profile<'a>(summary: &model::ProfileSummary, input: &ShowBenchmark<'a>) -> Profile<'a> {
    let cost = view::cost_of_benchmark(input);
    let functions = input.profile.map_or(Vec::new(), |profile| {
        let whole = profile.total(Scope::Benchmark).max(1) as f64;
        view::totals_by_name(profile)
            .into_iter()
            .map(|(name, totals)| {
                let self_share = totals.self_weight as f64 / whole;
                let total_share = totals.total_weight as f64 / whole;
                Function {
                    name,
                    self_share,
                    total_share,
                    self_cost: cost.map(|cost| cost * self_share),
                    total_cost: cost.map(|cost| cost * total_share),
                }
            })
            .collect()
    });
    Profile {
        weight: summary.weight.kind(),
        unit: summary.weight.unit(),
        runs: summary.runs,
        benchmark_weight: summary.benchmark_weight,
        harness_weight: summary.harness_weight,
        samples: summary.health.samples,
        lost_samples: summary.health.lost,
        truncated_samples: summary.health.truncated,
        unknown_samples: summary.health.unknown,
        throttled: summary.health.throttled,
        recorder: input.entry.recorder.as_ref().map(Recorder::from),
        cost,
        functions,
    }
}
