//! `cargo perfbase doctor`

use std::time::Duration;

use clap::Args;

use super::layout;
use super::output::Format;
use crate::console::Console;
use crate::doctor::{self, Facts, Recording};
use crate::error::{Error, ExitStatus};
use crate::model::{Area, Conditions, Finding, RecorderInfo, Severity};
use crate::process::Session;
use crate::record::{Refusal, Tool, Valgrind};
use crate::render::json;
use crate::render::text::DisplayDoctor;
use crate::view::{DoctorInput, DoctorView};
use crate::{build, record};

/// How long the machine is watched. The kernel counts in ticks of 1 to 10 ms.
const WATCHED: Duration = Duration::from_millis(400);

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo perfbase doctor\n  \
    cargo perfbase doctor --format json\n\n\
    Nothing is changed. Exit status 96 where no recorder works.")]
pub struct DoctorArgs {
    /// Samples a second that recorders are tried with
    #[arg(long, value_name = "HZ", default_value_t = 997, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    frequency: u32,

    /// How to write it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn execute(arguments: &DoctorArgs, console: &Console) -> Result<ExitStatus, Error> {
    let session = Session::start()?;
    // Watched before recorders are tried, which are no load of others.
    let facts = Facts::gather(WATCHED);
    session.check()?;
    let tried = try_recorders(arguments.frequency, &session)?;
    let recorder = tried.iter().find_map(|recording| recording.outcome.as_ref().ok());
    let mut findings = doctor::recorders(&facts, &tried);
    findings.extend(doctor::counters(&facts, &try_counters(&session)?));
    findings.extend(doctor::timings(&facts));
    if !facts.linux {
        let os = std::env::consts::OS;
        let found =
            format!("CPU frequency, load, steal time, heat and limits are not read on {os}");
        let finding = Finding::new(Area::Timings, "platform", found);
        findings.push(finding.because(Severity::Note, "what makes times scatter stays unsaid"));
    }
    findings.extend(doctor::workspace(&build::in_force(&session)));
    session.check()?;
    let conditions: Conditions = facts.conditions();
    let input = DoctorInput {
        os: std::env::consts::OS,
        recorder: recorder.map(|info| info.name.as_str()),
        findings: &findings,
        conditions: &conditions,
    };
    let text = match arguments.format {
        Format::Json => json::doctor(&input),
        Format::Text => {
            let view = DoctorView::new(&input);
            DisplayDoctor { view: &view, layout: layout(console) }.to_string()
        }
    };
    console.write_stdout(&text).map_err(Error::Stdout)?;
    Ok(if recorder.is_some() { ExitStatus::Success } else { ExitStatus::ToolMissing })
}

/// Each counter on a tiny program.
fn try_counters(session: &Session) -> Result<Vec<Result<RecorderInfo, Refusal>>, Error> {
    let scratch = scratch()?;
    let tried = Tool::ALL.iter().map(|&tool| {
        let tried = Valgrind::find(session, tool, &[], scratch.path())?;
        Ok(tried.map(|valgrind| valgrind.info()))
    });
    tried.collect()
}

/// A folder for what is written on trial.
fn scratch() -> Result<tempfile::TempDir, Error> {
    tempfile::tempdir().map_err(|source| Error::Scratch { path: std::env::temp_dir(), source })
}

/// Each recorder on a tiny program.
fn try_recorders(frequency: u32, session: &Session) -> Result<Vec<Recording>, Error> {
    let scratch = scratch()?;
    let tried = record::try_all(session, frequency, scratch.path())?;
    Ok(tried.into_iter().map(Recording::from).collect())
}
