//! Formats and files that a user asks for by name.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use camino::Utf8Path;
use clap::ValueEnum;

use crate::console::Console;
use crate::error::Error;

/// How something for reading or for machines is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// How a report is written, which may also go into a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    Text,
    Json,
    Markdown,
}

/// The name of stdout where a file is asked for.
pub(super) const STDOUT: &str = "-";

/// The file asked for, if any; none for stdout.
///
/// # Errors
/// One that cannot be written.
pub(super) fn open(path: Option<&Utf8Path>) -> Result<Option<OutputFile>, Error> {
    let file = path.filter(|path| *path != STDOUT);
    file.map(|path| OutputFile::open(path.as_std_path())).transpose()
}

/// A file that is known to be writable before the work for it is done. What was in it stays until
/// there is something to write, and a new one goes away when there never is.
#[derive(Debug)]
pub(super) struct OutputFile {
    path: PathBuf,
    file: File,
    is_new: bool,
    is_written: bool,
}

impl OutputFile {
    /// # Errors
    /// [`Error::Output`] when it cannot be written.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let is_new = !path.exists();
        match OpenOptions::new().write(true).create(true).truncate(false).open(path) {
            Ok(file) => Ok(Self { path: path.to_owned(), file, is_new, is_written: false }),
            Err(source) => Err(Error::Output { path: path.to_owned(), source }),
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces what is in it.
    ///
    /// # Errors
    /// [`Error::Output`] when it cannot be written.
    pub(super) fn write(mut self, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        self.is_written = true;
        self.replace(bytes.as_ref())
            .map_err(|source| Error::Output { path: self.path.clone(), source })
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        // A pipe or a device has no length to be cut.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.write_all(bytes)?;
        self.file.flush()
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if self.is_new && !self.is_written {
            let _stays_empty = fs_err::remove_file(&self.path);
        }
    }
}

/// A file, or stdout.
#[derive(Debug)]
pub(super) enum Destination {
    Stdout,
    File(OutputFile),
}

impl Destination {
    /// `-` is stdout.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn open(path: &Utf8Path) -> Result<Self, Error> {
        match path.as_str() {
            STDOUT => Ok(Self::Stdout),
            _ => Ok(Self::File(OutputFile::open(path.as_std_path())?)),
        }
    }

    /// Writes all of it; of a file it is said where it is.
    ///
    /// # Errors
    /// [`Error::Output`] or [`Error::Stdout`].
    pub(super) fn write(self, text: &str, console: &Console) -> Result<(), Error> {
        match self {
            Self::Stdout => console.write_stdout(text).map_err(Error::Stdout),
            Self::File(file) => {
                let path = file.path().display().to_string();
                file.write(text)?;
                console.status("Wrote", &path);
                Ok(())
            }
        }
    }
}

/// A folder for files that are named by what is in them.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes it where it is not there.
    ///
    /// # Errors
    /// [`Error::Output`] when it cannot be made.
    pub(super) fn open(path: &Utf8Path) -> Result<Self, Error> {
        let path = path.as_std_path().to_owned();
        match std::fs::create_dir_all(&path) {
            Ok(()) => Ok(Self { path }),
            Err(source) => Err(Error::Output { path, source }),
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one file of it, in the place of one that is there.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path.join(name);
        std::fs::write(&path, bytes).map_err(|source| Error::Output { path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_stays_until_it_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        drop(OutputFile::open(&path).unwrap());
        assert!(!path.exists(), "nothing was written");
        OutputFile::open(&path).unwrap().write("longer text").unwrap();
        drop(OutputFile::open(&path).unwrap());
        assert_eq!(fs_err::read_to_string(&path).unwrap(), "longer text");
        OutputFile::open(&path).unwrap().write("short").unwrap();
        assert_eq!(fs_err::read_to_string(&path).unwrap(), "short");
        assert!(OutputFile::open(&folder.path().join("no/such")).is_err());
    }
}
