//! The plan and the rules of `perfbase.toml`.

use crate::sandbox::{Sandbox, assert_has};

/// What the plan captures.
const ALL: [&str; 9] = [
    "app/e2e/e2e",
    "app/load/load/concurrency=1",
    "app/load/load/concurrency=32",
    "app/load/load/concurrency=4",
    "app/load/load/concurrency=8",
    "app/test-lifecycle/result_processor",
    "app/test-lifecycle/step_enqueue",
    "app/test-lifecycle/task_init",
    "shared/sql_functions/sql_functions",
];

#[test]
fn a_plan_is_one_command_and_its_rules_one_verdict() {
    let sandbox = Sandbox::new("plan", "plan");
    // One level of the ladder crashes: that is told, and is what a ladder looks for.
    let ended = sandbox.expect(sandbox.capture("one", &["--against", "none"]), 0);
    assert_has(
        &ended.stderr,
        &[
            "Preparing e2e",
            "Cleaning up after e2e",
            "concurrency=32 failed",
            "a ladder ends below app/load/load/concurrency=32",
        ],
    );
    assert!(!sandbox.fixture().join("app/service-is-up").exists(), "it was cleaned up");
    assert_eq!(sandbox.ids("one"), ALL);
    let index = sandbox.index("one");
    assert_eq!(index["parities"][0]["id"], "answers");
    assert_eq!(index["parities"][0]["succeeded"], true);

    let check = sandbox.expect(sandbox.command(&["check", "one"]), 100);
    assert_has(
        &check.stdout,
        &["NO-GO", "too much to ask", "messagesPerSec 400/s", "concurrency 32 failed"],
    );
    let json = sandbox.expect(sandbox.command(&["check", "--format", "json"]), 100).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["gate"]["outcome"], "NO-GO");
    assert_eq!(json["ladders"][0]["failure"], "32");
    assert_eq!(json["ladders"][0]["inflection"], "4");
    assert_eq!(json["ladders"][0]["saturation"], "4");
    sandbox.expect(sandbox.command(&["check", "--format", "markdown"]), 100);

    // One entry of it.
    sandbox.expect(sandbox.capture("two", &["--only", "sql"]), 0);
    assert_eq!(sandbox.ids("two"), ["shared/sql_functions/sql_functions"]);
    // Rules about the others take one line, however many there are.
    let check = sandbox.expect(sandbox.command(&["check", "two", "--inconclusive", "fail"]), 0);
    let left_out = "about benchmarks that were not captured";
    assert_eq!(check.stdout.matches(left_out).count(), 1, "{}", check.stdout);
    let all = sandbox.expect(sandbox.command(&["check", "two", "--all"]), 0).stdout;
    assert!(all.matches(left_out).count() > 1, "{all}");
    // Of the whole plan, a rule about none of its benchmarks is a mistake.
    let path = sandbox.folder().join("renamed.toml");
    let rule = "[[objective]]\nid = \"sql\"\nbenchmarks = \"sql_functoins\"\nat-most = \"100 s\"\n";
    std::fs::write(&path, rule).expect("written");
    let renamed = |more: &[&str], status: i32| {
        let mut command = sandbox.command(&["check", "one", "--config"]);
        command.arg(&path).args(more);
        sandbox.expect(command, status).stdout
    };
    let open = renamed(&[], 0);
    assert_has(
        &open,
        &["no rule could be judged (1 inconclusive)", "did you mean `sql_functions`"],
    );
    assert_has(&renamed(&["--inconclusive", "fail"], 100), &["NO-GO"]);
    let wrong = sandbox.expect(sandbox.capture("x", &["--only", "sqll"]), 2);
    assert_has(&wrong.stderr, &["no [[capture]] is named `sqll`", "result-processor"]);
}

#[test]
fn the_diff_applies_the_rules() {
    let sandbox = Sandbox::new("plan-diff", "plan");
    sandbox.expect(sandbox.capture("base", &["--only", "load", "--against", "none"]), 0);
    // What was right is wrong now: nothing else counts.
    let path = sandbox.folder().join("other.toml");
    let rules = std::fs::read_to_string(sandbox.fixture().join("perfbase.toml")).expect("there");
    std::fs::write(&path, rules.replace("echo 42", "echo 41")).expect("written");
    let config = ["--config", path.to_str().expect("UTF-8")];
    let mut capture = sandbox.capture("new", &["--only", "load", "--against", "none"]);
    capture.args(config);
    sandbox.expect(capture, 0);
    let diff = sandbox.expect(sandbox.command(&["diff", "base", "new"]), 100);
    assert_has(&diff.stdout, &["NO-GO", "printed different things", "nothing else counts"]);
    let json = sandbox.command(&["diff", "base", "new", "--format", "json"]);
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.expect(json, 100).stdout).expect("JSON");
    assert_eq!(json["gate"]["outcome"], "NO-GO");
    let load = &json["benchmarks"].as_array().expect("an array")[3];
    assert_eq!(load["resources"]["latency.p99"]["new"], 90e6);

    // A rule less: the numbers that it reports are the same, and one run a side is not enough.
    std::fs::write(&path, rules.replace("same-output = true", "")).expect("written");
    let diff = |more: &[&str], status: i32| {
        let mut command = sandbox.command(&["diff", "base", "new"]);
        command.args(config).args(more);
        sandbox.expect(command, status).stdout
    };
    assert_has(&diff(&[], 0), &["GO (", "reported: "]);
}

#[test]
fn levels_above_one_that_fails_are_not_tried() {
    let sandbox = Sandbox::new("plan-ladder", "plan");
    let path = sandbox.folder().join("ladder.toml");
    let plan = |levels: &str| {
        let text = format!(
            "[[capture]]\nname = \"load\"\npackage = \"app\"\nbench = \"load\"\n\
             arguments = [\"--clients={{concurrency}}\"]\n\
             environment = {{ NUMBERS = \"/dev/null\" }}\nladder = {{ concurrency = [{levels}] }}\n"
        );
        std::fs::write(&path, text).expect("written");
    };
    let capture = |label: &str, status: i32| {
        let mut command = sandbox.capture(label, &["--against", "none"]);
        command.args(["--config", path.to_str().expect("UTF-8")]);
        sandbox.expect(command, status)
    };
    plan("64, 1, 32, 4");
    let ended = capture("ends", 0);
    assert_has(&ended.stderr, &["concurrency=32 failed (trial run)", "a ladder ends below"]);
    let failures: Vec<Option<String>> =
        sandbox.benchmarks("ends").into_iter().map(|(_, failure)| failure).collect();
    let [one, crashed, four, not_run] = &failures[..] else { panic!("{failures:?}") };
    assert_eq!((one, four), (&None, &None));
    assert!(crashed.as_ref().is_some_and(|status| status.contains("SIGABRT")), "{crashed:?}");
    assert_eq!(not_run.as_deref(), Some("not run, since concurrency=32 failed"));

    // No level works: that is a benchmark that failed.
    plan("32, 64");
    let ended = capture("nothing", 101);
    assert_has(&ended.stderr, &["no benchmark ended well"]);
}

#[test]
#[cfg(target_os = "linux")]
fn each_entry_has_its_own_recorders() {
    let sandbox = Sandbox::new("plan-recorders", "plan");
    let path = sandbox.folder().join("recorders.toml");
    let entry = |name: &str, filter: &str, more: &str| {
        format!(
            "[[capture]]\nname = \"{name}\"\npackage = \"app\"\ntest = \"lifecycle\"\n\
             filter = \"{filter}\"\n{more}\n"
        )
    };
    let text = [
        entry("slow", "step_enqueue", "profiler = \"embedded\"\nfrequency = 499"),
        entry("fast", "result_processor", "profiler = [\"embedded\"]\nfrequency = 1999"),
        entry("timed", "task_init", "profiler = \"none\""),
    ];
    std::fs::write(&path, text.concat()).expect("written");
    let mut command = sandbox.command(&["capture", "--label", "x", "--against", "none"]);
    command.args(["--runs", "1", "--time", "0.1", "--profile-time", "0.2", "--config"]).arg(&path);
    let ended = sandbox.expect(command, 0);
    assert_has(&ended.stderr, &["499 Hz", "1999 Hz"]);
    let index = sandbox.index("x");
    let of = |name: &str| {
        let all = index["benchmarks"].as_array().expect("an array");
        all.iter().find(|one| one["benchmark"] == name).expect("it is there").clone()
    };
    assert_eq!(index["recorder"]["frequency_hz"], 499);
    let (slow, fast, timed) = (of("step_enqueue"), of("result_processor"), of("task_init"));
    assert!(slow["profile"].is_object() && slow["recorder"].is_null(), "{slow}");
    assert!(fast["profile"].is_object(), "{fast}");
    assert_eq!(fast["recorder"]["frequency_hz"], 1999);
    assert!(timed["profile"].is_null() && timed["recorder"].is_null(), "{timed}");
    for one in [slow, fast, timed] {
        assert!(one["bound"].is_boolean(), "{one}");
    }
    let show = sandbox.expect(sandbox.command(&["show", "x"]), 0).stdout;
    assert_has(&show, &["499 Hz", "recorded by embedded", "1999 Hz", "bound to "]);
    let json = sandbox.expect(sandbox.command(&["show", "x", "--format", "json"]), 0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let profiles = json["benchmarks"].as_array().expect("an array").iter();
    let own: Vec<&serde_json::Value> =
        profiles.map(|one| &one["profile"]["recorder"]).filter(|one| one.is_object()).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["frequency_hz"], 1999.0);
}

#[test]
fn a_wrong_file_is_told_before_anything_is_done() {
    let sandbox = Sandbox::new("plan-wrong", "plan");
    let path = sandbox.folder().join("perfbase.toml");
    std::fs::write(&path, "[[capture]]\nbenhc = \"e2e\"\n").expect("written");
    let mut command = sandbox.capture("x", &[]);
    command.args(["--config", path.to_str().expect("UTF-8")]);
    let wrong = sandbox.expect(command, 2);
    assert_has(&wrong.stderr, &["perfbase.toml:2:1: unknown key `benhc`", "did you mean `bench`?"]);
    let missing = sandbox.expect(sandbox.command(&["diff", "--config", "no-such.toml"]), 2);
    assert_has(&missing.stderr, &["no-such.toml", "cargo perfbase init"]);
}

#[test]
fn init_writes_a_file_that_is_understood() {
    let sandbox = Sandbox::new("plan-init", "plan");
    let path = sandbox.folder().join("perfbase.toml");
    let config = ["--config", path.to_str().expect("UTF-8")];
    let init = |more: &[&str], status: i32| {
        let mut command = sandbox.command(&["init"]);
        command.args(config).args(more);
        sandbox.expect(command, status)
    };
    assert_has(&init(&[], 0).stderr, &["3 entries"]);
    let text = std::fs::read_to_string(&path).expect("written");
    assert_has(
        &text,
        &["bench = \"sql_functions\"", "features = [\"benchmarks\"]", "# test = \"lifecycle\""],
    );
    assert_has(&init(&[], 2).stderr, &["is there already", "--force"]);
    init(&["--force"], 0);
    let mut capture = sandbox.capture("init", &["--only", "sql_functions"]);
    capture.args(config);
    sandbox.expect(capture, 0);
    assert_eq!(sandbox.ids("init"), ["shared/sql_functions/sql_functions"]);
}
