//! `cargo perfbase init`

use std::ffi::OsString;
use std::path::PathBuf;

use cargo_metadata::{Metadata, TargetKind};
use clap::Args;

use super::output::OutputFile;
use super::rules::ConfigArgs;
use crate::config::{self, TemplateTarget};
use crate::console::Console;
use crate::error::{Error, ExitStatus};
use crate::process::{Capture, Command, Session, Status, failure_tail};

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo perfbase init")]
pub struct InitArgs {
    /// Replace a perfbase.toml that is there
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
    let file: PathBuf = match &config.config {
        Some(file) => file.clone().into(),
        None => metadata.workspace_root.join(config::FILE).into(),
    };
    if file.exists() && !arguments.force {
        return Err(Error::usage(
            format!("{} is there already", file.display()),
            "change it, or replace it with --force",
        ));
    }
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

fn metadata(session: &Session) -> Result<Metadata, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let words = ["metadata", "--format-version=1", "--no-deps"].map(OsString::from);
    let command = Command::new(cargo).args(words).stdout(Capture::WHOLE).stderr(Capture::LAST);
    let output = session.run(&command)?;
    let failed = |why: String| Error::usage(why, "go to a folder of the workspace");
    if output.status != Status::Exited(0) {
        return Err(failed(failure_tail(&output)));
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
