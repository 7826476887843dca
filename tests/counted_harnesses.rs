//! One routine in all the ways that criterion, divan and libtest run it, counted with the real
//! valgrind: it counts the same in each, and no setup counts.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Times that the routine's loop is run, each with one multiplication.
const LOOPS: u64 = 1000;

fn perfbase(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
    command.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
    // What cargo sets for this test is not for the program's own build; and libtest's benches are
    // of a nightly compiler.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command.env("RUSTC_BOOTSTRAP", "1");
    command.arg("perfbase").arg("--quiet").args(arguments).output().unwrap()
}

fn is_required() -> bool {
    std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|value| value == "1")
}

/// Copies a fixture's files, and the library that all have in common.
fn program(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for (from, to) in files.iter().chain(&[("counted/src/lib.rs", "src/lib.rs")]) {
        let to = folder.path().join(to);
        fs_err::create_dir_all(to.parent().unwrap()).unwrap();
        fs_err::copy(fixtures.join(from), to).unwrap();
    }
    folder
}

/// Counts instructions of some targets; `None` when valgrind does not work here.
fn counted(folder: &Path, targets: &[&str]) -> Option<Vec<Value>> {
    let arguments = ["capture", "--label", "ways", "--profiler", "callgrind", "--runs", "0"];
    let captured = perfbase(folder, &[&arguments[..], targets].concat());
    let stderr = String::from_utf8_lossy(&captured.stderr);
    if captured.status.code() == Some(96) {
        assert!(!is_required(), "valgrind is required: {stderr}");
        left_out("valgrind does not work here", &stderr);
        return None;
    }
    assert!(captured.status.success(), "{stderr}");
    let shown = perfbase(folder, &["show", "ways", "--format", "json"]);
    let mut shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    Some(shown["benchmarks"].take().as_array().unwrap().clone())
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests is to know what did not run")]
fn left_out(reason: &str, said: &str) {
    eprintln!("left out: {reason}: {said}");
}

/// Self and total weight of a function.
fn function(count: &Value, name: &str) -> Option<(u64, u64)> {
    let all = count["functions"].as_array().unwrap();
    let found = all.iter().find(|function| function["name"] == name)?;
    // Runs that differ elsewhere, as threads make them, do not differ here.
    let runs = count["profile_runs"].as_u64().unwrap();
    let weight = |of: &str| {
        let weight = found[of].as_u64().unwrap();
        assert!(weight.is_multiple_of(runs), "{name}: {weight} in {runs} runs");
        weight / runs
    };
    Some((weight("self_weight"), weight("total_weight")))
}

#[test]
fn a_routine_counts_the_same_however_it_is_run() {
    let folder = program(&[
        ("counted-harnesses/Cargo.toml", "Cargo.toml"),
        ("counted-harnesses/benches/ways.rs", "benches/ways.rs"),
        ("counted-harnesses/tests/unit.rs", "tests/unit.rs"),
        // The same versions as ours, which are there already.
        ("../../Cargo.lock", "Cargo.lock"),
    ]);
    let Some(benchmarks) = counted(folder.path(), &["--bench", "ways", "--test", "unit"]) else {
        return;
    };
    let mut names: Vec<&str> =
        benchmarks.iter().map(|benchmark| benchmark["benchmark"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "batched",
            "by_reference",
            "iter",
            "large_drop",
            "single",
            "tested",
            "thread",
            "with_setup"
        ]
    );
    let plain = benchmarks.iter().find(|benchmark| benchmark["benchmark"] == "iter").unwrap();
    let routine = function(&plain["counts"][0], "counted::checksum").unwrap();
    for benchmark in &benchmarks {
        let (name, count) = (&benchmark["benchmark"], &benchmark["counts"][0]);
        assert_eq!(count["iterations"], 1, "{name}");
        let checksum = function(count, "counted::checksum").unwrap();
        let multiply = function(count, "counted::multiply").unwrap();
        assert!(multiply.0 >= LOOPS && multiply.0.is_multiple_of(LOOPS), "{name}: {multiply:?}");
        // In an executable of its own it is compiled in another way.
        if name == "tested" {
            assert_eq!(count["repeatable"], true, "{name}: {count}");
            continue;
        }
        assert_eq!(checksum, routine, "{name}");
        assert_eq!(function(count, "counted::greet"), None, "{name}: setup");
        let whole = count["runs"][0]["benchmark_weight"].as_u64().unwrap();
        let (least, most) = (routine.1, routine.1 + 200);
        assert!(name == "thread" || (least..most).contains(&whole), "{name}: {whole}, not {least}");
        let repeats = count["repeatable"] == true;
        assert!(repeats || name == "thread", "{name}: {count}");
    }
}

#[test]
fn divan_and_libtest_run_the_routine_and_nothing_else() {
    let folder = program(&[
        ("counted-harnesses/divan/Cargo.toml", "Cargo.toml"),
        ("counted-harnesses/divan/benches/ways.rs", "benches/ways.rs"),
        ("counted-harnesses/divan/benches/nightly.rs", "benches/nightly.rs"),
    ]);
    let fetch = Command::new(env!("CARGO")).arg("fetch").current_dir(folder.path()).output();
    let fetch = fetch.unwrap();
    if !fetch.status.success() {
        let stderr = String::from_utf8_lossy(&fetch.stderr);
        assert!(!is_required(), "divan is required: {stderr}");
        return left_out("divan cannot be had", &stderr);
    }
    let Some(benchmarks) = counted(folder.path(), &["--bench", "ways", "--bench", "nightly"])
    else {
        return;
    };
    // How often each runs the routine, and rounds of its loop.
    let expected = [
        ("iter", 1, LOOPS),
        ("ways::arguments::1000", 1, LOOPS),
        ("ways::arguments::2000", 1, 2 * LOOPS),
        ("ways::bencher", 1, LOOPS),
        ("ways::local", 1, LOOPS),
        ("ways::local_values", 1, LOOPS),
        ("ways::refs", 1, LOOPS),
        ("ways::returned", 1, LOOPS),
        ("ways::sized", 1, LOOPS),
        ("ways::threads", 2, LOOPS),
        ("ways::values", 1, LOOPS),
    ];
    let name = |benchmark: &Value| benchmark["benchmark"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = benchmarks.iter().map(name).collect();
    names.sort_unstable();
    assert_eq!(names, expected.map(|(name, ..)| name));
    let of =
        |name: &str| &benchmarks.iter().find(|one| one["benchmark"] == name).unwrap()["counts"][0];
    let plain = function(of("ways::returned"), "counted::checksum").unwrap();
    let each = function(of("ways::returned"), "counted::multiply").unwrap().0 / LOOPS;
    assert!(each > 0);
    for (name, times, loops) in expected {
        let count = of(name);
        assert_eq!(count["iterations"], 1, "{name}");
        // How long threads wait for each other is another matter each time.
        assert!(count["repeatable"] == true || times > 1, "{name}: {count}");
        let multiply = function(count, "counted::multiply").unwrap();
        assert_eq!(multiply.0, times * loops * each, "{name}");
        let checksum = function(count, "counted::checksum").unwrap().1;
        if loops == LOOPS {
            assert_eq!(checksum, times * plain.1, "{name}");
        }
        assert_eq!(function(count, "counted::greet"), None, "{name}: setup");
        let whole = count["runs"][0]["benchmark_weight"].as_u64().unwrap();
        let beside = whole - checksum;
        // libtest reads the clock twice, and its thread ends; divan's threads wait for each other.
        let most = if name == "iter" { 600 } else { 200 };
        assert!(beside < most || times > 1, "{name}: {beside} beside the routine");
    }
}
