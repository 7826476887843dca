//! Puts the comparison together.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::model::{BenchmarkEntry, BenchmarkId, Capture, Harness, SortFew as _};
use crate::stats::benjamini_hochberg;

use super::arms::Arms;
use super::comparison::{BenchmarkDiff, Comparison, Design, Verdict};
use super::count;
use super::doubt;
use super::ladder;
use super::notes;
use super::options::Options;
use super::pace::apart;
use super::profile::{self, Part, Sessions, Timed};
use super::resources;
use super::side::{Loaded, Side};
use super::timing::{self, Deviation, locate_pairs};

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
    let comparison = conclude(base.capture(), new.capture(), benchmarks, options);
    let ladders = ladder::compare(base, new, &comparison.benchmarks);
    Comparison { ladders, ..comparison }
}

/// The figures of one capture: a comparison with nothing.
pub fn alone(side: &dyn Side, options: &Options) -> Comparison {
    let mut nothing = side.capture().clone();
    nothing.benchmarks.clear();
    nothing.beside = None;
    compare(&Loaded::new(nothing), side, options)
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get())
}

/// The benchmarks of either capture, in order.
fn benchmarks(base: &Capture, new: &Capture) -> Vec<BenchmarkId> {
    let all: BTreeSet<&BenchmarkId> =
        base.benchmarks.iter().chain(&new.benchmarks).map(|entry| &entry.id).collect();
    all.into_iter().cloned().collect()
}

/// Compares one benchmark. Its timing verdict is preliminary until [`conclude`] has seen all
/// benchmarks.
fn compare_benchmark<'a>(
    id: &BenchmarkId,
    base: &'a dyn Side,
    new: &'a dyn Side,
    options: &Options,
) -> BenchmarkDiff {
    let captures = [base.capture(), new.capture()];
    let deviation = deviation(captures[0], captures[1], options);
    let entries = captures.map(|capture| capture.entry(id));
    // Many benchmarks keep the processors busy; of a few, both sides are read at the same time.
    let at_once = captures.iter().all(|capture| capture.benchmarks.len() < processors());
    let arms = Arms::new([base, new], at_once);
    let harness = entries[1].or(entries[0]).map_or(Harness::Process, |entry| entry.harness);
    let failure = |side: usize| entries[side].and_then(|entry| entry.failure.clone());
    let tests = tests(captures);

    let in_turns = arms.paired_timings(id).and_then(|[base, new]| {
        let timing = timing::compare_paired([&base, &new], arms.repeated(), tests, options)?;
        Some((
            timing,
            resources::compare_paired(&base, &new, options),
            locate_pairs([&base, &new], arms.repeated())?,
        ))
    });
    let profiles_in_turns = arms.paired_profiles(id);
    let are_profiles_paired = profiles_in_turns.is_some();
    // What stands in each side's own files is needed for what was not measured in turns.
    let own = if in_turns.is_none() || !are_profiles_paired {
        arms.timings(id)
    } else {
        Default::default()
    };
    let own = own.each_ref().map(Option::as_deref);
    let locations = own.map(|own| own.and_then(|timing| timing::locate(timing, options.seed)));
    let is_timed_in_turns = in_turns.is_some();
    let (timing, mut resources, paired_locations) = match in_turns {
        Some((timing, resources, locations)) => {
            (Some(timing), resources, Some(locations.map(Some)))
        }
        None => {
            let mut timing = timing::compare(own[0], own[1], deviation, tests, options);
            if let (Some(timing), [Some(_), Some(_)]) = (&mut timing, entries)
                && matches!(timing.verdict, Verdict::New | Verdict::Vanished)
            {
                // It is there on both sides, and has no times on one.
                timing.verdict = Verdict::Inconclusive;
            }
            (timing, resources::compare(own[0], own[1]), None)
        }
    };

    let metrics = arms.metrics(id, is_timed_in_turns);
    let metrics = metrics.each_ref().map(Option::as_deref);
    resources.extend(resources::reported(metrics, is_timed_in_turns, options));

    let profiles: [Option<_>; 2] = match profiles_in_turns {
        Some(profiles) => profiles.map(Some),
        None => arms.profiles(id),
    };
    let summaries = arms.summaries(id, are_profiles_paired);
    // The times of the session that a profile was recorded in.
    let beside = if are_profiles_paired { paired_locations.unwrap_or_default() } else { locations };
    let parts = [0, 1].map(|side| {
        let recorder = arms.recorded_in(side, are_profiles_paired).recorder_of(id);
        Some(Part {
            profile: profiles[side].as_deref()?,
            summary: summaries[side],
            location: beside[side],
            harness: entries[side].map_or(harness, |entry| entry.harness),
            frequency_hz: recorder.map(|recorder| recorder.frequency_hz),
            iterations: None,
        })
    });
    let sessions = if are_profiles_paired { Sessions::InTurns } else { Sessions::Apart(deviation) };
    let timed = timing.as_ref().map(|timing| Timed {
        verdict: timing.verdict,
        locations: paired_locations.unwrap_or(locations),
    });
    resources.extend(count::resources(id, &arms));
    BenchmarkDiff {
        id: id.clone(),
        harness,
        timing,
        resources,
        profile: profile::compare(parts, sessions, timed, options),
        counts: count::compare(id, &arms, harness, options),
        base_failure: failure(0),
        new_failure: failure(1),
    }
}

/// Adjusts the p-values over all benchmarks, settles the timing verdicts and adds the notes.
fn conclude(
    base: &Capture,
    new: &Capture,
    mut benchmarks: Vec<BenchmarkDiff>,
    options: &Options,
) -> Comparison {
    benchmarks.sort_few_by(|a, b| a.id.cmp(&b.id));
    let mut timings: Vec<_> =
        benchmarks.iter_mut().filter_map(|benchmark| benchmark.timing.as_mut()).collect();
    let p_values: Vec<f64> =
        timings.iter().filter_map(|timing| timing.change).map(|change| change.p_value).collect();
    let adjusted = benjamini_hochberg(&p_values);
    let deviation = deviation(base, new, options);
    let changed = timings.iter_mut().filter(|timing| timing.change.is_some());
    for (timing, p_value) in changed.zip(adjusted) {
        let Some(change) = &mut timing.change else { continue };
        change.p_value = p_value;
        timing.verdict = match (timing.design, deviation) {
            (Design::Paired { pairs }, _) => timing::verdict_on_pairs(change, pairs, options),
            (Design::Stored, Some(deviation)) => timing::verdict(change, deviation, options),
            (Design::Stored, None) => timing.verdict,
        };
        timing.more_pairs = match (timing.design, timing.verdict) {
            (Design::Paired { pairs }, Verdict::Inconclusive) => {
                timing::more_pairs(change, pairs, options)
            }
            _ => None,
        };
    }
    for benchmark in &mut benchmarks {
        if notes::same_program(base, new, &benchmark.id) {
            doubt::withdraw(benchmark);
        }
    }
    let notes = notes::notes(base, new, &benchmarks);
    let (base, new) = (base.clone(), new.clone());
    Comparison { base, new, notes, benchmarks, ladders: Vec::new() }
}

/// How many benchmarks have times on both sides.
fn tests([base, new]: [&Capture; 2]) -> usize {
    let timed = |entry: &&BenchmarkEntry| entry.timed;
    let of_base: BTreeSet<&BenchmarkId> =
        base.benchmarks.iter().filter(timed).map(|entry| &entry.id).collect();
    new.benchmarks.iter().filter(timed).filter(|entry| of_base.contains(&entry.id)).count()
}

/// Standard deviation of the logarithm of times between the sessions of two captures that were not
/// measured in turns; `None` when their times cannot be compared.
pub fn session_deviation(base: &Capture, new: &Capture, options: &Options) -> Option<f64> {
    deviation(base, new, options).map(|deviation| deviation.sigma)
}

/// How far apart the two sessions are expected; `None` when their times cannot be compared.
fn deviation(base: &Capture, new: &Capture, options: &Options) -> Option<Deviation> {
    let usual = match notes::machines(&base.machine, &new.machine) {
        notes::Machines::Same => options.session_deviation,
        notes::Machines::Alike => options.machine_deviation,
        notes::Machines::Different => return None,
    };
    // Two sessions that are known to be so far apart are not expected to be nearer; what a benchmark
    // feels of it is several times what the reference kernel does.
    let apart = apart(&base.machine.conditions, &new.machine.conditions).map_or(0.0, f64::abs);
    Some(Deviation { sigma: usual.max(apart), usual })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::fixture::{id, in_turns, side, timing};
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
    fn pairs_are_found_from_either_side() {
        let base = [100.0, 130.0, 101.0, 99.0, 100.5, 98.0, 102.0, 100.0];
        let new = base.map(|time| time * 1.1 + 0.01 * (time - 100.0));
        let [a, b] = in_turns(vec![[(Some(timing(&base)), None), (Some(timing(&new)), None)]]);
        let diff = |a: &Loaded, b: &Loaded| {
            compare(a, b, &Options::default()).benchmarks.remove(0).timing.unwrap()
        };
        let (there, back) = (diff(&a, &b), diff(&b, &a));
        assert_eq!(there.design, Design::Paired { pairs: 8 });
        assert_eq!(back.design, there.design);
        assert_eq!((there.verdict, back.verdict), (Verdict::Slower, Verdict::Faster));
        let (change, opposite) = (there.change.unwrap(), back.change.unwrap());
        assert!((change.ratio - 0.1).abs() < 0.002, "{change:?}");
        assert_eq!(change.log.value, -opposite.log.value);
        assert!((change.interval.0.ln_1p() + opposite.interval.1.ln_1p()).abs() < 1e-12);
        assert_eq!(change.p_value, opposite.p_value);
        // A reader may divide the typical times.
        let (base, new) = (there.base.unwrap(), there.new.unwrap());
        assert!((new.typical / base.typical - 1.0 - change.ratio).abs() < 1e-12);
        assert!((back.base.unwrap().typical / new.typical - 1.0).abs() < 1e-12);
        // A capture of another id was not beside this one; neither is one beside itself.
        let mut other = a.clone();
        other.capture.id = "ff".into();
        other.timings = b.timings.clone();
        assert_eq!(diff(&other, &b).design, Design::Stored);
        assert_eq!(diff(&b, &b).change.unwrap().ratio, 0.0);
    }

    #[test]
    fn sessions_that_are_known_to_be_apart_differ_by_more() {
        use crate::model::{Conditions, Pace, Span};
        let at = |time: f64, ns: f64| {
            let times = [100.0, 101.0, 102.0, 101.5, 100.5].map(|t| t * time);
            let mut side = side(vec![(Some(timing(&times)), None)]);
            let span = |ns: f64| Span { typical_ns: ns, low_ns: 0.999 * ns, high_ns: 1.001 * ns };
            let pace = Pace { kernel: "k".into(), latency: span(ns), throughput: span(ns) };
            side.capture.machine.conditions =
                Conditions { pace: Some(pace), ..Conditions::default() };
            side
        };
        let verdict = |time: f64, ns: f64| {
            let [there, back] = [[at(1.0, 1000.0), at(time, ns)], [at(time, ns), at(1.0, 1000.0)]]
                .map(|[a, b]| compare(&a, &b, &Options::default()).benchmarks.remove(0));
            let [there, back] = [there, back].map(|b| b.timing.unwrap());
            let opposite = there.verdict == back.verdict
                || [there.verdict, back.verdict].contains(&Verdict::Slower)
                    && [there.verdict, back.verdict].contains(&Verdict::Faster);
            assert!(opposite, "{there:?} {back:?}");
            // What was measured stays as it is.
            assert!((there.change.unwrap().ratio - (time - 1.0)).abs() < 1e-9);
            there.verdict
        };
        assert_eq!(verdict(1.1, 1000.0), Verdict::Slower);
        assert_eq!(verdict(1.1, 1015.0), Verdict::Slower);
        assert_eq!(verdict(1.01, 1015.0), Verdict::Unchanged);
        assert_eq!(verdict(1.01, 1080.0), Verdict::Inconclusive);
        // The machine may be the reason, of either direction: who knows what the benchmark feels.
        assert_eq!(verdict(1.1, 1080.0), Verdict::Inconclusive);
        assert_eq!(verdict(0.9, 1080.0), Verdict::Inconclusive);
        assert_eq!(verdict(1.1, 920.0), Verdict::Inconclusive);
        assert_eq!(verdict(1.5, 1080.0), Verdict::Slower);
        assert_eq!(verdict(0.5, 1080.0), Verdict::Faster);
    }

    #[test]
    fn empty_captures_are_compared() {
        let empty = side(Vec::new());
        let comparison = compare(&empty, &empty, &Options::default());
        assert!(comparison.benchmarks.is_empty() && comparison.notes.is_empty());
    }
}
