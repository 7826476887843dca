//! What follows from all rules together.

use super::fixture::*;
use crate::gate::{self, Decision, Open, Options, Outcome};
use Outcome::{Fail, Inconclusive, Pass};

/// One objective that is broken with a p-value of 0.0082, and so many that are kept.
fn objectives(kept: usize) -> String {
    let mut text =
        "[[objective]]\nid = \"broken\"\nbenchmarks = \"a\"\nat-most = \"100 ms\"\n".to_owned();
    for number in 0..kept {
        text.push_str(&format!(
            "[[objective]]\nid = \"kept-{number}\"\nbenchmarks = \"a\"\nat-most = \"200 ms\"\n"
        ));
    }
    text
}

#[test]
fn of_many_rules_one_is_broken_by_chance() {
    let mut loaded = capture("one");
    time(&mut loaded, "a", &around(105.0));
    // 3 · 0.00823 = 0.0247 is below 2.5 %, 4 · 0.00823 = 0.0329 is not.
    for (kept, outcome, open) in
        [(0, Fail, None), (2, Fail, None), (3, Inconclusive, Some(Open::Chance(4)))]
    {
        let verdict = check(&rules(&objectives(kept)), &loaded);
        assert_eq!((verdict.judged[0].outcome, verdict.judged[0].open), (outcome, open), "{kept}");
        assert!(verdict.judged[1..].iter().all(|one| one.outcome == Pass));
        let p_value = verdict.judged[0].p_value.unwrap();
        assert!((p_value - 0.008_229_55).abs() < 1e-7, "{p_value}");
    }
}

#[test]
fn what_stays_open_is_as_the_team_says() {
    let mut loaded = capture("one");
    time(&mut loaded, "a", &around(99.0));
    let objective = "[[objective]]\nat-most = \"100 ms\"\n";
    let of = |file: &str, command_line: Option<bool>| {
        let config = rules(&format!("{file}\n{objective}"));
        let options = Options { fail_inconclusive: command_line, ..Options::default() };
        gate::check(&config, &loaded, &options).decision
    };
    let (fail, pass) = ("[gate]\ninconclusive = \"fail\"", "[gate]\ninconclusive = \"pass\"");
    assert_eq!(of("", None), Decision::Go);
    assert_eq!(of(fail, None), Decision::NoGo);
    assert_eq!(of(pass, None), Decision::Go);
    // The command line counts before the file.
    assert_eq!(of(fail, Some(false)), Decision::Go);
    assert_eq!(of(pass, Some(true)), Decision::NoGo);
}

#[test]
fn nothing_judged_is_neither() {
    let mut loaded = capture("one");
    time(&mut loaded, "a", &around(99.0));
    let skipped = "[[objective]]\nbenchmarks = \"b\"\nat-most = \"100 ms\"";
    assert_eq!(check(&rules(skipped), &loaded).decision, Decision::None);
    assert_eq!(check(&rules(""), &loaded).decision, Decision::None);
    // What needs two captures is not for one.
    assert_eq!(check(&rules("[[limit]]\nat-most = \"+1%\""), &loaded).judged, []);
}

#[test]
fn broken_invariants_question_a_capture() {
    let mut loaded = capture("one");
    time(&mut loaded, "a", &around(110.0));
    time(&mut loaded, "b", &around(100.0));
    let config = rules(
        "[[parity]]\ncommand = \"true\"\n[[objective]]\nat-most = \"1 ms\"\n\
         [[invariant]]\nid = \"order\"\nascending = [\"a\", \"b\"]\n\
         [[invariant]]\nid = \"reverse\"\nascending = [\"b\", \"a\"]",
    );
    let judged = gate::invariants(&config, &loaded, &Options::default());
    let outcomes: Vec<_> = judged.iter().map(|one| (one.id.as_str(), one.outcome)).collect();
    assert_eq!(outcomes, [("order", Fail), ("reverse", Pass)]);
    assert_eq!(gate::invariants(&rules(""), &loaded, &Options::default()), []);
}

#[test]
fn the_same_captures_give_the_same_verdict() {
    let [base, new] = in_turns(&[("a", &[100.0; 4], &around(109.0))]);
    let config = rules("[[limit]]\nat-most = \"+10%\"\n[[objective]]\nat-most = \"100 ms\"");
    assert_eq!(judge(&config, &base, &new), judge(&config, &base, &new));
}
