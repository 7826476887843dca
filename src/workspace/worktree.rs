//! A commit's files in a folder of their own, gone afterwards.
//!
//! `git worktree add` below a folder of ours; the user's checkout, index, stashes, branches and
//! configuration are not touched, and no hook runs. Invariants:
//!
//! * A checkout and what git notes of it are removed when it is dropped; after a SIGKILL, by the
//!   next one of the same repository. A lock file beside it tells whether somebody lives in it.
//! * A commit always gets the same path and its files always the same times, so that cargo finds
//!   what it built of it before.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::git::{self, GitError, Repository, Revision};

/// A commit checked out beside the user's own checkout.
#[derive(Debug)]
pub struct Worktree {
    path: PathBuf,
    /// What git notes: `worktrees/…` of the repository, and of its submodules.
    notes: Vec<PathBuf>,
    _lock: File,
}

/// In the folder of all checkouts of one repository.
const LOCK: &str = ".lock";

impl Worktree {
    /// Checks a commit out into a folder below `folder`, with its submodules as far as they are on
    /// this machine, and removes what killed processes left there.
    ///
    /// # Errors
    /// When git fails, a submodule is missing, or the folder cannot be written.
    pub fn add(
        repository: &Repository<'_>,
        folder: &Path,
        revision: &Revision,
    ) -> Result<Self, GitError> {
        let folder = folder.join(repository.folders().key());
        let io = |source| GitError::Io { path: folder.clone(), source };
        fs_err::create_dir_all(&folder).map_err(io)?;
        let folder = fs_err::canonicalize(&folder).map_err(io)?;
        // Held while checkouts come and go, so that none is seen before it is locked.
        let all = File::create(folder.join(LOCK)).map_err(io)?;
        all.lock().map_err(io)?;
        sweep(&folder, &repository.folders().common);

        let (path, lock) = free_place(&folder, &revision.hash).map_err(io)?;
        let mut this = Self { path, notes: Vec::new(), _lock: lock };
        this.check_out(repository, &repository.folders().common, Path::new(""), &revision.hash)?;
        // Submodules may have submodules.
        let mut places = vec![(PathBuf::new(), repository.folders().common.clone())];
        while let Some((above, common)) = places.pop() {
            for (path, commit) in repository.submodules(&this.path.join(&above))? {
                let place = above.join(&path);
                let missing = || GitError::Submodule {
                    path: place.display().to_string(),
                    commit: commit.clone(),
                };
                let never_used = common.join("modules").join(&path);
                let common = match repository.submodule_folder(&place)? {
                    Some(common) => common,
                    None => never_used.is_dir().then_some(never_used).ok_or_else(missing)?,
                };
                match this.check_out(repository, &common, &place, &commit) {
                    Err(GitError::Failed { .. }) => return Err(missing()),
                    other => other?,
                }
                places.push((place, common));
            }
        }
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(revision.time);
        set_times(&this.path, time).map_err(io)?;
        Ok(this)
    }

    /// The topmost folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its folder's name: the beginning of the commit's hash, and a number when another process
    /// has the same commit checked out. What is built of it belongs into a folder of that name.
    pub fn name(&self) -> &str {
        self.path.file_name().and_then(OsStr::to_str).unwrap_or("checkout")
    }

    /// Checks out one repository, the user's or a submodule's, at `place` of this one.
    fn check_out(
        &mut self,
        repository: &Repository<'_>,
        common: &Path,
        place: &Path,
        commit: &str,
    ) -> Result<(), GitError> {
        let path = self.path.join(place);
        // Noted before, so that it is removed whatever happens meanwhile.
        self.notes.push(common.join("worktrees"));
        let command = git::command(common, &["worktree", "add", "--quiet", "--detach", "--force"])
            .arg(git::word(&path))
            .arg(commit);
        git::run(repository.session(), &command)?;
        Ok(())
    }
}

impl Drop for Worktree {
    fn drop(&mut self) {
        // What cannot be deleted now is by the next one.
        let _next_time = fs_err::remove_dir_all(&self.path);
        for notes in &self.notes {
            forget(notes, &|checkout| checkout.starts_with(&self.path));
        }
        let _next_time = fs_err::remove_file(lock_of(&self.path));
    }
}

/// The lock of a checkout stands beside it.
fn lock_of(checkout: &Path) -> PathBuf {
    let mut name = checkout.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// The first place for a commit that nobody lives in.
fn free_place(folder: &Path, hash: &str) -> io::Result<(PathBuf, File)> {
    let short = hash.get(..16).unwrap_or(hash);
    for number in 1.. {
        let name = if number == 1 { short.to_owned() } else { format!("{short}-{number}") };
        let path = folder.join(name);
        let lock = File::create(lock_of(&path))?;
        match lock.try_lock() {
            Ok(()) => return Ok((path, lock)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::other("no place is free"))
}

/// Whether a process lives in a checkout.
fn is_lived_in(checkout: &Path) -> bool {
    let Ok(lock) = File::open(lock_of(checkout)) else { return false };
    matches!(lock.try_lock(), Err(TryLockError::WouldBlock))
}

/// Removes the checkouts in `folder` that nobody lives in, and what git notes of them.
fn sweep(folder: &Path, common: &Path) {
    let Ok(entries) = fs_err::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() && !is_lived_in(&path) {
            let _next_time = fs_err::remove_dir_all(&path);
        }
        if path.extension() == Some(OsStr::new("lock")) {
            let checkout = path.with_extension("");
            if !checkout.is_dir() && !is_lived_in(&checkout) && !path.ends_with(LOCK) {
                let _next_time = fs_err::remove_file(&path);
            }
        }
    }
    let is_left = |checkout: &Path| {
        let below = checkout.strip_prefix(folder).ok();
        let first = below.and_then(|below| below.components().next());
        first.is_some_and(|name| !is_lived_in(&folder.join(name)))
    };
    let mut folders = vec![common.to_owned()];
    while let Some(folder) = folders.pop() {
        forget(&folder.join("worktrees"), &is_left);
        folders.extend(repositories_below(&folder.join("modules"), 4));
    }
}

/// Repositories of submodules, whose names may have slashes.
fn repositories_below(folder: &Path, depth: u32) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Vec::new() };
    let folders = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
    folders
        .flat_map(|path| match path.join("HEAD").is_file() {
            true => vec![path],
            false if depth > 0 => repositories_below(&path, depth - 1),
            false => Vec::new(),
        })
        .collect()
}

/// Removes what git notes of some checkouts: folders in `worktrees` that name their path. As `git
/// worktree prune` does, but also of those that were cut off while git wrote them.
fn forget(worktrees: &Path, is_meant: &dyn Fn(&Path) -> bool) {
    let Ok(entries) = fs_err::read_dir(worktrees) else { return };
    for note in entries.flatten().map(|entry| entry.path()) {
        let Ok(text) = fs_err::read_to_string(note.join("gitdir")) else { continue };
        // The path of the checkout's `.git`.
        if Path::new(text.trim_end()).parent().is_some_and(is_meant) {
            let _next_time = fs_err::remove_dir_all(&note);
        }
    }
    // As git does; it stays where somebody else's are in it.
    let _not_empty = std::fs::remove_dir(worktrees);
}

/// Gives all files one time.
fn set_times(folder: &Path, time: SystemTime) -> io::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            set_times(&entry.path(), time)?;
        } else if kind.is_file() && entry.file_name() != ".git" {
            // A file that may not be written keeps its time, and is built anew.
            if let Ok(file) = File::options().write(true).open(entry.path()) {
                let _built_anew = file.set_modified(time);
            }
        }
    }
    Ok(())
}
