//! Commands that have to succeed on both sides before any comparison counts.

use crate::config::Parity;
use crate::model::{Capture, ParityOutcome};

use super::verdict::{Judged, Kind, Outcome};

fn outcome<'a>(parity: &Parity, capture: &'a Capture) -> Option<&'a ParityOutcome> {
    capture.parities.iter().find(|one| one.id == parity.id)
}

fn new(parity: &Parity) -> Judged {
    let mut judged = Judged::new(Kind::Parity, None, parity.command.join(" "));
    judged.id.clone_from(&parity.id);
    judged
}

/// Judges what both captures say of the commands.
pub(super) fn judge(parities: &[Parity], captures: [&Capture; 2]) -> Vec<Judged> {
    parities.iter().map(|parity| both(parity, captures)).collect()
}

fn both(parity: &Parity, captures: [&Capture; 2]) -> Judged {
    let judged = new(parity);
    let mut digests = Vec::new();
    let mut missing = None;
    for capture in captures {
        match outcome(parity, capture) {
            Some(one) if one.succeeded => digests.push(&one.output),
            Some(one) => return judged.failed(format!("{} in {}", one.status, capture.label)),
            None => missing = Some(capture),
        }
    }
    if let Some(capture) = missing {
        return judged.skipped(format!("it was not run for {}", capture.label));
    }
    if parity.same_output && digests[0] != digests[1] {
        let [base, new] = captures.map(|capture| &capture.label);
        return judged.failed(format!("{base} and {new} printed different things"));
    }
    passed(judged)
}

fn passed(mut judged: Judged) -> Judged {
    judged.outcome = Outcome::Pass;
    judged
}

/// Judges what one capture says of them.
pub(super) fn judge_one(parities: &[Parity], capture: &Capture) -> Vec<Judged> {
    let one = |parity: &Parity| match outcome(parity, capture) {
        Some(found) if found.succeeded => passed(new(parity)),
        Some(found) => new(parity).failed(found.status.clone()),
        None => new(parity).skipped(format!("it was not run for {}", capture.label)),
    };
    parities.iter().map(one).collect()
}
