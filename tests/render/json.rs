//! JSON for machines.

use perfbase::gate::Verdict;
use perfbase::render::json;
use perfbase::view::{ListEntry, ShowBenchmark, ShowInput};
use serde_json::Value;

use crate::example;

/// What a report breaks of the published schema.
pub(crate) fn violations(report: &Value) -> Vec<String> {
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/format/diff.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path)).collect()
}

#[test]
fn a_diff_follows_its_schema() {
    let text = json::diff(&example::comparison(), &Verdict::default());
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(violations(&report), Vec::<String>::new());
    insta::assert_snapshot!(text);
}

#[test]
fn the_schema_is_able_to_object() {
    let mut report: Value =
        serde_json::from_str(&json::diff(&example::comparison(), &Verdict::default())).unwrap();
    report["benchmarks"][2]["timing"]["verdict"] = "better".into();
    report["benchmarks"][2]["profile"]["functions"][0]["match"] = Value::Null;
    assert_eq!(violations(&report).len(), 2);
}

#[test]
fn figures_that_are_no_numbers_are_null() {
    let mut comparison = example::comparison();
    for benchmark in &mut comparison.benchmarks {
        if let Some(timing) = &mut benchmark.timing {
            timing.base.as_mut().unwrap().p95 = f64::NAN;
            if let Some(change) = &mut timing.change {
                (change.ratio, change.interval) = (f64::INFINITY, (f64::NEG_INFINITY, 1.0));
            }
        }
        if let Some(profile) = &mut benchmark.profile {
            profile.unexplained = f64::NAN;
            for function in &mut profile.functions {
                function.delta_self = Some(f64::NAN);
                function.interval_self = Some((f64::NAN, f64::NAN));
                function.base.iter_mut().for_each(|costs| costs.self_share = f64::NAN);
            }
            for group in &mut profile.groups {
                group.delta_self = Some(f64::NAN);
            }
            profile.base.as_mut().unwrap().unknown_share = f64::NAN;
        }
    }
    let report: Value =
        serde_json::from_str(&json::diff(&comparison, &Verdict::default())).unwrap();
    assert_eq!(violations(&report), Vec::<String>::new());
    let timing = &report["benchmarks"][2]["timing"];
    assert!(timing["base"].is_null() && timing["change"].is_null() && timing["interval"].is_null());
    assert_eq!(timing["new"]["runs"], 10);
}

#[test]
fn bounds_are_named() {
    let mut comparison = example::comparison();
    let timing = comparison.benchmarks[2].timing.as_mut().unwrap();
    timing.new.as_mut().unwrap().percentiles_are_bounds = true;
    let report: Value =
        serde_json::from_str(&json::diff(&comparison, &Verdict::default())).unwrap();
    assert_eq!(violations(&report), Vec::<String>::new());
    let timing = &report["benchmarks"][2]["timing"];
    assert_eq!(timing["base"]["upper_bounds"], serde_json::json!([]));
    assert_eq!(timing["new"]["upper_bounds"], serde_json::json!(["p95", "p99"]));
}

#[test]
fn list() {
    let captures =
        [example::capture("v1", "28903981", false), example::capture("v2", "41f7aa02", true)];
    let entries: Vec<_> =
        captures.iter().map(|capture| ListEntry { capture, bytes: 81_920 }).collect();
    insta::assert_snapshot!(json::list(&entries));
}

#[test]
fn show() {
    let capture = example::capture("v1", "28903981", false);
    let (timing, profile) = (example::runs(), example::stacks());
    let benchmarks = vec![ShowBenchmark {
        entry: &capture.benchmarks[2],
        timing: Some(&timing),
        summary: Some(example::summary(982_100.0)),
        profile: Some(&profile),
        counts: &[],
    }];
    let findings = example::findings();
    let input = ShowInput {
        capture: &capture,
        benchmarks,
        ladders: &[],
        findings: &findings,
        categories: &[],
    };
    let text = json::show(&input);
    let report: Value = serde_json::from_str(&text).unwrap();
    let functions = report["benchmarks"][0]["profile"]["functions"].as_array().unwrap();
    let sum: f64 = functions.iter().map(|f| f["self_share"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    insta::assert_snapshot!(text);
}

#[test]
fn names_are_inert_and_whole() {
    for name in example::HOSTILE {
        let name = name();
        let text = json::diff(&example::hostile(&name), &Verdict::default());
        assert!(!text.contains(example::is_active), "{name:.40}");
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(violations(&report), Vec::<String>::new());
        assert_eq!(report["benchmarks"][0]["profile"]["functions"][0]["name"], *name);
    }
}
