//! Objectives, claims between benchmarks, invariants.

use super::fixture::*;
use crate::gate::{Decision, Judged, Open, Outcome};
use Outcome::{Fail, Inconclusive, Pass, Skipped};

/// `a`, and `b` where it is given, each of four runs around a time in ms.
fn judged(rule: &str, a: f64, b: Option<f64>) -> Judged {
    let mut loaded = capture("one");
    time(&mut loaded, "a", &around(a));
    if let Some(b) = b {
        time(&mut loaded, "b", &around(b));
    }
    one(check(&rules(rule), &loaded))
}

#[test]
fn objectives_by_their_intervals() {
    let rule = "[[objective]]\nbenchmarks = \"a\"\nat-most = \"100 ms\"";
    for (ms, outcome, interval, open) in [
        (96.0, Pass, (92.992954, 99.104283), None),
        (105.0, Fail, (101.711044, 108.395309), None),
        (99.0, Inconclusive, (95.898984, 102.201291), Some(Open::MoreRuns(13))),
    ] {
        let one = judged(rule, ms, None);
        assert_eq!((one.outcome, one.open), (outcome, open), "{ms}");
        close(one.interval.map(|(low, high)| (low / 1e6, high / 1e6)), interval);
        assert!((one.margin.unwrap() - 100.0 / ms).abs() < 1e-9);
        assert_eq!((one.unit, one.sign, one.runs), ("ns", "≤", 4));
    }
    let least = "[[objective]]\nbenchmarks = \"a\"\nat-least = \"100 ms\"";
    let one = judged(least, 105.0, None);
    assert_eq!((one.outcome, one.sign), (Pass, "≥"));
    assert!((one.margin.unwrap() - 1.05).abs() < 1e-9);
    assert_eq!(judged(least, 96.0, None).outcome, Fail);
}

#[test]
fn objectives_that_cannot_be_judged_say_why() {
    for (rule, reason) in [
        ("benchmarks = \"a\"\nmeasure = \"rss\"\nat-most = \"1 MB\"", "its runs do not tell `rss`"),
        ("benchmarks = \"a\"\nmetric = \"x\"\nat-most = 1", "it reports no numbers of its own"),
        (
            "benchmarks = \"a\"\nmeasure = \"allocations\"\nat-most = 1",
            "no allocations were counted",
        ),
        ("benchmarks = \"a\"\nmeasure = \"throughput\"\nat-least = \"1 /s\"", "no throughput"),
    ] {
        let one = judged(&format!("[[objective]]\n{rule}"), 100.0, None);
        assert_eq!(one.outcome, Skipped, "{rule}");
        assert!(one.reason.contains(reason), "{rule}: {}", one.reason);
    }
}

#[test]
fn one_run_has_the_spread_that_runs_are_assumed_to_have() {
    let rule = rules("[[objective]]\nbenchmarks = \"a\"\nat-most = \"100 ms\"");
    let of = |ms: f64| {
        let mut loaded = capture("one");
        time(&mut loaded, "a", &[ms]);
        one(check(&rule, &loaded))
    };
    // ± 1.96 · 10 %.
    assert_eq!(of(82.0).outcome, Pass);
    assert_eq!((of(95.0).outcome, of(95.0).open), (Inconclusive, Some(Open::OneRun)));
    assert_eq!(of(122.0).outcome, Fail);
}

#[test]
fn what_fails_breaks_its_objective() {
    let mut loaded = capture("one");
    entry(&mut loaded, "a").failure = Some(failure());
    for rule in ["at-most = \"1 ms\"", "succeeds = true"] {
        let one = one(check(&rules(&format!("[[objective]]\n{rule}")), &loaded));
        assert_eq!(one.outcome, Fail, "{rule}");
        assert!(one.reason.contains("it failed in trial run: SIGABRT"), "{}", one.reason);
    }
    time(&mut loaded, "b", &around(1.0));
    let succeeds = rules("[[objective]]\nbenchmarks = \"b\"\nsucceeds = true");
    assert_eq!(one(check(&succeeds, &loaded)).outcome, Pass);
}

#[test]
fn levels_of_a_ladder_may_fail_unless_they_are_named() {
    let mut loaded = capture("one");
    time(&mut loaded, "load/clients=1", &around(1.0));
    entry(&mut loaded, "load/clients=8").failure = Some(failure());
    let of = |benchmarks: &str| {
        let rule = format!("[[objective]]\nbenchmarks = \"{benchmarks}\"\nsucceeds = true");
        check(&rules(&rule), &loaded)
    };
    let all = of("load/*");
    assert_eq!(all.judged.iter().map(|one| one.outcome).collect::<Vec<_>>(), [Pass, Skipped]);
    assert!(all.judged[1].reason.contains("the levels below it count"));
    assert_eq!(all.decision, Decision::Go);
    assert_eq!(of("load/clients=8").decision, Decision::NoGo);
}

#[test]
fn claims_by_the_interval_of_the_ratio() {
    let rule = "[[claim]]\nnumerator = \"a\"\ndenominator = \"b\"\nat-least = 2";
    for (ratio, outcome, interval, open) in [
        (2.2, Pass, (2.125172, 2.277463), None),
        (1.9, Fail, (1.835376, 1.966900), None),
        (2.05, Inconclusive, (1.980274, 2.122181), Some(Open::MoreRuns(2))),
    ] {
        let one = judged(rule, 100.0 * ratio, Some(100.0));
        assert_eq!((one.outcome, one.open), (outcome, open), "{ratio}");
        close(one.interval, interval);
        assert!((one.margin.unwrap() - ratio / 2.0).abs() < 1e-9);
    }
    let most = rule.replace("least", "most");
    assert_eq!(judged(&most, 190.0, Some(100.0)).outcome, Pass);
    assert_eq!(judged(&most, 220.0, Some(100.0)).outcome, Fail);
}

#[test]
fn claims_that_cannot_be_judged_say_why() {
    for (numerator, reason) in [
        ("\"*\"", "takes several benchmarks: p/t/a and p/t/b"),
        ("{ benchmark = \"a\", metric = \"x\" }", "p/t/a: it reports no numbers of its own"),
    ] {
        let rule = format!("[[claim]]\nnumerator = {numerator}\ndenominator = \"b\"\nat-least = 2");
        let one = judged(&rule, 100.0, Some(100.0));
        assert_eq!(one.outcome, Skipped, "{numerator}");
        assert!(one.reason.contains(reason), "{numerator}: {}", one.reason);
    }
}

#[test]
fn orders_are_broken_where_the_interval_shows_it() {
    let rule = "[[invariant]]\nascending = [\"a\", \"b\"]";
    for (ratio, outcome, interval, open) in [
        (0.95, Pass, (0.917688, 0.983450), None),
        (1.05, Fail, (1.014287, 1.086971), None),
        (0.99, Inconclusive, (0.956327, 1.024858), Some(Open::MoreRuns(30))),
    ] {
        let one = judged(rule, 100.0 * ratio, Some(100.0));
        assert_eq!((one.outcome, one.open), (outcome, open), "{ratio}");
        close(one.interval, interval);
    }
    assert_eq!(judged(rule, 100.0, None).open, Some(Open::Unmatched));
}

#[test]
fn what_does_the_same_takes_about_the_same_time() {
    let share = "[[invariant]]\nalike = [\"a\", \"b\"]\nwithin = \"5%\"";
    let amount = "[[invariant]]\nalike = [\"a\", \"b\"]\nwithin = \"10 ms\"";
    for (rule, ms, outcome, interval) in [
        // Beyond 5 % at its end.
        (share, 102.0, Inconclusive, (-0.014693, 0.055914)),
        (share, 110.0, Fail, (0.062586, 0.138731)),
        (amount, 102.0, Pass, (-1.495564, 5.495564)),
        (amount, 120.0, Fail, (16.147470, 23.852530)),
        (amount, 108.0, Inconclusive, (4.393308, 11.606692)),
    ] {
        // Whichever of the two is the larger.
        for (a, b) in [(ms, 100.0), (100.0, ms)] {
            let one = judged(rule, a, Some(b));
            assert_eq!(one.outcome, outcome, "{rule} {ms}");
            let scale = if rule == share { 1.0 } else { 1e6 };
            close(one.interval.map(|(low, high)| (low / scale, high / scale)), interval);
        }
    }
}

/// How often equal benchmarks are said to be in the wrong order: by construction 2.5 %.
#[test]
fn orders_are_seldom_called_broken_by_chance() {
    use crate::stats::Random;
    use crate::stats::repeated::repeated;
    let mut random = Random::new(5);
    let rule = rules("[[invariant]]\nascending = [\"a\", \"b\"]");
    let (mut broken, all) = (0, repeated(400));
    for _ in 0..all {
        let mut loaded = capture("one");
        for name in ["a", "b"] {
            let runs: Vec<f64> = (0..5).map(|_| (0.03 * random.normal()).exp()).collect();
            time(&mut loaded, name, &runs);
        }
        broken += usize::from(one(check(&rule, &loaded)).outcome == Fail);
    }
    let rate = broken as f64 / all as f64;
    println!("order of equal benchmarks called broken: {rate:.4}");
    assert!(rate < 0.05, "{rate}");
}
