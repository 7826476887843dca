//! A folder for raw recordings.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A folder below the target directory: recordings are large, and /tmp may be memory. It is
/// locked as long as this lives, and deleted afterwards.
pub(super) struct Scratch {
    pub(super) path: PathBuf,
    _lock: File,
}

/// The lock in each folder, and the one of the folder above.
const LOCK: &str = ".lock";

impl Scratch {
    /// Makes one, and deletes those that killed captures left.
    pub(super) fn new(target_directory: &Path) -> Result<Self, Error> {
        let root = target_directory.join("perfbase").join("scratch");
        Self::below(&root).map_err(|source| Error::Scratch { path: root, source })
    }

    fn below(root: &Path) -> io::Result<Self> {
        fs_err::create_dir_all(root)?;
        // Held while folders come and go, so that none is seen before it is locked.
        let all = File::create(root.join(LOCK))?;
        all.lock()?;
        for entry in fs_err::read_dir(root)?.flatten() {
            let path = entry.path();
            if path.is_dir() && !is_locked(&path) {
                // What cannot be deleted is in nobody's way.
                let _stays = fs_err::remove_dir_all(&path);
            }
        }
        let folder = tempfile::Builder::new().prefix("capture-").tempdir_in(root)?;
        let lock = File::create(folder.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { path: folder.keep(), _lock: lock })
    }
}

/// Whether a capture that is under way has this folder.
fn is_locked(folder: &Path) -> bool {
    let Ok(file) = File::open(folder.join(LOCK)) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _left_for_the_next = fs_err::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_uses_is_deleted() {
        let root = tempfile::tempdir().unwrap();
        let left = root.path().join("perfbase/scratch/capture-left");
        fs_err::create_dir_all(&left).unwrap();
        fs_err::write(left.join("perf.data"), "half").unwrap();
        let first = Scratch::new(root.path()).unwrap();
        assert!(!left.exists());
        let second = Scratch::new(root.path()).unwrap();
        assert!(first.path.is_dir() && first.path != second.path);
        let path = first.path.clone();
        drop(first);
        assert!(!path.exists() && second.path.is_dir());
    }
}
