//! The runner that runs nothing: notes how cargo would have run an executable.
//!
//! One JSON file per call, numbered in the order of calls.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::model::SortFew as _;

/// The hidden subcommand that cargo is given as target runner.
pub const RUNNER_COMMAND: &str = "__runner";

/// Where the files go. Not part of the environment that is noted.
pub(super) const DIRECTORY_VARIABLE: &str = "PERFBASE_RUNNER_DIRECTORY";

/// How cargo ran something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    exe: Text,
    args: Vec<Text>,
    cwd: Text,
    env: Vec<(Text, Text)>,
}

impl Record {
    pub(super) fn exe(&self) -> PathBuf {
        self.exe.decode().into()
    }
    pub(super) fn args(&self) -> Vec<OsString> {
        self.args.iter().map(Text::decode).collect()
    }
    pub(super) fn cwd(&self) -> PathBuf {
        self.cwd.decode().into()
    }
    pub(super) fn env(&self) -> Vec<(OsString, OsString)> {
        self.env.iter().map(|(name, value)| (name.decode(), value.decode())).collect()
    }
}

/// A system string: text where it is text, else its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Text {
    Text(String),
    Bytes(Vec<u8>),
}

impl Text {
    pub(super) fn encode(text: &OsStr) -> Self {
        match text.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(text.as_encoded_bytes().to_vec()),
        }
    }

    pub(super) fn decode(&self) -> OsString {
        match self {
            Self::Text(text) => text.into(),
            #[cfg(unix)]
            Self::Bytes(bytes) => std::os::unix::ffi::OsStringExt::from_vec(bytes.clone()),
            #[cfg(not(unix))]
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned().into(),
        }
    }
}

/// The hidden subcommand. `arguments` are what cargo gives: the executable and its arguments.
/// Exits with 0 when all is noted, so that cargo goes on to the next executable.
pub fn runner_main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match note(arguments.into_iter()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = format!("error: cannot note how cargo runs an executable: {error}\n");
            // There is nobody left to tell when stderr is gone, too.
            let _ = io::stderr().write_all(text.as_bytes());
            ExitCode::FAILURE
        }
    }
}

fn note(mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let directory = std::env::var_os(DIRECTORY_VARIABLE).ok_or_else(|| {
        io::Error::other(format!(
            "{DIRECTORY_VARIABLE} is not set; `{RUNNER_COMMAND}` is for cargo"
        ))
    })?;
    let exe = arguments.next().ok_or_else(|| io::Error::other("no executable is given"))?;
    let record = Record {
        exe: Text::encode(&exe),
        args: arguments.map(|argument| Text::encode(&argument)).collect(),
        cwd: Text::encode(std::env::current_dir()?.as_os_str()),
        env: std::env::vars_os()
            .filter(|(name, _)| name != DIRECTORY_VARIABLE)
            .map(|(name, value)| (Text::encode(&name), Text::encode(&value)))
            .collect(),
    };
    write(Path::new(&directory), &record)
}

/// Writes under the first free number. Cargo runs one executable after the other.
fn write(directory: &Path, record: &Record) -> io::Result<()> {
    let bytes = serde_json::to_vec(record)?;
    for number in 0_u32.. {
        let path = directory.join(format!("{number:06}.json"));
        match fs_err::OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(mut file) => return file.write_all(&bytes),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("no number is free"))
}

/// Reads all files of a directory in the order of calls.
pub(super) fn read_all(directory: &Path) -> io::Result<Vec<Record>> {
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort_few();
    paths.iter().map(|path| Ok(serde_json::from_slice(&fs_err::read(path)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_round_trip_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let record = |exe: &str| Record {
            exe: Text::Text(exe.into()),
            args: vec![Text::Text("--bench".into())],
            cwd: Text::Text("/w p".into()),
            env: vec![(Text::Text("A".into()), Text::Bytes(vec![b'x', 0xff]))],
        };
        for exe in ["/b", "/a", "/c"] {
            write(directory.path(), &record(exe)).unwrap();
        }
        fs_err::write(directory.path().join("note.txt"), "not ours").unwrap();
        let records = read_all(directory.path()).unwrap();
        assert_eq!(records, [record("/b"), record("/a"), record("/c")]);
        assert_eq!(records[0].cwd(), Path::new("/w p"));
        #[cfg(unix)]
        assert_eq!(records[0].env()[0].1.as_encoded_bytes(), [b'x', 0xff]);
    }
}
