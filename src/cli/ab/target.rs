//! Where commits are built: a target directory for each, kept for the next time.
//!
//! Two checkouts must never share one: cargo goes by names and times of files, and would take the
//! other one's library for its own.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::Error;
use crate::model::SortFew as _;

/// Target directories kept beside those in use. One of a middling project has a gigabyte.
const KEPT: usize = 4;

/// A target directory in use.
pub(super) struct Target {
    pub(super) path: PathBuf,
    _lock: File,
}

/// In each of them; its time of change is that of its last use.
const USED: &str = ".perfbase-used";
/// In the folder of all.
const LOCK: &str = ".lock";

impl Target {
    /// The one of this name below `root`, with a number where another process has it, which is
    /// made where it is not there yet; those used longest ago are removed.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub(super) fn take(root: &Path, name: &str) -> Result<Self, Error> {
        Self::below(root, name).map_err(|source| Error::Scratch { path: root.join(name), source })
    }

    fn below(root: &Path, name: &str) -> io::Result<Self> {
        fs_err::create_dir_all(root)?;
        let all = File::create(root.join(LOCK))?;
        all.lock()?;
        let (path, lock) = free_place(root, name)?;
        lock.set_modified(SystemTime::now())?;
        prune(root, KEPT);
        Ok(Self { path, _lock: lock })
    }
}

/// The first one of this name that nobody uses. Whoever built in one that is in use would replace
/// what the other one measures.
fn free_place(root: &Path, name: &str) -> io::Result<(PathBuf, File)> {
    for number in 1.. {
        let path = match number {
            1 => root.join(name),
            _ => root.join(format!("{name}-{number}")),
        };
        fs_err::create_dir_all(&path)?;
        let lock = File::create(path.join(USED))?;
        match lock.try_lock() {
            Ok(()) => return Ok((path, lock)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::other("no place is free"))
}

/// Deletes all that nobody uses but the `kept` used last.
fn prune(root: &Path, kept: usize) {
    let Ok(entries) = fs_err::read_dir(root) else { return };
    let mut unused: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && !is_used(path))
        .map(|path| {
            let time = fs_err::metadata(path.join(USED)).and_then(|file| file.modified());
            (time.unwrap_or(SystemTime::UNIX_EPOCH), path)
        })
        .collect();
    unused.sort_few();
    for (_, path) in unused.iter().rev().skip(kept) {
        // What cannot be deleted is tried again the next time.
        let _next_time = fs_err::remove_dir_all(path);
    }
}

fn is_used(path: &Path) -> bool {
    let Ok(file) = File::open(path.join(USED)) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn those_used_longest_ago_go() {
        let root = tempfile::tempdir().unwrap();
        let there = || {
            let mut names: Vec<String> = fs_err::read_dir(root.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name != LOCK)
                .collect();
            names.sort();
            names.join("")
        };
        let in_use = Target::take(root.path(), "a").unwrap();
        for (name, seconds) in ["b", "c", "d", "e", "f"].into_iter().zip([50, 20, 30, 40, 10]) {
            let target = Target::take(root.path(), name).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds);
            target._lock.set_modified(time).unwrap();
        }
        let time = SystemTime::UNIX_EPOCH;
        in_use._lock.set_modified(time).unwrap();
        assert_eq!(there(), "abcdef");
        // Five are unused: the one used longest ago goes.
        let another = Target::take(root.path(), "g").unwrap();
        assert_eq!(there(), "abcdeg");
        assert!(another.path.is_dir());
        drop(in_use);
        // One in use is not for anybody else.
        let beside = Target::take(root.path(), "g").unwrap();
        assert_eq!(beside.path, root.path().join("g-2"));
        assert_eq!(there(), "bcdegg-2");
    }
}
