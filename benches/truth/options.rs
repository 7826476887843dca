//! What is asked for.

use std::path::PathBuf;
use std::time::Duration;

use crate::Result;

/// The command line.
pub(crate) struct Options {
    /// Kinds of cases, or programs that are refactored; all if there are none.
    pub(crate) kinds: Vec<String>,
    pub(crate) time: Option<Duration>,
    pub(crate) cases: Option<u64>,
    /// How often all refactors are done.
    pub(crate) rounds: u64,
    /// Whether refactors are counted only: neither timed nor sampled.
    pub(crate) counts_only: bool,
    pub(crate) lanes: usize,
    pub(crate) seed: u64,
    pub(crate) program: PathBuf,
    pub(crate) task: Task,
}

/// What to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Cases, then the report.
    Measure,
    /// Refactors, then the report.
    Refactors,
    /// The edits of all refactors, and whether they compile.
    Check,
    /// The report only.
    Report,
    /// Compare what was captured again, then the report.
    Rescore,
    /// Measure the work of all places again, with more pairs.
    Calibrate,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            kinds: Vec::new(),
            time: None,
            cases: None,
            rounds: 1,
            counts_only: false,
            lanes: 1,
            seed: 1,
            program: env!("CARGO_BIN_EXE_cargo-perfbase").into(),
            task: Task::Measure,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match &*argument {
                "--hours" => {
                    let hours: f64 = value()?.parse()?;
                    options.time = Some(Duration::try_from_secs_f64(3600.0 * hours)?);
                }
                "--cases" => options.cases = Some(value()?.parse()?),
                "--rounds" => options.rounds = value()?.parse()?,
                "--lanes" => options.lanes = value()?.parse::<usize>()?.max(1),
                "--seed" => options.seed = value()?.parse()?,
                "--program" => options.program = std::fs::canonicalize(value()?)?,
                "--refactors" => options.task = Task::Refactors,
                "--counts" => options.counts_only = true,
                "--check" => options.task = Task::Check,
                "--report" => options.task = Task::Report,
                "--rescore" => options.task = Task::Rescore,
                "--calibrate" => options.task = Task::Calibrate,
                // cargo's own.
                "--bench" => {}
                kind if !kind.starts_with('-') => options.kinds.push(kind.to_owned()),
                unknown => return Err(format!("there is no option {unknown}").into()),
            }
        }
        Ok(options)
    }
}
