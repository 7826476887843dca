//! Files that are opened once.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use crate::model::FastMap;

use super::object::Object;
use super::vdso;

/// Why a file that was mapped into a recorded process is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenError {
    /// It is gone, or may not be read.
    Unreadable,
    /// It is not an ELF file of a supported kind.
    NotAnObject,
    /// Its build id is not the one recorded: it was built or updated since.
    Changed,
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "cannot be read",
            Self::NotAnObject => super::object::NO_ELF,
            Self::Changed => "changed since it was recorded",
        })
    }
}

impl std::error::Error for OpenError {}

/// What tells a file from one that took its place: a benchmark can be rebuilt between recordings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    path: Box<Path>,
    length: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Key {
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let inode = 0;
        let modified = metadata.modified().ok();
        Some(Self { path: path.into(), length: metadata.len(), modified, inode })
    }
}

/// Chunk *k* has room for 2^(k+4) objects, so that this many chunks hold half a million.
const CHUNKS: usize = 16;

/// All files opened so far. References to them stay valid as long as this value does, because it
/// only ever grows, chunk by chunk, and moves nothing.
#[derive(Default)]
pub struct Objects {
    chunks: [OnceLock<Box<[OnceLock<Object>]>>; CHUNKS],
    index: Mutex<Index>,
    vdso: OnceLock<Option<Object>>,
}

#[derive(Default)]
struct Index {
    files: FastMap<Key, Result<usize, OpenError>>,
    count: usize,
}

impl Objects {
    /// Nothing opened.
    pub fn new() -> Self {
        Self::default()
    }

    /// The file at `path`, if it has the build id that was recorded (any, if none was recorded).
    ///
    /// # Errors
    ///
    /// Why it is not used.
    pub fn open(&self, path: &Path, build_id: Option<&[u8]>) -> Result<&Object, OpenError> {
        let object = self.at(path)?;
        // A file without a build id cannot be told apart from the recorded one.
        let found = object.build_id().unwrap_or_default();
        match build_id {
            Some(recorded) if !same_id(recorded, found) => Err(OpenError::Changed),
            _ => Ok(object),
        }
    }

    /// The file that is at `path` now.
    fn at(&self, path: &Path) -> Result<&Object, OpenError> {
        let key = Key::of(path).ok_or(OpenError::Unreadable)?;
        let mut index = self.index();
        if let Some(&known) = index.files.get(&key) {
            return known.and_then(|position| self.get(position).ok_or(OpenError::Unreadable));
        }
        let result = open(path).and_then(|object| {
            let position = index.count;
            let slot = self.slot(position).ok_or(OpenError::Unreadable)?;
            // The lock is held: nobody else fills this slot.
            if slot.set(object).is_ok() {
                index.count += 1;
            }
            Ok(position)
        });
        index.files.insert(key, result);
        result.and_then(|position| self.get(position).ok_or(OpenError::Unreadable))
    }

    /// The virtual shared object that the running kernel maps into processes of this machine, if
    /// it has the build id that was recorded (any, if none was recorded).
    pub fn vdso(&self, build_id: Option<&[u8]>) -> Option<&Object> {
        let object = self.vdso.get_or_init(vdso::read).as_ref()?;
        (build_id.is_none() || build_id == object.build_id()).then_some(object)
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        // An entry is added when it is complete, so a panic elsewhere leaves the index sound.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, position: usize) -> Option<&OnceLock<Object>> {
        let (chunk, offset) = place(position);
        let slots = self
            .chunks
            .get(chunk)?
            .get_or_init(|| std::iter::repeat_with(OnceLock::new).take(16 << chunk).collect());
        slots.get(offset)
    }

    fn get(&self, position: usize) -> Option<&Object> {
        self.slot(position)?.get()
    }
}

/// Chunk and offset of a position.
fn place(position: usize) -> (usize, usize) {
    let chunk = (position / 16 + 1).ilog2() as usize;
    (chunk, position - ((16 << chunk) - 16))
}

fn open(path: &Path) -> Result<Object, OpenError> {
    Object::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => OpenError::NotAnObject,
        _ => OpenError::Unreadable,
    })
}

/// perf pads ids to 20 bytes with zeros in old files; all zeros stand for none.
fn same_id(recorded: &[u8], found: &[u8]) -> bool {
    let shared = recorded.len().min(found.len());
    let zero = |rest: &[u8]| rest.iter().all(|&byte| byte == 0);
    recorded[..shared] == found[..shared] && zero(&recorded[shared..]) && zero(&found[shared..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_fill_chunks_in_order() {
        let mut expected = Vec::new();
        for chunk in 0..4 {
            expected.extend((0..16 << chunk).map(|offset| (chunk, offset)));
        }
        let places: Vec<_> = (0..expected.len()).map(place).collect();
        assert_eq!(places, expected);
    }

    #[test]
    fn build_ids_compare_without_padding() {
        assert!(same_id(&[1, 2, 3, 0, 0], &[1, 2, 3]));
        assert!(same_id(&[0; 20], &[]) && !same_id(&[1; 20], &[]));
        assert!(!same_id(&[1, 2, 3, 0, 1], &[1, 2, 3]));
        assert!(!same_id(&[1, 2, 4], &[1, 2, 3]));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_changed_file_is_refused_and_a_known_one_shared() {
        let objects = Objects::new();
        let own = std::env::current_exe().unwrap();
        let first = objects.open(&own, None).unwrap();
        assert!(std::ptr::eq(first, objects.open(&own, None).unwrap()));
        assert!(matches!(objects.open(&own, Some(&[7; 20])), Err(OpenError::Changed)));
        let missing = Path::new("/nonexistent/file");
        assert!(matches!(objects.open(missing, None), Err(OpenError::Unreadable)));
        let text = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        assert!(matches!(objects.open(text, None), Err(OpenError::NotAnObject)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_was_replaced_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        let objects = Objects::new();
        std::fs::write(&path, "no program yet").unwrap();
        assert!(matches!(objects.open(&path, None), Err(OpenError::NotAnObject)));
        std::fs::copy(std::env::current_exe().unwrap(), &path).unwrap();
        assert!(objects.open(&path, None).is_ok());
    }
}
