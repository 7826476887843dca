//! One benchmark on its way through a capture: alone, or in pairs with the base's.

use super::job::Job;
use super::profiling::{Profiler, Recorded};
use super::timing::{Timed, TimedRun};
use crate::model::RecorderInfo;
use crate::record::Stacks;
use crate::store::Arm;

/// A benchmark of the captured executables, and the one of the same name of the base's executables
/// where there is one. Run i of both is a pair.
pub(super) struct Benchmark<'a> {
    /// The captured executable's side.
    pub(super) own: Job<'a>,
    /// The base's side. Once it has failed, the other one goes on alone.
    pub(super) base: Option<Job<'a>>,
    /// Whether it works on one thread, so that its runs can be bound to a processor each; `None`
    /// before it was tried.
    pub(super) is_bound: Option<bool>,
    /// Who sampled its profile.
    pub(super) recorder: Option<RecorderInfo>,
    /// How its stacks are taken; `None` before its first profiled run.
    pub(super) stacks: Option<Stacks>,
}

impl<'a> Benchmark<'a> {
    pub(super) fn new(own: Job<'a>, base: Option<Job<'a>>) -> Self {
        Self { own, base, is_bound: None, recorder: None, stacks: None }
    }

    /// Whether the base's side is being measured as well.
    pub(super) fn is_paired(&self) -> bool {
        self.base.as_ref().is_some_and(|base| base.failure.is_none())
    }

    /// Adds a timed run, or a pair of them. A side that failed is marked. Where it is the captured
    /// one nothing is added, so that run i of both sides stays a pair; where it is the base, the
    /// other one is alone from now on.
    pub(super) fn add_times(&mut self, stage: &str, own: Timed, base: Option<Timed>) {
        let add = |job: &mut Job<'_>, _: Arm, timed: TimedRun| {
            job.timing.throughput = timed.throughput.or(job.timing.throughput);
            job.metrics.add_run(job.timing.runs.len(), timed.metrics);
            job.timing.runs.push(timed.run);
        };
        self.add(stage, own, base, add);
    }

    /// The same for a profiled run, or a pair of them.
    pub(super) fn add_samples(
        &mut self,
        stage: &str,
        profiler: &mut Profiler<'_>,
        own: Recorded,
        base: Option<Recorded>,
    ) {
        self.add(stage, own, base, |job, arm, recorded| {
            profiler.add(job, arm, recorded);
        });
    }

    fn add<T>(
        &mut self,
        stage: &str,
        own: Result<T, (String, String)>,
        base: Option<Result<T, (String, String)>>,
        mut add: impl FnMut(&mut Job<'a>, Arm, T),
    ) {
        let Some(own) = ended(&mut self.own, stage, own) else { return };
        add(&mut self.own, Arm::Own, own);
        if let (Some(result), Some(job)) = (base, &mut self.base)
            && let Some(value) = ended(job, stage, result)
        {
            add(job, Arm::Base, value);
        }
    }
}

/// What a run gave; else the job is marked.
fn ended<T>(job: &mut Job<'_>, stage: &str, result: Result<T, (String, String)>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err((status, output)) => {
            job.fail(stage.to_owned(), status, output);
            None
        }
    }
}

/// Puts both sides' benchmarks together by name. What another harness runs, or runs in another
/// way, measures something else: it stays alone.
pub(super) fn pair_up<'a>(own: Vec<Job<'a>>, base: Vec<Job<'a>>) -> Vec<Benchmark<'a>> {
    let mut base: std::collections::BTreeMap<_, _> =
        base.into_iter().map(|job| (job.id.clone(), job)).collect();
    own.into_iter()
        .map(|own| {
            let is_alike = |job: &Job<'_>| {
                job.harness() == own.harness() && job.is_whole_process() == own.is_whole_process()
            };
            let base = base.remove(&own.id).filter(is_alike);
            Benchmark::new(own, base)
        })
        .collect()
}
