//! What an audit says of the benchmarks that a workspace has.

use super::id::Harness;

/// One bench target, or a file that would be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// The package's name.
    pub package: String,
    /// The target's name.
    pub target: String,
    /// What runs it; `None` where that is not known, since it was not built.
    pub harness: Option<Harness>,
    /// Its source, below the workspace's root where it lies there.
    pub location: String,
    /// How many benchmarks it lists, a whole process being one; `None` where it does not say.
    pub benchmarks: Option<usize>,
    /// Features that it has to be built with, by its manifest or since it does not compile without.
    pub features: Vec<String>,
    /// The command that runs it; `None` where none does.
    pub run: Option<String>,
    /// The newest capture with a result of it.
    pub last_capture: Option<LastCapture>,
    /// What became of it.
    pub status: AuditStatus,
    /// Why that status, in words: the first error, the message, what is missing.
    pub found: String,
}

/// The newest capture with a result of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastCapture {
    /// Its label.
    pub label: String,
    /// When it began, RFC 3339 in UTC.
    pub time: String,
}

/// What became of a bench target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuditStatus {
    /// It builds and lists benchmarks, or is a program of its own.
    Working,
    /// It builds and lists nothing.
    Empty,
    /// It says itself that it is not implemented, or measures nothing.
    Placeholder,
    /// It does not compile.
    DoesNotCompile,
    /// It compiles, and fails when it is asked for its benchmarks.
    Fails,
    /// It lacks something that is not there: a feature, a variable, a service, an entry in the
    /// manifest.
    Needs,
}

impl AuditStatus {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 6] = [
        Self::Working,
        Self::Needs,
        Self::Fails,
        Self::DoesNotCompile,
        Self::Placeholder,
        Self::Empty,
    ];

    /// Its name in reports and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Empty => "empty",
            Self::Placeholder => "placeholder",
            Self::DoesNotCompile => "does not compile",
            Self::Fails => "fails",
            Self::Needs => "needs something",
        }
    }
}
