//! Profilers that are missing, forbidden or broken, played by scripts in front of `PATH`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sandbox::{Ended, Sandbox, assert_has};

/// Plays `perf` and `samply` alike; `FAKE_PERF` and `FAKE_SAMPLY` say how. The tiny program on
/// which a recorder is tried is `true`; everything else is a benchmark.
const FAKE: &str = r#"#!/bin/sh
case "${0##*/}" in
  perf) mode=$FAKE_PERF ;;
  *) mode=$FAKE_SAMPLY ;;
esac
[ "$1" = --version ] && { echo "${0##*/} version 9.9"; exit 0; }
[ "$1" = stat ] && exit 1
case "$mode" in
  forbidden)
    if [ "${0##*/}" = samply ]; then
      echo "'/proc/sys/kernel/perf_event_paranoid' is currently set to 4." >&2
      echo "In order for samply to work, this level needs to be set to 1 or lower." >&2
      exit 1
    fi
    cat >&2 <<'END'
Error:
Access to performance monitoring and observability operations is limited.
Consider adjusting /proc/sys/kernel/perf_event_paranoid setting to open
access to performance monitoring and observability operations for processes
without CAP_PERFMON, CAP_SYS_PTRACE or CAP_SYS_ADMIN Linux capability.
More information can be found at 'Perf events and tool security' document:
https://www.kernel.org/doc/html/latest/admin-guide/perf-security.html
perf_event_paranoid setting is 4:
  -1: Allow use of (almost) all events by all users
      Ignore mlock limit after perf_event_mlock_kb without CAP_IPC_LOCK
>= 0: Disallow raw and ftrace function tracepoint access
>= 1: Disallow CPU event access
>= 2: Disallow kernel profiling
To make the adjusted perf_event_paranoid setting permanent preserve it
in /etc/sysctl.conf (e.g. kernel.perf_event_paranoid = <setting>)
END
    exit 255 ;;
  crash) kill -SEGV $$ ;;
esac
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  [ "$1" = --output ] && output=$2
  shift
done
shift
if [ "$1" = true ]; then
  echo probe > "$output"
  exit 0
fi
"$@" || exit
case "$mode" in
  nothing) ;;
  empty) : > "$output" ;;
  garbage) head -c 100000 /dev/urandom > "$output" ;;
  truncated) printf 'PERFILE2\150\0\0\0\0\0\0\0' > "$output" ;;
  crash-later) kill -SEGV $$ ;;
  slow) sleep 1000 ;;
  grandchild) setsid sleep 1000 & : > "$output" ;;
  *) echo "no such mode: $mode" >&2; exit 99 ;;
esac
"#;

/// Whether there is a recorder that nothing can take away.
pub(crate) const HAS_EMBEDDED: bool = cfg!(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    target_pointer_width = "64"
));

/// The sandbox with both fakes in a folder of its own.
pub(crate) fn fakes(name: &str) -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new(name, "troubles");
    let folder = sandbox.folder().join("fakes");
    fs::create_dir(&folder).expect("created");
    for name in ["perf", "samply"] {
        let path = folder.join(name);
        fs::write(&path, FAKE).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
    }
    (sandbox, folder)
}

/// A capture with the fakes in these modes.
fn capture(
    fakes: &(Sandbox, PathBuf),
    label: &str,
    profiler: &str,
    modes: (&str, &str),
) -> Command {
    let sandbox = &fakes.0;
    let words = ["capture", "--label", label, "--bench", "good", "--runs", "1", "--time", "0.05"];
    let mut command = sandbox.command(&words);
    // Long enough for everybody but who sleeps, however busy the machine is.
    command.args(["--profile-time", "0.05", "--timeout", "15", "--profiler", profiler]);
    played(fakes, command, modes)
}

/// A command that finds the fakes, in these modes.
pub(crate) fn played(
    (_, folder): &(Sandbox, PathBuf),
    mut command: Command,
    (perf, samply): (&str, &str),
) -> Command {
    let mut path = folder.clone().into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    command.env("PATH", path).env("FAKE_PERF", perf).env("FAKE_SAMPLY", samply);
    command
}

/// Whether permission is shown how to be had; which of the two, depends on whether this runs in a
/// container.
#[track_caller]
pub(crate) fn assert_mends(text: &str) {
    let mends = ["sysctl kernel.perf_event_paranoid=1", "PERFMON"];
    assert!(mends.iter().any(|mend| text.contains(mend)), "{text}");
}

/// The lines of stderr that begin with this.
fn lines<'a>(ended: &'a Ended, start: &str) -> Vec<&'a str> {
    ended.stderr.lines().filter(|line| line.starts_with(start)).collect()
}

#[test]
fn auto_takes_the_next_one_and_says_why() {
    let fakes = fakes("auto");
    let ended = fakes.0.expect(capture(&fakes, "x", "auto", ("forbidden", "forbidden")), 0);
    let notes = lines(&ended, "note:");
    assert_eq!(notes.len(), if HAS_EMBEDDED { 2 } else { 3 }, "{}", ended.stderr);
    let limited = "perf: Access to performance monitoring and observability operations is limited.";
    assert_has(notes[0], &[limited]);
    assert_mends(notes[0]);
    assert_has(notes[1], &["samply: ", "perf_event_paranoid"]);
    assert_mends(notes[1]);
    if HAS_EMBEDDED {
        assert_has(&ended.stderr, &["Profiling with embedded "]);
        assert!(fakes.0.index("x")["benchmarks"][0]["profile"].is_object());
    } else {
        assert_has(&ended.stderr, &["warning: no profiler works here: there will be timings"]);
    }
    assert_eq!(fakes.0.benchmarks("x"), [("troubles/good/good".to_owned(), None)]);

    let ended = fakes.0.expect(capture(&fakes, "y", "auto", ("crash", "garbage")), 101);
    let notes = lines(&ended, "note: perf");
    assert_eq!(notes.len(), 1, "{}", ended.stderr);
    assert_has(notes[0], &["perf: killed by signal 11 (SIGSEGV)"]);
    assert_has(&ended.stderr, &["Profiling with samply 9.9"]);
}

#[test]
fn what_is_asked_for_and_does_not_work_is_an_error() {
    let fakes = fakes("asked");
    let forbidden = capture(&fakes, "x", "perf", ("forbidden", "garbage"));
    let ended = fakes.0.expect(forbidden, 96);
    assert_has(&ended.stderr, &["error: perf cannot record here: Access to", "help: "]);
    assert_mends(&ended.stderr);
    let ended = fakes.0.expect(capture(&fakes, "x", "perf", ("crash", "garbage")), 96);
    assert_has(&ended.stderr, &["perf cannot record here: killed by signal 11", "help: "]);
    let ended = fakes.0.expect(capture(&fakes, "x", "samply", ("garbage", "forbidden")), 96);
    assert_has(&ended.stderr, &["samply cannot record here", "help: "]);
    assert!(!fakes.0.profiles().join("x").exists());

    let bare = path_without_profilers(fakes.0.folder());
    for (profiler, advice) in [("perf", "install"), ("samply", "cargo install")] {
        let mut command = capture(&fakes, "x", profiler, ("", ""));
        command.env("PATH", &bare);
        let ended = fakes.0.expect(command, 96);
        assert_has(&ended.stderr, &[&format!("{profiler} is not installed"), advice]);
    }
    let mut command = capture(&fakes, "x", "auto", ("", ""));
    command.env("PATH", &bare);
    let ended = fakes.0.expect(command, 0);
    let notes = if HAS_EMBEDDED { 2 } else { 3 };
    assert_eq!(lines(&ended, "note:").len(), notes, "{}", ended.stderr);
}

/// One folder with links to everything in `PATH` but the profilers.
fn path_without_profilers(folder: &Path) -> PathBuf {
    let bare = folder.join("bare");
    fs::create_dir(&bare).expect("created");
    for folder in std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name != "perf" && name != "samply" {
                // The first of a name is the one that counts.
                let _taken = symlink(entry.path(), bare.join(name));
            }
        }
    }
    bare
}

#[test]
fn a_broken_recording_costs_the_profile_only() {
    let fakes = fakes("broken");
    for (mode, told) in [
        ("nothing", "perf.data"),
        ("empty", "perf.data"),
        ("garbage", "perf.data"),
        ("truncated", "perf.data"),
        ("crash-later", "killed by signal 11 (SIGSEGV)"),
        ("slow", "no end after 15 s"),
        ("grandchild", "perf.data"),
    ] {
        let ended = fakes.0.expect(capture(&fakes, mode, "perf", (mode, "")), 101);
        let failed = "warning: troubles/good/good failed (profiling run 1): ";
        assert_has(&ended.stderr, &[failed, told]);
        let index = fakes.0.index(mode);
        let entry = &index["benchmarks"][0];
        assert_eq!(entry["failure"]["stage"], "profiling run 1", "{mode}: {entry}");
        assert_eq!(entry["timed"], true, "{mode}: {entry}");
        let shown = fakes.0.expect(fakes.0.command(&["show", mode]), 0).stdout;
        assert_has(&shown, &["P50", "profiling run 1"]);
    }
    for mode in ["empty", "garbage"] {
        let label = format!("samply-{mode}");
        let ended = fakes.0.expect(capture(&fakes, &label, "samply", ("", mode)), 101);
        assert_has(&ended.stderr, &["failed (profiling run 1): "]);
        assert_eq!(fakes.0.index(&label)["benchmarks"][0]["timed"], true);
    }
}

#[test]
fn the_users_profile_time_is_the_length_of_the_profiled_pass() {
    let fakes = fakes("length");
    for (label, words, seconds) in
        [("ours", &[][..], "0.05"), ("theirs", &["--", "--profile-time=1"], "1")]
    {
        let mut command = capture(&fakes, label, "perf", ("garbage", ""));
        command.arg("--verbose").args(words);
        let ended = fakes.0.expect(command, 101);
        let commands = lines(&ended, "     Running ");
        let timed = commands.iter().find(|line| line.contains("again and again"));
        let timed = timed.expect("it is timed");
        assert!(!timed.contains("profile-time"), "{timed}");
        let profiled = commands.iter().find(|line| line.contains("perf record"));
        let profiled = profiled.expect("it is profiled");
        assert_has(profiled, &[&format!(" __repeat {seconds} ")]);
        assert!(commands.iter().any(|line| line.contains("cargo bench")), "{commands:?}");
    }
}
