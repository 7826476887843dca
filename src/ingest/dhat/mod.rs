//! DHAT's profiles: what `valgrind --tool=dhat --read-inline-info=no` writes, one file for each
//! process, and valgrind's log beside it.
//!
//! A profile has allocations by call stack, with absolute addresses. Where files were loaded is
//! not in it; `valgrind -v -v` says so in its log. With that, stacks are of addresses in files as
//! any recorder's are, and inlined functions and the harness are dealt with in the same way.
//!
//! Left out: valgrind's own function in place of `malloc`; what unwinding finds above the first
//! function of a thread; processes that were forked and became no other program, whose profile
//! begins with all that their parent did.
//!
//! A block that is reallocated counts as another block, at the place where it was allocated first:
//! DHAT keeps no other.

mod build;
mod log;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::model::{Recording, Weight};
use crate::objects::Objects;

/// Largest file read. What is read takes up to five times as much in memory.
const MAX_BYTES: u64 = 512 << 20;

/// What a program and the programs that it started allocated. All have the same tables of stacks;
/// weights are bytes, counts blocks.
#[derive(Clone, Debug)]
pub struct Reading {
    /// All that was allocated.
    pub allocated: Recording,
    /// What was allocated and not freed yet when each process had most allocated in all.
    pub peak: Recording,
    /// What each stack had most allocated at any one time: the sum over stacks is an upper bound of
    /// their peak.
    pub most: Recording,
    /// What was never freed.
    pub kept: Recording,
}

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum FormatError {
    /// It is no JSON of the expected shape.
    #[error("it is not a profile as DHAT 3.17 and later write them")]
    Json(#[from] serde_json::Error),
    /// It has another version, or counts something else.
    #[error("it is a profile of version {version} of `{mode}`, not of the heap in version 1 or 2")]
    Version {
        /// As it says.
        version: u64,
        /// As it says.
        mode: String,
    },
    /// It names a frame that it does not have.
    #[error("its stack {index} has a frame that is not in its table")]
    Frame {
        /// Which stack, from 0.
        index: usize,
    },
    /// It is larger than what is read.
    #[error("it is larger than {MAX_BYTES} bytes; note fewer callers, with --num-callers=30")]
    TooLarge,
    /// It counts more than any program can do.
    #[error("it counts more than any program can do")]
    Weight,
}

/// Why profiles cannot be read.
#[derive(Debug, Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read DHAT's profile")]
    Io(#[from] std::io::Error),
    /// There is none.
    #[error("DHAT wrote no profile {}.PID", path.display())]
    Missing {
        /// What its name was to begin with.
        path: PathBuf,
    },
    /// A file is not as it should be.
    #[error("cannot use {}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FormatError,
    },
}

/// Reads the profiles that DHAT wrote to `OUTPUT.PID`, with valgrind's logs `OUTPUT.PID.log`.
///
/// # Errors
/// When there is none, or one is not as it should be.
pub fn read(output: &Path, objects: &Objects) -> Result<Reading, Error> {
    let mut builder = build::Builder::new(empty(), objects);
    let mut any = false;
    for path in super::files_of_processes(output, "")? {
        let format = |source| Error::Format { path: path.clone(), source };
        let mut log = path.clone().into_os_string();
        log.push(".log");
        for path in [path.as_os_str(), &log] {
            if fs_err::metadata(path)?.len() > MAX_BYTES {
                return Err(format(FormatError::TooLarge));
            }
        }
        let log = fs_err::read(log)?;
        let profile = fs_err::read(&path)?;
        // One that was begun and not written: of a process that was killed.
        if profile.is_empty() || log::is_of_fork(&log) {
            continue;
        }
        builder.add(&profile, &log).map_err(format)?;
        any = true;
    }
    if !any {
        return Err(Error::Missing { path: output.to_owned() });
    }
    builder.finish().map_err(|source| Error::Format { path: output.to_owned(), source })
}

/// Reads one process's profile, with valgrind's log.
///
/// # Errors
/// When it is not as it should be.
pub fn parse(profile: &[u8], log: &[u8], objects: &Objects) -> Result<Reading, FormatError> {
    let mut builder = build::Builder::new(empty(), objects);
    builder.add(profile, log)?;
    builder.finish()
}

fn empty() -> Recording {
    Recording::new(Weight::AllocatedBytes, "allocations", None)
}
