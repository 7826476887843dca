//! Both passes over all benchmarks, each in rotation.
//!
//! A benchmark is tried once before it counts: that tells whether it works, how long a run takes,
//! and whether it can be bound to one processor. From then on timed runs take turns, then profiled
//! ones. With a base to compare with, a run is a pair: one process of each side, back to back, in
//! alternating order, both on one processor. That is what makes small changes visible on a
//! machine that is not quiet (Bazhenov, "paired benchmarking"; Bulej et al. 2020, "Duet").

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use super::args::{LONGEST, MeasureArgs};
use super::benchmark::Benchmark;
use super::job::Job;
use super::launch::{Budget, Place};
use super::meters::Meters;
use super::profiling::Profiler;
use super::report;
use super::timing::Timer;
use crate::console::Console;
use crate::diff::{self, Options, Precision};
use crate::error::Error;
use crate::model::{LadderLevel, Measurement, Mode, Run, SortFew as _};
use crate::objects::Objects;
use crate::process::{self, ProcessError, processors};
use crate::record::{Recorder, ReferenceKernel, Turn, rotation};
use crate::symbolize::Symbolizer;

/// Timed runs of a benchmark that is measured alone, and pairs of one that is measured beside its
/// base, where neither the user nor the time says otherwise.
const RUNS: u32 = 10;
const PAIRS: u32 = 32;

/// Fewest of either, however long they take.
const FEWEST_RUNS: u32 = 5;
const FEWEST_PAIRS: u32 = 8;

/// Profiled runs or pairs.
const PROFILED: u32 = 6;

/// Time for the timed runs of one benchmark: so many are done as fit into it.
const TIME: Duration = Duration::from_secs(14);

/// The part of the time that goes to timed runs; the rest is for profiled ones.
const TIMING: f64 = 0.6;

/// Pairs that are added at a time, as long as there is time.
const STEP: usize = 8;

/// A zone to ask for where only the width of the interval matters.
const ANY: f64 = 0.01;

/// What both passes share.
pub(super) struct Pass<'a> {
    pub(super) arguments: &'a MeasureArgs,
    pub(super) recorder: Option<&'a Recorder>,
    /// This program's own executable, which repeats short programs.
    pub(super) myself: &'a Path,
    pub(super) place: Place<'a>,
    /// Where benchmarks report numbers of their own.
    pub(super) meters: &'a Meters,
}

impl Pass<'_> {
    /// Measures all benchmarks.
    ///
    /// # Errors
    /// Only when the user interrupts or a process cannot be started at all.
    pub(super) fn measure(&self, benchmarks: &mut [Benchmark<'_>]) -> Result<(), Error> {
        let console = self.place.console;
        let mut failures = Failures::default();
        for benchmark in benchmarks.iter() {
            failures.tell(benchmark, console);
        }
        let budget = Budget { warm_up: self.arguments.time / 2, measure: self.arguments.time };
        let reference = ReferenceKernel::new();
        let timer = Timer { budget, place: self.place, meters: self.meters, reference };
        if self.arguments.only_counts() {
            // There is nothing to time or profile: counting tells by itself what does not work.
            return Ok(());
        }
        let times = self.try_out(benchmarks, &timer, &mut failures)?;

        let number = benchmarks.iter().filter(|one| one.own.failure.is_none()).count();
        let runs: Vec<u32> = benchmarks
            .iter()
            .zip(&times)
            .map(|(one, time)| self.runs(one, *time, number))
            .collect();
        let profiled: Vec<u32> =
            benchmarks.iter().map(|one| self.profiled_runs(one, number)).collect();
        console.status(
            "Measuring",
            &report::announce(benchmarks, &times, &runs, &profiled, |job| self.profile_budget(job)),
        );

        let cpus = processors();
        let end = self.arguments.max_time.map(|time| Instant::now() + time.mul_f64(TIMING));
        let (timing, profiling) = (rotation(&runs), rotation(&profiled));
        let mut progress = console.progress("Timing", timing.len());
        for turn in timing {
            let benchmark = &mut benchmarks[turn.benchmark];
            if benchmark.own.failure.is_some() {
                progress.leave_out();
                continue;
            }
            progress.step(&format!("timing {}", benchmark.own.id));
            time(&timer, benchmark, turn, &cpus)?;
            failures.tell(benchmark, console);
        }
        drop(progress);
        self.narrow(benchmarks, &timer, &cpus, end, &mut failures)?;

        let Some(recorder) = self.recorder else { return Ok(()) };
        let objects = Objects::new();
        let mut profiler = Profiler {
            recorder,
            objects: &objects,
            own: Symbolizer::new(&objects),
            base: Symbolizer::new(&objects),
            myself: self.myself,
            place: self.place,
        };
        let mut progress = console.progress("Profiling", profiling.len());
        for turn in profiling {
            let benchmark = &mut benchmarks[turn.benchmark];
            if benchmark.own.failure.is_some() {
                progress.leave_out();
                continue;
            }
            progress.step(&format!("profiling {}", benchmark.own.id));
            benchmark.recorder = Some(recorder.info());
            profile(&mut profiler, benchmark, turn, self.profile_budget(&benchmark.own))?;
            failures.tell(benchmark, console);
        }
        Ok(())
    }

    /// Runs each benchmark once; what it measured does not count. Returns how long that took.
    fn try_out(
        &self,
        benchmarks: &mut [Benchmark<'_>],
        timer: &Timer<'_>,
        failures: &mut Failures,
    ) -> Result<Vec<Duration>, ProcessError> {
        let console = self.place.console;
        let mut progress = console.progress("Trying", benchmarks.len());
        let mut times = vec![Duration::ZERO; benchmarks.len()];
        for index in from_low_levels_on(benchmarks) {
            let stopped = failed_below(benchmarks, index);
            let benchmark = &mut benchmarks[index];
            if benchmark.own.failure.is_none()
                && let Some(level) = stopped
            {
                let status = format!("not run, since {level} failed");
                benchmark.own.fail(TRIAL.to_owned(), status, String::new());
            }
            if benchmark.own.failure.is_some() {
                progress.leave_out();
                continue;
            }
            progress.step(&format!("trying {}", benchmark.own.id));
            times[index] = self.try_one(benchmark, timer)?;
            failures.tell(benchmark, console);
        }
        Ok(times)
    }

    /// Runs both sides of a benchmark once.
    fn try_one(
        &self,
        benchmark: &mut Benchmark<'_>,
        timer: &Timer<'_>,
    ) -> Result<Duration, ProcessError> {
        let (run, crowd) = process::crowd(|| timer.run(&benchmark.own, None));
        let (time, alone) = match run? {
            Ok(timed) => (Duration::from_nanos(timed.run.wall_ns), works_alone(&timed.run, crowd)),
            Err((status, output)) => {
                benchmark.own.fail(TRIAL.to_owned(), status, output);
                return Ok(Duration::ZERO);
            }
        };
        benchmark.is_bound = Some(alone);
        if let Some(base) = &mut benchmark.base
            && base.failure.is_none()
        {
            let (run, crowd) = process::crowd(|| timer.run(base, None));
            match run? {
                // Both sides are bound or none is.
                Ok(timed) => benchmark.is_bound = Some(alone && works_alone(&timed.run, crowd)),
                Err((status, output)) => base.fail(TRIAL.to_owned(), status, output),
            }
        }
        Ok(time)
    }

    /// How many timed runs, or pairs of them, a benchmark gets whose runs take this long.
    fn runs(&self, benchmark: &Benchmark<'_>, time: Duration, benchmarks: usize) -> u32 {
        if benchmark.own.failure.is_some() {
            return 0;
        }
        if let Some(runs) = self.arguments.runs {
            return runs;
        }
        let (fewest, most, arms) = if benchmark.is_paired() {
            (FEWEST_PAIRS, PAIRS, 2.0)
        } else {
            (FEWEST_RUNS, RUNS, 1.0)
        };
        let mut budget = TIME.as_secs_f64();
        if let Some(all) = self.arguments.max_time {
            budget = budget.min(all.as_secs_f64() * TIMING / benchmarks.max(1) as f64);
        }
        let fit = budget / (arms * time.as_secs_f64().max(1e-3));
        (fit as u32).clamp(fewest, most)
    }

    /// How many profiled runs, or pairs of them.
    fn profiled_runs(&self, benchmark: &Benchmark<'_>, benchmarks: usize) -> u32 {
        let wanted = self.arguments.profile_runs.or(self.arguments.runs).unwrap_or(PROFILED);
        if self.recorder.is_none() || benchmark.own.failure.is_some() || wanted == 0 {
            return 0;
        }
        let Some(all) = self.arguments.max_time else { return wanted };
        let budget = self.profile_budget(&benchmark.own);
        let arms = if benchmark.is_paired() { 2.0 } else { 1.0 };
        let one = (budget.warm_up + budget.measure + report::RECORDER).as_secs_f64();
        let fit = all.as_secs_f64() * (1.0 - TIMING) / (benchmarks.max(1) as f64 * arms * one);
        (fit as u32).clamp(1, wanted)
    }

    /// Adds pairs where the change is known least: until it is known as precisely as was asked
    /// for, each time as many as there are, or until the time is over.
    fn narrow(
        &self,
        benchmarks: &mut [Benchmark<'_>],
        timer: &Timer<'_>,
        cpus: &[usize],
        end: Option<Instant>,
        failures: &mut Failures,
    ) -> Result<(), ProcessError> {
        let is_asked = self.arguments.precision.is_some() || end.is_some();
        if !is_asked || self.arguments.runs == Some(0) {
            return Ok(());
        }
        let console = self.place.console;
        let mut looks = vec![1_u32; benchmarks.len()];
        let number = benchmarks.len();
        loop {
            let widest = benchmarks
                .iter()
                .enumerate()
                .filter_map(|(index, one)| Some((index, self.open(one, looks[index], number)?)))
                .max_by(|(_, a), (_, b)| a.half_width.total_cmp(&b.half_width));
            let Some((index, known)) = widest else { return Ok(()) };
            looks[index] += 1;
            let benchmark = &mut benchmarks[index];
            let begun = benchmark.own.timing.runs.len();
            let more = if self.arguments.precision.is_some() { begun } else { STEP };
            let mut progress = console.progress("Narrowing", more);
            for run in begun..begun + more {
                if end.is_some_and(|end| Instant::now() >= end) {
                    return Ok(());
                }
                if !benchmark.is_paired() || benchmark.own.failure.is_some() {
                    break;
                }
                progress.step(&format!(
                    "timing {}, so far {:+.2} % ± {:.2}",
                    benchmark.own.id,
                    100.0 * known.ratio,
                    100.0 * known.half_width
                ));
                let run = u32::try_from(run).unwrap_or(u32::MAX);
                time(timer, benchmark, Turn { run, benchmark: index }, cpus)?;
                failures.tell(benchmark, console);
            }
        }
    }

    /// What the pairs so far say, where more of them are wanted.
    fn open(&self, benchmark: &Benchmark<'_>, looks: u32, benchmarks: usize) -> Option<Precision> {
        let base = benchmark.base.as_ref().filter(|_| benchmark.is_paired())?;
        if benchmark.own.failure.is_some() {
            return None;
        }
        let differences = diff::differences(&base.timing, &benchmark.own.timing);
        let zone = self.arguments.precision.unwrap_or(ANY);
        let planned = self.arguments.looks();
        let known = diff::precision(&differences, planned as usize, zone, &Options::default())?;
        let is_open = match self.arguments.precision {
            // So few pairs may be of one sign by chance that no verdict follows from them.
            Some(_) => {
                let least = 2_f64.powi(1 - known.pairs.min(1000) as i32);
                let is_open = known.decided.is_none() || least * benchmarks as f64 >= known.level;
                is_open && looks < planned
            }
            None => true,
        };
        is_open.then_some(known)
    }

    /// The time of one profiled run. criterion's own `--profile-time` is for all of them together.
    fn profile_budget(&self, job: &Job<'_>) -> Budget {
        let asked = job.split.profile_time.map(|time| time.min(LONGEST));
        let runs = self.arguments.profile_runs.or(self.arguments.runs).unwrap_or(PROFILED);
        let asked = asked.map(|time| Duration::from_secs_f64(time) / runs.max(1));
        let measure = asked.unwrap_or(self.arguments.profile_time);
        Budget { warm_up: self.arguments.time / 2, measure }
    }
}

/// What goes wrong before anything counts.
const TRIAL: &str = "trial run";

/// All benchmarks, levels of a ladder from the lowest on.
fn from_low_levels_on(benchmarks: &[Benchmark<'_>]) -> Vec<usize> {
    let load = |index: &usize| {
        LadderLevel::of(&benchmarks[*index].own.id.benchmark).map_or(0.0, |level| level.load)
    };
    let mut order: Vec<usize> = (0..benchmarks.len()).collect();
    order.sort_few_by(|a, b| load(a).total_cmp(&load(b)));
    order
}

/// The level of the same ladder below this one that failed.
fn failed_below(benchmarks: &[Benchmark<'_>], index: usize) -> Option<String> {
    let id = &benchmarks[index].own.id;
    let own = LadderLevel::of(&id.benchmark)?;
    let lower = benchmarks.iter().map(|one| &one.own).filter(|job| job.failure.is_some());
    lower
        .filter(|job| (&job.id.package, &job.id.target) == (&id.package, &id.target))
        .filter_map(|job| LadderLevel::of(&job.id.benchmark))
        .find(|level| own.is_above(level))
        .map(|level| format!("{}={}", level.parameter, level.level))
}

/// One timed run, or a pair.
fn time(
    timer: &Timer<'_>,
    benchmark: &mut Benchmark<'_>,
    turn: Turn,
    cpus: &[usize],
) -> Result<(), ProcessError> {
    let cpu = benchmark.is_bound.filter(|bound| *bound).and_then(|_| turn.processor(cpus));
    let (own, base) = in_turn(benchmark, turn, |job| timer.run(job, cpu))?;
    benchmark.add_times(&format!("timing run {}", turn.run + 1), own, base);
    Ok(())
}

/// One profiled run, or a pair. Not bound to a processor: the recorder would share it.
fn profile(
    profiler: &mut Profiler<'_>,
    benchmark: &mut Benchmark<'_>,
    turn: Turn,
    budget: Budget,
) -> Result<(), ProcessError> {
    let mut stacks = benchmark.stacks;
    let (own, base) = in_turn(benchmark, turn, |job| profiler.run(job, &mut stacks, budget))?;
    benchmark.stacks = stacks;
    benchmark.add_samples(&format!("profiling run {}", turn.run + 1), profiler, own, base);
    Ok(())
}

/// Runs the one side, or both in the order that the turn says.
fn in_turn<'a, T>(
    benchmark: &Benchmark<'a>,
    turn: Turn,
    mut run: impl FnMut(&Job<'a>) -> Result<T, ProcessError>,
) -> Result<(T, Option<T>), ProcessError> {
    let base = benchmark.base.as_ref().filter(|_| benchmark.is_paired());
    match base {
        None => Ok((run(&benchmark.own)?, None)),
        Some(base) if turn.is_base_first() => {
            let first = run(base)?;
            Ok((run(&benchmark.own)?, Some(first)))
        }
        Some(base) => {
            let first = run(&benchmark.own)?;
            Ok((first, Some(run(base)?)))
        }
    }
}

/// Whether a run kept one processor busy at most, and waited for nobody: such a benchmark loses
/// nothing when it is bound to one processor. Others would run in another way there, and a pool of
/// threads would be made as small as the processors that it sees. `crowd` is the share of time in
/// which it could have kept two busy, whether or not it got them.
fn works_alone(run: &Run, crowd: Option<f64>) -> bool {
    let Some(resources) = run.resources else { return false };
    // Of whole processes these are per execution, of which a run has many.
    let wall = match &run.measurement {
        Measurement::Batches { mode: Mode::Process, batches } => {
            let times = batches.iter().map(|batch| batch.nanoseconds);
            times.sum::<f64>() / batches.len().max(1) as f64
        }
        _ => run.wall_ns as f64,
    };
    let busy = (resources.user_ns + resources.system_ns) as f64;
    let waits = resources.voluntary_switches.saturating_sub(WAITS) as f64;
    let is_crowded = crowd.is_some_and(|share| share > CROWDED);
    !is_crowded && busy <= 1.1 * wall && waits <= 50.0 * wall / 1e9
}

/// The part of a run that a harness may use several threads for without the benchmark being one of
/// several: criterion computes intervals so.
const CROWDED: f64 = 0.25;

/// Waits that starting and ending a process costs, which say nothing of what it does.
const WAITS: u64 = 20;

/// Says what went wrong with a benchmark. What others said already is not said again.
#[derive(Default)]
struct Failures(HashSet<String>);

impl Failures {
    fn tell(&mut self, benchmark: &Benchmark<'_>, console: &Console) {
        let Some(failure) = &benchmark.own.failure else {
            return self.tell_of_base(benchmark, console);
        };
        let mut text =
            format!("{} failed ({}): {}", benchmark.own.id, failure.stage, failure.status);
        if !failure.output.is_empty() {
            let is_new = self.0.insert(failure.output.clone());
            text.push_str(if is_new { ":\n" } else { ", with the same output as above" });
            text.push_str(if is_new { &failure.output } else { "" });
        }
        console.warning(&text);
    }

    fn tell_of_base(&mut self, benchmark: &Benchmark<'_>, console: &Console) {
        let Some(failure) = benchmark.base.as_ref().and_then(|base| base.failure.as_ref()) else {
            return;
        };
        if self.0.insert(format!("base {}", benchmark.own.id)) {
            console.warning(&format!(
                "{} is measured alone: the base's executable failed ({}): {}",
                benchmark.own.id, failure.stage, failure.status
            ));
        }
    }
}
