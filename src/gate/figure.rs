//! Figures of benchmarks with their errors, by run.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use crate::config::{Measure, Side as Which, Unit};
use crate::diff::{
    BenchmarkDiff, BenchmarkTimings, Comparison, CountDiff, Side, session_deviation, timings,
};
use crate::model::{
    Batch, BenchmarkId, Capture, Label, Measurement, Metrics, Mode, Pattern, Run, Throughput,
    ThroughputKind, Timing, Weight,
};
use crate::stats::{
    Estimate, VariancePrior, bootstrap, level_per_look, mean, standard_deviation, variance,
    weighted_quantile,
};

use super::options::Options;

/// Standard deviation of the logarithm of a run's figure that is assumed of one run alone, as in
/// comparisons.
const UNKNOWN_RUN_DEVIATION: f64 = 0.1;

/// Batches with fewer iterations than this share of the run's largest carry the timer's own cost.
const SMALLEST_BATCH: f64 = 0.1;

/// Resamples for the error within one run; its own error is then 5 %.
const RESAMPLES: usize = 200;

/// A figure of one benchmark of one capture: its logarithm by run.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    /// Logarithms of the runs' figures.
    pub(super) runs: Vec<f64>,
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

/// Both captures, and what is looked up in them.
pub(super) struct Arms<'a> {
    pub(super) comparison: &'a Comparison,
    pub(super) options: &'a Options,
    sides: [Option<&'a dyn Side>; 2],
    /// Deviation between the sessions; `None` where times cannot be compared.
    pub(super) deviation: Option<f64>,
    /// How many times larger p-values of pairs are for having looked more than once.
    pub(super) penalty: f64,
    loaded: RefCell<BTreeMap<BenchmarkId, std::rc::Rc<BenchmarkTimings<'a>>>>,
    priors: RefCell<HashMap<(usize, String), Option<VariancePrior>>>,
}

impl<'a> Arms<'a> {
    pub(super) fn new(
        comparison: &'a Comparison,
        sides: [&'a dyn Side; 2],
        options: &'a Options,
    ) -> Self {
        let (base, new) = (sides[0].capture(), sides[1].capture());
        let looks = [new, base]
            .into_iter()
            .find_map(|capture| capture.beside.as_ref())
            .map_or(1, |beside| beside.looks as usize);
        Self {
            deviation: session_deviation(base, new, &options.diff),
            penalty: 0.05 / level_per_look(0.05, looks),
            ..Self::of(comparison, sides.map(Some), options)
        }
    }

    pub(super) fn alone(
        comparison: &'a Comparison,
        side: &'a dyn Side,
        options: &'a Options,
    ) -> Self {
        Self::of(comparison, [None, Some(side)], options)
    }

    fn of(
        comparison: &'a Comparison,
        sides: [Option<&'a dyn Side>; 2],
        options: &'a Options,
    ) -> Self {
        Self {
            comparison,
            options,
            sides,
            deviation: None,
            penalty: 1.0,
            loaded: RefCell::default(),
            priors: RefCell::default(),
        }
    }

    /// The benchmarks that a rule is about, of either capture.
    pub(super) fn benchmarks(&self, patterns: &[Pattern]) -> Vec<&'a BenchmarkDiff> {
        let takes = |id: &BenchmarkId| patterns.iter().any(|pattern| pattern.takes(id));
        self.comparison.benchmarks.iter().filter(|one| takes(&one.id)).collect()
    }

    fn capture(&self, which: Which) -> &'a Capture {
        match which {
            Which::Base => &self.comparison.base,
            Which::New => &self.comparison.new,
        }
    }

    /// The benchmarks of a capture.
    pub(super) fn ids(&self, which: Which) -> impl Iterator<Item = &'a BenchmarkId> {
        self.capture(which).benchmarks.iter().map(|entry| &entry.id)
    }

    /// A capture's label.
    pub(super) fn label(&self, which: Which) -> &'a Label {
        &self.capture(which).label
    }

    /// Whether a capture is of some benchmarks only.
    pub(super) fn is_partial(&self, which: Which) -> bool {
        self.options.is_partial[usize::from(which == Which::New)]
    }

    /// Whether two captures are judged.
    pub(super) fn are_two(&self) -> bool {
        self.sides.iter().all(Option::is_some)
    }

    /// The one benchmark of a capture that a pattern takes; else why there is not one.
    pub(super) fn one(&self, pattern: &Pattern, which: Which) -> Result<&'a BenchmarkDiff, String> {
        let capture = self.capture(which);
        let mut found = capture.benchmarks.iter().filter(|entry| pattern.takes(&entry.id));
        let Some(first) = found.next() else {
            return Err(format!("{} has no benchmark `{pattern}`", capture.label));
        };
        // A name in full is meant before one that has it at its end.
        let exact = capture.benchmarks.iter().find(|one| one.id.to_string() == pattern.as_str());
        let entry = match (found.next(), exact) {
            (None, _) => first,
            (Some(_), Some(exact)) => exact,
            (Some(second), None) => {
                return Err(format!(
                    "`{pattern}` takes several benchmarks: {} and {}",
                    first.id, second.id
                ));
            }
        };
        let found = self.comparison.benchmarks.iter().find(|one| one.id == entry.id);
        found.ok_or_else(|| format!("{} was not compared", entry.id))
    }

    fn loaded(&self, id: &BenchmarkId) -> std::rc::Rc<BenchmarkTimings<'a>> {
        if let Some(loaded) = self.loaded.borrow().get(id) {
            return loaded.clone();
        }
        let loaded = std::rc::Rc::new(match self.sides {
            [Some(base), Some(new)] => timings(id, base, new),
            [_, Some(new)] => BenchmarkTimings {
                times: [None, new.timing(id)],
                metrics: [None, new.metrics(id)],
                is_paired: false,
            },
            _ => BenchmarkTimings::default(),
        });
        self.loaded.borrow_mut().insert(id.clone(), loaded.clone());
        loaded
    }

    /// Whether both sides of a benchmark were measured in turns.
    pub(super) fn is_paired(&self, id: &BenchmarkId) -> bool {
        self.loaded(id).is_paired
    }

    /// A figure of one side (0 base, 1 new); else why there is none.
    pub(super) fn figure(
        &self,
        benchmark: &BenchmarkDiff,
        side: usize,
        measure: &Measure,
    ) -> Result<Figure, String> {
        match measure {
            Measure::Instructions | Measure::AllocatedBytes | Measure::Allocations => {
                return counted(benchmark, side, measure);
            }
            _ => {}
        }
        let loaded = self.loaded(&benchmark.id);
        if let Measure::Metric(name) = measure {
            return metric(loaded.metrics[side].as_deref(), name);
        }
        let Some(timing) = loaded.times[side].as_deref() else {
            return Err("it has no times".to_owned());
        };
        of_timing(timing, measure, self.options.diff.seed)
    }

    /// The estimate of a figure's logarithm: the mean over runs, its error by their spread. What few
    /// runs say of that spread is moderated by what the capture's other benchmarks say (limma,
    /// Smyth 2004). Of one run nobody knows it: a deviation of 10 % is assumed.
    pub(super) fn estimate(&self, figure: &Figure, side: usize, measure: &Measure) -> Estimate {
        let n = figure.runs.len();
        let value = mean(&figure.runs);
        if figure.is_exact {
            return Estimate { value, error: 0.0, degrees: f64::INFINITY };
        }
        let Some(own) = variance(&figure.runs) else {
            // What differs between runs moves both ends of a ratio within a run.
            let unknown = if *measure == Measure::Tail { 0.0 } else { UNKNOWN_RUN_DEVIATION };
            let error = figure.within.map_or(UNKNOWN_RUN_DEVIATION, |own| own.max(unknown));
            return Estimate { value, error, degrees: f64::INFINITY };
        };
        let degrees = (n - 1) as f64;
        let (variance, degrees) = match self.prior(side, measure) {
            Some(prior) => prior.moderate(own, degrees),
            None => (own, degrees),
        };
        Estimate { value, error: (variance / n as f64).sqrt(), degrees }
    }

    /// What the variances of a figure are like over the benchmarks of a side.
    fn prior(&self, side: usize, measure: &Measure) -> Option<VariancePrior> {
        let key = (side, measure.name().to_owned());
        if let Some(known) = self.priors.borrow().get(&key) {
            return *known;
        }
        // The fit takes variances of equal degrees of freedom: those of the usual number of runs.
        let mut by_runs: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for benchmark in &self.comparison.benchmarks {
            if let Ok(figure) = self.figure(benchmark, side, measure)
                && let Some(variance) = variance(&figure.runs).filter(|_| !figure.is_exact)
            {
                by_runs.entry(figure.runs.len()).or_default().push(variance);
            }
        }
        let most = by_runs.into_iter().max_by_key(|(_, variances)| variances.len());
        let prior = most.and_then(|(runs, variances)| {
            let own = (runs - 1) as f64;
            let all = own * variances.len() as f64;
            let prior = VariancePrior::fit(&variances, own).filter(|_| all >= FEWEST_DEGREES)?;
            // It is not known better than by all runs together.
            Some(VariancePrior { degrees: prior.degrees.min(all), ..prior })
        });
        self.priors.borrow_mut().insert(key, prior);
        prior
    }
}

/// Degrees of freedom that all benchmarks together must have for saying what variances are like.
const FEWEST_DEGREES: f64 = 8.0;

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

fn counted(benchmark: &BenchmarkDiff, side: usize, measure: &Measure) -> Result<Figure, String> {
    let count = count(benchmark, measure);
    let Some(counted) = count.and_then(|count| [&count.base, &count.new][side].as_ref()) else {
        let what = match measure {
            Measure::Instructions => "instructions",
            _ => "allocations",
        };
        return Err(format!("no {what} were counted in this capture"));
    };
    // None at all is as little as a logarithm can say.
    let logs = counted.kept().iter().map(|count| count.max(f64::MIN_POSITIVE).ln()).collect();
    Ok(Figure {
        runs: logs,
        within: None,
        unit: measure.unit().unwrap_or(Unit::Plain),
        is_bound: false,
        is_exact: counted.is_repeatable != Some(false),
        is_counted: true,
    })
}

fn metric(metrics: Option<&Metrics>, name: &str) -> Result<Figure, String> {
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
    let figure = logs(metric.runs.iter().copied().flatten(), unit);
    figure.ok_or_else(|| format!("`{name}` is not above 0 in every run"))
}

/// Values → logarithms; `None` without any, or where one has none.
fn logs(values: impl Iterator<Item = f64>, unit: Unit) -> Option<Figure> {
    let runs: Vec<f64> = values.map(f64::ln).collect();
    (!runs.is_empty() && runs.iter().all(|log| log.is_finite())).then_some(Figure {
        runs,
        within: None,
        unit,
        is_bound: false,
        is_exact: false,
        is_counted: false,
    })
}

fn of_timing(timing: &Timing, measure: &Measure, seed: u64) -> Result<Figure, String> {
    let nothing = || format!("its runs do not tell `{}`", measure.name());
    let unit = measure.unit().unwrap_or(Unit::Plain);
    if *measure == Measure::Spread {
        let medians: Vec<f64> =
            timing.runs.iter().filter_map(|run| of_run(run, &Measure::P50)).map(|f| f.0).collect();
        let low = medians.iter().copied().fold(f64::INFINITY, f64::min);
        let high = medians.iter().copied().fold(0.0, f64::max);
        if medians.len() < 2 {
            return Err("it has one run, and no spread between runs".to_owned());
        }
        // Equal to the last digit: as little as a logarithm can say.
        let spread = (high / low - 1.0).max(f64::MIN_POSITIVE);
        return Ok(Figure {
            runs: vec![spread.ln()],
            within: None,
            unit,
            is_bound: false,
            is_exact: true,
            is_counted: false,
        });
    }
    let found: Vec<(f64, bool)> = match measure {
        Measure::Cpu | Measure::Rss => {
            let resources = timing.runs.iter().filter_map(|run| run.resources.as_ref());
            let value = |r: &crate::model::Resources| match measure {
                Measure::Cpu => (r.user_ns + r.system_ns) as f64,
                _ => r.peak_rss_bytes as f64,
            };
            resources.map(|resources| (value(resources), false)).collect()
        }
        Measure::Throughput => {
            let Some(Throughput { amount, kind }) = timing.throughput else {
                return Err("it declares no throughput".to_owned());
            };
            let amount = amount as f64 / if kind == ThroughputKind::Bits { 8.0 } else { 1.0 };
            let medians = timing.runs.iter().filter_map(|run| of_run(run, &Measure::P50));
            medians.map(|(time, bound)| (amount / time * 1e9, bound)).collect()
        }
        _ => timing.runs.iter().filter_map(|run| of_run(run, measure)).collect(),
    };
    let is_bound = found.iter().any(|(_, bound)| *bound);
    let figure = logs(found.iter().map(|(value, _)| *value), unit).ok_or_else(nothing)?;
    let within = match &timing.runs[..] {
        [run] => within(run, measure, seed),
        _ => None,
    };
    Ok(Figure { within, is_bound, ..figure })
}

/// A figure of one run, and whether it is an upper bound only.
fn of_run(run: &Run, measure: &Measure) -> Option<(f64, bool)> {
    let (value, bound) = match &run.measurement {
        Measurement::Batches { mode, batches } => {
            (of_batches(*mode, &kept(batches), measure)?, false)
        }
        Measurement::Summary(summary) => match measure {
            Measure::Time | Measure::P50 => (summary.median, false),
            Measure::Mean => (summary.mean?, false),
            Measure::P95 | Measure::P99 => (summary.max?, true),
            Measure::Tail => (summary.max? / summary.median, true),
            _ => return None,
        },
    };
    (value > 0.0 && value.is_finite()).then_some((value, bound))
}

fn kept(batches: &[Batch]) -> Vec<Batch> {
    let largest = batches.iter().map(|batch| batch.iterations).fold(0.0, f64::max);
    let usable = |batch: &&Batch| {
        batch.iterations > 0.0
            && batch.iterations >= SMALLEST_BATCH * largest
            && batch.nanoseconds > 0.0
    };
    batches.iter().filter(usable).copied().collect()
}

/// In linear mode a batch weighs as many samples as it has iterations.
fn of_batches(mode: Mode, batches: &[Batch], measure: &Measure) -> Option<f64> {
    if batches.is_empty() {
        return None;
    }
    if *measure == Measure::Mean {
        let time: f64 = batches.iter().map(|batch| batch.nanoseconds).sum();
        return Some(time / batches.iter().map(|batch| batch.iterations).sum::<f64>());
    }
    let mut ascending: Vec<(f64, f64)> = batches
        .iter()
        .map(|batch| {
            let weight = if mode == Mode::Linear { batch.iterations } else { 1.0 };
            (batch.nanoseconds / batch.iterations, weight)
        })
        .collect();
    ascending.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |q| weighted_quantile(&ascending, q);
    match measure {
        Measure::Time | Measure::P50 => Some(at(0.5)),
        Measure::P95 => Some(at(0.95)),
        Measure::P99 => Some(at(0.99)),
        Measure::Tail => Some(at(0.95) / at(0.5)),
        _ => None,
    }
}

/// The standard error of a figure's logarithm by the samples of one run, bootstrapped.
fn within(run: &Run, measure: &Measure, seed: u64) -> Option<f64> {
    let Measurement::Batches { mode, batches } = &run.measurement else { return None };
    let batches = kept(batches);
    if batches.len() < 8 {
        return None;
    }
    let positions: Vec<f64> = (0..batches.len()).map(|index| index as f64).collect();
    let logs = bootstrap(&positions, RESAMPLES, seed, |drawn| {
        let drawn: Vec<Batch> = drawn.iter().map(|&index| batches[index as usize]).collect();
        of_batches(*mode, &drawn, measure).map_or(f64::NAN, f64::ln)
    });
    standard_deviation(&logs).filter(|error| error.is_finite())
}
