//! One writer at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::disk::Disk;
use super::error::StoreError;
use super::layout::LOCK;

/// The right to change a `profiles/` folder; given back when it is dropped, and by the system
/// when the process ends in whatever way. The file itself stays: deleting it would let two
/// processes hold locks of two files of that name.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// # Errors
    /// [`StoreError::Locked`] when another process, or another writer of this one, has it.
    pub(super) fn take(root: &Path, disk: &Disk) -> Result<Self, StoreError> {
        let path = root.join(LOCK);
        let file = disk.open_lock(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path }),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &path, error)),
        }
    }
}
