//! What the embedded recorder writes: samples with copies of stacks, as its agent took them.
//!
//! Two passes over the file: the first reads what processes had mapped and when, the second
//! unwinds each sample in the address space that its process had. A list of mappings holds from
//! its place in the file on. As the agent notices a library some milliseconds after it was
//! loaded, the next list counts already where it contradicts nothing.
//!
//! Deliberately absent: kernel frames, which the agent does not see. A sample in a system call
//! ends at the function that called it.

mod build;
mod format;
mod mappings;

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::model::Recording;
use crate::objects::Objects;

/// Why a file cannot be read.
#[derive(Debug, Error)]
pub enum FormatError {
    /// Something else.
    #[error("it is not a file of the embedded recorder, or of another version of it")]
    Foreign,
    /// A processor that stacks cannot be unwound for.
    #[error("it was recorded on an unknown processor")]
    Architecture,
    /// A record cannot be right.
    #[error("its record at byte {at} is damaged")]
    Damaged {
        /// Offset of the record.
        at: u64,
    },
    /// No process loaded the agent.
    #[error(
        "no process was sampled: the loader did not load the agent (is the program statically \
         linked, or started without its environment?), or all of it was over in a millisecond"
    )]
    NoProcess,
    /// Its samples add up to more than any program can use.
    #[error("its samples weigh more than any program can use")]
    Weight,
    /// It cannot be read on.
    #[error("it cannot be read")]
    Io(#[from] std::io::Error),
}

/// Why a recording could not be read.
#[derive(Debug, Error)]
#[error("cannot use {}", path.display())]
pub struct Error {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: FormatError,
}

/// Reads what the embedded recorder wrote to `path`, and unwinds its stacks. A file without an
/// end is read as far as it goes: its recorder was killed.
///
/// # Errors
/// When it cannot be read, is something else, or mentions no process.
pub fn read(path: &Path, objects: &Objects) -> Result<Recording, Error> {
    let error = |source| Error { path: path.to_owned(), source };
    let open = || fs_err::File::open(path).map(std::io::BufReader::new);
    let read = || build::build(open()?, open()?, objects);
    read().map_err(error)
}

/// As [`read`], of bytes.
///
/// # Errors
/// As [`read`].
pub fn parse(bytes: &[u8], objects: &Objects) -> Result<Recording, FormatError> {
    build::build(bytes, bytes, objects)
}
