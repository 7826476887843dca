//! What can go wrong with a child before it has a status of its own.

use std::io;
use std::path::PathBuf;

use super::output::signal_name;

/// Why a child could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// No such program.
    #[error("program `{program}` was not found")]
    NotFound {
        /// As it was given.
        program: String,
    },
    /// The program may not be executed.
    #[error("no permission to run `{program}`")]
    PermissionDenied {
        /// As it was given.
        program: String,
    },
    /// The working directory does not exist, or is none.
    #[error("cannot run `{command}` in `{}`: no such folder", .folder.display())]
    Folder {
        /// Quoted command line.
        command: String,
        /// The folder asked for.
        folder: PathBuf,
    },
    /// The system could not start it.
    #[error("cannot start `{command}`")]
    Spawn {
        /// Quoted command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// The system does not tell how it ended.
    #[error("cannot wait for `{command}`")]
    Wait {
        /// Quoted command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// We were asked to stop by a signal; the child is dead.
    #[error("interrupted by {}", signal_name(*.signal))]
    Interrupted {
        /// Signal number.
        signal: i32,
    },
    /// It tried to read from the terminal, or to change its settings; children have none. Only
    /// noticed on Linux.
    #[error("`{command}` asks for input on the terminal")]
    Terminal {
        /// Quoted command line.
        command: String,
    },
    /// Signals cannot be caught.
    #[error("cannot install signal handlers")]
    Signals {
        /// Why.
        source: io::Error,
    },
    /// The process that cleans up after us could not be started.
    #[error("cannot start the process that cleans up after this one")]
    Reaper {
        /// Why.
        source: io::Error,
    },
}

impl ProcessError {
    /// What a user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { program } if program.contains(['/', '\\']) => {
                Some(format!("check that `{program}` exists, and the interpreter it names, if any"))
            }
            Self::NotFound { program } => {
                Some(format!("install `{program}`, or add its folder to PATH"))
            }
            Self::PermissionDenied { program } => Some(format!(
                "make `{program}` executable (chmod +x), and check that its file system is not \
                 mounted noexec"
            )),
            Self::Terminal { .. } => Some(
                "make it need no answer: for a password of git or a registry, set up an agent or \
                 run `cargo fetch` first"
                    .to_owned(),
            ),
            Self::Folder { .. }
            | Self::Spawn { .. }
            | Self::Wait { .. }
            | Self::Interrupted { .. }
            | Self::Signals { .. }
            | Self::Reaper { .. } => None,
        }
    }
}
