//! Captures with figures whose intervals are known.

use crate::config::{self, Config};
use crate::diff::{self, Loaded};
use crate::gate::{self, Judged, Options, Verdict};
use crate::model::{
    Batch, BenchmarkEntry, BenchmarkId, Beside, BesideEntry, Capture, Failure, Frame, Function,
    Harness, Health, Label, Machine, Measurement, Mode, ProfileBuilder, ProfileSummary, Run,
    Sample, Scope, Settings, Timing, Toolchain, Weight,
};

pub(super) fn id(name: &str) -> BenchmarkId {
    BenchmarkId { package: "p".into(), target: "t".into(), benchmark: name.into() }
}

pub(super) fn rules(text: &str) -> Config {
    config::parse("perfbase.toml", text).unwrap()
}

pub(super) fn capture(label: &str) -> Loaded {
    Loaded::new(Capture {
        label: label.parse::<Label>().unwrap(),
        id: label.into(),
        time: "2026-01-01T00:00:00Z".into(),
        perfbase: "0.1.0".into(),
        commit: None,
        toolchain: Toolchain::default(),
        machine: Machine { cpu: "CPU".into(), cores: 4, ..Machine::default() },
        settings: Settings::default(),
        recorder: None,
        counters: Vec::new(),
        beside: None,
        benchmarks: Vec::new(),
        parities: Vec::new(),
    })
}

/// Adds an entry without anything.
pub(super) fn entry<'a>(loaded: &'a mut Loaded, name: &str) -> &'a mut BenchmarkEntry {
    let all = &mut loaded.capture.benchmarks;
    let at = all.iter().position(|one| one.id == id(name)).unwrap_or_else(|| {
        all.push(BenchmarkEntry {
            id: id(name),
            harness: Harness::Criterion,
            folder: name.into(),
            executable: None,
            timed: false,
            is_bound: None,
            recorder: None,
            profile: None,
            counts: Vec::new(),
            failure: None,
            beside: None,
        });
        all.len() - 1
    });
    &mut all[at]
}

/// Runs of one time each, in ms.
pub(super) fn timing(ms: &[f64]) -> Timing {
    let run = |ms: &f64| Run {
        measurement: Measurement::Batches {
            mode: Mode::Flat,
            batches: vec![Batch { iterations: 1.0, nanoseconds: ms * 1e6 }; 10],
        },
        wall_ns: 1_000_000_000,
        resources: None,
        reference: None,
    };
    Timing { runs: ms.iter().map(run).collect(), throughput: None }
}

/// Four runs with this median, whose logarithms have a standard deviation of 2 %: the standard error
/// of the mean is 1 %, with three degrees of freedom.
pub(super) fn around(ms: f64) -> Vec<f64> {
    let step = 0.02 * 1.5_f64.sqrt();
    [-1.0, 0.0, 1.0, 0.0].map(|sign| ms * f64::exp(sign * step)).to_vec()
}

/// Adds times in ms.
pub(super) fn time(loaded: &mut Loaded, name: &str, ms: &[f64]) {
    entry(loaded, name).timed = true;
    loaded.timings.insert(id(name), timing(ms));
}

/// Two captures of these benchmarks measured in turns: `(name, base, new)`, in ms.
pub(super) fn in_turns(benchmarks: &[(&str, &[f64], &[f64])]) -> [Loaded; 2] {
    let (mut base, mut new) = (capture("base"), capture("new"));
    new.capture.beside =
        Some(Beside { label: base.capture.label.clone(), id: "base".into(), looks: 1, layouts: 1 });
    for (name, before, now) in benchmarks {
        time(&mut base, name, before);
        time(&mut new, name, now);
        new.timings_beside.insert(id(name), timing(before));
        entry(&mut new, name).beside = Some(BesideEntry {
            executable: None,
            timed: true,
            profile: None,
            counts: Vec::new(),
            failure: None,
        });
    }
    [base, new]
}

pub(super) fn failure() -> Failure {
    Failure { stage: "trial run".into(), status: "SIGABRT".into(), output: String::new() }
}

/// Adds one run's profile, with so many samples of 1 ms of functions below `main`, at 100 ms an
/// iteration.
pub(super) fn profile(loaded: &mut Loaded, name: &str, functions: &[(&str, u64)]) {
    let paths: Vec<(&[&str], u64)> =
        functions.iter().map(|(name, count)| (std::slice::from_ref(name), *count)).collect();
    profile_of_paths(loaded, name, &paths);
}

/// The same of several functions below `main` that call each other.
pub(super) fn profile_of_paths(loaded: &mut Loaded, name: &str, paths: &[(&[&str], u64)]) {
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    for (path, count) in paths {
        let mut stack = None;
        for name in ["app::main"].iter().chain(*path) {
            let name = builder.string(name);
            let function =
                builder.function(Function { name, system_name: name, file: None, image: None });
            let frame = builder.frame(Frame { function, line: 0, inlined: false });
            stack = Some(builder.stack(stack, frame));
        }
        let stack = stack.unwrap();
        let (scope, weight) = (Scope::Benchmark, count * 1_000_000);
        builder.sample(Sample { stack, run: 0, scope, count: *count, weight });
    }
    let profile = builder.finish();
    entry(loaded, name).profile = Some(ProfileSummary {
        weight: Weight::CpuTime,
        runs: 1,
        benchmark_weight: profile.total(Scope::Benchmark),
        harness_weight: 0,
        health: Health { samples: paths.iter().map(|(_, count)| count).sum(), ..Health::default() },
        iteration_ns: vec![Some(100e6)],
    });
    loaded.profiles.insert(id(name), profile);
}

pub(super) fn judge(config: &Config, base: &Loaded, new: &Loaded) -> Verdict {
    let diff = diff::Options { categories: config.categories.clone(), ..Default::default() };
    let comparison = diff::compare(base, new, &diff);
    let options = Options { diff, ..Options::default() };
    gate::judge(config, &comparison, [base, new], &options)
}

pub(super) fn check(config: &Config, loaded: &Loaded) -> Verdict {
    let diff = diff::Options { categories: config.categories.clone(), ..Default::default() };
    gate::check(config, loaded, &Options { diff, ..Options::default() })
}

/// What the only rule of a text comes to on the only benchmark that it is about.
pub(super) fn one(verdict: Verdict) -> Judged {
    let [one] = <[Judged; 1]>::try_from(verdict.judged).unwrap();
    one
}

/// Equal to five digits.
#[track_caller]
pub(super) fn close(found: Option<(f64, f64)>, expected: (f64, f64)) {
    let (low, high) = found.unwrap();
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-5 * b.abs().max(1e-3);
    assert!(near(low, expected.0) && near(high, expected.1), "{found:?} for {expected:?}");
}
