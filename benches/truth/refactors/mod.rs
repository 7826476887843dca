//! Refactors of programs, each with and without a slowdown in what was touched.
//!
//! A refactor is a list of exact edits of the sources; what became of which function is written
//! beside it from these edits, by hand and in names of the sources, so that nothing of what it is
//! held against comes from the matching under test.

mod anstyle_parse;
mod crc32fast;
mod httparse;
pub(crate) mod results;
pub(crate) mod score;
mod semver;
pub(crate) mod series;
mod sources;
mod truth;
mod workshop;

pub(crate) use truth::Truth;

/// A benchmark of a program, and what is done to the program.
pub(crate) struct Program {
    /// A name of its own.
    pub(crate) name: &'static str,
    /// Published: its crate in [`crate::subjects::SUBJECTS`]; `None` for our own.
    pub(crate) subject: Option<&'static str>,
    pub(crate) target: &'static str,
    pub(crate) benchmark: &'static str,
    /// What both sides differ in from what is published.
    pub(crate) edits: &'static [Edit],
    pub(crate) refactors: &'static [Refactor],
}

/// All of them.
pub(crate) const PROGRAMS: [&Program; 6] = [
    &workshop::PROGRAM,
    &crc32fast::PROGRAM,
    &semver::REQUIREMENT,
    &semver::VERSION,
    &anstyle_parse::PROGRAM,
    &httparse::PROGRAM,
];

/// One refactor.
pub(crate) struct Refactor {
    pub(crate) kind: Kind,
    pub(crate) edits: &'static [Edit],
    pub(crate) truth: Truth,
    pub(crate) slow: Slow,
}

/// What is done to the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Rename,
    ModuleMove,
    CrateMove,
    Extract,
    Inline,
    Split,
    Merge,
    GenericToDyn,
    ClosureToFunction,
    FunctionToMethod,
    AsyncToSync,
}

impl Kind {
    pub(crate) const ALL: [Self; 11] = [
        Self::Rename,
        Self::ModuleMove,
        Self::CrateMove,
        Self::Extract,
        Self::Inline,
        Self::Split,
        Self::Merge,
        Self::GenericToDyn,
        Self::ClosureToFunction,
        Self::FunctionToMethod,
        Self::AsyncToSync,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::ModuleMove => "module move",
            Self::CrateMove => "crate move",
            Self::Extract => "extract function",
            Self::Inline => "inline",
            Self::Split => "split",
            Self::Merge => "merge",
            Self::GenericToDyn => "generic to `dyn`",
            Self::ClosureToFunction => "closure to function",
            Self::FunctionToMethod => "function to method",
            Self::AsyncToSync => "async to sync",
        }
    }
}

/// Where work is put in for a slowdown.
pub(crate) struct Slow {
    /// The function it is in, by its name after the refactor.
    pub(crate) function: &'static str,
    /// File after the refactor.
    pub(crate) file: &'static str,
    /// What the work comes behind: text that is there once after the refactor.
    pub(crate) anchor: &'static str,
    /// A condition on it, as source; mostly none.
    pub(crate) when: &'static str,
    /// How often it is done in an iteration of the benchmark, roughly.
    pub(crate) calls: u64,
}

/// An edit of the sources. Each fails where its text is not what it expects.
pub(crate) enum Edit {
    /// In this file a text that is there once becomes another.
    Replace(&'static str, &'static str, &'static str),
    /// In this file all of a text become another.
    All(&'static str, &'static str, &'static str),
    /// A text becomes another in all files of a folder.
    Everywhere(&'static str, &'static str, &'static str),
    /// A file or folder goes elsewhere.
    Move(&'static str, &'static str),
    /// A new file.
    Create(&'static str, &'static str),
    /// A text at a file's end.
    Append(&'static str, &'static str),
    /// What is in a file from one text up to another, without that, goes to another file's end.
    Cut(&'static str, &'static str, &'static str, &'static str),
    /// What is in a file from one text up to another, without that, is no more.
    Remove(&'static str, &'static str, &'static str),
}

/// Stands for the end of a file.
const END: &str = "";
