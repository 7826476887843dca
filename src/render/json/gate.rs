//! `gate` of a comparison and of `perfbase.check/1`.

use serde::Serialize;

use crate::diff;
use crate::gate::{self, Open};
use crate::model;
use crate::view;

use super::capture::Capture;
use super::ladder::Ladder;
use super::{finite, write};

/// A verdict.
#[derive(Serialize)]
pub(super) struct Gate<'a> {
    outcome: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    outcome: &'static str,
    benchmark: Option<String>,
    target: Option<f64>,
    measured: Option<f64>,
    interval: Option<[f64; 2]>,
    margin: Option<f64>,
    unit: Option<&'static str>,
    more_runs: Option<u64>,
    message: String,
}

impl<'a> From<&'a gate::Verdict> for Gate<'a> {
    fn from(verdict: &'a gate::Verdict) -> Self {
        let known = |value: Option<f64>| value.filter(|value| value.is_finite());
        let rule = |one: &'a gate::Judged| Rule {
            id: &one.id,
            outcome: one.outcome.as_str(),
            benchmark: one.benchmark.as_ref().map(ToString::to_string),
            target: known(one.target),
            measured: known(one.measured),
            interval: one.interval.and_then(finite),
            margin: known(one.margin),
            unit: one.target.or(one.measured).map(|_| one.unit),
            more_runs: match one.open {
                Some(Open::MoreRuns(more) | Open::MorePairs(more)) => Some(more),
                _ => None,
            },
            message: view::rule_message(one),
        };
        Self {
            outcome: verdict.decision.as_str(),
            rules: verdict.judged.iter().map(rule).collect(),
        }
    }
}

/// One capture judged as `perfbase.check/1`.
pub fn check(
    capture: &model::Capture,
    verdict: &gate::Verdict,
    ladders: &[diff::LadderSeries],
) -> String {
    write(&Check {
        schema: "perfbase.check/1",
        capture: capture.into(),
        gate: verdict.into(),
        ladders: ladders.iter().map(Ladder::from).collect(),
    })
}

#[derive(Serialize)]
struct Check<'a> {
    schema: &'static str,
    capture: Capture<'a>,
    gate: Gate<'a>,
    ladders: Vec<Ladder<'a>>,
}
