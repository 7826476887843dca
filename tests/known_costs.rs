//! A program whose costs are known by construction (`fixtures/known-costs`), captured by this
//! crate's executable with each recorder that works here: shares of functions, of inlined and
//! recursive ones, of threads and of a child process are what they have to be, and all recorders
//! say the same.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// What may differ beside sampling error, in shares: the processor's speed, which other processes
/// and the host change while the program runs.
const ALLOWANCE: f64 = 0.02;

/// What a run may spend on loading the program, copying it under another name and starting
/// threads and the child: a few milliseconds in each 800, of which a busy machine makes a multiple.
const START_UP: f64 = 0.15;

/// Standard deviations: with a dozen comparisons one in a thousand sound runs fails.
const DEVIATIONS: f64 = 4.0;

/// The functions that spend all that is known, none of which calls another.
const KNOWN: [&str; 3] =
    ["known_costs::single", "known_costs::on_a_thread", "known_costs::in_a_child"];

/// A function, its caller (none: all that is known), and its share of that.
const SHARES: [(&str, &str, f64); 6] = [
    ("known_costs::sixty", "known_costs::single", 0.6),
    ("known_costs::thirty", "known_costs::single", 0.3),
    ("known_costs::ten", "known_costs::single", 0.1),
    ("known_costs::single", "", 100.0 / 250.0),
    ("known_costs::on_a_thread", "", 100.0 / 250.0),
    ("known_costs::in_a_child", "", 50.0 / 250.0),
];

/// What `show --format json` says of the one benchmark.
struct Shown {
    recorder: String,
    samples: f64,
    truncated: f64,
    unknown: f64,
    /// Total share by function.
    totals: HashMap<String, f64>,
}

impl Shown {
    fn total(&self, function: &str) -> f64 {
        self.totals.get(function).copied().unwrap_or(0.0)
    }

    /// Share of everything in what costs a known amount: the rest is start-up.
    fn known(&self) -> f64 {
        KNOWN.iter().map(|function| self.total(function)).sum()
    }

    /// Share of the caller, and the number of samples that it is a share of.
    fn share(&self, function: &str, caller: &str) -> (f64, f64) {
        let of = if caller.is_empty() { self.known() } else { self.total(caller) };
        (self.total(function) / of, of * self.samples)
    }
}

/// Captures the program in `folder` and reads the capture; `None` when the recorder does not work
/// here.
fn capture(folder: &Path, recorder: &str) -> Option<Shown> {
    let perfbase = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
        command.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
        // What cargo sets for this test is not for the program's own build.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.arg("perfbase").arg("--quiet");
        command
    };
    let captured = perfbase()
        .args(["capture", "--label", recorder, "--profiler", recorder, "--bench", "costs"])
        .args(["--runs", "2", "--time", "0.3", "--profile-time", "2"])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&captured.stderr);
    if captured.status.code() == Some(96) {
        let required = std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
        assert!(!required, "{recorder} is required: {stderr}");
        left_out(recorder, &stderr);
        return None;
    }
    assert!(captured.status.success(), "{recorder}: {stderr}");

    let shown = perfbase().args(["show", recorder, "--format", "json"]).output().unwrap();
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let [benchmark] = shown["benchmarks"].as_array().unwrap().as_slice() else {
        panic!("one benchmark: {shown}");
    };
    let profile = &benchmark["profile"];
    let number = |name: &str| profile[name].as_f64().unwrap();
    let totals = profile["functions"].as_array().unwrap().iter().map(|function| {
        let name = function["name"].as_str().unwrap().to_owned();
        (name, function["total_share"].as_f64().unwrap())
    });
    Some(Shown {
        recorder: recorder.to_owned(),
        samples: number("samples"),
        truncated: number("truncated_samples") / number("samples"),
        unknown: number("unknown_samples") / number("samples"),
        totals: totals.collect(),
    })
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests is to know what did not run")]
fn left_out(recorder: &str, reason: &str) {
    eprintln!("left out: {recorder} does not work here: {reason}");
}

/// What a share of `n` samples may be off by when `p` is expected.
fn error(p: f64, n: f64) -> f64 {
    (p * (1.0 - p) / n).sqrt()
}

fn copy(from: &Path, to: &Path) {
    for file in ["Cargo.toml", "src/lib.rs", "benches/costs.rs"] {
        let target = to.join(file);
        fs_err::create_dir_all(target.parent().unwrap()).unwrap();
        fs_err::copy(from.join(file), target).unwrap();
    }
}

#[test]
fn shares_are_what_they_have_to_be_by_every_recorder() {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/known-costs"), folder.path());
    let all: Vec<Shown> = ["perf", "samply", "embedded"]
        .iter()
        .filter_map(|recorder| capture(folder.path(), recorder))
        .collect();

    for shown in &all {
        let recorder = &shown.recorder;
        // 2 runs of 2 s at 997 Hz, of which other programs may take most.
        assert!(shown.samples > 500.0, "{recorder}: {} samples", shown.samples);
        assert!(shown.unknown < 0.01, "{recorder}: {} unknown", shown.unknown);
        assert!(shown.truncated < 0.03, "{recorder}: {} truncated", shown.truncated);
        for (function, caller, expected) in SHARES {
            let (share, samples) = shown.share(function, caller);
            let allowed = DEVIATIONS * error(expected, samples) + ALLOWANCE;
            assert!(
                (share - expected).abs() < allowed,
                "{recorder}: {function} has {share:.4} of {samples:.0} samples, not {expected} ± {allowed:.4}"
            );
        }
        assert!(shown.known() > 1.0 - START_UP, "{recorder}: {} known", shown.known());
        // A child process goes by its own name, and what it does is its own.
        let child = shown.total("[process known-child]");
        let in_a_child = shown.total("known_costs::in_a_child");
        assert!(in_a_child <= child, "{recorder}: {in_a_child} of {child} in the child");
        assert!(child - in_a_child < START_UP, "{recorder}: {in_a_child} of {child} in the child");
        // All that is known is spent in one function, whose samples lie nowhere else.
        let spin = shown.total("known_costs::spin") / shown.known();
        assert!((spin - 1.0).abs() < 0.01, "{recorder}: {spin} in spin");
    }
    for (index, one) in all.iter().enumerate() {
        for other in &all[index + 1..] {
            let names = format!("by {} and {}", one.recorder, other.recorder);
            for (function, caller, expected) in SHARES {
                let (a, n) = one.share(function, caller);
                let (b, m) = other.share(function, caller);
                let allowed = DEVIATIONS * error(expected, n).hypot(error(expected, m)) + ALLOWANCE;
                assert!((a - b).abs() < allowed, "{function}: {a:.4} and {b:.4} {names}");
            }
        }
    }
}
