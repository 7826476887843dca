//! Who records profiles here.

use super::as_root;
use super::remedies::{MEMORY_KIB, remedy};
use crate::doctor::Facts;
use crate::model::{Area, Finding, RecorderInfo, Severity};
use crate::record::{Cause, Recorder, Refusal};

/// What trying a recorder gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// What it is, or why it does not work.
    pub outcome: Result<RecorderInfo, Refusal>,
    /// KiB of its buffer for each CPU, and what it would like.
    pub buffer_kib: Option<(u64, u64)>,
}

impl From<Result<Recorder, Refusal>> for Recording {
    fn from(tried: Result<Recorder, Refusal>) -> Self {
        let buffer_kib = tried.as_ref().ok().and_then(Recorder::buffer_kib);
        Self { outcome: tried.map(|recorder| recorder.info()), buffer_kib }
    }
}

impl Recording {
    fn works(&self) -> bool {
        self.outcome.is_ok()
    }
}

/// One finding for each recorder that exists for this system, in the order given, then what limits
/// those that work.
pub fn recorders(facts: &Facts, tried: &[Recording]) -> Vec<Finding> {
    let first = tried.iter().position(Recording::works);
    let mut findings: Vec<Finding> = tried
        .iter()
        .enumerate()
        .filter_map(|(index, recording)| match &recording.outcome {
            Ok(info) => Some(working(info, first == Some(index))),
            Err(refusal) if refusal.cause == Cause::Elsewhere => None,
            Err(refusal) => {
                let better = first.map(|first| first < index);
                Some(refused(refusal, better, facts))
            }
        })
        .collect();
    if facts.linux {
        let working = tried.iter().filter(|recording| recording.works());
        for recording in working {
            findings.extend(limits(recording, facts));
        }
        let perf_works = tried
            .iter()
            .any(|recording| recording.outcome.as_ref().is_ok_and(|info| info.name == "perf"));
        if perf_works {
            findings.extend(kernel_names(facts));
        }
    }
    findings
}

/// The word in reports, which never changes.
fn check(name: &str) -> &'static str {
    ["perf", "samply", "embedded"].into_iter().find(|known| *known == name).unwrap_or("recorder")
}

fn working(info: &RecorderInfo, is_first: bool) -> Finding {
    let taken = if is_first { ", and is what `capture` takes" } else { "" };
    let version = info.version.trim();
    let found = format!(
        "{} {version} records {} at {} Hz{taken}",
        info.name, info.event, info.frequency_hz
    );
    Finding::new(Area::Recorders, check(&info.name), found)
}

/// `better`: whether one works that is better than this; `None` when none works at all.
fn refused(refusal: &Refusal, better: Option<bool>, facts: &Facts) -> Finding {
    let reason = refusal.reason.trim_end_matches('.');
    let found = match refusal.cause {
        Cause::Missing => reason.to_owned(),
        _ => format!("{} cannot record: {reason}", refusal.recorder),
    };
    let (severity, consequence) = match better {
        None => (Severity::Fail, "no recorder works: there are times and no profiles"),
        Some(true) => (Severity::Ok, "not needed here"),
        Some(false) => match refusal.recorder {
            "perf" => (
                Severity::Note,
                "what records instead sees less: no kernel functions, no hardware counters",
            ),
            _ => (Severity::Note, "what records instead works as well"),
        },
    };
    let (advice, command) = remedy(refusal, facts);
    let finding = Finding::new(Area::Recorders, check(refusal.recorder), found)
        .because(severity, consequence)
        .advise(advice);
    match command {
        Some(command) => finding.mend(command),
        None => finding,
    }
}

/// What limits a recorder that works.
fn limits(recording: &Recording, facts: &Facts) -> Vec<Finding> {
    let Ok(info) = &recording.outcome else { return Vec::new() };
    let mut findings = Vec::new();
    if let Some((buffer, wanted)) = recording.buffer_kib
        && buffer < wanted
    {
        let limit = facts
            .kernel
            .mlock_kib
            .map_or(String::new(), |kib| format!(" (kernel.perf_event_mlock_kb is {kib})"));
        findings.push(
            Finding::new(
                Area::Recorders,
                "recording-memory",
                format!("{} has {buffer} of {wanted} KiB for each CPU{limit}", info.name),
            )
            .because(Severity::Note, "samples get lost where the machine is busy")
            .mend(as_root(facts, &format!("sysctl kernel.perf_event_mlock_kb={MEMORY_KIB}"))),
        );
    }
    if let Some(rate) = facts.kernel.max_sample_rate
        && info.name != "embedded"
        && (rate as f64) < info.frequency_hz
    {
        findings.push(
            Finding::new(
                Area::Recorders,
                "sample-rate",
                format!(
                    "the kernel allows {rate} samples a second, not {}: it lowered the limit \
                     because sampling took too long",
                    info.frequency_hz
                ),
            )
            .because(Severity::Warn, "profiles have fewer samples than asked for")
            .mend(as_root(facts, "sysctl kernel.perf_event_max_sample_rate=100000")),
        );
    }
    findings
}

/// Whether functions of the kernel have names in perf's profiles.
fn kernel_names(facts: &Facts) -> Option<Finding> {
    let kernel = &facts.kernel;
    // Those of users are left out beyond this level.
    if kernel.paranoid.is_some_and(|level| level > 1) && !kernel.capabilities.perfmon {
        let level = kernel.paranoid.unwrap_or_default();
        return Some(
            Finding::new(
                Area::Recorders,
                "kernel-functions",
                format!("kernel.perf_event_paranoid is {level}"),
            )
            .because(Severity::Note, "profiles have no functions of the kernel")
            .mend(as_root(facts, "sysctl kernel.perf_event_paranoid=1")),
        );
    }
    (kernel.names_kernel == Some(false)).then(|| {
        let level = kernel
            .kptr_restrict
            .map_or(String::new(), |level| format!(" (kernel.kptr_restrict is {level})"));
        Finding::new(
            Area::Recorders,
            "kernel-functions",
            format!("the kernel hides the addresses of its functions{level}"),
        )
        .because(Severity::Note, "in profiles they have no names")
        .mend(as_root(facts, "sysctl kernel.kptr_restrict=0"))
    })
}
