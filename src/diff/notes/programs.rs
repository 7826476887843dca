//! Whether programs are the same on both sides, and notes on that.

use super::Notes;
use crate::diff::arms::holder;
use crate::model::{BenchmarkEntry, BenchmarkId, Capture, Severity};

/// Whether a benchmark ran the very same program with the same arguments on both sides.
pub(in crate::diff) fn same_program(base: &Capture, new: &Capture, id: &BenchmarkId) -> bool {
    if let Some(side) = holder(base, new)
        && let Some(entry) = [base, new][side].entry(id)
        && let Some(beside) = &entry.beside
        && base.settings.arguments == new.settings.arguments
    {
        // What ran, not what was stored under that name.
        return entry.executable.is_some() && entry.executable == beside.executable;
    }
    let executable = |capture: &'_ Capture| {
        let entry = capture.entry(id)?;
        entry.executable.clone()
    };
    base.settings.arguments == new.settings.arguments
        && executable(base).is_some_and(|one| executable(new) == Some(one))
}

/// Benchmarks of both sides.
fn pairs<'a>(
    base: &'a Capture,
    new: &'a Capture,
) -> impl Iterator<Item = (&'a BenchmarkEntry, &'a BenchmarkEntry)> {
    let other = |a: &BenchmarkEntry| new.benchmarks.iter().find(|b| b.id == a.id);
    base.benchmarks.iter().filter_map(move |a| Some((a, other(a)?)))
}

/// Whether all benchmarks of both sides, of which there are some, ran the very same program.
pub(super) fn are_programs_equal(base: &Capture, new: &Capture) -> bool {
    pairs(base, new).count() > 0 && pairs(base, new).all(|(a, _)| same_program(base, new, &a.id))
}

/// Benchmarks whose programs are equal on both sides.
pub(super) fn on_programs(base: &Capture, new: &Capture, notes: &mut Notes) {
    let equal: Vec<&BenchmarkId> = pairs(base, new)
        .filter(|(a, _)| same_program(base, new, &a.id))
        .map(|(a, _)| &a.id)
        .collect();
    if equal.is_empty() {
        return;
    }
    // The same program from another commit: either nothing that matters changed, or the build
    // did not see the change.
    let other_commit = match (&base.commit, &new.commit) {
        (Some(a), Some(b)) => a.hash != b.hash,
        _ => false,
    };
    let hint = if other_commit {
        " although their commits differ: check that the change is in what was built"
    } else {
        ""
    };
    if are_programs_equal(base, new) {
        notes.add(
            Severity::Note,
            "program",
            format!(
                "The two captures measured the same program{hint}. Whatever differs is chance, or lies outside it."
            ),
        );
    } else {
        for id in equal {
            let message = format!(
                "Both sides measured the same program{hint}. Whatever differs is chance, or lies outside it."
            );
            notes.on(id, Severity::Note, "program", message);
        }
    }
}
