//! What a unit of weight costs, run by run.

use crate::diff::timing::Location;
use crate::diff::timing::halved;
use crate::model::{Harness, Profile, ProfileSummary, Sample, Scope, Weight};
use crate::stats::{Estimate, biweight, median};

/// One side of a benchmark's profile, as it is handed in.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    /// The stacks.
    pub(crate) profile: &'a Profile,
    /// Its figures in the capture's index.
    pub(crate) summary: Option<&'a ProfileSummary>,
    /// Where the timing runs' times lie.
    pub(crate) location: Option<Location>,
    /// What ran it.
    pub(crate) harness: Harness,
    /// Asked of the recorder, in Hz.
    pub(crate) frequency_hz: Option<f64>,
    /// Iterations that a run's weight stands for, where everything was counted; `None` where the
    /// recorder sampled.
    pub(crate) iterations: Option<u64>,
}

/// The runs of one side that saw the benchmark.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    /// Position among the runs kept, by run; `None` for runs without weight.
    pub(super) position: Vec<Option<usize>>,
    /// Weight of the benchmark.
    pub(super) weights: Vec<f64>,
    /// Samples of the benchmark.
    pub(super) counts: Vec<f64>,
    /// Cost of one iteration of the whole benchmark; 1 where costs are not known, so that
    /// everything below is a share.
    pub(super) costs: Vec<f64>,
    /// Relative variance that all runs' costs share, beside the deviation between sessions, and
    /// its degrees of freedom: that of the timing runs, where the costs come from those.
    pub(super) shared: Option<(f64, f64)>,
}

impl Runs {
    /// How many.
    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    /// Mean cost of the benchmark.
    pub(super) fn cost(&self) -> f64 {
        self.costs.iter().sum::<f64>() / self.len() as f64
    }

    /// Mean cost of one sample.
    pub(super) fn cost_per_sample(&self) -> f64 {
        let sum: f64 = self.costs.iter().zip(&self.counts).map(|(cost, count)| cost / count).sum();
        sum / self.len() as f64
    }

    /// Weight in all runs.
    pub(super) fn weight(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// Drops the runs that `keep` does not have.
    fn retain(&mut self, keep: &[bool]) {
        let mut kept = Self { position: vec![None; self.position.len()], ..Self::default() };
        for (run, position) in self.position.iter().enumerate() {
            if let Some(position) = *position
                && keep[run]
            {
                kept.position[run] = Some(kept.len());
                kept.weights.push(self.weights[position]);
                kept.counts.push(self.counts[position]);
                kept.costs.push(self.costs[position]);
            }
        }
        *self = kept;
    }

    /// Whether a sample is of a run that is kept.
    pub(super) fn has(&self, sample: &Sample) -> bool {
        sample.scope == Scope::Benchmark
            && self.position.get(sample.run as usize).is_some_and(Option::is_some)
    }

    /// What a unit of weight of each run adds to the mean cost; 0 for a run without weight.
    pub(super) fn factors(&self) -> Vec<f64> {
        let runs = self.len() as f64;
        let factor = |(cost, weight): (&f64, &f64)| {
            if *weight > 0.0 { cost / weight / runs } else { 0.0 }
        };
        self.costs.iter().zip(&self.weights).map(factor).collect()
    }
}

/// Leaves only the runs that have weight on both sides: a run without its partner is no pair.
pub(super) fn keep_pairs([base, new]: [&mut Runs; 2]) {
    let kept = |runs: &Runs, run: usize| runs.position.get(run).is_some_and(Option::is_some);
    let all = base.position.len().max(new.position.len());
    let pairs: Vec<bool> = (0..all).map(|run| kept(base, run) && kept(new, run)).collect();
    base.retain(&pairs);
    new.retain(&pairs);
}

/// Where both sides' timing runs lie, as the mean of the logarithms, if these time what the profiled
/// runs time: a harness does, and not start-up as well.
pub(super) fn middle(parts: &[Option<Part<'_>>; 2]) -> Option<f64> {
    let of = |part: &Option<Part<'_>>| {
        let part = part.as_ref()?;
        let same = matches!(part.harness, Harness::Criterion | Harness::Divan);
        part.location.filter(|_| same).map(|location| location.ln)
    };
    Some((of(&parts[0])? + of(&parts[1])?) / 2.0)
}

/// Gives every run of a side its side's typical cost, as far apart as the pairs of runs say.
///
/// A run in a slow state costs 20 to 40 % more in all its functions. In the mean of six runs it
/// would move every function by its share of that; the centre of the pairs' ratios leaves it out.
/// What a run says of its functions are then its shares. The ratio's error is common to all.
///
/// Both sides together cost what the timing runs say (`middle`, a logarithm), where that is known:
/// under a recorder, and on a busy machine, everything takes longer, and functions would have more
/// to explain than there is.
pub(super) fn settle([base, new]: [&mut Runs; 2], middle: Option<f64>) -> Option<Estimate> {
    let logs = |runs: &Runs| -> Vec<f64> { runs.costs.iter().map(|cost| cost.ln()).collect() };
    let (of_base, of_new) = (logs(base), logs(new));
    let differences: Vec<f64> = of_base.iter().zip(&of_new).map(|(base, new)| new - base).collect();
    let estimate = biweight(&differences)?;
    let middle = match middle {
        Some(middle) => middle,
        None => (median(&of_base)? + median(&of_new)?) / 2.0,
    };
    base.costs.fill((middle - estimate.value / 2.0).exp());
    new.costs.fill((middle + estimate.value / 2.0).exp());
    let half = halved(estimate);
    (base.shared, new.shared) = (half, half);
    Some(estimate)
}

/// The runs of a side, with shares for costs. A run without weight saw nothing of the benchmark,
/// unless everything was counted: then there was nothing.
pub(super) fn runs(part: &Part<'_>) -> Runs {
    let Part { profile, iterations, .. } = part;
    let fewest = usize::from(iterations.is_some());
    let all = (profile.runs() as usize).max(fewest);
    let (mut weights, mut counts) = (vec![0_u64; all], vec![0_u64; all]);
    for sample in profile.samples.iter().filter(|s| s.scope == Scope::Benchmark) {
        weights[sample.run as usize] += sample.weight;
        counts[sample.run as usize] += sample.count;
    }
    let mut runs = Runs { position: vec![None; all], ..Runs::default() };
    for run in 0..all {
        if weights[run] > 0 || iterations.is_some() {
            runs.position[run] = Some(runs.len());
            runs.weights.push(weights[run] as f64);
            runs.counts.push(counts[run].max(1) as f64);
            runs.costs.push(1.0);
        }
    }
    runs
}

/// Fills in costs and gives their unit; `None`, with nothing changed, where they are not known.
///
/// Time: of the same profiled run; a run whose time the harness does not tell gets the mean of
/// those that it does; of the timing runs when it tells none. Cycles are taken for time, which
/// they are in proportion. What was counted is of so many iterations; what was sampled of
/// instructions or bytes is known per iteration only of a whole process, whose one iteration is a
/// run.
pub(super) fn fill(part: &Part<'_>, runs: &mut Runs) -> Option<&'static str> {
    let unit = part.profile.weight.cost_unit();
    if matches!(part.profile.weight, Weight::CpuTime | Weight::Cycles) {
        return fill_times(part, runs).map(|()| unit);
    }
    let iterations = match part.iterations {
        Some(iterations) => iterations.max(1) as f64,
        None if part.harness == Harness::Process => 1.0,
        None => return None,
    };
    runs.costs = runs.weights.iter().map(|weight| weight / iterations).collect();
    Some(unit)
}

fn fill_times(part: &Part<'_>, runs: &mut Runs) -> Option<()> {
    let told = |run: usize| {
        let time = *part.summary?.iteration_ns.get(run)?;
        time.filter(|ns| *ns > 0.0 && ns.is_finite())
    };
    let kept: Vec<usize> =
        (0..runs.position.len()).filter(|&run| runs.position[run].is_some()).collect();
    let known: Vec<f64> = kept.iter().filter_map(|&run| told(run)).collect();
    if known.is_empty() {
        let location = part.location?;
        runs.costs.fill(location.ln.exp());
        runs.shared = location.variance;
        return Some(());
    }
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    for (cost, &run) in runs.costs.iter_mut().zip(&kept) {
        *cost = told(run).unwrap_or(mean);
    }
    Some(())
}
