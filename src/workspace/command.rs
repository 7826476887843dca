//! How this part of the program asks for a child process without starting one itself.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A program to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// A name looked up in `PATH`, or a path.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Changes to the inherited environment; `None` removes a variable.
    pub environment: Vec<(OsString, Option<OsString>)>,
    /// Where it runs; `None` for this process's own directory.
    pub directory: Option<PathBuf>,
    /// What becomes of its stderr.
    pub stderr: StderrMode,
}

/// What becomes of a child's stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StderrMode {
    /// Each line goes to the callback.
    #[default]
    Lines,
    /// It is the user's terminal, with colours and progress bars.
    Inherit,
}

/// Where a line of output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it exited with status 0.
    pub success: bool,
    /// How it ended, in words (`exit status: 101`).
    pub status: String,
}

/// Runs programs to their end.
pub trait Runner {
    /// Runs a program with an empty stdin and passes on its output line by line, without line
    /// ends. Bytes that are no UTF-8 are replaced.
    ///
    /// # Errors
    ///
    /// When it cannot be started or waited for; a failure of its own is an [`Outcome`].
    fn run(
        &mut self,
        invocation: &Invocation,
        on_line: &mut dyn FnMut(Stream, &str),
    ) -> io::Result<Outcome>;
}

impl Invocation {
    /// A program without arguments.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self { program: program.into(), ..Self::default() }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<T: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), Some(value.into())));
        self
    }
}

/// As a shell would take it, for messages.
impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, word) in std::iter::once(&self.program).chain(&self.arguments).enumerate() {
            let word = word.to_string_lossy();
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
            let space = if position == 0 { "" } else { " " };
            if !word.is_empty() && word.chars().all(plain) {
                write!(f, "{space}{word}")?;
            } else {
                write!(f, "{space}'{}'", word.replace('\'', r"'\''"))?;
            }
        }
        Ok(())
    }
}

/// Runs a program and gives its stdout, where it succeeds.
pub(crate) fn stdout_of(
    runner: &mut dyn Runner,
    invocation: &Invocation,
) -> io::Result<Result<String, (Outcome, String)>> {
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let outcome = runner.run(invocation, &mut |stream, line| {
        let text = match stream {
            Stream::Stdout => &mut stdout,
            Stream::Stderr => &mut stderr,
        };
        text.push_str(line);
        text.push('\n');
    })?;
    Ok(if outcome.success { Ok(stdout) } else { Err((outcome, stderr)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invocations_read_as_shell_commands() {
        let command = Invocation::new("cargo").args(["bench", "--config", "a='b c'", ""]);
        assert_eq!(command.to_string(), r"cargo bench --config 'a='\''b c'\''' ''");
    }
}
