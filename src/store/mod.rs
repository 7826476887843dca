//! The `profiles/` folder: layout, versions, locks, atomic commit.
//!
//! ```text
//! profiles/<label>/capture.json                              index, written last
//! profiles/<label>/<package>/<target>/<benchmark>/timing.json
//!                                                 profile.pb.gz
//!                                                 flamegraph.svg
//!                                                 base-timing.json    measured in turns with a base
//!                                                 base-profile.pb.gz
//!                                                 instructions.pb.gz  counted, not sampled
//!                                                 allocations.pb.gz
//!                                                 base-instructions.pb.gz, base-allocations.pb.gz
//! ```
//!
//! Invariant: a capture becomes visible by one rename of a finished folder. Whatever interrupts
//! it (a signal, a crash, a full disk), the captures that existed before are untouched, and
//! nothing half-written is ever read. One process writes at a time, and readers need no lock.
//!
//! Deliberately absent: merging runs (who appends hands over the whole capture), and any idea of
//! what the numbers mean. Nothing of the environment, of users or hosts is stored by this module;
//! what it is given is stored as it is.
//!
//! The formats are described in `docs/format/`.

mod adopt;
mod disk;
mod error;
mod exchange;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod faults;
mod format;
mod layout;
mod lock;
pub mod pprof;
mod staging;
mod stored;
mod sweep;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use adopt::Foreign;
pub use error::StoreError;
pub use format::FormatError;
pub use layout::{Arm, Part, folder_of};
pub use staging::{Mode, Staging};
pub use stored::StoredCapture;

use crate::model::Label;
use disk::Disk;
use layout::{CAPTURE, REMOVED};
use lock::Lock;

/// A `profiles/` folder.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    disk: Disk,
}

/// A folder of a store.
#[derive(Debug)]
pub struct Listed {
    /// Its name, which is the capture's label.
    pub name: String,
    /// The capture, or why it cannot be read.
    pub capture: Result<StoredCapture, StoreError>,
}

impl Store {
    /// The store in the folder `root`, which need not exist yet. Puts back a capture whose
    /// replacement was cut off between two renames, if there is one.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        Self::on(root, Disk::default())
    }

    fn on(root: &Path, disk: Disk) -> Result<Self, StoreError> {
        sweep::recover(root, &disk)?;
        Ok(Self { root: root.to_owned(), disk })
    }

    /// The `profiles/` folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All captures, newest first, and then those that cannot be read, by name. Reads one file
    /// of each.
    ///
    /// # Errors
    /// Only when the folder itself cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, StoreError> {
        let mut listed = Vec::new();
        for name in sweep::names(&self.root)? {
            let folder = self.root.join(&name);
            if name.starts_with('.') || !folder.is_dir() {
                continue;
            }
            let capture = match name.parse() {
                Ok(label) => StoredCapture::open(&folder).map(|stored| stored.labelled(&label)),
                Err(source) => Err(StoreError::Name { path: folder, source }),
            };
            listed.push(Listed { name, capture });
        }
        listed.sort_by_cached_key(|listed| match &listed.capture {
            Ok(stored) => (0, std::cmp::Reverse(time(stored)), listed.name.clone()),
            Err(_) => (1, std::cmp::Reverse(None), listed.name.clone()),
        });
        Ok(listed)
    }

    /// The `count` newest captures that can be read, newest first.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn newest(&self, count: usize) -> Result<Vec<StoredCapture>, StoreError> {
        let listed = self.list()?.into_iter();
        Ok(listed.filter_map(|listed| listed.capture.ok()).take(count).collect())
    }

    /// The capture with this label.
    ///
    /// # Errors
    /// [`StoreError::NoCapture`] when there is none, or whatever is wrong with it.
    pub fn read(&self, label: &Label) -> Result<StoredCapture, StoreError> {
        let folder = self.root.join(label.as_str());
        if !folder.is_dir() {
            return Err(no_capture(&self.root, label.as_str()));
        }
        Ok(StoredCapture::open(&folder)?.labelled(label))
    }

    /// The capture that `text` names: a label of this store or, failing that, the path of a
    /// capture's folder or of its `capture.json`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn find(&self, text: &str) -> Result<StoredCapture, StoreError> {
        if let Ok(label) = text.parse()
            && self.root.join(text).is_dir()
        {
            return self.read(&label);
        }
        let path = Path::new(text);
        if path.join(CAPTURE).is_file() {
            return StoredCapture::open(path);
        }
        match path.parent() {
            Some(folder) if path.ends_with(CAPTURE) && path.is_file() => {
                StoredCapture::open(folder)
            }
            // A folder that has the name only by chance, such as `src`, is not what was meant.
            _ if path.is_dir() && text.parse::<Label>().is_err() => {
                Err(StoreError::NotACapture { path: path.to_owned() })
            }
            _ => Err(no_capture(&self.root, text)),
        }
    }

    /// Begins a capture. See [`Staging`].
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another one runs, a label that is taken
    /// ([`Mode::New`]) or not there ([`Mode::Append`]), a folder that cannot be written.
    pub fn begin(&self, label: &Label, mode: Mode) -> Result<Staging, StoreError> {
        Staging::begin(&self.root, self.disk.clone(), label, mode)
    }

    /// Deletes a capture: first its name, at once, then its files. It need not be readable.
    ///
    /// # Errors
    /// As [`Self::begin`], or [`StoreError::NotACapture`] for a folder without `capture.json`.
    pub fn remove(&self, label: &Label) -> Result<(), StoreError> {
        let folder = self.root.join(label.as_str());
        if !folder.is_dir() {
            return Err(no_capture(&self.root, label.as_str()));
        }
        if !folder.join(CAPTURE).exists() {
            return Err(StoreError::NotACapture { path: folder });
        }
        let _lock = Lock::take(&self.root, &self.disk)?;
        let hidden = self.root.join(format!("{REMOVED}{label}-{}", staging::random()));
        self.disk.rename(&folder, &hidden)?;
        self.disk.sync_folder(&self.root)?;
        // What cannot be deleted is hidden, and the next capture tries again.
        let _next_time = self.disk.remove(&hidden);
        Ok(())
    }
}

/// When a capture began.
fn time(stored: &StoredCapture) -> Option<SystemTime> {
    humantime::parse_rfc3339(&stored.capture().time).ok()
}

fn no_capture(root: &Path, label: &str) -> StoreError {
    // The error is about the label; a folder that cannot be listed has no say in it.
    let mut known = sweep::names(root).unwrap_or_default();
    known.retain(|name| root.join(name).join(CAPTURE).is_file() && !name.starts_with('.'));
    StoreError::NoCapture { label: label.to_owned(), root: root.to_owned(), known }
}
