//! Captures, failures and machines, as all reports write them.

use serde::Serialize;

use crate::model;

use super::doctor::Conditions;

/// What is said of a capture.
#[derive(Serialize)]
pub(super) struct Capture<'a> {
    label: &'a str,
    id: &'a str,
    time: &'a str,
    commit: Option<&'a str>,
    dirty: Option<bool>,
    toolchain: &'a str,
    target: &'a str,
    profile: &'a str,
    features: &'a [String],
    rustflags: Option<&'a str>,
    machine: Machine<'a>,
    recorder: Option<Recorder<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    counters: Vec<Recorder<'a>>,
    perfbase: &'a str,
}

#[derive(Serialize)]
struct Machine<'a> {
    cpu: &'a str,
    cores: u32,
    memory_bytes: u64,
    os: &'a str,
    kernel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    conditions: Option<Conditions<'a>>,
}

#[derive(Serialize)]
pub(super) struct Recorder<'a> {
    name: &'a str,
    version: &'a str,
    event: &'a str,
    frequency_hz: f64,
    stacks: &'a str,
}

/// Why a benchmark has no result.
#[derive(Serialize)]
pub(super) struct Failure<'a> {
    stage: &'a str,
    status: &'a str,
    output: &'a str,
}

impl<'a> From<&'a model::Capture> for Capture<'a> {
    fn from(capture: &'a model::Capture) -> Self {
        let machine = &capture.machine;
        Self {
            label: capture.label.as_str(),
            id: &capture.id,
            time: &capture.time,
            commit: capture.commit.as_ref().map(|commit| &*commit.hash),
            dirty: capture.commit.as_ref().map(|commit| commit.dirty),
            toolchain: &capture.toolchain.rustc,
            target: &capture.toolchain.target,
            profile: &capture.settings.profile,
            features: &capture.settings.features,
            rustflags: capture.settings.rustflags.as_deref(),
            machine: Machine {
                cpu: &machine.cpu,
                cores: machine.cores,
                memory_bytes: machine.memory_bytes,
                os: &machine.os,
                kernel: &machine.kernel,
                conditions: (!machine.conditions.is_empty())
                    .then(|| Conditions::from(&machine.conditions)),
            },
            recorder: capture.recorder.as_ref().map(Recorder::from),
            counters: capture.counters.iter().map(Recorder::from).collect(),
            perfbase: &capture.perfbase,
        }
    }
}

impl<'a> From<&'a model::RecorderInfo> for Recorder<'a> {
    fn from(recorder: &'a model::RecorderInfo) -> Self {
        Self {
            name: &recorder.name,
            version: &recorder.version,
            event: &recorder.event,
            frequency_hz: recorder.frequency_hz,
            stacks: &recorder.stacks,
        }
    }
}

impl<'a> From<&'a model::Failure> for Failure<'a> {
    fn from(failure: &'a model::Failure) -> Self {
        Self { stage: &failure.stage, status: &failure.status, output: &failure.output }
    }
}
