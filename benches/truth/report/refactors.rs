//! Refactors.

use std::collections::BTreeSet;

use super::tables::{Goal, table};
use crate::refactors::Kind;
use crate::refactors::results::{Outcome, Planted, Score, View};
use crate::refactors::score::REPORTED;
use crate::tally::Tally;

/// Lines of each list.
const MOST: usize = 40;
/// Instructions of both sides that differ by less are the same work.
const SAME_WORK: f64 = 0.01;

/// A refactor with its score.
type Scored<'a> = (&'a Outcome, &'a Score);

/// One profile's part of a score, where it was made.
type Part = fn(&Score) -> Option<&View>;

/// How a profile was made, and whether it was known which files moved.
const VIEWS: [(&str, Part); 3] = [
    ("sampled", |score| score.unaided.as_ref()),
    ("sampled, with git", |score| score.sampled.as_ref()),
    ("instructions", |score| score.counted.as_ref()),
];

/// What counts: only what this executable compared.
pub(super) fn scored<'a>(all: &'a [Outcome], program: &str) -> Vec<Scored<'a>> {
    let scored = all.iter().filter_map(|one| Some((one, one.score.as_ref()?)));
    scored.filter(|(_, score)| score.perfbase == program).collect()
}

/// Whether both sides take about as many instructions.
fn is_same_work(score: &Score) -> bool {
    score.instructions.is_some_and(|ratio| (ratio - 1.0).abs() <= SAME_WORK)
}

/// What is wanted of refactors.
pub(super) fn goals(scored: &[Scored<'_>]) -> Vec<Goal> {
    let quiet = Tally::of(harmless(scored).map(|one| Some(calls(one)?.is_empty())));
    let unchanged = harmless(scored).filter(|(_, score)| is_same_work(score));
    let same_work = Tally::of(unchanged.map(|one| Some(calls(one)?.is_empty())));
    let both = [VIEWS[0].1, VIEWS[2].1];
    let pairs = both.iter().map(|view| precision(scored, *view)).fold(Tally::default(), sum);
    let found = both.iter().map(|view| recall(scored, *view, true)).fold(Tally::default(), sum);
    vec![
        Goal {
            what: "refactor without slowdown: no function or group is called slower, faster, new or vanished",
            goal: "at least 95 %",
            figure: quiet,
            within: (0.95, 1.0),
            least: 40,
        },
        Goal {
            what: "the same, of refactors that left the instructions within 1 %",
            goal: "at least 95 %",
            figure: same_work,
            within: (0.95, 1.0),
            least: 40,
        },
        Goal {
            what: "matching across refactors: pairs of two names that are right",
            goal: "at least 99 %",
            figure: pairs,
            within: (0.99, 1.0),
            least: 100,
        },
        Goal {
            what: "the same: functions of 0.5 % or more that became others and are found again",
            goal: "at least 95 %",
            figure: found,
            within: (0.95, 1.0),
            least: 100,
        },
    ]
}

pub(super) fn text(scored: &[Scored<'_>]) -> String {
    if scored.is_empty() {
        return String::new();
    }
    let mut text = String::from(INTRODUCTION);
    text.push_str(&circumstances(scored));
    text.push_str(&matching(scored));
    text.push_str(CALLED);
    text.push_str(&called(scored));
    text.push_str(SLOW);
    text.push_str(&slow(scored));
    text.push_str("\n### By kind of refactor\n\n");
    text.push_str(&kinds(scored));
    text.push_str("\n### What was wrong, one by one\n\n");
    text.push_str(&list("Called changed though nothing was slower", wrong_calls(scored)));
    text.push_str(&list("Wrong pairs and groups", wrong_pairs(scored)));
    text.push_str(&list("Functions of 0.5 % or more that were not found again", missed(scored)));
    text
}

fn circumstances(scored: &[Scored<'_>]) -> String {
    let distinct = |of: fn(&Scored<'_>) -> String| -> String {
        scored.iter().map(of).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("; ")
    };
    let timed = scored.iter().filter(|(_, score)| score.sampled.is_some()).count();
    let hours: f64 = scored.iter().map(|(one, _)| one.seconds).sum::<f64>() / 3600.0;
    let mut loads: Vec<f64> = scored.iter().filter_map(|(one, _)| one.load).collect();
    loads.sort_by(f64::total_cmp);
    let load = loads.get(loads.len() / 2).copied().unwrap_or(0.0);
    let same = scored.iter().filter(|(_, score)| score.same_program).count();
    format!(
        "{} cases, {timed} of them sampled in pairs (16 timed, 6 profiled), {hours:.1} hours. Programs: \
         {}. Machine: {}. Load per processor: median {load:.1}. In {same} cases both sides were the very \
         same machine code, so that only names differ.\n\n",
        scored.len(),
        distinct(|(one, _)| one.program.clone()),
        distinct(|(_, score)| score.machine.clone()),
    )
}

/// Cases without a slowdown.
fn harmless<'s, 'a>(scored: &'s [Scored<'a>]) -> impl Iterator<Item = &'s Scored<'a>> {
    scored.iter().filter(|(one, _)| !one.slow)
}

/// What is called changed in the sampled profile.
fn calls<'a>((_, score): &Scored<'a>) -> Option<&'a Vec<String>> {
    Some(&score.unaided.as_ref()?.called)
}

fn sum(a: Tally, b: Tally) -> Tally {
    Tally { hits: a.hits + b.hits, of: a.of + b.of }
}

fn views<'a>(
    scored: &[Scored<'a>],
    view: fn(&Score) -> Option<&View>,
) -> impl Iterator<Item = &'a View> {
    scored.iter().filter_map(move |(_, score)| view(score))
}

/// Pairs of two names.
fn precision(scored: &[Scored<'_>], view: fn(&Score) -> Option<&View>) -> Tally {
    let pairs = |view: &View| Tally {
        hits: view.right.len() as u64,
        of: (view.right.len() + view.wrong.len()) as u64,
    };
    views(scored, view).map(pairs).fold(Tally::default(), sum)
}

/// Functions that became others.
fn recall(scored: &[Scored<'_>], view: fn(&Score) -> Option<&View>, is_large: bool) -> Tally {
    let all = views(scored, view).flat_map(|view| &view.planted);
    Tally::of(all.filter(|one| !is_large || is_reported(one)).map(|one| Some(one.found)))
}

fn is_reported(one: &Planted) -> bool {
    one.share >= REPORTED
}

fn matching(scored: &[Scored<'_>]) -> String {
    let rows = VIEWS.iter().map(|&(name, view)| {
        let all = |view: &View| {
            let right = view.same + view.right.len() as u64;
            let wrong = view.wrong.len() + view.torn.len();
            Tally { hits: right, of: right + wrong as u64 }
        };
        let grouped = views(scored, view).flat_map(|view| &view.regrouped);
        let grouped = Tally::of(grouped.filter(|one| is_reported(one)).map(|one| Some(one.found)));
        let planted = views(scored, view).flat_map(|view| &view.planted).filter(|p| is_reported(p));
        let paired = Tally::of(planted.map(|one| Some(one.paired)));
        let clean = Tally::of(views(scored, view).map(|v| Some(v.wrong_groups.is_empty())));
        vec![
            name.to_owned(),
            precision(scored, view).to_string(),
            views(scored, view).map(all).fold(Tally::default(), sum).to_string(),
            recall(scored, view, true).to_string(),
            paired.to_string(),
            recall(scored, view, false).to_string(),
            grouped.to_string(),
            clean.to_string(),
        ]
    });
    let head = [
        "profile",
        "pairs of two names: right",
        "all pairs: right",
        "found again (0.5 % or more)",
        "of these as a pair",
        "found again (any share)",
        "regrouped: put together (0.5 % or more)",
        "cases without a wrong group",
    ];
    table(&head, rows)
}

fn called(scored: &[Scored<'_>]) -> String {
    let row = |name: &str, which: &dyn Fn(&Score) -> bool| {
        let cases: Vec<&Scored<'_>> =
            harmless(scored).filter(|(_, score)| score.sampled.is_some() && which(score)).collect();
        let count = |hit: &dyn Fn(&Score, &View) -> bool| {
            let hits = cases.iter().map(|(_, score)| Some(hit(score, score.unaided.as_ref()?)));
            Tally::of(hits).to_string()
        };
        let starts = |view: &View, words: &[&str]| {
            view.called.iter().any(|one| words.iter().any(|word| one.starts_with(word)))
        };
        vec![
            name.to_owned(),
            count(&|_, view| !view.called.is_empty()),
            count(&|_, view| starts(view, &["new", "vanished"])),
            count(&|_, view| starts(view, &["slower", "faster"])),
            count(&|_, view| !view.paths.is_empty()),
            count(&|score, _| matches!(&*score.verdict, "slower" | "faster")),
        ]
    };
    let rows = [
        row("all", &|_| true),
        row("instructions within 1 %", &is_same_work),
        row("more or fewer instructions", &|score| !is_same_work(score)),
        row("the very same code", &|score| score.same_program),
    ];
    let head = [
        "cases without slowdown",
        "a function or group called changed",
        "new or vanished",
        "slower or faster",
        "a path new or vanished",
        "the benchmark slower or faster",
    ];
    table(&head, rows)
}

fn slow(scored: &[Scored<'_>]) -> String {
    let rows = VIEWS.iter().map(|&(name, view)| {
        let slow = scored.iter().filter(|(one, _)| one.slow);
        let cases: Vec<(&Score, &View)> =
            slow.filter_map(|(_, score)| Some((*score, view(score)?))).collect();
        let count = |hit: &dyn Fn(&Score, &View) -> bool| {
            Tally::of(cases.iter().map(|(score, view)| Some(hit(score, view)))).to_string()
        };
        let found = Tally::of(
            cases.iter().filter(|(s, _)| s.verdict == "slower").map(|(_, v)| Some(v.is_first)),
        );
        vec![
            name.to_owned(),
            count(&|_, view| view.is_first),
            found.to_string(),
            count(&|_, view| view.is_named),
            count(&|_, view| !view.others.is_empty()),
            count(&|score, _| score.verdict == "slower"),
        ]
    });
    let head = [
        "profile",
        "first",
        "first, where the benchmark is called slower",
        "named",
        "another named",
        "the benchmark slower",
    ];
    table(&head, rows)
}

fn kinds(scored: &[Scored<'_>]) -> String {
    let rows = Kind::ALL.iter().map(|kind| {
        let of: Vec<Scored<'_>> =
            scored.iter().filter(|(one, _)| one.kind == kind.as_str()).copied().collect();
        let quiet = Tally::of(harmless(&of).map(|one| Some(calls(one)?.is_empty())));
        let slow = of.iter().filter(|(one, _)| one.slow);
        let first = Tally::of(slow.map(|(_, score)| Some(score.unaided.as_ref()?.is_first)));
        let both = [VIEWS[0].1, VIEWS[2].1];
        let found = both.iter().map(|view| recall(&of, *view, true)).fold(Tally::default(), sum);
        let grouped = both.iter().flat_map(|view| views(&of, *view)).flat_map(|v| &v.regrouped);
        let grouped = Tally::of(grouped.filter(|one| is_reported(one)).map(|one| Some(one.found)));
        vec![
            kind.as_str().to_owned(),
            of.len().to_string(),
            quiet.to_string(),
            first.to_string(),
            found.to_string(),
            grouped.to_string(),
        ]
    });
    let head = [
        "refactor",
        "cases",
        "nothing called changed (no slowdown)",
        "first (slowdown)",
        "found again",
        "put together",
    ];
    table(&head, rows)
}

/// What a case is.
fn label(one: &Outcome) -> String {
    let slow = if one.slow { ", slower" } else { "" };
    format!("{}, {}{slow}", one.program, one.kind)
}

fn wrong_calls(scored: &[Scored<'_>]) -> Vec<String> {
    let wrong = |one: &Scored<'_>| {
        let calls = calls(one)?;
        let change = 100.0 * one.1.change.unwrap_or(f64::NAN);
        let same = one.1.instructions.unwrap_or(f64::NAN);
        let text = format!(
            "{}: {} (the benchmark is {}, {change:+.1} %; instructions × {same:.3})",
            label(one.0),
            code(calls),
            one.1.verdict
        );
        (!calls.is_empty()).then_some(text)
    };
    harmless(scored).filter_map(wrong).collect()
}

fn wrong_pairs(scored: &[Scored<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    for (one, score) in scored {
        for (name, view) in VIEWS {
            let Some(view) = view(score) else { continue };
            let all: Vec<String> =
                view.wrong.iter().chain(&view.torn).chain(&view.wrong_groups).cloned().collect();
            if !all.is_empty() {
                found.push(format!("{} ({name}): {}", label(one), code(&all)));
            }
        }
    }
    found
}

fn missed(scored: &[Scored<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    for (one, score) in scored {
        for (name, view) in VIEWS {
            let Some(view) = view(score) else { continue };
            let missed = view.planted.iter().chain(&view.regrouped);
            let missed = missed.filter(|planted| is_reported(planted) && !planted.found);
            let all: Vec<String> =
                missed.map(|p| format!("{} ({:.1} %)", p.name, 100.0 * p.share)).collect();
            if !all.is_empty() {
                found.push(format!("{} ({name}): {}", label(one), code(&all)));
            }
        }
    }
    found
}

fn code(all: &[String]) -> String {
    all.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ")
}

fn list(title: &str, all: Vec<String>) -> String {
    if all.is_empty() {
        return format!("{title}: none.\n\n");
    }
    let mut text = format!("{title}:\n\n");
    for line in all.iter().take(MOST) {
        text.push_str(&format!("* {line}\n"));
    }
    if all.len() > MOST {
        text.push_str(&format!("* And {} more.\n", all.len() - MOST));
    }
    text + "\n"
}

const INTRODUCTION: &str = "
## Refactors

Exact edits of the sources of published crates and of a program of our own: eleven kinds of refactor,
each once as it is and once with work of about 10 to 20 % of the benchmark put into what was touched.
What became of which function is written beside each edit, by hand, and not taken from the matching
under test. A pair is *right* when it is that, and wrong when it is anything else, also between
functions that nobody touched. *Found again* is a function that has another name now and is paired
with it, or judged together with nothing but it. Functions that were split, merged, extracted or
inlined are to be *put together* in one group, or paired within it. Without git's knowledge of which
files moved, unless it is said; *instructions* is callgrind's profile of the same two programs.

";
const CALLED: &str = "
### Without slowdown

Whatever is called changed is wrong, unless the refactor costs something by itself: a trait object
is called through a table, a function of another crate may not be inlined. Where the instructions of
both sides are within 1 % of each other the work is the same; where they are not, some of it is
right. Code that moves may well run at another speed (see *layout* above).

";
const SLOW: &str = "
### With slowdown

*First*: of all changes, with functions that changed places counted as a whole, the largest is that
of the function that the work was put into, under its name after the refactor. *Named*: it, or the
group that it is in, is called slower. *Another*: something else is called changed. Work that is put
into a function that is inlined changes what the compiler makes of all that surrounds it, so that some
of these benchmarks got no slower, or faster, and in those of less than 100 ns part of the work falls
on `core::hint::black_box`, which hides it from the compiler; both count as not found.

";
