//! Shares and costs of functions, modules, crates and categories; what is new.

use super::fixture::*;
use crate::diff::Loaded;
use crate::gate::{Judged, Open, Outcome};
use Outcome::{Fail, Inconclusive, Pass, Skipped};

/// A rule on a benchmark of 1000 samples, so many of them in one function.
fn share(rule: &str, count: u64) -> Judged {
    let mut loaded = capture("one");
    profile(&mut loaded, "a", &[("queue::Sender::send", count), ("app::work", 1000 - count)]);
    one(check(&rules(&format!("[[limit]]\n{rule}")), &loaded))
}

#[test]
fn shares_by_wilsons_interval() {
    for (count, outcome, interval, open) in [
        (20, Pass, (0.0129837, 0.0306900), None),
        (100, Fail, (0.0829094, 0.120152), None),
        (55, Inconclusive, (0.0424974, 0.0709084), Some(Open::MoreRuns(8))),
    ] {
        for subject in [
            "function = \"queue::Sender::send\"",
            "function = \"*::send\"",
            "module = \"queue\"",
            "crate = \"queue\"",
        ] {
            let one = share(&format!("{subject}\nat-most = \"5%\""), count);
            assert_eq!((one.outcome, one.open), (outcome, open), "{subject} {count}");
            close(one.interval, interval);
            assert!((one.measured.unwrap() - count as f64 / 1000.0).abs() < 1e-12);
            assert_eq!(one.unit, "share");
        }
    }
    assert_eq!(share("crate = \"queue\"\nat-least = \"5%\"", 100).outcome, Pass);
    assert_eq!(share("crate = \"queue\"\nat-least = \"5%\"", 20).outcome, Fail);
    // What is nowhere has a share of 0, up to what 1000 samples can miss.
    let none = share("function = \"other\"\nat-most = \"5%\"", 20);
    assert_eq!((none.outcome, none.measured), (Pass, Some(0.0)));
    assert_eq!(none.reason, "nothing of that name is in the profile");
    close(none.interval, (0.0, 0.003_826_76));
}

#[test]
fn categories_are_the_teams_own_and_the_shipped_ones() {
    let of = |functions: &[(&str, u64)], text: &str| {
        let mut loaded = capture("one");
        profile(&mut loaded, "a", functions);
        one(check(&rules(text), &loaded))
    };
    let own = "[[category]]\nname = \"messages\"\ncrates = [\"queue\"]\n\
               [[limit]]\ncategory = \"messages\"\nat-most = \"5%\"";
    let functions = [("queue::Sender::send", 100), ("malloc", 300), ("app::work", 600)];
    let messages = of(&functions, own);
    assert_eq!((messages.outcome, messages.measured), (Fail, Some(0.1)));
    let shipped = of(&functions, "[[limit]]\ncategory = \"allocation\"\nat-most = \"5%\"");
    assert_eq!(shipped.outcome, Fail);
    assert!((shipped.measured.unwrap() - 0.3).abs() < 1e-12);
    let unknown = of(&functions, "[[limit]]\ncategory = \"hashing\"\nat-most = \"5%\"");
    assert_eq!((unknown.outcome, unknown.measured), (Pass, Some(0.0)));
}

#[test]
fn own_weight_leaves_out_what_is_called() {
    let main = |of: &str| share(&format!("function = \"app::main\"\n{of}at-most = \"5%\""), 100);
    let (total, own) = (main(""), main("of = \"self\"\n"));
    assert_eq!((total.outcome, total.measured), (Fail, Some(1.0)));
    assert_eq!((own.outcome, own.measured), (Pass, Some(0.0)));
    assert_eq!(own.subject, "self of function app::main");
}

#[test]
fn costs_are_shares_of_the_time_per_iteration() {
    // 10 % of 100 ms.
    let of = |bound: &str| share(&format!("crate = \"queue\"\nat-most = \"{bound}\""), 100);
    let one = of("20 ms");
    assert_eq!((one.outcome, one.unit), (Pass, "ns"));
    assert!((one.measured.unwrap() - 10e6).abs() < 1.0);
    close(one.interval.map(|(low, high)| (low / 1e8, high / 1e8)), (0.0829094, 0.120152));
    assert_eq!(of("5 ms").outcome, Fail);
    assert_eq!(of("9 ms").outcome, Inconclusive);
    let other = of("3 MB");
    assert_eq!(other.outcome, Skipped);
    assert!(other.reason.contains("the profile is in ns"), "{}", other.reason);
}

#[test]
fn of_several_the_worst_counts_and_is_named() {
    let mut loaded = capture("one");
    profile(&mut loaded, "a", &[("q::send", 20), ("r::send", 100), ("app::work", 880)]);
    let one = one(check(&rules("[[limit]]\nfunction = \"*::send\"\nat-most = \"5%\""), &loaded));
    assert_eq!((one.outcome, one.measured), (Fail, Some(0.1)));
    assert_eq!(one.subject, "function r::send");
}

#[test]
fn parts_without_profiles_say_why() {
    let mut loaded = capture("one");
    time(&mut loaded, "a", &around(100.0));
    let of = |rule: &str| one(check(&rules(&format!("[[limit]]\n{rule}")), &loaded));
    let none = of("crate = \"queue\"\nat-most = \"5%\"");
    assert_eq!((none.outcome, none.reason.as_str()), (Skipped, "it has no profile"));
}

/// A rule on two captures of a benchmark of 1000 samples, so many of them in one function.
fn change(rule: &str, before: Option<u64>, now: u64) -> Judged {
    let (mut base, mut new) = (capture("base"), capture("new"));
    for (loaded, count) in [(&mut base, before), (&mut new, Some(now))] {
        time(loaded, "a", &around(100.0));
        if let Some(count) = count {
            let functions = [("queue::Sender::send", count), ("app::work", 1000 - count)];
            profile(loaded, "a", &functions);
        }
    }
    one(judge(&rules(&format!("[[limit]]\n{rule}")), &base, &new))
}

#[test]
fn new_hot_paths_are_named() {
    let rule = "new-hot-path = \"5%\"";
    let hot = change(rule, Some(2), 100);
    assert_eq!(hot.outcome, Fail);
    // All of it but for the 2 of before, where all else takes 900 in place of 998.
    assert!((hot.measured.unwrap() - (0.1 - 0.002 * 900.0 / 998.0)).abs() < 1e-12);
    close(hot.interval, (0.0812614, 0.118207));
    assert_eq!(hot.reason, "queue::Sender::send");
    // Beyond 5 % by chance, perhaps.
    assert_eq!(change(rule, Some(2), 55).outcome, Inconclusive);
    assert_eq!(change(rule, Some(2), 20).outcome, Pass);
    // It was warm already.
    assert_eq!(change(rule, Some(20), 100).outcome, Pass);
    let unknown = change(rule, None, 100);
    assert_eq!(unknown.outcome, Skipped);
    assert_eq!(unknown.reason, "it has no profile in the base");
}

#[test]
fn one_program_has_no_new_paths() {
    let (mut base, mut new) = (capture("base"), capture("new"));
    for (side, count) in [(&mut base, 0), (&mut new, 100)] {
        profile(side, "a", &[("queue::send", count), ("app::work", 1000 - count)]);
        entry(side, "a").executable = Some("same".into());
    }
    let one = one(judge(&rules("[[limit]]\nnew-hot-path = \"5%\""), &base, &new));
    assert_eq!((one.outcome, one.reason.as_str()), (Pass, "both sides are the same program"));
}

/// Samples of paths below `main`.
fn paths(label: &str, paths: &[(&[&str], u64)]) -> Loaded {
    let mut loaded = capture(label);
    profile_of_paths(&mut loaded, "a", paths);
    loaded
}

#[test]
fn work_that_moved_is_not_new() {
    let rule = rules("[[limit]]\nnew-hot-path = \"5%\"");
    let base = paths("base", &[(&["parse"], 600), (&["write"], 400)]);
    let of = |now: &[(&[&str], u64)]| one(judge(&rule, &base, &paths("new", now)));
    // A function between: all that it does itself is next to nothing.
    let between: &[(&[&str], u64)] =
        &[(&["serve", "parse"], 590), (&["serve"], 10), (&["serve", "write"], 400)];
    let one = of(between);
    assert_eq!((one.outcome, one.reason.as_str()), (Pass, "serve"));
    assert!((one.measured.unwrap() - 0.01).abs() < 1e-12);
    // What it calls that nobody called before is new.
    let more: &[(&[&str], u64)] =
        &[(&["serve", "parse"], 500), (&["serve", "audit", "hash"], 200), (&["write"], 300)];
    let one = of(more);
    assert_eq!((one.outcome, one.reason.as_str()), (Fail, "serve → hash"));
    assert!((one.measured.unwrap() - 0.2).abs() < 1e-12);
    // A function of before that is called from elsewhere, and so much more often.
    let elsewhere: &[(&[&str], u64)] =
        &[(&["parse"], 100), (&["check", "write"], 700), (&["write"], 200)];
    let one = of(elsewhere);
    assert_eq!((one.outcome, one.reason.as_str()), (Fail, "check"));
    // By the paths that both have, all else takes a third of what it took.
    assert!((one.measured.unwrap() - 0.7).abs() < 1e-12);
}

#[test]
fn helpers_of_the_standard_library_do_the_work_of_who_calls_them() {
    let rule = rules("[[limit]]\nnew-hot-path = \"5%\"");
    let base = paths("base", &[(&["app::parse"], 600), (&["app::write"], 400)]);
    let of = |now: &[(&[&str], u64)]| one(judge(&rule, &base, &paths("new", now)));
    // One that was inlined before.
    let outlined: &[(&[&str], u64)] = &[
        (&["app::parse"], 400),
        (&["app::parse", "core::slice::sort"], 200),
        (&["app::write"], 400),
    ];
    assert_eq!((of(outlined).outcome, of(outlined).measured), (Pass, Some(0.0)));
    // More work than before, by a quarter of all: two thirds of the program tell the scale.
    let base = paths("base", &[(&["app::parse"], 200), (&["app::write"], 800)]);
    let more: &[(&[&str], u64)] = &[
        (&["app::parse"], 200),
        (&["app::parse", "core::slice::sort"], 333),
        (&["app::write"], 800),
    ];
    let one = one(judge(&rule, &base, &paths("new", more)));
    assert_eq!((one.outcome, one.reason.as_str()), (Fail, "core::slice::sort"));
    assert!((one.measured.unwrap() - 333.0 / 1333.0).abs() < 1e-12);
}

#[test]
fn work_that_moved_to_two_places_is_new_as_far_as_there_is_more() {
    let rule = rules("[[limit]]\nnew-hot-path = \"5%\"");
    let base = paths("base", &[(&["app::parse", "app::hash"], 200), (&["app::write"], 800)]);
    // 200 before, 300 now: a third of each place's work is new.
    let now: &[(&[&str], u64)] = &[
        (&["app::read", "app::hash"], 150),
        (&["app::send", "app::hash"], 150),
        (&["app::write"], 800),
    ];
    let one = one(judge(&rule, &base, &paths("new", now)));
    assert_eq!((one.outcome, one.reason.as_str()), (Inconclusive, "app::read"));
    assert!((one.measured.unwrap() - 50.0 / 1100.0).abs() < 1e-12);
}

#[test]
fn changes_of_parts_are_relative_to_the_base() {
    let rule = "function = \"queue::Sender::send\"\nof = \"self\"\nat-most = \"+50%\"";
    let more = change(rule, Some(100), 400);
    assert_eq!(more.outcome, Fail);
    assert!((more.measured.unwrap() - 3.0).abs() < 1e-9);
    assert_eq!(change(rule, Some(400), 100).outcome, Pass);
    let none = change(&rule.replace("Sender::send", "Other"), Some(100), 100);
    assert_eq!((none.outcome, none.reason.as_str()), (Skipped, "no side has it"));
}

#[test]
fn changes_of_parts_are_tested_as_limits_are() {
    // One run a side: variances of 1.17 and 1.344 ms² by counting, a deviation of 10 % that is
    // assumed of runs and 1 % of sessions. scipy.stats.t with 200 degrees of freedom.
    let of = |limit: &str| {
        let rule = "function = \"queue::Sender::send\"\nof = \"self\"\nat-most = ";
        change(&format!("{rule}\"{limit}\""), Some(100), 160)
    };
    let one = of("+10%");
    assert_eq!(one.outcome, Fail);
    close(one.interval, (0.112_594_48, 1.087_405_52));
    assert!((one.p_value.unwrap() - 0.022_209_98).abs() < 1e-6, "{:?}", one.p_value);
    let open = of("+30%");
    assert_eq!((open.outcome, open.open), (Inconclusive, Some(Open::OneRun)));
}

#[test]
fn beyond_noise_is_what_the_comparison_says() {
    let of = |before, now| {
        let rule = "function = \"queue::Sender::send\"\nof = \"self\"\nat-most = \"noise\"";
        change(rule, Some(before), now)
    };
    // More by far than a run's assumed deviation and a machine's drift.
    assert_eq!(of(100, 400).outcome, Fail);
    assert_eq!(of(400, 100).outcome, Pass);
    assert_eq!(of(100, 120).outcome, Inconclusive);
    assert_eq!(of(100, 400).p_value, None);
}

#[test]
fn parts_of_one_program_have_not_changed() {
    let (mut base, mut new) = (capture("base"), capture("new"));
    for (side, count) in [(&mut base, 100), (&mut new, 400)] {
        profile(side, "a", &[("queue::send", count), ("app::work", 1000 - count)]);
        time(side, "a", &around(100.0));
        entry(side, "a").executable = Some("same".into());
    }
    for bound in ["+10%", "noise"] {
        let rule = format!("[[limit]]\ncrate = \"queue\"\nof = \"self\"\nat-most = \"{bound}\"");
        let one = one(judge(&rules(&rule), &base, &new));
        assert_eq!((one.outcome, one.reason.as_str()), (Pass, "both sides are the same program"));
    }
}

#[test]
fn shares_are_adjusted_with_all_other_rules() {
    // p = 0.0101 alone; of three rules 0.0304, above 2.5 %.
    let mut loaded = capture("one");
    profile(&mut loaded, "a", &[("queue::Sender::send", 66), ("app::work", 934)]);
    let of = |kept: usize| {
        let mut text = "[[limit]]\ncrate = \"queue\"\nat-most = \"5%\"\n".to_owned();
        text.push_str(&"[[limit]]\ncrate = \"queue\"\nat-most = \"50%\"\n".repeat(kept));
        check(&rules(&text), &loaded).judged.remove(0)
    };
    assert_eq!((of(1).outcome, of(2).outcome), (Fail, Inconclusive));
    assert_eq!(of(2).open, Some(Open::Chance(3)));
}
