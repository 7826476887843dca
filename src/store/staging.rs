//! Writes one capture.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::error::StoreError;
use super::format::{Stored, write_capture, write_metrics, write_timing};
use super::layout::{Arm, CAPTURE, LOCK, Part, REPLACED, STAGING, folder_of};
use super::lock::Lock;
use super::pprof::{self, Meta};
use super::stored::StoredCapture;
use super::sweep::{names, sweep};
use crate::model::{BenchmarkId, Capture, CountKind, Label, Metrics, Profile, Timing};

/// What becomes of a capture that has the label already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// There must be none.
    New,
    /// It is replaced, once the new one is complete.
    Replace,
    /// There must be one; what is committed has its runs and new ones, and takes its place.
    Append,
}

/// A capture that is being made, in a hidden folder. Nothing is visible before
/// [`commit`](Staging::commit), and nothing stays when it is dropped without.
#[derive(Debug)]
pub struct Staging {
    root: PathBuf,
    disk: Disk,
    label: Label,
    /// Where it grows. After a commit by exchange: what it replaced.
    folder: PathBuf,
    previous: Option<StoredCapture>,
    /// Benchmarks by folder, with the files written for them.
    written: BTreeMap<String, (BenchmarkId, Vec<Part>)>,
    bytes: u64,
    /// Given back last, when the folder is gone.
    _lock: Lock,
}

/// The .gitignore of a new `profiles/` folder: captures may be committed, works in progress not.
const GITIGNORE: &str = "/.lock\n/.staging-*\n/.replaced-*\n/.removed-*\n";

impl Staging {
    pub(super) fn begin(
        root: &Path,
        disk: Disk,
        label: &Label,
        mode: Mode,
    ) -> Result<Self, StoreError> {
        let (lock, names) = enter(root, &disk)?;
        let place = root.join(label.as_str());
        vacancy(root, &names, label, mode)?;
        let previous = match mode {
            Mode::Append => Some(StoredCapture::open(&place)?.labelled(label)),
            _ => None,
        };

        let folder = root.join(format!("{STAGING}{label}-{}", random()));
        disk.create_folder(&folder)?;
        Ok(Self {
            root: root.to_owned(),
            disk,
            label: label.clone(),
            folder,
            previous,
            written: BTreeMap::new(),
            bytes: 0,
            _lock: lock,
        })
    }

    /// The capture that is being appended to, as it was when the lock was taken: it stays as it
    /// is until the commit. `None` in other modes.
    pub fn previous(&self) -> Option<&StoredCapture> {
        self.previous.as_ref()
    }

    /// What was written so far, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Stores the times of a benchmark, all its runs.
    ///
    /// # Errors
    /// Times that are no numbers; a file that cannot be written.
    pub fn write_timing(
        &mut self,
        id: &BenchmarkId,
        arm: Arm,
        timing: &Timing,
    ) -> Result<(), StoreError> {
        let part = arm.timing();
        let path = self.folder.join(folder_of(id)).join(part.file_name());
        let bytes = write_timing(timing).map_err(|source| StoreError::Format { path, source })?;
        self.write(id, part, &bytes)
    }

    /// Stores numbers that a benchmark reports of itself, of all its runs.
    ///
    /// # Errors
    /// Numbers that are not finite; a file that cannot be written.
    pub fn write_metrics(
        &mut self,
        id: &BenchmarkId,
        arm: Arm,
        metrics: &Metrics,
    ) -> Result<(), StoreError> {
        let part = arm.metrics();
        let path = self.folder.join(folder_of(id)).join(part.file_name());
        let bytes = write_metrics(metrics).map_err(|source| StoreError::Format { path, source })?;
        self.write(id, part, &bytes)
    }

    /// Stores the sampled profile of a benchmark, all its runs.
    ///
    /// # Errors
    /// Weights beyond the format; a file that cannot be written.
    pub fn write_profile(
        &mut self,
        id: &BenchmarkId,
        arm: Arm,
        profile: &Profile,
        meta: &Meta,
    ) -> Result<(), StoreError> {
        self.encode(id, arm.profile(), profile, meta)
    }

    /// Stores what was counted of a benchmark.
    ///
    /// # Errors
    /// As [`Self::write_profile`]; a profile that counts something else.
    pub fn write_count(
        &mut self,
        id: &BenchmarkId,
        arm: Arm,
        kind: CountKind,
        profile: &Profile,
    ) -> Result<(), StoreError> {
        let part = arm.count(kind);
        if profile.weight != kind.weight() {
            let path = self.folder.join(folder_of(id)).join(part.file_name());
            let what = format!("its weights are {}", profile.weight.kind());
            return Err(StoreError::Inconsistent { path, what });
        }
        self.encode(id, part, profile, &Meta::default())
    }

    fn encode(
        &mut self,
        id: &BenchmarkId,
        part: Part,
        profile: &Profile,
        meta: &Meta,
    ) -> Result<(), StoreError> {
        let path = self.folder.join(folder_of(id)).join(part.file_name());
        let bytes =
            pprof::encode(profile, meta).map_err(|source| StoreError::Profile { path, source })?;
        self.write(id, part, &bytes)
    }

    /// Stores the flame graph of a benchmark.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_flamegraph(&mut self, id: &BenchmarkId, svg: &str) -> Result<(), StoreError> {
        self.write(id, Part::Flamegraph, svg.as_bytes())
    }

    /// Takes a benchmark's files over from the capture that is appended to, byte for byte: for
    /// benchmarks that got no new runs. Nothing happens when it is not in there.
    ///
    /// # Errors
    /// Files that are listed but missing, or cannot be read or written.
    pub fn carry_over(&mut self, id: &BenchmarkId) -> Result<(), StoreError> {
        let Some(previous) = self.previous.take() else { return Ok(()) };
        let done = self.copy_from(&previous, id);
        self.previous = Some(previous);
        done
    }

    fn copy_from(&mut self, previous: &StoredCapture, id: &BenchmarkId) -> Result<(), StoreError> {
        let Some(entry) = previous.entry(id) else { return Ok(()) };
        for part in Part::all() {
            let Some(path) = previous.path_of(id, part) else { continue };
            match previous.read(&path)? {
                Some(bytes) => self.write(id, part, &bytes)?,
                None if part.is_listed(entry) == Some(true) => {
                    return Err(StoreError::Missing { path });
                }
                None => {}
            }
        }
        Ok(())
    }

    fn write(&mut self, id: &BenchmarkId, part: Part, bytes: &[u8]) -> Result<(), StoreError> {
        let name = folder_of(id);
        let folder = self.folder.join(&name);
        let (known, parts) = self.written.entry(name).or_insert_with(|| (id.clone(), Vec::new()));
        if known != id {
            let what = format!("`{known}` and `{id}` would share it; rename one of them");
            return Err(StoreError::Inconsistent { path: folder, what });
        }
        if parts.contains(&part) {
            let what = format!("{} of `{id}` was written before", part.file_name());
            return Err(StoreError::Inconsistent { path: folder, what });
        }
        if parts.is_empty() {
            self.disk.create_folders(&folder)?;
        }
        self.disk.write(&folder.join(part.file_name()), bytes)?;
        parts.push(part);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Makes the capture visible, all at once, in place of the one that it replaces.
    ///
    /// `capture` is to list exactly the benchmarks that were written, with the folders that
    /// [`folder_of`] gives them; benchmarks that failed have no files.
    ///
    /// # Errors
    /// An index that does not fit the files; anything that the file system refuses. Whatever
    /// captures there were are there still.
    pub fn commit(self, capture: &Capture) -> Result<StoredCapture, StoreError> {
        self.check(capture)?;
        self.flush()?;
        let path = self.folder.join(CAPTURE);
        let stored = Stored { capture: capture.clone(), bytes: self.bytes };
        let bytes = write_capture(&stored)
            .map_err(|source| StoreError::Format { path: path.clone(), source })?;
        self.disk.write(&path, &bytes)?;
        self.disk.sync_file(&path)?;
        self.disk.sync_folder(&self.folder)?;
        self.publish()?;
        StoredCapture::open(&self.root.join(self.label.as_str()))
    }

    /// Whether the index says what was written.
    fn check(&self, capture: &Capture) -> Result<(), StoreError> {
        let wrong = |what: String| {
            Err(StoreError::Inconsistent { path: self.root.join(self.label.as_str()), what })
        };
        if capture.label != self.label {
            return wrong(format!("its label is `{}`", capture.label));
        }
        let mut listed = BTreeMap::new();
        for entry in &capture.benchmarks {
            let folder = folder_of(&entry.id);
            if entry.folder != folder {
                return wrong(format!("`{}` is in `{folder}`, not `{}`", entry.id, entry.folder));
            }
            let parts = self.written.get(&folder).map_or(&[][..], |(_, parts)| parts);
            for part in Part::all() {
                let Some(has) = part.is_listed(entry) else { continue };
                if parts.contains(&part) != has {
                    let name = part.file_name();
                    let is = if has { "was not written" } else { "is not listed" };
                    return wrong(format!("{name} of `{}` {is}", entry.id));
                }
            }
            if let Some(other) = listed.insert(folder, &entry.id) {
                return wrong(format!("`{other}` and `{}` share a folder", entry.id));
            }
        }
        match self.written.iter().find(|(folder, _)| !listed.contains_key(*folder)) {
            Some((_, (id, _))) => wrong(format!("`{id}` is not listed")),
            None => Ok(()),
        }
    }

    /// Waits until all files are on the disk. Done at the end: by then the system has written
    /// most of them by itself, and no flush disturbed a measurement.
    fn flush(&self) -> Result<(), StoreError> {
        let mut folders = std::collections::BTreeSet::new();
        for (name, (_, parts)) in &self.written {
            let folder = self.folder.join(name);
            for part in parts {
                self.disk.sync_file(&folder.join(part.file_name()))?;
            }
            let above = folder.ancestors().take_while(|path| **path != *self.folder);
            folders.extend(above.map(Path::to_owned));
        }
        // Inner folders first.
        for folder in folders.iter().rev() {
            self.disk.sync_folder(folder)?;
        }
        Ok(())
    }

    /// Gives the finished folder its name.
    fn publish(&self) -> Result<(), StoreError> {
        publish(&self.disk, &self.root, &self.folder, &self.label)
    }
}

/// Gives a finished folder its name, in place of the capture that had it. Afterwards `folder` may
/// hold what was replaced.
pub(super) fn publish(
    disk: &Disk,
    root: &Path,
    folder: &Path,
    label: &Label,
) -> Result<(), StoreError> {
    let place = root.join(label.as_str());
    if fs::symlink_metadata(&place).is_err() {
        disk.rename(folder, &place)?;
        return disk.sync_folder(root);
    }
    if disk.exchange(folder, &place)? {
        // `folder` is what was replaced now, and goes with it.
        return disk.sync_folder(root);
    }
    // For a moment there is no capture of this label. Who dies in it leaves the old one
    // under a name from which `recover` puts it back.
    let aside = root.join(format!("{REPLACED}{}", label));
    disk.rename(&place, &aside)?;
    if let Err(error) = disk.rename(folder, &place) {
        disk.rename(&aside, &place)?;
        return Err(error);
    }
    disk.sync_folder(root)?;
    let _next_time = disk.remove(&aside);
    Ok(())
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.folder.exists() {
            // What cannot be deleted is deleted by the next capture.
            let _next_time = self.disk.remove(&self.folder);
        }
    }
}

/// Takes the lock, mends what a killed capture left, and tells what names there are. Creates the
/// folder where it is not there.
///
/// # Errors
/// [`StoreError::Locked`]; a folder that cannot be written.
pub(super) fn enter(root: &Path, disk: &Disk) -> Result<(Lock, Vec<String>), StoreError> {
    if !root.exists() {
        disk.create_folders(root)?;
    }
    let lock = Lock::take(root, disk)?;
    sweep(root, disk, &lock)?;

    let names = names(root)?;
    if names.iter().all(|name| name == LOCK) {
        // Who deletes it from a folder in use does not want it.
        let path = root.join(".gitignore");
        if let Err(error) = disk.write(&path, GITIGNORE.as_bytes()) {
            let _half = disk.remove(&path);
            return Err(error);
        }
    }
    Ok((lock, names))
}

/// Whether a capture of this label may be made.
///
/// # Errors
/// One that is there, or is not, against what `mode` says; one that differs in case only.
pub(super) fn vacancy(
    root: &Path,
    names: &[String],
    label: &Label,
    mode: Mode,
) -> Result<(), StoreError> {
    let place = root.join(label.as_str());
    let exists = names.iter().any(|name| name == label.as_str());
    if exists && !place.join(CAPTURE).exists() {
        // Whatever that is, it is not ours to replace.
        return Err(StoreError::NotACapture { path: place });
    }
    match mode {
        Mode::New if exists => {
            return Err(StoreError::Exists { label: label.to_string() });
        }
        Mode::Append if !exists => return Err(super::no_capture(root, label.as_str())),
        _ => {}
    }
    let same = |name: &&String| name.eq_ignore_ascii_case(label.as_str());
    if !exists && let Some(existing) = names.iter().find(same) {
        let (label, existing) = (label.to_string(), existing.clone());
        return Err(StoreError::Case { label, existing });
    }
    Ok(())
}

/// Something that no other process chose.
pub(super) fn random() -> String {
    let now = std::time::SystemTime::now();
    // Keyed by the system's random numbers, anew in each process.
    format!("{:016x}", RandomState::new().hash_one((now, std::process::id())))
}
