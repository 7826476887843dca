//! Which of valgrind's tools, and what it is told.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Functions of a calling context that callgrind tells apart. What is called by setup and by the
/// routine, at most this deep below both, is known for whom it was called. More make the run longer
/// and the file larger (`docs/valgrind.md` has figures).
const CALLERS: u32 = 24;

/// Functions that make a process of its own (glibc's names, some with a version behind `@`).
const FORKS: [&str; 8] = [
    "fork",
    "fork@*",
    "_Fork*",
    "__libc_fork*",
    "vfork*",
    "posix_spawn",
    "posix_spawn@*",
    "posix_spawnp*",
];

/// The most callers of an allocation that valgrind notes.
const DEEPEST: u32 = 500;

/// A tool of valgrind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Instructions executed, by calling context.
    Callgrind,
    /// Blocks and bytes allocated, by call stack.
    Dhat,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Callgrind, Self::Dhat];

    /// As valgrind and `--profiler` call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Callgrind => "callgrind",
            Self::Dhat => "dhat",
        }
    }

    /// What it counts.
    pub fn event(self) -> &'static str {
        match self {
            Self::Callgrind => "instructions",
            Self::Dhat => "allocations",
        }
    }

    /// How it knows stacks.
    pub(super) fn stacks(self) -> String {
        match self {
            Self::Callgrind => format!("every call, {CALLERS} callers"),
            Self::Dhat => format!("unwound at every allocation, {DEEPEST} callers"),
        }
    }

    /// Its options, to write to `output` with the process's number behind it.
    pub(super) fn options(self, output: &Path) -> Vec<OsString> {
        let words: Vec<String> = match self {
            // Addresses instead of lines, so that what is inlined is found as for any recorder.
            // Parts of one process go into one file; a part ends at each fork, since a child
            // takes over what its parent counted so far.
            Self::Callgrind => vec![
                "--quiet".to_owned(),
                "--dump-instr=yes".to_owned(),
                "--dump-line=no".to_owned(),
                "--compress-strings=yes".to_owned(),
                "--compress-pos=yes".to_owned(),
                "--compress-mangled=yes".to_owned(),
                "--combine-dumps=yes".to_owned(),
                "--separate-threads=no".to_owned(),
                format!("--separate-callers={CALLERS}"),
            ]
            .into_iter()
            .chain(FORKS.map(|function| format!("--dump-before={function}")))
            .collect(),
            // Twice verbose: the log says at which addresses files are loaded.
            Self::Dhat => vec![
                "--verbose".to_owned(),
                "--verbose".to_owned(),
                "--mode=heap".to_owned(),
                "--show-below-main=yes".to_owned(),
                "--read-inline-info=no".to_owned(),
                format!("--num-callers={DEEPEST}"),
            ],
        };
        let mut options: Vec<OsString> = words.into_iter().map(OsString::from).collect();
        options.push(file_option(&format!("--{}-out-file=", self.name()), output, ".%p"));
        if self == Self::Dhat {
            options.push(file_option("--log-file=", output, ".%p.log"));
        }
        options
    }
}

/// An option whose value is a path in which valgrind puts the process's number for `%p`.
fn file_option(option: &str, path: &Path, suffix: &str) -> OsString {
    let mut word = OsString::from(option);
    // What is not UTF-8 has no percent sign that could be told from its neighbours.
    match path.to_str() {
        Some(path) => word.push(path.replace('%', "%%")),
        None => word.push::<&OsStr>(path.as_ref()),
    }
    word.push(suffix);
    word
}
