//! What can be wrong with a pprof file.

use std::io;

/// Why a profile could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PprofError {
    /// The gzip envelope is damaged.
    #[error("the gzip data is damaged or cut off")]
    Gzip(#[source] io::Error),
    /// The bytes are no protobuf message, or not this one.
    #[error("not a pprof profile: {what} at byte {offset}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Where, after inflating; relative to the innermost message that was being read.
        offset: usize,
    },
    /// It is a message, but its parts do not fit together.
    #[error("not a valid pprof profile: {0}")]
    Invalid(String),
    /// A limit of the reader is exceeded.
    #[error("the profile is too large: more than {limit} {what}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many are accepted.
        limit: usize,
    },
    /// Nothing in it can be compared.
    #[error(
        "the profile has none of the sample types cpu, cycles, instructions and alloc_space, \
         only {0}"
    )]
    SampleType(String),
    /// A file of ours, from the future.
    #[error(
        "the profile has format {found}, and this version reads up to {supported}: update \
         cargo-perfbase (`cargo install cargo-perfbase`)"
    )]
    Newer {
        /// Its major version.
        found: u32,
        /// The newest that can be read.
        supported: u32,
    },
    /// A value that the format cannot hold.
    #[error("{0} does not fit into a pprof profile")]
    Range(&'static str),
}

impl PprofError {
    /// A message whose parts do not fit together.
    pub(super) fn invalid(what: impl Into<String>) -> Self {
        Self::Invalid(what.into())
    }
}
