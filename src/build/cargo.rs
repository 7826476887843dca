//! Calls cargo and puts its answers together.

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::model::{Harness, TargetKind, Toolchain};
use crate::workspace::{Invocation, Runner, Selection, StderrMode, Stream, provenance};

use super::calls::{self, Call, Verb};
use super::executable::Executable;
use super::messages::{Artifact, Message, parse_message};
use super::record::{self, DIRECTORY_VARIABLE, RUNNER_COMMAND, Record};
use super::runner_setting;
use super::settings::{self, Settings};
use super::{digest, harness};

/// How to build.
#[derive(Clone, Debug)]
pub struct Options {
    /// This program's own executable, whose [`RUNNER_COMMAND`] leads to [`super::runner_main`].
    pub helper: PathBuf,
    /// What becomes of cargo's progress and of compile errors.
    pub stderr: StderrMode,
    /// Where the user is: cargo looks for manifest and configuration from there up, and programs
    /// run there. `None` for this process's own directory.
    pub directory: Option<PathBuf>,
}

/// What was built.
#[derive(Clone, Debug)]
pub struct Build {
    /// In cargo's order: benches, then tests, then programs.
    pub executables: Vec<Executable>,
    /// The workspace's root folder.
    pub workspace_root: PathBuf,
    /// Cargo's target directory.
    pub target_directory: PathBuf,
    /// The compiler and the target triple.
    pub toolchain: Toolchain,
    /// The profiles in force: `bench`, `release` or both, or the one that was asked for.
    pub profile: String,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A program cannot be started.
    #[error("cannot run `{command}`: {source}")]
    Start {
        /// The command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// Cargo failed.
    #[error("`{command}` failed: {status}{}", tail(.stderr))]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
        /// What it said, where its stderr is not the user's.
        stderr: String,
    },
    /// Cargo's description of the workspace cannot be understood.
    #[error("`{command}` gave no description of the workspace: {source}")]
    Metadata {
        /// The command line.
        command: String,
        /// Why.
        source: serde_json::Error,
    },
    /// There is no compiler.
    #[error("`rustc -vV` does not work; is a Rust toolchain installed?")]
    NoCompiler,
    /// The place of this program has white space that cargo's runner setting cannot express.
    #[error("{} cannot be a runner: move it to a path without blanks", .0.display())]
    HelperPath(PathBuf),
    /// The notes of the runner cannot be written or read.
    #[error("cannot exchange files with cargo's runner: {0}")]
    Notes(#[source] io::Error),
}

fn tail(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("\n{}", stderr.trim_end()) }
}

/// Builds a selection, and finds out how cargo would run each executable of it.
///
/// `on_stderr` gets cargo's stderr line by line with [`StderrMode::Lines`].
///
/// # Errors
///
/// When cargo or the compiler cannot be run or fails, see [`BuildError`].
pub fn build(
    selection: &Selection,
    options: &Options,
    runner: &mut dyn Runner,
    on_stderr: &mut dyn FnMut(&str),
) -> Result<Build, BuildError> {
    let mut cargo = Cargo::new(options.directory.as_deref(), runner, on_stderr);
    let metadata = cargo.metadata(selection)?;
    let target_directory = match &selection.target_dir {
        Some(folder) => {
            let folder = options.directory.as_deref().unwrap_or(Path::new(".")).join(folder);
            std::path::absolute(&folder).unwrap_or(folder)
        }
        None => metadata.target_directory,
    };
    let host =
        provenance::toolchain(cargo.runner, cargo.directory, None).ok_or(BuildError::NoCompiler)?;
    let mut session = Session {
        selection,
        options,
        scratch: tempfile::tempdir().map_err(BuildError::Notes)?,
        host: host.target.clone(),
        runners: BTreeMap::new(),
        warnings: Vec::new(),
        executables: Vec::new(),
        seen: HashSet::new(),
        calls: 0,
    };
    let calls = calls::calls(selection);
    let mut profiles: Vec<&str> = calls.iter().map(|call| &*call.profile).collect();
    profiles.dedup();
    let mut triple = None;
    for call in &calls {
        let settings = cargo.settings(call);
        let platforms = session.platforms(&settings);
        triple = triple.or_else(|| platforms.first().cloned());
        let artifacts = session.run(&mut cargo, call, &settings)?;
        if call.verb == Verb::Build {
            for program in artifacts {
                let flag = match program.kind {
                    Some(TargetKind::Bin) => "--bin",
                    Some(TargetKind::Example) => "--example",
                    _ => continue,
                };
                let call = calls::run_call(selection, &program.package_id, flag, &program.name);
                session.run(&mut cargo, &call, &settings)?;
            }
        }
    }
    Ok(Build {
        executables: session.executables,
        workspace_root: metadata.workspace_root,
        target_directory,
        toolchain: Toolchain { rustc: host.rustc, target: triple.unwrap_or(host.target) },
        profile: profiles.join(", "),
        warnings: session.warnings,
    })
}

/// The root folder of the workspace that a selection is about.
///
/// # Errors
///
/// When cargo cannot be run, or finds no workspace.
pub fn workspace_root(
    selection: &Selection,
    runner: &mut dyn Runner,
) -> Result<PathBuf, BuildError> {
    let on_stderr = &mut |_: &str| {};
    Ok(Cargo::new(None, runner, on_stderr).metadata(selection)?.workspace_root)
}

/// Cargo's `metadata`, as far as it matters.
#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

/// Cargo, ready to be called.
struct Cargo<'a> {
    program: OsString,
    directory: Option<&'a Path>,
    runner: &'a mut dyn Runner,
    on_stderr: &'a mut dyn FnMut(&str),
}

impl<'a> Cargo<'a> {
    fn new(
        directory: Option<&'a Path>,
        runner: &'a mut dyn Runner,
        on_stderr: &'a mut dyn FnMut(&str),
    ) -> Self {
        let program = std::env::var_os("CARGO").filter(|c| !c.is_empty()).unwrap_or("cargo".into());
        Self { program, directory, runner, on_stderr }
    }

    fn command(&self) -> Invocation {
        self.here(&self.program)
    }

    fn here(&self, program: impl Into<OsString>) -> Invocation {
        Invocation { directory: self.directory.map(Path::to_owned), ..Invocation::new(program) }
    }

    /// Runs a command and gives its stdout lines; a failure becomes an error.
    fn lines(
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

    fn metadata(&mut self, selection: &Selection) -> Result<Metadata, BuildError> {
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
    fn settings(&mut self, call: &Call) -> Settings {
        let unit_graph = ["-Zunstable-options", "--unit-graph"];
        let invocation = self.command().args(call.arguments.iter().cloned()).args(unit_graph);
        let json = self.unstable(invocation).unwrap_or_default();
        settings::parse_unit_graph(&json).unwrap_or_default()
    }

    /// The user's own runner for a triple.
    fn user_runner(&mut self, triple: &str) -> Result<Vec<String>, String> {
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

/// One build of several calls.
struct Session<'a> {
    selection: &'a Selection,
    options: &'a Options,
    scratch: tempfile::TempDir,
    host: String,
    /// The user's runner of each triple met.
    runners: BTreeMap<String, Vec<String>>,
    warnings: Vec<String>,
    executables: Vec<Executable>,
    seen: HashSet<PathBuf>,
    calls: u32,
}

impl Session<'_> {
    /// The triples built for, the host's among them only when nothing else is.
    fn platforms(&self, settings: &Settings) -> Vec<String> {
        if let Some(target) = &self.selection.target {
            // A target may be given as a file that describes it.
            let stem = Path::new(target).file_stem().and_then(OsStr::to_str);
            let name = target.strip_suffix(".json").and(stem).unwrap_or(target);
            vec![name.to_owned()]
        } else if settings.platforms.is_empty() {
            vec![self.host.clone()]
        } else {
            settings.platforms.clone()
        }
    }

    /// Runs one call, adds what it ran to the executables and gives what it built of its own.
    fn run(
        &mut self,
        cargo: &mut Cargo<'_>,
        call: &Call,
        settings: &Settings,
    ) -> Result<Vec<Artifact>, BuildError> {
        let triples = self.platforms(settings);
        let notes = self.scratch.path().join(format!("notes-{}", self.calls));
        self.calls += 1;
        fs_err::create_dir(&notes).map_err(BuildError::Notes)?;
        let own = runner_setting::own_runner(&self.options.helper, &notes, RUNNER_COMMAND)
            .map_err(BuildError::Notes)?
            .ok_or_else(|| BuildError::HelperPath(self.options.helper.clone()))?;

        let mut invocation = cargo
            .command()
            .args(call.arguments.iter().cloned())
            .args(["--message-format=json-render-diagnostics"])
            .env(DIRECTORY_VARIABLE, &notes);
        invocation.stderr = self.options.stderr;
        let linux = triples.iter().all(|triple| triple.contains("linux"));
        for value in settings::profile_config(&call.profile, settings.named, linux) {
            invocation = invocation.args(["--config".to_owned(), value]);
        }
        for triple in &triples {
            // The variable and not `--config`, which cannot replace a string by an array nor an
            // array by a string, whichever the user's file has.
            invocation = invocation.env(runner_setting::variable(triple), &own);
            if !self.runners.contains_key(triple) {
                let found = cargo.user_runner(triple).unwrap_or_else(|reason| {
                    self.warnings.push(format!(
                        "cannot find out whether cargo is configured with a runner for {triple}, \
                         so none is used: {}",
                        reason.lines().next().unwrap_or_default()
                    ));
                    Vec::new()
                });
                self.runners.insert(triple.clone(), found);
            }
        }

        let mut artifacts = Vec::new();
        let mut collect = |line: &str| {
            if let Some(Message::Artifact(artifact)) = parse_message(line) {
                artifacts.push(artifact);
            }
        };
        cargo.lines(&invocation, &mut collect, true)?;
        let records = record::read_all(&notes).map_err(BuildError::Notes)?;
        let versions = Versions::of(&artifacts);
        let plain = matches!(call.verb, Verb::Build | Verb::Run);
        artifacts.retain(|artifact| artifact.executable.is_some() && artifact.test != plain);
        for record in &records {
            self.add(call.verb, record, &artifacts, &triples, &versions);
        }
        if call.verb != Verb::Build {
            self.warn_of(&artifacts);
        }
        Ok(artifacts)
    }

    /// Adds an executable that cargo would have run.
    fn add(
        &mut self,
        verb: Verb,
        record: &Record,
        artifacts: &[Artifact],
        triples: &[String],
        versions: &Versions,
    ) {
        let path = record.cwd().join(record.exe());
        let is_it = |artifact: &&Artifact| {
            artifact.executable.as_deref().is_some_and(|executable| Path::new(executable) == path)
        };
        let Some((artifact, kind)) = artifacts.iter().find(is_it).and_then(|a| Some((a, a.kind?)))
        else {
            self.warnings.push(format!("cargo ran {}, which is no target", path.display()));
            return;
        };
        if !self.seen.insert(path.clone()) {
            return;
        }
        let env = self.restored(record.env(), triples);
        let variable = |name: &str| {
            let found = env.iter().find(|(key, _)| key == name)?;
            Some(found.1.to_string_lossy().into_owned())
        };
        let triple = triples
            .iter()
            .find(|triple| path.iter().any(|part| part == OsStr::new(triple)))
            .or(triples.first());
        let program = matches!(verb, Verb::Build | Verb::Run);
        let (mut harness, digest) = inspect(&path);
        if program {
            harness = Harness::Process;
        }
        self.executables.push(Executable {
            package: variable("CARGO_PKG_NAME").unwrap_or_default(),
            package_version: variable("CARGO_PKG_VERSION").unwrap_or_default(),
            manifest_dir: Path::new(&artifact.manifest_path)
                .parent()
                .map(Path::to_owned)
                .unwrap_or_default(),
            kind,
            name: artifact.name.clone(),
            cwd: record.cwd(),
            runner: triple.and_then(|t| self.runners.get(t)).cloned().unwrap_or_default(),
            arguments: record.args(),
            harness,
            harness_version: versions.get(harness),
            digest,
            only_benches: verb == Verb::Bench && harness == Harness::Libtest,
            env,
            path,
        });
    }

    /// An environment as it is without our own runner variables.
    fn restored(
        &self,
        mut env: Vec<(OsString, OsString)>,
        triples: &[String],
    ) -> Vec<(OsString, OsString)> {
        for triple in triples {
            let name = OsString::from(runner_setting::variable(triple));
            env.retain(|(key, _)| *key != name);
            if let Some(value) = std::env::var_os(&name) {
                env.push((name, value));
            }
        }
        env.sort();
        env
    }

    /// Warns of executables that cargo built and did not run, and of builds without optimisation.
    fn warn_of(&mut self, artifacts: &[Artifact]) {
        let mut slow = Vec::new();
        for artifact in artifacts {
            let executable = artifact.executable.as_deref().unwrap_or_default();
            if !self.seen.contains(Path::new(executable)) {
                self.warnings.push(format!(
                    "cargo did not run {}, so it is left out: {executable}",
                    artifact.name
                ));
            } else if artifact.opt_level == "0" {
                slow.push(&*artifact.name);
            }
        }
        if !slow.is_empty() {
            self.warnings.push(format!(
                "built without optimisation: {}; choose another --profile for figures that mean \
                 something",
                slow.join(", ")
            ));
        }
    }
}

/// Versions of the harnesses that are crates, as met in one build.
struct Versions(Vec<(String, String)>);

impl Versions {
    fn of(artifacts: &[Artifact]) -> Self {
        let mut found: Vec<_> = artifacts
            .iter()
            .filter(|artifact| artifact.kind == Some(TargetKind::Lib))
            .filter(|artifact| matches!(&*artifact.name, "criterion" | "divan"))
            .filter_map(|artifact| Some((artifact.name.clone(), artifact.version()?.to_owned())))
            .collect();
        found.sort();
        found.dedup();
        Self(found)
    }

    /// The version of a harness; `None` when it is not known which one of several.
    fn get(&self, harness: Harness) -> Option<String> {
        let mut versions = self.0.iter().filter(|(name, _)| name == harness.as_str());
        let (_, version) = versions.next()?;
        versions.next().is_none().then(|| version.clone())
    }
}

/// Harness and digest of an executable file; nothing is run.
fn inspect(path: &Path) -> (Harness, Option<String>) {
    let Ok(file) = fs_err::File::open(path) else { return (Harness::Process, None) };
    // SAFETY: the file was just built. Were it truncated now, reading it would raise SIGBUS, as
    // with every debugger and linker that maps files.
    let Ok(map) = (unsafe { memmap2::Mmap::map(file.file()) }) else {
        return (Harness::Process, None);
    };
    match object::File::parse(&*map) {
        Ok(object) => (harness::detect(&object), digest::digest(&object)),
        Err(_) => (Harness::Process, None),
    }
}
