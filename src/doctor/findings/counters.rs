//! Who counts here: valgrind's tools, which a capture takes where it is asked to.

use super::remedies::remedy;
use crate::doctor::Facts;
use crate::model::{Area, Finding, RecorderInfo, Severity};
use crate::record::{Cause, Refusal};

/// One finding for each counter that exists for this system, in the order given. None is needed
/// for a capture, so that one that does not work is worth a note at most.
pub fn counters(facts: &Facts, tried: &[Result<RecorderInfo, Refusal>]) -> Vec<Finding> {
    let findings = tried.iter().filter_map(|outcome| match outcome {
        Ok(info) => Some(Finding::new(
            Area::Recorders,
            check(&info.name),
            format!(
                "{} {} counts {}; `--profiler {}` takes it",
                info.name, info.version, info.event, info.name
            ),
        )),
        Err(refusal) if refusal.cause == Cause::Elsewhere => None,
        Err(refusal) => Some(refused(refusal, facts)),
    });
    findings.collect()
}

/// The word in reports, which never changes.
fn check(name: &str) -> &'static str {
    ["callgrind", "dhat"].into_iter().find(|known| *known == name).unwrap_or("recorder")
}

fn refused(refusal: &Refusal, facts: &Facts) -> Finding {
    let reason = refusal.reason.trim_end_matches('.');
    let found = match refusal.cause {
        Cause::Missing => format!("{} does not work: {reason}", refusal.recorder),
        _ => format!("{} cannot count: {reason}", refusal.recorder),
    };
    let lacks = match refusal.recorder {
        "dhat" => "allocations are not counted",
        _ => "instructions are not counted, which do not depend on what else the machine does",
    };
    let (advice, command) = remedy(refusal, facts);
    let finding = Finding::new(Area::Recorders, check(refusal.recorder), found)
        .because(Severity::Note, lacks)
        .advise(advice);
    match command {
        Some(command) => finding.mend(command),
        None => finding,
    }
}
