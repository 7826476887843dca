//! Linux perf: CPU time with user stacks (as copies, unwound later) and kernel stacks.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::tool::{self, Failed};
use super::{Cause, Refusal, Stacks, behind};
use crate::model::RecorderInfo;
use crate::process::{Command, ProcessError, Session};

/// Pages of ring buffer per CPU, largest first: at 997 samples of 16 KiB a second, perf's own
/// default of 128 pages is full after 31 ms, which a busy machine can keep perf waiting.
/// Users without privileges may lock less; perf says so and the next size is tried.
const BUFFER_PAGES: [u32; 3] = [2048, 512, 128];

/// How to get perf.
const INSTALL: &str = "install it (Debian: apt install linux-perf; \
                       Ubuntu: apt install linux-tools-generic; Fedora: dnf install perf)";
/// What mends a perf that the kernel does not let record.
pub(super) const ALLOW: &str =
    "allow it for this session: sudo sysctl kernel.perf_event_paranoid=1";
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
        let refuse = |reason: String, remedy: &str, cause| {
            Ok(Err(Refusal { recorder: "perf", reason, remedy: remedy.to_owned(), cause }))
        };
        if !cfg!(target_os = "linux") {
            let reason = "perf exists on Linux only".to_owned();
            return refuse(reason, "use samply", Cause::Elsewhere);
        }
        let (program, version) = match tool::find(session, "perf", INSTALL)? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let buffer_pages = BUFFER_PAGES[0];
        let mut perf = Self { program, version, event: "cpu-clock", frequency, buffer_pages };
        if perf.counts_cycles(session)? {
            perf.event = "cycles";
        }
        let mut last = Failed { reason: String::new(), forbidden: false };
        for pages in BUFFER_PAGES {
            perf.buffer_pages = pages;
            let file = scratch.join("probe.perf.data");
            let probe = perf.wrap(&Command::new("true"), &file, Stacks::ALL[0]);
            match tool::attempt(session, probe)? {
                Ok(_) => return Ok(Ok(perf)),
                Err(failed) => last = failed,
            }
        }
        let remedy = if last.forbidden { ALLOW } else { RETRY };
        let cause = last.cause();
        refuse(last.reason, remedy, cause)
    }

    /// Whether there is a hardware counter for cycles; most virtual machines have none.
    fn counts_cycles(&self, session: &Session) -> Result<bool, ProcessError> {
        let count = Command::new(&self.program).args(["stat", "-x,", "-e", "cycles", "--", "true"]);
        Ok(tool::attempt(session, count)?.is_ok_and(|output| {
            let text = String::from_utf8_lossy(&output.stderr);
            text.lines().any(|line| {
                line.contains("cycles")
                    && line.split(',').next().is_some_and(|n| n.parse::<u64>().is_ok_and(|n| n > 0))
            })
        }))
    }

    pub(super) fn wrap(&self, target: &Command, output: &Path, stacks: Stacks) -> Command {
        let mut options: Vec<OsString> = Vec::new();
        options.extend(["record", "--quiet", "--event", self.event, "--freq"].map(OsString::from));
        options.push(self.frequency.to_string().into());
        options.push("--call-graph".into());
        options.push(match stacks {
            Stacks::Copies { bytes } => format!("dwarf,{bytes}").into(),
            Stacks::FramePointers => "fp".into(),
        });
        options.push("--mmap-pages".into());
        options.push(self.buffer_pages.to_string().into());
        // Build ids would be collected by reading every file once more after the run.
        options.extend(["--no-buildid", "--no-buildid-cache", "--output"].map(OsString::from));
        options.push(output.into());
        behind(&self.program, options, target)
    }

    /// KiB of ring buffer for each CPU, and what was asked for first.
    pub(super) fn buffer_kib(&self) -> (u64, u64) {
        // Of 4 KiB each; larger pages only make it more.
        (u64::from(self.buffer_pages) * 4, u64::from(BUFFER_PAGES[0]) * 4)
    }

    pub(super) fn info(&self) -> RecorderInfo {
        RecorderInfo {
            name: "perf".to_owned(),
            version: self.version.clone(),
            event: self.event.to_owned(),
            frequency_hz: f64::from(self.frequency),
            stacks: Stacks::ALL[0].to_string(),
        }
    }
}
