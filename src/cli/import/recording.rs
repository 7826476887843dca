//! A capture of a recording that was made by hand.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cli::capture::new_id;
use crate::cli::folder;
use crate::console::Console;
use crate::error::Error;
use crate::ingest;
use crate::model::{
    BenchmarkEntry, BenchmarkId, Capture, FastMap, Handle, Harness, Label, Machine, ProfileBuilder,
    ProfileSummary, RecorderInfo, Recording, Scope, Settings, Toolchain, Weight,
};
use crate::normalize::{self, Roots};
use crate::objects::Objects;
use crate::render::flamegraph::{FlamegraphOptions, flamegraph};
use crate::store::pprof::Meta;
use crate::store::{Arm, Mode, Store, folder_of};
use crate::symbolize::Symbolizer;

/// Makes a capture of the recording in `path`. `executable`: the process that is the benchmark.
///
/// # Errors
/// A recording that cannot be read; a capture that cannot be stored.
pub(super) fn import(
    path: &Path,
    label: &Label,
    executable: Option<&str>,
    mode: Mode,
    store: &Store,
    console: &Console,
) -> Result<(), Error> {
    let began = SystemTime::now();
    let mut staging = store.begin(label, mode)?;

    let objects = Objects::new();
    let mut symbolizer = Symbolizer::new(&objects);
    let (recording, recorder) = if is_of_perf(path) {
        let options = ingest::perf::Options::default();
        (ingest::perf::read(path, &objects, options)?.recording, "perf")
    } else {
        (ingest::samply::read(path)?, "samply")
    };
    let executable = match executable {
        Some(name) => name.to_owned(),
        None => busiest(&recording),
    };
    let mut builder = ProfileBuilder::new(recording.weight);
    let health = symbolizer.append(&recording, 0, &executable, &mut builder);
    let here = std::env::current_dir().map_err(Error::CurrentDirectory)?;
    let roots = Roots {
        workspace: Some(folder::likely_root(&here)),
        cargo_home: std::env::var_os("CARGO_HOME").map(PathBuf::from),
        sysroot: None,
        home: std::env::home_dir(),
    };
    let (profile, own) = normalize::normalize(builder.profile(), Harness::Process, &roots);

    let id = BenchmarkId {
        package: "imported".to_owned(),
        target: recorder.to_owned(),
        benchmark: if executable.is_empty() { "process".to_owned() } else { executable },
    };
    let frequency_hz = recording.frequency.unwrap_or_default();
    let period = match recording.weight {
        Weight::CpuTime if frequency_hz > 0.0 => (1e9 / frequency_hz) as i64,
        _ => 0,
    };
    let title = id.to_string();
    let svg = std::thread::scope(|scope| {
        let drawn = scope.spawn(|| flamegraph(&profile, &FlamegraphOptions::new(&title, None)));
        staging.write_profile(&id, Arm::Own, &profile, &Meta { period, ..Meta::default() })?;
        Ok::<_, Error>(drawn.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    staging.write_flamegraph(&id, &svg)?;
    let capture = Capture {
        label: label.clone(),
        id: new_id(began, label),
        time: humantime::format_rfc3339_nanos(began).to_string(),
        perfbase: env!("CARGO_PKG_VERSION").to_owned(),
        commit: None,
        toolchain: Toolchain::default(),
        machine: Machine { os: std::env::consts::OS.to_owned(), ..Machine::default() },
        settings: Settings {
            command: vec!["import".to_owned(), file_name(path)],
            runs: 1,
            ..Settings::default()
        },
        beside: None,
        counters: Vec::new(),
        recorder: Some(RecorderInfo {
            name: recorder.to_owned(),
            version: String::new(),
            event: recording.event.clone(),
            frequency_hz,
            stacks: "as recorded".to_owned(),
        }),
        parities: Vec::new(),
        benchmarks: vec![BenchmarkEntry {
            is_bound: None,
            recorder: None,
            folder: folder_of(&id),
            id,
            harness: Harness::Process,
            executable: None,
            timed: false,
            counts: Vec::new(),
            profile: Some(ProfileSummary {
                weight: profile.weight,
                runs: 1,
                benchmark_weight: profile.total(Scope::Benchmark),
                harness_weight: profile.total(Scope::Harness),
                health: own.health(health),
                iteration_ns: vec![None],
            }),
            failure: None,
            beside: None,
        }],
    };
    let stored = staging.commit(&capture)?;
    console.status(
        "Imported",
        &format!("{} samples as {} in {}", health.samples, label, stored.folder().display()),
    );
    // The process ends now, which frees all of it at once: piece by piece takes longer.
    std::mem::forget((recording, builder, profile, symbolizer));
    std::mem::forget(objects);
    Ok(())
}

/// Whether a file begins as perf's do, in either byte order. One that cannot be read is an error
/// of whoever reads all of it.
fn is_of_perf(path: &Path) -> bool {
    let mut magic = [0; 8];
    let begins = fs_err::File::open(path)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut magic));
    begins.is_ok() && (&magic == b"PERFILE2" || &magic == b"2ELIFREP")
}

/// The process with most samples.
fn busiest(recording: &Recording) -> String {
    let mut counts: FastMap<&str, u64> = FastMap::default();
    for sample in &recording.samples {
        let thread = &recording.threads[sample.thread.index()];
        *counts.entry(&thread.process).or_default() += sample.count;
    }
    // By name among equals, so that the answer does not depend on the table's order.
    let busiest = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)));
    busiest.map(|(name, _)| name.to_owned()).unwrap_or_default()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
