//! Notes on what was counted.

use super::Notes;
use crate::diff::comparison::BenchmarkDiff;
use crate::model::{Capture, Severity, Weight};

/// Counters that differ between the captures. A counter on one side only is told of each benchmark.
pub(super) fn on_counters(base: &Capture, new: &Capture, notes: &mut Notes) {
    for a in &base.counters {
        let Some(b) = new.counters.iter().find(|b| b.event == a.event) else { continue };
        let consequence = "Counts may differ for that alone.";
        notes.differ(
            (Severity::Warn, "counts"),
            "Counters differ",
            (&a.name, &b.name),
            consequence,
        );
        if a.name == b.name {
            notes.differ(
                (Severity::Note, "counts"),
                &format!("Versions of {} differ", a.name),
                (&a.version, &b.version),
                consequence,
            );
        }
        notes.differ(
            (Severity::Warn, "counts"),
            &format!("{} took stacks differently", a.name),
            (&a.stacks, &b.stacks),
            "Totals and paths may differ for that alone.",
        );
    }
}

/// Counts of one benchmark that do not repeat, or that one side lacks.
pub(super) fn on_counts(benchmark: &BenchmarkDiff, notes: &mut Notes) {
    for count in &benchmark.counts {
        // Bytes are told with blocks.
        if count.measure == Weight::AllocatedBytes {
            continue;
        }
        let what = count.measure.cost_unit();
        let sides = [(&count.base, "base"), (&count.new, "new")];
        for (_, name) in sides.iter().filter(|(side, _)| side.is_none()) {
            let message =
                format!("The {name} capture has not counted {what}: there is nothing to compare.");
            notes.on(&benchmark.id, Severity::Note, "counts", message);
        }
        let unsteady: Vec<String> = sides
            .iter()
            .filter_map(|(side, name)| Some((side.as_ref()?, name)))
            .filter(|(side, _)| side.is_repeatable == Some(false))
            .map(|(side, name)| format!("{name}: by {:.2} %", 100.0 * side.spread()))
            .collect();
        if !unsteady.is_empty() {
            let message = format!(
                "Its {what} differ from run to run of the same program ({}): random keys of hash maps, threads or the clock do that. Changes within that spread are not told.",
                unsteady.join(", ")
            );
            notes.on(&benchmark.id, Severity::Warn, "counts", message);
        }
    }
}
