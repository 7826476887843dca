//! Both captures, and what rules look up in them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use crate::config::{Measure, Side as Which};
use crate::diff::{BenchmarkDiff, BenchmarkTimings, Comparison, Side, session_deviation, timings};
use crate::model::{BenchmarkId, Capture, Label, Pattern};
use crate::stats::{Estimate, VariancePrior, level_per_look};

use super::figure::{self, Figure};
use super::options::Options;

/// Standard deviation of the logarithm of a run's figure that is assumed of one run alone, as in
/// comparisons.
const UNKNOWN_RUN_DEVIATION: f64 = 0.1;

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
                return figure::counted(benchmark, side, measure);
            }
            _ => {}
        }
        let loaded = self.loaded(&benchmark.id);
        if let Measure::Metric(name) = measure {
            return figure::metric(loaded.metrics[side].as_deref(), name);
        }
        let Some(timing) = loaded.times[side].as_deref() else {
            return Err("it has no times".to_owned());
        };
        figure::of_timing(timing, measure, self.options.diff.seed)
    }

    /// The estimate of a figure's logarithm, its error by the spread between runs. What few runs say of that spread is moderated by what the capture's other benchmarks say (limma,
    /// Smyth 2004). Of one run nobody knows it: a deviation of 10 % is assumed.
    pub(super) fn estimate(&self, figure: &Figure, side: usize, measure: &Measure) -> Estimate {
        let Figure { value, runs, .. } = *figure;
        if figure.is_exact {
            return Estimate { value, error: 0.0, degrees: f64::INFINITY };
        }
        let Some(own) = figure.variance() else {
            // What differs between runs moves both ends of a ratio within a run.
            let unknown = if *measure == Measure::Tail { 0.0 } else { UNKNOWN_RUN_DEVIATION };
            let error = figure.within.map_or(UNKNOWN_RUN_DEVIATION, |own| own.max(unknown));
            return Estimate { value, error, degrees: f64::INFINITY };
        };
        let degrees = (runs - 1) as f64;
        // Priors are of single runs.
        let (variance, degrees) = match self.prior(side, measure) {
            Some(prior) => {
                let (variance, degrees) = prior.moderate(own * runs as f64, degrees);
                (variance / runs as f64, degrees)
            }
            None => (own, degrees),
        };
        Estimate { value, error: variance.sqrt(), degrees }
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
                && let Some(variance) = figure.variance().filter(|_| !figure.is_exact)
            {
                by_runs.entry(figure.runs).or_default().push(variance * figure.runs as f64);
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
