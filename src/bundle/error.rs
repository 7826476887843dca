//! What can be wrong with a bundle.

use std::io;

/// Why an archive is no bundle, or none to be trusted.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The archive cannot be read to its end.
    #[error("the archive is damaged or cut off; fetch it again")]
    Archive(#[source] io::Error),
    /// There is no index in it.
    #[error("it is no bundle: it has no {FOLDER}/{INDEX}", FOLDER = super::FOLDER, INDEX = super::INDEX)]
    NoIndex,
    /// The index says nothing that we understand.
    #[error("its bundle.json cannot be understood: {0}")]
    Index(String),
    /// The index is of a later format.
    #[error(
        "it is of format {found:?}, and this version reads perfbase.bundle/1: install a newer \
         cargo-perfbase"
    )]
    Version {
        /// What it says.
        found: String,
    },
    /// A name that leads elsewhere.
    #[error(
        "{path:?} in it is not below {}/: it was not made by `cargo perfbase bundle`",
        super::FOLDER
    )]
    Path {
        /// The name.
        path: String,
    },
    /// Something that is no file.
    #[error("{path:?} in it is a {kind}: bundles hold plain files only")]
    Kind {
        /// Its name.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// Two files of one name.
    #[error("{path:?} is in it twice")]
    Twice {
        /// The name.
        path: String,
    },
    /// More than a bundle ever has.
    #[error("it has more than {limit} {what}: that is no bundle of captures")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How much is accepted.
        limit: u64,
    },
    /// The list of sums is no such list.
    #[error("line {line} of its SHA256SUMS is no checksum and name")]
    Sums {
        /// From 1 on.
        line: usize,
    },
    /// A file that is not what it was.
    #[error("{path:?} in it is not what was put in: its checksum differs; fetch it again")]
    Checksum {
        /// Its name.
        path: String,
    },
    /// A file without a sum.
    #[error("{path:?} in it has no checksum: somebody added it")]
    Unlisted {
        /// Its name.
        path: String,
    },
    /// A sum without a file.
    #[error("{path:?} is missing from it, though its SHA256SUMS lists it")]
    Missing {
        /// Its name.
        path: String,
    },
}
