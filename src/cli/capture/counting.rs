//! The third pass: instructions and allocations, counted under valgrind.
//!
//! What is counted does not depend on what else the machine does, so benchmarks take no turns, and
//! several run at a time. Each is counted twice, which tells whether its counts repeat; where they
//! do not (a hash map's random keys, the luck of threads) more runs tell how much they spread.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use super::benchmark::Benchmark;
use super::job::Job;
use super::launch::{self, Place};
use super::store::Names;
use super::timing::finished;
use crate::ingest::{callgrind, dhat};
use crate::model::{BenchmarkId, CountKind, ProfileBuilder, Recording};
use crate::objects::Objects;
use crate::process::{ProcessError, failure_tail, processors};
use crate::record::{Tool, Valgrind};
use crate::store::Arm;
use crate::symbolize::Symbolizer;

/// Runs that tell whether counts repeat, and runs where they do not.
const RUNS: usize = 2;
const UNSTEADY_RUNS: usize = 5;

/// What one tool counts.
pub(super) fn kind(tool: Tool) -> CountKind {
    match tool {
        Tool::Callgrind => CountKind::Instructions,
        Tool::Dhat => CountKind::Allocations,
    }
}

/// What was counted of a benchmark: one kind, before normalising.
pub(super) struct Counted {
    pub(super) kind: CountKind,
    /// Iterations of each run.
    pub(super) iterations: u64,
    /// All runs' counts.
    pub(super) profile: ProfileBuilder,
    /// What was counted beside, all runs: [`UNFREED`], or an event that callgrind simulates.
    pub(super) extras: Vec<(String, ProfileBuilder)>,
    /// Most bytes that each run's process held at one time; `None` where that was not counted.
    pub(super) peak_bytes: Vec<Option<u64>>,
}

/// Bytes that were allocated and never freed.
pub(super) const UNFREED: &str = "unfreed";

/// What one run gave.
struct Reading {
    counts: Recording,
    /// What was counted beside.
    extras: Vec<(String, Recording)>,
    peak_bytes: Option<u64>,
}

/// That; else how the run ended, and the tail of its output.
type Read = Result<Reading, (String, String)>;

/// One run to be.
struct Task {
    benchmark: usize,
    arm: Arm,
    counter: usize,
}

/// Counts benchmarks.
pub(super) struct Counter<'a> {
    pub(super) counters: &'a [Valgrind],
    /// What the base's own capture has already.
    pub(super) known_of_base: &'a HashSet<(BenchmarkId, CountKind)>,
    /// What names in profiles of both arms are normalised by.
    pub(super) names: &'a [Names<'a>; 2],
    pub(super) place: Place<'a>,
}

impl Counter<'_> {
    /// Counts all benchmarks that work.
    ///
    /// # Errors
    /// When the user interrupts or a process cannot be started at all.
    pub(super) fn count(&self, benchmarks: &mut [Benchmark<'_>]) -> Result<(), ProcessError> {
        let objects = Objects::new();
        let mut symbolizers = [Symbolizer::new(&objects), Symbolizer::new(&objects)];
        let mut tasks = Vec::new();
        for (index, benchmark) in benchmarks.iter().enumerate() {
            for (counter, valgrind) in self.counters.iter().enumerate() {
                let task = |arm| Task { benchmark: index, arm, counter };
                if benchmark.own.failure.is_none() {
                    tasks.extend((0..RUNS).map(|_| task(Arm::Own)));
                }
                let is_known = |job: &Job<'_>| {
                    self.known_of_base.contains(&(job.id.clone(), kind(valgrind.tool())))
                };
                if let Some(base) = &benchmark.base
                    && base.failure.is_none()
                    && !is_known(base)
                {
                    tasks.extend((0..RUNS).map(|_| task(Arm::Base)));
                }
            }
        }
        self.run(benchmarks, &tasks, &objects, &mut symbolizers)?;
        let unsteady: Vec<Task> = tasks
            .iter()
            .step_by(RUNS)
            .filter(|task| {
                let kind = kind(self.counters[task.counter].tool());
                let names = &self.names[usize::from(task.arm == Arm::Own)];
                job(benchmarks, task)
                    .is_some_and(|job| job.failure.is_none() && differs(job, kind, names))
            })
            .flat_map(|task| {
                let Task { benchmark, arm, counter } = *task;
                (RUNS..UNSTEADY_RUNS).map(move |_| Task { benchmark, arm, counter })
            })
            .collect();
        self.run(benchmarks, &unsteady, &objects, &mut symbolizers)
    }

    /// Runs several tasks at a time; what they give is added in their order, so that the same counts
    /// make the same files.
    fn run<'o>(
        &self,
        benchmarks: &mut [Benchmark<'_>],
        tasks: &[Task],
        objects: &'o Objects,
        symbolizers: &mut [Symbolizer<'o>; 2],
    ) -> Result<(), ProcessError> {
        if tasks.is_empty() {
            return Ok(());
        }
        let mut progress = self.place.console.progress("Counting", tasks.len());
        let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        // Commands are made before, so that results can be added meanwhile.
        let commands: Vec<_> = tasks
            .iter()
            .enumerate()
            .map(|(number, task)| {
                let home = self.home(number);
                let job = job(benchmarks, task)?;
                Some(launch::once(job, &home, self.place.timeout))
            })
            .collect();
        let (sender, receiver) = mpsc::channel();
        let work = |sender: mpsc::Sender<(usize, Result<Read, ProcessError>)>| {
            while !is_over.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let (Some(task), Some(command)) = (tasks.get(number), commands.get(number)) else {
                    return;
                };
                let Some(command) = command else { continue };
                let valgrind = &self.counters[task.counter];
                let reading = self.one(valgrind, command, number, objects);
                if sender.send((number, reading)).is_err() {
                    return;
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..processors().len().clamp(1, tasks.len()) {
                let sender = sender.clone();
                scope.spawn(|| work(sender));
            }
            drop(sender);
            let mut waiting = BTreeMap::new();
            let mut turn = 0;
            let mut result = Ok(());
            for (number, reading) in receiver {
                match reading {
                    Ok(reading) => {
                        waiting.insert(number, reading);
                    }
                    Err(error) => {
                        is_over.store(true, Ordering::Relaxed);
                        result = Err(error);
                    }
                }
                while let Some(reading) = waiting.remove(&turn) {
                    let task = &tasks[turn];
                    progress.step(&format!("counting {}", benchmarks[task.benchmark].own.id));
                    self.add(benchmarks, task, reading, symbolizers);
                    turn += 1;
                }
            }
            result
        })
    }

    fn home(&self, number: usize) -> PathBuf {
        self.place.scratch.join(format!("counting-{number}"))
    }

    fn one(
        &self,
        valgrind: &Valgrind,
        command: &crate::process::Command,
        number: usize,
        objects: &Objects,
    ) -> Result<Read, ProcessError> {
        let home = self.home(number);
        if let Err(error) = fs_err::create_dir_all(&home) {
            return Ok(Err((error.to_string(), String::new())));
        }
        let file = home.join(valgrind.file_name());
        let output = self.place.run(&valgrind.wrap(command, &file))?;
        let reading = finished(&output).and_then(|()| {
            read(valgrind.tool(), &file, objects)
                .map_err(|error| (format!("{}, but {error}", output.status), failure_tail(&output)))
        });
        let _ = fs_err::remove_dir_all(&home);
        Ok(reading)
    }

    fn add(
        &self,
        benchmarks: &mut [Benchmark<'_>],
        task: &Task,
        reading: Read,
        symbolizers: &mut [Symbolizer<'_>; 2],
    ) {
        let valgrind = &self.counters[task.counter];
        let benchmark = &mut benchmarks[task.benchmark];
        let (job, symbolizer) = match task.arm {
            Arm::Own => (&mut benchmark.own, &mut symbolizers[0]),
            Arm::Base => match &mut benchmark.base {
                Some(base) => (base, &mut symbolizers[1]),
                None => return,
            },
        };
        let reading = match reading {
            Ok(reading) => reading,
            Err((status, output)) => {
                let stage = format!("counting with {}", valgrind.tool().name());
                job.fail(stage, status, output);
                return;
            }
        };
        let kind = kind(valgrind.tool());
        let at = job.counts.iter().position(|counted| counted.kind == kind).unwrap_or_else(|| {
            job.counts.push(Counted {
                kind,
                iterations: u64::from(Valgrind::ITERATIONS),
                profile: ProfileBuilder::new(kind.weight()),
                extras: Vec::new(),
                peak_bytes: Vec::new(),
            });
            job.counts.len() - 1
        });
        let name = job.executable.path.file_name().unwrap_or_default().to_string_lossy();
        let counted = &mut job.counts[at];
        let run = u32::try_from(counted.peak_bytes.len()).unwrap_or(u32::MAX);
        symbolizer.append(&reading.counts, run, &name, &mut counted.profile);
        for (what, recording) in reading.extras {
            let known = counted.extras.iter().position(|(known, _)| *known == what);
            let at = known.unwrap_or_else(|| {
                counted.extras.push((what, ProfileBuilder::new(recording.weight)));
                counted.extras.len() - 1
            });
            symbolizer.append(&recording, run, &name, &mut counted.extras[at].1);
        }
        counted.peak_bytes.push(reading.peak_bytes);
    }
}

fn job<'b, 'a>(benchmarks: &'b [Benchmark<'a>], task: &Task) -> Option<&'b Job<'a>> {
    let benchmark = &benchmarks[task.benchmark];
    match task.arm {
        Arm::Own => Some(&benchmark.own),
        Arm::Base => benchmark.base.as_ref(),
    }
}

/// Whether the runs so far differ in the benchmark's own work.
fn differs(job: &Job<'_>, kind: CountKind, names: &Names<'_>) -> bool {
    let counted = job.counts.iter().find(|counted| counted.kind == kind);
    counted.is_some_and(|counted| names.counts(job, counted).summary.is_repeatable == Some(false))
}

fn read(tool: Tool, file: &Path, objects: &Objects) -> Result<Reading, String> {
    match tool {
        Tool::Callgrind => {
            let callgrind::Reading { recording, columns } =
                callgrind::read(file, objects).map_err(|error| told(&error))?;
            let extras = columns.into_iter().map(|column| {
                let mut of = recording.clone();
                for (sample, count) in of.samples.iter_mut().zip(column.counts) {
                    sample.weight = count;
                }
                (column.event, of)
            });
            Ok(Reading { extras: extras.collect(), counts: recording, peak_bytes: None })
        }
        Tool::Dhat => {
            let reading = dhat::read(file, objects).map_err(|error| told(&error))?;
            let peak = reading.peak.samples.iter().map(|sample| sample.weight).sum();
            Ok(Reading {
                counts: reading.allocated,
                extras: vec![(UNFREED.to_owned(), reading.kept)],
                peak_bytes: Some(peak),
            })
        }
    }
}

/// An error with its causes, in one line.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
