//! What the quality of stored data is looked at by.

use crate::diff::Comparison;
use crate::error::Error;
use crate::model::{BenchmarkEntry, BenchmarkId, Capture, Finding, ProfileSummary, Timing};
use crate::quality::{Subject, examine};
use crate::store::{Arm, StoredCapture};

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

/// Findings on a capture, whatever of it is shown: benchmarks are looked at beside each other.
///
/// # Errors
/// When it cannot be read.
pub(super) fn of_capture(stored: &StoredCapture) -> Result<Vec<Finding>, Error> {
    let mut all = Vec::new();
    for entry in &stored.capture().benchmarks {
        let timing = stored.timing(&entry.id, Arm::Own)?;
        // A capture that was made beside another one has pairs of runs.
        let in_turns = entry.beside.as_ref().is_some_and(|beside| beside.timed);
        all.push(Read { entry, timing, profile: entry.profile.as_ref(), in_turns });
    }
    Ok(look(stored.capture(), &all))
}

/// Findings on what a comparison rests on: of each side its own runs, or those in turns.
///
/// # Errors
/// When a capture cannot be read.
pub(super) fn of_comparison(
    sides: [&StoredCapture; 2],
    comparison: &Comparison,
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
    Ok([look(captures[0], &read[0]), look(captures[1], &read[1])])
}
