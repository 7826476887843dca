//! A figure of one benchmark of one capture: the one that reports have, with the error that runs
//! give it.

use crate::config::{Measure, Unit};
use crate::diff::{BenchmarkDiff, CountDiff, Drawn, Pool, lower_half_of, run_location, summarize};
use crate::model::{
    Batch, Measurement, Metrics, Run, TYPICAL, Throughput, ThroughputKind, Timing, Weight, usable,
};
use crate::stats::{Estimate, bootstrap, median, standard_deviation, variance};

/// Resamples of runs, and of the samples of one run; the error's own error is then 5 %.
const RESAMPLES: usize = 200;

/// From this number of runs on they are resampled, as for reports; fewer have too few distinct
/// resamples.
const BOOTSTRAP_RUNS: usize = 8;

/// Variance of a median of normal values ÷ that of their mean.
const OF_MEDIAN: f64 = std::f64::consts::FRAC_PI_2;

/// Variance of a tail of a few runs together ÷ that of the mean of their own tails: simulated, of
/// runs that differ by about as much as their samples (`tests::figures`).
const OF_TAIL: f64 = 1.6;

/// A figure of one benchmark of one capture.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    /// Its logarithm: the figure that reports have, of all runs together.
    pub(super) value: f64,
    /// Process-level runs that it is of.
    pub(super) runs: usize,
    /// Logarithms of the figure of single runs, or of runs drawn anew.
    scatter: Vec<f64>,
    /// Variance of `value` ÷ that of `scatter`.
    factor: f64,
    /// Standard error of the logarithm by the samples within a run, of a figure of one run.
    pub(super) within: Option<f64>,
    /// Its unit.
    pub(super) unit: Unit,
    /// Whether it is an upper bound of what it stands for.
    pub(super) is_bound: bool,
    /// Whether it was counted, and has no error.
    pub(super) is_exact: bool,
    /// Whether it was counted: then sessions make no difference.
    pub(super) is_counted: bool,
}

impl Figure {
    /// Of logarithms by run, each of which is as good as the others.
    fn of_runs(value: f64, scatter: Vec<f64>, factor: f64, unit: Unit) -> Option<Self> {
        let is_known = value.is_finite() && scatter.iter().all(|log| log.is_finite());
        let runs = scatter.len();
        let factor = if runs > 2 { factor } else { 1.0 } / runs as f64;
        (is_known && runs > 0).then_some(Self {
            value,
            runs,
            scatter,
            factor,
            within: None,
            unit,
            is_bound: false,
            is_exact: false,
            is_counted: false,
        })
    }

    /// Of runs that were drawn anew: `replicates` of as many runs.
    fn resampled(value: f64, replicates: Vec<f64>, runs: usize, unit: Unit) -> Option<Self> {
        // A bootstrapped variance is small by (n − 1) / n.
        let factor = runs as f64 / (runs as f64 - 1.0);
        Some(Self { runs, factor, ..Self::of_runs(value, replicates, 1.0, unit)? })
    }

    /// Variance of `value` by the spread between runs; `None` for one run.
    pub(super) fn variance(&self) -> Option<f64> {
        if self.runs < 2 { None } else { Some(variance(&self.scatter)? * self.factor) }
    }

    /// This less another figure of the same runs, or of runs that are pairs with these; `None`
    /// where they are not as many.
    pub(super) fn less(&self, other: &Self) -> Option<Estimate> {
        if self.runs != other.runs || self.runs < 2 || self.scatter.len() != other.scatter.len() {
            return None;
        }
        let differences: Vec<f64> =
            self.scatter.iter().zip(&other.scatter).map(|(a, b)| a - b).collect();
        let variance = variance(&differences)? * self.factor.max(other.factor);
        let degrees = (self.runs - 1) as f64;
        Some(Estimate { value: self.value - other.value, error: variance.sqrt(), degrees })
    }
}

/// What was counted of a benchmark, where it was.
pub(super) fn count<'a>(benchmark: &'a BenchmarkDiff, measure: &Measure) -> Option<&'a CountDiff> {
    let weight = match measure {
        Measure::Instructions => Weight::Instructions,
        Measure::AllocatedBytes => Weight::AllocatedBytes,
        Measure::Allocations => Weight::Allocations,
        _ => return None,
    };
    benchmark.counts.iter().find(|count| count.measure == weight)
}

pub(super) fn counted(
    benchmark: &BenchmarkDiff,
    side: usize,
    measure: &Measure,
) -> Result<Figure, String> {
    let count = count(benchmark, measure);
    let Some(counted) = count.and_then(|count| [&count.base, &count.new][side].as_ref()) else {
        let what = match measure {
            Measure::Instructions => "instructions",
            _ => "allocations",
        };
        return Err(format!("no {what} were counted in this capture"));
    };
    // None at all is as little as a logarithm can say.
    let log = |count: f64| count.max(f64::MIN_POSITIVE).ln();
    let logs = counted.kept().iter().map(|count| log(*count)).collect();
    let unit = measure.unit().unwrap_or(Unit::Plain);
    let figure = Figure::of_runs(log(counted.count()), logs, 1.0, unit);
    let figure = figure.ok_or_else(|| "what was counted is no number".to_owned())?;
    Ok(Figure { is_exact: counted.is_repeatable != Some(false), is_counted: true, ..figure })
}

pub(super) fn metric(metrics: Option<&Metrics>, name: &str) -> Result<Figure, String> {
    let Some(metric) = metrics.and_then(|metrics| metrics.get(name)) else {
        let known: Vec<&str> = metrics
            .map(|metrics| metrics.0.iter().map(|metric| &*metric.name).collect())
            .unwrap_or_default();
        return Err(match &known[..] {
            [] => format!("it reports no numbers of its own, and no `{name}`"),
            known => format!("it reports no `{name}`; there are {}", known.join(", ")),
        });
    };
    let unit = match &*metric.unit {
        "ns" => Unit::Nanoseconds,
        "bytes" => Unit::Bytes,
        "per_s" => Unit::PerSecond,
        _ => Unit::Plain,
    };
    let values: Vec<f64> = metric.runs.iter().copied().flatten().collect();
    of_medians(&values, unit).ok_or_else(|| format!("`{name}` is not above 0 in every run"))
}

/// The median of one value for each run, as reports have it; `None` without any, or where one has
/// no logarithm.
fn of_medians(values: &[f64], unit: Unit) -> Option<Figure> {
    let logs = values.iter().map(|value| value.ln()).collect();
    Figure::of_runs(median(values)?.ln(), logs, OF_MEDIAN, unit)
}

pub(super) fn of_timing(timing: &Timing, measure: &Measure, seed: u64) -> Result<Figure, String> {
    let nothing = || format!("its runs do not tell `{}`", measure.name());
    let unit = measure.unit().unwrap_or(Unit::Plain);
    match measure {
        Measure::Spread => return spread(timing, unit),
        Measure::Cpu | Measure::Rss => {
            let value = |run: &Run| {
                let of = run.resources.as_ref()?;
                Some(match measure {
                    Measure::Cpu => (of.user_ns + of.system_ns) as f64,
                    _ => of.peak_rss_bytes as f64,
                })
            };
            let values: Vec<f64> = timing.runs.iter().filter_map(value).collect();
            return of_medians(&values, unit).ok_or_else(nothing);
        }
        _ => {}
    }
    let work = match measure {
        Measure::Throughput => {
            let Some(Throughput { amount, kind }) = timing.throughput else {
                return Err("it declares no throughput".to_owned());
            };
            Some(amount as f64 / if kind == ThroughputKind::Bits { 8.0 } else { 1.0 } * 1e9)
        }
        _ => None,
    };
    let mut figure = of_times(timing, measure, seed, unit).ok_or_else(nothing)?;
    if let Some(work) = work {
        figure.value = work.ln() - figure.value;
        figure.scatter.iter_mut().for_each(|log| *log = work.ln() - *log);
    }
    if let [run] = &timing.runs[..] {
        figure.within = within(run, measure, seed);
    }
    Ok(figure)
}

/// The largest of the runs' medians against the smallest, which is what it is.
fn spread(timing: &Timing, unit: Unit) -> Result<Figure, String> {
    let medians: Vec<f64> =
        timing.runs.iter().filter_map(|run| of_run(run, &Measure::P50)).collect();
    if medians.len() < 2 {
        return Err("it has one run, and no spread between runs".to_owned());
    }
    let low = medians.iter().copied().fold(f64::INFINITY, f64::min);
    let high = medians.iter().copied().fold(0.0, f64::max);
    // Equal to the last digit: as little as a logarithm can say.
    let log = (high / low - 1.0).max(f64::MIN_POSITIVE).ln();
    let figure = Figure::of_runs(log, vec![log], 1.0, unit);
    let figure = figure.ok_or_else(|| "its runs have no medians".to_owned())?;
    Ok(Figure { is_exact: true, ..figure })
}

/// A figure of times: that of the summary, which reports have. From eight runs on its error is that
/// of runs drawn anew, below that of the spread of the runs' own figures.
fn of_times(timing: &Timing, measure: &Measure, seed: u64, unit: Unit) -> Option<Figure> {
    let summary = summarize(timing)?;
    let value = match measure {
        Measure::Time => summary.typical,
        Measure::Mean => summary.mean,
        Measure::P95 => summary.p95,
        Measure::P99 => summary.p99,
        Measure::Tail => summary.p95 / summary.p50,
        _ => summary.p50,
    };
    let is_tail = matches!(measure, Measure::P95 | Measure::P99 | Measure::Tail);
    let is_bound = summary.percentiles_are_bounds && is_tail;
    let value = value.ln();
    let figure = match Pool::new(timing) {
        _ if *measure == Measure::Time => {
            let runs: Vec<f64> = timing.runs.iter().filter_map(run_location).collect();
            match runs.len() {
                BOOTSTRAP_RUNS.. => {
                    let drawn = bootstrap(&runs, RESAMPLES, seed, lower_half_of);
                    Figure::resampled(value, drawn, runs.len(), unit)
                }
                // Of few normal values the lower half's middle varies by as much more than the mean.
                _ => Figure::of_runs(value, runs, 1.25, unit),
            }
        }
        Some(pool) if pool.runs() >= BOOTSTRAP_RUNS => {
            let drawn = pool.resample(RESAMPLES, seed, |drawn| of_drawn(drawn, measure).ln());
            Figure::resampled(value, drawn, pool.runs(), unit)
        }
        Some(pool) => {
            // The tail of all runs together has in it what their medians differ by.
            let own = if *measure == Measure::Tail { &Measure::P95 } else { measure };
            let runs = (0..pool.runs()).map(|run| of_drawn(&pool.run(run), own).ln());
            Figure::of_runs(value, runs.collect(), if is_tail { OF_TAIL } else { 1.0 }, unit)
        }
        None => {
            let runs = timing.runs.iter().filter_map(|run| of_run(run, measure));
            Figure::of_runs(value, runs.map(f64::ln).collect(), OF_MEDIAN, unit)
        }
    };
    Some(Figure { is_bound, ..figure? })
}

fn of_drawn(drawn: &Drawn, measure: &Measure) -> f64 {
    match measure {
        Measure::Mean => drawn.mean(),
        Measure::Time => drawn.quantile(TYPICAL),
        Measure::P95 => drawn.quantile(0.95),
        Measure::P99 => drawn.quantile(0.99),
        Measure::Tail => drawn.quantile(0.95) / drawn.quantile(0.5),
        _ => drawn.quantile(0.5),
    }
}

/// A figure of one run, above 0.
fn of_run(run: &Run, measure: &Measure) -> Option<f64> {
    let value = match &run.measurement {
        Measurement::Batches { mode, batches } => {
            let kept: Vec<Batch> = usable(batches).copied().collect();
            of_drawn(&Drawn::of_run(*mode, &kept), measure)
        }
        Measurement::Summary(summary) => match measure {
            Measure::Mean => summary.mean?,
            Measure::P95 | Measure::P99 => summary.max?,
            Measure::Tail => summary.max? / summary.median,
            _ => summary.median,
        },
    };
    (value > 0.0 && value.is_finite()).then_some(value)
}

/// The standard error of a figure's logarithm by the samples of one run, bootstrapped.
fn within(run: &Run, measure: &Measure, seed: u64) -> Option<f64> {
    let Measurement::Batches { mode, batches } = &run.measurement else { return None };
    let batches: Vec<Batch> = usable(batches).copied().collect();
    if batches.len() < 8 {
        return None;
    }
    let positions: Vec<f64> = (0..batches.len()).map(|index| index as f64).collect();
    let logs = bootstrap(&positions, RESAMPLES, seed, |drawn| {
        let drawn: Vec<Batch> = drawn.iter().map(|&index| batches[index as usize]).collect();
        of_drawn(&Drawn::of_run(*mode, &drawn), measure).ln()
    });
    standard_deviation(&logs).filter(|error| error.is_finite())
}
