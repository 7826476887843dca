//! The tables.

use perfbase::stats::median;

use super::Scored;
use crate::cases::KINDS;
use crate::results::Outcome;
use crate::rules::Said;
use crate::score::plain;
use crate::subjects::SUBJECTS;
use crate::tally::Tally;

/// Wrong verdicts that are listed.
const MOST_WRONG: usize = 40;

/// The load per processor up to which a machine is at rest.
const REST: f64 = 1.1;

/// Whether anything was planted.
fn is_planted(one: &Outcome) -> bool {
    one.change == "plant"
}

fn is_equal(one: &Outcome) -> bool {
    !is_planted(one)
}

fn design(one: &Outcome) -> String {
    format!("{}, {}", if one.paired { "paired" } else { "stored" }, one.budget)
}

fn is_changed((_, score): &Scored<'_>) -> bool {
    matches!(&*score.verdict, "slower" | "faster")
}

/// Whether anything at all is called changed.
fn is_anything_changed(scored: &Scored<'_>) -> bool {
    is_changed(scored) || !scored.1.changed.is_empty() || !scored.1.changed_total.is_empty()
}

fn sign(verdict: &str) -> Said {
    match verdict {
        "slower" => 1,
        "faster" => -1,
        _ => 0,
    }
}

/// Whether a verdict has the sign of the planted change.
fn is_found((one, score): &Scored<'_>) -> bool {
    f64::from(sign(&score.verdict)) * one.percent > 0.0
}

fn is_wrong_way((one, score): &Scored<'_>) -> bool {
    f64::from(sign(&score.verdict)) * one.percent < 0.0
}

fn is_covered((one, score): &Scored<'_>) -> Option<bool> {
    // As wide as it would be if the error of the truth, which was measured too, were part of it.
    score.interval.map(|(low, high)| {
        let half = ((high - low) / 2.0).hypot(1.96 * one.truth_error);
        ((low + high) / 2.0 - one.truth).abs() <= half
    })
}

fn is_first((one, score): &Scored<'_>) -> bool {
    score.first.as_deref().map(plain) == one.place
}

/// Whether the function is called what it is.
fn is_named((one, score): &Scored<'_>) -> bool {
    f64::from(sign(score.place.as_deref().unwrap_or_default())) * one.percent > 0.0
}

fn has_another((one, score): &Scored<'_>) -> bool {
    score.changed.iter().any(|text| {
        let name = text.split_once(' ').map_or("", |(_, name)| name);
        Some(plain(name)) != one.place
    })
}

fn tally<'a>(
    scored: &[Scored<'a>],
    which: impl Fn(&Outcome) -> bool,
    hit: impl Fn(&Scored<'a>) -> Option<bool>,
) -> Tally {
    Tally::of(scored.iter().filter(|(one, _)| which(one)).map(hit))
}

/// A table in Markdown.
pub(super) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head);
    text.push_str(&line(&vec!["---"; head.len()]));
    for row in rows {
        text.push_str(&line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    text
}

pub(super) fn goals(scored: &[Scored<'_>], more: Vec<Goal>) -> String {
    let grown = |one: &Outcome, percent: f64| is_planted(one) && one.percent == percent;
    let is_minute = |one: &Outcome| one.budget.starts_with("60");
    let equal = |one: &Scored<'_>| Some(is_anything_changed(one));
    let found = |one: &Scored<'_>| Some(is_found(one));
    let first = |one: &Scored<'_>| Some(is_first(one));
    let is_whole = |one: &Outcome| one.paired && one.budget != "short";
    let goals = [
        Goal {
            what: "paired, equal programs: the benchmark or any function called changed",
            goal: "at most 1 % of 200 or more",
            figure: tally(scored, |one| one.paired && is_equal(one), equal),
            within: (0.0, 0.01),
            least: 200,
        },
        Goal {
            what: "the same, with equal instructions at equal addresses only",
            goal: "at most 1 % of 200 or more",
            figure: tally(scored, |one| one.paired && one.change == "constant", equal),
            within: (0.0, 0.01),
            least: 200,
        },
        Goal {
            what: "stored, equal programs: the benchmark or any function called changed",
            goal: "at most 5 %",
            figure: tally(scored, |one| !one.paired && is_equal(one), equal),
            within: (0.0, 0.05),
            least: 0,
        },
        Goal {
            what: "paired, +2 % in 60 s a side: found",
            goal: "at least 90 %",
            figure: tally(scored, |one| one.paired && is_minute(one) && grown(one, 2.0), found),
            within: (0.9, 1.0),
            least: 0,
        },
        Goal {
            what: "paired, +5 %, as many pairs as unasked or more: found",
            goal: "at least 99 %",
            figure: tally(scored, |one| is_whole(one) && grown(one, 5.0), found),
            within: (0.99, 1.0),
            least: 0,
        },
        Goal {
            what: "the same: the function that has it first",
            goal: "at least 95 %",
            figure: tally(scored, |one| is_whole(one) && grown(one, 5.0), first),
            within: (0.95, 1.0),
            least: 0,
        },
        Goal {
            what: "paired: the interval holds the true change (without layouts)",
            goal: "93 to 97 %",
            figure: tally(scored, |one| one.paired && one.change != "layout", is_covered),
            within: (0.93, 0.97),
            least: 0,
        },
        Goal {
            what: "the same, of equal programs, whose true change is 0 on any machine",
            goal: "at least 93 %",
            figure: tally(scored, |one| one.paired && one.change == "constant", is_covered),
            within: (0.93, 1.0),
            least: 0,
        },
    ];
    let all = goals.into_iter().chain(more);
    table(&["what", "goal", "figure", "outcome"], all.map(Goal::row))
}

/// What is wanted, and what was found.
pub(super) struct Goal {
    pub(super) what: &'static str,
    pub(super) goal: &'static str,
    pub(super) figure: Tally,
    /// Bounds of the share.
    pub(super) within: (f64, f64),
    /// Fewest cases that the goal speaks of.
    pub(super) least: u64,
}

impl Goal {
    fn row(self) -> Vec<String> {
        let is_met = (self.within.0..=self.within.1).contains(&self.figure.share());
        let (low, high) = self.figure.interval();
        // Too few cases to tell: the interval has values on both sides of a bound.
        let is_open = low < self.within.0 && high > self.within.0
            || low < self.within.1 && high > self.within.1;
        let outcome = match () {
            () if self.figure.of == 0 => "not run",
            () if !is_met && is_open => "**missed**, within chance",
            () if !is_met => "**missed**",
            () if self.figure.of < self.least => "met so far, too few cases",
            () if is_open => "met, within chance",
            () => "met",
        };
        vec![self.what.into(), self.goal.into(), self.figure.to_string(), outcome.into()]
    }
}

pub(super) fn equal(scored: &[Scored<'_>]) -> String {
    let mut rows = Vec::new();
    for design_of in designs(scored) {
        for change in ["constant", "layout"] {
            let which = |one: &Outcome| one.change == change && design(one) == design_of;
            rows.push(equal_row(scored, format!("{design_of}, {change}"), which));
        }
    }
    for (name, is_at_rest) in [("machine at rest", true), ("machine busy", false)] {
        let which = |one: &Outcome| {
            one.paired && is_equal(one) && one.load.is_some_and(|load| (load <= REST) == is_at_rest)
        };
        rows.push(equal_row(scored, format!("paired, {name}"), which));
    }
    for subject in SUBJECTS {
        let which = |one: &Outcome| one.paired && is_equal(one) && one.subject == subject.name;
        rows.push(equal_row(scored, format!("paired, {}", subject.name), which));
    }
    let head = [
        "cases",
        "benchmark changed",
        "inconclusive",
        "any function changed",
        "with callees",
        "criterion's rule",
        "Mann–Whitney",
    ];
    table(&head, rows)
}

fn equal_row(
    scored: &[Scored<'_>],
    name: String,
    which: impl Fn(&Outcome) -> bool + Copy,
) -> Vec<String> {
    let count = |hit: fn(&Scored<'_>) -> Option<bool>| tally(scored, which, hit).to_string();
    vec![
        name,
        count(|one| Some(is_changed(one))),
        count(|(_, score)| Some(score.verdict == "inconclusive")),
        count(|(_, score)| Some(!score.changed.is_empty())),
        count(|(_, score)| Some(!score.changed_total.is_empty())),
        count(|(_, score)| score.criterion.map(|said| said != 0)),
        count(|(_, score)| score.mann_whitney.map(|said| said != 0)),
    ]
}

pub(super) fn changed(scored: &[Scored<'_>]) -> String {
    let mut rows = Vec::new();
    for design_of in designs(scored) {
        for percent in sizes(scored) {
            let which = |one: &Outcome| {
                is_planted(one) && one.percent == percent && design(one) == design_of
            };
            if scored.iter().any(|(one, _)| which(one)) {
                rows.push(changed_row(scored, format!("{percent:+} % ({design_of})"), which));
            }
        }
    }
    for (name, is_at_rest) in [("machine at rest", true), ("machine busy", false)] {
        for percent in sizes(scored) {
            let which = |one: &Outcome| {
                one.paired
                    && is_planted(one)
                    && one.percent == percent
                    && one.load.is_some_and(|load| (load <= REST) == is_at_rest)
            };
            if scored.iter().any(|(one, _)| which(one)) {
                rows.push(changed_row(scored, format!("{percent:+} % (paired, {name})"), which));
            }
        }
    }
    let head = ["cases", "found", "wrong sign", "inconclusive", "criterion's rule", "Mann–Whitney"];
    table(&head, rows)
}

fn changed_row(
    scored: &[Scored<'_>],
    name: String,
    which: impl Fn(&Outcome) -> bool + Copy,
) -> Vec<String> {
    let count = |hit: fn(&Scored<'_>) -> Option<bool>| tally(scored, which, hit).to_string();
    let hit = |one: &Outcome, said: Said| f64::from(said) * one.percent > 0.0;
    vec![
        name,
        count(|one| Some(is_found(one))),
        count(|one| Some(is_wrong_way(one))),
        count(|(_, score)| Some(score.verdict == "inconclusive")),
        tally(scored, which, |(one, s)| s.criterion.map(|said| hit(one, said))).to_string(),
        tally(scored, which, |(one, s)| s.mann_whitney.map(|said| hit(one, said))).to_string(),
    ]
}

pub(super) fn functions(scored: &[Scored<'_>]) -> String {
    let mut rows = Vec::new();
    let row = |name: String, which: &dyn Fn(&Outcome) -> bool| {
        let count =
            |hit: fn(&Scored<'_>) -> bool| tally(scored, which, |one| Some(hit(one))).to_string();
        vec![name, count(is_first), count(is_named), count(has_another)]
    };
    for design_of in designs(scored) {
        for percent in sizes(scored) {
            let which = |one: &Outcome| {
                is_planted(one) && one.percent == percent && design(one) == design_of
            };
            if scored.iter().any(|(one, _)| which(one)) {
                rows.push(row(format!("{percent:+} % ({design_of})"), &which));
            }
        }
    }
    for subject in SUBJECTS {
        for place in subject.places {
            let which = |one: &Outcome| one.paired && one.place.as_deref() == Some(place.function);
            if scored.iter().any(|(one, _)| which(one)) {
                rows.push(row(format!("`{}` (paired, all sizes)", place.function), &which));
            }
        }
    }
    table(&["cases", "first", "named", "another"], rows)
}

pub(super) fn intervals(scored: &[Scored<'_>]) -> String {
    let mut rows = Vec::new();
    for design_of in designs(scored) {
        for change in ["constant", "layout", "plant"] {
            let which = |one: &Outcome| one.change == change && design(one) == design_of;
            rows.push((format!("{design_of}, {change}"), tally(scored, which, is_covered)));
        }
    }
    for subject in SUBJECTS {
        let which =
            |one: &Outcome| one.paired && one.change != "layout" && one.subject == subject.name;
        let name = format!("paired, {} (without layouts)", subject.name);
        rows.push((name, tally(scored, which, is_covered)));
    }
    let known = rows.into_iter().filter(|(_, tally)| tally.of > 0);
    table(&["cases", "held"], known.map(|(name, tally)| vec![name, tally.to_string()]))
}

/// How large a change is on a machine that others use: what is planted waits for itself, and loses less
/// to them than what is around it.
pub(super) fn slowed(scored: &[Scored<'_>]) -> String {
    let bounds = [1.0, 1.05, 1.1, 1.2, f64::INFINITY];
    let mut rows = Vec::new();
    for pair in bounds.windows(2) {
        let is_in = |(one, score): &Scored<'_>| {
            one.paired
                && one.change == "plant"
                && score.slowed.is_some_and(|slowed| pair[0] <= slowed && slowed < pair[1])
        };
        let inside: Vec<Scored<'_>> = scored.iter().filter(|one| is_in(one)).copied().collect();
        let parts: Vec<f64> =
            inside.iter().filter_map(|(one, score)| Some(score.change? / one.truth)).collect();
        let Some(part) = median(&parts) else { continue };
        let name = match pair[1].is_finite() {
            true => {
                format!("by {:.0} to {:.0} %", 100.0 * pair[0] - 100.0, 100.0 * pair[1] - 100.0)
            }
            false => format!("by more than {:.0} %", 100.0 * pair[0] - 100.0),
        };
        let held = tally(&inside, |_| true, is_covered);
        rows.push(vec![name, held.to_string(), format!("{:.0} %", 100.0 * part)]);
    }
    table(&["base slower than at its fastest", "held", "measured of what was planted"], rows)
}

/// Equal programs that were called changed, and changes that got the wrong sign.
pub(super) fn wrong(scored: &[Scored<'_>]) -> String {
    let is_wrong = |one: &&Scored<'_>| {
        if is_planted(one.0) { is_wrong_way(one) } else { is_anything_changed(one) }
    };
    let wrong: Vec<&Scored<'_>> = scored.iter().filter(is_wrong).collect();
    if wrong.is_empty() {
        return "None.\n".to_owned();
    }
    let rows = wrong.iter().take(MOST_WRONG).map(|(one, score)| {
        let (low, high) = score.interval.unwrap_or((f64::NAN, f64::NAN));
        vec![
            format!("{}-{}", one.seed, one.case),
            format!("{}, {}, {}", one.subject, one.change, design(one)),
            format!("{:+.2} %", 100.0 * one.truth),
            score.verdict.clone(),
            format!(
                "{:+.2} % ({:+.2} to {:+.2})",
                100.0 * score.change.unwrap_or(f64::NAN),
                100.0 * low,
                100.0 * high
            ),
            score.changed.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", "),
        ]
    });
    let mut text = table(
        &["seed and case", "what", "true change", "verdict", "change and interval", "functions"],
        rows,
    );
    if wrong.len() > MOST_WRONG {
        text.push_str(&format!("\nAnd {} more.\n", wrong.len() - MOST_WRONG));
    }
    text
}

/// What a reader might take for done.
pub(super) fn missing(scored: &[Scored<'_>]) -> String {
    let mut text = String::from(
        "Changes that are moved from one function to another without a refactor; tests, programs and libtest benchmarks; other machines and \
         operating systems; several benchmarks at a time; two published versions of a crate.\n",
    );
    for kind in KINDS {
        if !scored.iter().any(|(one, _)| one.kind == kind.name) {
            text.push_str(&format!("No case of the kind `{}`.\n", kind.name));
        }
    }
    for subject in SUBJECTS {
        if !scored.iter().any(|(one, _)| one.subject == subject.name) {
            text.push_str(&format!("No case of {}.\n", subject.name));
        }
    }
    text
}

/// The designs and budgets that there are.
fn designs(scored: &[Scored<'_>]) -> Vec<String> {
    let mut all: Vec<String> = scored.iter().map(|(one, _)| design(one)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The planted changes that there are, the smallest first.
fn sizes(scored: &[Scored<'_>]) -> Vec<f64> {
    let planted = scored.iter().filter(|(one, _)| is_planted(one));
    let mut all: Vec<f64> = planted.map(|(one, _)| one.percent).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}
