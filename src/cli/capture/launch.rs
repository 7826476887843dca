//! The command line of one run of one benchmark.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::job::Job;
use crate::console::Console;
use crate::model::Harness;
use crate::process::{Command, Output, ProcessError, Session};
use crate::workspace::{exact_arguments, once_arguments};

/// Time for one run: how long the harness warms up and how long it measures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub(super) warm_up: Duration,
    pub(super) measure: Duration,
}

/// Where runs take place.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// When a run is given up.
    pub(super) timeout: Duration,
    /// Where raw results stand until they are read.
    pub(super) scratch: &'a Path,
    pub(super) session: &'a Session,
    pub(super) console: &'a Console,
}

impl Place<'_> {
    /// Runs a command to its end, and says which, when all is to be said.
    ///
    /// # Errors
    /// When the user interrupts or the process cannot be started at all.
    pub(super) fn run(&self, command: &Command) -> Result<Output, ProcessError> {
        self.console.verbose("Running", &command.display());
        self.session.run(command)
    }
}

/// The command that runs one benchmark alone, as cargo would run its executable: the same
/// environment, folder and runner. criterion writes below `home`, never into `target/criterion`.
pub(super) fn command(job: &Job<'_>, budget: Budget, home: &Path, timeout: Duration) -> Command {
    let executable = job.executable;
    let mut words: Vec<OsString> = match &job.listed {
        Some(listed) => {
            let exact = exact_arguments(job.harness(), listed, job.split.include_ignored);
            exact.into_iter().map(OsString::from).collect()
        }
        None => executable.arguments.clone(),
    };
    for (option, value) in defaults(job, budget) {
        // The user's own setting of the same option holds.
        let given = |word: &String| word == option || word.starts_with(&format!("{option}="));
        if !job.split.given.iter().any(given) {
            words.push(option.into());
            words.extend(value.map(OsString::from));
        }
    }
    words.extend(job.split.given.iter().map(OsString::from));

    let mut command = executable.command(words).timeout(timeout);
    if job.harness() == Harness::Criterion {
        command = command.env("CRITERION_HOME", home);
    }
    command
}

/// The command that runs one benchmark's routine once, for counting. The harness measures nothing.
pub(super) fn once(job: &Job<'_>, home: &Path, timeout: Duration) -> Command {
    let executable = job.executable;
    let mut words: Vec<OsString> = match &job.listed {
        Some(listed) => {
            let once = once_arguments(job.harness(), listed, job.split.include_ignored);
            once.into_iter().map(OsString::from).collect()
        }
        None => executable.arguments.clone(),
    };
    words.extend(job.split.given.iter().map(OsString::from));
    let mut command = executable.command(words).timeout(timeout);
    if job.harness() == Harness::Criterion {
        command = command.env("CRITERION_HOME", home);
    }
    command
}

/// Options for the harness that the user may override.
fn defaults(job: &Job<'_>, budget: Budget) -> Vec<(&'static str, Option<String>)> {
    // criterion 0.3 takes whole seconds only.
    let version = job.executable.harness_version.as_deref();
    let whole = job.harness() == Harness::Criterion
        && version.is_none_or(|version| version.starts_with("0.3."));
    let seconds = |time: Duration| {
        let seconds = time.as_secs_f64();
        Some(if whole { seconds.ceil() } else { seconds }.to_string())
    };
    match job.harness() {
        Harness::Criterion => vec![
            ("--noplot", None),
            ("--warm-up-time", seconds(budget.warm_up)),
            ("--measurement-time", seconds(budget.measure)),
            // Its own analysis is not read, and 100,000 resamples take a second each time.
            ("--nresamples", Some("1001".to_owned())),
            // A hundred would take a second of a benchmark of 10 ms, and there are many runs.
            ("--sample-size", Some("20".to_owned())),
        ],
        Harness::Divan => {
            vec![("--color", Some("never".to_owned())), ("--min-time", seconds(budget.measure))]
        }
        Harness::Libtest | Harness::Process => Vec::new(),
    }
}
