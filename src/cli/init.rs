//! `cargo perfbase init`

mod github;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, TargetKind};
use clap::Args;
use github::Project;

use super::output::OutputFile;
use super::rules::ConfigArgs;
use crate::config::{self, TemplateTarget};
use crate::console::Console;
use crate::error::{Error, ExitStatus};
use crate::process::{Capture, Command, Session, Status, failure_tail};
use crate::workspace::{Folders, Repository};

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo perfbase init\n  \
    cargo perfbase init --github")]
pub struct InitArgs {
    /// Write workflows for GitHub Actions instead, which measure each pull request, judge it by
    /// perfbase.toml and comment on it
    #[arg(long)]
    github: bool,

    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

pub(super) fn execute(
    arguments: &InitArgs,
    config: &ConfigArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let session = Session::start()?;
    let metadata = metadata(&session)?;
    if arguments.github {
        return github(arguments, &metadata, &session, console);
    }
    let file: PathBuf = match &config.config {
        Some(file) => file.clone().into(),
        None => metadata.workspace_root.join(config::FILE).into(),
    };
    check_free(&file, arguments.force)?;
    let targets = targets(&metadata);
    OutputFile::open(&file)?.write(config::template(&targets))?;
    let benches = targets.iter().filter(|target| target.is_bench).count();
    console.status(
        "Wrote",
        &format!(
            "{} with {benches} entr{} to capture; its rules are comments to begin with",
            file.display(),
            if benches == 1 { "y" } else { "ies" }
        ),
    );
    Ok(ExitStatus::Success)
}

/// Workflows go to the repository's topmost folder, wherever the workspace is in it.
fn github(
    arguments: &InitArgs,
    metadata: &Metadata,
    session: &Session,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let workspace = metadata.workspace_root.as_std_path();
    let folders = Folders::find(session, workspace)?;
    let folder = folders.prefix.to_string_lossy();
    let project = Project {
        branch: Repository::new(session, &folders).main_branch()?,
        folder: folder.trim_end_matches('/').to_owned(),
        is_perfbase: metadata
            .workspace_packages()
            .iter()
            .any(|package| package.name == env!("CARGO_PKG_NAME")),
    };
    let files = github::workflows(&project).map(|(path, text)| (folders.root.join(path), text));
    // All or nothing.
    for (file, _) in &files {
        check_free(file, arguments.force)?;
    }
    for (file, text) in &files {
        if let Some(folder) = file.parent() {
            fs_err::create_dir_all(folder)
                .map_err(|source| Error::Output { path: folder.to_owned(), source })?;
        }
        OutputFile::open(file)?.write(text)?;
        console.status("Wrote", &file.display().to_string());
    }
    console.note(&format!(
        "pull requests into `{}` are measured from now on; what they are judged by are the rules \
         of perfbase.toml{}",
        project.branch,
        match workspace.join(config::FILE).is_file() {
            true => "",
            false => ", which `cargo perfbase init` writes",
        },
    ));
    Ok(ExitStatus::Success)
}

/// # Errors
/// Where something is that nobody asked to replace.
fn check_free(file: &Path, force: bool) -> Result<(), Error> {
    if file.exists() && !force {
        return Err(Error::usage(
            format!("{} is there already", file.display()),
            "change it, or replace it with --force",
        ));
    }
    Ok(())
}

fn metadata(session: &Session) -> Result<Metadata, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let words = ["metadata", "--format-version=1", "--no-deps"].map(OsString::from);
    let command = Command::new(cargo).args(words).stdout(Capture::WHOLE).stderr(Capture::LAST);
    let output = session.run(&command)?;
    let failed = |why: String| Error::usage(why, "go to a folder of the workspace");
    if output.status != Status::Exited(0) {
        let tail = failure_tail(&output);
        return Err(failed(tail.strip_prefix("error: ").unwrap_or(&tail).to_owned()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    cargo_metadata::MetadataCommand::parse(&*text).map_err(|error| failed(error.to_string()))
}

/// Benches, then tests, by package.
fn targets(metadata: &Metadata) -> Vec<TemplateTarget> {
    let mut targets = Vec::new();
    for is_bench in [true, false] {
        let kind = if is_bench { TargetKind::Bench } else { TargetKind::Test };
        for package in metadata.workspace_packages() {
            let of_kind = package.targets.iter().filter(|target| target.kind.contains(&kind));
            targets.extend(of_kind.map(|target| TemplateTarget {
                package: package.name.to_string(),
                name: target.name.clone(),
                features: target.required_features.clone(),
                is_bench,
            }));
        }
    }
    targets
}
