//! A capture is measured in turns with an earlier one whose executables are kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sandbox::{Ended, Sandbox, assert_has};

/// A crate of its own, since its source changes from capture to capture, with a target folder of
/// its own, since it is cleaned.
struct Crate {
    sandbox: Sandbox,
    folder: PathBuf,
}

const MANIFEST: &str = "[package]\nname = \"pairs\"\nedition = \"2021\"\n\n\
    [[bench]]\nname = \"work\"\nharness = false\n\n[[bench]]\nname = \"other\"\nharness = false\n\n\
    [workspace]\n";

impl Crate {
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name, "troubles");
        let folder = sandbox.folder().join("pairs");
        fs::create_dir_all(folder.join("benches")).expect("created");
        fs::create_dir_all(folder.join("src")).expect("created");
        fs::write(folder.join("Cargo.toml"), MANIFEST).expect("written");
        fs::write(folder.join("src/lib.rs"), "").expect("written");
        let new = Self { sandbox, folder };
        new.bench("other", 1_000_000, "");
        new
    }

    /// A benchmark of so many dependent multiplications, after `before`.
    fn bench(&self, name: &str, steps: u64, before: &str) {
        let source = format!(
            "fn main() {{ {before}; let mut x = std::hint::black_box(3u64); for _ in 0..{steps}u64 \
             {{ x = x.wrapping_mul(6364136223846793005).rotate_left(17); }} std::hint::black_box(x); }}"
        );
        fs::write(self.folder.join("benches").join(name).with_extension("rs"), source)
            .expect("written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(arguments);
        command.current_dir(&self.folder).env("CARGO_TARGET_DIR", self.folder.join("target"));
        command
    }

    /// A capture of `work` in six short runs.
    fn capture(&self, label: &str, arguments: &[&str], status: i32) -> Ended {
        let mut command = self.command(&["capture", "--label", label, "--profiler", "none"]);
        command.args(["--runs", "6", "--time", "0.02"]).args(arguments);
        self.sandbox.expect(command, status)
    }

    fn kept(&self) -> PathBuf {
        self.folder.join("target/perfbase/executables")
    }

    /// The index entry of `work`, and its base's times where there are any.
    fn work(&self, label: &str) -> (serde_json::Value, Option<Vec<f64>>) {
        let index = self.sandbox.index(label);
        let entry = index["benchmarks"]
            .as_array()
            .expect("an array")
            .iter()
            .find(|entry| entry["target"] == "work")
            .expect("it is stored")
            .clone();
        let folder = self.sandbox.profiles().join(label);
        let times =
            typical(&folder.join(entry["folder"].as_str().expect("text")), "base-timing.json");
        (entry, times)
    }

    fn own_times(&self, label: &str) -> Vec<f64> {
        let folder = self.work(label).0["folder"].as_str().expect("text").to_owned();
        typical(&self.sandbox.profiles().join(label).join(folder), "timing.json").expect("times")
    }
}

impl Crate {
    /// The reference kernel ran around each run of both sides, where the run did, and is told.
    fn check_references(&self, label: &str, runs: usize) {
        let read = |name: &str| -> serde_json::Value {
            let folder = self.sandbox.profiles().join(label);
            let folder = folder.join(self.work(label).0["folder"].as_str().expect("text"));
            serde_json::from_slice(&fs::read(folder.join(name)).expect("stored")).expect("JSON")
        };
        let show = self.command(&["show", label, "--format", "json"]);
        let show: serde_json::Value =
            serde_json::from_str(&self.sandbox.expect(show, 0).stdout).expect("JSON");
        let shown = show["benchmarks"].as_array().expect("an array");
        let shown = shown.iter().find(|one| one["target"] == "work").expect("it is shown");
        for file in [&read("timing.json"), &read("base-timing.json"), &shown["timing"]] {
            let all = file["runs"].as_array().expect("an array");
            assert_eq!(all.len(), runs);
            for run in all {
                let reference = &run["reference"];
                assert!(reference["kernel"].is_string(), "{run}");
                for (reading, part) in [
                    ("before", "latency_ns"),
                    ("before", "throughput_ns"),
                    ("after", "latency_ns"),
                    ("after", "throughput_ns"),
                ] {
                    let time = reference[reading][part].as_u64();
                    assert!(time.is_some_and(|time| time > 1000), "{run}");
                }
                if self.work(label).0["bound"] == true && process_is_free() {
                    let cpu = &reference["before"]["cpu"];
                    assert!(cpu.is_u64() && *cpu == reference["after"]["cpu"], "{run}");
                }
            }
        }
        for pace in [
            &self.sandbox.index(label)["machine"]["conditions"]["pace"],
            &show["capture"]["machine"]["conditions"]["pace"],
        ] {
            let typical = pace["latency"]["typical_ns"].as_f64().expect("a time");
            let low = pace["latency"]["low_ns"].as_f64().expect("a time");
            assert!(low <= typical && low > 1000.0, "{pace}");
        }
    }
}

/// Whether there are several processors to bind runs to.
fn process_is_free() -> bool {
    cfg!(target_os = "linux") && std::thread::available_parallelism().is_ok_and(|n| n.get() > 1)
}

/// The fastest execution of each run of a timing file.
fn typical(folder: &Path, name: &str) -> Option<Vec<f64>> {
    let text = fs::read_to_string(folder.join(name)).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let fastest = |run: &serde_json::Value| {
        let times = run["batches"]["nanoseconds"].as_array().expect("an array");
        times.iter().filter_map(serde_json::Value::as_f64).fold(f64::INFINITY, f64::min)
    };
    Some(json["runs"].as_array().expect("an array").iter().map(fastest).collect())
}

/// The middle of a few numbers.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[test]
fn the_old_program_runs_beside_the_new_one() {
    let project = Crate::new("pairs");
    project.bench("work", 2_000_000, "");
    let alone = project.capture("before", &["--bench", "work"], 0);
    assert!(!alone.stderr.contains("Pairing"), "{}", alone.stderr);
    assert_eq!(project.work("before").1, None);
    assert_eq!(project.sandbox.index("before")["base"], serde_json::Value::Null);

    project.bench("work", 40_000_000, "");
    let paired = project.capture("after", &[], 0);
    assert_has(
        &paired.stderr,
        &[
            "Pairing with before",
            "pairs/other/other measured alone: it is not in before",
            "6 timing pairs",
        ],
    );
    let (entry, base) = project.work("after");
    let index = project.sandbox.index("after");
    assert_eq!(index["base"]["label"], "before");
    assert_eq!(index["base"]["id"], project.sandbox.index("before")["id"]);
    assert_eq!(entry["base"]["executable"], project.work("before").0["executable"]);
    assert_ne!(entry["base"]["executable"], entry["executable"]);
    let (base, own) = (base.expect("times of the old program"), project.own_times("after"));
    assert_eq!((base.len(), own.len()), (6, 6));
    // Twenty times the work, though most of the old program's time is starting it.
    assert!(median(own) > 2.0 * median(base), "the old executable was not what ran");

    if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
        project.check_references("after", 6);
    }

    // Runs are added as pairs.
    project.capture("after", &["--append", "--bench", "work"], 0);
    let (_, base) = project.work("after");
    assert_eq!((base.expect("times").len(), project.own_times("after").len()), (12, 12));
    if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
        project.check_references("after", 12);
    }
    // And not beside something else.
    let other = project.capture("after", &["--append", "--against", "none"], 2);
    assert_has(&other.stderr, &["in turns with another capture, `before`"]);

    // The same program again.
    let same = project.capture("again", &["--bench", "work"], 0);
    assert_has(&same.stderr, &["Pairing with after", "these are the very executables of after"]);

    // Without its kept executables a capture is no base, and nothing else breaks.
    fs::remove_dir_all(project.folder.join("target")).expect("removed");
    let clean = project.capture("clean", &["--bench", "work"], 0);
    assert_has(&clean.stderr, &["measured alone (again: its executable was not kept"]);
    assert_eq!(project.work("clean").1, None);
    let asked = project.capture("asked", &["--bench", "work", "--against", "before"], 2);
    assert_has(&asked.stderr, &["cannot measure in turns with `before`", "--against none"]);
    project.sandbox.expect(project.command(&["diff", "before", "clean"]), 0);
    project.sandbox.expect(project.command(&["diff", "before", "after"]), 0);
}

#[test]
fn it_is_left_to_the_user() {
    let project = Crate::new("against");
    project.bench("work", 1_000_000, "");
    project.capture("a", &["--bench", "work", "--no-keep"], 0);
    assert!(!project.kept().exists());
    project.bench("work", 2_000_000, "");
    let b = project.capture("b", &["--bench", "work"], 0);
    assert_has(&b.stderr, &["measured alone (a: its executable was not kept"]);
    project.bench("work", 3_000_000, "");
    let c = project.capture("c", &["--bench", "work", "--against", "none"], 0);
    assert!(!c.stderr.contains("Pairing") && !c.stderr.contains("alone"), "{}", c.stderr);
    project.bench("work", 4_000_000, "");
    let d = project.capture("d", &["--bench", "work", "--against", "b"], 0);
    assert_has(&d.stderr, &["Pairing with b"]);
    let nobody = project.capture("e", &["--bench", "work", "--against", "nobody"], 2);
    assert_has(&nobody.stderr, &["nobody"]);
}

#[test]
fn an_old_program_that_fails_now_does_not_stop_the_new_one() {
    let project = Crate::new("base-fails");
    let data = project.folder.join("data.txt");
    fs::write(&data, "x").expect("written");
    project.bench("work", 1_000_000, "std::fs::read(\"data.txt\").expect(\"the data of then\")");
    project.capture("a", &["--bench", "work"], 0);
    fs::remove_file(&data).expect("removed");
    project.bench("work", 2_000_000, "");
    let b = project.capture("b", &["--bench", "work"], 0);
    assert_has(
        &b.stderr,
        &["pairs/work/work is measured alone", "the base's executable failed", "exit status 101"],
    );
    let (entry, base) = project.work("b");
    assert_eq!(base, None);
    assert_eq!(entry["base"]["timed"], false);
    assert_has(&entry["base"]["failure"]["output"].to_string(), &["the data of then"]);
    assert_eq!(project.own_times("b").len(), 6);
    project.sandbox.expect(project.command(&["diff"]), 0);
}

#[test]
fn more_pairs_are_made_where_more_is_asked() {
    let project = Crate::new("more-pairs");
    project.bench("work", 1_000_000, "");
    project.capture("a", &["--bench", "work"], 0);
    project.bench("work", 60_000_000, "");
    // Six pairs may all be of one sign by chance, whatever they show; twelve of a change that is
    // beyond doubt are enough.
    project.capture("b", &["--bench", "work", "--precision", "10%"], 0);
    assert_eq!(project.own_times("b").len(), 12);
    assert_eq!(project.sandbox.index("b")["base"]["looks"], 5);
    // Time that is given is used.
    let c = ["--bench", "work", "--against", "a", "--max-time", "12"];
    project.capture("c", &c, 0);
    let (entry, base) = project.work("c");
    let (base, own) = (base.expect("times of the old program"), project.own_times("c"));
    assert!(own.len() > 6 && own.len() == base.len(), "{} {} {entry}", own.len(), base.len());
    let wrong = project.capture("d", &["--precision", "none"], 2);
    assert_has(&wrong.stderr, &["percent"]);
}
