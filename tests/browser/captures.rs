//! Captures, written as the store has them.

use std::path::Path;

use perfbase::model::{
    Batch, BenchmarkEntry, BenchmarkId, Beside, BesideEntry, Capture, Commit, Harness, Health,
    Machine, Measurement, Mode, Profile, ProfileSummary, RecorderInfo, Run, Scope, Settings,
    Timing, Toolchain,
};
use perfbase::store::pprof::Meta;
use perfbase::store::{self, Arm, Store, folder_of};

use crate::synthetic::{Random, synthetic};

pub(crate) fn id(benchmark: &str) -> BenchmarkId {
    BenchmarkId { package: "jsonette".into(), target: "codec".into(), benchmark: benchmark.into() }
}

/// A capture of nothing yet.
pub(crate) fn capture(label: &str, number: u64) -> Capture {
    Capture {
        label: label.parse().unwrap(),
        id: format!("{:016x}", number + 1),
        time: format!("2026-11-20T21:{:02}:11Z", 4 + 7 * number),
        perfbase: "0.1.0".into(),
        commit: Some(Commit { hash: format!("{}", 2_890_398 + number).repeat(5), dirty: false }),
        toolchain: Toolchain {
            rustc: "rustc 1.95.0 (59807616e 2026-04-14)".into(),
            target: "x86_64-unknown-linux-gnu".into(),
        },
        machine: Machine {
            cpu: "AMD EPYC 7B13".into(),
            cores: 4,
            memory_bytes: 16 << 30,
            os: "linux".into(),
            kernel: "6.12.41".into(),
            ..Machine::default()
        },
        settings: Settings { profile: "bench".into(), runs: 10, ..Settings::default() },
        recorder: Some(RecorderInfo {
            name: "perf".into(),
            version: "6.12".into(),
            event: "cpu-clock".into(),
            frequency_hz: 997.0,
            stacks: "stack copies of 16384 bytes".into(),
        }),
        counters: Vec::new(),
        parities: Vec::new(),
        beside: None,
        benchmarks: Vec::new(),
    }
}

/// A benchmark's entry; `cost` is the time per iteration while it was profiled.
pub(crate) fn entry(
    id: &BenchmarkId,
    side: u64,
    profile: Option<(&Profile, f64)>,
) -> BenchmarkEntry {
    BenchmarkEntry {
        folder: folder_of(id),
        id: id.clone(),
        harness: Harness::Criterion,
        executable: Some(format!("{:064x}", side + 1)),
        timed: true,
        is_bound: None,
        recorder: None,
        profile: profile.map(|(profile, cost)| summary(profile, cost)),
        counts: Vec::new(),
        failure: None,
        beside: None,
    }
}

fn summary(profile: &Profile, cost: f64) -> ProfileSummary {
    ProfileSummary {
        weight: profile.weight,
        runs: profile.runs(),
        benchmark_weight: profile.total(Scope::Benchmark),
        harness_weight: 0,
        health: Health {
            samples: profile.samples.iter().map(|sample| sample.count).sum(),
            ..Health::default()
        },
        iteration_ns: (0..profile.runs())
            .map(|run| Some(cost * (1.0 + 0.002 * f64::from(run % 3))))
            .collect(),
    }
}

/// What makes the second capture one that was measured in turns with the first.
pub(crate) fn put_beside(new: &mut Capture, base: &Capture) {
    new.beside =
        Some(Beside { label: base.label.clone(), id: base.id.clone(), looks: 1, layouts: 1 });
    for entry in &mut new.benchmarks {
        let of_base = base.benchmarks.iter().find(|one| one.id == entry.id);
        entry.beside = of_base.filter(|one| one.timed).map(|one| BesideEntry {
            executable: one.executable.clone(),
            timed: one.timed,
            profile: one.profile.clone(),
            counts: Vec::new(),
            failure: None,
        });
    }
}

/// Runs around `time` ns. Both sides of a pair are slowed by the same disturbance, given by `seed`.
pub(crate) fn timing(time: f64, runs: u64, seed: u64) -> Timing {
    let run = |number: u64| {
        let mut shared = Random::new(seed * 1000 + number);
        let slow = 1.0 + 0.04 * (shared.below(1000) as f64 / 1000.0).powi(3);
        let mut own = Random::new((time * 8.0) as u64 ^ (seed * 77 + number));
        let slow = slow * (1.0 + 0.006 * (own.below(1000) as f64 / 1000.0 - 0.5));
        let batches = (1..=40_u32)
            .map(|batch| {
                let noise = 1.0
                    + 0.03 * (own.below(1000) as f64 / 1000.0).powi(4)
                    + 0.004 * (own.below(1000) as f64 / 1000.0);
                let iterations = f64::from(batch * 10);
                Batch { iterations, nanoseconds: iterations * time * slow * noise }
            })
            .collect();
        let measurement = Measurement::Batches { mode: Mode::Linear, batches };
        Run { measurement, wall_ns: 150_000_000, resources: None, reference: None }
    };
    Timing { runs: (0..runs).map(run).collect(), throughput: None }
}

/// Two captures of one benchmark with so many distinct stacks.
pub(crate) fn large(folder: &Path, stacks: usize) {
    let store = Store::open(folder).unwrap();
    let id = id("large");
    for (side, label) in [(0, "before"), (1, "after")] {
        let profile = synthetic(stacks, side);
        let mut capture = capture(label, side);
        let time = 1_000_000.0 * (1.0 + 0.1 * side as f64);
        capture.benchmarks.push(entry(&id, side, Some((&profile, time))));
        let mut staging = store.begin(&capture.label, store::Mode::New).unwrap();
        staging.write_profile(&id, Arm::Own, &profile, &Meta::default()).unwrap();
        staging.write_timing(&id, Arm::Own, &timing(time, 10, side)).unwrap();
        staging.commit(&capture).unwrap();
    }
}
