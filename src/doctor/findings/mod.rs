//! Facts and tried recorders → what they mean and what to do. Pure.

mod counters;
mod recorders;
mod remedies;
#[cfg(test)]
mod tests;
mod timings;
mod workspace;

pub use counters::counters;
pub use recorders::{Recording, recorders};
pub use remedies::{advice, remedy};
pub use timings::timings;
pub use workspace::workspace;

use super::Facts;
use crate::model::{Finding, Severity};

/// What moves times so much that a capture should say so before it begins.
pub fn concerns(facts: &Facts) -> Vec<Finding> {
    let mut findings = timings(facts);
    findings.retain(|finding| finding.severity >= Severity::Warn);
    findings
}

/// A command for root, as this user has to type it.
fn as_root(facts: &Facts, command: &str) -> String {
    if facts.kernel.capabilities.root { command.to_owned() } else { format!("sudo {command}") }
}

/// Mends by writing a value into files of the system, which a container may not.
fn write(finding: Finding, facts: &Facts, value: &str, path: &str) -> Finding {
    let finding = match &facts.surroundings.container {
        Some(_) => finding.advise("on the host"),
        None => finding,
    };
    finding.mend(format!("echo {value} | {}", as_root(facts, &format!("tee {path}"))))
}
