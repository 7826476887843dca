//! Files that are not what they should be, and words that were meant otherwise: each is told in a
//! line, with what to do next.

use std::fs;
use std::path::Path;

use crate::sandbox::{Sandbox, assert_has};

/// A sandbox with two captures and no perfbase.toml, of which none runs anything.
fn two(name: &str) -> Sandbox {
    let sandbox = Sandbox::new(name, "selection");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden/v1");
    for label in ["golden", "counts"] {
        copy(&golden.join(label), &sandbox.profiles().join(label));
    }
    sandbox
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for entry in fs::read_dir(from).expect("it is there") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("copied")),
        }
    }
}

#[test]
fn a_damaged_capture_is_told_and_has_one_status() {
    let sandbox = two("damaged");
    let damaged = sandbox.profiles().join("half");
    fs::create_dir_all(&damaged).expect("created");
    fs::write(damaged.join("capture.json"), "{\"schema").expect("written");
    // Left out of what is chosen, in one line.
    let diff = sandbox.expect(sandbox.command(&["diff"]), 0);
    assert_has(&diff.stderr, &["warning: `half` cannot be read and is left out", "list says why"]);
    assert_eq!(diff.stderr.matches("half").count(), 1, "{}", diff.stderr);
    let show = sandbox.expect(sandbox.command(&["show"]), 0);
    assert_has(&show.stderr, &["`half` cannot be read"]);
    // Named, it is a file that cannot be understood: 2, as documented.
    let named = sandbox.expect(sandbox.command(&["show", "half"]), 2);
    assert_has(&named.stderr, &["error: could not read", "capture.json"]);
    // So is one whose files are gone.
    let index = sandbox.index("golden");
    let timed = index["benchmarks"].as_array().expect("an array").iter().find_map(|entry| {
        let folder = sandbox.profiles().join("golden").join(entry["folder"].as_str()?);
        Some(folder.join("timing.json")).filter(|file| file.is_file())
    });
    fs::remove_file(timed.expect("one is timed")).expect("removed");
    let gone = sandbox.expect(sandbox.command(&["show", "golden"]), 2);
    assert_has(&gone.stderr, &["timing.json is missing"]);
}

#[test]
fn a_file_is_no_folder_of_captures() {
    let sandbox = Sandbox::new("profiles-file", "selection");
    let file = sandbox.folder().join("profiles.txt");
    fs::write(&file, "").expect("written");
    let path = file.to_str().expect("UTF-8");
    for command in [vec!["list"], vec!["diff"], vec!["show"]] {
        let mut words = vec!["--profiles", path];
        words.extend(command);
        let ended = sandbox.expect(sandbox.bare(&words), 2);
        assert_has(&ended.stderr, &["is a file, and captures are kept in a folder", "help: "]);
    }
}

#[test]
fn checking_without_rules_says_where_rules_come_from() {
    let sandbox = two("no-rules");
    let ended = sandbox.expect(sandbox.command(&["check", "golden"]), 0);
    assert_has(&ended.stdout, &["There is no rule for one capture"]);
    assert_has(&ended.stderr, &["no perfbase.toml here or above", "cargo perfbase init"]);
    let empty = sandbox.folder().join("empty.toml");
    fs::write(&empty, "").expect("written");
    let mut check = sandbox.command(&["check", "golden", "--config"]);
    check.arg(&empty);
    let ended = sandbox.expect(check, 0);
    assert_has(&ended.stderr, &["empty.toml has no rules"]);
    assert!(!ended.stderr.contains("no perfbase.toml"), "{}", ended.stderr);
}

#[test]
fn a_file_of_rules_that_is_no_text_is_not_to_be_written_anew() {
    let sandbox = two("not-utf-8");
    let file = sandbox.folder().join("rules.toml");
    fs::write(&file, b"id = \"\xff\"\n").expect("written");
    let with = |path: &Path| {
        let mut command = sandbox.command(&["check", "golden", "--config"]);
        command.arg(path);
        sandbox.expect(command, 2).stderr
    };
    let told = with(&file);
    assert_has(&told, &["rules.toml", "UTF-8"]);
    assert!(!told.contains("init"), "{told}");
    assert_has(&with(&sandbox.folder().join("none.toml")), &["cargo perfbase init"]);
}

#[test]
fn a_dash_is_stdout() {
    let sandbox = two("dash");
    let plain = sandbox.expect(sandbox.command(&["diff", "golden", "counts"]), 0).stdout;
    let dash = sandbox.expect(sandbox.command(&["diff", "golden", "counts", "-o", "-"]), 0);
    assert_eq!(dash.stdout, plain);
    let svg = sandbox.expect(sandbox.command(&["diff", "golden", "counts", "--svg", "-"]), 2);
    assert_has(&svg.stderr, &["pictures cannot go to stdout", "--svg diff.svg"]);
    assert!(!sandbox.fixture().join("-").exists());
}

#[test]
fn folders_are_not_imported() {
    let sandbox = two("import-folder");
    let import = |path: &Path| {
        let mut command = sandbox.command(&["import"]);
        command.arg(path);
        sandbox.expect(command, 2).stderr
    };
    let told = import(&sandbox.profiles().join("golden"));
    assert_has(&told, &["is a folder", "cargo perfbase show"]);
    let told = import(sandbox.folder());
    assert_has(&told, &["is a folder", "perf.data"]);
    assert!(!told.contains("--label"), "{told}");
}
