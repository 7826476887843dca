//! The view of a verdict: the decision, and each rule with its figure, interval and margin.

use crate::gate::{Decision, Judged, Kind, Open, Outcome, Verdict};
use crate::model::{BenchmarkId, SortFew as _};

use super::diff::{Names, clip, plural};
use super::{Tone, quantity};

/// A verdict, worded.
#[derive(Clone, Debug, PartialEq)]
pub struct GateView {
    /// `GO`, `NO-GO`, or that there was nothing to judge.
    pub decision: &'static str,
    /// What that means to the reader.
    pub tone: Tone,
    /// `1 of 12 rules failed, 1 is inconclusive, 10 passed`.
    pub summary: String,
    /// Failed ones first, then those that are open, kept and skipped; in the order of the file
    /// within each.
    pub rules: Vec<RuleRow>,
    /// How many more passed, and are not shown.
    pub passed_omitted: usize,
}

/// One rule on one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleRow {
    /// Its id.
    pub id: String,
    /// `fail`, `inconclusive`, `pass`, `skipped`.
    pub outcome: &'static str,
    /// What that means to the reader.
    pub tone: Tone,
    /// The benchmark's name; empty without one.
    pub benchmark: String,
    /// Figure, interval, limit and margin, or why there is none.
    pub message: String,
}

/// Rules that passed are shown up to this number, unless all is to be shown.
const PASSED: usize = 20;

impl GateView {
    /// Words a verdict; `None` where there is no rule. `ids` are all benchmarks that there are.
    pub fn new<'a>(
        verdict: &Verdict,
        ids: impl Iterator<Item = &'a BenchmarkId> + Clone,
        all: bool,
    ) -> Option<Self> {
        if verdict.judged.is_empty() {
            return None;
        }
        let names = Names::new(ids);
        let mut order: Vec<&Judged> = verdict.judged.iter().collect();
        order.sort_few_by_key(|one| one.outcome);
        let passed = order.iter().filter(|one| one.outcome == Outcome::Pass).count();
        let shown = if all { passed } else { passed.min(PASSED) };
        let mut left = shown;
        let (skipped, judged): (Vec<&Judged>, Vec<&Judged>) =
            order.into_iter().partition(|one| one.outcome == Outcome::Skipped);
        let row = |one: &Judged| RuleRow {
            id: one.id.clone(),
            outcome: one.outcome.as_str(),
            tone: tone(one.outcome),
            benchmark: one.benchmark.as_ref().map_or(String::new(), |id| names.short(id)),
            message: message(one),
        };
        let mut rules: Vec<RuleRow> = judged
            .into_iter()
            .filter(|one| {
                let is_shown = one.outcome != Outcome::Pass || left > 0;
                left -= usize::from(one.outcome == Outcome::Pass && left > 0);
                is_shown
            })
            .map(row)
            .collect();
        match all {
            true => rules.extend(skipped.into_iter().map(row)),
            false => rules.extend(by_reason(&skipped).into_iter().map(|alike| match &alike[..] {
                [one] => row(one),
                several => together(several),
            })),
        }
        let (decision, tone) = match verdict.decision {
            Decision::Go => ("GO", Tone::Good),
            Decision::NoGo => ("NO-GO", Tone::Bad),
            Decision::None => ("no rule could be judged", Tone::Warn),
        };
        let summary = summary(verdict);
        Some(Self { decision, tone, summary, rules, passed_omitted: passed - shown })
    }
}

/// What was skipped, by its reason, in the order in which reasons come up.
fn by_reason<'a>(skipped: &[&'a Judged]) -> Vec<Vec<&'a Judged>> {
    let mut groups: Vec<Vec<&Judged>> = Vec::new();
    for one in skipped {
        match groups.iter_mut().find(|group| group[0].reason == one.reason) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// Rules named of several that were skipped for one reason.
const NAMED: usize = 3;

/// Several that were skipped for one reason, in one row.
fn together(skipped: &[&Judged]) -> RuleRow {
    let mut ids: Vec<&str> = Vec::new();
    for one in skipped {
        if !ids.contains(&&*one.id) {
            ids.push(&one.id);
        }
    }
    let more = ids.len().saturating_sub(NAMED);
    let mut id = ids[..ids.len() - more].join(", ");
    if more > 0 {
        id.push_str(&format!(" and {more} more"));
    }
    let reason = clip(&skipped[0].reason);
    let message = match skipped.len() {
        number if number == ids.len() => reason,
        number => format!("{} times: {reason}", quantity::count(number as u64)),
    };
    RuleRow {
        id,
        outcome: Outcome::Skipped.as_str(),
        tone: tone(Outcome::Skipped),
        benchmark: String::new(),
        message,
    }
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Fail => Tone::Bad,
        Outcome::Inconclusive => Tone::Warn,
        Outcome::Pass => Tone::Good,
        Outcome::Skipped => Tone::Neutral,
    }
}

fn summary(verdict: &Verdict) -> String {
    let count = |outcome| verdict.judged.iter().filter(|one| one.outcome == outcome).count();
    let parts: Vec<String> = [
        (Outcome::Fail, "failed"),
        (Outcome::Inconclusive, "inconclusive"),
        (Outcome::Pass, "passed"),
        (Outcome::Skipped, "skipped"),
    ]
    .into_iter()
    .filter(|(outcome, _)| count(*outcome) > 0)
    .map(|(outcome, word)| format!("{} {word}", quantity::count(count(outcome) as u64)))
    .collect();
    parts.join(", ")
}

/// One rule's outcome in a sentence.
pub fn message(judged: &Judged) -> String {
    let figure = |value: f64| number(judged.unit, value);
    let mut text = clip(&judged.subject);
    if let Some(measured) = judged.measured {
        text.push_str(&format!(" {}", figure(measured)));
    }
    if let Some((low, high)) = judged.interval {
        text.push_str(&format!(" [{}, {}]", figure(low), figure(high)));
    }
    match judged.target {
        Some(target) => text.push_str(&format!(", {} {}", judged.sign, figure(target))),
        None if judged.unit == "change" && judged.measured.is_some() => {
            text.push_str(&format!(", {} noise", judged.sign));
        }
        None => {}
    }
    if let Some(margin) = judged
        .margin
        .filter(|margin| matches!(judged.kind, Kind::Objective | Kind::Claim) && margin.is_finite())
    {
        text.push_str(&format!(", margin {}", times(margin)));
    }
    if judged.kind == Kind::Invariant && judged.outcome == Outcome::Fail && judged.reason.is_empty()
    {
        text.push_str(": it cannot be so, and the measurement is in question");
    }
    if !judged.reason.is_empty() {
        text.push_str(&format!(": {}", clip(&judged.reason)));
    }
    if let Some(open) = judged.open.and_then(missing) {
        text.push_str(&format!("; {open}"));
    }
    text
}

/// What would settle it, where anything but the rule would.
fn missing(open: Open) -> Option<String> {
    Some(match open {
        Open::MoreRuns(more) => format!("about {} would settle it", plural(more, "more run")),
        Open::MorePairs(more) => format!("about {} would settle it", plural(more, "more pair")),
        Open::TooClose => "too close to the limit for any number of runs".to_owned(),
        Open::Sessions => "sessions differ by as much; measured in turns it would show".to_owned(),
        Open::OneRun => "one run does not tell how runs differ; two more may settle it".to_owned(),
        Open::Chance(tests) => format!(
            "beyond its limit, as one of {} may be by chance",
            plural(tests as u64, "tested figure")
        ),
        Open::Unmatched => return None,
    })
}

/// A figure in its unit.
pub(super) fn number(unit: &str, value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "−∞" }.to_owned();
    }
    match unit {
        "change" => quantity::ratio(value),
        "share" => quantity::share(value),
        "ratio" => times(value),
        "per_s" => quantity::per_second(value),
        "bytes" => quantity::bytes(value),
        "ns" => quantity::nanoseconds(value),
        // What was counted is told to the last one.
        _ if value.fract() == 0.0 && (0.0..1e9).contains(&value) => quantity::count(value as u64),
        _ => quantity::quantity("count", value),
    }
}

/// `1,176×`, `3.61×`, `0.107×`.
fn times(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{}×", quantity::count(value.round() as u64)),
        middle if middle >= 10.0 => format!("{value:.1}×"),
        one if one >= 0.1 => format!("{value:.3}×"),
        small if small >= 0.01 => format!("{value:.4}×"),
        small if small >= 0.001 => format!("{value:.5}×"),
        _ => format!("{value:.2e}×"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_have_three_digits() {
        for (value, text) in [
            (1_788_235.0, "1,788,235×"),
            (23.44, "23.4×"),
            (3.614, "3.614×"),
            (0.1066, "0.107×"),
            (0.0786, "0.0786×"),
            (0.004, "0.00400×"),
            (0.0004, "4.00e-4×"),
        ] {
            assert_eq!(times(value), text);
        }
    }
}
