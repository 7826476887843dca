//! `doctor` on this machine, whatever it is like, and with recorders that are played.

use serde_json::Value;

use crate::profilers::{HAS_EMBEDDED, assert_mends, fakes, played};
use crate::sandbox::{Sandbox, assert_has};

/// The finding of a check.
fn finding<'a>(report: &'a Value, check: &str) -> &'a Value {
    let all = report["findings"].as_array().expect("an array");
    all.iter().find(|finding| finding["check"] == check).unwrap_or(&Value::Null)
}

fn report(json: &str) -> Value {
    let report: Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(report["schema"], "perfbase.doctor/1");
    report
}

#[test]
fn this_machine_is_examined() {
    let sandbox = Sandbox::new("doctor", "selection");
    let ended = sandbox.run(&mut sandbox.bare(&["doctor", "--format", "json"]));
    let report = report(&ended.stdout);
    assert_eq!(report["os"], "linux");
    // Whether there is a recorder, and the status, are the same thing.
    let works = report["recorder"].is_string();
    assert_eq!(ended.status, Some(if works { 0 } else { 96 }), "{}", ended.stderr);
    assert!(works || !HAS_EMBEDDED);
    if works {
        let taken = report["recorder"].as_str().expect("a name");
        assert_eq!(finding(&report, taken)["severity"], "ok");
    }
    for counter in ["callgrind", "dhat"] {
        let severity = finding(&report, counter)["severity"].as_str().expect("tried");
        assert!(["ok", "note"].contains(&severity), "{counter}: {severity}");
    }
    // The kernel tells these anywhere.
    let load = finding(&report, "load")["found"].as_str().expect("a load").to_owned();
    assert!(load.starts_with("other processes use "), "{load}");
    let conditions = &report["conditions"];
    let busy = conditions["busy_cpus"].as_f64().expect("a load");
    assert!((0.0..=100_000.0).contains(&busy), "{busy}");
    assert!(conditions["hypervisor"].is_string() && conditions["container"].is_string());
    for finding in report["findings"].as_array().expect("an array") {
        let is_ok = finding["severity"] == "ok";
        assert!(is_ok || finding["consequence"].is_string(), "{finding}");
    }

    let text = sandbox.run(&mut sandbox.bare(&["doctor"])).stdout;
    assert_has(&text, &["recorders\n", "what times depend on\n", "\nprofiles: "]);
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn recorders_that_are_forbidden_or_broken_are_told_of() {
    let fakes = fakes("doctor-fakes");
    let words = ["doctor", "--format", "json"];
    let ended = fakes.0.run(&mut played(&fakes, fakes.0.bare(&words), ("forbidden", "crash")));
    let report = report(&ended.stdout);
    let expected = if HAS_EMBEDDED { ("note", 0) } else { ("fail", 96) };
    assert_eq!(ended.status, Some(expected.1));
    for recorder in ["perf", "samply"] {
        assert_eq!(finding(&report, recorder)["severity"], expected.0);
    }
    let perf = finding(&report, "perf");
    assert_has(perf["found"].as_str().expect("text"), &["Access to performance monitoring"]);
    let mends = [&perf["advice"], &perf["command"]].map(|text| text.as_str().unwrap_or_default());
    assert_mends(&mends.join(" "));
    let samply = finding(&report, "samply")["found"].as_str().expect("text").to_owned();
    assert_has(&samply, &["killed by signal 11 (SIGSEGV)"]);
}

#[test]
fn a_capture_notes_the_state_of_the_machine() {
    let sandbox = Sandbox::new("doctor-capture", "selection");
    sandbox.expect(sandbox.capture("x", &["--bench", "other"]), 0);
    let conditions = sandbox.index("x")["machine"]["conditions"].clone();
    assert!(conditions["busy_cpus"].is_number(), "{conditions}");
    assert!(conditions["hypervisor"].is_string(), "{conditions}");
    let shown = sandbox.expect(sandbox.command(&["show", "x"]), 0).stdout;
    assert_has(&shown, &["conditions", "in use by others at the start"]);
    let json = sandbox.expect(sandbox.command(&["show", "x", "--format", "json"]), 0).stdout;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["capture"]["machine"]["conditions"]["hypervisor"], conditions["hypervisor"]);
}

#[test]
fn where_nothing_records_the_status_says_so() {
    let fakes = fakes("doctor-nothing");
    // The loader takes no path with a blank, so there is no place for the agent.
    let blank = fakes.0.folder().join("a blank");
    std::fs::create_dir(&blank).expect("created");
    let mut command = played(&fakes, fakes.0.bare(&["doctor"]), ("crash", "crash"));
    for variable in ["HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "TMPDIR"] {
        command.env(variable, &blank);
    }
    let ended = fakes.0.expect(command, 96);
    let told = ["fail  perf cannot record: killed by signal 11", "fail  embedded cannot record: "];
    assert_has(&ended.stdout, &told);
    assert_has(&ended.stdout, &["\nprofiles: none"]);
}
