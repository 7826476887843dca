//! `perfbase.doctor/1`: an examination of a machine.

use serde::Serialize;

use crate::model::{self, Severity};
use crate::view::DoctorInput;

use super::write;

/// An examination as `perfbase.doctor/1`, findings in the order given.
pub fn doctor(input: &DoctorInput<'_>) -> String {
    let worst = input.findings.iter().map(|finding| finding.severity).max();
    write(&Doctor {
        schema: "perfbase.doctor/1",
        perfbase: env!("CARGO_PKG_VERSION"),
        os: input.os,
        recorder: input.recorder,
        worst: worst.unwrap_or(Severity::Ok).as_str(),
        conditions: input.conditions.into(),
        findings: input.findings.iter().map(Finding::from).collect(),
    })
}

#[derive(Serialize)]
struct Doctor<'a> {
    schema: &'static str,
    perfbase: &'static str,
    os: &'a str,
    recorder: Option<&'a str>,
    worst: &'static str,
    conditions: Conditions<'a>,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    area: &'static str,
    check: &'static str,
    severity: &'static str,
    found: &'a str,
    consequence: Option<&'a str>,
    advice: Option<&'a str>,
    command: Option<&'a str>,
}

impl<'a> From<&'a model::Finding> for Finding<'a> {
    fn from(finding: &'a model::Finding) -> Self {
        fn filled(text: &str) -> Option<&str> {
            (!text.is_empty()).then_some(text)
        }
        Self {
            area: finding.area.as_str(),
            check: finding.check,
            severity: finding.severity.as_str(),
            found: &finding.found,
            consequence: filled(&finding.consequence),
            advice: filled(&finding.advice),
            command: finding.command.as_deref(),
        }
    }
}

/// The state of a machine; `null` for what is not known.
#[derive(Serialize)]
pub(super) struct Conditions<'a> {
    governor: Option<&'a str>,
    turbo: Option<bool>,
    smt: Option<bool>,
    battery: Option<bool>,
    hypervisor: Option<&'a str>,
    container: Option<&'a str>,
    cpu_limit: Option<f64>,
    clock_source: Option<&'a str>,
    huge_pages: Option<&'a str>,
    aslr: Option<bool>,
    busy_cpus: Option<f64>,
    steal_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meanwhile: Option<Meanwhile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pace: Option<Pace<'a>>,
}

/// What the machine did while it was measured.
#[derive(Serialize)]
struct Meanwhile {
    busy_cpus: Option<f64>,
    steal_share: Option<f64>,
    throttled: Option<u64>,
}

/// How fast it was while benchmarks were timed.
#[derive(Serialize)]
struct Pace<'a> {
    kernel: &'a str,
    latency: Span,
    throughput: Span,
}

#[derive(Serialize)]
struct Span {
    typical_ns: f64,
    low_ns: f64,
    high_ns: f64,
}

impl From<model::Span> for Span {
    fn from(span: model::Span) -> Self {
        let model::Span { typical_ns, low_ns, high_ns } = span;
        Self { typical_ns, low_ns, high_ns }
    }
}

impl<'a> From<&'a model::Conditions> for Conditions<'a> {
    fn from(c: &'a model::Conditions) -> Self {
        Self {
            governor: c.governor.as_deref(),
            turbo: c.turbo,
            smt: c.smt,
            battery: c.battery,
            hypervisor: c.hypervisor.as_deref(),
            container: c.container.as_deref(),
            cpu_limit: c.cpu_limit,
            clock_source: c.clock_source.as_deref(),
            huge_pages: c.huge_pages.as_deref(),
            aslr: c.aslr,
            busy_cpus: c.busy_cpus,
            steal_share: c.steal_share,
            meanwhile: c.meanwhile.map(|m| Meanwhile {
                busy_cpus: m.busy_cpus,
                steal_share: m.steal_share,
                throttled: m.throttled,
            }),
            pace: c.pace.as_ref().map(|pace| Pace {
                kernel: &pace.kernel,
                latency: pace.latency.into(),
                throughput: pace.throughput.into(),
            }),
        }
    }
}
