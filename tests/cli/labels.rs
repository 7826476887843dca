//! Labels: taken, unknown, impossible; replaced, appended to, removed.

use std::fs;
use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, assert_has};

/// A capture of the fixture's quickest benchmark.
fn one(sandbox: &Sandbox, label: &str, more: &[&str]) -> std::process::Command {
    let mut command = sandbox.capture(label, &["--bench", "e2e_latency"]);
    command.args(more);
    command
}

#[test]
fn a_label_is_taken_once() {
    let sandbox = Sandbox::new("taken", "selection");
    sandbox.expect(one(&sandbox, "x", &[]), 0);
    let file = sandbox.profiles().join("x/capture.json");
    let before = fs::read(&file).expect("it is there");

    let refused = sandbox.expect(one(&sandbox, "x", &[]), 2);
    assert!(!refused.stderr.contains("Building"), "before any work: {}", refused.stderr);
    assert_has(&refused.stderr, &["`x` exists already", "--force", "--append"]);
    assert_eq!(fs::read(&file).expect("it is there"), before);

    let runs = |label: &str| {
        let json = sandbox.expect(sandbox.command(&["show", label, "--format", "json"]), 0).stdout;
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        json["benchmarks"][0]["timing"]["runs"].as_array().expect("an array").len()
    };
    let id = sandbox.index("x")["id"].clone();
    assert_eq!(runs("x"), 1);
    sandbox.expect(one(&sandbox, "x", &["--append"]), 0);
    assert_eq!((runs("x"), &sandbox.index("x")["id"]), (2, &id));

    let other = sandbox.expect(one(&sandbox, "x", &["--append", "--features", "more"]), 2);
    assert_has(&other.stderr, &["cannot add runs to `x`", "features", "--force"]);
    let other = sandbox.expect(one(&sandbox, "y", &["--append"]), 2);
    assert_has(&other.stderr, &["there is no capture `y`", "`x`"]);
    assert_eq!(runs("x"), 2);

    sandbox.expect(one(&sandbox, "x", &["--force"]), 0);
    assert_eq!(runs("x"), 1);
    assert_ne!(sandbox.index("x")["id"], id);
    // What fails replaces nothing.
    let before = fs::read(&file).expect("it is there");
    sandbox.expect(one(&sandbox, "x", &["--force", "no_such_name"]), 2);
    assert_eq!(fs::read(&file).expect("it is there"), before);

    sandbox.expect(sandbox.command(&["remove", "x"]), 0);
    assert!(!sandbox.profiles().join("x").exists());
    let gone = sandbox.expect(sandbox.command(&["remove", "x"]), 2);
    assert_has(&gone.stderr, &["there is no capture `x`"]);
}

#[test]
fn bad_labels_are_refused_with_a_reason() {
    let sandbox = Sandbox::new("bad", "selection");
    let long = "x".repeat(101);
    for (label, reason) in [
        ("a/b", "not \"/\""),
        ("..", "begins with a letter or digit"),
        ("-x", "begins with a letter or digit"),
        ("a\u{1b}[31m", "not \"\\u{1b}\""),
        ("a\nb", "not \"\\n\""),
        ("", "1 to 100 characters"),
        (&*long, "1 to 100 characters"),
        ("nul", "reserved"),
    ] {
        let label = format!("--label={label}");
        let ended = sandbox.expect(sandbox.command(&["capture", &label]), 2);
        assert_has(&ended.stderr, &[reason]);
        assert!(!ended.stderr.contains('\u{1b}'), "{}", ended.stderr.escape_debug());
    }
    assert!(!sandbox.profiles().exists(), "nothing was begun");
}

#[test]
fn unknown_labels_are_told_with_the_known_ones() {
    let sandbox = Sandbox::new("unknown", "selection");
    let none = sandbox.expect(sandbox.command(&["diff"]), 2);
    assert_has(&none.stderr, &["a comparison needs two captures", "has 0", "capture --label"]);
    let none = sandbox.expect(sandbox.command(&["show"]), 2);
    assert_has(&none.stderr, &["there is no capture", "capture --label"]);
    let none = sandbox.expect(sandbox.command(&["list"]), 0);
    assert_has(&none.stderr, &["no captures in"]);
    assert_eq!(none.stdout, "");

    sandbox.expect(one(&sandbox, "x", &[]), 0);
    for words in [&["show", "y"][..], &["diff", "x", "y"], &["diff", "y"], &["remove", "y"]] {
        let ended = sandbox.expect(sandbox.command(words), 2);
        assert_has(&ended.stderr, &["there is no capture `y`", "it has `x`"]);
    }
    for words in [&["diff"][..], &["diff", "x"]] {
        let ended = sandbox.expect(sandbox.command(words), 2);
        assert_has(&ended.stderr, &["a comparison needs two captures", "has 1"]);
    }
    // Compared with itself, nothing has changed.
    let itself = sandbox.expect(sandbox.command(&["diff", "x", "x", "--format", "json"]), 0);
    let json: serde_json::Value = serde_json::from_str(&itself.stdout).expect("JSON");
    assert!(!itself.stdout.contains("\"slower\"") && json["benchmarks"].is_array());
}

#[test]
fn two_captures_at_a_time_are_refused() {
    let sandbox = Sandbox::new("lock", "troubles");
    // The first is stopped by this test, and until then it runs.
    let words = ["--bench", "hangs", "--timeout", "1000"];
    let mut first = sandbox.capture("first", &words);
    first.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut first = first.spawn().expect("it starts");
    let staging = || {
        let entries = fs::read_dir(sandbox.profiles()).into_iter().flatten().flatten();
        entries.into_iter().any(|e| e.file_name().to_string_lossy().starts_with(".staging"))
    };
    let end = Instant::now() + Duration::from_secs(500);
    while !staging() {
        assert!(Instant::now() < end, "it does not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = sandbox.capture("second", &words).output().expect("it starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_has(&stderr, &["another capture is running"]);
    // Readers need no lock.
    let output = sandbox.command(&["list"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(0));

    // SAFETY: no memory is involved; the child is not reaped yet, so the id is its own.
    unsafe { libc::kill(i32::try_from(first.id()).expect("a pid"), libc::SIGTERM) };
    assert_eq!(first.wait().expect("it ends").code(), Some(143));
    let list = sandbox.expect(sandbox.command(&["list", "--format", "json"]), 0).stdout;
    assert_has(&list, &["\"captures\": []"]);
    assert!(!staging(), "nothing half is left");
}
