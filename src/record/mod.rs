//! Who records profiles, and how a benchmark is put under a recorder.
//!
//! One file per recorder. A recorder turns the command of a benchmark into one that records it
//! into a file; it is tried on a tiny program before it is chosen, because settings do not tell
//! whether it works. Nothing is parsed here: the file goes to `ingest` as it is.

mod embedded;
mod perf;
mod reference;
mod repeat;
mod samply;
mod schedule;
mod stacks;
mod tool;
mod valgrind;

use std::path::Path;

use crate::model::RecorderInfo;
use crate::process::{Command, ProcessError, Session};

pub use embedded::{EMBEDDED, Embedded, embedded_main, unsuitable};
pub use perf::Perf;
pub use reference::ReferenceKernel;
pub use repeat::{REPEAT, arguments as repeat_arguments, read_report, repeat_main};
pub use samply::Samply;
pub use schedule::{Turn, rotation};
pub use stacks::Stacks;
pub use valgrind::{Tool, Valgrind};

/// A recorder that was tried and works.
#[derive(Clone, Debug)]
pub enum Recorder {
    /// Linux perf.
    Perf(Perf),
    /// samply.
    Samply(Samply),
    /// The agent that this program brings along.
    Embedded(Embedded),
}

/// Which recorder is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The best that works.
    Auto,
    /// perf or nothing.
    Perf,
    /// samply or nothing.
    Samply,
    /// This program's own agent or nothing.
    Embedded,
}

/// What kind of obstacle a recorder met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// Its program is not there.
    Missing,
    /// The system does not let it record.
    Forbidden,
    /// It does not exist for this operating system.
    Elsewhere,
    /// Something else.
    #[default]
    Other,
}

/// Why a recorder does not work here, and what would mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `perf`, `samply`, `embedded`.
    pub recorder: &'static str,
    /// What is wrong.
    pub reason: String,
    /// The command or setting that mends it.
    pub remedy: String,
    /// What kind of obstacle it is.
    pub cause: Cause,
}

/// What trying the recorders gave.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The one to use; `None` when none works.
    pub recorder: Option<Recorder>,
    /// Those tried before it, in order.
    pub refusals: Vec<Refusal>,
}

/// Tries the recorders wanted, best first, on a tiny program; `scratch` is a folder for what
/// they write.
///
/// # Errors
/// Only when the user interrupts; a recorder that does not work is a [`Refusal`].
pub fn choose(
    session: &Session,
    wanted: Wanted,
    frequency: u32,
    scratch: &Path,
) -> Result<Choice, ProcessError> {
    let mut refusals = Vec::new();
    if matches!(wanted, Wanted::Auto | Wanted::Perf) {
        match Perf::find(session, frequency, scratch)? {
            Ok(perf) => return Ok(Choice { recorder: Some(Recorder::Perf(perf)), refusals }),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if matches!(wanted, Wanted::Auto | Wanted::Samply) {
        match Samply::find(session, frequency, scratch)? {
            Ok(samply) => return Ok(Choice { recorder: Some(Recorder::Samply(samply)), refusals }),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if matches!(wanted, Wanted::Auto | Wanted::Embedded) {
        match Embedded::find(session, frequency, scratch)? {
            Ok(own) => return Ok(Choice { recorder: Some(Recorder::Embedded(own)), refusals }),
            Err(refusal) => refusals.push(refusal),
        }
    }
    Ok(Choice { recorder: None, refusals })
}

/// Tries every recorder, best first, also those behind one that works. They are tried as
/// [`choose`] tries them.
///
/// # Errors
/// Only when the user interrupts.
pub fn try_all(
    session: &Session,
    frequency: u32,
    scratch: &Path,
) -> Result<Vec<Result<Recorder, Refusal>>, ProcessError> {
    Ok(vec![
        Perf::find(session, frequency, scratch)?.map(Recorder::Perf),
        Samply::find(session, frequency, scratch)?.map(Recorder::Samply),
        Embedded::find(session, frequency, scratch)?.map(Recorder::Embedded),
    ])
}

impl Recorder {
    /// The ways in which it can take stacks, the ordinary one first; others are for benchmarks
    /// whose stacks that one does not take whole.
    pub fn stacks(&self) -> &'static [Stacks] {
        match self {
            Self::Perf(_) => &Stacks::ALL,
            Self::Samply(_) => &Stacks::ALL[..1],
            // 16 KiB, and 64 KiB where that is not enough.
            Self::Embedded(_) => &Stacks::ALL[..2],
        }
    }

    /// The command that runs `target` and records it into `output`.
    pub fn wrap(&self, target: &Command, output: &Path, stacks: Stacks) -> Command {
        match self {
            Self::Perf(perf) => perf.wrap(target, output, stacks),
            Self::Samply(samply) => samply.wrap(target, output),
            Self::Embedded(embedded) => embedded.wrap(target, output, stacks),
        }
    }

    /// The file name that the recorder wants for its output.
    pub fn file_name(&self) -> &'static str {
        match self {
            Self::Perf(_) => "perf.data",
            Self::Samply(_) => "samply.json.gz",
            Self::Embedded(_) => "embedded.samples",
        }
    }

    /// What it may fill of each CPU's buffer before it has to be read, in KiB, and what it would
    /// like to; `None` where it has no such buffers.
    pub fn buffer_kib(&self) -> Option<(u64, u64)> {
        match self {
            Self::Perf(perf) => Some(perf.buffer_kib()),
            Self::Samply(_) | Self::Embedded(_) => None,
        }
    }

    /// Its name and settings. The event is what it was asked for.
    pub fn info(&self) -> RecorderInfo {
        match self {
            Self::Perf(perf) => perf.info(),
            Self::Samply(samply) => samply.info(),
            Self::Embedded(embedded) => embedded.info(),
        }
    }
}

/// `target` with another program in front of its own; folder, environment and limits stay.
fn behind(program: &Path, options: Vec<std::ffi::OsString>, target: &Command) -> Command {
    let mut args = options;
    args.push("--".into());
    args.push(target.program.clone());
    args.extend(target.args.iter().cloned());
    Command { program: program.into(), args, ..target.clone() }
}
