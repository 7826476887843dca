//! What the machine did meanwhile.

use crate::model::{Finding, Machine, Measurement, Mode, Severity, Timing};

use super::spread::running;
use super::{finding, percent, tell_above};

/// Share of CPU time given to others by a hypervisor.
const STEAL: f64 = 0.01;
/// Share of the machine's CPUs that others use.
const LOAD: f64 = 0.25;
/// Interruptions a second from which on times are unsteady. On an idle machine a thread is
/// interrupted a few times a second.
const INTERRUPTED: f64 = 30.0;
/// Wall time by CPU time of what runs on one processor and does not wait.
const TAKEN: f64 = 1.02;

/// What the machine was like while the capture was made; where nobody looked, when it began.
pub(super) fn on_conditions(machine: &Machine, findings: &mut Vec<Finding>) {
    let conditions = &machine.conditions;
    let (steal, busy, when) = match conditions.meanwhile {
        Some(meanwhile) => (meanwhile.steal_share, meanwhile.busy_cpus, "while it was measured"),
        None => (conditions.steal_share, conditions.busy_cpus, "when it began"),
    };
    if let Some(share) = steal {
        tell_above(
            findings,
            ("steal", Severity::Warn),
            (share, STEAL),
            || format!("the hypervisor gave {} of the CPU time to others {when}", percent(share)),
            "runs were interrupted without a trace of it",
        );
    }
    if let Some(busy) = busy {
        tell_above(
            findings,
            ("load", Severity::Warn),
            (busy / f64::from(machine.cores.max(1)), LOAD),
            // Those that it may use can be fewer than the machine has.
            || format!("others used {busy:.1} CPUs {when}, which may use {}", machine.cores),
            "runs got interrupted, and share caches and clock with them",
        );
    }
    if let Some(times) = conditions.meanwhile.and_then(|meanwhile| meanwhile.throttled) {
        tell_above(
            findings,
            ("heat", Severity::Warn),
            (times as f64, 0.0),
            || format!("CPUs were slowed down {times} times because of heat {when}"),
            "later runs are slower for that alone; cool it, or measure in turns",
        );
    }
}

/// How often, and for how long, the processor was taken from a benchmark.
pub(super) fn on_interruptions(timing: &Timing, findings: &mut Vec<Finding>) {
    let (mut number, mut seconds) = (0.0, 0.0);
    for run in &timing.runs {
        // To start a process is an interruption or two by itself.
        if matches!(run.measurement, Measurement::Batches { mode: Mode::Process, .. }) {
            return;
        }
        let Some(resources) = run.resources else { return };
        number += resources.involuntary_switches as f64;
        seconds += run.wall_ns as f64 / 1e9;
    }
    let rate = number / seconds;
    // Of what waits by itself, or has several threads, the share tells nothing.
    let taken =
        running(timing).map(|share| 1.0 / share).filter(|&taken| (TAKEN..1.5).contains(&taken));
    if seconds > 0.0 && rate >= INTERRUPTED {
        let lost = taken.map_or(String::new(), |taken| {
            format!(", and got the processor for {} of the time", percent(1.0 / taken))
        });
        let found = format!("it was interrupted {rate:.0} times a second by others{lost}");
        findings.push(
            finding("interrupted", Severity::Warn, found, "times are unsteady")
                .measured(rate, INTERRUPTED),
        );
    }
}
