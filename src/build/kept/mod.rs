//! Executables that were measured, kept so that they can be run again beside a newer build.
//!
//! ```text
//! <target directory>/perfbase/executables/.lock               held while entries change
//!                                         <digest>/.used      locked while in use; its time: last use
//!                                                  <file>     the copy, with the file's own name
//!                                                  <file>.dwp, <file>.dSYM
//!                                                  <target>.json  how to run it, written last
//! ```
//!
//! Invariants:
//!
//! * What is found is whole: the description is written last, by rename, and the copy's code is
//!   compared with the digest that it goes by.
//! * What is in use, by this process or another, is not deleted: see [`Kept`].
//! * All of it is private to the user, since a description holds the whole environment.
//! * All of it lies below the target directory: `cargo build` leaves it alone, `cargo clean`
//!   removes it, and nothing needs it.
//!
//! It is a copy and neither a hard link (a linker may write into the old file, and tools such as
//! `strip` do) nor a path. A copy does not hold what it reads while it runs: it is run in the
//! package's own folder, so data files are those of today for it as for the newer build. What
//! would silently run *today's code* is refused: see [`NotKept::Library`] and
//! [`NotKept::Program`].

mod dependence;
mod description;
mod error;
mod shelf;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use error::{NotKept, Unavailable};

use super::digest;
use super::executable::Executable;
use crate::model::TargetKind;
use description::Description;
use shelf::{Entry, Shelf};

/// Most bytes that kept executables may have together: some 60 of the usual size, with debug
/// information.
const LIMIT: u64 = 2 << 30;

/// The executables kept below one target directory. As long as this lives, whatever it found or
/// kept is not deleted by another process that needs room.
#[derive(Debug)]
pub struct Kept {
    shelf: Shelf,
    target_directory: PathBuf,
    limit: u64,
    in_use: Mutex<Vec<InUse>>,
}

/// An entry that must stay.
#[derive(Debug)]
struct InUse {
    folder: PathBuf,
    /// Bytes, where this process kept it.
    added: u64,
    _lock: File,
}

impl Kept {
    /// Those of a target directory. Creates nothing until something is kept.
    pub fn open(target_directory: &Path) -> Self {
        Self::with_limit(target_directory, LIMIT)
    }

    fn with_limit(target_directory: &Path, limit: u64) -> Self {
        Self {
            shelf: Shelf::new(target_directory.join("perfbase").join("executables")),
            target_directory: target_directory.to_owned(),
            limit,
            in_use: Mutex::default(),
        }
    }

    /// Keeps an executable and gives the kept one: as it was, at another path. Those used longest
    /// ago make room, so what is to be found should be asked for before.
    ///
    /// # Errors
    /// Why it cannot be run again later; or a file that cannot be written.
    pub fn keep(&self, executable: &Executable) -> Result<Executable, NotKept> {
        let digest = executable.digest.as_deref().filter(|digest| is_digest(digest));
        let digest = digest.ok_or(NotKept::Unknown)?;
        let file_name = executable.path.file_name().ok_or(NotKept::Unknown)?;
        let io = |source| NotKept::Io { path: executable.path.clone(), source };
        let file = fs_err::File::open(&executable.path).map_err(io)?;
        let size = file.metadata().map_err(io)?.len();
        dependence::check(executable, file.file(), &self.target_directory)?;

        let added: u64 = self.used().iter().map(|entry| entry.added).sum();
        let is_known = self.used().iter().any(|entry| entry.folder.ends_with(digest));
        if !is_known && added.saturating_add(size) > self.limit {
            return Err(NotKept::Room { limit: self.limit });
        }
        let io = |source| NotKept::Io { path: self.shelf.root().to_owned(), source };
        let _changing = self.shelf.lock_for_change().map_err(io)?;
        let entry = self.shelf.entry(digest);
        let was_used = entry.is_used();
        let lock = entry.create().map_err(io)?;
        let copy = entry.copy(&executable.path, file_name).map_err(io)?;
        let key = target_of(executable.kind, &executable.name);
        let description = Description::new(executable, file_name, size);
        entry.describe(&executable.package, &key, &description).map_err(io)?;
        if !was_used {
            entry.tidy();
        }
        let added = entry.size();
        self.use_entry(&entry, lock, added);
        self.shelf.prune(self.limit);
        Ok(Executable { path: copy, ..executable.clone() })
    }

    /// The kept executable with this digest that was this target of this package, as
    /// [`TargetKind::target`] names it. It can be run at once.
    ///
    /// # Errors
    /// Why not, in one line.
    pub fn find(
        &self,
        digest: &str,
        package: &str,
        target: &str,
    ) -> Result<Executable, Unavailable> {
        if !is_digest(digest) {
            return Err(Unavailable::Gone);
        }
        // Without that folder nothing was ever kept, or all of it is gone.
        let _reading = self.shelf.lock_for_reading().ok_or(Unavailable::Gone)?;
        let entry = self.shelf.entry(digest);
        let lock = entry.take().ok_or(Unavailable::Gone)?;
        let description = entry.description(package, target)?;
        let executable = description.executable(digest, entry.folder());
        if executable.package != package
            || target_of(executable.kind, &executable.name) != target
            || !is_whole(&executable.path, description.size(), digest)
        {
            return Err(Unavailable::Damaged);
        }
        if !executable.cwd.is_dir() {
            return Err(Unavailable::Folder { path: executable.cwd });
        }
        self.use_entry(&entry, lock, 0);
        Ok(executable)
    }

    /// Deletes those used longest ago until the others are within the bound. Keeping does so, too.
    ///
    /// # Errors
    /// When the folder cannot be locked.
    pub fn prune(&self) -> std::io::Result<()> {
        if self.shelf.root().is_dir() {
            let _changing = self.shelf.lock_for_change()?;
            self.shelf.prune(self.limit);
        }
        Ok(())
    }

    fn used(&self) -> std::sync::MutexGuard<'_, Vec<InUse>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn use_entry(&self, entry: &Entry, lock: File, added: u64) {
        let mut used = self.used();
        match used.iter_mut().find(|known| known.folder == entry.folder()) {
            Some(known) => known.added = known.added.max(added),
            None => used.push(InUse { folder: entry.folder().to_owned(), added, _lock: lock }),
        }
    }
}

/// The name of a target in its package, as in the ids of benchmarks.
fn target_of(kind: TargetKind, name: &str) -> String {
    kind.target(name)
}

/// Digests come from files that others may have written, and become names of folders.
fn is_digest(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a copy is there, can be executed and has the code that it should have.
fn is_whole(path: &Path, size: u64, expected: &str) -> bool {
    let Ok(file) = fs_err::File::open(path) else { return false };
    let Ok(metadata) = file.metadata() else { return false };
    metadata.is_file()
        && metadata.len() == size
        && is_executable(&metadata)
        && digest::of_file(file.file()).as_deref() == Some(expected)
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &std::fs::Metadata) -> bool {
    true
}
