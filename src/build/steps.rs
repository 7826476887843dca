//! One build of several calls: puts together what cargo says and how it ran things.

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::model::{Harness, SortFew as _, TargetKind};
use crate::process::Capture;
use crate::workspace::Selection;

use super::calls::{Call, Verb};
use super::cargo::Cargo;
use super::error::BuildError;
use super::executable::Executable;
use super::messages::{Artifact, Message, parse_message};
use super::operation::Options;
use super::record::{self, DIRECTORY_VARIABLE, RUNNER_COMMAND, Record};
use super::runner_setting;
use super::settings::{self, Settings};
use super::{digest, harness, layout};

/// One build of several calls.
pub(super) struct Steps<'a> {
    selection: &'a Selection,
    options: &'a Options<'a>,
    scratch: tempfile::TempDir,
    host: String,
    /// The user's runner of each triple met.
    runners: BTreeMap<String, Vec<String>>,
    pub(super) warnings: Vec<String>,
    pub(super) executables: Vec<Executable>,
    seen: HashSet<PathBuf>,
    calls: u32,
}

impl<'a> Steps<'a> {
    /// A session that has built nothing; `host` is the compiler's own triple.
    pub(super) fn new(
        selection: &'a Selection,
        options: &'a Options<'a>,
        host: String,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            selection,
            options,
            scratch: tempfile::tempdir().map_err(BuildError::Notes)?,
            host,
            runners: BTreeMap::new(),
            warnings: Vec::new(),
            executables: Vec::new(),
            seen: HashSet::new(),
            calls: 0,
        })
    }

    /// The triples built for, the host's among them only when nothing else is.
    pub(super) fn platforms(&self, settings: &Settings) -> Vec<String> {
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
    pub(super) fn run(
        &mut self,
        cargo: &Cargo<'_>,
        call: &Call,
        settings: &Settings,
    ) -> Result<Vec<Artifact>, BuildError> {
        let triples = self.platforms(settings);
        let notes = self.scratch.path().join(format!("notes-{}", self.calls));
        self.calls += 1;
        fs_err::create_dir(&notes).map_err(BuildError::Notes)?;
        let own = runner_setting::own_runner(self.options.helper, &notes, RUNNER_COMMAND)
            .map_err(BuildError::Notes)?
            .ok_or_else(|| BuildError::HelperPath(self.options.helper.to_owned()))?;

        let mut command = cargo
            .command()
            .args(call.arguments.iter().cloned())
            .args(["--message-format=json-render-diagnostics"])
            .env(DIRECTORY_VARIABLE, &notes);
        if !self.options.quiet {
            command.stderr = Capture::Inherit;
        }
        let linux = triples.iter().all(|triple| triple.contains("linux"));
        for value in settings::profile_config(&call.profile, settings.named, linux) {
            command = command.args(["--config".to_owned(), value]);
        }
        for triple in &triples {
            // The variable and not `--config`, which cannot replace a string by an array nor an
            // array by a string, whichever the user's file has.
            command = command.env(runner_setting::variable(triple), &own);
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
        (self.options.tell)(&command.display());
        cargo.lines(&command, &mut collect).map_err(|error| match error {
            BuildError::Failed { stderr, .. } if cargo.refuses(call) => {
                BuildError::Selection { stderr }
            }
            other => other,
        })?;
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

    /// An environment as it is without our own variables.
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
        if self.options.layout.is_some() {
            // The compiler's wrapper was for the build only.
            for (name, _) in layout::environment(Path::new("")) {
                env.retain(|(key, _)| *key != name);
                env.extend(std::env::var_os(&name).map(|value| (name, value)));
            }
        }
        env.sort_few();
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
        found.sort_few();
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
