//! The first pass: one run without a profiler.

use std::path::Path;
use std::time::{Duration, Instant};

use super::job::Job;
use super::launch::{self, Budget, Place};
use super::meters::{Meters, together};
use crate::ingest::metrics::Reported;
use crate::ingest::{criterion, divan, libtest};
use crate::model::{Batch, Harness, Measurement, Mode, Resources, Run, Throughput};
use crate::process::{Command, Output, ProcessError, Status, failure_tail};
use crate::record::ReferenceKernel;

/// Most executions of a whole process in one run.
const MOST_EXECUTIONS: usize = 1000;

/// What all timed runs share.
pub(super) struct Timer<'a> {
    pub(super) budget: Budget,
    pub(super) place: Place<'a>,
    pub(super) meters: &'a Meters,
    pub(super) reference: ReferenceKernel,
}

/// What one timed run gave; else how it ended, and the tail of its output.
pub(super) type Timed = Result<TimedRun, (String, String)>;

/// What one timed run gave.
pub(super) struct TimedRun {
    /// The times.
    pub(super) run: Run,
    /// The work declared per iteration.
    pub(super) throughput: Option<Throughput>,
    /// Numbers that the benchmark reported of itself.
    pub(super) metrics: Vec<Reported>,
}

impl Timer<'_> {
    /// Runs a benchmark once (a whole process: as often as fits into the time), on one processor
    /// where `cpu` names one, and looks before and after it how fast that is.
    ///
    /// # Errors
    /// Only when the user interrupts or the process cannot be started at all.
    pub(super) fn run(&self, job: &Job<'_>, cpu: Option<usize>) -> Result<Timed, ProcessError> {
        let (result, reference) = self.reference.around(cpu, || self.run_alone(job, cpu));
        let mut timed = result?;
        if let Ok(timed) = &mut timed {
            timed.run.reference = reference;
        }
        Ok(timed)
    }

    fn run_alone(&self, job: &Job<'_>, cpu: Option<usize>) -> Result<Timed, ProcessError> {
        let home = self.place.scratch.join("criterion");
        let mut command = launch::command(job, self.budget, &home, self.place.timeout);
        command.cpu = cpu;
        if job.is_whole_process() {
            return self.repeat(&command, job);
        }
        let output = self.place.run(&command)?;
        let result = finished(&output).and_then(|()| {
            measured(job.harness(), job.listed_name(), &output, &home)
                .map_err(|error| (format!("{}, but {error}", output.status), failure_tail(&output)))
        });
        let _ = fs_err::remove_dir_all(&home);
        let metrics = self.metrics(job, &output);
        Ok(result.and_then(|(measurement, throughput)| {
            let wall_ns = nanoseconds(output.wall);
            let resources = output.resources;
            let run = Run { measurement, wall_ns, resources, reference: None };
            Ok(TimedRun { run, throughput, metrics: metrics? })
        }))
    }

    /// What a process reported of itself; such a report may say that it failed.
    fn metrics(&self, job: &Job<'_>, output: &Output) -> Result<Vec<Reported>, (String, String)> {
        let failed = |error| (format!("{}, but {error}", output.status), failure_tail(output));
        self.meters.take(&job.id).map_err(failed)
    }

    /// Executes a whole process until the time is over, at least once. The first execution warms up
    /// caches and is left out when there is time for others.
    fn repeat(&self, command: &Command, job: &Job<'_>) -> Result<Timed, ProcessError> {
        let (time, place) = (self.budget.measure, &self.place);
        let mut reported = Vec::new();
        let start = Instant::now();
        let mut batches = Vec::new();
        let mut resources: Vec<Resources> = Vec::new();
        let mut warm = false;
        place.console.verbose("Running", &format!("{}, again and again", command.display()));
        loop {
            let output = place.session.run(command)?;
            if let Err(failure) = finished(&output) {
                return Ok(Err(failure));
            }
            if job.harness() == Harness::Libtest
                && let Err(error) = libtest::parse_outcome(&String::from_utf8_lossy(&output.stdout))
            {
                return Ok(Err((format!("{}, but {error}", output.status), failure_tail(&output))));
            }
            let metrics = match self.metrics(job, &output) {
                Ok(metrics) => metrics,
                Err(failure) => return Ok(Err(failure)),
            };
            if !warm && start.elapsed() * 2 < time {
                warm = true;
                continue;
            }
            warm = true;
            batches.push(Batch { iterations: 1.0, nanoseconds: nanoseconds(output.wall) as f64 });
            resources.extend(output.resources);
            reported.push(metrics);
            if start.elapsed() >= time || batches.len() >= MOST_EXECUTIONS {
                break;
            }
        }
        let run = Run {
            wall_ns: nanoseconds(start.elapsed()),
            resources: per_execution(&resources),
            measurement: Measurement::Batches { mode: Mode::Process, batches },
            reference: None,
        };
        Ok(Ok(TimedRun { run, throughput: None, metrics: together(reported) }))
    }
}

/// What a harness measured in a process that ended well, and the work it declares per iteration.
/// The error says what is missing.
pub(super) fn measured(
    harness: Harness,
    benchmark: &str,
    output: &Output,
    home: &Path,
) -> Result<(Measurement, Option<Throughput>), String> {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let nothing = || "it reported no time".to_owned();
    match harness {
        Harness::Criterion => {
            if !home.is_dir() {
                return Err(nothing());
            }
            let mut results = criterion::read(home).map_err(|error| error.to_string())?;
            let exact = results.iter().position(|result| result.full_id == benchmark);
            let index = exact.or((results.len() == 1).then_some(0)).ok_or_else(nothing)?;
            let result = results.swap_remove(index);
            Ok((result.measurement, result.throughput))
        }
        Harness::Divan => {
            let mut results = divan::parse(&stdout).map_err(|error| error.to_string())?;
            let exact = results.iter().position(|result| result.path == benchmark);
            let index = exact.or((results.len() == 1).then_some(0)).ok_or_else(nothing)?;
            Ok((results.swap_remove(index).measurement, None))
        }
        Harness::Libtest | Harness::Process => {
            let results = libtest::parse_bench(&stdout);
            let result = results.into_iter().find(|result| result.path == benchmark);
            Ok((result.ok_or_else(nothing)?.measurement, None))
        }
    }
}

/// The inner error: how it ended, and the tail of its output.
pub(super) fn finished(output: &Output) -> Result<(), (String, String)> {
    match output.status {
        Status::Exited(0) => Ok(()),
        status => Err((status.to_string(), failure_tail(output))),
    }
}

/// What one execution used on average; the largest resident set of all.
fn per_execution(all: &[Resources]) -> Option<Resources> {
    let count = u64::try_from(all.len()).ok().filter(|&count| count > 0)?;
    let mean = |value: fn(&Resources) -> u64| all.iter().map(value).sum::<u64>() / count;
    Some(Resources {
        user_ns: mean(|r| r.user_ns),
        system_ns: mean(|r| r.system_ns),
        peak_rss_bytes: all.iter().map(|r| r.peak_rss_bytes).max()?,
        minor_faults: mean(|r| r.minor_faults),
        major_faults: mean(|r| r.major_faults),
        voluntary_switches: mean(|r| r.voluntary_switches),
        involuntary_switches: mean(|r| r.involuntary_switches),
    })
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_per_execution() {
        let one = Resources { user_ns: 10, peak_rss_bytes: 5, ..Resources::default() };
        let two = Resources { user_ns: 30, peak_rss_bytes: 7, ..Resources::default() };
        let mean = per_execution(&[one, two]).unwrap();
        assert_eq!((mean.user_ns, mean.peak_rss_bytes), (20, 7));
        assert_eq!(per_execution(&[]), None);
    }
}
