//! What is asked of cargo.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::process::{Capture, Command, Session, Source};
use crate::workspace::Selection;

use super::calls::{self, Call};
use super::error::BuildError;
use super::runner_setting;
use super::settings::{self, Settings};

/// Cargo's `metadata`, as far as it matters.
#[derive(Deserialize)]
pub(super) struct Metadata {
    pub(super) workspace_root: PathBuf,
    pub(super) target_directory: PathBuf,
    pub(super) packages: Vec<Package>,
}

/// A member of the workspace.
#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) manifest_path: PathBuf,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) features: BTreeMap<String, Vec<String>>,
    pub(super) targets: Vec<Target>,
}

/// A target of a member.
#[derive(Deserialize)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) kind: Vec<String>,
    pub(super) src_path: PathBuf,
    #[serde(rename = "required-features", default)]
    pub(super) required_features: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Dependency {
    /// The folder of a path dependency, absolute.
    pub(super) path: Option<PathBuf>,
}

/// Cargo, ready to be called.
pub(super) struct Cargo<'a> {
    pub(super) program: OsString,
    /// Where cargo runs; `None` for this process's own directory.
    pub(super) directory: Option<&'a Path>,
    /// Variables beside this process's own.
    environment: &'a [(OsString, OsString)],
    pub(super) session: &'a Session,
}

impl<'a> Cargo<'a> {
    pub(super) fn new(
        directory: Option<&'a Path>,
        environment: &'a [(OsString, OsString)],
        session: &'a Session,
    ) -> Self {
        let program = std::env::var_os("CARGO").filter(|c| !c.is_empty()).unwrap_or("cargo".into());
        Self { program, directory, environment, session }
    }

    pub(super) fn command(&self) -> Command {
        self.here(&self.program)
    }

    fn here(&self, program: impl Into<OsString>) -> Command {
        let environment = self.environment.iter();
        Command {
            cwd: self.directory.map(Path::to_owned),
            env: environment.map(|(name, value)| (name.clone(), Some(value.clone()))).collect(),
            stderr: Capture::LAST,
            // cargo may start a compiler cache that serves later builds too.
            keep_daemons: true,
            ..Command::new(program)
        }
    }

    /// Runs a command and gives its stdout lines; a failure becomes an error.
    pub(super) fn lines(
        &self,
        command: &Command,
        on_stdout: &mut dyn FnMut(&str),
    ) -> Result<(), BuildError> {
        let command = Command { stdout: Capture::Lines, ..command.clone() };
        let output = self.session.run_lines(&command, |source, line| {
            if source == Source::Stdout {
                on_stdout(line);
            }
        })?;
        if output.status.success() {
            return Ok(());
        }
        Err(BuildError::Failed {
            command: command.display(),
            status: output.status.to_string(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// What a command prints.
    fn stdout(&self, command: &Command) -> Result<String, BuildError> {
        let mut stdout = String::new();
        self.lines(command, &mut |line| {
            stdout.push_str(line);
            stdout.push('\n');
        })?;
        Ok(stdout)
    }

    /// Runs a command that only works with a compiler's unstable options; `Err` holds its stderr.
    fn unstable(&self, command: Command) -> Result<String, String> {
        // Cargo takes `-Z` flags on the stable channel with this variable. It is set for calls
        // that build nothing, since it would change what a build script sees.
        // Nor may cargo keep what the compiler answers now: it names settings of nightly
        // compilers, which build scripts would then see in every later build.
        let command = command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_CACHE_RUSTC_INFO", "0");
        match self.stdout(&command) {
            Ok(stdout) => Ok(stdout),
            Err(BuildError::Failed { stderr, .. }) => Err(stderr),
            Err(other) => Err(other.to_string()),
        }
    }

    pub(super) fn metadata(&self, selection: &Selection) -> Result<Metadata, BuildError> {
        let command = self
            .command()
            .args(["metadata", "--format-version=1", "--no-deps"])
            .args(calls::common(selection));
        let stdout = self.stdout(&command).map_err(|error| match error {
            BuildError::Failed { stderr, .. } if !self.has_manifest(selection) => {
                BuildError::NoManifest { stderr }
            }
            other => other,
        })?;
        serde_json::from_str(&stdout)
            .map_err(|source| BuildError::Metadata { command: command.display(), source })
    }

    /// Whether there is a manifest where cargo looks for it.
    fn has_manifest(&self, selection: &Selection) -> bool {
        let here = std::path::absolute(self.directory.unwrap_or(Path::new(".")));
        // Unknown counts as there: cargo says what is wrong.
        here.map_or(true, |here| match &selection.manifest_path {
            Some(path) => here.join(path).exists(),
            None => here.ancestors().any(|folder| folder.join("Cargo.toml").exists()),
        })
    }

    /// What cargo would do of itself. A failure is none here: either the build fails, too, and
    /// says why, or the setting stays unknown.
    pub(super) fn settings(&self, call: &Call) -> Settings {
        let json = self.unit_graph(call).unwrap_or_default();
        settings::parse_unit_graph(&json).unwrap_or_default()
    }

    /// Whether cargo refuses a call before it compiles anything: there is no such package, target
    /// or feature.
    pub(super) fn refuses(&self, call: &Call) -> bool {
        // An answer about the options is none about the selection.
        self.unit_graph(call).is_err_and(|stderr| !stderr.contains("unit-graph"))
    }

    /// What cargo would compile; `Err` holds its stderr.
    pub(super) fn unit_graph(&self, call: &Call) -> Result<String, String> {
        let unit_graph = ["-Zunstable-options", "--unit-graph"];
        self.unstable(self.command().args(call.arguments.iter().cloned()).args(unit_graph))
    }

    /// The user's own runner for a triple.
    pub(super) fn user_runner(&self, triple: &str) -> Result<Vec<String>, String> {
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
    fn cfgs(&self, triple: &str) -> Option<String> {
        let rustc = std::env::var_os("RUSTC").filter(|rustc| !rustc.is_empty());
        let command =
            self.here(rustc.unwrap_or("rustc".into())).args(["--print", "cfg", "--target", triple]);
        self.stdout(&command).ok()
    }
}
