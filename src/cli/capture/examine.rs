//! The state of the machine before anything is measured.

use std::time::Duration;

use crate::console::Console;
use crate::doctor::{self, Facts};
use crate::model::Capture;

/// How long the machine is watched: a share of a single run, and enough ticks to tell.
const WATCHED: Duration = Duration::from_millis(250);

/// Looks around, says what will mislead, and returns what there is to know.
pub(super) fn examine(console: &Console) -> Facts {
    let facts = Facts::gather(WATCHED);
    for concern in doctor::concerns(&facts) {
        console.warning(&concern.line());
    }
    facts
}

/// Notes the state in a capture.
pub(super) fn note(facts: &Facts, capture: &mut Capture) {
    capture.machine.conditions = facts.conditions();
}
