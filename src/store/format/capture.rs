//! `capture.json`: everything about a capture but its timings and profiles.

use serde::{Deserialize, Serialize};

use super::number::Number;
use super::version::{self, Versioned};
use super::{FormatError, conditions, counts, write};
use crate::model::{self, BenchmarkId, Harness, SortFew as _, Weight};
use crate::store::layout::is_inside;

const SCHEMA: &str = "perfbase.capture";

/// A capture as `capture.json` has it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) struct Stored {
    pub(in crate::store) capture: model::Capture,
    /// Bytes of all other files of the capture, so that nobody has to look at each.
    pub(in crate::store) bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct File {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<Base>,
    benchmarks: Vec<Benchmark>,
    bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<Commit>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    counters: Vec<Recorder>,
    id: String,
    label: String,
    machine: Machine,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parities: Vec<Parity>,
    perfbase: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorder: Option<Recorder>,
    schema: String,
    settings: Settings,
    time: String,
    toolchain: Toolchain,
}

impl Versioned for File {
    const SCHEMA: &'static str = SCHEMA;
    fn schema(&self) -> &str {
        &self.schema
    }
}

#[derive(Serialize, Deserialize)]
struct Parity {
    id: String,
    output: String,
    status: String,
    succeeded: bool,
}

/// The capture that it was measured beside.
#[derive(Serialize, Deserialize)]
struct Base {
    id: String,
    label: String,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    layouts: u32,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    looks: u32,
}

fn one() -> u32 {
    1
}

fn is_one(number: &u32) -> bool {
    *number == 1
}

#[derive(Serialize, Deserialize)]
struct Commit {
    dirty: bool,
    hash: String,
}

#[derive(Serialize, Deserialize)]
struct Toolchain {
    rustc: String,
    target: String,
}

#[derive(Serialize, Deserialize)]
struct Machine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conditions: Option<conditions::Conditions>,
    cores: u32,
    cpu: String,
    kernel: String,
    memory_bytes: u64,
    os: String,
}

#[derive(Serialize, Deserialize)]
struct Settings {
    arguments: Vec<String>,
    command: Vec<String>,
    features: Vec<String>,
    profile: String,
    runs: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rustflags: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Recorder {
    event: String,
    frequency_hz: Number,
    name: String,
    stacks: String,
    version: String,
}

#[derive(Serialize, Deserialize)]
struct Benchmark {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<BaseBenchmark>,
    benchmark: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bound: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    counts: Vec<counts::Counts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    executable: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    folder: String,
    harness: String,
    package: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorder: Option<Recorder>,
    target: String,
    timed: bool,
}

#[derive(Serialize, Deserialize)]
struct BaseBenchmark {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    counts: Vec<counts::Counts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    executable: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
    timed: bool,
}

#[derive(Serialize, Deserialize)]
struct Profile {
    benchmark_weight: u64,
    harness_weight: u64,
    health: Health,
    iteration_ns: Vec<Option<Number>>,
    runs: u32,
    weight: String,
}

#[derive(Serialize, Deserialize)]
struct Health {
    lost: u64,
    samples: u64,
    throttled: u64,
    truncated: u64,
    unknown: u64,
}

#[derive(Serialize, Deserialize)]
struct Failure {
    output: String,
    stage: String,
    status: String,
}

/// The bytes of a `capture.json`.
///
/// # Errors
/// Values that could not be read again.
pub(in crate::store) fn write_capture(stored: &Stored) -> Result<Vec<u8>, FormatError> {
    let capture = &stored.capture;
    check_time(&capture.time)?;
    let m = &capture.machine;
    let s = &capture.settings;
    write::write(&File {
        base: capture.beside.as_ref().map(|base| Base {
            id: base.id.clone(),
            label: base.label.to_string(),
            layouts: base.layouts,
            looks: base.looks,
        }),
        benchmarks: capture.benchmarks.iter().map(benchmark_out).collect(),
        bytes: stored.bytes,
        commit: capture.commit.as_ref().map(|c| Commit { dirty: c.dirty, hash: c.hash.clone() }),
        counters: capture.counters.iter().map(recorder_out).collect(),
        id: capture.id.clone(),
        label: capture.label.to_string(),
        machine: Machine {
            conditions: conditions::write(&m.conditions),
            cores: m.cores,
            cpu: m.cpu.clone(),
            kernel: m.kernel.clone(),
            memory_bytes: m.memory_bytes,
            os: m.os.clone(),
        },
        parities: capture.parities.iter().map(parity_out).collect(),
        perfbase: capture.perfbase.clone(),
        recorder: capture.recorder.as_ref().map(recorder_out),
        schema: format!("{SCHEMA}/1"),
        settings: Settings {
            arguments: s.arguments.clone(),
            command: s.command.clone(),
            features: s.features.clone(),
            profile: s.profile.clone(),
            runs: s.runs,
            rustflags: s.rustflags.clone(),
        },
        time: capture.time.clone(),
        toolchain: Toolchain {
            rustc: capture.toolchain.rustc.clone(),
            target: capture.toolchain.target.clone(),
        },
    })
}

fn recorder_out(r: &model::RecorderInfo) -> Recorder {
    Recorder {
        event: r.event.clone(),
        frequency_hz: Number(r.frequency_hz),
        name: r.name.clone(),
        stacks: r.stacks.clone(),
        version: r.version.clone(),
    }
}

fn parity_out(p: &model::ParityOutcome) -> Parity {
    Parity {
        id: p.id.clone(),
        output: p.output.clone(),
        status: p.status.clone(),
        succeeded: p.succeeded,
    }
}

fn benchmark_out(entry: &model::BenchmarkEntry) -> Benchmark {
    Benchmark {
        base: entry.beside.as_ref().map(|base| BaseBenchmark {
            counts: base.counts.iter().map(counts::write).collect(),
            executable: base.executable.clone(),
            failure: base.failure.as_ref().map(failure_out),
            profile: base.profile.as_ref().map(profile_out),
            timed: base.timed,
        }),
        benchmark: entry.id.benchmark.clone(),
        bound: entry.is_bound,
        counts: entry.counts.iter().map(counts::write).collect(),
        executable: entry.executable.clone(),
        failure: entry.failure.as_ref().map(failure_out),
        folder: entry.folder.clone(),
        harness: entry.harness.as_str().to_owned(),
        package: entry.id.package.clone(),
        profile: entry.profile.as_ref().map(profile_out),
        recorder: entry.recorder.as_ref().map(recorder_out),
        target: entry.id.target.clone(),
        timed: entry.timed,
    }
}

fn failure_out(f: &model::Failure) -> Failure {
    Failure { output: f.output.clone(), stage: f.stage.clone(), status: f.status.clone() }
}

fn profile_out(p: &model::ProfileSummary) -> Profile {
    Profile {
        benchmark_weight: p.benchmark_weight,
        harness_weight: p.harness_weight,
        health: Health {
            lost: p.health.lost,
            samples: p.health.samples,
            throttled: p.health.throttled,
            truncated: p.health.truncated,
            unknown: p.health.unknown,
        },
        iteration_ns: p.iteration_ns.iter().map(|ns| ns.map(Number)).collect(),
        runs: p.runs,
        weight: p.weight.kind().to_owned(),
    }
}

/// What a `capture.json` says. Benchmarks are ordered by id, whatever order they had.
///
/// # Errors
/// Another kind of file, a newer one, or values that cannot be.
pub(in crate::store) fn read_capture(bytes: &[u8]) -> Result<Stored, FormatError> {
    let file: File = version::read(bytes)?;
    check_time(&file.time)?;
    let label = label_in(&file.label)?;
    let beside = file
        .base
        .map(|base| {
            let (looks, layouts) = (base.looks.max(1), base.layouts.max(1));
            Ok(model::Beside { label: label_in(&base.label)?, id: base.id, looks, layouts })
        })
        .transpose()?;
    let mut benchmarks =
        file.benchmarks.into_iter().map(benchmark_in).collect::<Result<Vec<_>, _>>()?;
    benchmarks.sort_few_by(|a, b| a.id.cmp(&b.id));
    if let Some(twice) = benchmarks.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(FormatError::invalid(format!("`{}` is listed twice", twice[0].id)));
    }
    let capture = model::Capture {
        label,
        id: file.id,
        time: file.time,
        perfbase: file.perfbase,
        commit: file.commit.map(|c| model::Commit { hash: c.hash, dirty: c.dirty }),
        toolchain: model::Toolchain { rustc: file.toolchain.rustc, target: file.toolchain.target },
        machine: model::Machine {
            cpu: file.machine.cpu,
            cores: file.machine.cores,
            memory_bytes: file.machine.memory_bytes,
            os: file.machine.os,
            kernel: file.machine.kernel,
            conditions: file.machine.conditions.map(conditions::read).unwrap_or_default(),
        },
        settings: model::Settings {
            command: file.settings.command,
            profile: file.settings.profile,
            features: file.settings.features,
            rustflags: file.settings.rustflags,
            arguments: file.settings.arguments,
            runs: file.settings.runs,
        },
        recorder: file.recorder.map(recorder_in),
        counters: file.counters.into_iter().map(recorder_in).collect(),
        beside,
        benchmarks,
        parities: file.parities.into_iter().map(parity_in).collect(),
    };
    Ok(Stored { capture, bytes: file.bytes })
}

fn recorder_in(r: Recorder) -> model::RecorderInfo {
    model::RecorderInfo {
        name: r.name,
        version: r.version,
        event: r.event,
        frequency_hz: r.frequency_hz.0,
        stacks: r.stacks,
    }
}

fn parity_in(p: Parity) -> model::ParityOutcome {
    model::ParityOutcome { id: p.id, succeeded: p.succeeded, status: p.status, output: p.output }
}

fn benchmark_in(entry: Benchmark) -> Result<model::BenchmarkEntry, FormatError> {
    if !is_inside(&entry.folder) {
        return Err(FormatError::invalid(format!("bad folder `{}`", entry.folder)));
    }
    let harness = Harness::ALL
        .into_iter()
        .find(|harness| harness.as_str() == entry.harness)
        .ok_or_else(|| FormatError::invalid(format!("unknown harness `{}`", entry.harness)))?;
    Ok(model::BenchmarkEntry {
        is_bound: entry.bound,
        recorder: entry.recorder.map(recorder_in),
        id: BenchmarkId {
            package: entry.package,
            target: entry.target,
            benchmark: entry.benchmark,
        },
        harness,
        folder: entry.folder,
        executable: entry.executable,
        timed: entry.timed,
        profile: entry.profile.map(profile_in).transpose()?,
        counts: counts::read_all(entry.counts)?,
        failure: entry.failure.map(failure_in),
        beside: entry.base.map(beside_in).transpose()?,
    })
}

fn beside_in(base: BaseBenchmark) -> Result<model::BesideEntry, FormatError> {
    Ok(model::BesideEntry {
        executable: base.executable,
        timed: base.timed,
        profile: base.profile.map(profile_in).transpose()?,
        counts: counts::read_all(base.counts)?,
        failure: base.failure.map(failure_in),
    })
}

fn label_in(text: &str) -> Result<model::Label, FormatError> {
    text.parse().map_err(|error| FormatError::invalid(format!("bad label `{text}`: {error}")))
}

fn failure_in(f: Failure) -> model::Failure {
    model::Failure { stage: f.stage, status: f.status, output: f.output }
}

fn profile_in(p: Profile) -> Result<model::ProfileSummary, FormatError> {
    let weight = Weight::from_kind(&p.weight)
        .ok_or_else(|| FormatError::invalid(format!("unknown weight `{}`", p.weight)))?;
    Ok(model::ProfileSummary {
        weight,
        runs: p.runs,
        benchmark_weight: p.benchmark_weight,
        harness_weight: p.harness_weight,
        health: model::Health {
            samples: p.health.samples,
            lost: p.health.lost,
            truncated: p.health.truncated,
            unknown: p.health.unknown,
            throttled: p.health.throttled,
        },
        iteration_ns: p.iteration_ns.into_iter().map(|ns| ns.map(|ns| ns.0)).collect(),
    })
}

fn check_time(time: &str) -> Result<(), FormatError> {
    match humantime::parse_rfc3339(time) {
        Ok(_) => Ok(()),
        Err(_) => {
            Err(FormatError::invalid(format!("`{time}` is no time in UTC as RFC 3339 has them")))
        }
    }
}
