//! Takes captures over that were stored elsewhere, byte for byte.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::error::StoreError;
use super::layout::{Arm, CAPTURE, Part, STAGING};
use super::staging::{Mode, enter, publish, random, vacancy};
use super::stored::StoredCapture;
use super::{Store, format};
use crate::model::{CountKind, Label};

/// A capture as files of somebody else's store.
#[derive(Clone, Debug)]
pub struct Foreign<'a> {
    /// What it is to be called here.
    pub label: Label,
    /// Paths below the capture's folder, with `/` between names, and contents.
    pub files: Vec<(&'a str, &'a [u8])>,
}

impl Store {
    /// Stores captures of another store. All of them are looked through first, and then appear one
    /// after the other; should one of them fail, those before it go again.
    ///
    /// # Errors
    /// Labels that are taken; files that are missing, damaged, or no capture's; whatever the file
    /// system refuses.
    pub fn adopt(
        &self,
        captures: &[Foreign<'_>],
        mode: Mode,
    ) -> Result<Vec<StoredCapture>, StoreError> {
        let (root, disk) = (&self.root, &self.disk);
        let (_lock, there) = enter(root, disk)?;
        for capture in captures {
            vacancy(root, &there, &capture.label, mode)?;
        }
        let mut unpacked = Unpacked { disk, folders: Vec::new() };
        for capture in captures {
            let folder = root.join(format!("{STAGING}{}-{}", capture.label, random()));
            disk.create_folder(&folder)?;
            unpacked.folders.push(folder.clone());
            unpack(capture, &folder, disk)?;
        }
        let mut done: Vec<(&Path, &Label)> = Vec::new();
        for (capture, folder) in captures.iter().zip(&unpacked.folders) {
            let published = publish(disk, root, folder, &capture.label);
            if let Err(error) = published {
                for (folder, label) in done {
                    take_back(disk, root, folder, label);
                }
                return Err(error);
            }
            done.push((folder, &capture.label));
        }
        captures.iter().map(|capture| self.read(&capture.label)).collect()
    }
}

/// Folders that go when it is known how all ended: those that did not become captures, and what
/// was replaced.
struct Unpacked<'a> {
    disk: &'a Disk,
    folders: Vec<PathBuf>,
}

impl Drop for Unpacked<'_> {
    fn drop(&mut self) {
        for folder in self.folders.iter().filter(|folder| folder.exists()) {
            let _next_time = self.disk.remove(folder);
        }
    }
}

/// What was there before is there again, as far as the file system lets it.
fn take_back(disk: &Disk, root: &Path, folder: &Path, label: &Label) {
    let _nothing_else_can_be_done = match folder.exists() {
        true => publish(disk, root, folder, label),
        false => disk.rename(&root.join(label.as_str()), folder),
    };
}

/// Writes the files into a new folder, and reads all of them back as a capture.
fn unpack(capture: &Foreign<'_>, folder: &Path, disk: &Disk) -> Result<(), StoreError> {
    let index = capture.files.iter().find(|(path, _)| *path == CAPTURE);
    let missing = || StoreError::Missing { path: folder.join(CAPTURE) };
    let (_, bytes) = index.ok_or_else(missing)?;
    let stored = format::read_capture(bytes)
        .map_err(|source| StoreError::Format { path: folder.join(CAPTURE), source })?;
    // Nothing is written that is no part of a capture, and nothing elsewhere: an index's folders
    // lie inside, as its reader sees to.
    let mut known: BTreeSet<String> = BTreeSet::from([CAPTURE.to_owned()]);
    for entry in &stored.capture.benchmarks {
        known.extend(Part::all().map(|part| format!("{}/{}", entry.folder, part.file_name())));
    }
    for (path, bytes) in &capture.files {
        if !known.contains(*path) {
            let what = format!("`{path}` is no file of a capture");
            return Err(StoreError::Inconsistent { path: folder.to_owned(), what });
        }
        let path = path.split('/').fold(folder.to_owned(), |folder, name| folder.join(name));
        if let Some(parent) = path.parent() {
            disk.create_folders(parent)?;
        }
        disk.write(&path, bytes)?;
        disk.sync_file(&path)?;
    }
    disk.sync_folder(folder)?;

    let stored = StoredCapture::open(folder)?;
    for entry in &stored.capture().benchmarks {
        for arm in [Arm::Own, Arm::Base] {
            stored.timing(&entry.id, arm)?;
            stored.metrics(&entry.id, arm)?;
            stored.profile(&entry.id, arm)?;
            for kind in CountKind::all() {
                stored.count(&entry.id, arm, kind)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sweep::names;
    use crate::store::tests as fixture;

    /// All files of a stored capture.
    fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(at) = folders.pop() {
            for entry in std::fs::read_dir(at).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                    found.push((name, std::fs::read(&path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }

    fn foreign<'a>(label: &str, files: &'a [(String, Vec<u8>)]) -> Foreign<'a> {
        let files = files.iter().map(|(path, bytes)| (&**path, &**bytes)).collect();
        Foreign { label: label.parse().unwrap(), files }
    }

    fn example(root: &Path) -> StoredCapture {
        let label = fixture::label("a");
        fixture::store(&Store::open(root).unwrap(), &label, Mode::New, fixture::TIME, 7).unwrap()
    }

    /// Names in a folder beside the lock and what git is told.
    fn visible(root: &Path) -> Vec<String> {
        let mut all = names(root).unwrap_or_default();
        all.retain(|name| name != ".lock" && name != ".gitignore");
        all
    }

    #[test]
    fn a_capture_is_taken_over_byte_for_byte() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let stored = example(from.path());
        let all = files(stored.folder());
        assert!(all.len() > 2, "{all:?}");
        let store = Store::open(to.path()).unwrap();
        let adopted = store.adopt(&[foreign("b", &all)], Mode::New).unwrap();
        assert_eq!(files(adopted[0].folder()), all);
        assert_eq!(adopted[0].capture().label.as_str(), "b");
        let again = store.adopt(&[foreign("c", &all), foreign("b", &all)], Mode::New);
        assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
        assert_eq!(visible(to.path()), ["b"], "not the first of the two either");
        store.adopt(&[foreign("b", &all)], Mode::Replace).unwrap();
        assert_eq!(visible(to.path()), ["b"]);
    }

    #[test]
    fn what_is_no_whole_capture_leaves_nothing() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let stored = example(from.path());
        let all = files(stored.folder());
        let store = Store::open(to.path()).unwrap();
        for (index, (name, _)) in all.iter().enumerate() {
            // Pictures are nobody's business, and numbers of a benchmark's own are not listed.
            let (is_read, is_listed) = (!name.ends_with(".svg"), !name.ends_with("metrics.json"));
            let mut without = all.clone();
            without.remove(index);
            let mut half = all.clone();
            let length = half[index].1.len() / 2;
            half[index].1.truncate(length);
            for (files, is_wrong) in [(without, is_read && is_listed), (half, is_read)] {
                if is_wrong {
                    assert!(store.adopt(&[foreign("b", &files)], Mode::New).is_err(), "{name}");
                    assert!(visible(to.path()).is_empty(), "{name}");
                }
            }
        }
        for path in ["../evil", "evil", "/tmp/evil", "capture.json/evil"] {
            let mut more = all.clone();
            more.push((path.to_owned(), b"x".to_vec()));
            let error = store.adopt(&[foreign("b", &more)], Mode::New).unwrap_err();
            assert!(matches!(error, StoreError::Inconsistent { .. }), "{path}: {error}");
            assert!(visible(to.path()).is_empty());
        }
    }
}
