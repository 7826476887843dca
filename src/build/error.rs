//! Why a build gave nothing.

use std::io;
use std::path::PathBuf;

use crate::process::ProcessError;

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A program cannot be run, or the user interrupted.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// Cargo failed.
    #[error("`{command}` failed: {status}{}", tail(.stderr))]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
        /// What it said, where its stderr is not the user's.
        stderr: String,
    },
    /// Cargo does not have what is selected.
    #[error("cargo does not have what is selected{}", tail(.stderr))]
    Selection {
        /// What it said, where its stderr is not the user's.
        stderr: String,
    },
    /// There is no manifest where it is looked for.
    #[error("there is no package or workspace{}", tail(.stderr))]
    NoManifest {
        /// What cargo said.
        stderr: String,
    },
    /// Cargo's description of the workspace cannot be understood.
    #[error("`{command}` gave no description of the workspace: {source}")]
    Metadata {
        /// The command line.
        command: String,
        /// Why.
        source: serde_json::Error,
    },
    /// There is no compiler.
    #[error("`rustc -vV` does not work; is a Rust toolchain installed?")]
    NoCompiler,
    /// The place of this program has white space that cargo's runner setting cannot express.
    #[error("{} cannot be a runner: move it to a path without blanks", .0.display())]
    HelperPath(PathBuf),
    /// The notes of the runner cannot be written or read.
    #[error("cannot exchange files with cargo's runner: {0}")]
    Notes(#[source] io::Error),
}

fn tail(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("\n{}", stderr.trim_end()) }
}
