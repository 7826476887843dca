//! One benchmark at several levels of load.

use std::collections::BTreeMap;

use crate::diff::{Side, summarize};
use crate::model::{BenchmarkEntry, BenchmarkId, Better, Capture, LadderLevel, Metrics};

/// A benchmark's levels, and where it stops keeping up.
#[derive(Clone, Debug, PartialEq)]
pub struct LadderSeries {
    /// The benchmark, without its level.
    pub id: BenchmarkId,
    /// The parameter.
    pub parameter: String,
    /// In ascending order of load.
    pub levels: Vec<Level>,
    /// The last level before the tail grows faster than the load.
    pub inflection: Option<usize>,
    /// The level from which on throughput grows no more.
    pub saturation: Option<usize>,
    /// The first level that failed; those below it count.
    pub failure: Option<usize>,
}

/// A benchmark at one level.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// As the plan has it.
    pub level: String,
    /// The same as a number.
    pub load: f64,
    /// Median time, or the median latency that it reports.
    pub p50: Option<f64>,
    /// The 99th percentile, likewise; the 95th where that is all.
    pub tail: Option<f64>,
    /// Work per second that it reports.
    pub throughput: Option<f64>,
    /// How it failed.
    pub failure: Option<String>,
}

/// Throughput that grows by less than this, relative, grows no more.
const FLAT: f64 = 0.05;

/// A tail grows faster than the load when it does so by this at least, relative.
const FASTER: f64 = 0.05;

/// Whether a benchmark is a level of a ladder.
pub(super) fn is_level(id: &BenchmarkId) -> bool {
    LadderLevel::of(&id.benchmark).is_some()
}

/// Levels of ladders at which the program failed, or that were not tried for that, while a lower
/// level of the same series worked: a ladder looks for where that is.
pub fn stops(capture: &Capture) -> Vec<&BenchmarkId> {
    let levels: Vec<(&BenchmarkEntry, LadderLevel<'_>)> = capture
        .benchmarks
        .iter()
        .filter_map(|entry| Some((entry, LadderLevel::of(&entry.id.benchmark)?)))
        .collect();
    let works_below = |(entry, level): &&(&BenchmarkEntry, LadderLevel<'_>)| {
        levels.iter().any(|(other, lower)| {
            (&other.id.package, &other.id.target) == (&entry.id.package, &entry.id.target)
                && other.failure.is_none()
                && level.is_above(lower)
        })
    };
    let failed = levels.iter().filter(|(entry, _)| entry.failure.is_some());
    failed.filter(works_below).map(|(entry, _)| &entry.id).collect()
}

/// All ladders of a capture with two levels or more, in the order of their ids.
pub fn ladders(side: &dyn Side) -> Vec<LadderSeries> {
    let mut series: BTreeMap<(BenchmarkId, String), Vec<Level>> = BTreeMap::new();
    for entry in &side.capture().benchmarks {
        let Some(LadderLevel { series: name, parameter, level, load }) =
            LadderLevel::of(&entry.id.benchmark)
        else {
            continue;
        };
        let id = BenchmarkId { benchmark: name.to_owned(), ..entry.id.clone() };
        let failure = entry.failure.as_ref().map(|f| format!("{}: {}", f.stage, f.status));
        let mut at = Level {
            level: level.to_owned(),
            load,
            p50: None,
            tail: None,
            throughput: None,
            failure,
        };
        figures(side, &entry.id, &mut at);
        series.entry((id, parameter.to_owned())).or_default().push(at);
    }
    series
        .into_iter()
        .filter(|(_, levels)| levels.len() > 1)
        .map(|((id, parameter), levels)| analyse(id, parameter, levels))
        .collect()
}

/// What a benchmark reports of itself before what was measured from outside.
fn figures(side: &dyn Side, id: &BenchmarkId, level: &mut Level) {
    if let Some(timing) = side.timing(id)
        && let Some(summary) = summarize(&timing)
    {
        (level.p50, level.tail) = (Some(summary.p50), Some(summary.p99));
        level.throughput = timing.throughput.map(|work| work.amount as f64 / summary.p50 * 1e9);
    }
    let Some(metrics) = side.metrics(id) else { return };
    let of = |name: &str| {
        middle(&metrics, |metric| {
            metric.unit == "ns"
                && metric
                    .name
                    .rsplit('.')
                    .next()
                    .is_some_and(|last| last.eq_ignore_ascii_case(name))
        })
    };
    // Latencies that it reports and times from outside are not of one thing.
    if let Some(tail) = of("p99").or_else(|| of("p95")) {
        (level.p50, level.tail) = (of("p50"), Some(tail));
    }
    let rate = middle(&metrics, |metric| metric.unit == "per_s" && metric.better == Better::Higher);
    level.throughput = rate.or(level.throughput);
}

fn middle(metrics: &Metrics, which: impl Fn(&crate::model::Metric) -> bool) -> Option<f64> {
    let metric = metrics.0.iter().find(|metric| which(metric))?;
    crate::stats::median(&metric.runs.iter().copied().flatten().collect::<Vec<f64>>())
}

/// Levels below the first one that failed count. The tail's inflection is the last level before it
/// grows faster than the load does; throughput is saturated at the level from which on no later one
/// has noticeably more.
fn analyse(id: BenchmarkId, parameter: String, mut levels: Vec<Level>) -> LadderSeries {
    levels.sort_by(|a, b| a.load.total_cmp(&b.load));
    let failure = levels.iter().position(|level| level.failure.is_some());
    let sound = &levels[..failure.unwrap_or(levels.len())];
    let inflection = sound.windows(2).position(|two| {
        let load = two[1].load / two[0].load;
        two[0].tail.zip(two[1].tail).is_some_and(|(a, b)| b / a > load * (1.0 + FASTER))
    });
    let saturation = (0..sound.len().saturating_sub(1)).find(|&at| {
        let own = sound[at].throughput;
        let later = sound[at + 1..].iter().filter_map(|level| level.throughput);
        own.is_some_and(|own| later.fold(0.0, f64::max) <= own * (1.0 + FLAT))
    });
    let saturation = saturation.filter(|_| sound.iter().all(|level| level.throughput.is_some()));
    LadderSeries { id, parameter, inflection, saturation, failure, levels }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(levels: &[(f64, f64, f64)]) -> LadderSeries {
        let id = BenchmarkId { package: "p".into(), target: "t".into(), benchmark: "b".into() };
        let levels = levels
            .iter()
            .map(|&(load, tail, rate)| Level {
                level: load.to_string(),
                load,
                p50: None,
                tail: Some(tail),
                throughput: Some(rate),
                failure: (tail == 0.0).then(|| "timing run 1: SIGSEGV".to_owned()),
            })
            .collect();
        analyse(id, "load".to_owned(), levels)
    }

    #[test]
    fn a_tail_that_grows_faster_than_the_load_is_found() {
        let all = series(&[
            (1.0, 10.0, 100.0),
            (4.0, 30.0, 380.0),
            (8.0, 200.0, 385.0),
            (16.0, 900.0, 380.0),
        ]);
        assert_eq!((all.inflection, all.saturation, all.failure), (Some(1), Some(1), None));
        let linear = series(&[(1.0, 10.0, 1.0), (2.0, 20.0, 2.0), (4.0, 40.0, 4.0)]);
        assert_eq!((linear.inflection, linear.saturation), (None, None));
    }

    #[test]
    fn levels_from_a_crash_on_do_not_count() {
        let all =
            series(&[(4.0, 12.0, 4.0), (1.0, 10.0, 1.0), (8.0, 0.0, 0.0), (32.0, 90_000.0, 1.0)]);
        assert_eq!((all.failure, all.inflection, all.saturation), (Some(2), None, None));
        assert_eq!(all.levels[0].level, "1");
    }
}
