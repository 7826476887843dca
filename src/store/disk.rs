//! Every change that is made below `profiles/`, one method each.
//!
//! One place, so that tests can let the n-th change fail, or end everything there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::error::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// Changes files and folders.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    #[cfg(test)]
    pub(super) faults: Option<std::sync::Arc<super::faults::Faults>>,
}

impl Disk {
    /// Called before each change.
    fn step(&self) -> io::Result<()> {
        #[cfg(test)]
        if let Some(faults) = &self.faults {
            return faults.step();
        }
        Ok(())
    }

    /// Creates a folder and those above it; one that is there already is fine.
    pub(super) fn create_folders(&self, path: &Path) -> Result<()> {
        let done = self.step().and_then(|()| fs::create_dir_all(path));
        done.map_err(|error| StoreError::io("create", path, error))
    }

    /// Creates a folder that must be new.
    pub(super) fn create_folder(&self, path: &Path) -> Result<()> {
        let done = self.step().and_then(|()| fs::create_dir(path));
        done.map_err(|error| StoreError::io("create", path, error))
    }

    /// Opens the lock, creating it when it is not there.
    pub(super) fn open_lock(&self, path: &Path) -> Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let opened = self.step().and_then(|()| options.open(path));
        opened.map_err(|error| StoreError::io("open", path, error))
    }

    /// Writes a new file. It may not be durable yet; see [`Disk::sync_file`].
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let write = || {
            let fault = self.step();
            let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
            if fault.is_err() {
                // What a full disk leaves behind.
                file.write_all(&bytes[..bytes.len() / 2])?;
            }
            fault?;
            file.write_all(bytes)
        };
        write().map_err(|error| StoreError::io("write", path, error))
    }

    /// Waits until a file's contents have reached the disk.
    pub(super) fn sync_file(&self, path: &Path) -> Result<()> {
        // Windows flushes files that are open for writing only.
        let open = || OpenOptions::new().read(true).write(cfg!(windows)).open(path);
        let done = self.step().and_then(|()| self.flush(&open()?));
        done.map_err(|error| StoreError::io("flush", path, error))
    }

    /// Waits until a folder's entries have reached the disk. Only Unix can be told to.
    pub(super) fn sync_folder(&self, path: &Path) -> Result<()> {
        if !cfg!(unix) {
            return Ok(());
        }
        let done = self.step().and_then(|()| self.flush(&File::open(path)?));
        done.map_err(|error| StoreError::io("flush", path, error))
    }

    fn flush(&self, file: &File) -> io::Result<()> {
        #[cfg(test)]
        if self.faults.is_some() {
            return Ok(());
        }
        file.sync_all()
    }

    /// Renames a folder to a name that is free.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        let done = self.step().and_then(|()| fs::rename(from, to));
        done.map_err(|error| StoreError::io("rename", from, error))
    }

    /// Exchanges the names of two folders in one step; `false` where the system cannot.
    pub(super) fn exchange(&self, one: &Path, other: &Path) -> Result<bool> {
        #[cfg(test)]
        if self.faults.as_ref().is_some_and(|faults| faults.no_exchange) {
            return Ok(false);
        }
        let done = self.step().and_then(|()| super::exchange::exchange(one, other));
        done.map_err(|error| StoreError::io("exchange", other, error))
    }

    /// Deletes a folder with all that is in it, or a link to one.
    pub(super) fn remove(&self, path: &Path) -> Result<()> {
        let remove = || {
            self.step()?;
            if fs::symlink_metadata(path)?.is_dir() {
                fs::remove_dir_all(path)
            } else {
                fs::remove_file(path)
            }
        };
        remove().map_err(|error| StoreError::io("delete", path, error))
    }
}
