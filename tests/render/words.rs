//! What views say, whatever prints them.

use perfbase::diff::{Comparison, Verdict};
use perfbase::view::{DiffView, Tone, ViewOptions};

use crate::example;

fn view(comparison: &Comparison) -> DiffView {
    DiffView::new(comparison, &perfbase::gate::Verdict::default(), &ViewOptions::default())
}

/// Benchmarks with these times and verdicts.
fn timed(benchmarks: &[(&str, f64, f64, Verdict)]) -> Comparison {
    let mut comparison = example::comparison();
    let mut model = comparison.benchmarks.pop().unwrap();
    model.profile = None;
    comparison.benchmarks = benchmarks
        .iter()
        .map(|&(name, base, new, verdict)| {
            let mut benchmark = model.clone();
            benchmark.id = example::id(name);
            benchmark.timing = Some(example::timing(base, new, 0.01, verdict));
            benchmark
        })
        .collect();
    comparison
}

#[test]
fn the_worst_comes_first() {
    let view = view(&timed(&[
        ("a", 100.0, 100.0, Verdict::Unchanged),
        ("b", 100.0, 50.0, Verdict::Faster),
        ("c", 100.0, 120.0, Verdict::Slower),
        ("d", 100.0, 101.0, Verdict::Inconclusive),
        ("e", 100.0, 300.0, Verdict::Slower),
        ("f", 100.0, 90.0, Verdict::Faster),
    ]));
    assert_eq!(view.summary, "2 benchmarks slower, 2 faster, 1 inconclusive, 1 unchanged");
    assert_eq!(view.tone, Tone::Bad);
    let names: Vec<_> = view.benchmarks.iter().map(|b| &*b.name).collect();
    assert_eq!(names, ["e", "c", "b", "f", "d", "a"]);
    let leads: Vec<_> = view.leads.iter().map(|lead| &*lead.benchmark).collect();
    assert_eq!(leads, ["e", "c"]);
    assert_eq!(view.leads[0].change, "+200 % [+199, +201]");
    let detailed: Vec<_> = view.benchmarks.iter().map(|b| b.detailed).collect();
    assert_eq!(detailed, [true, true, true, true, false, false]);
}

#[test]
fn faster_ones_lead_where_nothing_is_slower() {
    let view = view(&timed(&[
        ("a", 100.0, 100.0, Verdict::Unchanged),
        ("b", 100.0, 50.0, Verdict::Faster),
    ]));
    assert_eq!(view.summary, "1 benchmark faster, 1 unchanged");
    assert_eq!(view.tone, Tone::Good);
    assert_eq!(view.leads.len(), 1);
    assert_eq!(view.leads[0].function, None);
}

#[test]
fn nothing_to_tell() {
    let view = view(&timed(&[]));
    assert_eq!(view.summary, "There is no benchmark to compare");
    assert!(view.leads.is_empty() && view.benchmarks.is_empty());
}

#[test]
fn chance_is_no_culprit() {
    let mut comparison = example::comparison();
    let profile = comparison.benchmarks[2].profile.as_mut().unwrap();
    // The largest change by far, but the data cannot tell.
    profile.functions[3].delta_self = Some(500_000.0);
    assert_eq!(view(&comparison).leads[0].function.as_deref(), Some("jsonette::hash::fnv"));
    let profile = comparison.benchmarks[2].profile.as_mut().unwrap();
    for function in &mut profile.functions {
        function.verdict = Verdict::Inconclusive;
    }
    assert_eq!(view(&comparison).leads[0].function, None);
    // Nor is one that went the other way.
    let profile = comparison.benchmarks[2].profile.as_mut().unwrap();
    profile.functions[2].verdict = Verdict::Faster;
    assert_eq!(view(&comparison).leads[0].function, None);
}

#[test]
fn rows_add_up_to_the_change() {
    let number = |text: &str| text.replace('\u{2212}', "-").parse::<f64>().unwrap();
    for top in [0, 1, 3, 10] {
        let options = ViewOptions { top, ..ViewOptions::default() };
        let view =
            DiffView::new(&example::comparison(), &perfbase::gate::Verdict::default(), &options);
        let profile = view.benchmarks[0].profile.as_ref().unwrap();
        let mut sum: f64 = profile.functions.iter().map(|f| number(&f.change)).sum();
        sum += profile.rest.as_ref().map_or(0.0, |(_, change)| number(change));
        sum += profile.unexplained.as_ref().map_or(0.0, |[change, ..]| number(change));
        let [total, ..] = profile.total.as_ref().unwrap();
        assert!((sum - number(total)).abs() < 0.5, "{top}: {sum} {total}");
    }
}

#[test]
fn names_are_as_long_as_they_must_be() {
    let mut comparison =
        timed(&[("a", 1.0, 1.0, Verdict::Unchanged), ("b", 1.0, 1.0, Verdict::Unchanged)]);
    assert_eq!(view(&comparison).benchmarks[0].name, "a");
    comparison.benchmarks[0].id.target = "other".into();
    assert_eq!(view(&comparison).benchmarks[0].name, "other/a");
    comparison.benchmarks[0].id.package = "another".into();
    assert_eq!(view(&comparison).benchmarks[0].name, "another/other/a");
}

#[test]
fn bounds_are_not_compared() {
    let mut comparison = timed(&[("a", 100.0, 120.0, Verdict::Slower)]);
    let timing = comparison.benchmarks[0].timing.as_mut().unwrap();
    timing.new.as_mut().unwrap().percentiles_are_bounds = true;
    let view = view(&comparison);
    let p95 = view.benchmarks[0].measures.iter().find(|m| m.name == "P95").unwrap();
    assert_eq!((&*p95.new, &*p95.change), ("≤ 123.7 ns", "n/a"));
}

#[test]
fn what_one_side_was_not_timed_of_is_not_inconclusive() {
    let mut comparison = timed(&[("a", 100.0, 100.0, Verdict::Unchanged)]);
    let mut one_sided = comparison.benchmarks[0].clone();
    one_sided.id = example::id("b");
    let timing = one_sided.timing.as_mut().unwrap();
    (timing.new, timing.change, timing.verdict) = (None, None, Verdict::Inconclusive);
    comparison.benchmarks.push(one_sided);
    let view = view(&comparison);
    assert_eq!(view.summary, "1 benchmark not compared, 1 unchanged");
    assert_eq!(view.tone, Tone::Neutral);
    let rows: Vec<_> =
        view.benchmarks.iter().map(|b| (&*b.name, b.has_row(), b.detailed)).collect();
    assert_eq!(rows, [("b", false, false), ("a", true, false)]);
    assert_eq!(view.advice, None, "more runs of one side decide nothing");
}
