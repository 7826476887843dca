//! What to run, as plain data.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

/// A child to be run; its stdin is null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Path of the executable, or a name looked up in the child's `PATH`.
    pub program: OsString,
    /// Arguments, without the program's name.
    pub args: Vec<OsString>,
    /// Whether the child starts with an empty environment instead of ours.
    pub clear_env: bool,
    /// Variables set (`Some`) or removed (`None`), later entries win.
    pub env: Vec<(OsString, Option<OsString>)>,
    /// The child's working directory; ours when `None`.
    pub cwd: Option<PathBuf>,
    /// The one processor that it is to run on, of those that [`processors`](super::processors)
    /// names; any when `None`.
    pub cpu: Option<usize>,
    /// Kill everything when the child has not ended after this time.
    pub timeout: Option<Duration>,
    /// Before a kill (time limit or interrupt), send SIGTERM and wait this long for a proper end.
    pub grace: Option<Duration>,
    /// End the child on purpose after some time; not a failure.
    pub stop: Option<Stop>,
    /// What becomes of its stdout.
    pub stdout: Capture,
    /// What becomes of its stderr.
    pub stderr: Capture,
    /// Let processes live on that left the child's process group, as servers do that a build
    /// starts for later builds (`sccache`).
    pub keep_daemons: bool,
}

/// What becomes of a child's output stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// Thrown away.
    Null,
    /// Written where ours goes; nothing is kept.
    Inherit,
    /// The last `limit` bytes are kept, normally all of it.
    Whole {
        /// In bytes.
        limit: usize,
    },
    /// Each line goes to the callback of [`Session::run_lines`](super::Session::run_lines); the
    /// last [`Capture::TAIL`] bytes are kept as well.
    Lines,
}

impl Capture {
    /// How much of a stream is kept when only its tail matters, in bytes.
    pub const TAIL: usize = 16 << 10;
    /// Everything, as far as it is reasonable to hold in memory: 64 MiB.
    pub const WHOLE: Self = Self::Whole { limit: 64 << 20 };
    /// The end of it, for messages.
    pub const LAST: Self = Self::Whole { limit: Self::TAIL };

    /// How many bytes are kept.
    pub(super) fn kept(self) -> usize {
        match self {
            Self::Null | Self::Inherit => 0,
            Self::Whole { limit } => limit,
            Self::Lines => Self::TAIL,
        }
    }
}

/// Ends a child on purpose: `perf record` has to write its file when the recording time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Time since the start.
    pub after: Duration,
    /// Signal number (`libc::SIGINT`). Not a signal but a kill on Windows.
    pub signal: i32,
    /// Who gets it.
    pub to: Recipient,
}

/// Who gets the signal of a [`Stop`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The direct child only.
    Leader,
    /// Its whole process group.
    Group,
}

impl Stop {
    /// Interrupts the direct child, as Ctrl-C would: SIGINT has number 2 on every system.
    pub fn interrupt(after: Duration) -> Self {
        Self { after, signal: 2, to: Recipient::Leader }
    }
}

impl Command {
    /// Runs `program` without arguments in our environment and folder, without a time limit;
    /// keeps the whole of stdout and stderr.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            clear_env: false,
            env: Vec::new(),
            cwd: None,
            cpu: None,
            timeout: None,
            grace: None,
            stop: None,
            stdout: Capture::WHOLE,
            stderr: Capture::WHOLE,
            keep_daemons: false,
        }
    }

    /// Appends an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Appends arguments.
    #[must_use]
    pub fn args<I, A>(mut self, args: I) -> Self
    where
        I: IntoIterator<Item = A>,
        A: Into<OsString>,
    {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Removes a variable.
    #[must_use]
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// Replaces the whole environment.
    #[must_use]
    pub fn env_replace<I, K, V>(mut self, variables: I) -> Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<OsString>,
        V: Into<OsString>,
    {
        self.clear_env = true;
        self.env = variables.into_iter().map(|(k, v)| (k.into(), Some(v.into()))).collect();
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub fn cwd(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cwd = Some(folder.into());
        self
    }

    /// Sets the time limit.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Sets what becomes of stdout.
    #[must_use]
    pub fn stdout(mut self, capture: Capture) -> Self {
        self.stdout = capture;
        self
    }

    /// Sets what becomes of stderr.
    #[must_use]
    pub fn stderr(mut self, capture: Capture) -> Self {
        self.stderr = capture;
        self
    }

    /// The command line, quoted for a shell; see [`display_command`].
    pub fn display(&self) -> String {
        display_command(&self.program, &self.args)
    }
}

/// A command line as a POSIX shell would take it: what needs quotes gets them. Bytes that are not
/// UTF-8 are replaced, and control characters stand as `\u{1b}`: it is for reading.
pub fn display_command<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, args: &[A]) -> String {
    let mut line = quote(program.as_ref());
    for arg in args {
        line.push(' ');
        line.push_str(&quote(arg.as_ref()));
    }
    line
}

fn quote(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_=+,./:@%^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into_owned();
    }
    let mut quoted = String::with_capacity(word.len() + 2);
    quoted.push('\'');
    for c in word.chars() {
        match c {
            '\'' => quoted.push_str(r"'\''"),
            c if c.is_control() => quoted.extend(c.escape_default()),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_only_where_a_shell_needs_it() {
        let none: [&str; 0] = [];
        assert_eq!(display_command("perf", &["record", "-F", "997"]), "perf record -F 997");
        assert_eq!(display_command("/a b/c", &none), "'/a b/c'");
        assert_eq!(
            display_command("x", &["", "it's", "$HOME", "a*"]),
            r"x '' 'it'\''s' '$HOME' 'a*'"
        );
        assert_eq!(display_command("x", &["a\x1b[31m\n"]), r"x 'a\u{1b}[31m\n'");
    }

    #[cfg(unix)]
    #[test]
    fn arguments_need_not_be_unicode() {
        use std::os::unix::ffi::OsStringExt;
        let word = OsString::from_vec(b"a\xffb".to_vec());
        assert_eq!(display_command("x", &[word]), "x 'a\u{fffd}b'");
    }

    #[test]
    fn replacing_the_environment_forgets_what_was_set_before() {
        let command = Command::new("x").env("A", "1").env_replace([("B", "2")]).env_remove("C");
        assert!(command.clear_env);
        let expected: Vec<(OsString, Option<OsString>)> =
            vec![("B".into(), Some("2".into())), ("C".into(), None)];
        assert_eq!(command.env, expected);
    }
}
