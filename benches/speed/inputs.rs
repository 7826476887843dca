//! What is measured with: recordings and captures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use perfbase::diff::Loaded;
use perfbase::model::{
    Batch, BenchmarkEntry, BenchmarkId, Capture, Harness, Health, Machine, Measurement, Mode,
    Profile, ProfileSummary, Run, Scope, Settings, Timing, Toolchain,
};
use perfbase::store::pprof::Meta;
use perfbase::store::{self, Arm, Store, folder_of};

use crate::profiles::{Random, folded, synthetic};
use crate::{Result, busy};

/// Records this executable at work, with copies of 16 KiB of its stacks.
pub(crate) fn record(
    folder: &Path,
    name: &str,
    frequency_hz: u32,
    seconds: f64,
    threads: u32,
) -> Result<PathBuf> {
    let file = folder.join(name);
    let output = Command::new("perf")
        .args(["record", "-e", "cpu-clock", "--call-graph", "dwarf,16384"])
        .args(["-F", &frequency_hz.to_string(), "-o"])
        .arg(&file)
        .arg("--")
        .arg(std::env::current_exe()?)
        .args([busy::ARGUMENT, &seconds.to_string(), &threads.to_string()])
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err(format!("perf: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(file)
}

/// A profile as the one benchmark of a capture in memory.
pub(crate) fn loaded(profile: Profile) -> Loaded {
    let capture = capture("busy", 0, &[&profile]);
    let id = capture.benchmarks[0].id.clone();
    Loaded { profiles: BTreeMap::from([(id, profile)]), ..Loaded::new(capture) }
}

/// Makes this executable write the two sides of a diff; folder and number of stacks follow.
pub(crate) const ARGUMENT: &str = "--make-sides";

/// Two captures, `a` and `b`, of one benchmark with so many distinct stacks, and the same as
/// `a.folded` and `b.folded`. Made by another process: what the measuring process once held, the
/// system counts as resident in the processes that it starts.
pub(crate) fn sides(folder: &Path, stacks: usize) -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    let status = command.arg(ARGUMENT).arg(folder).arg(stacks.to_string()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

pub(crate) fn make_sides(arguments: &[String]) -> Result<()> {
    let [folder, stacks] = arguments else { return Err("folder and stacks are due".into()) };
    let (folder, stacks) = (Path::new(folder), stacks.parse()?);
    let store = Store::open(&folder.join("profiles"))?;
    for (side, label) in [(0, "a"), (1, "b")] {
        let profile = synthetic(stacks, side);
        let capture = capture(label, side, &[&profile]);
        let mut staging = store.begin(&capture.label, store::Mode::New)?;
        staging.write_profile(&capture.benchmarks[0].id, Arm::Own, &profile, &Meta::default())?;
        staging.commit(&capture)?;
        std::fs::write(folder.join(format!("{label}.folded")), folded(&profile))?;
    }
    Ok(())
}

/// Captures with timings and profiles of 20 benchmarks each.
pub(crate) fn captures(folder: &Path, count: u64) -> Result<()> {
    let store = Store::open(&folder.join("profiles"))?;
    let profile = synthetic(50, 0);
    for number in 0..count {
        let mut capture = capture(&format!("capture-{number:02}"), number, &[&profile; 20]);
        let mut staging = store.begin(&capture.label, store::Mode::New)?;
        for entry in &mut capture.benchmarks {
            entry.timed = true;
            staging.write_timing(&entry.id, Arm::Own, &timing(number))?;
            staging.write_profile(&entry.id, Arm::Own, &profile, &Meta::default())?;
        }
        staging.commit(&capture)?;
    }
    Ok(())
}

/// Five runs of 100 batches.
fn timing(seed: u64) -> Timing {
    let mut random = Random::new(seed);
    let mut batch = |iterations: u32| Batch {
        iterations: iterations.into(),
        nanoseconds: f64::from(iterations) * (1000.0 + random.below(100) as f64),
    };
    let mut run = || Run {
        measurement: Measurement::Batches {
            mode: Mode::Linear,
            batches: (1..=100).map(&mut batch).collect(),
        },
        wall_ns: 1_000_000_000,
        resources: None,
        reference: None,
    };
    Timing { runs: (0..5).map(|_| run()).collect(), throughput: None }
}

/// The index of a capture of one benchmark for each profile.
fn capture(label: &str, number: u64, profiles: &[&Profile]) -> Capture {
    let entry = |(index, profile): (usize, &&Profile)| {
        let id = BenchmarkId {
            package: "synthetic".to_owned(),
            target: "speed".to_owned(),
            benchmark: format!("benchmark_{index:02}"),
        };
        let runs = profile.runs();
        BenchmarkEntry {
            is_bound: None,
            recorder: None,
            folder: folder_of(&id),
            id,
            harness: Harness::Criterion,
            executable: Some(format!("{number:064x}")),
            timed: false,
            profile: Some(ProfileSummary {
                weight: profile.weight,
                runs,
                benchmark_weight: profile.total(Scope::Benchmark),
                harness_weight: 0,
                health: Health::default(),
                iteration_ns: (0..runs).map(|run| Some(1000.0 + f64::from(run))).collect(),
            }),
            counts: Vec::new(),
            failure: None,
            beside: None,
        }
    };
    Capture {
        label: label.parse().expect("labels of this benchmark are valid"),
        id: format!("{:016x}", number + 1),
        time: format!("2026-01-01T00:00:{:02}Z", number % 60),
        perfbase: env!("CARGO_PKG_VERSION").to_owned(),
        commit: None,
        toolchain: Toolchain { rustc: "rustc".to_owned(), target: "target".to_owned() },
        machine: Machine::default(),
        settings: Settings { runs: 3, ..Settings::default() },
        recorder: None,
        counters: Vec::new(),
        parities: Vec::new(),
        beside: None,
        benchmarks: profiles.iter().enumerate().map(entry).collect(),
    }
}
