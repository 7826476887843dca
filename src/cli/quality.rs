//! What the quality of stored data is looked at by.

use super::reading::Reading;
use crate::config::Config;
use crate::diff::Comparison;
use crate::error::Error;
use crate::gate::{self, Judged, Outcome};
use crate::model::{
    Area, BenchmarkEntry, BenchmarkId, Capture, Finding, ProfileSummary, Severity, Timing,
};
use crate::quality::{Subject, examine};
use crate::store::{Arm, StoredCapture};
use crate::view;
use crate::workspace::Filter;

/// What was read of one benchmark.
struct Read<'a> {
    entry: &'a BenchmarkEntry,
    timing: Option<Timing>,
    profile: Option<&'a ProfileSummary>,
    in_turns: bool,
}

fn look(capture: &Capture, all: &[Read<'_>]) -> Vec<Finding> {
    let subjects: Vec<Subject<'_>> = all
        .iter()
        .map(|read| Subject {
            entry: read.entry,
            timing: read.timing.as_ref(),
            profile: read.profile,
            in_turns: read.in_turns,
        })
        .collect();
    examine(capture, &subjects)
}

/// Findings on a capture, whatever of it is shown: benchmarks are looked at beside each other, and
/// held against the team's invariants.
///
/// # Errors
/// When it cannot be read.
pub(super) fn of_capture(stored: &StoredCapture, config: &Config) -> Result<Vec<Finding>, Error> {
    let mut all = Vec::new();
    for entry in &stored.capture().benchmarks {
        let timing = stored.timing(&entry.id, Arm::Own)?;
        // A capture that was made beside another one has pairs of runs.
        let in_turns = entry.beside.as_ref().is_some_and(|beside| beside.timed);
        all.push(Read { entry, timing, profile: entry.profile.as_ref(), in_turns });
    }
    let mut findings = look(stored.capture(), &all);
    findings.extend(broken_invariants(stored, config)?);
    Ok(findings)
}

/// Orders that do not hold though they should whatever the code does.
fn broken_invariants(stored: &StoredCapture, config: &Config) -> Result<Vec<Finding>, Error> {
    let side = Reading::new(stored, &Filter::default());
    let judged = gate::invariants(config, &side, &gate::Options::default());
    side.finish()?;
    let broken = judged.iter().filter(|one| one.outcome == Outcome::Fail);
    let finding = |one: &Judged| {
        let text = format!("{}: {}", one.id, view::rule_message(one));
        let finding = Finding::new(Area::Quality, "invariant", text).because(Severity::Warn, "");
        match (one.measured, one.target) {
            (Some(figure), Some(threshold)) => finding.measured(figure, threshold),
            _ => finding,
        }
    };
    Ok(broken.map(finding).collect())
}

/// Findings on what a comparison rests on: of each side its own runs, or those in turns.
///
/// # Errors
/// When a capture cannot be read.
pub(super) fn of_comparison(
    sides: [&StoredCapture; 2],
    comparison: &Comparison,
    config: &Config,
) -> Result<[Vec<Finding>; 2], Error> {
    let captures = sides.map(StoredCapture::capture);
    let entry = |side: usize, id: &BenchmarkId| captures[side].entry(id);
    // The capture that holds both halves of pairs.
    let beside = |one: usize| {
        captures[one].beside.as_ref().is_some_and(|beside| beside.id == captures[1 - one].id)
    };
    let holder = if beside(1) { 1 } else { 0 };
    let mut read: [Vec<Read<'_>>; 2] = Default::default();
    for benchmark in &comparison.benchmarks {
        let id = &benchmark.id;
        let in_turns =
            benchmark.timing.as_ref().is_some_and(|timing| timing.design.pairs().is_some());
        for side in [0, 1] {
            if in_turns && side != holder {
                let Some(entry) = entry(holder, id) else { continue };
                let timing = sides[holder].timing(id, Arm::Base)?;
                let profile = entry.beside.as_ref().and_then(|beside| beside.profile.as_ref());
                read[side].push(Read { entry, timing, profile, in_turns });
            } else if let Some(entry) = entry(side, id) {
                let timing = sides[side].timing(id, Arm::Own)?;
                read[side].push(Read { entry, timing, profile: entry.profile.as_ref(), in_turns });
            }
        }
    }
    let mut findings = [look(captures[0], &read[0]), look(captures[1], &read[1])];
    for (findings, stored) in findings.iter_mut().zip(sides) {
        findings.extend(broken_invariants(stored, config)?);
    }
    Ok(findings)
}
