//! Which benchmarks there are, and which of them are wanted.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use super::job::Job;
use crate::build::Executable;
use crate::console::Console;
use crate::model::{BenchmarkId, Harness, SortFew as _};
use crate::process::{ProcessError, Session, Status, failure_tail};
use crate::workspace::{
    Filter, ListAttempt, Listed, Split, list_attempts, list_ignored_arguments, parse_list,
    split_arguments,
};

/// An executable with its benchmarks and the user's arguments that concern it.
pub(super) struct Planned {
    pub(super) executable: Executable,
    pub(super) listed: Result<Vec<Listed>, ListFailure>,
    pub(super) split: Split,
    /// The level of the ladder that it is run at, as `concurrency=32`.
    pub(super) level: Option<String>,
}

/// Why an executable does not say which benchmarks it has.
pub(in crate::cli) struct ListFailure {
    pub(in crate::cli) status: String,
    pub(in crate::cli) output: String,
}

/// Asks each executable for its benchmarks.
///
/// # Errors
/// Only when the user interrupts or an executable cannot be started.
pub(super) fn list(
    executables: Vec<Executable>,
    arguments: &[String],
    timeout: Duration,
    session: &Session,
    console: &Console,
) -> Result<Vec<Planned>, ProcessError> {
    let mut dropped: BTreeMap<Harness, Vec<String>> = BTreeMap::new();
    let mut planned = Vec::new();
    for executable in executables {
        let split = split_arguments(executable.harness, arguments);
        if !split.dropped.is_empty() {
            dropped.entry(executable.harness).or_insert_with(|| split.dropped.clone());
        }
        let listed = list_one(&executable, &split, timeout, session)?;
        planned.push(Planned { executable, listed, split, level: None });
    }
    for (harness, arguments) in dropped {
        console.note(&format!(
            "{} not given to {harness}, which does not know it",
            arguments.join(" ")
        ));
    }
    Ok(planned)
}

/// Asks one executable for its benchmarks.
///
/// # Errors
/// Only when the user interrupts or it cannot be started.
pub(in crate::cli) fn list_one(
    executable: &Executable,
    split: &Split,
    timeout: Duration,
    session: &Session,
) -> Result<Result<Vec<Listed>, ListFailure>, ProcessError> {
    let mut failure = None;
    for attempt in list_attempts(executable.harness) {
        match ask(executable, &attempt, timeout, session)? {
            Ok(stdout) => match parse_list(executable.harness, &stdout) {
                Ok(mut listed) => {
                    listed.retain(|one| executable.counts(one));
                    if !split.include_ignored
                        && let Some(arguments) = list_ignored_arguments(executable.harness)
                    {
                        let attempt = ListAttempt { arguments, ..attempt.clone() };
                        if let Ok(stdout) = ask(executable, &attempt, timeout, session)?
                            && let Ok(ignored) = parse_list(executable.harness, &stdout)
                        {
                            listed.retain(|one| !ignored.contains(one));
                        }
                    }
                    return Ok(Ok(listed));
                }
                Err(error) => {
                    failure =
                        Some(ListFailure { status: error.to_string(), output: String::new() });
                }
            },
            Err(told) => failure = Some(told),
        }
    }
    Ok(failure.map_or_else(|| Ok(Vec::new()), Err))
}

fn ask(
    executable: &Executable,
    attempt: &ListAttempt,
    timeout: Duration,
    session: &Session,
) -> Result<Result<String, ListFailure>, ProcessError> {
    let arguments = attempt.arguments.iter().map(OsString::from);
    let mut command = executable.command(arguments).timeout(timeout);
    for (name, value) in &attempt.environment {
        command = command.env(name, value);
    }
    let output = session.run(&command)?;
    Ok(match output.status {
        Status::Exited(0) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        status => Err(ListFailure { status: status.to_string(), output: failure_tail(&output) }),
    })
}

/// The benchmarks that the filters take, in order of their ids. An executable that does not
/// answer is a job that has failed already.
pub(super) fn jobs<'a>(planned: &'a [Planned], filters: &[String], exact: bool) -> Vec<Job<'a>> {
    let mut jobs = Vec::new();
    for Planned { executable, listed, split, level } in planned {
        let mut patterns = filters.to_vec();
        patterns.extend(split.filters.iter().cloned());
        let filter = Filter { patterns, exact: exact || split.exact };
        let id = |benchmark: &str| BenchmarkId {
            package: executable.package.clone(),
            target: executable.kind.target(&executable.name),
            benchmark: benchmark.to_owned(),
        };
        match listed {
            Ok(_) if executable.harness == Harness::Process => {
                let id = id(&executable.name);
                if filter.takes(&id) {
                    jobs.push(Job::new(at(id, level), executable, None, split));
                }
            }
            Ok(listed) => {
                for one in listed {
                    let id = id(&one.name);
                    if filter.takes(&id) {
                        jobs.push(Job::new(at(id, level), executable, Some(one.clone()), split));
                    }
                }
            }
            Err(failure) => {
                let id = at(id(&executable.name), level);
                let mut job = Job::new(id, executable, None, split);
                job.fail("listing".to_owned(), failure.status.clone(), failure.output.clone());
                jobs.push(job);
            }
        }
    }
    jobs.sort_few_by(|a, b| a.id.cmp(&b.id));
    jobs.dedup_by(|a, b| a.id == b.id);
    jobs
}

/// A benchmark's id at a level.
fn at(mut id: BenchmarkId, level: &Option<String>) -> BenchmarkId {
    if let Some(level) = level {
        id.benchmark = format!("{}/{level}", id.benchmark);
    }
    id
}
