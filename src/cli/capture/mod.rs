//! `cargo perfbase capture`
//!
//! Build once; list the benchmarks; time each in rotation with no profiler attached; profile
//! each in rotation; count each, where that is asked for; store all of it by one rename. Where the executables of an earlier capture
//! are still there, both are measured in turns. A benchmark that fails is marked and the others
//! go on.

mod args;
mod base;
mod benchmark;
mod choice;
mod counted;
mod counting;
mod examine;
mod job;
mod launch;
mod measure;
mod pairing;
mod plan;
mod profiling;
mod report;
mod scratch;
mod sides;
mod store;
mod timing;
mod words;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

pub(super) use args::{CaptureArgs, MeasureArgs, SelectionArgs};
use counting::Counter;
use job::Job;
use launch::Place;
use measure::Pass;
pub(super) use plan::{ListFailure, list_one};
use scratch::Scratch;
pub(super) use sides::{Built, Pair, Side, Together};

use super::folder::{self, StoreArgs};
use crate::build::kept::Kept;
use crate::build::{self, Build};
use crate::console::{Console, Verbosity};
use crate::error::{Error, ExitStatus};
use crate::model::{BenchmarkId, Capture, CountKind, Label, Settings};
use crate::process::Session;
use crate::store::{Mode, StoredCapture};
use crate::workspace::{Selection, provenance};

pub(super) fn execute(
    arguments: &CaptureArgs,
    store: &StoreArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let began = jiff::Timestamp::now();
    for note in words::notes(arguments) {
        console.note(&note);
    }
    let session = Session::start()?;
    let label = match &arguments.label {
        Some(label) => label.clone(),
        None => default_label(began),
    };
    // A label that is taken is told before the build, not after it.
    let store = match &store.profiles {
        Some(_) => folder::existing(store)?,
        None => {
            folder::of_workspace(store, &build::workspace_root(&arguments.selection(), &session)?)?
        }
    };
    let staging = store.begin(&label, mode(arguments))?;

    let selection = arguments.selection();
    let build = build_all(&selection, &session, console)?;
    let scratch = Scratch::new(&build.target_directory)?;
    let mut capture = describe(arguments, &label, began, &build, store.root(), &session)?;
    if let Some(previous) = staging.previous() {
        store::check_appendable(previous.capture(), &capture)?;
    }

    let facts = examine::examine(console);
    examine::note(&facts, &mut capture);
    let recorders = choice::choose(&arguments.measure, &session, &scratch.path, &facts, console)?;
    let timeout = arguments.measure.timeout;
    let list =
        |executables| plan::list(executables, &arguments.arguments, timeout, &session, console);
    let mut planned = list(build.executables.clone())?;
    let jobs = plan::jobs(&planned, &arguments.filters, arguments.exact);
    if jobs.is_empty() {
        return Err(nothing_selected(arguments, &planned));
    }
    // What is kept already is looked for before more is kept, which may need its room.
    let kept = Kept::open(&build.target_directory);
    let mut base = pairing::find(arguments, &store, &capture, &jobs, &kept, console)?;
    let known_of_base = match &base {
        Some(base) => counted_before(&store.read(&base.beside.label)?),
        None => HashSet::new(),
    };
    if arguments.measure.only_counts() {
        // Counts need no pairs: the base's executables are of use only where it was not counted.
        let is_known = |job: &Job<'_>| {
            let mut kinds = recorders.counters.iter().map(|one| counting::kind(one.tool()));
            kinds.all(|kind| known_of_base.contains(&(job.id.clone(), kind)))
        };
        base = base.filter(|base| jobs.iter().any(|job| base.has(&job.id) && !is_known(job)));
        if let Some(base) = &base {
            let label = &base.beside.label;
            console.status("Counting", &format!("what {label} lacks, by its executables"));
        }
    }
    let used: HashSet<PathBuf> = jobs.iter().map(|job| job.executable.path.clone()).collect();
    drop(jobs);
    planned.retain(|planned| used.contains(&planned.executable.path));
    if !arguments.no_keep {
        pairing::keep(&mut planned, &kept, console);
    }
    let beside = match &base {
        Some(base) => list(base.executables.clone())?,
        None => Vec::new(),
    };
    // One by one: of two builds of a target both may be wanted, for different benchmarks.
    let mut base_jobs: Vec<_> = beside
        .iter()
        .flat_map(|planned| plan::jobs(std::slice::from_ref(planned), &[], false))
        .collect();
    if let Some(base) = &base {
        base_jobs.retain(|job| base.runs(job));
    }
    capture.beside = base.map(|base| base.beside);
    let jobs = plan::jobs(&planned, &arguments.filters, arguments.exact);
    let mut benchmarks = benchmark::pair_up(jobs, base_jobs);
    let myself = myself()?;
    let place = Place {
        timeout: arguments.measure.timeout,
        scratch: &scratch.path,
        session: &session,
        console,
    };
    let pass = Pass {
        arguments: &arguments.measure,
        recorder: recorders.sampler.as_ref(),
        myself: &myself,
        place,
    };
    pass.measure(&mut benchmarks)?;
    let roots = store::roots(&build.workspace_root);
    let names = [store::Names::new(&roots, &myself); 2];
    Counter { counters: &recorders.counters, known_of_base: &known_of_base, names: &names, place }
        .count(&mut benchmarks)?;

    let stored = store::store(staging, capture, &recorders, &benchmarks, &names)?;
    conclude(&stored, console)
}

/// What was counted of a capture's own executables.
fn counted_before(stored: &StoredCapture) -> HashSet<(BenchmarkId, CountKind)> {
    let entries = stored.capture().benchmarks.iter();
    entries.flat_map(|e| e.counts.iter().map(|count| (e.id.clone(), count.kind))).collect()
}

/// This program's own executable.
fn myself() -> Result<PathBuf, Error> {
    std::env::current_exe().map_err(Error::CurrentDirectory)
}

/// `2026-11-20T22-58-36Z`: a colon is no letter for a folder everywhere.
fn default_label(time: jiff::Timestamp) -> Label {
    let text = time.strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
    text.parse().expect("digits, letters and dashes are a label")
}

fn mode(arguments: &CaptureArgs) -> Mode {
    match (arguments.force, arguments.append) {
        (true, _) => Mode::Replace,
        (_, true) => Mode::Append,
        _ => Mode::New,
    }
}

fn build_all(selection: &Selection, session: &Session, console: &Console) -> Result<Build, Error> {
    // Cargo says that it runs what it hands over to us.
    console.status(
        "Building",
        "with names and line tables, as cargo would; what cargo calls running is finding them only",
    );
    let options = build::Options {
        helper: &myself()?,
        quiet: console.verbosity() == Verbosity::Quiet,
        environment: &[],
        layout: None,
        tell: &|command| console.verbose("Running", command),
        directory: None,
    };
    let built = build::build(selection, &options, session)?;
    for warning in &built.warnings {
        console.warning(warning);
    }
    Ok(built)
}

/// Everything that is known before anything is measured.
fn describe(
    arguments: &CaptureArgs,
    label: &Label,
    began: jiff::Timestamp,
    build: &Build,
    profiles: &Path,
    session: &Session,
) -> Result<Capture, Error> {
    let commit = provenance::commit(session, &build.workspace_root, Some(profiles));
    let machine = provenance::machine(session);
    session.check()?;
    let selection = &arguments.selection;
    let mut features = selection.features.clone();
    if selection.all_features {
        features.push("*".to_owned());
    }
    if selection.no_default_features {
        features.push("-default".to_owned());
    }
    Ok(Capture {
        label: label.clone(),
        id: store::new_id(began, label),
        time: began.to_string(),
        perfbase: env!("CARGO_PKG_VERSION").to_owned(),
        commit,
        toolchain: build.toolchain.clone(),
        machine,
        settings: Settings {
            command: command_line(),
            profile: build.profile.clone(),
            features,
            rustflags: std::env::var("RUSTFLAGS").ok().filter(|flags| !flags.is_empty()),
            arguments: arguments.arguments.clone(),
            runs: 0,
        },
        counters: Vec::new(),
        recorder: None,
        beside: None,
        benchmarks: Vec::new(),
    })
}

/// The command line after `cargo perfbase`, with the home folder as `~`.
fn command_line() -> Vec<String> {
    let home = std::env::home_dir().map(|home| home.to_string_lossy().into_owned());
    std::env::args()
        .skip(1)
        .enumerate()
        .filter(|(index, argument)| *index > 0 || argument != "perfbase")
        .map(|(_, argument)| match &home {
            Some(home) if home.len() > 1 => argument.replace(home.as_str(), "~"),
            _ => argument,
        })
        .collect()
}

fn nothing_selected(arguments: &CaptureArgs, planned: &[plan::Planned]) -> Error {
    let message = if arguments.filters.is_empty() {
        "there is nothing to measure: no target selected has a benchmark or test".to_owned()
    } else {
        format!("no benchmark or test matches {}", arguments.filters.join(" or "))
    };
    let mut known: Vec<String> =
        plan::jobs(planned, &[], false).iter().map(|job| job.id.to_string()).collect();
    let hint = if known.is_empty() {
        "name others with --bench, --test, --lib, --bin or --example, or add a bench target"
            .to_owned()
    } else {
        let more = known.len().saturating_sub(10);
        known.truncate(10);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("there are {}{rest}", known.join(", "))
    };
    Error::usage(message, hint)
}

/// Says what was stored, and what is wrong with it.
fn conclude(stored: &StoredCapture, console: &Console) -> Result<ExitStatus, Error> {
    let capture = stored.capture();
    let failed = capture.benchmarks.iter().filter(|entry| entry.failure.is_some()).count();
    let text = report::summary(stored, console)?;
    console.write_stdout(&text).map_err(Error::Stdout)?;
    console.status("Stored", &format!("{} in {}", capture.label, stored.folder().display()));
    if failed > 0 {
        let all = capture.benchmarks.len();
        console.warning(&if failed == all {
            "no benchmark ended well; what each failed of is stored".to_owned()
        } else {
            format!("{failed} of {all} benchmarks failed; the others are stored")
        });
        return Ok(ExitStatus::Failed);
    }
    Ok(ExitStatus::Success)
}
