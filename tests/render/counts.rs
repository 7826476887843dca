//! What was counted, in all formats.

use std::collections::BTreeMap;

use perfbase::diff::{Comparison, Loaded, Options, compare};
use perfbase::gate::Verdict;
use perfbase::model::{
    BenchmarkEntry, BenchmarkId, CountKind, CountRun, CountSummary, Event, Frame, Function,
    Harness, Profile, ProfileBuilder, RecorderInfo, Sample, Scope,
};
use perfbase::render::text::{DisplayDiff, DisplayShow, Layout};
use perfbase::render::{json, markdown};
use perfbase::view::{DiffView, ShowBenchmark, ShowInput, ShowOptions, ShowView, ViewOptions};

use crate::example;

type Stacks<'a> = &'a [(&'a [&'a str], u64, u64)];

/// Paths, outermost first, with weight and count.
fn profile(kind: CountKind, stacks: Stacks<'_>) -> Profile {
    let mut builder = ProfileBuilder::new(kind.weight());
    for &(path, weight, count) in stacks {
        let mut stack = None;
        for name in path {
            let name = builder.string(name);
            let function =
                builder.function(Function { name, system_name: name, file: None, image: None });
            let frame = builder.frame(Frame { function, line: 0, inlined: false });
            stack = Some(builder.stack(stack, frame));
        }
        let stack = stack.unwrap();
        builder.sample(Sample { stack, run: 0, scope: Scope::Benchmark, count, weight });
    }
    builder.finish()
}

/// A benchmark by its name, with what was counted in two runs; the second one may have counted more.
fn benchmark(loaded: &mut Loaded, name: &str, counts: &[(CountKind, Stacks<'_>, u64)]) {
    let id =
        BenchmarkId { package: "p".into(), target: "codec".into(), benchmark: name.to_owned() };
    let mut summaries = Vec::new();
    for &(kind, stacks, more) in counts {
        let mut profile = profile(kind, stacks);
        let run = CountRun {
            benchmark_weight: profile.total(Scope::Benchmark),
            harness_weight: 519_524,
            blocks: profile.samples.iter().map(|s| s.count).sum(),
            peak_bytes: (kind == CountKind::Allocations).then_some(41_950),
            unfreed_bytes: (kind == CountKind::Allocations).then_some(0),
        };
        let mut again = run.clone();
        again.benchmark_weight += more;
        if more > 0 {
            let first = profile.samples[0];
            profile.samples.extend(profile.samples.clone().into_iter().map(|sample| {
                let weight = sample.weight + if sample == first { more } else { 0 };
                Sample { run: 1, weight, ..sample }
            }));
        }
        summaries.push(CountSummary {
            kind,
            iterations: 1,
            runs: vec![run, again],
            is_repeatable: Some(more == 0),
        });
        loaded.counts.insert((id.clone(), kind), profile);
    }
    loaded.capture.benchmarks.push(BenchmarkEntry {
        is_bound: None,
        recorder: None,
        folder: format!("p/codec/{name}"),
        id,
        harness: Harness::Criterion,
        executable: None,
        timed: false,
        profile: None,
        counts: summaries,
        failure: None,
        beside: None,
    });
}

fn capture(label: &str, hash: &str) -> Loaded {
    let mut capture = example::capture(label, hash, false);
    capture.benchmarks.clear();
    capture.recorder = None;
    let counter = |name: &str, event: &str| RecorderInfo {
        name: name.into(),
        version: "3.19.0".into(),
        event: event.into(),
        frequency_hz: 0.0,
        stacks: "every call".into(),
    };
    capture.counters = vec![counter("callgrind", "instructions"), counter("dhat", "allocations")];
    Loaded::new(capture)
}

const INSTRUCTIONS: CountKind = CountKind::Instructions;
const ALLOCATIONS: CountKind = CountKind::Allocations;
const MISSES: CountKind = CountKind::Event(Event::D1mr);

pub(crate) fn captures() -> [Loaded; 2] {
    let (mut base, mut new) = (capture("v1", "28903981"), capture("v2", "41f7aa02"));
    let parse = ["codec::bench", "app::parse"];
    let fnv = ["codec::bench", "app::parse", "app::hash::fnv"];
    let copy = ["codec::bench", "app::parse", "alloc::vec::Vec<T>::clone", "malloc"];
    let keys = ["codec::bench", "std::collections::HashMap<K,V>::insert"];
    benchmark(
        &mut base,
        "parse",
        &[
            (INSTRUCTIONS, &[(&parse, 1_000_000, 1), (&fnv, 234_567, 1)], 0),
            (ALLOCATIONS, &[(&copy, 24, 1)], 0),
            (MISSES, &[(&parse, 31, 31), (&fnv, 12, 12)], 0),
        ],
    );
    benchmark(
        &mut new,
        "parse",
        &[
            (INSTRUCTIONS, &[(&parse, 1_000_000, 1), (&fnv, 249_381, 1)], 0),
            (ALLOCATIONS, &[(&copy, 48, 2)], 0),
            (MISSES, &[(&parse, 31, 31), (&fnv, 9, 9)], 0),
        ],
    );
    for (loaded, number) in [(&mut base, 5000), (&mut new, 5003)] {
        benchmark(loaded, "keys", &[(INSTRUCTIONS, &[(&keys, number, 1)], 9)]);
    }
    for loaded in [&mut base, &mut new] {
        benchmark(loaded, "same", &[(INSTRUCTIONS, &[(&fnv, 77, 1)], 0), (ALLOCATIONS, &[], 0)]);
    }
    benchmark(&mut new, "fresh", &[(INSTRUCTIONS, &[(&fnv, 77, 1)], 0)]);
    for loaded in [&mut base, &mut new] {
        loaded.capture.benchmarks.sort_by(|a, b| a.id.cmp(&b.id));
    }
    [base, new]
}

pub(crate) fn comparison() -> Comparison {
    let [base, new] = captures();
    compare(&base, &new, &Options::default())
}

#[test]
fn text_in_80_columns() {
    let view = DiffView::new(&comparison(), &Verdict::default(), &ViewOptions::default());
    let text = DisplayDiff { view: &view, layout: Layout::plain(80) }.to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn in_a_comment() {
    let view = DiffView::new(&comparison(), &Verdict::default(), &ViewOptions::default());
    insta::assert_snapshot!(markdown::diff(&view));
}

#[test]
fn follows_the_schema() {
    let report: serde_json::Value =
        serde_json::from_str(&json::diff(&comparison(), &Verdict::default())).unwrap();
    assert_eq!(crate::json::violations(&report), Vec::<String>::new());
    let counts: BTreeMap<String, Vec<String>> = report["benchmarks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|benchmark| {
            let counts = benchmark["counts"].as_array().unwrap().iter();
            let told = counts.map(|count| {
                let text = |name: &str| count[name].as_str().unwrap().to_owned();
                format!("{} {} {}", text("measure"), count["delta"], text("verdict"))
            });
            (benchmark["benchmark"].as_str().unwrap().to_owned(), told.collect())
        })
        .collect();
    let expected: [(&str, &[&str]); 4] = [
        ("fresh", &["instructions null new"]),
        ("keys", &["instructions 3.0 inconclusive"]),
        (
            "parse",
            &[
                "instructions 14814.0 more",
                "allocations 1.0 more",
                "bytes 24.0 more",
                "D1mr -3.0 fewer",
            ],
        ),
        ("same", &["instructions 0.0 equal", "allocations 0.0 equal", "bytes 0.0 equal"]),
    ];
    let expected: BTreeMap<String, Vec<String>> = expected
        .iter()
        .map(|(name, told)| ((*name).to_owned(), told.iter().map(|&t| t.to_owned()).collect()))
        .collect();
    assert_eq!(counts, expected);
    // Who asks for memory has it, and not the C library.
    let parse = &report["benchmarks"][2]["counts"][1]["profile"]["functions"][0];
    assert_eq!((&parse["name"], &parse["delta_self_cost"]), (&"app::parse".into(), &1.0.into()));
}

#[test]
fn one_capture() {
    let [_, new] = captures();
    let entry = new.capture.benchmarks.iter().find(|b| b.id.benchmark == "parse").unwrap();
    let kinds = [INSTRUCTIONS, ALLOCATIONS, MISSES];
    let counts = kinds.map(|kind| new.counts[&(entry.id.clone(), kind)].clone());
    let benchmark =
        ShowBenchmark { entry, timing: None, summary: None, profile: None, counts: &counts };
    let input = ShowInput {
        capture: &new.capture,
        benchmarks: vec![benchmark],
        ladders: &[],
        findings: &[],
        categories: &[],
    };
    let view = ShowView::new(&input, &ShowOptions::default());
    let text = DisplayShow { view: &view, layout: Layout::plain(80) }.to_string();
    insta::assert_snapshot!(text);
    let report: serde_json::Value = serde_json::from_str(&json::show(&input)).unwrap();
    let functions = &report["benchmarks"][0]["counts"][1]["functions"];
    assert_eq!(functions[0]["name"], "app::parse");
    assert_eq!(
        (&functions[0]["self_weight"], &functions[0]["self_blocks"]),
        (&48.into(), &2.into())
    );
}
