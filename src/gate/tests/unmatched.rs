//! Rules about benchmarks that there are not.

use super::fixture::*;
use crate::diff::{self, Loaded};
use crate::gate::{self, Decision, Judged, Open, Options, Outcome, Verdict};
use Outcome::{Inconclusive, Pass, Skipped};

fn loaded() -> Loaded {
    let mut loaded = capture("one");
    time(&mut loaded, "parse/large", &around(100.0));
    time(&mut loaded, "encode", &around(100.0));
    loaded
}

fn with(rule: &str, options: &Options) -> Verdict {
    gate::check(&rules(rule), &loaded(), options)
}

fn told(verdict: &Verdict) -> Vec<(&str, Outcome, &str)> {
    let all = verdict.judged.iter();
    all.map(|one: &Judged| (&*one.subject, one.outcome, &*one.reason)).collect()
}

#[test]
fn a_name_that_no_benchmark_has_is_not_settled() {
    let rule = "[[objective]]\nbenchmarks = [\"parse/lrage\", \"encode\"]\nat-most = \"1 s\"";
    let verdict = with(rule, &Options::default());
    let missing = "there is no such benchmark; did you mean `parse/large`?";
    assert_eq!(
        told(&verdict),
        [("`parse/lrage`", Inconclusive, missing), ("p50", Pass, "")],
        "the other one is judged"
    );
    assert_eq!(verdict.judged[0].open, Some(Open::Unmatched));
    assert_eq!(verdict.decision, Decision::Go);
    let strict = Options { fail_inconclusive: Some(true), ..Options::default() };
    assert_eq!(with(rule, &strict).decision, Decision::NoGo);
}

#[test]
fn rules_about_nothing_alone_decide_nothing() {
    let rule = "[[objective]]\nbenchmarks = \"query/*\"\nat-most = \"1 s\"";
    let verdict = with(rule, &Options::default());
    assert_eq!(told(&verdict), [("`query/*`", Inconclusive, "there is no such benchmark")]);
    assert_eq!(verdict.decision, Decision::None);
}

#[test]
fn groups_and_targets_are_near_as_well() {
    for (pattern, near) in [("prase/*", "parse/*"), ("t/encdoe", "t/encode"), ("p/t/x", "")] {
        let rule = format!("[[objective]]\nbenchmarks = \"{pattern}\"\nat-most = \"1 s\"");
        let verdict = with(&rule, &Options::default());
        let reason = &verdict.judged[0].reason;
        let hint = format!("did you mean `{near}`?");
        assert!(if near.is_empty() { !reason.contains("mean") } else { reason.contains(&hint) });
    }
}

#[test]
fn what_was_not_captured_is_skipped() {
    let some = Options { is_partial: [true; 2], ..Options::default() };
    let rule = "[[objective]]\nbenchmarks = \"query/*\"\nat-most = \"1 s\"\n\
                [[claim]]\nnumerator = \"encode\"\ndenominator = \"query\"\nat-least = 2\n\
                [[invariant]]\nascending = [\"encode\", \"query\"]";
    let verdict = with(rule, &some);
    let why = "about benchmarks that were not captured";
    assert_eq!(
        told(&verdict),
        [("`query/*`", Skipped, why), ("`query`", Skipped, why), ("`query`", Skipped, why)]
    );
    // Of everything they would be open, each once.
    let verdict = with(rule, &Options::default());
    assert!(verdict.judged.iter().all(|one| one.open == Some(Open::Unmatched)));
    assert_eq!(verdict.judged.len(), 3);
}

#[test]
fn a_limit_is_about_either_capture_and_a_claim_about_its_own() {
    let (mut base, new) = (loaded(), loaded());
    time(&mut base, "gone", &around(1.0));
    let of = |rule: &str, is_partial: [bool; 2]| {
        let comparison = diff::compare(&base, &new, &diff::Options::default());
        let options = Options { is_partial, ..Options::default() };
        one(gate::judge(&rules(rule), &comparison, [&base, &new], &options))
    };
    let limit = "[[limit]]\nbenchmarks = \"gone\"\nat-most = \"+10%\"";
    assert_eq!(of(limit, [false; 2]).reason, "it is gone");
    let neither = limit.replace("gone", "query");
    assert_eq!(of(&neither, [true, false]).outcome, Inconclusive, "the new one has all");
    assert_eq!(of(&neither, [true, true]).outcome, Skipped);
    let claim = "[[claim]]\ndenominator = \"gone\"\nnumerator = { benchmark = \"gone\", \
                 capture = \"base\" }\nat-most = 1";
    assert_eq!(of(claim, [false; 2]).reason, "one has no such benchmark");
    assert_eq!(of(claim, [false, true]).outcome, Skipped);
}
