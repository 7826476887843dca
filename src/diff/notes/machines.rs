//! How alike two machines are, and notes on it.

use super::Notes;
use crate::model::{Capture, Machine, Severity};

/// How alike two machines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::diff) enum Machines {
    /// As far as is known, one and the same.
    Same,
    /// The same CPU, in another machine (or another share of it).
    Alike,
    /// Another CPU: times have nothing to do with each other.
    Different,
}

/// Compares machines. A CPU that one side does not know makes them alike only.
pub(in crate::diff) fn machines(base: &Machine, new: &Machine) -> Machines {
    if base.cpu != new.cpu {
        let is_known = !base.cpu.is_empty() && !new.cpu.is_empty();
        return if is_known { Machines::Different } else { Machines::Alike };
    }
    // What the kernel keeps for itself changes a little from version to version.
    let memory = base.memory_bytes.abs_diff(new.memory_bytes) as f64;
    let same_memory = memory <= 0.02 * base.memory_bytes.max(new.memory_bytes) as f64;
    if base.cores == new.cores && base.os == new.os && same_memory {
        Machines::Same
    } else {
        Machines::Alike
    }
}

/// What differs of machine and system.
pub(super) fn on_machines(base: &Capture, new: &Capture, notes: &mut Notes) {
    let (a, b) = (&base.machine, &new.machine);
    if machines(a, b) == Machines::Different {
        notes.add(
            Severity::Refuse,
            "machine",
            format!(
                "Another CPU: {} before, {} now. Times are not compared; shares are.",
                a.cpu, b.cpu
            ),
        );
    } else {
        let consequence = "Times may differ for that alone.";
        notes.differ((Severity::Warn, "machine"), "Another CPU", (&a.cpu, &b.cpu), consequence);
        notes.differ(
            (Severity::Warn, "machine"),
            "Other operating systems",
            (&a.os, &b.os),
            consequence,
        );
        notes.differ(
            (Severity::Warn, "machine"),
            "Numbers of CPUs differ",
            (a.cores, b.cores),
            "Benchmarks with threads may differ for that alone.",
        );
        notes.differ(
            (Severity::Note, "machine"),
            "Kernels differ",
            (&a.kernel, &b.kernel),
            "System calls and page faults may cost something else.",
        );
    }
}
