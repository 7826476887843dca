//! The whole of it: a selection in, executables out.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::model::{SortFew as _, TargetKind, Toolchain};
use crate::process;
use crate::workspace::{Selection, provenance};

use super::calls::{self, Verb};
use super::cargo::Cargo;
use super::error::BuildError;
use super::executable::Executable;
use super::layout;
use super::steps::Steps;

/// How to build.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// This program's own executable, whose [`super::RUNNER_COMMAND`] leads to [`super::runner_main`].
    pub helper: &'a Path,
    /// Whether cargo's progress and warnings are kept from the user.
    pub quiet: bool,
    /// Variables set for cargo beside this process's own.
    pub environment: &'a [(OsString, OsString)],
    /// Shuffles the order of functions in what is linked.
    pub layout: Option<Layout<'a>>,
    /// Told each command that builds, as a shell would take it.
    pub tell: &'a dyn Fn(&str),
    /// Where the user is: cargo looks for manifest and configuration from there up, and programs
    /// run there. `None` for this process's own directory.
    pub directory: Option<&'a Path>,
}

/// Another order of the same code; only where the linker is lld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout<'a> {
    /// Which of them.
    pub seed: u32,
    /// A folder for a link to this program, the same one every time.
    pub folder: &'a Path,
}

/// What was built.
#[derive(Clone, Debug)]
pub struct Build {
    /// Benches, then tests, both in cargo's order; then programs, by package and name.
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

/// Builds a selection, and finds out how cargo would run each executable of it.
///
/// # Errors
///
/// When cargo or the compiler cannot be run or fails, see [`BuildError`].
pub fn build(
    selection: &Selection,
    options: &Options<'_>,
    session: &process::Session,
) -> Result<Build, BuildError> {
    let mut environment = options.environment.to_vec();
    if let Some(Layout { seed, folder }) = options.layout {
        let wrapper = layout::wrapper(options.helper, folder, seed).map_err(BuildError::Notes)?;
        environment.extend(layout::environment(&wrapper));
    }
    let options = &Options { environment: &environment, ..*options };
    let cargo = Cargo::new(options.directory, options.environment, session);
    let metadata = cargo.metadata(selection)?;
    let target_directory =
        target_directory(selection, options.directory, metadata.target_directory);
    let host = provenance::toolchain(session, cargo.directory, None);
    // A compiler that was interrupted is no missing one.
    session.check()?;
    let host = host.ok_or(BuildError::NoCompiler)?;
    let mut steps = Steps::new(selection, options, host.target.clone())?;
    let calls = calls::calls(selection);
    let mut profiles: Vec<&str> = calls.iter().map(|call| &*call.profile).collect();
    profiles.dedup();
    let mut triple = None;
    for call in &calls {
        let settings = cargo.settings(call);
        let platforms = steps.platforms(&settings);
        triple = triple.or_else(|| platforms.first().cloned());
        let mut artifacts = steps.run(&cargo, call, &settings)?;
        if call.verb == Verb::Build {
            // Cargo tells of them as they are finished, in any order.
            artifacts.sort_few_by(|a, b| {
                (&a.package_id, a.kind, &a.name).cmp(&(&b.package_id, b.kind, &b.name))
            });
            for program in artifacts {
                let flag = match program.kind {
                    Some(TargetKind::Bin) => "--bin",
                    Some(TargetKind::Example) => "--example",
                    _ => continue,
                };
                let call = calls::run_call(selection, &program.package_id, flag, &program.name);
                steps.run(&cargo, &call, &settings)?;
            }
        }
    }
    Ok(Build {
        executables: steps.executables,
        workspace_root: metadata.workspace_root,
        target_directory,
        toolchain: Toolchain { rustc: host.rustc, target: triple.unwrap_or(host.target) },
        profile: profiles.join(", "),
        warnings: steps.warnings,
    })
}

/// Where the workspace that a selection is about has its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The workspace's root folder.
    pub workspace_root: PathBuf,
    /// Cargo's target directory.
    pub target_directory: PathBuf,
    /// Folders that members of the workspace take sources from: their own and those of path
    /// dependencies.
    pub sources: Vec<PathBuf>,
}

/// Where a workspace has its files; `directory` as in [`Options`].
///
/// # Errors
///
/// When cargo cannot be run, or finds no workspace.
pub fn places(
    selection: &Selection,
    directory: Option<&Path>,
    session: &process::Session,
) -> Result<Places, BuildError> {
    let metadata = Cargo::new(directory, &[], session).metadata(selection)?;
    let mut sources = Vec::new();
    for package in metadata.packages {
        sources.extend(package.manifest_path.parent().map(Path::to_owned));
        sources.extend(package.dependencies.into_iter().filter_map(|one| one.path));
    }
    sources.sort_few();
    sources.dedup();
    let target_directory = target_directory(selection, directory, metadata.target_directory);
    Ok(Places { workspace_root: metadata.workspace_root, target_directory, sources })
}

/// The target directory asked for, else cargo's.
pub(super) fn target_directory(
    selection: &Selection,
    directory: Option<&Path>,
    cargos: PathBuf,
) -> PathBuf {
    let Some(folder) = &selection.target_dir else { return cargos };
    let folder = directory.unwrap_or(Path::new(".")).join(folder);
    std::path::absolute(&folder).unwrap_or(folder)
}

/// The root folder of the workspace that a selection is about.
///
/// # Errors
///
/// When cargo cannot be run, or finds no workspace.
pub fn workspace_root(
    selection: &Selection,
    session: &process::Session,
) -> Result<PathBuf, BuildError> {
    Ok(Cargo::new(None, &[], session).metadata(selection)?.workspace_root)
}
