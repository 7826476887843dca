//! What git is asked: where the repository is, and which commits are meant.

use std::ffi::OsString;
use std::hash::Hasher;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::{FastHasher, near};
use crate::process::{Command, Output, ProcessError, Session, failure_tail};

/// Why git does not give what is wanted.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// git cannot be run, or the user interrupted.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// There is no repository with files in this folder.
    #[error("{} is in no git repository", folder.display())]
    NoRepository {
        /// Which.
        folder: PathBuf,
    },
    /// No commit has this name.
    #[error("there is no commit `{name}`")]
    NoCommit {
        /// As it was given.
        name: String,
        /// Names that are close to it.
        near: Vec<String>,
        /// Whether the repository is a shallow clone, which lacks most commits.
        is_shallow: bool,
    },
    /// A submodule cannot be checked out without the network.
    #[error("submodule `{path}` is not here at the commit that is needed ({commit})")]
    Submodule {
        /// Its place in the repository.
        path: String,
        /// The commit needed.
        commit: String,
    },
    /// git failed.
    #[error("`{command}` failed: {status}\n{stderr}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
        /// The tail of its stderr.
        stderr: String,
    },
    /// A file of a checkout cannot be written, read or deleted.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl GitError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Process(error) => error.hint(),
            Self::NoCommit { is_shallow: true, .. } => Some(
                "this is a shallow clone: `git fetch --unshallow` brings the other commits (in \
                 CI, ask the checkout step for the whole history)"
                    .to_owned(),
            ),
            Self::NoCommit { near, .. } if !near.is_empty() => {
                Some(format!("did you mean {}?", near.join(" or ")))
            }
            Self::NoCommit { .. } => {
                Some("`git log --oneline --all` lists commits, `git branch -a` branches".to_owned())
            }
            Self::Submodule { path, .. } => {
                Some(format!("fetch it: git -C {path} fetch, or git submodule update --init"))
            }
            _ => None,
        }
    }
}

/// A repository with files.
#[derive(Clone, Copy)]
pub struct Repository<'a> {
    session: &'a Session,
    folders: &'a Folders,
}

/// Where a repository is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// The topmost folder of the files.
    pub root: PathBuf,
    /// `.git`, shared by all checkouts.
    pub common: PathBuf,
    /// The folder asked about, below `root`; empty for `root` itself.
    pub prefix: PathBuf,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Full hash.
    pub hash: String,
    /// The shortest unique beginning of it, seven characters or more.
    pub short: String,
    /// When it was committed, in seconds since 1970.
    pub time: u64,
    /// The first line of its message.
    pub subject: String,
}

/// Variables that point git at one particular repository: set where we are called by a hook, and
/// wrong for any other checkout.
const LOCAL: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
];

/// git in a folder, doing nothing behind the user's back: no hooks, no optional writes, no daemon,
/// no question. A partial clone may fetch files of an old commit, as it does for any checkout.
pub(super) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let quiet =
        ["core.hooksPath=/dev/null", "core.fsmonitor=false", "worktree.useRelativePaths=false"];
    let mut command = Command::new("git");
    for setting in quiet {
        command = command.args(["-c", setting]);
    }
    for variable in LOCAL {
        command = command.env_remove(variable);
    }
    command
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .cwd(folder)
}

/// Runs git; a failure becomes an error.
pub(super) fn run(session: &Session, command: &Command) -> Result<Output, GitError> {
    let output = session.run(command)?;
    if output.status.success() {
        return Ok(output);
    }
    Err(GitError::Failed {
        command: command.display(),
        status: output.status.to_string(),
        stderr: failure_tail(&output),
    })
}

/// What git prints; `None` when it fails.
fn ask(session: &Session, folder: &Path, arguments: &[&str]) -> Result<Option<String>, GitError> {
    let output = session.run(&command(folder, arguments))?;
    let text = || String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    Ok(output.status.success().then(text))
}

impl Folders {
    /// The repository whose files a folder belongs to.
    ///
    /// # Errors
    /// [`GitError::NoRepository`], also for a bare one.
    pub fn find(session: &Session, folder: &Path) -> Result<Self, GitError> {
        let paths = ["--path-format=absolute", "--show-toplevel", "--git-common-dir"];
        let found = ask(session, folder, &[&["rev-parse"], &paths[..]].concat())?;
        let missing = || GitError::NoRepository { folder: folder.to_owned() };
        let found = found.ok_or_else(missing)?;
        let mut lines = found.lines();
        let root = PathBuf::from(lines.next().ok_or_else(missing)?);
        let common = PathBuf::from(lines.next().ok_or_else(missing)?);
        let prefix = ask(session, folder, &["rev-parse", "--show-prefix"])?.ok_or_else(missing)?;
        Ok(Self { root, common, prefix: PathBuf::from(prefix) })
    }
}

impl Folders {
    /// A name for it, so that what is made of several repositories stays apart.
    pub fn key(&self) -> String {
        let mut hasher = FastHasher::default();
        hasher.write(self.root.as_os_str().as_encoded_bytes());
        format!("{:016x}", hasher.finish())
    }
}

impl<'a> Repository<'a> {
    /// The repository in these folders.
    pub fn new(session: &'a Session, folders: &'a Folders) -> Self {
        Self { session, folders }
    }

    /// Where it is.
    pub fn folders(&self) -> &'a Folders {
        self.folders
    }

    pub(super) fn session(&self) -> &'a Session {
        self.session
    }

    /// The commit that a name means.
    ///
    /// # Errors
    /// [`GitError::NoCommit`]
    pub fn commit(&self, name: &str) -> Result<Revision, GitError> {
        let wanted = format!("{name}^{{commit}}");
        let words = ["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted];
        let hash = match name.is_empty() {
            true => None,
            false => ask(self.session, &self.folders.root, &words)?,
        };
        let Some(hash) = hash else { return Err(self.no_commit(name)?) };
        let format = ["show", "--no-patch", "--format=%h%n%ct%n%s", "--abbrev=7", &hash];
        let told = ask(self.session, &self.folders.root, &format)?.unwrap_or_default();
        let mut lines = told.lines();
        let short = lines.next().map_or_else(|| hash.chars().take(7).collect(), str::to_owned);
        let time = lines.next().and_then(|time| time.parse().ok()).unwrap_or(0);
        let subject = lines.next().unwrap_or_default().to_owned();
        Ok(Revision { hash, short, time, subject })
    }

    fn no_commit(&self, name: &str) -> Result<GitError, GitError> {
        let root = &self.folders.root;
        let list = [
            "for-each-ref",
            "--format=%(refname:short)",
            "refs/heads",
            "refs/tags",
            "refs/remotes",
        ];
        let names = ask(self.session, root, &list)?.unwrap_or_default();
        let names: Vec<&str> = names.lines().collect();
        let shallow = ask(self.session, root, &["rev-parse", "--is-shallow-repository"])?;
        Ok(GitError::NoCommit {
            name: name.to_owned(),
            near: near(name, &names).into_iter().map(str::to_owned).collect(),
            is_shallow: shallow.as_deref() == Some("true"),
        })
    }

    /// The branch that others are merged into: the one that a clone of `origin` begins with, else
    /// the one that is checked out, else `main`.
    ///
    /// # Errors
    /// When git cannot be run.
    pub fn main_branch(&self) -> Result<String, GitError> {
        let root = &self.folders.root;
        let of =
            |name: &str| ask(self.session, root, &["symbolic-ref", "--quiet", "--short", name]);
        if let Some(remote) = of("refs/remotes/origin/HEAD")?
            && let Some(branch) = remote.strip_prefix("origin/")
        {
            return Ok(branch.to_owned());
        }
        Ok(of("HEAD")?.unwrap_or_else(|| "main".to_owned()))
    }

    /// The commits behind `base` up to `head`, oldest first; of merges the first parents only.
    ///
    /// # Errors
    /// When git fails.
    pub fn between(&self, base: &Revision, head: &Revision) -> Result<Vec<Revision>, GitError> {
        let range = format!("{}..{}", base.hash, head.hash);
        let words = ["rev-list", "--reverse", "--first-parent", &range];
        let output = run(self.session, &command(&self.folders.root, &words))?;
        let list = String::from_utf8_lossy(&output.stdout).into_owned();
        list.lines().map(|hash| self.commit(hash)).collect()
    }

    /// Whether `base` is among the ancestors of `head`.
    ///
    /// # Errors
    /// When git cannot be run.
    pub fn is_ancestor(&self, base: &Revision, head: &Revision) -> Result<bool, GitError> {
        let words = ["merge-base", "--is-ancestor", &base.hash, &head.hash];
        Ok(ask(self.session, &self.folders.root, &words)?.is_some())
    }

    /// Whether files of the checkout, known to git or not, differ from its commit.
    ///
    /// # Errors
    /// When git fails.
    pub fn is_dirty(&self) -> Result<bool, GitError> {
        let words = ["status", "--porcelain", "--untracked-files=normal"];
        let output = run(self.session, &command(&self.folders.root, &words))?;
        Ok(!output.stdout.is_empty())
    }

    /// The submodules of a checkout: their places and commits.
    pub(super) fn submodules(&self, checkout: &Path) -> Result<Vec<(String, String)>, GitError> {
        let words = ["ls-files", "--stage", "-z"];
        if !checkout.join(".gitmodules").is_file() {
            return Ok(Vec::new());
        }
        let output = run(self.session, &command(checkout, &words))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(text.split('\0').filter_map(submodule).collect())
    }

    /// The `.git` folder of a submodule of the user's checkout, where it was ever fetched.
    pub(super) fn submodule_folder(&self, path: &Path) -> Result<Option<PathBuf>, GitError> {
        let folder = self.folders.root.join(path);
        if !folder.join(".git").exists() {
            return Ok(None);
        }
        let words = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
        Ok(ask(self.session, &folder, &words)?.map(PathBuf::from))
    }
}

/// Place and commit of a line of `git ls-files --stage` that is a submodule's.
fn submodule(line: &str) -> Option<(String, String)> {
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split(' ');
    let is_link = words.next() == Some("160000");
    let commit = words.next()?;
    is_link.then(|| (path.to_owned(), commit.to_owned()))
}

/// The text as a word of a command line for git.
pub(super) fn word(path: &Path) -> OsString {
    path.as_os_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submodules_of_an_index() {
        let hash = "59807616e1fa2540724bfbac14d7976d7e4a3860";
        assert_eq!(
            submodule(&format!("160000 {hash} 0\tvendor/a b")),
            Some(("vendor/a b".to_owned(), hash.to_owned()))
        );
        assert_eq!(submodule(&format!("100644 {hash} 0\tsrc/lib.rs")), None);
        assert_eq!(submodule(""), None);
    }
}
