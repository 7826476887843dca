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
mod meters;
mod pairing;
mod parity;
mod plan;
mod profiling;
mod report;
mod scratch;
mod sections;
mod sides;
mod store;
mod timing;
mod words;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub(super) use args::{CaptureArgs, MeasureArgs, SelectionArgs};
use benchmark::Benchmark;
use choice::Recorders;
use counting::{Counter, KnownCounts};
use job::Job;
use launch::Place;
use measure::Pass;
use meters::Meters;
use plan::Planned;
pub(super) use plan::{ListFailure, list_one};
use scratch::Scratch;
use sections::Section;
pub(super) use sides::{Built, Pair, Side, Together};
pub(super) use store::new_id;

use super::folder::{self, StoreArgs};
use super::rules::{self, ConfigArgs};
use crate::build::kept::Kept;
use crate::build::{self, Build, Executable};
use crate::config::Config;
use crate::console::{Console, Verbosity};
use crate::diff;
use crate::doctor::Watch;
use crate::error::{Error, ExitStatus};
use crate::model::{Capture, Label, Settings};
use crate::process::Session;
use crate::store::{Mode, StoredCapture};
use crate::workspace::{Selection, provenance};

pub(super) fn execute(
    arguments: &CaptureArgs,
    store: &StoreArgs,
    config: &ConfigArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let began = SystemTime::now();
    for note in words::notes(arguments) {
        console.note(&note);
    }
    let config = rules::load(config)?;
    let sections = sections::sections(arguments, &config)?;
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

    let mut builds = Vec::new();
    for section in &sections {
        if let Some(name) = &section.name {
            console.status("Capturing", name);
        }
        builds.push(build_all(&section.arguments.selection(), &session, console)?);
    }
    let build = builds.first().expect("there is a section at least");
    let root = build.workspace_root.clone();
    let scratch = Scratch::new(&build.target_directory)?;
    let meters = Meters::new(&config, &scratch.path);
    let asked: Vec<&CaptureArgs> = sections.iter().map(|section| &section.arguments).collect();
    let mut capture = describe(&asked, &label, began, build, store.root(), &session)?;
    if let Some(previous) = staging.previous() {
        store::check_appendable(previous.capture(), &capture)?;
    }

    let facts = examine::examine(console);
    examine::note(&facts, &mut capture);
    let recorders = choice::of_sections(&sections, &session, &scratch.path, &facts, console)?;
    capture.parities = parity::outcomes(&config.parities, &root, None, &session, console)?;
    let list = |section: &Section, executables: &[Executable]| {
        section.list(executables, &meters, &session, console)
    };
    let mut planned: Vec<Vec<Planned>> = Vec::new();
    for (section, build) in sections.iter().zip(&builds) {
        let list = || list(section, &build.executables);
        planned.push(section.with_services(&root, &session, console, list)?);
    }
    let jobs = jobs(&sections, &planned)?;
    let used: HashSet<PathBuf> = jobs.iter().map(|job| job.executable.path.clone()).collect();
    // What is kept already is looked for before more is kept, which may need its room.
    let kept = Kept::open(&build.target_directory);
    let mut base = pairing::find(arguments, &store, &capture, &jobs, &kept, console)?;
    let known_of_base = match &base {
        Some(base) => counted_before(&store.read(&base.beside.label)?),
        None => HashSet::new(),
    };
    if sections.iter().all(|section| section.arguments.measure.only_counts()) {
        // Counts need no pairs: the base's executables are of use only where it was not counted.
        let is_known = |job: &Job<'_>, recorders: &Recorders| {
            let mut counters = recorders.counters.iter();
            counters.all(|counter| counting::is_known(&known_of_base, &job.id, counter))
        };
        base = base.filter(|base| {
            sections.iter().zip(&planned).zip(&recorders).any(|((section, planned), recorders)| {
                let mut jobs = section.jobs(planned).into_iter();
                jobs.any(|job| base.has(&job.id) && !is_known(&job, recorders))
            })
        });
        if let Some(base) = &base {
            let label = &base.beside.label;
            console.status("Counting", &format!("what {label} lacks, by its executables"));
        }
    }
    // Time that all may take is shared out by the number of benchmarks.
    let number = jobs.len();
    let shares: Vec<f64> = sections
        .iter()
        .zip(&planned)
        .map(|(section, planned)| section.jobs(planned).len() as f64 / number.max(1) as f64)
        .collect();
    drop(jobs);
    for planned in &mut planned {
        planned.retain(|planned| used.contains(&planned.executable.path));
        if !arguments.no_keep {
            pairing::keep(planned, &kept, console);
        }
    }
    let mut beside = Vec::new();
    for (section, planned) in sections.iter().zip(&planned) {
        let executables = base.as_ref().map(|base| base.of(planned)).unwrap_or_default();
        if executables.is_empty() {
            beside.push(Vec::new());
            continue;
        }
        beside
            .push(section.with_services(&root, &session, console, || list(section, &executables))?);
    }
    let watch = Watch::begin();
    let mut all: Vec<Benchmark<'_>> = Vec::new();
    let myself = myself()?;
    let roots = store::roots(&root);
    let names = [store::Names::new(&roots, &myself); 2];
    for (index, section) in sections.iter().enumerate() {
        // One by one: of two builds of a target both may be wanted, for different benchmarks.
        let mut base_jobs: Vec<_> = beside[index]
            .iter()
            .flat_map(|planned| plan::jobs(std::slice::from_ref(planned), &[], false))
            .collect();
        if let Some(base) = &base {
            base_jobs.retain(|job| base.runs(job));
        }
        let mut benchmarks = benchmark::pair_up(section.jobs(&planned[index]), base_jobs);
        let measure = &section.arguments.measure.share(shares[index]);
        let place =
            Place { timeout: measure.timeout, scratch: &scratch.path, session: &session, console };
        let pass = Pass {
            arguments: measure,
            recorder: recorders[index].sampler.as_ref(),
            myself: &myself,
            place,
            meters: &meters,
        };
        let counters = &recorders[index].counters;
        let counter = Counter { counters, known_of_base: &known_of_base, names: &names, place };
        if let Some(name) = &section.name {
            console.status("Measuring", name);
        }
        let work = || {
            pass.measure(&mut benchmarks)?;
            Ok(counter.count(&mut benchmarks)?)
        };
        section.with_services(&root, &session, console, work)?;
        all.extend(benchmarks);
    }
    capture.machine.conditions.meanwhile = watch.end();
    capture.beside = base.as_ref().map(|base| base.beside.clone());

    let stored = store::store(staging, capture, &recorders, &all, &names)?;
    conclude(&stored, &config, console)
}

/// What was counted of a capture's own executables.
fn counted_before(stored: &StoredCapture) -> KnownCounts {
    let entries = stored.capture().benchmarks.iter();
    entries.flat_map(|e| e.counts.iter().map(|count| (e.id.clone(), count.kind))).collect()
}

/// The benchmarks of all sections.
///
/// # Errors
/// None at all in a section, and one that is in two.
fn jobs<'a>(sections: &[Section], planned: &'a [Vec<Planned>]) -> Result<Vec<Job<'a>>, Error> {
    let mut all: Vec<Job<'a>> = Vec::new();
    let mut seen = HashMap::new();
    for (section, planned) in sections.iter().zip(planned) {
        let jobs = section.jobs(planned);
        let name = section.name.as_deref().unwrap_or_default();
        if jobs.is_empty() {
            return Err(nothing_selected(&section.arguments, planned));
        }
        for job in &jobs {
            if let Some(other) = seen.insert(job.id.clone(), name) {
                return Err(Error::usage(
                    format!("[[capture]] {other} and {name} both measure {}", job.id),
                    "give one of them a `filter` or other targets",
                ));
            }
        }
        all.extend(jobs);
    }
    Ok(all)
}

/// This program's own executable.
fn myself() -> Result<PathBuf, Error> {
    std::env::current_exe().map_err(Error::CurrentDirectory)
}

/// `2026-11-20T22-58-36Z`: a colon is no letter for a folder everywhere.
fn default_label(time: SystemTime) -> Label {
    let text = humantime::format_rfc3339_seconds(time).to_string().replace(':', "-");
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
    sections: &[&CaptureArgs],
    label: &Label,
    began: SystemTime,
    build: &Build,
    profiles: &Path,
    session: &Session,
) -> Result<Capture, Error> {
    let commit = provenance::commit(session, &build.workspace_root, Some(profiles));
    let machine = provenance::machine(session);
    session.check()?;
    let mut features = Vec::new();
    let mut words = Vec::new();
    for section in sections {
        let selection = &section.selection;
        features.extend(selection.features.iter().cloned());
        if selection.all_features {
            features.push("*".to_owned());
        }
        if selection.no_default_features {
            features.push("-default".to_owned());
        }
        words.extend(section.arguments.iter().cloned());
    }
    Ok(Capture {
        label: label.clone(),
        id: store::new_id(began, label),
        time: humantime::format_rfc3339_nanos(began).to_string(),
        perfbase: env!("CARGO_PKG_VERSION").to_owned(),
        commit,
        toolchain: build.toolchain.clone(),
        machine,
        settings: Settings {
            command: command_line(),
            profile: build.profile.clone(),
            features,
            rustflags: std::env::var("RUSTFLAGS").ok().filter(|flags| !flags.is_empty()),
            arguments: words,
            runs: 0,
        },
        counters: Vec::new(),
        recorder: None,
        beside: None,
        parities: Vec::new(),
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

fn nothing_selected(arguments: &CaptureArgs, planned: &[Planned]) -> Error {
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
fn conclude(
    stored: &StoredCapture,
    config: &Config,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let capture = stored.capture();
    let stops = diff::ladder_stops(capture);
    let failed = capture.benchmarks.iter().filter(|entry| entry.failure.is_some()).count();
    let failed = failed - stops.len();
    let text = report::summary(stored, config, console)?;
    console.write_stdout(&text).map_err(Error::Stdout)?;
    console.status("Stored", &format!("{} in {}", capture.label, stored.folder().display()));
    if !stops.is_empty() {
        let names: Vec<String> = stops.iter().map(ToString::to_string).collect();
        console.note(&format!(
            "a ladder ends below {}: that is its result, and the levels below count",
            names.join(", ")
        ));
    }
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
