//! `cargo perfbase audit`
//!
//! Every bench target is looked at, built as a capture would build it, and asked for its
//! benchmarks. Nothing is measured, and a program of its own is not run: nobody knows what it does.

mod examine;
mod judge;
mod message;

use std::path::Path;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;

use super::folder::{self, StoreArgs};
use super::output::ReportFormat;
use super::{layout, output};
use crate::build::{self, BenchTarget};
use crate::console::Console;
use crate::error::{Error, ExitStatus};
use crate::model::{Audited, Capture, LastCapture, TargetKind};
use crate::process::Session;
use crate::render::text::{DisplayAudit, Layout};
use crate::render::{json, markdown};
use crate::view::AuditView;
use crate::workspace::{Selection, look};

use examine::{Examination, Outcome};

/// Arguments of `audit`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo perfbase audit\n  \
    cargo perfbase audit --format markdown --output benchmarks.md\n  \
    cargo perfbase audit --no-build\n\n\
    Nothing is measured. Exit status 0, whatever is found.")]
pub struct AuditArgs {
    /// Only this package
    #[arg(long, short, value_name = "SPEC")]
    package: Vec<String>,

    /// Look at the sources only; build and run nothing
    #[arg(long)]
    no_build: bool,

    /// Seconds that an executable has for listing its benchmarks
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,

    /// How to write it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ReportFormat::Text)]
    format: ReportFormat,

    /// Write to this file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    output: Option<Utf8PathBuf>,

    /// Folder for build products
    #[arg(long, value_name = "DIR", help_heading = "Build")]
    target_dir: Option<Utf8PathBuf>,
    /// Number of parallel build jobs
    #[arg(long, short, value_name = "N", help_heading = "Build")]
    jobs: Option<String>,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH", help_heading = "Build")]
    manifest_path: Option<Utf8PathBuf>,
    /// Cargo.lock must not change
    #[arg(long, help_heading = "Build")]
    locked: bool,
    /// No network
    #[arg(long, help_heading = "Build")]
    offline: bool,
}

impl AuditArgs {
    fn selection(&self) -> Selection {
        Selection {
            packages: self.package.clone(),
            target_dir: self.target_dir.clone().map(Into::into),
            manifest_path: self.manifest_path.clone().map(Into::into),
            locked: self.locked,
            offline: self.offline,
            jobs: self.jobs.clone(),
            ..Selection::default()
        }
    }
}

pub(super) fn execute(
    arguments: &AuditArgs,
    store: &StoreArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let file = output::open(arguments.output.as_deref())?;
    let session = Session::start()?;
    let selection = arguments.selection();
    let inventory = build::inventory(&selection, &session)?;
    if inventory.targets.is_empty() && !arguments.package.is_empty() {
        let message = format!("{} has no bench target", arguments.package.join(" or "));
        return Err(Error::usage(message, "`cargo perfbase audit` looks at all packages"));
    }
    let captures: Vec<Capture> =
        folder::captures(&folder::of_workspace(store, &inventory.workspace_root)?, console)?
            .into_iter()
            .map(|stored| stored.capture().clone())
            .collect();
    let examination = Examination {
        selection: &selection,
        timeout: Duration::from_secs(arguments.timeout),
        session: &session,
        console,
    };
    let outcomes = match arguments.no_build {
        true => inventory.targets.iter().map(|_| Outcome::NotTried).collect(),
        false => examination.all(&inventory.targets)?,
    };
    let audited: Vec<Audited> = inventory
        .targets
        .iter()
        .zip(outcomes)
        .map(|(target, outcome)| audited(target, &outcome, &inventory.workspace_root, &captures))
        .collect();
    let text = match arguments.format {
        ReportFormat::Json => json::audit(&audited),
        ReportFormat::Markdown => markdown::audit(&AuditView::new(&audited)),
        ReportFormat::Text => {
            let layout = if file.is_some() { Layout::plain(100) } else { layout(console) };
            DisplayAudit { view: &AuditView::new(&audited), layout }.to_string()
        }
    };
    match file {
        Some(file) => file.write(&text)?,
        None => console.write_stdout(&text).map_err(Error::Stdout)?,
    }
    Ok(ExitStatus::Success)
}

/// Everything that is known of a target.
fn audited(target: &BenchTarget, outcome: &Outcome, root: &Path, captures: &[Capture]) -> Audited {
    let look = look(&fs_err::read_to_string(&target.source).unwrap_or_default());
    let judged = judge::judge(target, &look, outcome);
    let mut features = target.required_features.clone();
    features.extend(outcome.features().iter().cloned());
    let location = target.source.strip_prefix(root).unwrap_or(&target.source);
    let mut run = format!("cargo bench --package {} --bench {}", target.package, target.name);
    if !features.is_empty() {
        run.push_str(&format!(" --features {}", features.join(",")));
    }
    Audited {
        package: target.package.clone(),
        target: target.name.clone(),
        harness: outcome.harness(),
        location: location.display().to_string(),
        benchmarks: judged.benchmarks,
        features,
        run: target.hidden.is_none().then_some(run),
        last_capture: last_capture(target, captures),
        status: judged.status,
        found: judged.found,
    }
}

/// The newest of the captures, which come in that order, that has a result of a target.
fn last_capture(target: &BenchTarget, captures: &[Capture]) -> Option<LastCapture> {
    let name = TargetKind::Bench.target(&target.name);
    let holds = |capture: &&Capture| {
        capture.benchmarks.iter().any(|entry| {
            entry.id.package == target.package
                && entry.id.target == name
                && (entry.timed || entry.profile.is_some())
        })
    };
    captures
        .iter()
        .find(holds)
        .map(|capture| LastCapture { label: capture.label.to_string(), time: capture.time.clone() })
}
