//! Rules on parts of the program and on what is new, on captures made with real recorders.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::sandbox::{Ended, Sandbox, assert_has};

const MANIFEST: &str = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
    [workspace]\n[[bench]]\nname = \"work\"\nharness = false\n";

const BENCH: &str =
    "fn main() { for i in 0..2_000 { std::hint::black_box(app::work::run(i)); } }\n";

/// Most of the time goes to `work::mix`.
const BEFORE: &str = "pub mod work {
    use std::hint::black_box;
    #[inline(never)]
    pub fn mix(seed: u64) -> u64 {
        let mut sum = seed;
        for word in 0..2_000_u64 { sum = black_box(sum.rotate_left(5) ^ word); }
        sum
    }
    #[inline(never)]
    pub fn run(seed: u64) -> u64 { !black_box(mix(seed)) }
}\n";

/// As much goes to `audit::record`, which allocates each time.
const AFTER: &str = "pub mod work {
    use std::hint::black_box;
    #[inline(never)]
    pub fn mix(seed: u64) -> u64 {
        let mut sum = seed;
        for word in 0..2_000_u64 { sum = black_box(sum.rotate_left(5) ^ word); }
        sum
    }
    #[inline(never)]
    pub fn run(seed: u64) -> u64 { !black_box(mix(seed)) ^ crate::audit::record(seed) }
}
pub mod audit {
    use std::hint::black_box;
    #[inline(never)]
    pub fn record(seed: u64) -> u64 {
        let entry = black_box(vec![seed; 4]);
        let mut sum = entry[0];
        for word in 0..2_000_u64 { sum = black_box(sum.rotate_left(7) ^ word); }
        sum
    }
}\n";

const RULES: &str = r#"
[[category]]
name = "auditing"
modules = ["app::audit"]

[[limit]]
id = "function"
function = "app::work::mix"
at-most = "75%"

[[limit]]
id = "module"
module = "app::audit"
at-most = "20%"

[[limit]]
id = "crate"
crate = "app"
at-least = "80%"

[[limit]]
id = "category"
category = "auditing"
at-most = "5%"

[[limit]]
id = "cost"
function = "app::work::mix"
at-most = "1 s"

[[limit]]
id = "new hot path"
new-hot-path = "10%"
"#;

struct Project {
    sandbox: Sandbox,
    root: PathBuf,
}

impl Project {
    fn new(name: &str, rules: &str) -> Self {
        let sandbox = Sandbox::new(name, "selection");
        let root = sandbox.folder().join("app");
        let project = Self { sandbox, root };
        project.file("Cargo.toml", MANIFEST);
        project.file("benches/work.rs", BENCH);
        project.file("src/lib.rs", BEFORE);
        project.file("perfbase.toml", rules);
        project
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("created");
        fs::write(path, text).expect("written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(arguments);
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.sandbox.folder().join("target"));
        command
    }

    fn expect(&self, arguments: &[&str], status: i32) -> Ended {
        self.sandbox.expect(self.command(arguments), status)
    }

    /// `false` where the recorder does not work here and need not.
    fn capture(&self, label: &str, arguments: &[&str]) -> bool {
        let fixed = ["capture", "--label", label, "--against", "none"];
        let ended = self.sandbox.run(&mut self.command(&[&fixed[..], arguments].concat()));
        if ended.status == Some(96) {
            let required = std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|one| one == "1");
            assert!(!required, "a recorder is required: {}", ended.stderr);
            left_out(&ended.stderr);
            return false;
        }
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
        true
    }

    /// Outcomes and messages by rule, in order.
    fn rules(&self, arguments: &[&str], status: i32) -> Vec<(String, String, String)> {
        let json = self.expect(&[arguments, &["--format", "json"]].concat(), status).stdout;
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let rules = json["gate"]["rules"].as_array().expect("an array");
        rules
            .iter()
            .map(|rule| (text(&rule["id"]), text(&rule["outcome"]), text(&rule["message"])))
            .collect()
    }
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests is to know what did not run")]
fn left_out(reason: &str) {
    eprintln!("left out: a recorder does not work here: {reason}");
}

/// Fails unless these are the outcomes.
#[track_caller]
fn assert_outcomes(rules: &[(String, String, String)], expected: &[(&str, &str)]) {
    let found: Vec<(&str, &str)> =
        rules.iter().map(|(id, outcome, _)| (&**id, &**outcome)).collect();
    assert_eq!(found, expected, "{rules:#?}");
}

#[test]
fn parts_of_a_sampled_program_are_limited() {
    let project = Project::new("rules-sampled", RULES);
    let arguments = ["--profiler", "embedded", "--runs", "2", "--profile-time", "1"];
    if !project.capture("before", &arguments) {
        return;
    }
    let check = project.rules(&["check", "before"], 100);
    assert_outcomes(
        &check,
        &[
            ("function", "fail"),
            ("module", "pass"),
            ("crate", "pass"),
            ("category", "pass"),
            ("cost", "pass"),
        ],
    );
    assert_has(&check[0].2, &["function app::work::mix", "≤ 75", "["]);
    assert_has(&check[1].2, &["nothing of that name is in the profile"]);

    project.file("src/lib.rs", AFTER);
    assert!(project.capture("after", &arguments));
    let diff = project.rules(&["diff", "before", "after"], 100);
    assert_outcomes(
        &diff,
        &[
            ("function", "pass"),
            ("module", "fail"),
            ("crate", "pass"),
            ("category", "fail"),
            ("cost", "pass"),
            ("new hot path", "fail"),
        ],
    );
    assert_has(&diff[5].2, &["new hot paths", "app::audit::record"]);
    let text = project.expect(&["diff", "before", "after"], 100).stdout;
    assert_has(&text, &["NO-GO (3 failed, 3 passed)", "category auditing"]);
    // The other way round nothing is new.
    let back = project.rules(&["diff", "after", "before"], 100);
    assert_eq!(back[5].1, "pass", "{back:#?}");
}

#[test]
fn what_is_counted_is_limited_exactly() {
    let counted = r#"
[[limit]]
id = "new allocations"
new-allocations = 0

[[limit]]
id = "some new allocations"
new-allocations = 3000

[[limit]]
id = "allocated bytes"
measure = "allocated-bytes"
at-most = "noise"

[[limit]]
id = "instructions"
measure = "instructions"
at-most = "+20%"

[[limit]]
id = "amount"
function = "app::audit::record"
at-most = 1000
"#;
    let project = Project::new("rules-counted", &format!("{RULES}{counted}"));
    let arguments = ["--profiler", "callgrind,dhat", "--runs", "0"];
    if !project.capture("before", &arguments) {
        return;
    }
    project.file("src/lib.rs", AFTER);
    assert!(project.capture("after", &arguments));
    let diff = project.rules(&["diff", "before", "after"], 100);
    // Without samples, shares are those of instructions.
    assert_outcomes(
        &diff,
        &[
            ("function", "pass"),
            ("module", "fail"),
            ("crate", "pass"),
            ("category", "fail"),
            ("cost", "skipped"),
            ("new hot path", "fail"),
            ("new allocations", "fail"),
            ("some new allocations", "pass"),
            ("allocated bytes", "fail"),
            ("instructions", "fail"),
            ("amount", "fail"),
        ],
    );
    assert_has(&diff[1].2, &["module app::audit by instructions", "≤ 20"]);
    assert!(!diff[1].2.contains('['), "what is counted has no interval: {}", diff[1].2);
    assert_has(&diff[4].2, &["the profile is in instructions"]);
    // One of each of 2,000 calls.
    assert_has(&diff[6].2, &["2,000", "app::audit::record"]);

    let same = project.rules(&["diff", "after", "after"], 100);
    for (id, outcome, message) in &same[5..10] {
        assert_eq!(outcome, "pass", "{id}: {message}");
    }
}
