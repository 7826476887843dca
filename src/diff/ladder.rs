//! Benchmarks at several levels of load, and where they stop keeping up.
//!
//! A ladder is a description and no judgement: whether its end matters is a rule's business.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::{
    BenchmarkEntry, BenchmarkId, Better, Capture, LadderLevel, Metric, Metrics, SortFew as _,
    Timing,
};
use crate::stats::median;

use super::arms::timings;
use super::comparison::{BenchmarkDiff, Verdict};
use super::side::Side;
use super::timing::summarize;

/// A ladder of two captures, each side by itself, and the change at each level that both have.
#[derive(Clone, Debug, PartialEq)]
pub struct LadderDiff {
    /// The benchmark, without its level.
    pub id: BenchmarkId,
    /// The parameter.
    pub parameter: String,
    /// The base's levels; `None` where it has none.
    pub base: Option<LadderSeries>,
    /// The new levels.
    pub new: Option<LadderSeries>,
    /// Of levels that work on both sides, in ascending order of load.
    pub changes: Vec<LevelChange>,
}

/// How a level changed.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelChange {
    /// As the plan has it.
    pub level: String,
    /// What changed: `time`, or the name of the latency that the benchmark reports.
    pub measure: String,
    /// `new / base - 1`.
    pub ratio: f64,
    /// What the comparison of the benchmark says of it; `None` where it has no verdict.
    pub verdict: Option<Verdict>,
}

/// A benchmark's levels in one capture, and where it stops keeping up.
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
    /// Whether `tail` is known as an upper bound only.
    pub is_bound: bool,
    /// The name of the latency that it reports, where `p50` and `tail` are such.
    pub latency: Option<String>,
    /// How it failed.
    pub failure: Option<String>,
}

/// Throughput that grows by less than this, relative, grows no more.
const FLAT: f64 = 0.05;

/// A tail grows faster than the load when it does so by this at least, relative.
const FASTER: f64 = 0.05;

/// Levels of ladders at which the program failed, or that were not tried for that, while a lower
/// level of the same series worked: a ladder looks for where that is.
pub fn ladder_stops(capture: &Capture) -> Vec<&BenchmarkId> {
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
    let mut found = Found::default();
    for entry in &side.capture().benchmarks {
        found.add(entry, || (side.timing(&entry.id), side.metrics(&entry.id)));
    }
    found.series()
}

/// All ladders of either side, by the runs that their benchmarks are compared by.
pub(super) fn compare(
    base: &dyn Side,
    new: &dyn Side,
    benchmarks: &[BenchmarkDiff],
) -> Vec<LadderDiff> {
    let mut found = [Found::default(), Found::default()];
    for benchmark in benchmarks {
        if LadderLevel::of(&benchmark.id.benchmark).is_none() {
            continue;
        }
        let runs = timings(&benchmark.id, base, new);
        let captures = [base.capture(), new.capture()];
        let sides = captures.into_iter().zip(&mut found).zip(runs.times).zip(runs.metrics);
        for (((capture, found), times), metrics) in sides {
            if let Some(entry) = capture.entry(&benchmark.id) {
                found.add(entry, || (times, metrics));
            }
        }
    }
    let mut pairs: BTreeMap<(BenchmarkId, String), [Option<LadderSeries>; 2]> = BTreeMap::new();
    for (side, found) in found.into_iter().enumerate() {
        for series in found.series() {
            let key = (series.id.clone(), series.parameter.clone());
            pairs.entry(key).or_default()[side] = Some(series);
        }
    }
    pairs
        .into_iter()
        .map(|((id, parameter), [base, new])| {
            let changes = match (&base, &new) {
                (Some(base), Some(new)) => changes(base, new, benchmarks),
                _ => Vec::new(),
            };
            LadderDiff { id, parameter, base, new, changes }
        })
        .collect()
}

/// What the comparison of each level's benchmark says.
fn changes(
    base: &LadderSeries,
    new: &LadderSeries,
    benchmarks: &[BenchmarkDiff],
) -> Vec<LevelChange> {
    let change = |now: &Level| {
        let was = base.levels.iter().find(|level| level.load == now.load)?;
        let name = format!("{}/{}={}", new.id.benchmark, new.parameter, now.level);
        let id = BenchmarkId { benchmark: name, ..new.id.clone() };
        let benchmark = benchmarks.iter().find(|one| one.id == id)?;
        let (measure, ratio, verdict) = match (&was.latency, &now.latency) {
            (Some(was), Some(now)) if was == now => {
                let latency = benchmark.resources.iter().find(|one| one.name == *now)?;
                let ratio = latency.new? / latency.base? - 1.0;
                (now.clone(), ratio, latency.verdict)
            }
            (None, None) => {
                let timing = benchmark.timing.as_ref()?;
                ("time".to_owned(), timing.change?.ratio, Some(timing.verdict))
            }
            _ => return None,
        };
        let level = now.level.clone();
        ratio.is_finite().then_some(LevelChange { level, measure, ratio, verdict })
    };
    new.levels.iter().filter_map(change).collect()
}

/// Levels by what they are levels of.
#[derive(Default)]
struct Found(BTreeMap<(BenchmarkId, String), Vec<Level>>);

/// Times and numbers of a benchmark.
type Runs<'a> = (Option<Cow<'a, Timing>>, Option<Cow<'a, Metrics>>);

impl Found {
    /// Adds a benchmark that is a level; `runs` are read of no other.
    fn add<'a>(&mut self, entry: &BenchmarkEntry, runs: impl FnOnce() -> Runs<'a>) {
        let Some(of) = LadderLevel::of(&entry.id.benchmark) else { return };
        let id = BenchmarkId { benchmark: of.series.to_owned(), ..entry.id.clone() };
        let mut level = Level {
            level: of.level.to_owned(),
            load: of.load,
            p50: None,
            tail: None,
            throughput: None,
            is_bound: false,
            latency: None,
            failure: entry.failure.as_ref().map(|f| format!("{}: {}", f.stage, f.status)),
        };
        let (timing, metrics) = runs();
        level.fill(timing.as_deref(), metrics.as_deref());
        self.0.entry((id, of.parameter.to_owned())).or_default().push(level);
    }

    fn series(self) -> Vec<LadderSeries> {
        let several = self.0.into_iter().filter(|(_, levels)| levels.len() > 1);
        several.map(|((id, parameter), levels)| analyse(id, parameter, levels)).collect()
    }
}

impl Level {
    /// What a benchmark reports of itself before what was measured from outside.
    fn fill(&mut self, timing: Option<&Timing>, metrics: Option<&Metrics>) {
        if let Some(timing) = timing
            && let Some(summary) = summarize(timing)
        {
            (self.p50, self.tail) = (Some(summary.p50), Some(summary.p99));
            self.is_bound = summary.percentiles_are_bounds;
            self.throughput = timing.throughput.map(|work| work.amount as f64 / summary.p50 * 1e9);
        }
        let Some(metrics) = metrics else { return };
        let latency = |name: &str| {
            metrics.0.iter().find(|metric| {
                let last = metric.name.rsplit('.').next();
                metric.unit == "ns" && last.is_some_and(|last| last.eq_ignore_ascii_case(name))
            })
        };
        // Latencies that it reports and times from outside are not of one thing.
        if let Some(tail) = latency("p99").or_else(|| latency("p95"))
            && let Some(value) = middle(tail)
        {
            let p50 = latency("p50");
            (self.p50, self.tail, self.is_bound) = (p50.and_then(middle), Some(value), false);
            self.latency = Some(p50.unwrap_or(tail).name.clone());
        }
        let is_rate = |metric: &&Metric| metric.unit == "per_s" && metric.better == Better::Higher;
        let rate = metrics.0.iter().find(is_rate).and_then(middle);
        self.throughput = rate.or(self.throughput);
    }
}

/// The median over runs, as in a comparison.
fn middle(metric: &Metric) -> Option<f64> {
    median(&metric.runs.iter().copied().flatten().collect::<Vec<f64>>())
}

/// Levels below the first one that failed count. The tail's inflection is the last level before it
/// grows faster than the load does; throughput is saturated at the level from which on no later one
/// has noticeably more.
fn analyse(id: BenchmarkId, parameter: String, mut levels: Vec<Level>) -> LadderSeries {
    levels.sort_few_by(|a, b| a.load.total_cmp(&b.load));
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
                is_bound: false,
                latency: None,
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
