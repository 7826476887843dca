//! The store's promises, as long as nothing fails. What happens otherwise is in `fault_tests`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::disk::Disk;
use super::faults::Faults;
use super::pprof::Meta;
use super::*;
use crate::model::{
    Batch, BenchmarkEntry, BenchmarkId, Beside, BesideEntry, Better, Capture, CountKind, CountRun,
    CountSummary, Event, Failure, Frame, Function, Harness, Health, Machine, Measurement, Metrics,
    Mode as Batches, Profile, ProfileBuilder, ProfileSummary, RecorderInfo, Run, Sample, Scope,
    Settings, Timing, Toolchain, Weight,
};

pub(super) fn label(text: &str) -> Label {
    text.parse().unwrap()
}

pub(super) fn id(benchmark: &str) -> BenchmarkId {
    BenchmarkId { package: "demo".into(), target: "parsing".into(), benchmark: benchmark.into() }
}

/// Benchmarks of the example: timed and profiled, timed only, failed.
const NAMES: [&str; 3] = ["Parse/1024", "small", "zz-broken"];

fn timing(ns: f64) -> Timing {
    let batches =
        (1..=5).map(f64::from).map(|k| Batch { iterations: 10.0 * k, nanoseconds: ns * k });
    let measurement = Measurement::Batches { mode: Batches::Linear, batches: batches.collect() };
    Timing {
        runs: vec![Run { measurement, wall_ns: 77, resources: None, reference: None }],
        throughput: None,
    }
}

fn profile(weight: u64) -> Profile {
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    let name = builder.string("demo::parse");
    let function = builder.function(Function { name, system_name: name, file: None, image: None });
    let frame = builder.frame(Frame { function, line: 7, inlined: false });
    let stack = builder.stack(None, frame);
    builder.sample(Sample { stack, run: 0, scope: Scope::Benchmark, count: 1, weight });
    builder.finish()
}

/// What is counted of the first benchmark.
const KINDS: [CountKind; 3] =
    [CountKind::Instructions, CountKind::Allocations, CountKind::Event(Event::D1mr)];

fn counts(kind: CountKind, weight: u64) -> Profile {
    Profile { weight: kind.weight(), ..profile(weight) }
}

fn counted(kind: CountKind, weight: u64) -> CountSummary {
    let run = CountRun {
        benchmark_weight: weight,
        harness_weight: 3,
        blocks: 1,
        peak_bytes: (kind == CountKind::Allocations).then_some(weight + 5),
        unfreed_bytes: (kind == CountKind::Allocations).then_some(0),
    };
    let runs = vec![run.clone(), run];
    CountSummary { kind, iterations: 7, runs, is_repeatable: Some(true) }
}

/// An index for [`NAMES`]; `ns` distinguishes captures.
fn capture(label: &Label, time: &str, ns: u64) -> Capture {
    let summary = ProfileSummary {
        weight: Weight::CpuTime,
        runs: 1,
        benchmark_weight: ns,
        harness_weight: 0,
        health: Health { samples: 1, ..Health::default() },
        iteration_ns: vec![Some(0.1), None],
    };
    let entries = NAMES.iter().enumerate().map(|(n, name)| BenchmarkEntry {
        is_bound: (n < 2).then_some(n == 0),
        recorder: (n == 0).then(|| crate::model::RecorderInfo {
            name: "samply".into(),
            version: "0.13".into(),
            event: "cpu time".into(),
            frequency_hz: 499.0,
            stacks: "frame pointers".into(),
        }),
        id: id(name),
        harness: Harness::ALL[n],
        folder: folder_of(&id(name)),
        executable: Some("0123abcd".into()),
        timed: n < 2,
        counts: if n == 0 { KINDS.map(|kind| counted(kind, ns)).to_vec() } else { vec![] },
        profile: (n == 0).then(|| summary.clone()),
        beside: (n == 0).then(|| BesideEntry {
            executable: Some("4567cdef".into()),
            timed: true,
            counts: KINDS.map(|kind| counted(kind, ns + 1)).to_vec(),
            profile: Some(summary.clone()),
            failure: None,
        }),
        failure: (n == 2).then(|| Failure {
            stage: "timing run 1".into(),
            status: "exit status 101".into(),
            output: "thread 'main' panicked at \u{1b}[31m\"x\"\n".into(),
        }),
    });
    Capture {
        label: label.clone(),
        id: format!("{ns:08x}"),
        time: time.into(),
        perfbase: "0.1.0".into(),
        commit: Some(crate::model::Commit { hash: "ab".repeat(20), dirty: true }),
        toolchain: Toolchain {
            rustc: "rustc 1.95.0".into(),
            target: "x86_64-unknown-linux-gnu".into(),
        },
        machine: Machine {
            cpu: "CPU".into(),
            cores: 4,
            memory_bytes: u64::MAX,
            ..Machine::default()
        },
        settings: Settings { command: vec!["capture".into()], runs: 5, ..Settings::default() },
        beside: Some(Beside {
            label: "before".parse().unwrap(),
            id: "0a".into(),
            looks: 5,
            layouts: 1,
        }),
        counters: vec![RecorderInfo {
            name: "callgrind".into(),
            version: "3.19.0".into(),
            event: "instructions".into(),
            frequency_hz: 0.0,
            stacks: "every call".into(),
        }],
        recorder: Some(RecorderInfo {
            name: "perf".into(),
            version: "6.1".into(),
            event: "cpu-clock".into(),
            frequency_hz: 997.0,
            stacks: "frame pointers".into(),
        }),
        parities: Vec::new(),
        benchmarks: entries.collect(),
    }
}

pub(super) const TIME: &str = "2026-11-20T12:00:00Z";

pub(super) fn store(
    store: &Store,
    label: &Label,
    mode: Mode,
    time: &str,
    ns: u64,
) -> Result<StoredCapture, StoreError> {
    let mut staging = store.begin(label, mode)?;
    staging.write_timing(&id(NAMES[0]), Arm::Own, &timing(ns as f64))?;
    staging.write_profile(&id(NAMES[0]), Arm::Own, &profile(ns), &Meta::default())?;
    staging.write_flamegraph(&id(NAMES[0]), "<svg/>")?;
    staging.write_timing(&id(NAMES[0]), Arm::Base, &timing(ns as f64 / 2.0))?;
    staging.write_profile(&id(NAMES[0]), Arm::Base, &profile(ns + 1), &Meta::default())?;
    for kind in KINDS {
        staging.write_count(&id(NAMES[0]), Arm::Own, kind, &counts(kind, ns))?;
        staging.write_count(&id(NAMES[0]), Arm::Base, kind, &counts(kind, ns + 1))?;
    }
    let mut metrics = Metrics::default();
    metrics.add_run(0, vec![("p95".into(), "ns".into(), Better::Lower, ns as f64)]);
    staging.write_metrics(&id(NAMES[0]), Arm::Own, &metrics)?;
    staging.write_metrics(&id(NAMES[0]), Arm::Base, &metrics)?;
    staging.write_timing(&id(NAMES[1]), Arm::Own, &timing(0.5))?;
    staging.commit(&capture(label, time, ns))
}

/// Reads all of a capture, and tells by which number it was made.
pub(super) fn read(store: &Store, label: &Label) -> u64 {
    let stored = store.read(label).unwrap();
    let ns = u64::from_str_radix(&stored.capture().id, 16).unwrap();
    assert_eq!(*stored.capture(), capture(label, &stored.capture().time, ns));
    assert_eq!(stored.timing(&id(NAMES[0]), Arm::Own).unwrap(), Some(timing(ns as f64)));
    assert_eq!(stored.timing(&id(NAMES[1]), Arm::Own).unwrap(), Some(timing(0.5)));
    assert_eq!(stored.timing(&id(NAMES[2]), Arm::Own).unwrap(), None);
    assert_eq!(stored.timing(&id(NAMES[0]), Arm::Base).unwrap(), Some(timing(ns as f64 / 2.0)));
    assert_eq!(stored.timing(&id(NAMES[1]), Arm::Base).unwrap(), None);
    for (arm, weight) in [(Arm::Own, ns), (Arm::Base, ns + 1)] {
        let profile = stored.profile(&id(NAMES[0]), arm).unwrap().unwrap();
        assert_eq!(profile.total(Scope::Benchmark), weight);
    }
    assert!(stored.profile(&id(NAMES[1]), Arm::Own).unwrap().is_none());
    assert_eq!(stored.flamegraph(&id(NAMES[0])).unwrap().as_deref(), Some("<svg/>"));
    assert_eq!(stored.flamegraph(&id(NAMES[1])).unwrap(), None);
    ns
}

/// Names that begin with a dot, but for those that are to be there.
pub(super) fn hidden(root: &Path) -> Vec<String> {
    let mut names = sweep::names(root).unwrap();
    names.retain(|name| name.starts_with('.') && name != ".lock" && name != ".gitignore");
    names
}

#[test]
fn a_capture_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("deep/profiles");
    let profiles = Store::open(&root).unwrap();
    assert!(profiles.list().unwrap().is_empty(), "the folder need not exist");
    let (a, b) = (label("a"), label("b"));
    let stored = store(&profiles, &a, Mode::New, TIME, 5).unwrap();
    assert_eq!(stored.capture(), profiles.read(&a).unwrap().capture());
    store(&profiles, &b, Mode::New, "2026-11-20T11:30:00Z", 6).unwrap();
    assert_eq!((read(&profiles, &a), read(&profiles, &b)), (5, 6));

    let files = |path: &Path| -> u64 {
        let mut todo = vec![path.to_owned()];
        let mut sum = 0;
        while let Some(path) = todo.pop() {
            for entry in fs::read_dir(path).unwrap().map(Result::unwrap) {
                match entry.metadata().unwrap() {
                    data if data.is_dir() => todo.push(entry.path()),
                    data => sum += data.len(),
                }
            }
        }
        sum
    };
    assert_eq!(stored.bytes(), files(&root.join("a")));
    // Every kind of count of both arms among it.
    assert!(stored.bytes() < 30_000, "{}", stored.bytes());
    let timing = stored.path_of(&id("small"), Part::Timing).unwrap();
    assert_eq!(timing, root.join("a/demo/parsing/small/timing.json"));
    assert!(timing.is_file());

    let names: Vec<_> = profiles.list().unwrap().into_iter().map(|l| l.name).collect();
    assert_eq!(names, ["a", "b"], "11:30 is before 12:00");
    assert_eq!(profiles.newest(1).unwrap()[0].capture().label, a);
    assert_eq!(hidden(&root), [""; 0]);
    let ignored = fs::read_to_string(root.join(".gitignore")).unwrap();
    assert!(ignored.contains("/.staging-*\n") && ignored.contains("/.lock\n"));
}

#[test]
fn files_are_stable_and_their_keys_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = Store::open(folder.path()).unwrap();
    let mut all = Vec::new();
    for mode in [Mode::New, Mode::Replace] {
        store(&profiles, &label("a"), mode, TIME, 5).unwrap();
        let base = folder.path().join("a");
        let parts = base.join(folder_of(&id(NAMES[0])));
        all.push([
            fs::read(base.join("capture.json")).unwrap(),
            fs::read(parts.join("timing.json")).unwrap(),
            fs::read(parts.join("profile.pb.gz")).unwrap(),
        ]);
    }
    assert_eq!(all[0], all[1]);
    for json in &all[0][..2] {
        let mut last: Vec<(usize, String)> = Vec::new();
        for line in String::from_utf8(json.clone()).unwrap().lines() {
            let depth = line.len() - line.trim_start().len();
            let Some((key, _)) = line.trim_start().split_once("\":") else {
                // An object ends; one of an array of objects begins anew.
                last.retain(|(d, _)| *d <= depth);
                continue;
            };
            last.retain(|(d, _)| *d <= depth);
            if let Some(place) = last.iter().position(|(d, _)| *d == depth) {
                let (_, before) = last.remove(place);
                assert!(*before < *key, "{before} before {key}");
            }
            last.push((depth, key.to_owned()));
        }
    }
}

#[test]
fn a_label_that_is_taken_is_refused_with_both_ways_on() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = Store::open(folder.path()).unwrap();
    store(&profiles, &label("a"), Mode::New, TIME, 5).unwrap();
    let message = profiles.begin(&label("a"), Mode::New).unwrap_err().to_string();
    assert!(message.contains("--force") && message.contains("--append"), "{message}");
    let message = profiles.begin(&label("A"), Mode::New).unwrap_err().to_string();
    assert!(message.contains("`A` differs from the existing `a`"), "{message}");
    let message = profiles.begin(&label("b"), Mode::Append).unwrap_err().to_string();
    assert!(message.contains("no capture `b`") && message.ends_with(": it has `a`"), "{message}");
    fs::create_dir(folder.path().join("notes")).unwrap();
    for mode in [Mode::New, Mode::Replace, Mode::Append] {
        let error = profiles.begin(&label("notes"), mode).unwrap_err();
        assert!(matches!(error, StoreError::NotACapture { .. }), "{error}");
    }
    assert!(matches!(profiles.remove(&label("notes")), Err(StoreError::NotACapture { .. })));
    assert_eq!(read(&profiles, &label("a")), 5);
}

#[test]
fn one_capture_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = Store::open(folder.path()).unwrap();
    store(&profiles, &label("a"), Mode::New, TIME, 5).unwrap();
    let staging = profiles.begin(&label("b"), Mode::New).unwrap();
    for refused in
        [profiles.begin(&label("c"), Mode::New).err(), profiles.remove(&label("a")).err()]
    {
        let message = refused.unwrap().to_string();
        assert!(message.contains("another capture is running"), "{message}");
    }
    assert_eq!(read(&profiles, &label("a")), 5, "readers need no lock");
    assert_eq!(profiles.list().unwrap().len(), 1, "nothing is visible yet");
    drop(staging);
    assert_eq!(hidden(folder.path()), [""; 0]);
    store(&profiles, &label("c"), Mode::New, TIME, 6).unwrap();
}

#[test]
fn replacing_leaves_the_old_one_until_the_new_one_is_complete() {
    for no_exchange in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let faults = Some(Arc::new(Faults::new(usize::MAX, false, no_exchange)));
        let profiles = Store::on(folder.path(), Disk { faults }).unwrap();
        store(&profiles, &label("a"), Mode::New, TIME, 5).unwrap();
        let mut staging = profiles.begin(&label("a"), Mode::Replace).unwrap();
        staging.write_timing(&id(NAMES[0]), Arm::Own, &timing(1.0)).unwrap();
        assert_eq!(read(&profiles, &label("a")), 5);
        drop(staging);
        assert_eq!(read(&profiles, &label("a")), 5);

        let before = profiles.read(&label("a")).unwrap();
        store(&profiles, &label("a"), Mode::Replace, TIME, 6).unwrap();
        assert_eq!(read(&profiles, &label("a")), 6);
        let error = before.timing(&id(NAMES[0]), Arm::Own).unwrap_err();
        assert!(matches!(error, StoreError::Changed { .. }), "never parts of two captures");
        assert_eq!(hidden(folder.path()), [""; 0]);
        store(&profiles, &label("b"), Mode::Replace, TIME, 7).unwrap();
    }
}

#[test]
fn appending_carries_over_what_did_not_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = Store::open(folder.path()).unwrap();
    let a = label("a");
    store(&profiles, &a, Mode::New, TIME, 5).unwrap();
    let bytes = |part| {
        let stored = profiles.read(&a).unwrap();
        fs::read(stored.path_of(&id(NAMES[0]), part).unwrap()).unwrap()
    };
    let parts = || {
        Part::all().filter(|part| match part {
            Part::Count(kind) | Part::BaseCount(kind) => KINDS.contains(kind),
            _ => true,
        })
    };
    let before: Vec<_> = parts().map(bytes).collect();
    let mut staging = profiles.begin(&a, Mode::Append).unwrap();
    let mut capture = staging.previous().unwrap().capture().clone();
    let mut merged = staging.previous().unwrap().timing(&id(NAMES[1]), Arm::Own).unwrap().unwrap();
    merged.runs.extend(timing(9.0).runs);
    staging.carry_over(&id(NAMES[0])).unwrap();
    staging.carry_over(&id(NAMES[2])).unwrap();
    staging.write_timing(&id(NAMES[1]), Arm::Own, &merged).unwrap();
    capture.settings.runs += 1;
    let stored = staging.commit(&capture).unwrap();
    assert_eq!(stored.timing(&id(NAMES[1]), Arm::Own).unwrap(), Some(merged));
    assert_eq!(parts().map(bytes).collect::<Vec<_>>(), before);
}

#[test]
fn an_index_must_fit_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = Store::open(folder.path()).unwrap();
    let a = label("a");
    let change: [fn(&mut Capture); 9] = [
        |c| c.label = label("b"),
        |c| c.benchmarks[0].folder = "elsewhere".into(),
        |c| c.benchmarks[0].timed = false,
        |c| c.benchmarks[2].timed = true,
        |c| c.benchmarks[0].profile = None,
        |c| c.benchmarks[0].beside = None,
        |c| drop(c.benchmarks.remove(0)),
        |c| c.benchmarks.push(c.benchmarks[0].clone()),
        |c| c.time = "yesterday".into(),
    ];
    for change in change {
        let mut staging = profiles.begin(&a, Mode::New).unwrap();
        staging.write_timing(&id(NAMES[0]), Arm::Own, &timing(5.0)).unwrap();
        staging.write_profile(&id(NAMES[0]), Arm::Own, &profile(5), &Meta::default()).unwrap();
        staging.write_timing(&id(NAMES[0]), Arm::Base, &timing(5.0)).unwrap();
        staging.write_profile(&id(NAMES[0]), Arm::Base, &profile(5), &Meta::default()).unwrap();
        staging.write_timing(&id(NAMES[1]), Arm::Own, &timing(0.5)).unwrap();
        assert!(staging.write_timing(&id(NAMES[1]), Arm::Own, &timing(0.5)).is_err(), "only once");
        let mut capture = capture(&a, TIME, 5);
        change(&mut capture);
        let error = staging.commit(&capture).unwrap_err();
        assert!(
            matches!(error, StoreError::Inconsistent { .. } | StoreError::Format { .. }),
            "{error}"
        );
        assert!(profiles.list().unwrap().is_empty());
        assert_eq!(hidden(folder.path()), [""; 0]);
    }
}

#[test]
fn broken_captures_are_listed_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = Store::open(folder.path()).unwrap();
    for name in ["good", "cut", "newer", "empty"] {
        store(&profiles, &label(name), Mode::New, TIME, 5).unwrap();
    }
    let index = |name: &str| folder.path().join(name).join("capture.json");
    let text = fs::read_to_string(index("good")).unwrap();
    fs::write(index("cut"), &text[..text.len() / 2]).unwrap();
    fs::write(index("newer"), text.replace("capture/1", "capture/2")).unwrap();
    fs::remove_file(index("empty")).unwrap();
    fs::create_dir(folder.path().join("not a label")).unwrap();
    fs::write(folder.path().join("README.md"), "files are nobody's capture").unwrap();
    let listed = profiles.list().unwrap();
    let names: Vec<_> = listed.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names, ["good", "cut", "empty", "newer", "not a label"]);
    assert!(listed[0].capture.is_ok());
    let reason = |n: usize| {
        let error = listed[n].capture.as_ref().unwrap_err();
        let source = std::error::Error::source(error).map(ToString::to_string);
        format!("{error}: {}", source.unwrap_or_default())
    };
    assert!(reason(1).contains("damaged"), "{}", reason(1));
    assert!(reason(2).contains("no capture.json"), "{}", reason(2));
    assert!(reason(3).contains("update cargo-perfbase"), "{}", reason(3));
    assert!(reason(4).contains("rename it"), "{}", reason(4));
    assert_eq!(profiles.newest(5).unwrap().len(), 1);

    // Parts are read when they are asked for, and missing ones are no empty ones.
    let good = profiles.read(&label("good")).unwrap();
    fs::remove_file(good.path_of(&id(NAMES[0]), Part::Timing).unwrap()).unwrap();
    assert!(matches!(good.timing(&id(NAMES[0]), Arm::Own), Err(StoreError::Missing { .. })));
    let path = good.path_of(&id(NAMES[0]), Part::Profile).unwrap();
    fs::write(&path, &fs::read(&path).unwrap()[..20]).unwrap();
    assert!(matches!(good.profile(&id(NAMES[0]), Arm::Own), Err(StoreError::Profile { .. })));
    profiles.remove(&label("cut")).unwrap();
    assert!(!folder.path().join("cut").exists());
}

#[test]
fn captures_are_found_by_label_or_path_and_named_by_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = Store::open(&folder.path().join("profiles")).unwrap();
    store(&profiles, &label("a"), Mode::New, TIME, 5).unwrap();
    let found = |text: &str| profiles.find(text).map(|s| s.capture().label.to_string());
    assert_eq!(found("a").unwrap(), "a");
    let moved = folder.path().join("unpacked");
    fs::rename(profiles.root().join("a"), &moved).unwrap();
    assert_eq!(found(moved.to_str().unwrap()).unwrap(), "a");
    assert_eq!(found(moved.join("capture.json").to_str().unwrap()).unwrap(), "a");
    let message = found("b").unwrap_err().to_string();
    assert!(message.contains("no capture `b`") && message.contains("it has none"), "{message}");
    for nothing in ["../x/y", "src"] {
        assert!(matches!(profiles.find(nothing), Err(StoreError::NoCapture { .. })));
    }
    assert!(matches!(profiles.find("./src"), Err(StoreError::NotACapture { .. })));
    fs::rename(&moved, profiles.root().join("renamed")).unwrap();
    assert_eq!(found("renamed").unwrap(), "renamed");
    assert_eq!(
        profiles.list().unwrap()[0].capture.as_ref().unwrap().capture().label.as_str(),
        "renamed"
    );
}

#[cfg(unix)]
#[test]
fn a_link_is_removed_and_not_what_it_leads_to() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = Store::open(&folder.path().join("elsewhere")).unwrap();
    store(&elsewhere, &label("a"), Mode::New, TIME, 5).unwrap();
    let profiles = Store::open(&folder.path().join("profiles")).unwrap();
    store(&profiles, &label("b"), Mode::New, TIME, 6).unwrap();
    for name in ["linked", "replaced"] {
        let link = profiles.root().join(name);
        std::os::unix::fs::symlink(elsewhere.root().join("a"), link).unwrap();
    }
    assert_eq!(profiles.list().unwrap().len(), 3);
    profiles.remove(&label("linked")).unwrap();
    store(&profiles, &label("replaced"), Mode::Replace, TIME, 7).unwrap();
    assert_eq!(read(&profiles, &label("replaced")), 7);
    assert_eq!(read(&elsewhere, &label("a")), 5);
    assert_eq!(hidden(profiles.root()), [""; 0]);
}
