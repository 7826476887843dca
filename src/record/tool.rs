//! Finding a recorder's program, and trying it.

use std::path::PathBuf;
use std::time::Duration;

use super::{Cause, Refusal};
use crate::process::{Command, Output, ProcessError, Session, Status, failure_tail};

/// Time in which a tool says its version, or records a program that does nothing.
const PATIENCE: Duration = Duration::from_secs(20);

/// A tool that did not do what it was tried for.
pub(super) struct Failed {
    /// Why, in a line.
    pub(super) reason: String,
    /// Whether the kernel did not let it record.
    pub(super) forbidden: bool,
}

impl Failed {
    /// From what it said.
    pub(super) fn of(output: &Output) -> Self {
        Self { reason: complaint(output), forbidden: is_forbidden(output) }
    }

    /// The kind of obstacle.
    pub(super) fn cause(&self) -> Cause {
        // Debian and Ubuntu have a script of perf's name, which looks for that of the kernel.
        let is_script = self.reason.contains("not found for kernel");
        match (is_script, self.forbidden) {
            (true, _) => Cause::Missing,
            (_, true) => Cause::Forbidden,
            _ => Cause::Other,
        }
    }
}

/// Runs a command that answers at once.
///
/// # Errors
/// The outer error is the user's interrupt.
pub(super) fn attempt(
    session: &Session,
    command: Command,
) -> Result<Result<Output, Failed>, ProcessError> {
    match session.run(&command.timeout(PATIENCE)) {
        Ok(output) if output.status == Status::Exited(0) => Ok(Ok(output)),
        Ok(output) => Ok(Err(Failed::of(&output))),
        Err(error @ ProcessError::Interrupted { .. }) => Err(error),
        Err(error) => Ok(Err(Failed { reason: error.to_string(), forbidden: false })),
    }
}

/// A program in `PATH` and its version, as `NAME --version` says it; else why not, with how to
/// `install` it.
///
/// # Errors
/// The outer error is the user's interrupt.
pub(super) fn find(
    session: &Session,
    name: &'static str,
    install: &str,
) -> Result<Result<(PathBuf, String), Refusal>, ProcessError> {
    let refuse = |reason: String, cause| {
        Ok(Err(Refusal { recorder: name, reason, remedy: install.to_owned(), cause }))
    };
    let Ok(program) = which::which(name) else {
        return refuse(format!("{name} is not installed"), Cause::Missing);
    };
    let told = match attempt(session, Command::new(&program).arg("--version"))? {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(failed) => {
            let cause = failed.cause();
            return refuse(failed.reason, cause);
        }
    };
    let version = told.trim_start_matches(name).trim_start_matches(" version").trim();
    Ok(Ok((program, version.to_owned())))
}

fn is_forbidden(output: &Output) -> bool {
    let text = failure_tail(output);
    ["perf_event_paranoid", "ermission", "not permitted"].iter().any(|word| text.contains(word))
}

/// How a tool failed, in a line: the first one that says something.
pub(super) fn complaint(output: &Output) -> String {
    let text = failure_tail(output);
    let said = text.lines().map(str::trim).find(|line| !line.is_empty() && *line != "Error:");
    match (said, output.status) {
        (Some(line), Status::Exited(_)) => line.to_owned(),
        (Some(line), status) => format!("{status}: {line}"),
        (None, status) => format!("{status}, without a word"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_a_line() {
        let mut output = Output {
            status: Status::Exited(255),
            stdout: Vec::new(),
            stderr: b"Error:\nAccess to performance monitoring is limited.\nMore\n".to_vec(),
            stdout_cut: false,
            stderr_cut: false,
            wall: Duration::ZERO,
            resources: None,
            stopped: false,
        };
        assert_eq!(complaint(&output), "Access to performance monitoring is limited.");
        assert!(!is_forbidden(&output));
        output.status = Status::Signaled(11);
        output.stderr = b"perf_event_paranoid setting is 4:\n".to_vec();
        assert!(is_forbidden(&output));
        assert!(complaint(&output).starts_with("killed by signal 11"));
        output.stderr.clear();
        assert!(complaint(&output).ends_with("without a word"));
    }
}
