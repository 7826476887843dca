//! A bundle → its files, checked.

use std::collections::BTreeMap;
use std::io::{self, Read};

use flate2::read::GzDecoder;
use tar::EntryType;

use super::{BundleError, FOLDER, File, INDEX, Index, SUMS};

/// How large a bundle may be, inflated.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the whole archive.
    pub bytes: u64,
    /// Files in it.
    pub files: usize,
}

impl Default for Limits {
    /// Far above what captures take (below 100 kB for an ordinary benchmark), and low enough to be
    /// held in memory.
    fn default() -> Self {
        Self { bytes: 512 << 20, files: 100_000 }
    }
}

/// The longest path, in bytes.
const PATH: usize = 1024;

/// Whether a file that begins with these bytes is an archive as bundles are, whatever is in it.
pub fn is_bundle(file: impl Read) -> bool {
    let mut header = [0; 512];
    GzDecoder::new(file).read_exact(&mut header).is_ok() && header[257..].starts_with(b"ustar")
}

/// All files of a bundle beside its index and its sums, sorted by path; each is what the sums say.
///
/// # Errors
/// An archive that cannot be read to its end, or that holds anything that
/// [`write`](super::write()) does not put in.
pub fn read(archive: impl Read, limits: Limits) -> Result<(Index, Vec<File>), BundleError> {
    let too_large = || BundleError::TooLarge { what: "bytes", limit: limits.bytes };
    let failed = |error: io::Error| match error.get_ref() {
        Some(inner) if inner.is::<Beyond>() => too_large(),
        // The tar reader wraps what it passes on.
        _ if error.to_string().contains(BEYOND) => too_large(),
        _ => BundleError::Archive(error),
    };
    let bounded = Bounded { inner: GzDecoder::new(archive), left: limits.bytes };
    let mut archive = tar::Archive::new(bounded);
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let path = path(&entry.path_bytes())?;
        if let Some(kind) = unusual(entry.header().entry_type()) {
            return Err(BundleError::Kind { path, kind });
        }
        if files.len() >= limits.files {
            return Err(BundleError::TooLarge { what: "files", limit: limits.files as u64 });
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 != entry.size() {
            return Err(BundleError::Archive(io::ErrorKind::UnexpectedEof.into()));
        }
        if files.contains_key(&path) {
            return Err(BundleError::Twice { path });
        }
        files.insert(path, bytes);
    }
    // What follows the archive's end is checked as well: the stream's own sum is at its end.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(failed)?;

    let index = files.get(INDEX).ok_or(BundleError::NoIndex)?;
    let index = Index::from_bytes(index)?;
    check(&mut files)?;
    files.remove(INDEX);
    let files = files.into_iter().map(|(path, bytes)| File { path, bytes }).collect();
    Ok((index, files))
}

/// What of a name is below the bundle's folder.
fn path(bytes: &[u8]) -> Result<String, BundleError> {
    let shown = || String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    let wrong = || BundleError::Path { path: shown() };
    if bytes.len() > PATH {
        return Err(wrong());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| wrong())?;
    let below = text.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/'));
    let below = below.ok_or_else(wrong)?;
    let is_plain = |name: &str| {
        !matches!(name, "" | "." | "..")
            && !name.contains(['\\', ':'])
            && !name.contains(char::is_control)
    };
    if !below.split('/').all(is_plain) {
        return Err(wrong());
    }
    Ok(below.to_owned())
}

/// What an entry is that is no plain file.
fn unusual(kind: EntryType) -> Option<&'static str> {
    match kind {
        EntryType::Regular => None,
        EntryType::Symlink => Some("symbolic link"),
        EntryType::Link => Some("hard link"),
        EntryType::Directory => Some("folder"),
        EntryType::Char | EntryType::Block => Some("device"),
        EntryType::Fifo => Some("pipe"),
        _ => Some("special entry"),
    }
}

/// Holds all files against the list of sums, and takes the list away.
fn check(files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), BundleError> {
    let list = files.remove(SUMS).ok_or(BundleError::Missing { path: SUMS.to_owned() })?;
    let list = String::from_utf8(list).map_err(|_| BundleError::Sums { line: 1 })?;
    let mut sums: BTreeMap<&str, &str> = BTreeMap::new();
    for (index, line) in list.lines().enumerate() {
        let (sum, path) = line.split_once("  ").ok_or(BundleError::Sums { line: index + 1 })?;
        if sums.insert(path, sum).is_some() {
            return Err(BundleError::Twice { path: path.to_owned() });
        }
    }
    for (path, bytes) in &*files {
        match sums.remove(&**path) {
            Some(sum) if sum.eq_ignore_ascii_case(&crate::sha256::hex(bytes)) => {}
            Some(_) => return Err(BundleError::Checksum { path: path.clone() }),
            None => return Err(BundleError::Unlisted { path: path.clone() }),
        }
    }
    match sums.into_keys().next() {
        Some(path) => Err(BundleError::Missing { path: path.to_owned() }),
        None => Ok(()),
    }
}

/// A stream that fails beyond a number of bytes, instead of filling the memory.
struct Bounded<R> {
    inner: R,
    left: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("{BEYOND}")]
struct Beyond;

const BEYOND: &str = "more bytes than are accepted";

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other(Beyond))?;
        Ok(read)
    }
}
