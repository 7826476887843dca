//! `audit`: each benchmark of a workspace in its state.

use crate::sandbox::{Sandbox, assert_has};

/// Status, number of benchmarks and a part of the reason of every target of the fixture.
const STATES: [(&str, &str, Option<u64>, &str); 18] = [
    ("audited/broken", "broken", None, "no_such_function"),
    ("audited/declared", "working", Some(1), ""),
    ("audited/empty", "empty", Some(0), "lists no benchmark"),
    ("audited/empty_file", "empty", Some(0), "lists no benchmark"),
    ("audited/fails", "fails", None, "the input has at least one size"),
    ("audited/gated", "needs", Some(0), "nothing without the feature other"),
    ("audited/hidden", "needs", None, "autobenches = false"),
    ("audited/idle", "placeholder", Some(1), "does nothing"),
    ("audited/idle_program", "placeholder", Some(1), "nothing that could be measured"),
    ("audited/needs_feature", "needs", Some(1), "the feature benchmarks"),
    ("audited/needs_service", "needs", None, "a service"),
    ("audited/needs_variable", "needs", None, "the variable AUDITED_DATABASE_URL"),
    ("audited/partly_idle", "working", Some(2), "1 of 2 bodies"),
    ("audited/program", "working", Some(1), "was not run"),
    ("audited/says_so", "placeholder", Some(1), "NOT IMPLEMENTED"),
    ("audited/todo", "placeholder", None, "needs steps in test queues"),
    ("audited/working", "working", Some(2), ""),
    ("member/found", "working", Some(1), ""),
];

#[test]
fn every_state_is_found_and_none_misnamed() {
    let sandbox = Sandbox::new("audit", "audit");
    let json = sandbox.expect(sandbox.command(&["audit", "--format", "json"]), 0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["schema"], "perfbase.audit/1");
    let found: Vec<_> = json["targets"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|target| {
            let text = |name: &str| target[name].as_str().unwrap_or_default().to_owned();
            let name = format!("{}/{}", text("package"), text("target"));
            (name, text("status"), target["benchmarks"].as_u64(), text("found"))
        })
        .collect();
    assert_eq!(found.len(), STATES.len(), "{found:#?}");
    for ((name, status, number, reason), found) in STATES.iter().zip(&found) {
        assert_eq!((*name, *status, *number), (&*found.0, &*found.1, found.2), "{found:?}");
        assert!(found.3.contains(reason), "{found:?}");
        assert_eq!(reason.is_empty(), found.3.is_empty(), "{found:?}");
    }
    let target = |name: &str| {
        let is_it = |target: &&serde_json::Value| target["target"] == name;
        json["targets"].as_array().expect("an array").iter().find(is_it).expect("it is there")
    };
    assert_eq!(target("working")["harness"], "criterion");
    assert_eq!(target("program")["harness"], "process");
    assert_eq!(target("empty_file")["harness"], "libtest");
    assert_eq!(target("found")["location"], "member/benches/found/main.rs");
    assert_eq!(
        target("declared")["run"],
        "cargo bench --package audited --bench declared --features benchmarks"
    );
    assert_eq!(target("needs_feature")["features"], serde_json::json!(["benchmarks"]));
    assert_eq!(target("hidden")["run"], serde_json::Value::Null);
    assert_has(target("broken")["found"].as_str().unwrap(), &["E0425", "benches/broken.rs:3:14"]);

    // What was captured is told, and what was not is not.
    sandbox.expect(sandbox.capture("first", &["--bench", "program"]), 0);
    let text = sandbox.expect(sandbox.command(&["audit", "--no-build"]), 0).stdout;
    assert_has(&text, &["captured as first (", "audited/working", "18 bench targets: "]);
    assert_eq!(text.matches("captured as").count(), 1, "{text}");
    let page = sandbox.expect(sandbox.command(&["audit", "--no-build", "--format", "markdown"]), 0);
    assert_has(&page.stdout, &["| benchmark | status |", "`cargo bench --package audited"]);
}
