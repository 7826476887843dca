//! Why a file cannot be read, and what is to be said of one that can.

use std::path::PathBuf;

use crate::objects::OpenError;

/// Why a file gives no recording.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{path} is not a perf.data file")]
    NotPerfData {
        /// The file.
        path: PathBuf,
    },
    /// It was written to a pipe.
    #[error(
        "{path} was written by `perf record` to a pipe; record with `perf record -o FILE` instead"
    )]
    Pipe {
        /// The file.
        path: PathBuf,
    },
    /// It comes from a big-endian machine.
    #[error("{path} was recorded on a big-endian machine, which is not supported")]
    BigEndian {
        /// The file.
        path: PathBuf,
    },
    /// Its records are compressed.
    #[error("{path} is compressed; record without `-z`")]
    Compressed {
        /// The file.
        path: PathBuf,
    },
    /// It is for a processor whose stacks cannot be walked.
    #[error("{path} was recorded on {architecture}; supported are x86_64 and aarch64")]
    Architecture {
        /// The file.
        path: PathBuf,
        /// What `uname -m` said there.
        architecture: String,
    },
    /// Its headers make no sense.
    #[error("{path} is damaged: {what}; record again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// No event in it has a weight that means something.
    #[error(
        "{path} has samples of {events}; supported are cpu-clock, task-clock, cycles and \
         instructions"
    )]
    Events {
        /// The file.
        path: PathBuf,
        /// The events that it has.
        events: String,
    },
}

/// What is to be said of a file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The file ends early or is damaged from here on: perf was killed, or the disk was full.
    Truncated {
        /// Bytes that were read.
        at: u64,
    },
    /// Samples of an event were left out.
    EventLeftOut {
        /// Its name.
        event: String,
    },
    /// A file in stacks is not used: its functions have no names, and stacks through it may
    /// break.
    Image {
        /// The file.
        path: String,
        /// Why.
        error: OpenError,
    },
    /// Processes loaded so many libraries that not every change was followed.
    TooManyMappings,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Truncated { at } => {
                write!(f, "the recording is incomplete: it was read up to byte {at}")
            }
            Self::EventLeftOut { event } => write!(f, "samples of {event} were left out"),
            Self::Image { path, error } => write!(f, "{path} {error}"),
            Self::TooManyMappings => write!(f, "too many libraries were loaded to follow them all"),
        }
    }
}
