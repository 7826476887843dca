//! perfbase's own work on a profile of ordinary size, stage by stage.

#![expect(missing_docs, reason = "criterion_group! makes a public function")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use perfbase::diff::{self, Loaded};
use perfbase::matching::{Hints, match_functions};
use perfbase::model::{
    Batch, BenchmarkEntry, BenchmarkId, Beside, BesideEntry, Capture, Frame, Function, Harness,
    Health, Machine, Measurement, Mode, Profile, ProfileBuilder, ProfileSummary, Run, Sample,
    Scope, Settings, Timing, Toolchain, Weight,
};
use perfbase::normalize::{self, Roots};
use perfbase::render::flamegraph::{FlamegraphOptions, flamegraph};
use perfbase::stats::Random;
use perfbase::store::pprof::{self, Meta};

/// Distinct stacks of the profile: what a criterion benchmark of some depth has in three runs.
const STACKS: usize = 5_000;

/// A profile of random walks over 400 functions, with the names that a symbolizer gives.
fn profile(seed: u64) -> Profile {
    let mut random = Random::new(seed);
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    let frames: Vec<_> = (0..400)
        .map(|number| {
            let module = number % 20;
            let name = format!("service::module_{module}::function_{number}");
            let mangled =
                format!("_ZN7service9module_{module}12function_{number}17h0123456789abcdefE");
            let function = Function {
                name: builder.string(&name),
                system_name: builder.string(&mangled),
                file: Some(builder.string(&format!("/build/service/src/module_{module}.rs"))),
                image: Some(builder.string("service")),
            };
            let function = builder.function(function);
            builder.frame(Frame { function, line: number, inlined: number % 3 == 0 })
        })
        .collect();
    for number in 0..STACKS {
        let depth = 5 + random.below(30);
        let mut stack = None;
        for level in 0..depth {
            // Few choices near the root, many near the leaf, as in programs.
            let choices = (2 + level * level).min(frames.len());
            stack = Some(builder.stack(stack, frames[random.below(choices)]));
        }
        let stack = stack.expect("a stack has five frames at least");
        let run = (number % 3) as u32;
        builder.sample(Sample { stack, run, scope: Scope::Benchmark, count: 1, weight: 1_003_009 });
    }
    builder.finish()
}

fn stages(criterion: &mut Criterion) {
    let made = profile(1);
    let bytes = pprof::encode(&made, &Meta::default()).expect("it is small");

    let mut group = criterion.benchmark_group("pprof");
    group.throughput(Throughput::Elements(STACKS as u64));
    group.bench_function("encode", |bencher| {
        bencher.iter(|| pprof::encode(black_box(&made), &Meta::default()));
    });
    group.bench_function("decode", |bencher| bencher.iter(|| pprof::decode(black_box(&bytes))));
    group.finish();

    criterion.bench_function("normalize", |bencher| {
        let roots = Roots::default();
        bencher.iter_batched(
            || made.clone(),
            |profile| normalize::normalize(&profile, Harness::Process, &roots),
            BatchSize::LargeInput,
        );
    });
    criterion.bench_function("flamegraph", |bencher| {
        let options = FlamegraphOptions::new("service", Some(("ns", 1e6)));
        bencher.iter(|| flamegraph(black_box(&made), &options));
    });
}

/// A capture of twenty benchmarks, each with a profile of 20,000 functions in six runs.
fn capture(id: &str, seed: u64) -> Loaded {
    let mut random = Random::new(seed);
    let mut loaded = Loaded::new(Capture {
        counters: Vec::new(),
        label: "label".parse().expect("it is a label"),
        id: id.into(),
        time: String::new(),
        perfbase: String::new(),
        commit: None,
        toolchain: Toolchain::default(),
        machine: Machine::default(),
        settings: Settings::default(),
        beside: None,
        recorder: None,
        parities: Vec::new(),
        benchmarks: Vec::new(),
    });
    for number in 0..20 {
        let id = BenchmarkId {
            package: "p".into(),
            target: "t".into(),
            benchmark: format!("b{number:02}"),
        };
        let mut builder = ProfileBuilder::new(Weight::CpuTime);
        for function in 0..20_000_u32 {
            let name = builder.string(&format!("krate::module_{}::f_{function}", function % 200));
            let function = Function { name, system_name: name, file: None, image: None };
            let function = builder.function(function);
            let frame = builder.frame(Frame { function, line: 0, inlined: false });
            let stack = builder.stack(None, frame);
            for run in 0..6 {
                let count = 1 + random.below(3) as u64;
                let weight = 1_003_009 * count;
                builder.sample(Sample { stack, run, scope: Scope::Benchmark, count, weight });
            }
        }
        let mut times = |runs: usize| -> Vec<f64> {
            (0..runs).map(|_| 1e6 * (0.01 * random.normal()).exp()).collect()
        };
        let run = |nanoseconds: f64| Run {
            measurement: Measurement::Batches {
                mode: Mode::Process,
                batches: vec![Batch { iterations: 1.0, nanoseconds }],
            },
            wall_ns: 0,
            resources: None,
            reference: None,
        };
        let summary = ProfileSummary {
            weight: Weight::CpuTime,
            runs: 6,
            benchmark_weight: 1,
            harness_weight: 0,
            health: Health::default(),
            iteration_ns: times(6).into_iter().map(Some).collect(),
        };
        let timing = Timing { runs: times(32).into_iter().map(run).collect(), throughput: None };
        loaded.capture.benchmarks.push(BenchmarkEntry {
            is_bound: None,
            recorder: None,
            counts: Vec::new(),
            id: id.clone(),
            harness: Harness::Criterion,
            folder: String::new(),
            executable: None,
            timed: true,
            profile: Some(summary),
            failure: None,
            beside: None,
        });
        loaded.timings.insert(id.clone(), timing);
        loaded.profiles.insert(id, builder.finish());
    }
    loaded
}

fn comparison(criterion: &mut Criterion) {
    let (base, mut new) = (capture("a", 1), capture("b", 2));
    let options = diff::Options::default();
    let mut group = criterion.benchmark_group("compare");
    group.sample_size(10);
    group.bench_function("stored", |bencher| bencher.iter(|| diff::compare(&base, &new, &options)));
    new.timings_beside.clone_from(&base.timings);
    new.profiles_beside.clone_from(&base.profiles);
    new.capture.beside =
        Some(Beside { label: base.capture.label.clone(), id: "a".into(), looks: 1, layouts: 1 });
    for (entry, of_base) in new.capture.benchmarks.iter_mut().zip(&base.capture.benchmarks) {
        entry.beside = Some(BesideEntry {
            counts: Vec::new(),
            executable: None,
            timed: true,
            profile: of_base.profile.clone(),
            failure: None,
        });
    }
    group.bench_function("paired", |bencher| bencher.iter(|| diff::compare(&base, &new, &options)));
    group.finish();
}

/// A profile of 20,000 functions in 400 modules, `moved` of which go by another name; functions of
/// theirs, one in ten, have a new name themselves.
fn large(moved: usize) -> Profile {
    const FUNCTIONS: usize = 20_000;
    let mut random = Random::new(7);
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    let frames: Vec<_> = (0..FUNCTIONS)
        .map(|number| {
            let module = number % 400;
            let (place, word) = match module < moved {
                true if number % 10 == 0 => ("new", "operation"),
                true => ("new", "function"),
                false => ("old", "function"),
            };
            let name = builder.string(&format!("service::{place}_{module}::{word}_{number}"));
            let function = Function { name, system_name: name, file: None, image: None };
            let function = builder.function(function);
            builder.frame(Frame { function, line: 0, inlined: false })
        })
        .collect();
    for number in 0..2 * FUNCTIONS {
        let mut stack = None;
        for level in 0..4 + random.below(8) {
            let choices = (2 + 4 * level * level * level).min(frames.len());
            stack = Some(builder.stack(stack, frames[random.below(choices)]));
        }
        // Each function is at the top of two stacks.
        stack = Some(builder.stack(stack, frames[number % FUNCTIONS]));
        let stack = stack.expect("it has a frame");
        builder.sample(Sample { stack, run: 0, scope: Scope::Benchmark, count: 1, weight: 1 });
    }
    builder.finish()
}

fn matching(criterion: &mut Criterion) {
    let base = large(0);
    let mut group = criterion.benchmark_group("matching");
    group.sample_size(10);
    for (name, moved) in [("same names", 0), ("a tenth moved", 40), ("all moved", 400)] {
        let new = large(moved);
        group.bench_function(name, |bencher| {
            let hints = Hints::default();
            bencher.iter(|| match_functions([black_box(&base), &new], [1.0, 1.0], &hints));
        });
    }
    group.finish();
}

criterion_group!(benches, stages, matching, comparison);
criterion_main!(benches);
