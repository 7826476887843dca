//! What is asked of cargo.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::workspace::{Invocation, Runner, Selection, Stream};

use super::calls::{self, Call};
use super::error::BuildError;
use super::runner_setting;
use super::settings::{self, Settings};

/// Cargo's `metadata`, as far as it matters.
#[derive(Deserialize)]
pub(super) struct Metadata {
    pub(super) workspace_root: PathBuf,
    pub(super) target_directory: PathBuf,
}

/// Cargo, ready to be called.
pub(super) struct Cargo<'a> {
    pub(super) program: OsString,
    /// Where cargo runs; `None` for this process's own directory.
    pub(super) directory: Option<&'a Path>,
    pub(super) runner: &'a mut dyn Runner,
    pub(super) on_stderr: &'a mut dyn FnMut(&str),
}

impl<'a> Cargo<'a> {
    pub(super) fn new(
        directory: Option<&'a Path>,
        runner: &'a mut dyn Runner,
        on_stderr: &'a mut dyn FnMut(&str),
    ) -> Self {
        let program = std::env::var_os("CARGO").filter(|c| !c.is_empty()).unwrap_or("cargo".into());
        Self { program, directory, runner, on_stderr }
    }

    pub(super) fn command(&self) -> Invocation {
        self.here(&self.program)
    }

    fn here(&self, program: impl Into<OsString>) -> Invocation {
        Invocation { directory: self.directory.map(Path::to_owned), ..Invocation::new(program) }
    }

    /// Runs a command and gives its stdout lines; a failure becomes an error.
    pub(super) fn lines(
        &mut self,
        invocation: &Invocation,
        on_stdout: &mut dyn FnMut(&str),
        show: bool,
    ) -> Result<(), BuildError> {
        let mut stderr = String::new();
        let on_stderr = &mut *self.on_stderr;
        let outcome = self.runner.run(invocation, &mut |stream, line| match stream {
            Stream::Stdout => on_stdout(line),
            Stream::Stderr => {
                stderr.push_str(line);
                stderr.push('\n');
                if show {
                    on_stderr(line);
                }
            }
        });
        let outcome = outcome
            .map_err(|source| BuildError::Start { command: invocation.to_string(), source })?;
        if outcome.success {
            return Ok(());
        }
        Err(BuildError::Failed {
            command: invocation.to_string(),
            status: outcome.status,
            // What was shown need not be said again.
            stderr: if show { String::new() } else { stderr },
        })
    }

    /// Runs a command that only works with a compiler's unstable options; `Err` holds its stderr.
    fn unstable(&mut self, invocation: Invocation) -> Result<String, String> {
        // Cargo takes `-Z` flags on the stable channel with this variable. It is set for calls
        // that build nothing, since it would change what a build script sees.
        // Nor may cargo keep what the compiler answers now: it names settings of nightly
        // compilers, which build scripts would then see in every later build.
        let invocation = invocation.env("RUSTC_BOOTSTRAP", "1").env("CARGO_CACHE_RUSTC_INFO", "0");
        let mut stdout = String::new();
        let mut collect = |line: &str| {
            stdout.push_str(line);
            stdout.push('\n');
        };
        match self.lines(&invocation, &mut collect, false) {
            Ok(()) => Ok(stdout),
            Err(BuildError::Failed { stderr, .. }) => Err(stderr),
            Err(other) => Err(other.to_string()),
        }
    }

    pub(super) fn metadata(&mut self, selection: &Selection) -> Result<Metadata, BuildError> {
        let invocation = self
            .command()
            .args(["metadata", "--format-version=1", "--no-deps"])
            .args(calls::common(selection));
        let mut json = String::new();
        self.lines(&invocation, &mut |line| json.push_str(line), false)?;
        serde_json::from_str(&json)
            .map_err(|source| BuildError::Metadata { command: invocation.to_string(), source })
    }

    /// What cargo would do of itself. A failure is none here: either the build fails, too, and
    /// says why, or the setting stays unknown.
    pub(super) fn settings(&mut self, call: &Call) -> Settings {
        let unit_graph = ["-Zunstable-options", "--unit-graph"];
        let invocation = self.command().args(call.arguments.iter().cloned()).args(unit_graph);
        let json = self.unstable(invocation).unwrap_or_default();
        settings::parse_unit_graph(&json).unwrap_or_default()
    }

    /// The user's own runner for a triple.
    pub(super) fn user_runner(&mut self, triple: &str) -> Result<Vec<String>, String> {
        if let Ok(value) = std::env::var(runner_setting::variable(triple)) {
            return Ok(runner_setting::from_variable(&value));
        }
        let config = ["-Zunstable-options", "config", "get", "--format=json", "target"];
        let json = match self.unstable(self.command().args(config)) {
            Ok(json) => json,
            Err(stderr) if stderr.contains("is not set") => return Ok(Vec::new()),
            Err(stderr) => return Err(stderr),
        };
        let found = runner_setting::from_config(&json, triple, &mut || self.cfgs(triple));
        let found = found.map_err(|_| "its answer is not understood".to_owned())?;
        let home = std::env::home_dir();
        let directory = self.directory.unwrap_or(Path::new("."));
        Ok(match std::path::absolute(directory) {
            Ok(directory) => runner_setting::resolve(found, &directory, home.as_deref()),
            Err(_) => found,
        })
    }

    /// What the compiler sets for a triple.
    fn cfgs(&mut self, triple: &str) -> Option<String> {
        let rustc = std::env::var_os("RUSTC").filter(|rustc| !rustc.is_empty());
        let invocation =
            self.here(rustc.unwrap_or("rustc".into())).args(["--print", "cfg", "--target", triple]);
        let mut text = String::new();
        let mut collect = |line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        self.lines(&invocation, &mut collect, false).ok().map(|()| text)
    }
}
