//! A ladder of two captures, in all formats.

use perfbase::diff::{BenchmarkTimings, Comparison, Loaded, Options, compare, ladders};
use perfbase::gate::Verdict;
use perfbase::model::{
    Batch, BenchmarkEntry, Beside, BesideEntry, Better, Failure, Harness, Measurement, Metric,
    Metrics, Mode, Run, Timing,
};
use perfbase::render::text::{DisplayDiff, DisplayShow, Layout};
use perfbase::render::{html, json, markdown};
use perfbase::view::{
    BaselineView, DiffView, PageView, ShowInput, ShowOptions, ShowView, ViewOptions,
};
use serde_json::Value;

use crate::example;

/// Levels of `load` with P50, P99 and rate by run; no figures where it fails.
type Levels<'a> = &'a [(&'a str, Option<[f64; 3]>)];

const RUNS: usize = 12;

fn metrics([p50, p99, rate]: [f64; 3]) -> Metrics {
    let metric = |name: &str, unit: &str, better, value: f64| Metric {
        name: name.into(),
        unit: unit.into(),
        better,
        runs: (0..RUNS).map(|run| Some(value * (1.0 + 0.001 * (run % 3) as f64))).collect(),
    };
    Metrics(vec![
        metric("latency.p50", "ns", Better::Lower, p50 * 1e6),
        metric("latency.p99", "ns", Better::Lower, p99 * 1e6),
        metric("requestsPerSec", "per_s", Better::Higher, rate),
    ])
}

/// Each process takes as long, whatever its requests take.
fn timing() -> Timing {
    let batches = vec![Batch { iterations: 1.0, nanoseconds: 1e9 }; 3];
    let measurement = Measurement::Batches { mode: Mode::Flat, batches };
    Timing {
        runs: vec![
            Run { measurement, wall_ns: 3_000_000_000, resources: None, reference: None };
            RUNS
        ],
        throughput: None,
    }
}

fn entry(level: &str, is_failed: bool) -> BenchmarkEntry {
    BenchmarkEntry {
        id: example::id(&format!("load/clients={level}")),
        harness: Harness::Process,
        folder: format!("load-{level}"),
        executable: None,
        timed: !is_failed,
        is_bound: None,
        recorder: None,
        profile: None,
        counts: Vec::new(),
        beside: Some(BesideEntry {
            executable: None,
            timed: true,
            profile: None,
            counts: Vec::new(),
            failure: None,
        }),
        failure: is_failed.then(|| Failure {
            stage: "trial run".into(),
            status: "SIGSEGV".into(),
            output: String::new(),
        }),
    }
}

fn side(label: &str, hash: &str, levels: Levels<'_>) -> Loaded {
    let mut loaded = Loaded::new(example::capture(label, hash, false));
    loaded.capture.benchmarks.clear();
    for (level, figures) in levels {
        let entry = entry(level, figures.is_none());
        if let Some(figures) = figures {
            loaded.timings.insert(entry.id.clone(), timing());
            loaded.metrics.insert(entry.id.clone(), metrics(*figures));
        }
        loaded.capture.benchmarks.push(entry);
    }
    loaded
}

/// The new side's tail grows from a lower level on, and it crashes at 32.
fn sides() -> [Loaded; 2] {
    let base = side(
        "pre",
        "28903981",
        &[
            ("1", Some([1.0, 2.0, 1_000.0])),
            ("4", Some([1.1, 4.0, 3_900.0])),
            ("8", Some([1.2, 7.0, 4_000.0])),
            ("32", Some([4.0, 90.0, 4_010.0])),
        ],
    );
    let mut new = side(
        "post",
        "41f7aa02",
        &[
            ("1", Some([1.0, 2.0, 1_000.0])),
            ("4", Some([1.3, 4.2, 3_700.0])),
            ("8", Some([2.4, 21.0, 3_710.0])),
            ("32", None),
        ],
    );
    // In turns, as `capture` measures.
    new.capture.beside = Some(Beside {
        label: base.capture.label.clone(),
        id: base.capture.id.clone(),
        looks: 1,
        layouts: 1,
    });
    new.timings_beside = base.timings.clone();
    new.metrics_beside = base.metrics.clone();
    [base, new]
}

fn comparison() -> Comparison {
    let [base, new] = sides();
    compare(&base, &new, &Options::default())
}

fn text(width: usize) -> String {
    let view = DiffView::new(&comparison(), &Verdict::default(), &ViewOptions::default());
    DisplayDiff { view: &view, layout: Layout::plain(width) }.to_string()
}

#[test]
fn both_sides_one_below_the_other() {
    let text = text(80);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

/// What the machine-readable report says stands in each of the others.
#[test]
fn ladders_are_the_same_in_all_formats() {
    let comparison = comparison();
    let report: Value =
        serde_json::from_str(&json::diff(&comparison, &Verdict::default())).unwrap();
    let schema = serde_json::from_str(include_str!("../../docs/format/diff.schema.json")).unwrap();
    let wrong: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let [ladder] = &report["ladders"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!(ladder["benchmark"], "jsonette/codec/load");
    let ends =
        |side: &str| ["inflection", "saturation", "failure"].map(|end| ladder[side][end].as_str());
    assert_eq!(ends("base"), [Some("8"), Some("4"), None]);
    assert_eq!(ends("new"), [Some("4"), Some("4"), Some("32")]);
    let changes: Vec<(&str, &str)> = ladder["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["level"].as_str().unwrap(), change["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(changes, [("1", "unchanged"), ("4", "slower"), ("8", "slower")]);

    let view = DiffView::new(&comparison, &Verdict::default(), &ViewOptions::default());
    let options = ViewOptions::default();
    let untimed = |_: &perfbase::model::BenchmarkId| BenchmarkTimings::default();
    let page = PageView::of_comparison(&comparison, &Verdict::default(), &options, untimed);
    let documents = [text(100), markdown::diff(&view), html::report(&page)];
    for document in documents {
        for said in [
            // The new side at 8 clients: median, tail, rate and change.
            "2.402 ms",
            "21.02 ms",
            "3.714 k/s",
            "+100",
            "the tail grows faster than the load from clients 4 on, in the base from clients 8 on",
            "throughput grows no more from clients 4 on, in the base too",
            "fails at clients 32 (trial run: SIGSEGV), in the base nowhere",
            "change of latency.p50",
        ] {
            assert!(document.contains(said), "{said} is not in\n{document}");
        }
    }
}

#[test]
fn one_capture_shows_its_own() {
    let [_, new] = sides();
    let found = ladders(&new);
    let input = ShowInput {
        capture: &new.capture,
        benchmarks: Vec::new(),
        ladders: &found,
        findings: &[],
        categories: &[],
    };
    let show = ShowView::new(&input, &ShowOptions::default());
    let text = DisplayShow { view: &show, layout: Layout::plain(80) }.to_string();
    let document = markdown::baseline(&BaselineView::new(&input, 0.05), None, &|_| None);
    let page = PageView::of_capture(&input, &Verdict::default(), &ShowOptions::default());
    for document in [text, document, html::report(&page)] {
        for said in [
            "21.02 ms",
            "the tail grows faster than the load from clients 4 on",
            "clients 32 failed (trial run: SIGSEGV); levels up to 8 count",
        ] {
            assert!(document.contains(said), "{said} is not in\n{document}");
        }
    }
    let report: Value = serde_json::from_str(&json::show(&input)).unwrap();
    assert_eq!(report["ladders"][0]["inflection"], "4");
    assert_eq!(report["ladders"][0]["levels"].as_array().unwrap().len(), 4);
}

/// Times from outside are compared where nothing is reported, and times with latencies are not.
#[test]
fn changes_are_of_one_thing() {
    let [mut base, mut new] = sides();
    for loaded in [&mut base, &mut new] {
        loaded.metrics.clear();
        loaded.metrics_beside.clear();
    }
    let found = compare(&base, &new, &Options::default()).ladders;
    assert!(found[0].changes.iter().all(|change| change.measure == "time" && change.ratio == 0.0));
    assert_eq!(found[0].changes.len(), 3);
    let [_, reporting] = sides();
    new.metrics = reporting.metrics;
    let found = compare(&base, &new, &Options::default()).ladders;
    assert!(found[0].changes.is_empty(), "{found:?}");
}
