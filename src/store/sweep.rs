//! Mends what a killed capture left behind.

use std::fs;
use std::io;
use std::path::Path;

use super::disk::Disk;
use super::error::StoreError;
use super::layout::{REMOVED, REPLACED, STAGING};
use super::lock::Lock;

/// The names in a folder; none when it is not there.
pub(super) fn names(root: &Path) -> Result<Vec<String>, StoreError> {
    let read = |error| StoreError::io("list", root, error);
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(read(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        // A name that is no text is none of ours.
        names.extend(entry.map_err(read)?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// Puts back captures that were set aside and never replaced, and deletes what nobody needs.
/// Only for who holds the lock: a hidden folder may be somebody's work otherwise.
///
/// # Errors
/// A capture that cannot be put back. What cannot be deleted stays for the next time.
pub(super) fn sweep(root: &Path, disk: &Disk, _lock: &Lock) -> Result<(), StoreError> {
    for name in names(root)? {
        let path = root.join(&name);
        if let Some(label) = name.strip_prefix(REPLACED) {
            let visible = root.join(label);
            if fs::symlink_metadata(&visible).is_err() {
                disk.rename(&path, &visible)?;
                disk.sync_folder(root)?;
                continue;
            }
        } else if !(name.starts_with(STAGING) || name.starts_with(REMOVED)) {
            continue;
        }
        let _stays = disk.remove(&path);
    }
    Ok(())
}

/// Puts back captures that were set aside and never replaced, unless a capture is running (which
/// may be just about to replace them) or nothing can be written.
pub(super) fn recover(root: &Path, disk: &Disk) -> Result<(), StoreError> {
    let waiting = names(root)?.into_iter().any(|name| {
        name.strip_prefix(REPLACED)
            .is_some_and(|label| fs::symlink_metadata(root.join(label)).is_err())
    });
    if waiting && let Ok(lock) = Lock::take(root, disk) {
        sweep(root, disk, &lock)?;
    }
    Ok(())
}
