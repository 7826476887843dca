//! A program whose counts are known by construction (`fixtures/counted`), captured with the real
//! valgrind: the same program counts the same to the last digit, one more multiplication in a loop
//! is found in the inlined function that has it, and one more clone in the function that makes it.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Times that the loop of the fixture is run.
const LOOPS: f64 = 1000.0;

/// Bytes of the string that the fixture clones.
const BYTES: f64 = 12.0;

fn perfbase(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
    command.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
    // What cargo sets for this test is not for the program's own build.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command.arg("perfbase").arg("--quiet").args(arguments).output().unwrap()
}

/// Counts the program in `folder`; `false` when valgrind does not work here.
fn capture(folder: &Path, label: &str) -> bool {
    let arguments = ["capture", "--label", label, "--profiler", "callgrind,dhat", "--runs", "0"];
    let captured = perfbase(folder, &[&arguments[..], &["--bench", "counts"]].concat());
    let stderr = String::from_utf8_lossy(&captured.stderr);
    if captured.status.code() == Some(96) {
        let required = std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
        assert!(!required, "valgrind is required: {stderr}");
        left_out(&stderr);
        return false;
    }
    assert!(captured.status.success(), "{stderr}");
    true
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests is to know what did not run")]
fn left_out(reason: &str) {
    eprintln!("left out: valgrind does not work here: {reason}");
}

/// What was counted of the one benchmark on both sides, by measure.
fn counts(folder: &Path, base: &str, new: &str) -> [Value; 3] {
    let diff = perfbase(folder, &["diff", base, new, "--format", "json"]);
    assert!(diff.status.success(), "{}", String::from_utf8_lossy(&diff.stderr));
    let mut diff: Value = serde_json::from_slice(&diff.stdout).unwrap();
    let counts = diff["benchmarks"][0]["counts"].take();
    let counts: [Value; 3] = counts.as_array().unwrap().clone().try_into().unwrap();
    let measures = counts.each_ref().map(|count| count["measure"].as_str().unwrap());
    assert_eq!(measures, ["instructions", "allocations", "bytes"]);
    counts
}

fn text(folder: &Path, base: &str, new: &str) -> String {
    String::from_utf8(perfbase(folder, &["diff", base, new]).stdout).unwrap()
}

/// Functions with another count than before, and by how much.
fn changed(count: &Value) -> Vec<(&str, f64)> {
    let functions = count["profile"]["functions"].as_array().unwrap();
    functions
        .iter()
        .map(|function| {
            let delta = function["delta_self_cost"].as_f64().unwrap();
            (function["name"].as_str().unwrap(), delta)
        })
        .filter(|(_, delta)| *delta != 0.0)
        .collect()
}

fn change(folder: &Path, from: &str, to: &str) {
    let path = folder.join("src/lib.rs");
    let source = fs_err::read_to_string(&path).unwrap();
    assert!(source.contains(from));
    fs_err::write(path, source.replacen(from, to, 1)).unwrap();
}

#[test]
fn every_change_is_found_to_the_last_digit_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/counted");
    for file in ["Cargo.toml", "src/lib.rs", "benches/counts.rs"] {
        let target = folder.join(file);
        fs_err::create_dir_all(target.parent().unwrap()).unwrap();
        fs_err::copy(fixture.join(file), target).unwrap();
    }
    if !capture(folder, "one") {
        return;
    }
    assert!(capture(folder, "two"));
    for count in counts(folder, "one", "two") {
        assert_eq!(count["delta"], 0.0, "{count}");
        assert_eq!(count["verdict"], "equal");
        assert_eq!(count["base"]["repeatable"], true);
        assert_eq!(count["base"]["counts"], count["new"]["counts"]);
        assert_eq!(changed(&count), []);
    }
    let same = text(folder, "one", "two");
    assert!(same.contains("1 benchmark counted; instructions: 1 equal"), "{same}");
    assert!(same.contains("equal to the last digit: instructions of 1 benchmark"), "{same}");

    // A multiplication in the loop of a function that is inlined.
    change(folder, "// more work", "let x = multiply(x);");
    assert!(capture(folder, "multiplied"));
    let [instructions, allocations, bytes] = counts(folder, "two", "multiplied");
    assert_eq!(instructions["delta"], LOOPS, "{instructions}");
    assert_eq!(instructions["verdict"], "more");
    assert_eq!(changed(&instructions), [("counted::multiply", LOOPS)]);
    assert_eq!(instructions["profile"]["unexplained"], 0.0);
    let totals = instructions["profile"]["functions"].as_array().unwrap();
    let checksum = totals.iter().find(|f| f["name"] == "counted::checksum").unwrap();
    assert_eq!(checksum["delta_total_cost"], LOOPS);
    assert_eq!((&allocations["delta"], &bytes["delta"]), (&0.0.into(), &0.0.into()));
    let more = text(folder, "two", "multiplied");
    assert!(more.contains("+1,000 instructions"), "{more}");
    assert!(more.contains("counted::multiply +1,000 of +1,000"), "{more}");

    // A string more.
    change(folder, "// more strings", "black_box(name.clone());");
    assert!(capture(folder, "cloned"));
    let [instructions, allocations, bytes] = counts(folder, "multiplied", "cloned");
    assert_eq!(allocations["delta"], 1.0, "{allocations}");
    assert_eq!(changed(&allocations), [("counted::greet", 1.0)]);
    assert_eq!(bytes["delta"], BYTES);
    assert_eq!(changed(&bytes), [("counted::greet", BYTES)]);
    assert_eq!(instructions["verdict"], "more");
    // Back again is the same in the other direction.
    let [_, fewer, _] = counts(folder, "cloned", "multiplied");
    assert_eq!((&fewer["delta"], &fewer["verdict"]), (&(-1.0).into(), &"fewer".into()));
}
