//! The third pass: instructions and allocations, counted under valgrind.
//!
//! What is counted does not depend on what else the machine does, so benchmarks take no turns, and
//! several run at a time. Each is counted twice, which tells whether its counts repeat; where they
//! do not (a hash map's random keys, the luck of threads) more runs tell how much they spread.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use super::benchmark::Benchmark;
use super::job::Job;
use super::launch::{self, Place};
use super::store::Names;
use super::timing::finished;
use crate::console::Console;
use crate::ingest::{callgrind, dhat};
use crate::model::{BenchmarkId, CountKind, ProfileBuilder, RawSample, Recording};
use crate::objects::Objects;
use crate::process::{ProcessError, failure_tail, processors};
use crate::record::{Tool, Valgrind};
use crate::store::Arm;
use crate::symbolize::Symbolizer;

/// Runs that tell whether counts repeat, and runs where they do not.
const RUNS: usize = 2;
const UNSTEADY_RUNS: usize = 5;

/// What is known of benchmarks of the base.
pub(super) type KnownCounts = HashSet<(BenchmarkId, CountKind)>;

/// Whether all that a tool counts is known of a benchmark.
pub(super) fn is_known(known: &KnownCounts, id: &BenchmarkId, valgrind: &Valgrind) -> bool {
    kinds(valgrind).all(|kind| known.contains(&(id.clone(), kind)))
}

/// What a tool counts, as it is called.
fn kinds(valgrind: &Valgrind) -> impl Iterator<Item = CountKind> {
    let plain = match valgrind.tool() {
        Tool::Callgrind => CountKind::Instructions,
        Tool::Dhat => CountKind::Allocations,
    };
    std::iter::once(plain).chain(valgrind.events().into_iter().map(CountKind::Event))
}

/// What was counted of a benchmark: one kind, before normalising.
pub(super) struct Counted {
    pub(super) kind: CountKind,
    /// Iterations of each run.
    pub(super) iterations: u64,
    /// All runs' counts.
    pub(super) profile: ProfileBuilder,
    /// Bytes that were allocated and never freed, all runs; `None` where that was not counted.
    pub(super) unfreed: Option<ProfileBuilder>,
    /// Most bytes that each run's process held at one time; `None` where that was not counted.
    pub(super) peak_bytes: Vec<Option<u64>>,
}

/// What one run gave.
struct Reading {
    /// What all kinds have in common.
    recording: Recording,
    /// What was counted.
    kinds: Vec<(CountKind, Vec<RawSample>)>,
    unfreed: Option<Recording>,
    peak_bytes: Option<u64>,
}

/// That; else how the run ended, and the tail of its output.
type Read = Result<Reading, (String, String)>;

/// One run to be.
#[derive(Clone, Copy)]
struct Task {
    benchmark: usize,
    arm: Arm,
    counter: usize,
}

/// Counts benchmarks.
pub(super) struct Counter<'a> {
    pub(super) counters: &'a [Valgrind],
    /// What the base's own capture has already.
    pub(super) known_of_base: &'a KnownCounts,
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
        let mut unseen = Unseen::default();
        for (index, benchmark) in benchmarks.iter().enumerate() {
            for (counter, valgrind) in self.counters.iter().enumerate() {
                let twice = |arm| [Task { benchmark: index, arm, counter }; RUNS];
                let mut is_seen = |job: &Job<'_>| unseen.is_seen(valgrind, job, &objects);
                if benchmark.own.failure.is_none() && is_seen(&benchmark.own) {
                    tasks.extend(twice(Arm::Own));
                }
                let is_known = |job: &Job<'_>| is_known(self.known_of_base, &job.id, valgrind);
                if let Some(base) = &benchmark.base
                    && base.failure.is_none()
                    && !is_known(base)
                    && is_seen(base)
                {
                    tasks.extend(twice(Arm::Base));
                }
            }
        }
        unseen.tell(self.place.console);
        self.run(benchmarks, &tasks, &objects, &mut symbolizers)?;
        let unsteady: Vec<Task> = tasks
            .iter()
            .step_by(RUNS)
            .filter(|task| {
                let valgrind = &self.counters[task.counter];
                let names = &self.names[usize::from(task.arm == Arm::Own)];
                job(benchmarks, task)
                    .is_some_and(|job| job.failure.is_none() && differs(job, valgrind, names))
            })
            .flat_map(|task| (RUNS..UNSTEADY_RUNS).map(|_| *task))
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
        let Reading { mut recording, kinds, unfreed, peak_bytes } = match reading {
            Ok(reading) => reading,
            Err((status, output)) => {
                let stage = format!("counting with {}", valgrind.tool().name());
                job.fail(stage, status, output);
                return;
            }
        };
        let name = job.executable.path.file_name().unwrap_or_default().to_string_lossy();
        for (kind, samples) in kinds {
            let known = job.counts.iter().position(|counted| counted.kind == kind);
            let at = known.unwrap_or_else(|| {
                job.counts.push(Counted {
                    kind,
                    iterations: u64::from(Valgrind::ITERATIONS),
                    profile: ProfileBuilder::new(kind.weight()),
                    unfreed: None,
                    peak_bytes: Vec::new(),
                });
                job.counts.len() - 1
            });
            let counted = &mut job.counts[at];
            let run = u32::try_from(counted.peak_bytes.len()).unwrap_or(u32::MAX);
            recording.weight = kind.weight();
            recording.samples = samples;
            symbolizer.append(&recording, run, &name, &mut counted.profile);
            if let Some(unfreed) = &unfreed {
                let new = || ProfileBuilder::new(unfreed.weight);
                let all = counted.unfreed.get_or_insert_with(new);
                symbolizer.append(unfreed, run, &name, all);
            }
            counted.peak_bytes.push(peak_bytes);
        }
    }
}

/// Programs with an allocator that is not seen: all that would be counted is what the harness and
/// C libraries allocate.
#[derive(Default)]
struct Unseen {
    /// The allocator of each executable, and the target that it was built of.
    executables: BTreeMap<PathBuf, Option<(&'static str, String)>>,
}

impl Unseen {
    /// Whether a tool sees what a job is to be counted for.
    fn is_seen(&mut self, valgrind: &Valgrind, job: &Job<'_>, objects: &Objects) -> bool {
        let path = &job.executable.path;
        valgrind.tool() != Tool::Dhat
            || self
                .executables
                .entry(path.clone())
                .or_insert_with(|| {
                    let allocator = objects.open(path, None).ok()?.allocator()?;
                    Some((allocator, format!("{}/{}", job.id.package, job.id.target)))
                })
                .is_none()
    }

    fn tell(&self, console: &Console) {
        let told: BTreeSet<_> = self.executables.values().flatten().collect();
        for (allocator, target) in told {
            console.warning(&format!(
                "allocations of {target} are not counted: it has {allocator} linked in, which DHAT \
                 cannot see; count it with the system's allocator, as with its \
                 `#[global_allocator]` behind a feature"
            ));
        }
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
fn differs(job: &Job<'_>, valgrind: &Valgrind, names: &Names<'_>) -> bool {
    let is_of_tool = |kind| kinds(valgrind).any(|one| one == kind);
    let mut counted = job.counts.iter().filter(|counted| is_of_tool(counted.kind));
    counted.any(|counted| names.counts(job, counted).summary.is_repeatable == Some(false))
}

fn read(tool: Tool, file: &Path, objects: &Objects) -> Result<Reading, String> {
    match tool {
        Tool::Callgrind => {
            let callgrind::Reading { mut recording, columns } =
                callgrind::read(file, objects).map_err(|error| told(&error))?;
            let simulated = columns
                .iter()
                .map(|column| (CountKind::Event(column.event), column.samples(&recording)));
            let mut kinds: Vec<_> = simulated.collect();
            kinds.insert(0, (CountKind::Instructions, std::mem::take(&mut recording.samples)));
            Ok(Reading { recording, kinds, unfreed: None, peak_bytes: None })
        }
        Tool::Dhat => {
            let dhat::Reading { allocated: mut recording, peak, kept, .. } =
                dhat::read(file, objects).map_err(|error| told(&error))?;
            let samples = std::mem::take(&mut recording.samples);
            Ok(Reading {
                recording,
                kinds: vec![(CountKind::Allocations, samples)],
                unfreed: Some(kept),
                peak_bytes: Some(peak.samples.iter().map(|sample| sample.weight).sum()),
            })
        }
    }
}

/// An error with its causes, in one line.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
