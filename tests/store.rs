//! The store from outside: stored formats of every version, other tools' view of our profiles,
//! and a disk that is really full.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use perfbase::model::{
    BenchmarkEntry, BenchmarkId, Capture, CountKind, Event, Frame, FrameId, Function, Handle,
    Harness, Health, Label, Machine, Measurement, Mode as Batches, Profile, ProfileBuilder,
    ProfileSummary, Sample, Scope, Settings, Toolchain, Weight,
};
use perfbase::store::pprof::{Meta, decode};
use perfbase::store::{Arm, Mode, Part, Store, StoreError, StoredCapture, folder_of};

fn id(benchmark: &str) -> BenchmarkId {
    BenchmarkId { package: "demo".into(), target: "parsing".into(), benchmark: benchmark.into() }
}

/// A frame of the executable `parsing-bench`.
fn frame(builder: &mut ProfileBuilder, name: &str, line: u32, inlined: bool) -> FrameId {
    let system_name = builder.string(&format!("_R{}", name.replace("::", "_")));
    let name = builder.string(name);
    let file = Some(builder.string("src/lib.rs"));
    let image = Some(builder.string("parsing-bench"));
    let function = builder.function(Function { name, system_name, file, image });
    builder.frame(Frame { function, line, inlined })
}

/// 70 ms in `lex`, inlined into `parse`; 20 ms in `parse` itself; 10 ms in the harness.
fn profile() -> Profile {
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    let main = frame(&mut builder, "parsing::main", 3, false);
    let parse = frame(&mut builder, "demo::parse", 20, false);
    let lex = frame(&mut builder, "demo::lex", 40, true);
    let report = frame(&mut builder, "criterion::report", 5, false);
    let main = builder.stack(None, main);
    let parse = builder.stack(Some(main), parse);
    let lex = builder.stack(Some(parse), lex);
    let report = builder.stack(Some(main), report);
    for (stack, run, scope, count) in [
        (lex, 0, Scope::Benchmark, 30),
        (lex, 1, Scope::Benchmark, 40),
        (parse, 1, Scope::Benchmark, 20),
        (report, 0, Scope::Harness, 10),
    ] {
        builder.sample(Sample { stack, run, scope, count, weight: count * 1_000_000 });
    }
    builder.finish()
}

fn capture(label: &Label) -> Capture {
    let summary = ProfileSummary {
        weight: Weight::CpuTime,
        runs: 2,
        benchmark_weight: 90_000_000,
        harness_weight: 10_000_000,
        health: Health { samples: 100, ..Health::default() },
        iteration_ns: vec![None, None],
    };
    Capture {
        label: label.clone(),
        id: "00c0ffee".into(),
        time: "2026-11-20T12:00:00Z".into(),
        perfbase: "0.1.0".into(),
        commit: None,
        toolchain: Toolchain::default(),
        machine: Machine::default(),
        settings: Settings::default(),
        counters: Vec::new(),
        recorder: None,
        beside: None,
        parities: Vec::new(),
        benchmarks: vec![BenchmarkEntry {
            is_bound: None,
            recorder: None,
            id: id("json/1024"),
            harness: Harness::Criterion,
            folder: folder_of(&id("json/1024")),
            executable: None,
            timed: false,
            counts: Vec::new(),
            profile: Some(summary),
            failure: None,
            beside: None,
        }],
    }
}

fn store(store: &Store, label: &str, svg: &str) -> Result<StoredCapture, StoreError> {
    let label: Label = label.parse().unwrap();
    let mut staging = store.begin(&label, Mode::New)?;
    let meta = Meta { period: 1_000_000, ..Meta::default() };
    staging.write_profile(&id("json/1024"), Arm::Own, &profile(), &meta)?;
    staging.write_flamegraph(&id("json/1024"), svg)?;
    staging.commit(&capture(&label))
}

/// Says that something was not tested; fails where all tools are to be there.
fn skip(why: &str) {
    assert!(std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_none(), "{why}");
    show(&format!("SKIPPED: {why}"));
}

/// Writes to stderr itself, which the test harness does not capture.
fn show(line: &str) {
    let _shown = writeln!(std::io::stderr(), "{line}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn golden(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden").join(version)
}

/// What `fixtures/counted` counts: one multiplication and one string more than its base, whose
/// executable was counted beside it.
#[test]
fn counts_of_version_one_are_read() {
    let profiles = Store::open(&golden("v1")).unwrap();
    let stored = profiles.read(&"counts".parse().unwrap()).unwrap();
    let [entry] = &stored.capture().benchmarks[..] else { panic!("one benchmark") };
    let beside = entry.beside.as_ref().unwrap();
    let events = [Event::Bc, Event::Bcm, Event::Bi, Event::Bim].map(CountKind::Event);
    let expected: Vec<CountKind> = CountKind::PLAIN.into_iter().chain(events).collect();
    let weights = [[8657, 24, 1097, 16, 14, 11], [9998, 36, 1147, 18, 21, 13]];
    for (arm, counts, weights) in
        [(Arm::Base, &beside.counts, weights[0]), (Arm::Own, &entry.counts, weights[1])]
    {
        let kinds: Vec<CountKind> = counts.iter().map(|count| count.kind).collect();
        assert_eq!(kinds, expected);
        for (count, weight) in counts.iter().zip(weights) {
            assert_eq!((count.iterations, count.is_repeatable), (1, Some(true)));
            let [one, other] = &count.runs[..] else { panic!("two runs") };
            assert_eq!((one, one.benchmark_weight), (other, weight));
            let profile = stored.count(&entry.id, arm, count.kind).unwrap().unwrap();
            assert_eq!((profile.weight, profile.runs()), (count.kind.weight(), 1));
            assert_eq!(profile.total(Scope::Benchmark), weight);
            assert_eq!(profile.total(Scope::Harness), one.harness_weight);
        }
    }
    let of = |arm: Arm, kind: CountKind, name: &str| {
        let profile = stored.count(&entry.id, arm, kind).unwrap().unwrap();
        let totals = profile.totals(|sample| sample.scope == Scope::Benchmark);
        let functions = profile.functions.iter().zip(totals);
        let named = functions.filter(|(function, _)| profile.strings.get(function.name) == name);
        named.map(|(_, totals)| totals.self_weight).sum::<u64>()
    };
    let multiply = |arm| of(arm, CountKind::Instructions, "counted::multiply");
    assert_eq!((multiply(Arm::Base), multiply(Arm::Own)), (2000, 3000));
    let run = &entry.count(CountKind::Allocations).unwrap().runs[0];
    assert_eq!((run.blocks, run.peak_bytes, run.unfreed_bytes), (3, Some(1736), Some(0)));
}

#[test]
fn version_one_is_read() {
    let profiles = Store::open(&golden("v1")).unwrap();
    let listed = profiles.list().unwrap();
    assert_eq!(listed.len(), 2, "the golden files are missing");
    let golden = listed.iter().find(|listed| listed.name == "golden").unwrap();
    let stored = golden.capture.as_ref().unwrap();
    let capture = stored.capture();
    assert_eq!(capture.time, "2026-11-20T12:00:00Z");
    assert_eq!(capture.machine.memory_bytes, 8_317_890_560);
    assert_eq!(capture.settings.command, ["capture", "--label", "golden"]);
    assert_eq!(capture.settings.rustflags.as_deref(), Some("-C force-frame-pointers=yes"));
    let commit = capture.commit.as_ref().unwrap();
    assert_eq!((commit.hash.len(), commit.dirty), (40, true));
    let recorder = capture.recorder.as_ref().unwrap();
    assert_eq!((recorder.name.as_str(), recorder.frequency_hz), ("perf", 997.0));
    let names: Vec<_> = capture.benchmarks.iter().map(|b| b.id.to_string()).collect();
    assert_eq!(
        names,
        ["demo/parsing/broken", "demo/parsing/json/1024", "demo/test-slow/tests::all"]
    );

    let [broken, json, slow] = &capture.benchmarks[..] else { panic!("three benchmarks") };
    let failure = broken.failure.as_ref().unwrap();
    assert_eq!(failure.status, "exit status 101");
    assert!(!broken.timed && broken.profile.is_none());
    assert_eq!((json.harness, slow.harness), (Harness::Criterion, Harness::Libtest));
    let summary = json.profile.as_ref().unwrap();
    assert_eq!((summary.benchmark_weight, summary.harness_weight), (90_000_000, 10_000_000));
    assert_eq!(summary.iteration_ns, [Some(1234.5), None]);
    assert_eq!(summary.health.lost, 1);

    let timing = stored.timing(&json.id, Arm::Own).unwrap().unwrap();
    assert_eq!(timing.throughput.unwrap().amount, 1024);
    let kinds: Vec<_> = timing
        .runs
        .iter()
        .map(|run| match &run.measurement {
            Measurement::Batches { mode, batches } => {
                (Some(*mode), batches.iter().map(|b| (b.iterations, b.nanoseconds)).collect())
            }
            Measurement::Summary(_) => (None, vec![]),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            (Some(Batches::Linear), vec![(10.0, 12_345.0), (20.0, 24_690.5), (30.0, 37_035.0)]),
            (Some(Batches::Flat), vec![(7.0, 0.1), (7.0, 1e18)]),
            (Some(Batches::Process), vec![(1.0, 5.0), (3.0, 6.0), (2.0, 7.0)]),
        ]
    );
    let resources = timing.runs[0].resources.unwrap();
    assert_eq!((resources.user_ns, resources.peak_rss_bytes), (8_000_000_000, 12_345_678));
    assert_eq!(timing.runs[1].resources, None);
    let slow = stored.timing(&slow.id, Arm::Own).unwrap().unwrap();
    let Measurement::Summary(summary) = &slow.runs[0].measurement else { panic!("a summary") };
    assert_eq!((summary.median, summary.spread, summary.min), (1500.0, Some(12.5), None));

    let profile = stored.profile(&json.id, Arm::Own).unwrap().unwrap();
    assert_eq!(profile.runs(), 2);
    assert_eq!(profile.total(Scope::Benchmark), 90_000_000);
    assert_eq!(profile.total(Scope::Harness), 10_000_000);
    let totals = profile.totals(|sample| sample.run == 1);
    let of = |name: &str| {
        let all = profile.functions.iter();
        let index = all.map(|f| profile.strings.get(f.name)).position(|n| n == name).unwrap();
        (totals[index].self_weight, totals[index].total_weight)
    };
    assert_eq!(of("demo::lex"), (40_000_000, 40_000_000));
    assert_eq!(of("demo::parse"), (20_000_000, 60_000_000));
    let leaf = profile.samples.iter().max_by_key(|s| s.weight).unwrap().stack;
    let frames: Vec<_> = profile
        .stacks
        .leaf_first(leaf)
        .map(|f| profile.frames[f.index()])
        .map(|f| (profile.name(f.function), f.line, f.inlined))
        .collect();
    assert_eq!(
        frames,
        [("demo::lex", 40, true), ("demo::parse", 20, false), ("parsing::main", 3, false)]
    );
    assert!(stored.flamegraph(&json.id).unwrap().unwrap().starts_with("<svg"));
}

fn go_pprof(file: &Path, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("go");
    // Nothing is to be fetched, and nobody's settings are to matter.
    command.args(["tool", "pprof"]).args(arguments).arg(file);
    command.env("PPROF_TMPDIR", file.parent().unwrap()).env("GOTOOLCHAIN", "local");
    command.output().ok()
}

#[test]
fn pprof_itself_shows_our_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = Store::open(folder.path()).unwrap();
    let stored = store(&profiles, "a", "<svg/>").unwrap();
    let file = stored.path_of(&id("json/1024"), Part::Profile).unwrap();
    let Some(output) = go_pprof(&file, &["-top", "-unit=ms"]) else {
        return skip("`go` is not installed: `go tool pprof` did not look at our profiles");
    };
    let top = text(&output.stdout);
    assert!(output.status.success(), "{top}{}", text(&output.stderr));
    assert!(top.starts_with("File: parsing-bench\nperfbase.profile/1\nType: cpu\n"), "{top}");
    let rows: Vec<Vec<&str>> = top
        .lines()
        .skip_while(|line| !line.contains("flat%"))
        .skip(1)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows,
        [
            vec!["70ms", "70.00%", "70.00%", "70ms", "70.00%", "demo::lex", "(inline)"],
            vec!["20ms", "20.00%", "90.00%", "90ms", "90.00%", "demo::parse"],
            vec!["10ms", "10.00%", "100%", "10ms", "10.00%", "criterion::report"],
            vec!["0", "0%", "100%", "100ms", "100%", "parsing::main"],
        ]
    );

    let output = go_pprof(&file, &["-tags", "-unit=ms"]).unwrap();
    let tags = text(&output.stdout);
    assert!(tags.contains("scope: Total 10.0ms"), "{tags}");
    let output = go_pprof(&file, &["-top", "-unit=ms", "-tagignore=harness"]).unwrap();
    assert!(
        text(&output.stdout).contains("90ms, 90.00% of 100ms total"),
        "{}",
        text(&output.stdout)
    );
    let output = go_pprof(&file, &["-top", "-sample_index=samples"]).unwrap();
    assert!(text(&output.stdout).contains("70.00%  demo::lex"), "{}", text(&output.stdout));

    // And what it writes after reading ours is read by us.
    let again = folder.path().join("again.pb.gz");
    let argument = format!("-output={}", again.display());
    assert!(go_pprof(&file, &["-proto", &argument]).unwrap().status.success());
    let profile = decode(&std::fs::read(again).unwrap()).unwrap();
    assert_eq!(profile.total(Scope::Benchmark), 90_000_000);
    assert_eq!(profile.total(Scope::Harness), 10_000_000);
    assert_eq!(profile.runs(), 2);
}

/// Set in the copy of this test that runs on a file system of 64 KiB.
#[cfg(target_os = "linux")]
const TINY: &str = "PERFBASE_TEST_TINY_DISK";

/// In a mount namespace of its own, which needs no privilege where the system allows that.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_really_full_harms_nothing() {
    if let Some(folder) = std::env::var_os(TINY) {
        return on_a_tiny_disk(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=64k perfbase-test \"$0\" || exit 77; exec \"$@\"";
    for namespaces in [&["--user", "--map-root-user", "--mount"][..], &["--mount"]] {
        let output = Command::new("unshare")
            .args(namespaces)
            .args(["sh", "-c", script])
            .arg(folder.path())
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "a_disk_that_is_really_full_harms_nothing", "--nocapture"])
            .env(TINY, folder.path())
            .output();
        let Ok(output) = output else { break };
        let said = text(&output.stdout);
        if said.contains("running 1 test") {
            assert!(said.contains("1 passed"), "{said}{}", text(&output.stderr));
            return;
        }
    }
    // No tool is missing: many systems do not permit it.
    show("SKIPPED: no mount namespace is permitted: a full disk was not tested");
}

#[cfg(target_os = "linux")]
fn on_a_tiny_disk(folder: &Path) {
    let profiles = Store::open(&folder.join("profiles")).unwrap();
    store(&profiles, "old", "<svg/>").unwrap();
    let mut full = 0;
    // From a flame graph that fills the disk to one that leaves no page for capture.json.
    for kib in (0..64).rev() {
        match store(&profiles, "new", &"x".repeat(kib << 10)) {
            Ok(_) => profiles.remove(&"new".parse().unwrap()).unwrap(),
            Err(error) => {
                assert!(matches!(error, StoreError::Full { .. }), "{error}");
                assert!(error.to_string().contains("no space is left"), "{error}");
                full += 1;
            }
        }
        let listed = profiles.list().unwrap();
        assert_eq!(listed.len(), 1);
        let old = listed[0].capture.as_ref().unwrap();
        assert_eq!(old.profile(&id("json/1024"), Arm::Own).unwrap().unwrap().runs(), 2);
        let hidden = std::fs::read_dir(profiles.root()).unwrap().flatten();
        let names: Vec<_> = hidden.map(|e| e.file_name().into_string().unwrap()).collect();
        assert!(names.iter().all(|name| !name.starts_with(".staging")), "{names:?}");
    }
    assert!((2..64).contains(&full), "{full} captures did not fit");
}
