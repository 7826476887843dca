//! Ladders, of one capture and of two.

use serde::Serialize;

use crate::diff::{LadderDiff, LadderSeries};

/// A ladder of one capture.
#[derive(Serialize)]
pub(super) struct Ladder<'a> {
    benchmark: String,
    parameter: &'a str,
    #[serde(flatten)]
    series: Series<'a>,
}

/// Levels, and those at which something happens.
#[derive(Serialize)]
struct Series<'a> {
    levels: Vec<Level<'a>>,
    inflection: Option<&'a str>,
    saturation: Option<&'a str>,
    failure: Option<&'a str>,
}

#[derive(Serialize)]
struct Level<'a> {
    level: &'a str,
    p50: Option<f64>,
    tail: Option<f64>,
    throughput: Option<f64>,
    failure: Option<&'a str>,
}

/// A ladder of two captures.
#[derive(Serialize)]
pub(super) struct LadderOfTwo<'a> {
    benchmark: String,
    parameter: &'a str,
    base: Option<Series<'a>>,
    new: Option<Series<'a>>,
    changes: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    level: &'a str,
    measure: &'a str,
    change: f64,
    verdict: Option<&'static str>,
}

impl<'a> From<&'a LadderSeries> for Ladder<'a> {
    fn from(series: &'a LadderSeries) -> Self {
        Self {
            benchmark: series.id.to_string(),
            parameter: &series.parameter,
            series: series.into(),
        }
    }
}

impl<'a> From<&'a LadderSeries> for Series<'a> {
    fn from(series: &'a LadderSeries) -> Self {
        let at = |index: Option<usize>| index.map(|index| &*series.levels[index].level);
        let levels = series.levels.iter().map(|level| Level {
            level: &level.level,
            p50: level.p50,
            tail: level.tail,
            throughput: level.throughput,
            failure: level.failure.as_deref(),
        });
        Self {
            levels: levels.collect(),
            inflection: at(series.inflection),
            saturation: at(series.saturation),
            failure: at(series.failure),
        }
    }
}

impl<'a> From<&'a LadderDiff> for LadderOfTwo<'a> {
    fn from(ladder: &'a LadderDiff) -> Self {
        let changes = ladder.changes.iter().map(|change| Change {
            level: &change.level,
            measure: &change.measure,
            change: change.ratio,
            verdict: change.verdict.map(|verdict| verdict.as_str()),
        });
        Self {
            benchmark: ladder.id.to_string(),
            parameter: &ladder.parameter,
            base: ladder.base.as_ref().map(Series::from),
            new: ladder.new.as_ref().map(Series::from),
            changes: changes.collect(),
        }
    }
}
