//! `perfbase.audit/1`: the bench targets of a workspace.

use serde::Serialize;

use crate::model::{self, AuditStatus};

use super::write;

/// An audit as `perfbase.audit/1`, in the order given.
pub fn audit(audited: &[model::Audited]) -> String {
    write(&Audit {
        schema: "perfbase.audit/1",
        perfbase: env!("CARGO_PKG_VERSION"),
        targets: audited.iter().map(Target::from).collect(),
    })
}

#[derive(Serialize)]
struct Audit<'a> {
    schema: &'static str,
    perfbase: &'static str,
    targets: Vec<Target<'a>>,
}

#[derive(Serialize)]
struct Target<'a> {
    package: &'a str,
    target: &'a str,
    status: &'static str,
    found: Option<&'a str>,
    harness: Option<&'static str>,
    location: &'a str,
    benchmarks: Option<usize>,
    features: &'a [String],
    run: Option<&'a str>,
    last_capture: Option<LastCapture<'a>>,
}

#[derive(Serialize)]
struct LastCapture<'a> {
    label: &'a str,
    time: &'a str,
}

impl<'a> From<&'a model::Audited> for Target<'a> {
    fn from(one: &'a model::Audited) -> Self {
        Self {
            package: &one.package,
            target: &one.target,
            status: status(one.status),
            found: (!one.found.is_empty()).then_some(&*one.found),
            harness: one.harness.map(|harness| harness.as_str()),
            location: &one.location,
            benchmarks: one.benchmarks,
            features: &one.features,
            run: one.run.as_deref(),
            last_capture: one
                .last_capture
                .as_ref()
                .map(|last| LastCapture { label: &last.label, time: &last.time }),
        }
    }
}

/// One word each.
fn status(status: AuditStatus) -> &'static str {
    match status {
        AuditStatus::DoesNotCompile => "broken",
        AuditStatus::Needs => "needs",
        other => other.as_str(),
    }
}
