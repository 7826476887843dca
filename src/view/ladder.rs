//! The view of ladders: levels in rows, and where they stop keeping up.

use crate::diff::{LadderDiff, LadderSeries, Level, LevelChange};
use crate::model::{BenchmarkId, SortFew as _};

use super::diff::{Names, clip};
use super::{Tone, quantity};

/// A benchmark at several levels of load, worded.
#[derive(Clone, Debug, PartialEq)]
pub struct LadderView {
    /// The benchmark's name.
    pub name: String,
    /// What the levels are of.
    pub parameter: String,
    /// What the changes are of; empty for one capture, and without changes.
    pub changes_of: String,
    /// In ascending order of load; of a comparison the base's row, and below it the new one.
    pub rows: Vec<LadderRow>,
    /// Where it stops keeping up, and what to make of that.
    pub findings: Vec<(Tone, String)>,
}

/// One level of one side.
#[derive(Clone, Debug, PartialEq)]
pub struct LadderRow {
    /// As the plan has it; empty where the row above is of the same level.
    pub level: String,
    /// `base` or `new`; empty for one capture.
    pub side: &'static str,
    /// Median time or latency.
    pub p50: String,
    /// The 99th percentile, or the 95th where that is all.
    pub tail: String,
    /// Work per second.
    pub throughput: String,
    /// Relative, in the new side's row.
    pub change: String,
    /// The verdict on it; empty where there is none.
    pub verdict: &'static str,
    /// What that means to the reader.
    pub tone: Tone,
    /// `inflection`, `failed`.
    pub remark: String,
}

impl LadderView {
    /// Words the ladder of one capture, whose benchmarks are `ids`.
    pub fn new<'a>(
        series: &LadderSeries,
        ids: impl Iterator<Item = &'a BenchmarkId> + Clone,
    ) -> Self {
        let rows = (0..series.levels.len()).map(|at| row(series, at, "")).collect();
        let at = |index: usize| format!("{} {}", series.parameter, series.levels[index].level);
        let mut findings = Vec::new();
        if let Some(index) = series.inflection {
            findings.push(format!("the tail grows faster than the load from {} on", at(index)));
        }
        if let Some(index) = series.saturation {
            findings.push(format!("throughput grows no more from {} on", at(index)));
        }
        if let Some(index) = series.failure {
            let below = match index {
                0 => "no level is left".to_owned(),
                _ => format!("levels up to {} count", series.levels[index - 1].level),
            };
            let failure = series.levels[index].failure.as_deref().unwrap_or_default();
            findings.push(format!("{} failed ({}); {below}", at(index), clip(failure)));
        }
        Self {
            name: Names::new(ids).short(&series.id),
            parameter: series.parameter.clone(),
            changes_of: String::new(),
            rows,
            findings: findings.into_iter().map(|text| (Tone::Neutral, text)).collect(),
        }
    }

    /// Words a ladder of two captures.
    pub(super) fn of_comparison(ladder: &LadderDiff, names: &Names) -> Self {
        let sides = [("base", &ladder.base), ("new", &ladder.new)];
        let mut rows: Vec<(f64, LadderRow)> = Vec::new();
        for (side, series) in sides {
            let Some(series) = series else { continue };
            let all = series.levels.iter().enumerate();
            rows.extend(all.map(|(at, level)| (level.load, row(series, at, side))));
        }
        // The base's come first of each level.
        rows.sort_few_by(|a, b| a.0.total_cmp(&b.0));
        let mut above = None;
        for (load, row) in &mut rows {
            let change = ladder.changes.iter().find(|change| change.level == row.level);
            if let Some(change) = change.filter(|_| row.side == "new") {
                row.set(change);
            }
            if above == Some(*load) {
                row.level.clear();
            }
            above = Some(*load);
        }
        Self {
            name: names.short(&ladder.id),
            parameter: ladder.parameter.clone(),
            changes_of: changes_of(&ladder.changes),
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            findings: findings(ladder),
        }
    }

    /// Whether it has two sides.
    pub fn is_comparison(&self) -> bool {
        self.rows.iter().any(|row| !row.side.is_empty())
    }
}

impl LadderRow {
    fn set(&mut self, change: &LevelChange) {
        self.change = quantity::ratio(change.ratio);
        if let Some(verdict) = change.verdict {
            (self.verdict, self.tone) = (verdict.as_str(), Tone::of(verdict));
        }
    }
}

/// `time`, `latency.p50`.
fn changes_of(changes: &[LevelChange]) -> String {
    let mut measures: Vec<&str> = changes.iter().map(|change| &*change.measure).collect();
    measures.sort_few();
    measures.dedup();
    measures.join(", ")
}

fn row(series: &LadderSeries, at: usize, side: &'static str) -> LadderRow {
    let level: &Level = &series.levels[at];
    let time = |value: Option<f64>| value.map_or(String::new(), quantity::nanoseconds);
    let bound = if level.is_bound && level.tail.is_some() { "≤ " } else { "" };
    let remark = match &level.failure {
        Some(_) => "failed".to_owned(),
        None if series.failure.is_some_and(|failed| at > failed) => {
            "beyond the level that failed".to_owned()
        }
        None if series.inflection == Some(at) => "inflection".to_owned(),
        None => String::new(),
    };
    LadderRow {
        level: level.level.clone(),
        side,
        p50: time(level.p50),
        tail: format!("{bound}{}", time(level.tail)),
        throughput: level.throughput.map_or(String::new(), quantity::per_second),
        change: String::new(),
        verdict: "",
        tone: Tone::Neutral,
        remark,
    }
}

/// Where each side stops keeping up; it is worse where the new side does so at a lower level.
fn findings(ladder: &LadderDiff) -> Vec<(Tone, String)> {
    type At = fn(&LadderSeries) -> Option<usize>;
    let all: [(&str, At); 3] = [
        ("the tail grows faster than the load", |series| series.inflection),
        ("throughput grows no more", |series| series.saturation),
        ("fails", |series| series.failure),
    ];
    let (Some(base), Some(new)) = (&ladder.base, &ladder.new) else {
        let (only, series) = match (&ladder.base, &ladder.new) {
            (Some(base), _) => ("base", base),
            (_, Some(new)) => ("new", new),
            _ => return Vec::new(),
        };
        return vec![(Tone::Neutral, format!("only {only} has levels of {}", series.parameter))];
    };
    let mut found = Vec::new();
    for (what, at) in all {
        let level = |series: &LadderSeries| at(series).map(|at| series.levels[at].clone());
        let (was, now) = (level(base), level(new));
        let is_failure = what == "fails";
        // Where a curve bends is a figure without an error; a crash is one.
        let (worse, better) =
            if is_failure { (Tone::Bad, Tone::Good) } else { (Tone::Warn, Tone::Neutral) };
        let place = |level: &Level| match &level.failure {
            Some(failure) => format!("at {} {} ({})", ladder.parameter, level.level, clip(failure)),
            None => format!("from {} {} on", ladder.parameter, level.level),
        };
        found.push(match (&was, &now) {
            (None, None) => continue,
            (Some(was), Some(now)) if was.load == now.load => {
                (Tone::Neutral, format!("{what} {}, in the base too", place(now)))
            }
            (Some(was), Some(now)) => {
                let tone = if now.load < was.load { worse } else { better };
                (tone, format!("{what} {}, in the base {}", place(now), place(was)))
            }
            (Some(was), None) => (better, format!("{what} in the base {} only", place(was))),
            (None, Some(now)) => (worse, format!("{what} {}, in the base nowhere", place(now))),
        });
    }
    found
}
