//! The program, built and profiled in one of its variants.

use std::path::Path;
use std::process::Command;

use perfbase::diff::Loaded;
use perfbase::model::{
    Batch, BenchmarkEntry, BenchmarkId, Capture, Harness, Machine, Measurement, Mode,
    ProfileBuilder, ProfileSummary, Run, Scope, Settings, Timing, Toolchain, Weight,
};
use perfbase::normalize::{Roots, normalize};
use perfbase::objects::Objects;
use perfbase::symbolize::Symbolizer;

use crate::steps::record;

/// The benchmark's id.
pub(crate) fn id() -> BenchmarkId {
    BenchmarkId { package: "app".into(), target: "bin-app".into(), benchmark: "app".into() }
}

/// Builds the program with these `--cfg`s and profiles it: as a capture of three runs, which are
/// all the same.
pub(crate) fn capture(cfgs: &[&str]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path(), "parts", cfgs);
    build(folder.path(), "main", cfgs);
    let executable = folder.path().join("app");
    let recording = record(&executable);
    let objects = Objects::new();
    let mut symbolizer = Symbolizer::new(&objects);
    let mut builder = ProfileBuilder::new(Weight::Instructions);
    for run in 0..3 {
        let health = symbolizer.append(&recording, run, "app", &mut builder);
        assert_eq!(health.unknown, 0);
    }
    let roots = Roots::default();
    let (profile, _) = normalize(&builder.finish(), Harness::Process, &roots);
    let health = recording.health;
    let summary = ProfileSummary {
        weight: Weight::Instructions,
        runs: 3,
        benchmark_weight: profile.total(Scope::Benchmark),
        harness_weight: profile.total(Scope::Harness),
        health,
        iteration_ns: vec![None; 3],
    };
    let mut loaded = Loaded::new(Capture {
        label: "truth".parse().unwrap(),
        id: cfgs.join("-"),
        time: "2026-11-20T00:00:00Z".into(),
        perfbase: "0".into(),
        commit: None,
        toolchain: Toolchain::default(),
        machine: Machine::default(),
        settings: Settings::default(),
        beside: None,
        counters: Vec::new(),
        recorder: None,
        parities: Vec::new(),
        benchmarks: vec![BenchmarkEntry {
            is_bound: None,
            recorder: None,
            id: id(),
            harness: Harness::Process,
            folder: String::new(),
            executable: None,
            timed: true,
            counts: Vec::new(),
            profile: Some(summary),
            failure: None,
            beside: None,
        }],
    });
    // A time for each instruction: what timed runs say, functions may say too.
    let nanoseconds = profile.total(Scope::Benchmark) as f64;
    let batches = vec![Batch { iterations: 1.0, nanoseconds }];
    let measurement = Measurement::Batches { mode: Mode::Process, batches };
    let run = Run { measurement, wall_ns: 0, resources: None, reference: None };
    loaded.timings.insert(id(), Timing { runs: vec![run; 5], throughput: None });
    loaded.profiles.insert(id(), profile);
    loaded
}

fn build(folder: &Path, source: &str, cfgs: &[&str]) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/refactor");
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command.current_dir(folder).arg(fixtures.join(format!("{source}.rs")));
    command.args(["--edition=2024", "-Copt-level=2", "-Cdebuginfo=1", "-Ccodegen-units=1"]);
    command.args(["-Cforce-frame-pointers=yes", "-Cdebuginfo=limited", "-L.", "-Awarnings"]);
    if source == "main" {
        command.args(["--crate-name=app", "--extern=parts"]);
    }
    for cfg in cfgs {
        command.arg("--cfg").arg(cfg);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
