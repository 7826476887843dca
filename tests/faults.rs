//! A capture that is killed at any point harms nothing and leaves nobody behind.
//!
//! `PERFBASE_FAULT_POINTS=100 cargo test --test faults -- --nocapture` runs the long form whose
//! counts stand in `docs/field-notes.md`; the ordinary test takes a few points only.
#![cfg(target_os = "linux")]

mod marked;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use marked::Mark;

/// A scratch copy of a fixture, and a mark on everything that is started for it.
struct Scratch {
    folder: tempfile::TempDir,
    mark: Mark,
}

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/selection");
        for file in ["src/lib.rs", "benches/e2e_latency.rs"] {
            let to = folder.path().join(file);
            fs::create_dir_all(to.parent().expect("it has one")).expect("created");
            fs::copy(fixture.join(file), to).expect("copied");
        }
        let manifest = "[package]\nname = \"selection\"\nedition = \"2021\"\n[workspace]\n\
                        [lib]\nbench = false\n[[bench]]\nname = \"e2e_latency\"\nharness = false\n";
        fs::write(folder.path().join("Cargo.toml"), manifest).expect("written");
        Self { folder, mark: Mark::new(name) }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", self.folder.path().join("target"))
            .env("CARGO_NET_OFFLINE", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        self.mark.put_on(&mut command);
        // Whoever runs the tests in the background may have it ignored, which is inherited.
        // SAFETY: `signal` may be called between `fork` and `exec`.
        unsafe {
            command.pre_exec(|| {
                libc::signal(libc::SIGINT, libc::SIG_DFL);
                Ok(())
            });
        }
        command
    }

    fn capture(&self, label: &str) -> Command {
        // Short runs: what matters is where they are interrupted, not what they measure.
        let options = ["--runs", "2", "--time", "0.1", "--profile-time", "0.1"];
        let mut arguments = vec!["capture", "--label", label];
        arguments.extend(options);
        self.command(&arguments)
    }

    /// Makes the next capture build something.
    fn touch(&self) {
        let path = self.folder.path().join("src/lib.rs");
        let mut source = fs::read_to_string(&path).expect("readable");
        source.push_str("// Changed.\n");
        fs::write(&path, source).expect("written");
    }

    /// How long a capture takes that builds.
    fn course(&self, label: &str) -> Duration {
        self.touch();
        let start = Instant::now();
        self.expect(self.capture(label), 0);
        start.elapsed()
    }

    /// Starts a capture that builds, and sends it a signal after a while.
    fn interrupted(&self, mut capture: Command, number: i32, after: Duration) -> i32 {
        self.touch();
        // Nobody reads what it says.
        let mut child =
            capture.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(after);
        signal(&child, number);
        let status = child.wait().expect("it ends");
        self.mark.assert_nobody_left();
        // Killed by a signal is as shells tell it, whoever tells it.
        status.code().or(status.signal().map(|signal| 128 + signal)).expect("it has one of both")
    }

    /// Runs to the end; panics with what it printed when the status is another one.
    fn expect(&self, mut command: Command, status: i32) -> String {
        let output = command.output().expect("it starts");
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{command:?}\n{stdout}\n{stderr}");
        stdout
    }

    /// The labels listed, each of which must be whole: `show` reads all of it.
    fn labels(&self) -> Vec<String> {
        let json = self.expect(self.command(&["list", "--format", "json"]), 0);
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let labels: Vec<String> = json["captures"]
            .as_array()
            .expect("an array")
            .iter()
            .map(|capture| capture["label"].as_str().expect("a label").to_owned())
            .collect();
        for label in &labels {
            let shown = self.expect(self.command(&["show", label]), 0);
            assert!(shown.contains(label) && shown.contains("e2e_latency (process)"), "{shown}");
        }
        labels
    }

    /// Fails when killed captures have left something that the next one should have deleted.
    fn assert_nothing_half(&self) {
        let hidden = |folder: &str, kept: &[&str]| -> Vec<String> {
            fs::read_dir(self.folder.path().join(folder))
                .expect("readable")
                .flatten()
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .filter(|name| name.starts_with(['.', 'c']) && !kept.contains(&&**name))
                .collect()
        };
        let kept = [".lock", ".gitignore", "course"];
        assert_eq!(hidden("profiles", &kept), [""; 0]);
        assert_eq!(hidden("target/perfbase/scratch", &kept), [""; 0]);
    }
}

/// Every file of a folder with its content.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.clone(), fs::read(&path).expect("readable"));
            }
        }
    }
    files
}

fn points(short: u32) -> u32 {
    std::env::var("PERFBASE_FAULT_POINTS").ok().and_then(|n| n.parse().ok()).unwrap_or(short)
}

fn signal(child: &Child, signal: i32) {
    let pid = i32::try_from(child.id()).expect("a pid");
    // SAFETY: kill has no memory effects; the child is not reaped yet, so the pid is its own.
    let sent = unsafe { libc::kill(pid, signal) };
    assert_eq!(sent, 0, "the child is there");
}

/// The middle of each of so many equal parts of a time.
fn spread(course: Duration, points: u32) -> impl Iterator<Item = (u32, Duration)> {
    (0..points).map(move |point| (point, course * (2 * point + 1) / (2 * points)))
}

/// Interrupts captures at points spread over their whole course; returns how many had finished
/// before the signal came.
fn interrupt(scratch: &Scratch, number: i32, points: u32) -> u32 {
    scratch.expect(scratch.capture("before"), 0);
    let before = snapshot(&scratch.folder.path().join("profiles/before"));
    let course = scratch.course("course");

    let mut finished = 0;
    for (point, after) in spread(course, points) {
        let label = format!("killed-{number}-{point}");
        let status = scratch.interrupted(scratch.capture(&label), number, after);
        finished += u32::from(status == 0);
        assert!(status == 0 || status == 128 + number, "point {point}: {status}");
        let labels = scratch.labels();
        assert!(labels.contains(&"before".to_owned()), "{labels:?}");
        assert_eq!(labels.contains(&label), status == 0, "point {point}: {labels:?}");
        assert_eq!(snapshot(&scratch.folder.path().join("profiles/before")), before);
    }
    assert!(finished < points, "the signal never came in time");
    scratch.expect(scratch.capture("after"), 0);
    scratch.assert_nothing_half();
    finished
}

#[test]
fn sigkill_at_any_point() {
    let points = points(6);
    let finished = interrupt(&Scratch::new("kill"), libc::SIGKILL, points);
    println!("SIGKILL: {points} points, {finished} captures had finished; no harm, nobody left");
}

#[test]
fn ctrl_c_at_any_point() {
    let points = points(15).div_ceil(5);
    let finished = interrupt(&Scratch::new("int"), libc::SIGINT, points);
    println!("SIGINT: {points} points, {finished} captures had finished; no harm, nobody left");
}

#[test]
fn replacing_is_all_or_nothing() {
    let scratch = Scratch::new("force");
    let course = scratch.course("kept");
    let folder = scratch.folder.path().join("profiles/kept");
    let mut before = snapshot(&folder);
    let (points, mut replaced) = (points(10).div_ceil(5), 0);
    for (point, after) in spread(course, points) {
        let mut again = scratch.capture("kept");
        again.arg("--force");
        let status = scratch.interrupted(again, libc::SIGKILL, after);
        assert_eq!(scratch.labels(), ["kept"], "point {point}");
        let now = snapshot(&folder);
        // Killed after the rename and before the end, it is the new one.
        if status == 0 || now != before {
            assert_ne!(now[&folder.join("capture.json")], before[&folder.join("capture.json")]);
            before = now;
            replaced += 1;
        }
    }
    println!("--force: {points} points, {replaced} had replaced it; no harm, nobody left");
    scratch.expect(scratch.capture("after"), 0);
    scratch.assert_nothing_half();
}

#[test]
fn a_full_disk_is_told_and_harms_nothing() {
    let scratch = Scratch::new("full");
    let disk = scratch.folder.path().join("disk");
    fs::create_dir(&disk).expect("created");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=120k", "perfbase-test"])
        .arg(&disk)
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        assert!(
            std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_none(),
            "mounting a tmpfs is not permitted"
        );
        println!("left out: mounting a tmpfs is not permitted");
        return;
    }
    let unmount = || Command::new("umount").arg(&disk).status();
    let result = std::panic::catch_unwind(|| {
        let profiles = disk.join("profiles");
        let on_disk = |label: &str| {
            let mut command = scratch.capture(label);
            command.arg("--profiles").arg(&profiles);
            command
        };
        scratch.expect(on_disk("first"), 0);
        let before = snapshot(&profiles.join("first"));
        let room = fs::read_dir(&disk).is_ok();
        assert!(room);
        fs::write(disk.join("ballast"), vec![0; 120 << 10]).expect_err("the disk is full");
        let full = on_disk("second").output().expect("it starts");
        let stderr = String::from_utf8_lossy(&full.stderr);
        assert_eq!(full.status.code(), Some(110), "{stderr}");
        assert!(stderr.contains("No space left"), "{stderr}");
        assert_eq!(snapshot(&profiles.join("first")), before);
        fs::remove_file(disk.join("ballast")).expect("removed");
        let list = {
            let mut command = scratch.command(&["list", "--format", "json"]);
            command.arg("--profiles").arg(&profiles);
            scratch.expect(command, 0)
        };
        assert!(list.contains("first") && !list.contains("second"), "{list}");
    });
    unmount().expect("umount starts");
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}
