//! The errors of whole commands: what went wrong, what to do next, and the exit status.

use std::io;
use std::path::PathBuf;

use crate::build::BuildError;
use crate::bundle::BundleError;
use crate::config::ConfigError;
use crate::ingest;
use crate::process::ProcessError;
use crate::store::StoreError;
use crate::workspace::GitError;

/// How the process ends. The numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// All went well.
    Success = 0,
    /// Anything unforeseen.
    Unforeseen = 1,
    /// The command line cannot be understood, or names what is not there.
    Usage = 2,
    /// A tool or a permission is missing.
    ToolMissing = 96,
    /// A rule is broken: NO-GO.
    NoGo = 100,
    /// The build, or a benchmark, failed.
    Failed = 101,
    /// A result could not be written.
    NotWritten = 110,
    /// Ctrl-C, as shells tell it.
    Interrupted = 130,
    /// SIGTERM, as shells tell it.
    Terminated = 143,
}

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The build failed.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A child could not be run, or the user interrupted.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// `perfbase.toml`.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A recording could not be read.
    #[error(transparent)]
    Perf(#[from] ingest::perf::Error),
    /// A recording could not be read.
    #[error(transparent)]
    Samply(#[from] ingest::samply::Error),
    /// A bundle could not be read.
    #[error("could not import {}; nothing was imported", path.display())]
    Bundle {
        /// Which.
        path: PathBuf,
        /// Why.
        source: BundleError,
    },
    /// A file asked for could not be written.
    #[error("could not write {}", path.display())]
    Output {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// stdout could not be written.
    #[error("could not write to stdout")]
    Stdout(#[source] io::Error),
    /// There is no current directory.
    #[error("the current directory cannot be found")]
    CurrentDirectory(#[source] io::Error),
    /// A scratch folder cannot be used.
    #[error("could not use the scratch folder {}", path.display())]
    Scratch {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The recorder that was asked for does not work.
    #[error("{recorder} cannot record here: {reason}")]
    NoRecorder {
        /// Which.
        recorder: String,
        /// Why.
        reason: String,
        /// What mends it.
        remedy: String,
    },
    /// What is asked for makes no sense, or is not there.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do instead.
        hint: Option<String>,
    },
}

impl Error {
    /// Something about the command line, with advice.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// The exit status that tells scripts what kind of failure it was.
    pub fn status(&self) -> ExitStatus {
        match self {
            Self::Build(BuildError::NoCompiler) => ExitStatus::ToolMissing,
            Self::Process(error) | Self::Build(BuildError::Process(error)) => process_status(error),
            Self::Git(GitError::Process(error)) => process_status(error),
            Self::Git(GitError::Failed { .. }) => ExitStatus::Unforeseen,
            Self::Git(GitError::Io { .. }) => ExitStatus::NotWritten,
            Self::Git(_) => ExitStatus::Usage,
            Self::Build(BuildError::Selection { .. } | BuildError::NoManifest { .. }) => {
                ExitStatus::Usage
            }
            Self::Build(_) => ExitStatus::Failed,
            Self::CurrentDirectory(_) => ExitStatus::Unforeseen,
            Self::Store(error) => store_status(error),
            Self::Perf(_)
            | Self::Samply(_)
            | Self::Bundle { .. }
            | Self::Config(_)
            | Self::Usage { .. } => ExitStatus::Usage,
            Self::Output { .. } | Self::Stdout(_) | Self::Scratch { .. } => ExitStatus::NotWritten,
            Self::NoRecorder { .. } => ExitStatus::ToolMissing,
        }
    }

    /// What to do next, where that is not in the message.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Process(error) | Self::Build(BuildError::Process(error)) => error.hint(),
            Self::Git(error) => error.hint(),
            Self::Build(BuildError::NoManifest { .. }) => {
                Some("go to a package's folder, or name its Cargo.toml by --manifest-path".into())
            }
            Self::NoRecorder { remedy, .. } => Some(remedy.clone()),
            Self::Usage { hint, .. } => hint.clone(),
            _ => None,
        }
    }
}

fn process_status(error: &ProcessError) -> ExitStatus {
    match error {
        ProcessError::Interrupted { signal: 2, .. } => ExitStatus::Interrupted,
        ProcessError::Interrupted { .. } => ExitStatus::Terminated,
        ProcessError::NotFound { .. } => ExitStatus::ToolMissing,
        _ => ExitStatus::Unforeseen,
    }
}

fn store_status(error: &StoreError) -> ExitStatus {
    match error {
        StoreError::Exists { .. }
        | StoreError::Case { .. }
        | StoreError::NoCapture { .. }
        | StoreError::NotACapture { .. }
        | StoreError::Locked { .. }
        // A file that cannot be understood is what was named, or what stands beside it.
        | StoreError::Name { .. }
        | StoreError::Format { .. }
        | StoreError::Profile { .. }
        | StoreError::Missing { .. } => ExitStatus::Usage,
        StoreError::Io { .. } | StoreError::Full { .. } => ExitStatus::NotWritten,
        _ => ExitStatus::Unforeseen,
    }
}
