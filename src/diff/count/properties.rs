//! What holds for any counts.

use proptest::prelude::*;

use crate::diff::comparison::{CountDiff, ProfileDiff, Verdict};
use crate::diff::fixture::{capture, id, profile, side, timing};
use crate::diff::{Loaded, Options, compare};
use crate::model::{
    BenchmarkEntry, Beside, BesideEntry, CountKind, CountRun, CountSummary, Harness, Profile,
    Sample, Scope, Severity, Weight,
};

const BENCH: Scope = Scope::Benchmark;

/// Names that functions may have.
const NAMES: [&str; 6] = ["main", "a::run", "a::b::f", "a::b::g", "memcpy", "c::f::{{closure}}"];

/// A path, whether it counts for the benchmark, bytes or instructions, and blocks.
type Stacks = Vec<(Vec<usize>, bool, u64, u64)>;

fn stacks() -> impl Strategy<Value = Stacks> {
    let path = prop::collection::vec(0..NAMES.len(), 1..6);
    let weight = prop_oneof![0..10_u64, 0..1_000_000_000_000_u64];
    let stack = (path, prop::bool::weighted(0.9), weight, 1..1000_u64);
    prop::collection::vec(stack, 0..20)
}

fn counts(kind: CountKind, stacks: &Stacks) -> Profile {
    let paths: Vec<Vec<&str>> =
        stacks.iter().map(|(path, ..)| path.iter().map(|&n| NAMES[n]).collect()).collect();
    let samples: Vec<(&[&str], u32, Scope, u64)> = paths
        .iter()
        .zip(stacks)
        .map(|(path, stack)| (&path[..], 0, if stack.1 { BENCH } else { Scope::Harness }, stack.3))
        .collect();
    let mut profile = profile(&samples);
    profile.weight = kind.weight();
    // Equal stacks were merged: what they weigh is not the fixture's.
    for sample in &mut profile.samples {
        sample.weight = 0;
    }
    let again = self::profile(&samples);
    assert_eq!(profile.samples.len(), again.samples.len());
    for (path, (_, counts, weight, _)) in paths.iter().zip(stacks) {
        let scope = if *counts { BENCH } else { Scope::Harness };
        let found = profile.samples.iter().position(|sample: &Sample| {
            let names: Vec<&str> = profile
                .stacks
                .root_first(sample.stack)
                .into_iter()
                .map(|frame| {
                    use crate::model::Handle as _;
                    profile.name(profile.frames[frame.index()].function)
                })
                .collect();
            sample.scope == scope && names == *path
        });
        profile.samples[found.unwrap()].weight += weight;
    }
    profile
}

fn summary(kind: CountKind, profile: &Profile, iterations: u64, runs: u32) -> CountSummary {
    let run = |run: u32| {
        let own = profile.samples.iter().filter(|s| s.scope == BENCH && s.run == run);
        let (benchmark_weight, blocks) =
            own.fold((0, 0), |(weight, count), s| (weight + s.weight, count + s.count));
        CountRun {
            benchmark_weight,
            blocks: if kind == CountKind::Allocations { blocks } else { 0 },
            peak_bytes: (kind == CountKind::Allocations).then_some(benchmark_weight / 2),
            ..CountRun::default()
        }
    };
    let runs: Vec<CountRun> = (0..runs).map(run).collect();
    let is_repeatable = Some(runs.windows(2).all(|pair| pair[0] == pair[1]));
    CountSummary { kind, iterations, runs, is_repeatable }
}

/// A capture of one benchmark, of which these were counted.
fn loaded(profiles: Vec<(CountKind, Profile, u64, u32)>) -> Loaded {
    let mut loaded = Loaded::new(capture());
    let counts = profiles
        .iter()
        .map(|(kind, profile, iterations, runs)| summary(*kind, profile, *iterations, *runs));
    loaded.capture.benchmarks.push(BenchmarkEntry {
        is_bound: None,
        recorder: None,
        id: id(0),
        harness: Harness::Criterion,
        folder: "bench0".into(),
        executable: None,
        timed: false,
        profile: None,
        counts: counts.collect(),
        failure: None,
        beside: None,
    });
    loaded.counts = profiles.into_iter().map(|(kind, p, ..)| ((id(0), kind), p)).collect();
    loaded
}

fn of(stacks: &Stacks, iterations: u64) -> Loaded {
    loaded(CountKind::PLAIN.map(|kind| (kind, counts(kind, stacks), iterations, 1)).into())
}

fn diff(base: &Loaded, new: &Loaded) -> Vec<CountDiff> {
    compare(base, new, &Options::default()).benchmarks.remove(0).counts
}

fn verdict(profile: &ProfileDiff, name: &str) -> Verdict {
    profile.functions.iter().find(|f| *f.name == *name).map(|f| f.verdict).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_capture_equals_itself(stacks in stacks(), iterations in 1..5_u64) {
        let one = of(&stacks, iterations);
        let diffs = diff(&one, &one);
        let measures: Vec<Weight> = diffs.iter().map(|diff| diff.measure).collect();
        prop_assert_eq!(
            measures, [Weight::Instructions, Weight::Allocations, Weight::AllocatedBytes]
        );
        for diff in diffs {
            prop_assert_eq!((diff.delta, diff.verdict), (Some(0.0), Verdict::Unchanged));
            let Some(profile) = diff.profile else { continue };
            for function in &profile.functions {
                prop_assert_eq!(function.delta_self, Some(0.0));
                prop_assert_eq!(function.delta_total, Some(0.0));
                prop_assert_eq!(function.verdict, Verdict::Unchanged);
            }
        }
    }

    #[test]
    fn functions_add_up_and_sides_negate(
        a in stacks(), b in stacks(), m in prop_oneof![Just(1), 1..5_u64], n in 1..3_u64,
    ) {
        let (a, b) = (of(&a, m), of(&b, n));
        for (there, back) in diff(&a, &b).into_iter().zip(diff(&b, &a)) {
            let delta = there.delta.unwrap();
            prop_assert_eq!(delta, -back.delta.unwrap());
            let count = |side: &Option<crate::diff::CountSide>| side.as_ref().unwrap().count();
            prop_assert_eq!(delta, count(&there.new) - count(&there.base));
            let profile = there.profile.unwrap();
            prop_assert!(profile.is_exact);
            prop_assert_eq!(profile.unit, Some(there.measure.cost_unit()));
            let sum: f64 = profile.functions.iter().map(|f| f.delta_self.unwrap()).sum();
            if (m, n) == (1, 1) {
                // Whole numbers, to the last digit.
                prop_assert_eq!(sum, delta);
                prop_assert_eq!((profile.delta, profile.unexplained), (Some(delta), 0.0));
            } else {
                let size = count(&there.base) + count(&there.new);
                prop_assert!((sum - delta).abs() <= 1e-9 * size);
            }
            let opposite = back.profile.unwrap();
            for function in &profile.functions {
                // A function that was matched under another name goes by that one there.
                let name = function.matched.from.as_deref().unwrap_or(&function.name);
                let other = opposite.functions.iter().find(|f| *f.name == *name).unwrap();
                let (one, other) = (function.delta_self.unwrap(), other.delta_self.unwrap());
                prop_assert!((one + other).abs() <= 1e-9 * (one.abs() + other.abs()));
            }
        }
    }
}

/// `main` calls `f` and `g`; by run.
fn calls(f: &[u64], g: u64) -> (CountKind, Profile, u64, u32) {
    let samples: Vec<(&[&str], u32, Scope, u64)> = f
        .iter()
        .enumerate()
        .flat_map(|(run, &f)| {
            [(&["main", "f"][..], run as u32, BENCH, f), (&["main", "g"][..], run as u32, BENCH, g)]
        })
        .collect();
    let mut profile = profile(&samples);
    profile.weight = Weight::Instructions;
    profile.samples.iter_mut().for_each(|sample| sample.weight = sample.count);
    (CountKind::Instructions, profile, 1, f.len() as u32)
}

fn instructions(base: &[u64], new: &[u64]) -> CountDiff {
    diff(&loaded(vec![calls(base, 7)]), &loaded(vec![calls(new, 7)])).remove(0)
}

#[test]
fn one_in_a_billion_is_a_change() {
    let more = instructions(&[1_000_000_000_000], &[1_000_000_000_001]);
    assert_eq!((more.delta, more.verdict), (Some(1.0), Verdict::Slower));
    let profile = more.profile.unwrap();
    assert_eq!(verdict(&profile, "f"), Verdict::Slower);
    assert_eq!(verdict(&profile, "g"), Verdict::Unchanged);
    let fewer = instructions(&[1_000_000_000_001], &[1_000_000_000_000]);
    assert_eq!((fewer.delta, fewer.verdict), (Some(-1.0), Verdict::Faster));
}

#[test]
fn what_does_not_repeat_has_to_differ_by_more() {
    // Six apart, while one side's runs are ten apart.
    let noise = instructions(&[1000, 1010, 1003], &[1016, 1017, 1018]);
    assert_eq!(noise.verdict, Verdict::Inconclusive);
    assert_eq!(verdict(&noise.profile.unwrap(), "f"), Verdict::Inconclusive);
    let real = instructions(&[1000, 1010, 1003], &[1026, 1027, 1028]);
    assert_eq!(real.verdict, Verdict::Slower);
    assert_eq!(verdict(&real.profile.unwrap(), "f"), Verdict::Slower);
    // Equal means are no proof of being equal.
    let varied = instructions(&[1000, 1010], &[1000, 1010]);
    assert_eq!((varied.delta, varied.verdict), (Some(0.0), Verdict::Inconclusive));
    assert!((varied.base.unwrap().spread() - 10.0 / 1012.0).abs() < 1e-12);
}

#[test]
fn nothing_is_a_count_too() {
    let none = || {
        let profile = Profile { weight: Weight::AllocatedBytes, ..profile(&[]) };
        loaded(vec![(CountKind::Allocations, profile, 1, 1)])
    };
    let some = {
        let mut profile = profile(&[(&["main", "clone"][..], 0, BENCH, 1)]);
        profile.weight = Weight::AllocatedBytes;
        profile.samples[0].weight = 24;
        loaded(vec![(CountKind::Allocations, profile, 1, 1)])
    };
    for diff in diff(&none(), &none()) {
        assert_eq!((diff.delta, diff.verdict), (Some(0.0), Verdict::Unchanged));
    }
    let [blocks, bytes] = &diff(&none(), &some)[..] else { panic!("there are two measures") };
    for (diff, delta) in [(blocks, 1.0), (bytes, 24.0)] {
        assert_eq!((diff.delta, diff.verdict), (Some(delta), Verdict::Slower));
        assert_eq!(diff.ratio(), Some(f64::INFINITY));
        let profile = diff.profile.as_ref().unwrap();
        assert_eq!(verdict(profile, "clone"), Verdict::New);
        let changes: Vec<f64> = profile.functions.iter().map(|f| f.delta_self.unwrap()).collect();
        assert_eq!(changes, [delta, 0.0]);
        assert_eq!(profile.functions[1].delta_total, Some(delta));
    }
}

#[test]
fn kinds_are_never_mixed_and_missing_ones_are_told() {
    let one = loaded(vec![calls(&[5], 7)]);
    let mut other = of(&vec![(vec![0], true, 10, 1)], 1);
    other.counts.remove(&(id(0), CountKind::Instructions));
    other.capture.benchmarks[0].counts.remove(0);
    let comparison = compare(&one, &other, &Options::default());
    let counts = &comparison.benchmarks[0].counts;
    let sides: Vec<_> = counts
        .iter()
        .map(|diff| (diff.measure, diff.base.is_some(), diff.new.is_some(), diff.verdict))
        .collect();
    assert_eq!(
        sides,
        [
            (Weight::Instructions, true, false, Verdict::Vanished),
            (Weight::Allocations, false, true, Verdict::New),
            (Weight::AllocatedBytes, false, true, Verdict::New),
        ]
    );
    let notes: Vec<_> = comparison.notes.iter().filter(|note| note.check == "counts").collect();
    assert_eq!(notes.len(), 2, "{:?}", comparison.notes);
    assert!(notes.iter().all(|note| note.severity == Severity::Note));
}

#[test]
fn the_other_capture_may_have_counted_for_the_base() {
    let mut new = loaded(vec![calls(&[9], 7)]);
    new.capture.id = "01".into();
    let mut base = loaded(vec![]);
    let (kind, profile, iterations, runs) = calls(&[4], 7);
    new.capture.beside = Some(Beside {
        label: base.capture.label.clone(),
        id: base.capture.id.clone(),
        looks: 1,
        layouts: 1,
    });
    new.capture.benchmarks[0].beside = Some(BesideEntry {
        executable: None,
        timed: false,
        profile: None,
        counts: vec![summary(kind, &profile, iterations, runs)],
        failure: None,
    });
    new.counts_beside.insert((id(0), kind), profile);
    let there = diff(&base, &new).remove(0);
    assert_eq!((there.delta, there.verdict), (Some(5.0), Verdict::Slower));
    let back = diff(&new, &base).remove(0);
    assert_eq!((back.delta, back.verdict), (Some(-5.0), Verdict::Faster));
    // What the base counted itself comes first.
    let own = loaded(vec![calls(&[8], 7)]);
    (base.capture.benchmarks, base.counts) = (own.capture.benchmarks, own.counts);
    assert_eq!(diff(&base, &new).remove(0).delta, Some(1.0));
}

#[test]
fn the_same_program_did_not_change_whatever_was_counted() {
    let make = |f: u64, executable: &str| {
        let mut loaded = loaded(vec![calls(&[f], 7)]);
        loaded.capture.benchmarks[0].executable = Some(executable.into());
        loaded
    };
    let verdict = |a: &Loaded, b: &Loaded| diff(a, b).remove(0).verdict;
    assert_eq!(verdict(&make(1, "a"), &make(1, "a")), Verdict::Unchanged);
    assert_eq!(verdict(&make(1, "a"), &make(2, "a")), Verdict::Inconclusive);
    assert_eq!(verdict(&make(1, "a"), &make(2, "b")), Verdict::Slower);
}

#[test]
fn the_heap_is_a_resource() {
    let make = |bytes: u64| of(&vec![(vec![0], true, bytes, 1)], 1);
    let comparison = compare(&make(100), &make(200), &Options::default());
    let resources = &comparison.benchmarks[0].resources;
    assert_eq!(resources.len(), 1);
    let peak = &resources[0];
    assert_eq!((&*peak.name, peak.base, peak.new), ("peak heap", Some(50.0), Some(100.0)));
    assert_eq!(peak.verdict, Some(Verdict::Slower));
}

#[test]
fn times_and_counts_of_a_benchmark_stand_beside_each_other() {
    let make = |f: u64| {
        let mut side = side(vec![(Some(timing(&[100.0, 101.0, 102.0])), None)]);
        let counted = loaded(vec![calls(&[f], 7)]);
        side.capture.benchmarks[0].counts = counted.capture.benchmarks[0].counts.clone();
        side.counts = counted.counts;
        side
    };
    let comparison = compare(&make(5), &make(6), &Options::default());
    let benchmark = &comparison.benchmarks[0];
    assert_eq!(benchmark.timing.as_ref().unwrap().verdict, Verdict::Unchanged);
    assert_eq!(benchmark.counts[0].verdict, Verdict::Slower);
    assert!(benchmark.profile.is_none());
}
