//! Limits on change, claims between captures, parity.

use super::fixture::*;
use crate::diff::Loaded;
use crate::gate::{Decision, Judged, Open, Outcome, wrong};
use crate::model::{CountKind, CountRun, CountSummary, ParityOutcome, ProfileBuilder};
use Outcome::{Fail, Inconclusive, Pass, Skipped};

/// Four pairs, of which the base's runs take 100 ms.
fn pairs(rule: &str, new: f64) -> Judged {
    let [base, new] = in_turns(&[("a", &[100.0; 4], &around(new))]);
    one(judge(&rules(rule), &base, &new))
}

#[test]
fn limits_by_the_interval_of_pairs() {
    let rule = "[[limit]]\nmeasure = \"p50\"\nat-most = \"+10%\"";
    for (ms, outcome, interval, open) in [
        (105.0, Pass, (0.0171104, 0.0839531), None),
        (115.0, Fail, (0.113978, 0.187187), None),
        (109.0, Inconclusive, (0.0558575, 0.125247), Some(Open::MorePairs(17))),
    ] {
        let one = pairs(rule, ms);
        assert_eq!((one.outcome, one.open), (outcome, open), "{ms}");
        close(one.interval, interval);
        assert_eq!((one.unit, one.subject.as_str(), one.runs), ("change", "p50", 4));
    }
    let least = "[[limit]]\nmeasure = \"p50\"\nat-least = \"+10%\"";
    assert_eq!(pairs(least, 115.0).outcome, Pass);
    assert_eq!(pairs(least, 105.0).outcome, Fail);
}

#[test]
fn noise_is_what_comparisons_do_not_resolve() {
    let of = |rule: &str, factor: f64| {
        let runs: Vec<f64> = (0..32).map(|n| 100.0 * (1.0 + 0.001 * f64::from(n % 3))).collect();
        let new: Vec<f64> = runs
            .iter()
            .enumerate()
            .map(|(n, ms)| ms * factor * (1.0 + 2e-4 * (n % 5) as f64))
            .collect();
        let [base, new] = in_turns(&[("a", &runs, &new)]);
        one(judge(&rules(rule), &base, &new)).outcome
    };
    for measure in ["time", "p95"] {
        let rule =
            |sign: &str| format!("[[limit]]\nmeasure = \"{measure}\"\nat-{sign} = \"noise\"");
        assert_eq!(of(&rule("most"), 1.0), Pass, "{measure}");
        assert_eq!(of(&rule("most"), 1.1), Fail, "{measure}");
        assert_eq!(of(&rule("most"), 0.9), Pass, "{measure}");
        assert_eq!(of(&rule("least"), 0.9), Fail, "{measure}");
        assert_eq!(of(&rule("least"), 1.1), Pass, "{measure}");
    }
    // Four pairs cannot show a change.
    assert_eq!(pairs("[[limit]]\nat-most = \"noise\"", 110.0).outcome, Inconclusive);
}

#[test]
fn sessions_differ_by_more_than_runs_do() {
    let (mut base, mut new) = (capture("base"), capture("new"));
    time(&mut base, "a", &around(100.0));
    time(&mut new, "a", &around(112.0));
    let rule = rules("[[limit]]\nmeasure = \"p95\"\nat-most = \"+10%\"");
    let apart = one(judge(&rule, &base, &new));
    assert_eq!((apart.outcome, apart.open), (Inconclusive, Some(Open::Sessions)));
    time(&mut new, "a", &around(150.0));
    assert_eq!(one(judge(&rule, &base, &new)).outcome, Fail);
}

/// A capture of a benchmark that executed so many instructions, each run.
fn counted(label: &str, runs: &[u64]) -> Loaded {
    let mut loaded = capture(label);
    let kind = CountKind::Instructions;
    let run = |&count: &u64| CountRun { benchmark_weight: count, ..CountRun::default() };
    let runs: Vec<CountRun> = runs.iter().map(run).collect();
    let is_repeatable = Some(runs.iter().all(|run| *run == runs[0]));
    entry(&mut loaded, "a").counts =
        vec![CountSummary { kind, iterations: 1, runs, is_repeatable }];
    loaded.counts.insert((id("a"), kind), ProfileBuilder::new(kind.weight()).finish());
    loaded
}

#[test]
fn what_is_counted_needs_no_interval() {
    let rule = |bound: &str| {
        rules(&format!("[[limit]]\nmeasure = \"instructions\"\nat-most = \"{bound}\""))
    };
    let of = |bound: &str, now: u64| {
        let (base, new) = (counted("base", &[1000, 1000]), counted("new", &[now, now]));
        let one = one(judge(&rule(bound), &base, &new));
        assert_eq!(one.interval, None);
        one.outcome
    };
    assert_eq!(of("+1%", 1010), Pass);
    assert_eq!(of("+1%", 1011), Fail);
    assert_eq!(of("noise", 1000), Pass);
    assert_eq!(of("noise", 1001), Fail);
    assert_eq!(of("noise", 999), Pass);
}

#[test]
fn limits_that_cannot_be_judged_say_why() {
    let rule = "[[limit]]\nbenchmarks = \"a\"\nat-most = \"+10%\"";
    let with = |rule: &str, change: &dyn Fn(&mut Loaded, &mut Loaded)| {
        let [mut base, mut new] = in_turns(&[("a", &[100.0; 4], &around(100.0))]);
        change(&mut base, &mut new);
        let one = one(judge(&rules(rule), &base, &new));
        (one.outcome, one.reason)
    };
    let remove = |loaded: &mut Loaded| loaded.capture.benchmarks.clear();
    let fail = |loaded: &mut Loaded| entry(loaded, "a").failure = Some(failure());
    let says = |reason: &str, (outcome, said): (Outcome, String)| {
        assert_eq!(outcome, Skipped, "{reason}");
        assert!(said.contains(reason), "{reason}: {said}");
    };
    says("it is new", with(rule, &|base, _| remove(base)));
    says("it is gone", with(rule, &|_, new| remove(new)));
    says("it failed in the base", with(rule, &|base, _| fail(base)));
    let allocations = rule.replace("at-most", "measure = \"allocations\"\nat-most");
    says("no allocations were counted", with(&allocations, &|_, _| ()));
    says(
        "not comparable",
        with(rule, &|base, new| {
            new.capture.beside = None;
            base.capture.machine.cpu = "another".into();
        }),
    );
    // It worked, and does not any more.
    let (outcome, reason) = with(rule, &|_, new| {
        fail(new);
        new.timings.clear();
    });
    assert_eq!(outcome, Fail);
    assert!(reason.contains("it failed in trial run: SIGABRT"), "{reason}");
}

#[test]
fn one_program_has_not_changed() {
    let [mut base, mut new] = in_turns(&[("a", &[100.0; 4], &around(150.0))]);
    for side in [&mut base, &mut new] {
        entry(side, "a").executable = Some("same".into());
    }
    if let Some(beside) = &mut entry(&mut new, "a").beside {
        beside.executable = Some("same".into());
    }
    let one = one(judge(&rules("[[limit]]\nmeasure = \"p95\"\nat-most = \"+10%\""), &base, &new));
    assert_eq!(one.outcome, Pass);
    assert!(one.reason.contains("the same program"), "{}", one.reason);
}

#[test]
fn claims_between_captures_rest_on_pairs() {
    let rule = "[[claim]]\nnumerator = { benchmark = \"a\", capture = \"base\" }\n\
                denominator = \"a\"\nat-least = 2";
    let of = |new: f64| pairs(rule, new);
    let fast = of(45.0);
    assert_eq!((fast.outcome, fast.runs), (Pass, 4));
    // 100 / 45 · exp(∓3.182446 · 0.01).
    close(fast.interval, (2.152615, 2.294084));
    assert_eq!(of(55.0).outcome, Fail);
    assert!(matches!(of(50.1).open, Some(Open::MorePairs(_) | Open::TooClose)));
}

#[test]
fn a_program_that_is_wrong_has_nothing_else_judged() {
    let config = rules(
        "[[parity]]\nid = \"answers\"\ncommand = \"true\"\nsame-output = true\n\
         [[limit]]\nid = \"limit\"\nmeasure = \"p95\"\nat-most = \"+10%\"",
    );
    let outcome = |succeeded: bool, output: &str| {
        let status = if succeeded { "exit status 0" } else { "exit status 1" };
        let (status, output) = (status.to_owned(), output.to_owned());
        Some(ParityOutcome { id: "answers".into(), succeeded, status, output })
    };
    let of = |before: Option<ParityOutcome>, now: Option<ParityOutcome>| {
        let [mut base, mut new] = in_turns(&[("a", &[100.0; 4], &around(90.0))]);
        base.capture.parities.extend(before);
        new.capture.parities.extend(now);
        let verdict = judge(&config, &base, &new);
        let wrong = wrong(&config, [&base.capture, &new.capture]);
        let [parity, limit] = <[Judged; 2]>::try_from(verdict.judged).unwrap();
        (
            verdict.decision,
            parity.outcome,
            limit.outcome,
            format!("{} {}", parity.reason, limit.reason),
            wrong,
        )
    };
    let (yes, no) = (|| outcome(true, "42"), || outcome(false, ""));
    let right = of(yes(), yes());
    assert_eq!((right.0, right.1, right.2), (Decision::Go, Pass, Pass));
    assert_eq!(right.4, None);
    for (before, now, reason) in [
        (no(), yes(), "exit status 1 in base"),
        (yes(), no(), "exit status 1 in new"),
        (yes(), outcome(true, "41"), "base and new printed different things"),
    ] {
        let wrong = of(before, now);
        assert_eq!((wrong.0, wrong.1, wrong.2), (Decision::NoGo, Fail, Skipped));
        assert!(wrong.3.contains(reason), "{reason}: {}", wrong.3);
        assert!(wrong.3.contains("answers failed: nothing else counts"), "{}", wrong.3);
        assert!(wrong.4.unwrap().contains(reason));
    }
    let unknown = of(None, yes());
    assert_eq!((unknown.0, unknown.1, unknown.2), (Decision::Go, Skipped, Pass));
    assert!(unknown.3.contains("it was not run for base"), "{}", unknown.3);
}
