//! Captures for tests.

use crate::model::{
    Batch, BenchmarkEntry, BenchmarkId, Beside, BesideEntry, Capture, Frame, Function, Harness,
    Health, Machine, Measurement, Mode, Profile, ProfileBuilder, ProfileSummary, RecorderInfo, Run,
    Sample, Scope, Settings, Timing, Toolchain, Weight,
};

use super::side::Loaded;

/// The `n`-th benchmark.
pub(super) fn id(n: usize) -> BenchmarkId {
    BenchmarkId { package: "p".into(), target: "b".into(), benchmark: format!("bench{n:03}") }
}

/// A capture without benchmarks.
pub(super) fn capture() -> Capture {
    Capture {
        label: "base".parse().unwrap(),
        id: "00".into(),
        time: "2026-11-20T00:00:00Z".into(),
        perfbase: "0.1.0".into(),
        commit: None,
        toolchain: Toolchain::default(),
        machine: Machine { cpu: "cpu".into(), cores: 4, ..Machine::default() },
        settings: Settings { runs: 3, ..Settings::default() },
        beside: None,
        counters: Vec::new(),
        recorder: Some(RecorderInfo {
            name: "perf".into(),
            version: "6".into(),
            event: "cpu-clock".into(),
            frequency_hz: 997.0,
            stacks: "frame pointers".into(),
        }),
        parities: Vec::new(),
        benchmarks: Vec::new(),
    }
}

/// Runs of one batch each, of that many ns per iteration.
pub(super) fn timing(times: &[f64]) -> Timing {
    let run = |&time: &f64| Run {
        measurement: Measurement::Batches {
            mode: Mode::Process,
            batches: vec![Batch { iterations: 1.0, nanoseconds: time }],
        },
        wall_ns: 0,
        resources: None,
        reference: None,
    };
    Timing { runs: times.iter().map(run).collect(), throughput: None }
}

/// A profile of samples: names outermost first, run, scope and count; each sample weighs 1000.
pub(super) fn profile(samples: &[(&[&str], u32, Scope, u64)]) -> Profile {
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    for &(path, run, scope, count) in samples {
        let mut stack = None;
        for name in path {
            let name = builder.string(name);
            let function =
                builder.function(Function { name, system_name: name, file: None, image: None });
            let frame = builder.frame(Frame { function, line: 0, inlined: false });
            stack = Some(builder.stack(stack, frame));
        }
        if let Some(stack) = stack {
            builder.sample(Sample { stack, run, scope, count, weight: 1000 * count });
        }
    }
    builder.finish()
}

/// A side with these benchmarks: times by run, and a profile with the times per iteration of its
/// runs.
#[expect(clippy::type_complexity, reason = "written out once")]
pub(super) fn side(
    benchmarks: Vec<(Option<Timing>, Option<(Profile, Vec<Option<f64>>)>)>,
) -> Loaded {
    let mut loaded = Loaded::new(capture());
    for (n, (timing, profile)) in benchmarks.into_iter().enumerate() {
        let summary = profile.as_ref().map(|(profile, iteration_ns)| ProfileSummary {
            weight: profile.weight,
            runs: profile.runs(),
            benchmark_weight: profile.total(Scope::Benchmark),
            harness_weight: profile.total(Scope::Harness),
            health: Health {
                samples: profile.samples.iter().map(|s| s.count).sum(),
                ..Health::default()
            },
            iteration_ns: iteration_ns.clone(),
        });
        loaded.capture.benchmarks.push(BenchmarkEntry {
            is_bound: None,
            recorder: None,
            id: id(n),
            harness: Harness::Criterion,
            folder: format!("bench{n}"),
            executable: None,
            timed: timing.is_some(),
            counts: Vec::new(),
            profile: summary,
            failure: None,
            beside: None,
        });
        loaded.timings.extend(timing.map(|timing| (id(n), timing)));
        loaded.profiles.extend(profile.map(|(profile, _)| (id(n), profile)));
    }
    loaded
}

/// Times, and a profile with the times per iteration of its runs.
type Data = (Option<Timing>, Option<(Profile, Vec<Option<f64>>)>);

/// Two captures, the new one made beside the base: `[base, new]` of each benchmark, measured in
/// turns. The base's own files hold nothing.
pub(super) fn in_turns(benchmarks: Vec<[Data; 2]>) -> [Loaded; 2] {
    let (of_base, of_new): (Vec<Data>, Vec<Data>) =
        benchmarks.into_iter().map(|[base, new]| (base, new)).unzip();
    let arm = side(of_base);
    let mut new = side(of_new);
    new.capture.id = "01".into();
    new.capture.label = "new".parse().unwrap();
    new.capture.beside = Some(Beside {
        label: arm.capture.label.clone(),
        id: arm.capture.id.clone(),
        looks: 1,
        layouts: 1,
    });
    let mut base = Loaded::new(arm.capture.clone());
    for (entry, of_arm) in new.capture.benchmarks.iter_mut().zip(&arm.capture.benchmarks) {
        entry.beside = Some(BesideEntry {
            executable: of_arm.executable.clone(),
            timed: of_arm.timed,
            counts: of_arm.counts.clone(),
            profile: of_arm.profile.clone(),
            failure: None,
        });
    }
    for entry in &mut base.capture.benchmarks {
        entry.profile = None;
    }
    new.timings_beside = arm.timings;
    new.profiles_beside = arm.profiles;
    [base, new]
}
