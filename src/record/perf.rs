//! Linux perf: CPU time with user stacks (as copies, unwound later) and kernel stacks.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Refusal, behind};
use crate::model::RecorderInfo;
use crate::process::{Command, Output, ProcessError, Session, Status, failure_tail};

/// Bytes of stack copied with each sample. 16 KiB hold about 91 % of the whole stacks that
/// 64 KiB hold, at a quarter of the data; stacks that do not fit are counted as truncated.
const STACK_BYTES: u32 = 16_384;

/// Pages of ring buffer per CPU, largest first: at 997 samples of 16 KiB a second, perf's own
/// default of 128 pages is full after 31 ms, which a busy machine can keep perf waiting.
/// Users without privileges may lock less; perf says so and the next size is tried.
const BUFFER_PAGES: [u32; 3] = [2048, 512, 128];

/// What mends a perf that the kernel does not let record.
const ALLOW: &str = "allow it for this session: sudo sysctl kernel.perf_event_paranoid=1";
/// What may mend one that fails for another reason.
const RETRY: &str = "see what it says of itself: perf record -o /dev/null -- true";

/// A perf that was tried and works.
#[derive(Clone, Debug)]
pub struct Perf {
    program: PathBuf,
    version: String,
    event: &'static str,
    frequency: u32,
    buffer_pages: u32,
}

impl Perf {
    /// Finds perf and tries it.
    ///
    /// # Errors
    /// The outer error is the user's interrupt.
    pub fn find(
        session: &Session,
        frequency: u32,
        scratch: &Path,
    ) -> Result<Result<Self, Refusal>, ProcessError> {
        let refuse = |reason: String, remedy: &str| {
            Ok(Err(Refusal { recorder: "perf", reason, remedy: remedy.to_owned() }))
        };
        if !cfg!(target_os = "linux") {
            return refuse("perf exists on Linux only".to_owned(), "use samply");
        }
        let Ok(program) = which::which("perf") else {
            return refuse(
                "perf is not installed".to_owned(),
                "install it (Debian: apt install linux-perf; Ubuntu: apt install linux-tools-generic; Fedora: dnf install perf)",
            );
        };
        let version = match quick(session, &program, &["--version"])? {
            Ok(output) => String::from_utf8_lossy(&output.stdout)
                .trim()
                .trim_start_matches("perf version ")
                .to_owned(),
            Err(reason) => return refuse(reason, "reinstall perf for the running kernel"),
        };
        let mut perf =
            Self { program, version, event: "cpu-clock", frequency, buffer_pages: BUFFER_PAGES[0] };
        if perf.counts_cycles(session)? {
            perf.event = "cycles";
        }
        let mut reason = String::new();
        let mut remedy = RETRY;
        for pages in BUFFER_PAGES {
            perf.buffer_pages = pages;
            let probe = Command {
                timeout: Some(Duration::from_secs(20)),
                ..perf.wrap(&Command::new("true"), &scratch.join("probe.perf.data"))
            };
            match session.run(&probe) {
                Ok(output) if output.status == Status::Exited(0) => return Ok(Ok(perf)),
                Ok(output) => {
                    if is_forbidden(&output) {
                        remedy = ALLOW;
                    }
                    reason = complaint(&output);
                }
                Err(error @ ProcessError::Interrupted { .. }) => return Err(error),
                Err(error) => reason = error.to_string(),
            }
        }
        refuse(reason, remedy)
    }

    /// Whether there is a hardware counter for cycles; most virtual machines have none.
    fn counts_cycles(&self, session: &Session) -> Result<bool, ProcessError> {
        let counted =
            quick(session, &self.program, &["stat", "-x,", "-e", "cycles", "--", "true"])?;
        Ok(counted.is_ok_and(|output| {
            let text = String::from_utf8_lossy(&output.stderr);
            text.lines().any(|line| {
                line.contains("cycles")
                    && line.split(',').next().is_some_and(|n| n.parse::<u64>().is_ok_and(|n| n > 0))
            })
        }))
    }

    pub(super) fn wrap(&self, target: &Command, output: &Path) -> Command {
        let mut options: Vec<OsString> = Vec::new();
        options.extend(["record", "--quiet", "--event", self.event, "--freq"].map(OsString::from));
        options.push(self.frequency.to_string().into());
        options.push("--call-graph".into());
        options.push(format!("dwarf,{STACK_BYTES}").into());
        options.push("--mmap-pages".into());
        options.push(self.buffer_pages.to_string().into());
        // Build ids would be collected by reading every file once more after the run.
        options.extend(["--no-buildid", "--no-buildid-cache", "--output"].map(OsString::from));
        options.push(output.into());
        behind(&self.program, options, target)
    }

    pub(super) fn info(&self) -> RecorderInfo {
        RecorderInfo {
            name: "perf".to_owned(),
            version: self.version.clone(),
            event: self.event.to_owned(),
            frequency_hz: f64::from(self.frequency),
            stacks: format!("stack copies of {STACK_BYTES} bytes"),
        }
    }
}

/// Runs a program that answers at once. The inner error is what it said.
pub(super) fn quick(
    session: &Session,
    program: &Path,
    arguments: &[&str],
) -> Result<Result<Output, String>, ProcessError> {
    let command = Command {
        args: arguments.iter().map(OsString::from).collect(),
        timeout: Some(Duration::from_secs(20)),
        ..Command::new(program)
    };
    match session.run(&command) {
        Ok(output) if output.status == Status::Exited(0) => Ok(Ok(output)),
        Ok(output) => Ok(Err(complaint(&output))),
        Err(error @ ProcessError::Interrupted { .. }) => Err(error),
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// Whether the kernel did not let it record.
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
