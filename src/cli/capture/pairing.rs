//! Whose executables are run in turns with the new ones, and that these are kept for the next time.

use std::collections::BTreeMap;

use super::args::{Against, CaptureArgs};
use super::base::{self, Base};
use super::job::Job;
use super::plan::Planned;
use crate::build::Executable;
use crate::build::kept::Kept;
use crate::console::Console;
use crate::error::Error;
use crate::model::{BenchmarkEntry, BenchmarkId, Beside, Capture, Harness, Label};
use crate::store::Store;

/// The capture to measure beside.
pub(super) struct Pairing {
    /// Which.
    pub(super) beside: Beside,
    /// Its executables, ready to run.
    pub(super) executables: Vec<Executable>,
    /// Which of them runs each benchmark, by digest: after `--append` of some benchmarks a target
    /// may have several.
    runs: Vec<(BenchmarkId, Option<String>)>,
}

impl Pairing {
    /// Whether there is an executable that ran this benchmark.
    pub(super) fn has(&self, id: &BenchmarkId) -> bool {
        self.runs.iter().any(|(known, _)| known == id)
    }

    /// Its executables of the same targets as these, each once.
    pub(super) fn of(&self, planned: &[Planned]) -> Vec<Executable> {
        let is_of = |one: &Executable, other: &Executable| {
            (&one.package, one.kind, &one.name) == (&other.package, other.kind, &other.name)
        };
        let wanted = |one: &&Executable| planned.iter().any(|p| is_of(one, &p.executable));
        self.executables.iter().filter(wanted).cloned().collect()
    }

    /// Whether this is the executable that ran the benchmark.
    pub(super) fn runs(&self, job: &Job<'_>) -> bool {
        self.runs.iter().any(|(id, digest)| *id == job.id && *digest == job.executable.digest)
    }
}

/// Finds the capture that the new one is measured beside, and says which or why none.
///
/// # Errors
/// When one was asked for that cannot be, or the store cannot be read.
pub(super) fn find(
    arguments: &CaptureArgs,
    store: &Store,
    new: &Capture,
    jobs: &[Job<'_>],
    kept: &Kept,
    console: &Console,
) -> Result<Option<Pairing>, Error> {
    let planned: Vec<(BenchmarkId, Harness)> = jobs
        .iter()
        .filter(|job| job.failure.is_none())
        .map(|job| (job.id.clone(), job.harness()))
        .collect();
    let mut find = |entry: &BenchmarkEntry| {
        let digest = entry.executable.as_deref().unwrap_or_default();
        kept.find(digest, &entry.id.package, &entry.id.target).map_err(|error| error.to_string())
    };
    let previous = match arguments.append {
        true => Some(store.read(&new.label)?.into_capture()),
        false => None,
    };
    // Runs are added to a capture in the way in which it was made.
    let asked = match (&arguments.against, &previous) {
        (Some(against), _) => Some(against.clone()),
        (None, Some(previous)) => Some(match &previous.beside {
            Some(beside) => Against::Label(beside.label.clone()),
            None => Against::None,
        }),
        (None, None) => None,
    };
    let captures: Vec<Capture>;
    let chosen = match asked {
        Some(Against::None) => None,
        Some(Against::Label(label)) => {
            captures = vec![store.read(&label)?.into_capture()];
            let base = base::against(&captures[0], new, &planned, &mut find);
            Some(base.map_err(|reason| impossible(&label, &reason))?)
        }
        None => {
            let listed = store.list()?.into_iter();
            captures = listed.filter_map(|one| Some(one.capture.ok()?.into_capture())).collect();
            match base::choose(&captures, new, &planned, find) {
                Ok(base) => Some(base),
                Err(_) if captures.is_empty() || arguments.measure.only_counts() => None,
                Err(reason) => {
                    console.note(&format!(
                        "measured alone ({reason}): comparisons will resolve less than in turns"
                    ));
                    None
                }
            }
        }
    };
    let beside = chosen.as_ref().map(|base| Beside {
        label: base.capture.label.clone(),
        id: base.capture.id.clone(),
        layouts: 1,
        // Runs are added by who has seen what there was: one look more.
        looks: arguments.measure.looks()
            + previous.as_ref().and_then(|p| p.beside.as_ref()).map_or(0, |beside| beside.looks),
    });
    if let Some(previous) = &previous {
        check_same_programs(previous, jobs)?;
    }
    if let Some(previous) = previous
        && previous.beside.as_ref().map(|beside| &beside.id)
            != beside.as_ref().map(|beside| &beside.id)
    {
        let beside = match &previous.beside {
            Some(beside) => format!("in turns with another capture, `{}`", beside.label),
            None => "alone".to_owned(),
        };
        return Err(Error::usage(
            format!("cannot add runs to `{}`: it was measured {beside}", new.label),
            "capture under another label, or replace it with --force",
        ));
    }
    let Some((chosen, beside)) = chosen.zip(beside) else { return Ok(None) };
    if arguments.append {
        check_all_runnable(&new.label, &chosen)?;
    }
    if !arguments.measure.only_counts() {
        tell(&chosen, jobs, console);
    }
    let runs = chosen.runnable.iter();
    let runs = runs.map(|(id, executable)| (id.clone(), executable.digest.clone())).collect();
    Ok(Some(Pairing { beside, executables: distinct(&chosen), runs }))
}

/// Runs of another program are no more runs of the same.
fn check_same_programs(previous: &Capture, jobs: &[Job<'_>]) -> Result<(), Error> {
    let other = jobs.iter().find(|job| {
        let entry = previous.entry(&job.id);
        entry.is_some_and(|entry| {
            entry.executable.is_some()
                && job.executable.digest.is_some()
                && entry.executable != job.executable.digest
        })
    });
    match other {
        None => Ok(()),
        Some(job) => Err(Error::usage(
            format!("cannot add runs to `{}`: {} is another program now", previous.label, job.id),
            "capture under another label; runs are added to a capture of the same code",
        )),
    }
}

/// Adding runs to one side only would leave pairs without partners.
fn check_all_runnable(label: &Label, base: &Base<'_, Executable>) -> Result<(), Error> {
    match base.alone.first() {
        None => Ok(()),
        Some((id, why)) => Err(Error::usage(
            format!("cannot add pairs to `{label}`: of {id}, {why}"),
            "capture under another label, or replace it with --force",
        )),
    }
}

fn impossible(label: &Label, reason: &str) -> Error {
    Error::usage(
        format!("cannot measure in turns with `{label}`: {reason}"),
        "leave out --against for the newest capture that can be run again, or measure alone with \
         --against none",
    )
}

fn tell(base: &Base<'_, Executable>, jobs: &[Job<'_>], console: &Console) {
    let label = &base.capture.label;
    console.status(
        "Pairing",
        &format!(
            "with {label}: its executables run in turns with the new ones, which doubles the time"
        ),
    );
    for remark in &base.remarks {
        console.note(remark);
    }
    let mut alone: BTreeMap<&str, Vec<&BenchmarkId>> = BTreeMap::new();
    for (id, why) in &base.alone {
        alone.entry(why).or_default().push(id);
    }
    for (why, ids) in alone {
        let more =
            if ids.len() > 1 { format!(" and {} more", ids.len() - 1) } else { String::new() };
        console.note(&format!("{}{more} measured alone: {why}", ids[0]));
    }
    let is_same = |job: &Job<'_>| {
        let entry = base.capture.entry(&job.id);
        entry.is_some_and(|entry| {
            entry.executable.is_some() && entry.executable == job.executable.digest
        })
    };
    if base.alone.is_empty() && jobs.iter().all(is_same) {
        console.note(&format!(
            "these are the very executables of {label}: nothing that they run has changed"
        ));
    }
}

/// Each executable once, in the order in which benchmarks need them.
fn distinct(base: &Base<'_, Executable>) -> Vec<Executable> {
    let mut all: Vec<Executable> = Vec::new();
    for (_, executable) in &base.runnable {
        if !all.iter().any(|known| known.path == executable.path && known.name == executable.name) {
            all.push(executable.clone());
        }
    }
    all
}

/// Keeps the executables, and has the copies run: both sides of a pair then have paths of the same
/// length, which else would move what lies on the stack (Mytkowicz et al. 2009).
pub(super) fn keep(planned: &mut [Planned], kept: &Kept, console: &Console) {
    let mut told = Vec::new();
    for planned in planned {
        match kept.keep(&planned.executable) {
            Ok(copy) => planned.executable = copy,
            Err(reason) => {
                let text = format!(
                    "{} is not kept for later comparisons: {reason}",
                    planned.executable.kind.target(&planned.executable.name)
                );
                if !told.contains(&text) {
                    console.note(&text);
                    told.push(text);
                }
            }
        }
    }
}
