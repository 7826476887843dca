//! Reads one capture.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::StoreError;
use super::format::{Stored, read_capture, read_metrics, read_timing};
use super::layout::{Arm, CAPTURE, Part};
use super::pprof;
use crate::model::{
    BenchmarkEntry, BenchmarkId, Capture, CountKind, Label, Metrics, Profile, Timing,
};

/// A stored capture. Its index is in memory; timings and profiles are read when asked for.
#[derive(Clone, Debug)]
pub struct StoredCapture {
    folder: PathBuf,
    stored: Stored,
    /// Bytes of `capture.json`.
    index_bytes: u64,
    identity: Identity,
}

impl StoredCapture {
    /// The capture in a folder anywhere, such as one that was unpacked from an archive.
    ///
    /// # Errors
    /// A folder without a readable `capture.json`.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(CAPTURE);
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                StoreError::NotACapture { path: folder.to_owned() }
            }
            _ => StoreError::io("read", &path, error),
        };
        // Of one and the same file, whatever happens to its name meanwhile.
        let mut file = File::open(&path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let stored = read_capture(&bytes)
            .map_err(|source| StoreError::Format { path: path.clone(), source })?;
        Ok(Self {
            folder: folder.to_owned(),
            stored,
            index_bytes: bytes.len() as u64,
            identity: Identity::of(&metadata),
        })
    }

    /// The same under the name that its folder has in the store, where somebody renamed it.
    pub(super) fn labelled(mut self, label: &Label) -> Self {
        self.stored.capture.label = label.clone();
        self
    }

    /// What is known of it beside timings and profiles. Benchmarks are ordered by id.
    pub fn capture(&self) -> &Capture {
        &self.stored.capture
    }

    /// The same by value.
    pub fn into_capture(self) -> Capture {
        self.stored.capture
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Size of all its files in bytes, as of when it was stored.
    pub fn bytes(&self) -> u64 {
        self.stored.bytes.saturating_add(self.index_bytes)
    }

    /// The index entry of a benchmark.
    pub fn entry(&self, id: &BenchmarkId) -> Option<&BenchmarkEntry> {
        let benchmarks = &self.stored.capture.benchmarks;
        let found = benchmarks.binary_search_by(|entry| entry.id.cmp(id));
        found.ok().map(|index| &benchmarks[index])
    }

    /// Where a file of a benchmark is; `None` for a benchmark that is not in this capture. The
    /// file need not be there: see [`BenchmarkEntry::timed`] and [`BenchmarkEntry::profile`].
    pub fn path_of(&self, id: &BenchmarkId, part: Part) -> Option<PathBuf> {
        self.entry(id).map(|entry| self.path(entry, part))
    }

    /// The times of a benchmark; `None` when it was not timed, or is not in this capture.
    ///
    /// # Errors
    /// A file that is listed but missing or damaged, or a capture that changed since it was opened.
    pub fn timing(&self, id: &BenchmarkId, arm: Arm) -> Result<Option<Timing>, StoreError> {
        let Some((path, bytes)) = self.listed(id, arm.timing())? else { return Ok(None) };
        read_timing(&bytes).map(Some).map_err(|source| StoreError::Format { path, source })
    }

    /// Numbers that a benchmark reports of itself; `None` when it reports none.
    ///
    /// # Errors
    /// As [`Self::timing`].
    pub fn metrics(&self, id: &BenchmarkId, arm: Arm) -> Result<Option<Metrics>, StoreError> {
        let Some(path) = self.path_of(id, arm.metrics()) else { return Ok(None) };
        let Some(bytes) = self.read(&path)? else { return Ok(None) };
        read_metrics(&bytes).map(Some).map_err(|source| StoreError::Format { path, source })
    }

    /// The sampled profile of a benchmark; `None` when it was not profiled, or is not in this
    /// capture.
    ///
    /// # Errors
    /// As [`Self::timing`].
    pub fn profile(&self, id: &BenchmarkId, arm: Arm) -> Result<Option<Profile>, StoreError> {
        self.read_profile(id, arm.profile())
    }

    /// What was counted of a benchmark; `None` when that was not, or is not in this capture.
    ///
    /// # Errors
    /// As [`Self::timing`]; a profile of something else.
    pub fn count(
        &self,
        id: &BenchmarkId,
        arm: Arm,
        kind: CountKind,
    ) -> Result<Option<Profile>, StoreError> {
        let part = arm.count(kind);
        let profile = self.read_profile(id, part)?;
        match profile {
            Some(other) if other.weight != kind.weight() => {
                let path = self.path_of(id, part).unwrap_or_else(|| self.folder.clone());
                let what = format!("it counts {}", other.weight.kind());
                Err(StoreError::Inconsistent { path, what })
            }
            profile => Ok(profile),
        }
    }

    fn read_profile(&self, id: &BenchmarkId, part: Part) -> Result<Option<Profile>, StoreError> {
        let Some((path, bytes)) = self.listed(id, part)? else { return Ok(None) };
        pprof::decode(&bytes).map(Some).map_err(|source| StoreError::Profile { path, source })
    }

    /// A file of a benchmark; `None` when the index does not list it.
    fn listed(
        &self,
        id: &BenchmarkId,
        part: Part,
    ) -> Result<Option<(PathBuf, Vec<u8>)>, StoreError> {
        let Some(entry) = self.entry(id).filter(|entry| part.is_listed(entry) == Some(true)) else {
            return Ok(None);
        };
        let path = self.path(entry, part);
        match self.read(&path)? {
            Some(bytes) => Ok(Some((path, bytes))),
            None => Err(StoreError::Missing { path }),
        }
    }

    /// The flame graph of a benchmark as SVG, where there is one.
    ///
    /// # Errors
    /// A file that cannot be read, or a capture that changed since it was opened.
    pub fn flamegraph(&self, id: &BenchmarkId) -> Result<Option<String>, StoreError> {
        let Some(path) = self.path_of(id, Part::Flamegraph) else { return Ok(None) };
        let bytes = self.read(&path)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// All its files, by their paths below its folder with `/` between names.
    ///
    /// # Errors
    /// As [`Self::timing`].
    pub fn files(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let index = self.folder.join(CAPTURE);
        let bytes = self.read(&index)?.ok_or(StoreError::Missing { path: index })?;
        let mut files = vec![(CAPTURE.to_owned(), bytes)];
        for entry in &self.stored.capture.benchmarks {
            for part in Part::all() {
                let path = self.path(entry, part);
                match self.read(&path)? {
                    Some(bytes) => {
                        files.push((format!("{}/{}", entry.folder, part.file_name()), bytes));
                    }
                    None if part.is_listed(entry) == Some(true) => {
                        return Err(StoreError::Missing { path });
                    }
                    None => {}
                }
            }
        }
        Ok(files)
    }

    fn path(&self, entry: &BenchmarkEntry, part: Part) -> PathBuf {
        // By parts, for the sake of the platform's own separators in messages.
        let folder =
            entry.folder.split('/').fold(self.folder.clone(), |path, part| path.join(part));
        folder.join(part.file_name())
    }

    /// The bytes of a file of this very capture; `None` when it is not there.
    pub(super) fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
        let read = fs::read(path);
        // Another capture may have taken the place of this one, with other numbers of the same
        // benchmark. Looking after reading, not before, leaves no moment for that.
        let now = fs::metadata(self.folder.join(CAPTURE));
        if now.ok().is_none_or(|metadata| Identity::of(&metadata) != self.identity) {
            return Err(StoreError::Changed { path: self.folder.clone() });
        }
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", path, error)),
        }
    }
}

/// Tells the index files of two captures apart.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    len: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    inode: u64,
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Self {
            len: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: metadata.ino(),
        }
    }
}
