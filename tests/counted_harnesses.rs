//! One routine in all the ways that criterion and libtest run it, counted with the real valgrind:
//! it counts the same in each, and no setup counts.

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
    // What cargo sets for this test is not for the program's own build.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command.arg("perfbase").arg("--quiet").args(arguments).output().unwrap()
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests is to know what did not run")]
fn left_out(reason: &str) {
    eprintln!("left out: valgrind does not work here: {reason}");
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
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = root.join("tests/fixtures");
    let files = [
        (fixtures.join("counted-harnesses/Cargo.toml"), "Cargo.toml"),
        (fixtures.join("counted-harnesses/benches/ways.rs"), "benches/ways.rs"),
        (fixtures.join("counted-harnesses/tests/unit.rs"), "tests/unit.rs"),
        (fixtures.join("counted/src/lib.rs"), "src/lib.rs"),
        // The same versions as ours, which are there already.
        (root.join("Cargo.lock"), "Cargo.lock"),
    ];
    for (from, to) in files {
        let to = folder.join(to);
        fs_err::create_dir_all(to.parent().unwrap()).unwrap();
        fs_err::copy(from, to).unwrap();
    }
    let arguments = ["capture", "--label", "ways", "--profiler", "callgrind", "--runs", "0"];
    let targets = ["--bench", "ways", "--test", "unit"];
    let captured = perfbase(folder, &[&arguments[..], &targets].concat());
    let stderr = String::from_utf8_lossy(&captured.stderr);
    if captured.status.code() == Some(96) {
        let required = std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
        assert!(!required, "valgrind is required: {stderr}");
        return left_out(&stderr);
    }
    assert!(captured.status.success(), "{stderr}");

    let shown = perfbase(folder, &["show", "ways", "--format", "json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let benchmarks = shown["benchmarks"].as_array().unwrap();
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
    for benchmark in benchmarks {
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
