//! Puts the comparison together.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::model::{BenchmarkEntry, BenchmarkId, Capture, Harness};
use crate::stats::benjamini_hochberg;

use super::comparison::{BenchmarkDiff, Comparison, Verdict};
use super::doubt;
use super::notes;
use super::options::Options;
use super::profile::{self, Part};
use super::resources;
use super::side::Side;
use super::threads::together;
use super::timing::{self, Deviation};

/// Compares two captures; benchmarks are spread over the processors.
pub fn compare(base: &dyn Side, new: &dyn Side, options: &Options) -> Comparison {
    let ids = benchmarks(base.capture(), new.capture());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(compare_benchmark(id, base, new, options));
        }
        done
    };
    let threads = processors().min(ids.len());
    let benchmarks = if threads < 2 {
        work()
    } else {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let join = |worker: std::thread::ScopedJoinHandle<'_, Vec<BenchmarkDiff>>| {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            workers.into_iter().flat_map(join).collect()
        })
    };
    conclude(base.capture(), new.capture(), benchmarks, options)
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get())
}

/// The benchmarks of either capture, in order.
pub fn benchmarks(base: &Capture, new: &Capture) -> Vec<BenchmarkId> {
    let all: BTreeSet<&BenchmarkId> =
        base.benchmarks.iter().chain(&new.benchmarks).map(|entry| &entry.id).collect();
    all.into_iter().cloned().collect()
}

/// Compares one benchmark. Its timing verdict is preliminary until [`conclude`] has seen all
/// benchmarks.
pub fn compare_benchmark<'a>(
    id: &BenchmarkId,
    base: &'a dyn Side,
    new: &'a dyn Side,
    options: &Options,
) -> BenchmarkDiff {
    let captures = [base.capture(), new.capture()];
    let deviation = deviation(captures[0], captures[1], options);
    let entries = captures.map(|capture| capture.benchmarks.iter().find(|entry| entry.id == *id));
    // Many benchmarks keep the processors busy; of a few, both sides are read at the same time.
    let at_once = captures.iter().all(|capture| capture.benchmarks.len() < processors());
    let read = |side: &'a dyn Side| (side.timing(id), side.profile(id));
    let (of_base, of_new) = together(at_once, || read(base), || read(new));
    let times = [&of_base.0, &of_new.0].map(|timing| timing.as_deref());
    let stored = [of_base.1, of_new.1];
    let parts = [0, 1].map(|side| {
        Some(Part {
            profile: stored[side].as_deref()?,
            summary: entries[side].and_then(|entry| entry.profile.as_ref()),
            location: times[side].and_then(|timing| timing::locate(timing, options.seed)),
            harness: entries[side].map_or(Harness::Process, |entry| entry.harness),
            frequency_hz: captures[side].recorder.as_ref().map(|recorder| recorder.frequency_hz),
        })
    });
    let failure = |side: usize| entries[side].and_then(|entry| entry.failure.clone());
    let mut timing = timing::compare(times[0], times[1], deviation, tests(captures), options);
    if let (Some(timing), [Some(_), Some(_)]) = (&mut timing, entries)
        && matches!(timing.verdict, Verdict::New | Verdict::Vanished)
    {
        // It is there on both sides, and has no times on one.
        timing.verdict = Verdict::Inconclusive;
    }
    let timed = timing.as_ref().map(|timing| timing.verdict);
    BenchmarkDiff {
        id: id.clone(),
        harness: entries[1].or(entries[0]).map_or(Harness::Process, |entry| entry.harness),
        timing,
        resources: resources::compare(times[0], times[1]),
        profile: profile::compare(parts, deviation, timed, options),
        base_failure: failure(0),
        new_failure: failure(1),
    }
}

/// Adjusts the p-values over all benchmarks, settles the timing verdicts and adds the notes.
pub fn conclude(
    base: &Capture,
    new: &Capture,
    mut benchmarks: Vec<BenchmarkDiff>,
    options: &Options,
) -> Comparison {
    benchmarks.sort_by(|a, b| a.id.cmp(&b.id));
    let mut timings: Vec<_> =
        benchmarks.iter_mut().filter_map(|benchmark| benchmark.timing.as_mut()).collect();
    let p_values: Vec<f64> =
        timings.iter().filter_map(|timing| timing.change).map(|change| change.p_value).collect();
    let adjusted = benjamini_hochberg(&p_values);
    if let Some(deviation) = deviation(base, new, options) {
        let changed = timings.iter_mut().filter(|timing| timing.change.is_some());
        for (timing, p_value) in changed.zip(adjusted) {
            if let Some(change) = &mut timing.change {
                change.p_value = p_value;
                timing.verdict = timing::verdict(change, deviation, options);
            }
        }
    }
    for benchmark in &mut benchmarks {
        if notes::same_program(base, new, &benchmark.id) {
            doubt::withdraw(benchmark);
        }
    }
    let notes = notes::notes(base, new, &benchmarks);
    Comparison { base: base.clone(), new: new.clone(), notes, benchmarks }
}

/// How many benchmarks have times on both sides.
fn tests([base, new]: [&Capture; 2]) -> usize {
    let timed = |entry: &&BenchmarkEntry| entry.timed;
    let of_base: BTreeSet<&BenchmarkId> =
        base.benchmarks.iter().filter(timed).map(|entry| &entry.id).collect();
    new.benchmarks.iter().filter(timed).filter(|entry| of_base.contains(&entry.id)).count()
}

/// How far apart the two sessions are expected; `None` when their times cannot be compared.
fn deviation(base: &Capture, new: &Capture, options: &Options) -> Option<Deviation> {
    let sigma = match notes::machines(&base.machine, &new.machine) {
        notes::Machines::Same => options.session_deviation,
        notes::Machines::Alike => options.machine_deviation,
        notes::Machines::Different => return None,
    };
    Some(Deviation { sigma })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::fixture::{id, side, timing};
    use crate::diff::{Change, Loaded};

    fn changes(base: &Loaded, new: &Loaded) -> Vec<Change> {
        let comparison = compare(base, new, &Options::default());
        comparison.benchmarks.into_iter().map(|b| b.timing.unwrap().change.unwrap()).collect()
    }

    #[test]
    fn p_values_are_adjusted_over_benchmarks() {
        let base = [100.0, 101.0, 102.0];
        let pair = |time: f64| {
            let new = base.map(|t| t * time);
            (side(vec![(Some(timing(&base)), None)]), side(vec![(Some(timing(&new)), None)]))
        };
        let raw: Vec<f64> =
            [1.03, 1.04, 1.0].map(pair).iter().map(|(a, b)| changes(a, b)[0].p_value).collect();
        let all = |times: [f64; 3]| {
            side(times.iter().map(|t| (Some(timing(&base.map(|b| b * t))), None)).collect())
        };
        let adjusted = changes(&all([1.0; 3]), &all([1.03, 1.04, 1.0]));
        let expected = [raw[0] * 3.0 / 2.0, (raw[1] * 3.0).min(raw[0] * 1.5), 1.0];
        for (change, expected) in adjusted.iter().zip(expected) {
            assert!((change.p_value - expected).abs() < 1e-12);
        }
        // More tests need stronger evidence of each.
        let alone = changes(&pair(1.0).0, &pair(1.0).1)[0].detectable;
        assert!(adjusted[0].detectable > alone);
    }

    #[test]
    fn benchmarks_of_either_side_are_told_apart_from_failed_ones() {
        let base = side(vec![(Some(timing(&[1.0])), None), (None, None)]);
        let mut new =
            side(vec![(None, None), (Some(timing(&[1.0])), None), (Some(timing(&[1.0])), None)]);
        new.capture.benchmarks.remove(0);
        let comparison = compare(&base, &new, &Options::default());
        let verdicts: Vec<Verdict> =
            comparison.benchmarks.iter().map(|b| b.timing.as_ref().unwrap().verdict).collect();
        assert_eq!(verdicts, [Verdict::Vanished, Verdict::Inconclusive, Verdict::New]);
        assert_eq!(comparison.benchmarks[2].id, id(2));
    }

    #[test]
    fn empty_captures_are_compared() {
        let empty = side(Vec::new());
        let comparison = compare(&empty, &empty, &Options::default());
        assert!(comparison.benchmarks.is_empty() && comparison.notes.is_empty());
    }
}
