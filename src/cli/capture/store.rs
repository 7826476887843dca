//! What was measured → a stored capture.

use std::hash::Hasher;

use super::job::Job;
use crate::build::Build;
use crate::error::Error;
use crate::model::{
    BenchmarkEntry, Capture, FastHasher, Label, Profile, ProfileBuilder, Scope, Weight,
};
use crate::normalize::{self, Origin, Own, Roots};
use crate::record::Recorder;
use crate::render::flamegraph::{FlamegraphOptions, flamegraph};
use crate::store::pprof::Meta;
use crate::store::{Staging, StoredCapture, folder_of};

/// An id that tells captures apart that carried one label at different times.
pub(super) fn new_id(began: jiff::Timestamp, label: &Label) -> String {
    let mut hasher = FastHasher::default();
    hasher.write(label.as_str().as_bytes());
    hasher.write_u32(std::process::id());
    format!("{:016x}{:08x}", began.as_nanosecond() as u64, hasher.finish() as u32)
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

/// Normalises the profiles and commits everything.
pub(super) fn store(
    mut staging: Staging,
    mut capture: Capture,
    recorder: Option<&Recorder>,
    jobs: &[Job<'_>],
    build: &Build,
) -> Result<StoredCapture, Error> {
    let home = std::env::home_dir();
    let roots = Roots {
        workspace: Some(build.workspace_root.clone()),
        cargo_home: std::env::var_os("CARGO_HOME")
            .map(Into::into)
            .or_else(|| home.as_ref().map(|home| home.join(".cargo"))),
        sysroot: None,
        home,
    };
    // This program itself, which repeats short benchmarks.
    let myself = super::myself()?;
    let driver = myself.file_name().map(|name| name.to_string_lossy());
    capture.recorder = recorder.map(Recorder::info);
    let previous = staging.previous().map(|previous| previous.capture().clone());
    for job in jobs {
        let origin = Origin { harness: job.harness(), driver: driver.as_deref() };
        let fresh = job
            .profile
            .as_ref()
            .map(|builder| normalize::normalize(builder.profile(), origin, &roots));
        capture.benchmarks.push(write(&mut staging, job, fresh, recorder)?);
    }
    if let Some(previous) = previous {
        // Its identity stays, and so do benchmarks that got no new runs.
        capture.id = previous.id;
        capture.settings.runs += previous.settings.runs;
        capture.recorder = capture.recorder.or(previous.recorder);
        for entry in previous.benchmarks {
            if !capture.benchmarks.iter().any(|new| new.id == entry.id) {
                staging.carry_over(&entry.id)?;
                capture.benchmarks.push(entry);
            }
        }
    }
    capture.benchmarks.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(staging.commit(&capture)?)
}

/// What a benchmark's folder should stay below, in bytes, so that a baseline can be committed.
const FOLDER: u64 = 98_000;

/// How small a picture may become for that.
const LEAST_PICTURE: u64 = 30_000;

/// Writes one benchmark's files: its new runs behind those that it had.
fn write(
    staging: &mut Staging,
    job: &Job<'_>,
    fresh: Option<(Profile, Own)>,
    recorder: Option<&Recorder>,
) -> Result<BenchmarkEntry, Error> {
    let folder = folder_of(&job.id);
    let before = staging.bytes();
    let mut entry = job.entry(folder, fresh.as_ref());
    let mut timing = job.timing.clone();
    let mut profile = fresh.map(|(profile, _)| profile);
    if let Some(previous) = staging.previous()
        && let Some(old) = previous.entry(&job.id)
    {
        if let Some(mut all) = previous.timing(&job.id)? {
            all.runs.append(&mut timing.runs);
            all.throughput = timing.throughput.or(all.throughput);
            timing = all;
            entry.timed = true;
        }
        if let (Some(mut summary), Some(before)) = (old.profile.clone(), previous.profile(&job.id)?)
        {
            if let (Some(now), Some(new)) = (entry.profile.take(), profile.take())
                && now.weight == summary.weight
            {
                let mut both = ProfileBuilder::new(summary.weight);
                both.append(&before, 0);
                both.append(&new, summary.runs);
                summary.runs += now.runs;
                summary.benchmark_weight += now.benchmark_weight;
                summary.harness_weight += now.harness_weight;
                summary.health += now.health;
                summary.iteration_ns.extend(now.iteration_ns);
                profile = Some(both.finish());
            } else {
                profile = Some(before);
            }
            entry.profile = Some(summary);
        }
    }
    if entry.timed {
        staging.write_timing(&job.id, &timing)?;
    }
    if let (Some(profile), Some(summary)) = (&profile, &entry.profile) {
        let period = recorder.map_or(0.0, |recorder| 1e9 / recorder.info().frequency_hz);
        let period = if summary.weight == Weight::CpuTime { period as i64 } else { 0 };
        staging.write_profile(&job.id, profile, &Meta { period, ..Meta::default() })?;
        if profile.total(Scope::Benchmark) > 0 {
            let known: Vec<f64> = summary.iteration_ns.iter().copied().flatten().collect();
            let cost = (!known.is_empty()).then(|| ("ns", crate::stats::mean(&known)));
            let title = job.id.to_string();
            let mut options = FlamegraphOptions::new(&title, cost);
            let left = FOLDER.saturating_sub(staging.bytes() - before).max(LEAST_PICTURE);
            options.bytes = options.bytes.min(usize::try_from(left).unwrap_or(options.bytes));
            let svg = flamegraph(profile, &options);
            staging.write_flamegraph(&job.id, &svg)?;
        }
    }
    Ok(entry)
}
