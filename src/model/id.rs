//! Names of captures, targets and benchmarks.

use std::fmt;
use std::str::FromStr;

/// The name of a capture: one folder name, safe on every file system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

/// Why a text is no label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelError {
    /// Nothing, or too long.
    Length,
    /// It begins with a dot or a dash, or ends with a dot.
    Edge,
    /// A character that may not be in it.
    Character(char),
    /// A name that some system keeps for itself.
    Reserved,
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => write!(f, "a label has 1 to {} characters", Label::MAX),
            Self::Edge => write!(f, "a label begins with a letter or digit and ends with no dot"),
            Self::Character(c) => write!(
                f,
                "a label has letters, digits, '-', '_', '.', '+' and '@', not {:?}",
                c.to_string()
            ),
            Self::Reserved => write!(f, "that name is reserved on Windows"),
        }
    }
}

impl std::error::Error for LabelError {}

impl Label {
    /// Longest label, in characters. Leaves room for temporary suffixes in a 255-byte file name.
    pub const MAX: usize = 100;

    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        if text.is_empty() || text.chars().count() > Self::MAX {
            return Err(LabelError::Length);
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.+@".contains(c);
        if let Some(c) = text.chars().find(|&c| !allowed(c)) {
            return Err(LabelError::Character(c));
        }
        if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) || text.ends_with('.') {
            return Err(LabelError::Edge);
        }
        let stem = text.split('.').next().unwrap_or_default().to_ascii_uppercase();
        let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
        if matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL")
            || numbered.is_some_and(|n| n.len() == 1 && n.chars().all(|c| c.is_ascii_digit()))
        {
            return Err(LabelError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of cargo target a benchmark belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// `benches/*.rs`
    Bench,
    /// `tests/*.rs`
    Test,
    /// The library's own unit tests and benches.
    Lib,
    /// `src/main.rs`, `src/bin/*.rs`
    Bin,
    /// `examples/*.rs`
    Example,
}

impl TargetKind {
    /// The name of a target in ids and folders: unique in its package, since a bench, a test and
    /// a binary may all have one name. Bench targets go by their bare name.
    pub fn target(self, name: &str) -> String {
        match self {
            Self::Bench => name.to_owned(),
            Self::Lib => "lib".to_owned(),
            Self::Test => format!("test-{name}"),
            Self::Bin => format!("bin-{name}"),
            Self::Example => format!("example-{name}"),
        }
    }
}

/// What one benchmark is called. Its text is `package/target/benchmark`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BenchmarkId {
    /// The cargo package's name.
    pub package: String,
    /// The target, as [`TargetKind::target`] names it.
    pub target: String,
    /// The harness's name for it (may contain `/`), or the target's name for a whole process.
    pub benchmark: String,
}

impl fmt::Display for BenchmarkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.package, self.target, self.benchmark)
    }
}

/// What runs the benchmarks of an executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Harness {
    /// criterion, 0.3 or later.
    Criterion,
    /// divan.
    Divan,
    /// The standard library's: `#[test]` and `#[bench]`.
    Libtest,
    /// Anything else: the whole process is one benchmark.
    Process,
}

impl Harness {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Criterion, Self::Divan, Self::Libtest, Self::Process];

    /// Its name in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Criterion => "criterion",
            Self::Divan => "divan",
            Self::Libtest => "libtest",
            Self::Process => "process",
        }
    }
}

impl fmt::Display for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_safe_folder_names() {
        for good in ["pre-refactor", "v1.2.3", "2026-11-20", "a", "main@abc+dirty"] {
            assert_eq!(good.parse::<Label>().unwrap().as_str(), good);
        }
        for bad in [
            "", ".", "..", ".hidden", "-x", "a/b", "a\\b", "a b", "a\n", "é", "x.", "nul", "COM1.x",
        ] {
            assert!(bad.parse::<Label>().is_err(), "{bad:?}");
        }
        assert!("x".repeat(100).parse::<Label>().is_ok());
        assert_eq!("x".repeat(101).parse::<Label>(), Err(LabelError::Length));
    }
}
