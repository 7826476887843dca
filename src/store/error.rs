//! What can go wrong with stored captures.

use std::io;
use std::path::{Path, PathBuf};

use super::format::FormatError;
use super::pprof::PprofError;
use crate::model::LabelError;

/// Why a capture could not be stored, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was being done, as in "could not …".
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// No space is left, or none that this user may use.
    #[error(
        "no space is left: could not {action} {}; captures that existed before are untouched",
        path.display()
    )]
    Full {
        /// What was being done.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else writes.
    #[error(
        "another capture is running: it holds {}; wait until it is done, or stop it",
        path.display()
    )]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// The label is taken.
    #[error(
        "the capture `{label}` exists already; `--force` replaces it once the new one is \
         complete, `--append` adds runs to it"
    )]
    Exists {
        /// The label.
        label: String,
    },
    /// Two labels that many file systems cannot keep apart.
    #[error(
        "the label `{label}` differs from the existing `{existing}` in upper and lower case \
         only, which macOS and Windows do not keep apart; choose another"
    )]
    Case {
        /// The label asked for.
        label: String,
        /// The one that is there.
        existing: String,
    },
    /// There is no such capture.
    #[error("there is no capture `{label}` in {}{}", root.display(), listing(known))]
    NoCapture {
        /// What was looked for.
        label: String,
        /// Where.
        root: PathBuf,
        /// What is there instead.
        known: Vec<String>,
    },
    /// A folder that is no capture.
    #[error("{} is no capture: it has no capture.json", path.display())]
    NotACapture {
        /// The folder.
        path: PathBuf,
    },
    /// A folder whose name is no label, so that nobody could name the capture.
    #[error("{} has a name that no capture can have; rename it", path.display())]
    Name {
        /// The folder.
        path: PathBuf,
        /// What is wrong with its name.
        source: LabelError,
    },
    /// A file says nothing that we understand.
    #[error("could not read {}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FormatError,
    },
    /// A profile could not be read or written.
    #[error("bad profile {}", path.display())]
    Profile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PprofError,
    },
    /// A file that the capture's index promises is not there.
    #[error(
        "{} is missing, though capture.json lists it: the capture is incomplete; restore it \
         or capture again",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The capture was replaced or removed while it was being read.
    #[error("{} was changed while it was being read; try again", path.display())]
    Changed {
        /// The capture's folder.
        path: PathBuf,
    },
    /// The index and the files of a capture that is to be stored do not fit together.
    #[error("capture.json would not describe {}: {what}", path.display())]
    Inconsistent {
        /// The folder.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
}

impl StoreError {
    /// An error of the system, with what it was about.
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { action, path, source }
            }
            _ => Self::Io { action, path, source },
        }
    }
}

/// The captures that there are, as the end of a sentence.
fn listing(known: &[String]) -> String {
    match known {
        [] => ": it has none; `cargo perfbase capture --label NAME` makes one".to_owned(),
        [some @ .., last] if known.len() <= 10 => {
            let some: String = some.iter().map(|label| format!("`{label}`, ")).collect();
            format!(": it has {some}`{last}`")
        }
        _ => ": `cargo perfbase list` shows them".to_owned(),
    }
}
