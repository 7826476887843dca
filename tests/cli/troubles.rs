//! Benchmarks and tests that misbehave: each is told and marked, and the others are measured.

use crate::sandbox::{Sandbox, assert_has};

/// Each failing bench of the fixture: how it ends, and what of its output is shown.
const FAILURES: [(&str, &str, &str); 6] = [
    ("aborts", "killed by signal 6 (SIGABRT)", "about to abort"),
    ("exits", "exit status 7", "complaint 30"),
    ("hangs", "no end after 15 s", "waiting for what does not come"),
    ("panics", "exit status 101", "the index is red"),
    ("segfaults", "killed by signal 11 (SIGSEGV)", ""),
    ("silent", "exit status 1", ""),
];

/// Seconds, for one that hangs and for those that only wait for their turn on a busy machine.
const LIMIT: &str = "15";

const GOOD: [&str; 4] = ["chatty", "closes_stdout", "good", "grandchild"];

#[test]
fn benches_that_fail_are_told_and_the_others_are_measured() {
    let sandbox = Sandbox::new("troubles", "troubles");
    let ended = sandbox.expect(sandbox.capture("first", &["--timeout", LIMIT]), 101);
    for (name, status, output) in FAILURES {
        let told = format!("warning: troubles/{name}/{name} failed (trial run): {status}");
        assert_has(&ended.stderr, &[&told, output]);
    }
    // The tail only, and none of its escape sequences.
    assert!(!ended.stderr.contains("complaint 10\n") && !ended.stderr.contains('\u{1b}'));
    assert_has(&ended.stderr, &["6 of 10 benchmarks failed; the others are stored"]);

    let stored = sandbox.benchmarks("first");
    let expected: Vec<(String, Option<String>)> = {
        let failed = FAILURES.map(|(name, status, _)| (name, Some(status.to_owned())));
        let mut all: Vec<_> = failed.into_iter().chain(GOOD.map(|name| (name, None))).collect();
        all.sort();
        all.into_iter().map(|(name, status)| (format!("troubles/{name}/{name}"), status)).collect()
    };
    assert_eq!(stored, expected);

    let text = sandbox.expect(sandbox.command(&["show", "first"]), 0).stdout;
    for (name, status, _) in FAILURES {
        assert_has(&text, &[name, status]);
    }
    let list = sandbox.expect(sandbox.command(&["list"]), 0).stdout;
    assert_has(&list, &["first", "10", "6"]);

    // Of two such captures, what failed is no regression, and nothing to compare either.
    let only = ["--timeout", LIMIT, "good", "panics"];
    sandbox.expect(sandbox.capture("second", &only), 101);
    let diff = sandbox.expect(sandbox.command(&["diff"]), 0);
    assert_has(&diff.stderr, &["first → second"]);
    assert_has(&diff.stdout, &["good", "panics", "exit status 101"]);
    let json = sandbox.expect(sandbox.command(&["diff", "--format", "json"]), 0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(json["benchmarks"].is_array(), "{json}");
    sandbox.expect(sandbox.command(&["diff", "--format", "markdown"]), 0);
}

#[test]
fn tests_have_outcomes() {
    let sandbox = Sandbox::new("outcomes", "troubles");
    let ended = sandbox.expect(sandbox.capture("tests", &["--test", "outcomes"]), 101);
    assert_has(
        &ended.stderr,
        &[
            "troubles/test-outcomes/fails failed (trial run): exit status 101",
            "zero is not one",
            "1 of 3 benchmarks failed",
        ],
    );
    let ok = |name: &str| (format!("troubles/test-outcomes/{name}"), None);
    let failed = ("troubles/test-outcomes/fails".to_owned(), Some("exit status 101".to_owned()));
    assert_eq!(sandbox.benchmarks("tests"), [failed, ok("panics_as_it_should"), ok("passes")]);

    let ignored = ["--test", "outcomes", "is_ignored", "--", "--include-ignored"];
    sandbox.expect(sandbox.capture("ignored", &ignored), 0);
    assert_eq!(sandbox.benchmarks("ignored"), [ok("is_ignored")]);
    let without = sandbox.expect(sandbox.capture("x", &["--test", "outcomes", "is_ignored"]), 2);
    assert_has(&without.stderr, &["no benchmark or test matches is_ignored", "passes"]);
}
