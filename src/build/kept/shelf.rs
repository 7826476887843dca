//! The folder of kept executables on disk: locks, copies, sizes, and what goes first.

use std::ffi::{OsStr, OsString};
use std::fs::{File, TryLockError};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::super::digest;
use super::Unavailable;
use super::description::Description;

use crate::model::SortFew as _;

/// Of the whole folder.
const LOCK: &str = ".lock";
/// Of one entry; its time of change is that of the entry's last use.
const USED: &str = ".used";
/// What is being written, and is in nobody's way when it stays.
const UNFINISHED: &str = ".new-";
/// What is being deleted, likewise.
const REMOVED: &str = ".old-";

/// Debug information that stands beside an executable, by what its name has behind that of the
/// executable.
const BESIDE: [&str; 2] = [".dwp", ".dSYM"];

/// The folder of all entries.
#[derive(Debug)]
pub(super) struct Shelf {
    root: PathBuf,
}

impl Shelf {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The right to change entries, which nobody else has or reads meanwhile. Waits for others:
    /// they copy a file and no more.
    pub(super) fn lock_for_change(&self) -> io::Result<File> {
        create_private(&self.root)?;
        let lock = File::create(self.root.join(LOCK))?;
        lock.lock()?;
        Ok(lock)
    }

    /// Nobody changes entries meanwhile. `None` when there are none.
    pub(super) fn lock_for_reading(&self) -> Option<File> {
        let lock = File::open(self.root.join(LOCK)).ok()?;
        lock.lock_shared().ok()?;
        Some(lock)
    }

    pub(super) fn entry(&self, digest: &str) -> Entry {
        Entry { folder: self.root.join(digest) }
    }

    /// Deletes entries that nobody uses, least recently used first, until the sum of all is within
    /// `limit` bytes. The right to change is the caller's.
    pub(super) fn prune(&self, limit: u64) {
        let mut entries = Vec::new();
        for folder in folders(&self.root) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(REMOVED) {
                // Here and below: what cannot be deleted is tried again the next time.
                let _next_time = fs_err::remove_dir_all(&folder);
                continue;
            }
            let entry = Entry { folder };
            entries.push((entry.last_use(), entry.size(), entry));
        }
        let mut sum: u64 = entries.iter().map(|(_, size, _)| size).sum();
        entries.sort_few_by(|a, b| (a.0, &a.2.folder).cmp(&(b.0, &b.2.folder)));
        for (_, size, entry) in entries {
            if sum <= limit {
                break;
            }
            if !entry.is_used() && entry.remove().is_ok() {
                sum -= size;
            }
        }
    }
}

/// One kept executable.
#[derive(Debug)]
pub(super) struct Entry {
    folder: PathBuf,
}

impl Entry {
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes its folder, and takes it as [`Self::take`] does.
    pub(super) fn create(&self) -> io::Result<File> {
        create_private(&self.folder)?;
        File::create(self.folder.join(USED))?;
        self.take().ok_or_else(|| io::Error::other("the entry cannot be locked"))
    }

    /// Notes that it is used now; it stays as long as the lock that this gives. `None` when it is
    /// not there.
    pub(super) fn take(&self) -> Option<File> {
        let lock = File::options().write(true).open(self.folder.join(USED)).ok()?;
        lock.try_lock_shared().ok()?;
        // On a file system that has no times the order of deletion is lost, and no more.
        let _no_order = lock.set_modified(SystemTime::now());
        Some(lock)
    }

    /// Copies an executable, with debug information that stands beside it, and gives the copy's
    /// path. An equal copy stays as it is; else it is replaced by rename, so that whoever runs it
    /// goes on with what it has: the code is the same, names and lines may not be.
    pub(super) fn copy(&self, from: &Path, file_name: &OsStr) -> io::Result<PathBuf> {
        let to = self.folder.join(file_name);
        self.copy_file(from, &to)?;
        make_executable(&to)?;
        for suffix in BESIDE {
            let beside = |path: &Path| {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                PathBuf::from(name)
            };
            self.copy_tree(&beside(from), &beside(&to))?;
        }
        Ok(to)
    }

    fn copy_tree(&self, from: &Path, to: &Path) -> io::Result<()> {
        if from.is_file() {
            return self.copy_file(from, to);
        }
        if from.is_dir() {
            create_private(to)?;
            for inside in fs_err::read_dir(from)? {
                let inside = inside?;
                self.copy_tree(&inside.path(), &to.join(inside.file_name()))?;
            }
        }
        Ok(())
    }

    fn copy_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        if are_equal(from, to).unwrap_or(false) {
            return Ok(());
        }
        let temporary = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        let temporary = temporary.into_temp_path();
        fs_err::copy(from, &temporary)?;
        make_private(&temporary)?;
        if to.extension() != Some(OsStr::new("dwp")) {
            make_executable(&temporary)?;
        }
        temporary.persist(to).map_err(|error| error.error)
    }

    /// Writes how one target is run.
    pub(super) fn describe(
        &self,
        package: &str,
        target: &str,
        description: &Description,
    ) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        file.write_all(&description.to_json()?)?;
        file.persist(self.folder.join(json_name(package, target))).map_err(|error| error.error)?;
        Ok(())
    }

    /// Reads how one target is run.
    pub(super) fn description(
        &self,
        package: &str,
        target: &str,
    ) -> Result<Description, Unavailable> {
        match fs_err::read(self.folder.join(json_name(package, target))) {
            Ok(json) => Description::from_json(&json),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Unavailable::Gone),
            Err(_) => Err(Unavailable::Damaged),
        }
    }

    /// Deletes what no description names: copies under a name that is no longer theirs, and what
    /// a killed process left half-written. The right to change is the caller's.
    pub(super) fn tidy(&self) {
        let mut named = vec![OsString::from(USED)];
        let all = paths(&self.folder);
        for path in all.iter().filter(|path| path.extension() == Some(OsStr::new("json"))) {
            named.extend(path.file_name().map(OsStr::to_owned));
            let Ok(json) = fs_err::read(path) else { return };
            // One that cannot be read may be a newer version's.
            let Ok(description) = Description::from_json(&json) else { return };
            let file = description.file().into_os_string();
            for suffix in BESIDE {
                let mut name = file.clone();
                name.push(suffix);
                named.push(name);
            }
            named.push(file);
        }
        for path in all.iter().filter(|path| !named.iter().any(|name| path.ends_with(name))) {
            let _next_time = match path.is_dir() {
                true => fs_err::remove_dir_all(path),
                false => fs_err::remove_file(path),
            };
        }
    }

    /// Bytes of all its files.
    pub(super) fn size(&self) -> u64 {
        size_of(&self.folder)
    }

    fn last_use(&self) -> SystemTime {
        let time = fs_err::metadata(self.folder.join(USED)).and_then(|file| file.modified());
        time.unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// Whether somebody uses it, this process included.
    pub(super) fn is_used(&self) -> bool {
        let Ok(file) = File::open(self.folder.join(USED)) else { return false };
        matches!(file.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// First its name, at once, and then its files.
    fn remove(&self) -> io::Result<()> {
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
        let hidden = self.folder.with_file_name(format!("{REMOVED}{name}"));
        fs_err::rename(&self.folder, &hidden)?;
        let _next_time = fs_err::remove_dir_all(&hidden);
        Ok(())
    }
}

/// A name for the file of one target, whatever characters are in its name.
fn json_name(package: &str, target: &str) -> String {
    format!("{}.json", digest::of_bytes(format!("{package}\0{target}").as_bytes()))
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path()).collect()
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let mut all = paths(root);
    all.retain(|path| path.is_dir() && !path.is_symlink());
    all
}

fn size_of(folder: &Path) -> u64 {
    paths(folder)
        .iter()
        .map(|path| match fs_err::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => size_of(path),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Whether two files hold the same bytes.
fn are_equal(a: &Path, b: &Path) -> io::Result<bool> {
    let (a, b) = (File::open(a)?, File::open(b)?);
    let length = a.metadata()?.len();
    if length != b.metadata()?.len() {
        return Ok(false);
    }
    let (mut a, mut b) = (BufReader::new(a), BufReader::new(b));
    let mut blocks = [vec![0; 1 << 16], vec![0; 1 << 16]];
    let [block_a, block_b] = &mut blocks;
    let mut rest = length;
    while rest > 0 {
        let count = rest.min(1 << 16) as usize;
        a.read_exact(&mut block_a[..count])?;
        b.read_exact(&mut block_b[..count])?;
        if block_a[..count] != block_b[..count] {
            return Ok(false);
        }
        rest -= count as u64;
    }
    Ok(true)
}

/// Makes a folder, and those above it, for this user alone. One that is there stays as it is.
fn create_private(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        fs_err::create_dir_all(above)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs_err::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

fn make_private(path: &Path) -> io::Result<()> {
    set_mode(path, 0o600)
}

fn make_executable(path: &Path) -> io::Result<()> {
    set_mode(path, 0o700)
}
