//! What cannot be judged, before any figure is looked at.

use crate::diff::{BenchmarkDiff, Comparison};
use crate::model::{Finding, LadderLevel, Pattern, Severity};

use super::verdict::{Judged, Outcome};

/// Why changes of a benchmark say nothing, where they do not.
pub(super) fn refusal(comparison: &Comparison, benchmark: &BenchmarkDiff) -> Option<String> {
    let about = |of: &Option<_>| of.as_ref().is_none_or(|of| *of == benchmark.id);
    let refused = |note: &&Finding| note.severity == Severity::Refuse && about(&note.benchmark);
    comparison.notes.iter().find(refused).map(|note| format!("not comparable: {}", note.line()))
}

/// Why what was not there before says nothing, where it does not: that times cannot be compared
/// does not matter to shares.
pub(super) fn refusal_of_shares(
    comparison: &Comparison,
    benchmark: &BenchmarkDiff,
) -> Option<String> {
    let about = |of: &Option<_>| of.as_ref().is_none_or(|of| *of == benchmark.id);
    let is_of_programs = |note: &&Finding| note.check == "programs";
    let refused = |note: &&Finding| note.severity == Severity::Refuse && about(&note.benchmark);
    let mut notes = comparison.notes.iter().filter(is_of_programs);
    notes.find(refused).map(|note| format!("not comparable: {}", note.line()))
}

/// Whether both sides measured the very same program: then nothing that its rules are about has
/// changed.
pub(super) fn is_same_program(comparison: &Comparison, benchmark: &BenchmarkDiff) -> bool {
    let about = |of: &Option<_>| of.as_ref().is_none_or(|of| *of == benchmark.id);
    comparison.notes.iter().any(|note| note.check == "program" && about(&note.benchmark))
}

/// A change that is none where both sides are the very same program: it passes.
pub(super) fn of_program(
    mut judged: Judged,
    comparison: &Comparison,
    benchmark: &BenchmarkDiff,
) -> Judged {
    if matches!(judged.outcome, Outcome::Fail | Outcome::Inconclusive)
        && benchmark.new_failure.is_none()
        && is_same_program(comparison, benchmark)
    {
        (judged.outcome, judged.open, judged.p_value) = (Outcome::Pass, None, None);
        judged.reason = "both sides are the same program".to_owned();
    }
    judged
}

/// Settles what has no figure. A rule on a benchmark is about one that works: where it failed the
/// rule is broken, unless it failed in the base as well, or it is a level of a ladder that the rule
/// does not name, and the levels below count.
pub(super) fn missing(
    judged: Judged,
    benchmark: &BenchmarkDiff,
    patterns: &[Pattern],
    reason: String,
) -> Judged {
    let Some(failure) = &benchmark.new_failure else { return judged.skipped(reason) };
    let told = format!("it failed in {}: {}", failure.stage, failure.status);
    if benchmark.base_failure.is_some() {
        return judged.skipped(format!("{told}, and so it did in the base"));
    }
    let names_it = patterns.iter().any(|pattern| !pattern.as_str().ends_with('*'));
    let is_level = LadderLevel::of(&benchmark.id.benchmark).is_some();
    if is_level && !names_it {
        return judged.skipped(format!("{told}; the levels below it count"));
    }
    judged.failed(told)
}
