//! What was measured → a stored capture.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::path::Path;
use std::time::SystemTime;

use super::benchmark::Benchmark;
use super::choice::Recorders;
use super::counted::Counts;
use super::counting::Counted;
use super::job::Job;
use crate::diff::{self, Options};
use crate::error::Error;
use crate::model::{
    BenchmarkEntry, BenchmarkId, BesideEntry, Capture, CountKind, FastHasher, Label, Metrics, Pace,
    Profile, ProfileBuilder, ProfileSummary, RecorderInfo, Scope, SortFew as _, Timing, Weight,
};
use crate::normalize::{self, Origin, Roots};
use crate::record::{Recorder, Valgrind};
use crate::render::flamegraph::{FlamegraphOptions, flamegraph};
use crate::store::pprof::Meta;
use crate::store::{Arm, Staging, StoredCapture, folder_of};

/// An id that tells captures apart that carried one label at different times.
pub(in crate::cli) fn new_id(began: SystemTime, label: &Label) -> String {
    let mut hasher = FastHasher::default();
    hasher.write(label.as_str().as_bytes());
    hasher.write_u32(std::process::id());
    let since = began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{:016x}{:08x}", since.as_nanos() as u64, hasher.finish() as u32)
}

/// Runs may be added only to what was measured alike.
pub(super) fn check_appendable(old: &Capture, new: &Capture) -> Result<(), Error> {
    let differs = if old.toolchain != new.toolchain {
        Some("toolchain or target")
    } else if old.machine.cpu != new.machine.cpu || old.machine.os != new.machine.os {
        Some("machine")
    } else if old.settings.profile != new.settings.profile
        || old.settings.features != new.settings.features
        || old.settings.rustflags != new.settings.rustflags
    {
        Some("build profile, features or RUSTFLAGS")
    } else if old.settings.arguments != new.settings.arguments {
        Some("arguments of the benchmarks")
    } else {
        None
    };
    match differs {
        None => Ok(()),
        Some(what) => Err(Error::usage(
            format!("cannot add runs to `{}`: another {what} than then", old.label),
            "capture under another label, or replace it with --force",
        )),
    }
}

/// Normalises the profiles and commits everything. `recorders` are those of each section; `names` are the base's and the own ones.
pub(super) fn store(
    mut staging: Staging,
    mut capture: Capture,
    recorders: &[Recorders],
    benchmarks: &[Benchmark<'_>],
    names: &[Names<'_>; 2],
) -> Result<StoredCapture, Error> {
    let samplers = recorders.iter().filter_map(|one| one.sampler.as_ref());
    capture.recorder = samplers.map(Recorder::info).next();
    for counter in recorders.iter().flat_map(|one| &one.counters).map(Valgrind::info) {
        if !capture.counters.contains(&counter) {
            capture.counters.push(counter);
        }
    }
    let previous = staging.previous().map(|previous| previous.capture().clone());
    for benchmark in benchmarks {
        let entry = write(&mut staging, benchmark, names, capture.recorder.as_ref())?;
        capture.benchmarks.push(entry);
    }
    let runs = benchmarks.iter().map(|benchmark| benchmark.own.timing.runs.len()).max();
    capture.settings.runs = runs.and_then(|runs| u32::try_from(runs).ok()).unwrap_or(0);
    if let Some(previous) = previous {
        // Its identity stays, and so do benchmarks that got no new runs.
        capture.id.clone_from(&previous.id);
        capture.settings.runs += previous.settings.runs;
        capture.recorder = capture.recorder.or_else(|| previous.recorder.clone());
        for counter in &previous.counters {
            if !capture.counters.iter().any(|known| known.name == counter.name) {
                capture.counters.push(counter.clone());
            }
        }
        for entry in &previous.benchmarks {
            if capture.entry(&entry.id).is_none() {
                staging.carry_over(&entry.id)?;
                let recorder = previous.recorder_of(&entry.id).cloned();
                let recorder = recorder.filter(|one| capture.recorder.as_ref() != Some(one));
                capture.benchmarks.push(BenchmarkEntry { recorder, ..entry.clone() });
            }
        }
    }
    capture.benchmarks.sort_few_by(|a, b| a.id.cmp(&b.id));
    capture.machine.conditions.pace = pace(staging.previous(), benchmarks)?;
    Ok(staging.commit(&capture)?)
}

/// How fast the machine was during all runs of a capture, those that it had among them.
fn pace(
    previous: Option<&StoredCapture>,
    benchmarks: &[Benchmark<'_>],
) -> Result<Option<Pace>, Error> {
    let mut timings: BTreeMap<&BenchmarkId, Timing> = BTreeMap::new();
    if let Some(previous) = previous {
        for entry in &previous.capture().benchmarks {
            timings.insert(&entry.id, previous.timing(&entry.id, Arm::Own)?.unwrap_or_default());
        }
    }
    for benchmark in benchmarks {
        let job = &benchmark.own;
        timings.entry(&job.id).or_default().runs.extend_from_slice(&job.timing.runs);
    }
    Ok(diff::pace(&timings.values().collect::<Vec<_>>(), &Options::default()))
}

/// What a benchmark's folder should stay below, in bytes, so that a baseline can be committed.
const FOLDER: u64 = 98_000;

/// How small a picture may become for that.
const LEAST_PICTURE: u64 = 30_000;

/// Writes one benchmark's files: its new runs behind those that it had.
fn write(
    staging: &mut Staging,
    benchmark: &Benchmark<'_>,
    [base_names, own_names]: &[Names<'_>; 2],
    usual: Option<&RecorderInfo>,
) -> Result<BenchmarkEntry, Error> {
    let job = &benchmark.own;
    let before = staging.previous().map(StoredCapture::capture);
    let recorder = benchmark.recorder.as_ref();
    let recorder = recorder.or_else(|| before.and_then(|before| before.recorder_of(&job.id)));
    let recorder = recorder.cloned();
    let meta = Meta {
        period: recorder.as_ref().map_or(0.0, |recorder| 1e9 / recorder.frequency_hz) as i64,
        ..Meta::default()
    };
    let before = staging.bytes();
    let own = Figures::of(job, own_names).behind(staging.previous(), &job.id, Arm::Own)?;
    let base = match &benchmark.base {
        Some(base) => {
            let figures =
                Figures::of(base, base_names).behind(staging.previous(), &job.id, Arm::Base)?;
            Some((base, figures.in_pairs_with(&own)))
        }
        None => None,
    };
    own.write(staging, &job.id, Arm::Own, &meta)?;
    if let Some((_, figures)) = &base {
        figures.write(staging, &job.id, Arm::Base, &meta)?;
    }
    if let Some((profile, summary)) = &own.profile
        && profile.total(Scope::Benchmark) > 0
    {
        let known: Vec<f64> = summary.iteration_ns.iter().copied().flatten().collect();
        let cost = (!known.is_empty()).then(|| ("ns", crate::stats::mean(&known)));
        let title = job.id.to_string();
        let mut options = FlamegraphOptions::new(&title, cost);
        let left = FOLDER.saturating_sub(staging.bytes() - before).max(LEAST_PICTURE);
        options.bytes = options.bytes.min(usize::try_from(left).unwrap_or(options.bytes));
        let svg = flamegraph(profile, &options);
        staging.write_flamegraph(&job.id, &svg)?;
    }
    Ok(BenchmarkEntry {
        is_bound: benchmark.is_bound.filter(|_| own.is_timed()),
        recorder: recorder.filter(|one| own.profile.is_some() && usual != Some(one)),
        id: job.id.clone(),
        harness: job.harness(),
        folder: folder_of(&job.id),
        executable: programs(
            staging.previous().map(StoredCapture::capture),
            &job.id,
            job.executable.digest.as_ref(),
        ),
        timed: own.is_timed(),
        profile: own.profile.map(|(_, summary)| summary),
        counts: own.counts.into_iter().map(|counts| counts.summary).collect(),
        failure: job.failure.clone(),
        beside: base.map(|(base, figures)| BesideEntry {
            executable: base.executable.digest.clone(),
            timed: figures.is_timed(),
            profile: figures.profile.map(|(_, summary)| summary),
            counts: figures.counts.into_iter().map(|counts| counts.summary).collect(),
            failure: base.failure.clone(),
        }),
    })
}

/// The hash of the program that ran; of several programs, where runs were added, all hashes with
/// `+` between them. Those are equal to no other program, and known as several.
fn programs(before: Option<&Capture>, id: &BenchmarkId, now: Option<&String>) -> Option<String> {
    let old =
        before.and_then(|capture| capture.entry(id)).and_then(|entry| entry.executable.as_deref());
    match (old, now) {
        (Some(old), Some(now)) if !old.split('+').any(|one| one == now) => {
            Some(format!("{old}+{now}"))
        }
        (Some(old), Some(_)) => Some(old.to_owned()),
        _ => now.cloned(),
    }
}

/// What names in profiles are normalised by.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    roots: &'a Roots,
    /// The name of the program that repeats short benchmarks.
    driver: Option<&'a str>,
}

impl<'a> Names<'a> {
    /// Those of executables that were built below these roots; `myself` is this program.
    pub(super) fn new(roots: &'a Roots, myself: &'a Path) -> Self {
        Self { roots, driver: myself.file_name().and_then(|name| name.to_str()) }
    }

    fn origin(&self, job: &Job<'_>) -> Origin<'a> {
        Origin { driver: self.driver, ..job.harness().into() }
    }

    /// What was counted of a job with comparable names, and without the harness.
    pub(super) fn counts(&self, job: &Job<'_>, counted: &Counted) -> Counts {
        // callgrind follows calls; DHAT unwinds stacks, which may end early.
        let follows_calls = counted.kind != CountKind::Allocations;
        let origin = Origin { follows_calls, ..self.origin(job) };
        Counts::of(counted, |profile| normalize::normalize(profile, origin, self.roots).0)
    }
}

/// Where the sources of a workspace lie.
pub(super) fn roots(workspace: &Path) -> Roots {
    let home = std::env::home_dir();
    Roots {
        workspace: Some(workspace.to_owned()),
        cargo_home: std::env::var_os("CARGO_HOME")
            .map(Into::into)
            .or_else(|| home.as_ref().map(|home| home.join(".cargo"))),
        sysroot: None,
        home,
    }
}

/// What one side of a benchmark gave.
struct Figures {
    timing: Timing,
    metrics: Metrics,
    profile: Option<(Profile, ProfileSummary)>,
    counts: Vec<Counts>,
}

impl Figures {
    fn of(job: &Job<'_>, names: &Names<'_>) -> Self {
        let origin = names.origin(job);
        let profile = job.profile.as_ref().map(|builder| {
            let (profile, own) = normalize::normalize(builder.profile(), origin, names.roots);
            let summary = job.summary(&profile, &own);
            (profile, summary)
        });
        let mut counts: Vec<Counts> =
            job.counts.iter().map(|counted| names.counts(job, counted)).collect();
        counts.sort_few_by_key(|counts| counts.summary.kind);
        Self { timing: job.timing.clone(), metrics: job.metrics.clone(), profile, counts }
    }

    fn is_timed(&self) -> bool {
        !self.timing.runs.is_empty()
    }

    /// The same behind the runs that a capture has already.
    fn behind(
        self,
        previous: Option<&StoredCapture>,
        id: &BenchmarkId,
        arm: Arm,
    ) -> Result<Self, Error> {
        let Some(previous) = previous else { return Ok(self) };
        let summary = previous.entry(id).and_then(|entry| match arm {
            Arm::Own => entry.profile.clone(),
            Arm::Base => entry.beside.as_ref()?.profile.clone(),
        });
        let mut metrics = previous.metrics(id, arm)?.unwrap_or_default();
        let timing = match previous.timing(id, arm)? {
            Some(mut all) => {
                metrics.append(all.runs.len(), self.metrics);
                all.runs.extend(self.timing.runs);
                all.throughput = self.timing.throughput.or(all.throughput);
                all
            }
            None => {
                metrics = self.metrics;
                self.timing
            }
        };
        let profile = match (summary.zip(previous.profile(id, arm)?), self.profile) {
            (Some((mut summary, before)), Some((new, now))) if now.weight == summary.weight => {
                let mut both = ProfileBuilder::new(summary.weight);
                both.append(&before, 0);
                both.append(&new, summary.runs);
                summary.runs += now.runs;
                summary.benchmark_weight += now.benchmark_weight;
                summary.harness_weight += now.harness_weight;
                summary.health += now.health;
                summary.iteration_ns.extend(now.iteration_ns);
                Some((both.finish(), summary))
            }
            (Some((summary, before)), _) => Some((before, summary)),
            (None, new) => new,
        };
        // Counts are not added to: those of now take the place of those of then.
        let mut counts = self.counts;
        let before = previous.entry(id).map_or(&[][..], |entry| match arm {
            Arm::Own => &entry.counts,
            Arm::Base => entry.beside.as_ref().map_or(&[][..], |beside| &beside.counts),
        });
        for summary in before {
            if !counts.iter().any(|counts| counts.summary.kind == summary.kind)
                && let Some(profile) = previous.count(id, arm, summary.kind)?
            {
                counts.push(Counts { profile, summary: summary.clone() });
            }
        }
        counts.sort_few_by_key(|counts| counts.summary.kind);
        Ok(Self { timing, metrics, profile, counts })
    }

    /// As far as there is a run of the other side for each run. When the base fails the other side
    /// goes on alone: the pairs before that are pairs still.
    fn in_pairs_with(self, own: &Self) -> Self {
        let runs = |figures: &Self| figures.profile.as_ref().map(|(_, summary)| summary.runs);
        let is_profiled = runs(&self) <= runs(own);
        let (timing, metrics) = match self.timing.runs.len() <= own.timing.runs.len() {
            true => (self.timing, self.metrics),
            false => Default::default(),
        };
        Self { profile: self.profile.filter(|_| is_profiled), timing, metrics, counts: self.counts }
    }

    fn write(
        &self,
        staging: &mut Staging,
        id: &BenchmarkId,
        arm: Arm,
        meta: &Meta,
    ) -> Result<(), Error> {
        if self.is_timed() {
            staging.write_timing(id, arm, &self.timing)?;
        }
        if !self.metrics.0.is_empty() {
            staging.write_metrics(id, arm, &self.metrics)?;
        }
        if let Some((profile, summary)) = &self.profile {
            let period = if summary.weight == Weight::CpuTime { meta.period } else { 0 };
            staging.write_profile(id, arm, profile, &Meta { period, ..*meta })?;
        }
        for Counts { profile, summary } in &self.counts {
            staging.write_count(id, arm, summary.kind, profile)?;
        }
        Ok(())
    }
}
