//! Notes on how the captures were made, and on what is missing of a benchmark.

use super::Notes;
use crate::diff::comparison::BenchmarkDiff;
use crate::model::{BenchmarkId, Capture, Severity};

/// Below this number of runs the spread between runs is hardly known.
const FEW_RUNS: usize = 3;

/// What differs of runs, versions and recorders.
pub(super) fn on_recording(base: &Capture, new: &Capture, notes: &mut Notes) {
    notes.differ(
        (Severity::Note, "perfbase"),
        "Made by different versions of perfbase",
        (&base.perfbase, &new.perfbase),
        "Names and harness frames may be treated differently.",
    );
    let [base_timed, new_timed] =
        [base, new].map(|capture| capture.benchmarks.iter().any(|entry| entry.timed));
    if base_timed != new_timed {
        let side = if base_timed { "new" } else { "base" };
        notes.add(
            Severity::Warn,
            "times",
            format!("The {side} capture has no times. They cannot be compared."),
        );
    } else if base.settings.runs != new.settings.runs {
        notes.add(
            Severity::Note,
            "runs",
            format!(
                "Numbers of runs differ: {} before, {} now. The side with fewer limits what can be found.",
                base.settings.runs, new.settings.runs
            ),
        );
    }
    let (Some(a), Some(b)) = (&base.recorder, &new.recorder) else {
        if base.recorder.is_some() != new.recorder.is_some() {
            let side = if base.recorder.is_some() { "new" } else { "base" };
            notes.add(
                Severity::Warn,
                "recorder",
                format!("The {side} capture has no profiles. Functions cannot be compared."),
            );
        }
        return;
    };
    let consequence = "Shares of functions may differ for that alone.";
    notes.differ((Severity::Warn, "recorder"), "Recorders differ", (&a.name, &b.name), consequence);
    if a.name == b.name {
        notes.differ(
            (Severity::Note, "recorder"),
            "Versions of the recorder differ",
            (&a.version, &b.version),
            consequence,
        );
    }
    notes.differ(
        (Severity::Warn, "event"),
        "Sampled events differ",
        (&a.event, &b.event),
        consequence,
    );
    notes.differ(
        (Severity::Note, "frequency"),
        "Sampling frequencies in Hz differ",
        (a.frequency_hz, b.frequency_hz),
        "Shares and costs do not depend on it; the finer side resolves more.",
    );
    notes.differ(
        (Severity::Warn, "stacks"),
        "Stacks were taken differently",
        (&a.stacks, &b.stacks),
        "Totals and paths may differ for that alone.",
    );
}

/// What differs of one benchmark's runs and recorder, where captures made apart are compared.
pub(super) fn on_entries(base: &Capture, new: &Capture, id: &BenchmarkId, notes: &mut Notes) {
    let (Some(a), Some(b)) = (base.entry(id), new.entry(id)) else { return };
    if let (Some(before), Some(now)) = (a.is_bound, b.is_bound)
        && before != now
    {
        let [with, without] = if before { ["before", "now"] } else { ["now", "before"] };
        notes.on(
            id,
            Severity::Warn,
            "bound",
            format!(
                "Its runs were bound to one processor each {with}, and were not {without}. Times may differ for that alone."
            ),
        );
    }
    let has_own = a.recorder.is_some() || b.recorder.is_some();
    if has_own
        && a.profile.is_some()
        && b.profile.is_some()
        && let (Some(a), Some(b)) = (base.recorder_of(id), new.recorder_of(id))
        && (&a.name, &a.event) != (&b.name, &b.event)
    {
        notes.on(
            id,
            Severity::Warn,
            "recorder",
            format!(
                "Its profile was recorded by {} ({}) before, by {} ({}) now. Shares of functions may differ for that alone.",
                a.name, a.event, b.name, b.event
            ),
        );
    }
}

/// What is missing of a benchmark on one side.
pub(super) fn on_benchmark(benchmark: &BenchmarkDiff, notes: &mut Notes) {
    let id = &benchmark.id;
    for (failure, side) in [(&benchmark.base_failure, "base"), (&benchmark.new_failure, "new")] {
        if let Some(failure) = failure {
            notes.on(
                id,
                Severity::Warn,
                "failure",
                format!(
                    "It failed on the {side} side while {}: {}. What is missing cannot be compared.",
                    failure.stage, failure.status
                ),
            );
        }
    }
    if let Some(timing) = &benchmark.timing
        && let (Some(base), Some(new)) = (&timing.base, &timing.new)
    {
        let fewest = base.runs.min(new.runs);
        if fewest < FEW_RUNS && timing.design.pairs().is_none() {
            let runs = if fewest == 1 { "1 run" } else { "2 runs" };
            notes.on(
                    id,
                    Severity::Warn,
                    "runs",
                    format!(
                        "Only {runs} on one side: how much runs differ is hardly known. At least {FEW_RUNS} are needed for a narrow interval."
                    ),
                );
        }
        if base.percentiles_are_bounds != new.percentiles_are_bounds {
            notes.on(
                    id,
                    Severity::Warn,
                    "harness",
                    "One side has samples, the other a summary only. Their percentiles are not comparable.".to_owned(),
                );
        }
    }
    if let Some(profile) = &benchmark.profile
        && let (Some(_), Some(_), None) = (&profile.base, &profile.new, profile.unit)
    {
        notes.on(
                id,
                Severity::Warn,
                "cost",
                "Functions are compared by share only: no comparable cost per iteration is known. A share also falls when another function grows.".to_owned(),
            );
    }
}
