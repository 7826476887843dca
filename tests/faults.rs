//! A capture that is killed at any point harms nothing and leaves nobody behind.
//!
//! `PERFBASE_FAULT_POINTS=100 cargo test --test faults -- --nocapture` runs the long form whose
//! counts stand in `docs/field-notes.md`; the ordinary test takes a few points only.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A scratch copy of the crate with known costs, and a marker in the environment of everything
/// that is started for it.
struct Scratch {
    folder: tempfile::TempDir,
    mark: String,
}

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/known-costs");
        for file in ["Cargo.toml", "src/lib.rs", "benches/costs.rs"] {
            let to = folder.path().join(file);
            fs::create_dir_all(to.parent().expect("it has one")).expect("created");
            fs::copy(fixture.join(file), to).expect("copied");
        }
        Self { folder, mark: format!("PERFBASE_FAULTS={name}-{}", std::process::id()) }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let (key, value) = self.mark.split_once('=').expect("it has both");
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env(key, value)
            .env("CARGO_TARGET_DIR", self.folder.path().join("target"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn capture(&self, label: &str) -> Command {
        // Short runs: what matters is where they are interrupted, not what they measure.
        let options = ["--runs", "2", "--time", "0.2", "--profile-time", "0.2"];
        let mut arguments = vec!["capture", "--label", label];
        arguments.extend(options);
        self.command(&arguments)
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
            assert!(shown.contains(label) && shown.contains("costs (process)"), "{shown}");
        }
        labels
    }

    /// Processes that carry the marker.
    fn processes(&self) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").expect("/proc").flatten() {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            if environment.split(|&byte| byte == 0).any(|entry| entry == self.mark.as_bytes()) {
                let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                // A zombie has no command line and waits for its parent only.
                if !command.is_empty() {
                    found.push(String::from_utf8_lossy(&command).replace('\0', " "));
                }
            }
        }
        found
    }

    /// Fails when somebody is left after a grace period.
    fn assert_nobody_left(&self) {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let left = self.processes();
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < end, "left behind: {left:#?}");
            std::thread::sleep(Duration::from_millis(20));
        }
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

/// Interrupts captures at points spread over their whole course; returns how many had finished
/// before the signal came.
fn interrupt(scratch: &Scratch, number: i32, points: u32) -> u32 {
    scratch.expect(scratch.capture("before"), 0);
    let before = snapshot(&scratch.folder.path().join("profiles/before"));
    // The build is done by now: this is the course of the captures to come.
    let start = Instant::now();
    scratch.expect(scratch.capture("course"), 0);
    let course = start.elapsed();

    let mut finished = 0;
    for point in 0..points {
        let label = format!("killed-{number}-{point}");
        let mut child = scratch.capture(&label).spawn().expect("it starts");
        std::thread::sleep(course * (2 * point + 1) / (2 * points));
        signal(&child, number);
        // Drain the pipes first, or a talkative child would wait for us.
        let status = child.wait().expect("it ends");
        finished += u32::from(status.success());
        if number == libc::SIGINT && !status.success() {
            assert_eq!(status.code(), Some(130), "point {point}: {status}");
        }
        scratch.assert_nobody_left();
        let labels = scratch.labels();
        assert!(labels.contains(&"before".to_owned()), "{labels:?}");
        assert_eq!(labels.contains(&label), status.success(), "point {point}: {labels:?}");
        assert_eq!(snapshot(&scratch.folder.path().join("profiles/before")), before);
    }
    scratch.expect(scratch.capture("after"), 0);
    let hidden: Vec<_> = fs::read_dir(scratch.folder.path().join("profiles"))
        .expect("readable")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".staging"))
        .collect();
    assert!(hidden.is_empty(), "left by killed captures: {hidden:?}");
    finished
}

#[test]
fn sigkill_at_any_point() {
    let points = points(5);
    let finished = interrupt(&Scratch::new("kill"), libc::SIGKILL, points);
    println!("SIGKILL: {points} points, {finished} captures had finished; no harm, nobody left");
}

#[test]
fn ctrl_c_at_any_point() {
    let points = points(5).div_ceil(5);
    let finished = interrupt(&Scratch::new("int"), libc::SIGINT, points);
    println!("SIGINT: {points} points, {finished} captures had finished; no harm, nobody left");
}

#[test]
fn replacing_is_all_or_nothing() {
    let scratch = Scratch::new("force");
    scratch.expect(scratch.capture("kept"), 0);
    let before = snapshot(&scratch.folder.path().join("profiles/kept"));
    let mut again = scratch.capture("kept");
    again.arg("--force");
    let mut child = again.spawn().expect("it starts");
    std::thread::sleep(Duration::from_millis(700));
    signal(&child, libc::SIGKILL);
    child.wait().expect("it ends");
    scratch.assert_nobody_left();
    assert_eq!(scratch.labels(), ["kept"]);
    assert_eq!(snapshot(&scratch.folder.path().join("profiles/kept")), before);
    // Without --force it is refused, and says what to do.
    let refused = scratch.capture("kept").output().expect("it starts");
    assert_eq!(refused.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(stderr.contains("--force") && stderr.contains("--append"), "{stderr}");
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
