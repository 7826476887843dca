//! The recorder that needs nothing: an agent inside the measured process.
//!
//! The agent (`agent/`, compiled apart by `build.rs`) is a shared library that the loader puts
//! into the process (`LD_PRELOAD`). It writes samples (registers and a copy of the stack's top)
//! into memory that it shares with this program, which runs between the capture and the target as
//! a child of its own ([`embedded_main`]), as other recorders do, and writes what it reads there to a
//! file. `ingest::embedded` reads that file.
//!
//! * `agent` – what runs in the process; no module of this crate;
//! * `layout` – the shared memory, for both sides;
//! * `library` – the agent's file, in a folder that the user alone can write;
//! * `region` – the shared memory, read as what a stranger may have written;
//! * `run` – the program that starts the target, drains the memory, and ends as the target did.
//!
//! Invariant: whatever the target does to the shared memory, reading it is bounded and sound.
//! Absent on purpose: any unwinding; it happens after the run.

#[cfg(target_os = "linux")]
#[expect(dead_code, unreachable_pub, reason = "the agent, which is apart, needs the rest")]
mod layout;
#[cfg(target_os = "linux")]
mod library;
#[cfg(target_os = "linux")]
mod region;
#[cfg(target_os = "linux")]
mod run;
mod suits;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub use suits::unsuitable;

use super::{Cause, Refusal, Stacks, behind, tool};
use crate::model::RecorderInfo;
use crate::process::{Command, ProcessError, Session};

/// The hidden first argument that makes our executable run a target under the agent.
pub const EMBEDDED: &str = "__embedded";

/// What to do without it.
const REMEDY: &str = "install perf (Debian: apt install linux-perf) or samply";

/// A way of sampling that was tried and works.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// This executable.
    myself: PathBuf,
    library: PathBuf,
    frequency: u32,
}

impl Embedded {
    /// Puts the agent's file in its place and tries it.
    ///
    /// # Errors
    /// The outer error is the user's interrupt.
    pub fn find(
        session: &Session,
        frequency: u32,
        scratch: &Path,
    ) -> Result<Result<Self, Refusal>, ProcessError> {
        let refuse = |reason: String| {
            let cause = if cfg!(target_os = "linux") { Cause::Other } else { Cause::Elsewhere };
            Ok(Err(Refusal { recorder: "embedded", reason, remedy: REMEDY.to_owned(), cause }))
        };
        let library = match library() {
            Ok(library) => library,
            Err(reason) => return refuse(reason),
        };
        let myself = match std::env::current_exe() {
            Ok(myself) => myself,
            Err(error) => return refuse(format!("this program does not find itself: {error}")),
        };
        let embedded = Self { myself, library, frequency };
        let file = scratch.join("probe.embedded");
        // This program uses the CPU for a moment; one that is statically linked takes another.
        let target = match unsuitable(&embedded.myself) {
            None => Command::new(&embedded.myself).args([EMBEDDED, "spin"]),
            Some(_) => Command::new("sleep").arg("0.2"),
        };
        let probe = embedded.wrap(&target, &file, Stacks::ALL[0]);
        let tried = tool::attempt(session, probe)?;
        let was_sampled = fs_err::metadata(&file).is_ok_and(|file| file.len() > EMPTY_FILE);
        let _ = fs_err::remove_file(&file);
        match tried {
            Ok(_) if was_sampled => Ok(Ok(embedded)),
            Ok(output) => refuse(match tool::complaint(&output) {
                said if output.stderr.is_empty() => {
                    format!(
                        "the loader did not load its agent, or the agent could not sample ({said})"
                    )
                }
                said => said,
            }),
            Err(failed) => refuse(failed.reason),
        }
    }

    pub(super) fn wrap(&self, target: &Command, output: &Path, stacks: Stacks) -> Command {
        let bytes = match stacks {
            Stacks::Copies { bytes } => bytes,
            Stacks::FramePointers => 0,
        };
        let options: Vec<OsString> = vec![
            EMBEDDED.into(),
            self.library.clone().into(),
            output.into(),
            self.frequency.to_string().into(),
            bytes.to_string().into(),
        ];
        behind(&self.myself, options, target)
    }

    pub(super) fn info(&self) -> RecorderInfo {
        RecorderInfo {
            name: "embedded".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            event: "cpu-clock".to_owned(),
            frequency_hz: f64::from(self.frequency),
            stacks: Stacks::ALL[0].to_string(),
        }
    }
}

/// Size of a file that mentions no process: its header and its end. Who is mentioned has loaded
/// the agent, and the agent has tried to copy a stack.
const EMPTY_FILE: u64 = 32 + 16;

/// The agent's file, put in its place.
#[cfg(target_os = "linux")]
fn library() -> Result<PathBuf, String> {
    library::install()
}

/// There is none.
#[cfg(not(target_os = "linux"))]
fn library() -> Result<PathBuf, String> {
    Err("it exists on Linux only".to_owned())
}

/// The `main` of the program between capture and target; `arguments` are those after
/// [`EMBEDDED`]. Ends as the target did.
pub fn embedded_main(arguments: &[OsString]) -> ExitCode {
    #[cfg(target_os = "linux")]
    return run::main(arguments);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = arguments;
        ExitCode::from(127)
    }
}
