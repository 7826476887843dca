//! A capture → findings on the measurement itself: whether its figures can carry a verdict.
//!
//! Each detector looks at one thing, names the figure that it judged and the threshold, and is
//! silent where there are too few values to tell. What a threshold costs in false alarms is measured
//! by simulation (`simulation`) and stands beside it in `docs/quality.md`.
//!
//! A finding refuses a verdict only where figures are impossible or scatter so much that they say
//! nothing; everything else warns or is noted. Where a benchmark was measured in turns with another
//! program, what both met alike (slow states, drift) cancels out and is noted only.
//!
//! Deliberately absent: comparing two captures (`diff`), orders that a team says must hold between
//! benchmarks (`gate`'s invariants), and any figure of its own that a report would show.

mod impossible;
mod machine;
mod modes;
mod order;
mod profile;
mod resolution;
mod runs;
mod series;
mod siblings;
#[cfg(test)]
mod simulation;
mod spread;
mod state;
#[cfg(test)]
mod tests;

use crate::model::{
    Area, BenchmarkEntry, BenchmarkId, Capture, Finding, ProfileSummary, Severity, Timing,
};

use series::Series;
use state::Usual;

/// What is known of one benchmark of a capture.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its entry.
    pub entry: &'a BenchmarkEntry,
    /// Its times.
    pub timing: Option<&'a Timing>,
    /// Its profile in figures.
    pub profile: Option<&'a ProfileSummary>,
    /// Whether its runs are halves of pairs, the others being those of another program.
    pub in_turns: bool,
}

/// Looks at a capture: at the machine that it was made on, at each benchmark, and at benchmarks
/// beside each other. In the order of the subjects, what concerns all of them first.
pub fn examine(capture: &Capture, subjects: &[Subject<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    // What is counted does not depend on what else the machine does.
    let measured = |subject: &Subject<'_>| subject.timing.is_some() || subject.profile.is_some();
    if subjects.iter().any(|subject| !subject.in_turns && measured(subject)) {
        machine::on_conditions(&capture.machine, &mut findings);
    }
    let usual = Usual::of(subjects.iter().filter_map(|subject| subject.timing));
    for subject in subjects {
        let mut of_one = Vec::new();
        examine_one(capture, subject, &usual, &mut of_one);
        findings.extend(of_one.into_iter().map(|finding| finding.of(&subject.entry.id)));
    }
    siblings::on_siblings(subjects, &mut findings);
    findings
}

fn examine_one(
    capture: &Capture,
    subject: &Subject<'_>,
    usual: &Usual<'_>,
    findings: &mut Vec<Finding>,
) {
    if let Some(timing) = subject.timing {
        let series = Series::new(timing);
        impossible::on_figures(timing, &series, findings);
        // What is said of impossible figures beyond that is noise.
        if findings.is_empty() {
            resolution::on_resolution(timing, findings);
            spread::on_evenness(timing, &series, findings);
            let mut unsteady = Vec::new();
            spread::on_width(&series, &mut unsteady);
            modes::on_modes(&series, &mut unsteady);
            order::on_order(&series, &mut unsteady);
            runs::on_runs(&series, subject.in_turns, &mut unsteady);
            machine::on_interruptions(timing, &mut unsteady);
            state::on_state(timing, usual, &mut unsteady);
            if subject.in_turns {
                // The other side's run had the same of it.
                unsteady.iter_mut().for_each(|finding| finding.severity = Severity::Note);
            }
            findings.extend(unsteady);
        }
    }
    runs::on_programs(subject.entry.executable.as_deref(), findings);
    if let Some(profile) = subject.profile {
        profile::on_profile(profile, capture.recorder_of(&subject.entry.id), findings);
    }
}

/// A finding of this module.
fn finding(check: &'static str, severity: Severity, found: String, consequence: &str) -> Finding {
    Finding::new(Area::Quality, check, found).because(severity, consequence)
}

/// Tells what is above a threshold.
fn tell_above(
    findings: &mut Vec<Finding>,
    (check, severity): (&'static str, Severity),
    (figure, threshold): (f64, f64),
    found: impl FnOnce() -> String,
    consequence: &str,
) {
    if figure > threshold {
        let finding = finding(check, severity, found(), consequence);
        findings.push(finding.measured(figure, threshold));
    }
}

/// The names of benchmarks that no verdict may be given on; `None` among them stands for all.
pub fn refused(findings: &[Finding]) -> impl Iterator<Item = Option<&BenchmarkId>> {
    findings
        .iter()
        .filter(|finding| finding.severity == Severity::Refuse)
        .map(|finding| finding.benchmark.as_ref())
}

/// `1.2 %`
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent.abs() >= 100.0 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}
