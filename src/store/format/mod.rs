//! The JSON files: their types, versions and checks.
//!
//! Each file names its schema and major version. A reader takes fields that it does not know, and
//! defaults for fields that were added later; a newer major version is refused with advice.
//! Writing is stable: keys are in alphabetical order, numbers have as many digits as bring them
//! back exactly, and arrays stay on one line, so that files are small and their diffs readable.

mod capture;
mod conditions;
mod counts;
mod metrics;
mod number;
mod timing;
mod version;
mod write;

pub(super) use capture::{Stored, read_capture, write_capture};
pub(super) use metrics::{read_metrics, write_metrics};
pub(super) use timing::{read_timing, write_timing};

/// What is wrong with a JSON file.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// It is no JSON, or lacks something.
    #[error("not a file of `cargo perfbase`, or a damaged one")]
    Json(#[source] serde_json::Error),
    /// It is another kind of file.
    #[error("its schema is `{found}`, not `{expected}/1`")]
    Schema {
        /// What it says to be.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// It was written by a newer version.
    #[error(
        "it has format `{found}`, newer than this version reads: update cargo-perfbase \
         (`cargo install cargo-perfbase`)"
    )]
    Newer {
        /// What it says to be.
        found: String,
    },
    /// A value that cannot be.
    #[error("{0}")]
    Invalid(String),
}

impl FormatError {
    fn invalid(what: impl Into<String>) -> Self {
        Self::Invalid(what.into())
    }
}
