//! Captures and reports as one archive that goes anywhere, and comes back.
//!
//! A bundle is a `.tar.gz` of plain files below one folder, with a list of their SHA-256 sums that
//! `sha256sum -c` takes. The same files give the same bytes: they are sorted, and without times,
//! owners or modes. What is read may come from anybody: nothing in it is trusted before it is
//! checked, and nothing is larger than [`Limits`] say.
//!
//! Deliberately absent: any file system, which is the store's and the command line's; links,
//! devices and whatever else archives can hold, which are refused; and what the files mean, beside
//! their index.

mod error;
mod index;
mod read;
mod write;

pub use error::BundleError;
pub use index::Index;
pub use read::{Limits, is_bundle, read};
pub use write::write;

/// The folder that everything is in.
const FOLDER: &str = "perfbase-bundle";

/// The list of sums.
const SUMS: &str = "SHA256SUMS";

/// What tells a bundle from any archive.
const INDEX: &str = "bundle.json";

/// Where captures are, each in a folder by its label: a `profiles/` folder in itself.
pub const PROFILES: &str = "profiles";

/// A file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path below the bundle's folder, with `/` between names.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

#[cfg(test)]
mod tests;
