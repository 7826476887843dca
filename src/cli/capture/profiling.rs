//! The second pass: one run under the recorder, read and symbolicated at once.

use std::path::Path;
use std::time::Duration;

use super::job::Job;
use super::launch::{self, Budget, Place};
use super::timing::{finished, measured};
use crate::ingest;
use crate::model::{Measurement, ProfileBuilder, Recording};
use crate::objects::Objects;
use crate::process::{Command, ProcessError, failure_tail};
use crate::record::{self, Recorder, Stacks, read_report, repeat_arguments};
use crate::stats;
use crate::store::Arm;
use crate::symbolize::Symbolizer;

/// What all profiled runs share.
pub(super) struct Profiler<'a> {
    pub(super) recorder: &'a Recorder,
    pub(super) objects: &'a Objects,
    /// Of each side one: it knows functions by their names, and one file of each.
    pub(super) own: Symbolizer<'a>,
    pub(super) base: Symbolizer<'a>,
    /// This program's own executable, which repeats short ones.
    pub(super) myself: &'a Path,
    pub(super) place: Place<'a>,
}

/// Share of incomplete stacks from which on another way of taking them is tried.
const INCOMPLETE: f64 = 0.03;

/// What one profiled run gave: time per iteration in ns, and samples; else how it ended, and the
/// tail of its output.
pub(super) type Recorded = Result<(Option<f64>, Recording), (String, String)>;

impl Profiler<'_> {
    /// Runs a benchmark once under the recorder. `stacks` is how its stacks are taken; where that
    /// is not known yet and the first run's stacks are not whole, other ways are tried, and the
    /// one that leaves fewest incomplete is this benchmark's from then on.
    ///
    /// # Errors
    /// Only when the user interrupts or the recorder cannot be started at all.
    pub(super) fn run(
        &self,
        job: &Job<'_>,
        stacks: &mut Option<Stacks>,
        budget: Budget,
    ) -> Result<Recorded, ProcessError> {
        if matches!(self.recorder, Recorder::Embedded(_))
            && let Some(reason) = record::unsuitable(&job.executable.path)
        {
            return Ok(Err((format!("cannot be sampled from within: {reason}"), String::new())));
        }
        let ways = self.recorder.stacks();
        if let Some(stacks) = *stacks {
            return self.record(job, stacks, budget);
        }
        let mut best = self.record(job, ways[0], budget)?;
        *stacks = Some(ways[0]);
        for &way in &ways[1..] {
            let Ok((_, recording)) = &best else { break };
            let incomplete = incomplete(recording);
            if incomplete <= INCOMPLETE {
                break;
            }
            let other = self.record(job, way, budget)?;
            if other.as_ref().is_ok_and(|(_, other)| self::incomplete(other) < incomplete) {
                *stacks = Some(way);
                best = other;
            }
        }
        Ok(best)
    }

    /// Adds the samples of a run to the job's profile.
    pub(super) fn add(
        &mut self,
        job: &mut Job<'_>,
        arm: Arm,
        (iteration, recording): (Option<f64>, Recording),
    ) {
        let run = u32::try_from(job.iteration_ns.len()).unwrap_or(u32::MAX);
        let builder = job.profile.get_or_insert_with(|| ProfileBuilder::new(recording.weight));
        let name = job.executable.path.file_name().unwrap_or_default().to_string_lossy();
        let symbolizer = match arm {
            Arm::Own => &mut self.own,
            Arm::Base => &mut self.base,
        };
        job.health += symbolizer.append(&recording, run, &name, builder);
        job.iteration_ns.push(iteration);
    }

    fn record(
        &self,
        job: &Job<'_>,
        stacks: Stacks,
        budget: Budget,
    ) -> Result<Recorded, ProcessError> {
        let file = self.place.scratch.join(self.recorder.file_name());
        let home = self.place.scratch.join("criterion");
        let report = self.place.scratch.join("executions");
        let mut target = launch::command(job, budget, &home, self.place.timeout);
        if job.is_whole_process() {
            target = repeated(&target, self.myself, budget.measure, &report);
        }
        let output = self.place.run(&self.recorder.wrap(&target, &file, stacks))?;
        let recorded = finished(&output).and_then(|()| {
            let explain =
                |error: String| (format!("{}, but {error}", output.status), failure_tail(&output));
            let iteration = if job.is_whole_process() {
                let text = fs_err::read_to_string(&report).unwrap_or_default();
                let times: Vec<f64> = read_report(&text).into_iter().map(|ns| ns as f64).collect();
                stats::median(&times)
            } else {
                let (measurement, _) =
                    measured(job.harness(), job.listed_name(), &output, &home).map_err(explain)?;
                typical(&measurement)
            };
            Ok((iteration, self.read(&file).map_err(explain)?))
        });
        let _ = fs_err::remove_dir_all(&home);
        let _ = fs_err::remove_file(&file);
        Ok(recorded)
    }

    fn read(&self, file: &Path) -> Result<Recording, String> {
        match self.recorder {
            Recorder::Perf(_) => {
                let options = ingest::perf::Options::default();
                let reading = ingest::perf::read(file, self.objects, options);
                reading.map(|reading| reading.recording).map_err(|error| error.to_string())
            }
            Recorder::Samply(_) => ingest::samply::read(file).map_err(|error| error.to_string()),
            Recorder::Embedded(_) => {
                ingest::embedded::read(file, self.objects).map_err(|error| error.source.to_string())
            }
        }
    }
}

/// Share of samples whose outermost callers are missing.
fn incomplete(recording: &Recording) -> f64 {
    recording.health.truncated as f64 / recording.health.samples.max(1) as f64
}

/// The command that executes `target` over and over, by this executable itself.
fn repeated(target: &Command, myself: &Path, time: Duration, report: &Path) -> Command {
    let mut program = vec![target.program.clone()];
    program.extend(target.args.iter().cloned());
    Command {
        program: myself.into(),
        args: repeat_arguments(time.as_secs_f64(), report, &program),
        ..target.clone()
    }
}

/// The median time per iteration in ns: preempted batches do not move it.
fn typical(measurement: &Measurement) -> Option<f64> {
    match measurement {
        Measurement::Batches { batches, .. } => {
            let times: Vec<f64> =
                batches.iter().map(|batch| batch.nanoseconds / batch.iterations).collect();
            stats::median(&times)
        }
        Measurement::Summary(summary) => Some(summary.median),
    }
}
