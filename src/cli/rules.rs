//! Which `perfbase.toml` is meant, and what it says.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use crate::config::{self, Config};
use crate::error::Error;
use crate::gate;
use crate::matching::Rename;

/// Where the rules stand.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// The team's plan and rules [default: the nearest `perfbase.toml`, here or above]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<Utf8PathBuf>,
}

/// What becomes of rules that cannot be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Inconclusive {
    /// A NO-GO.
    Fail,
    /// No matter.
    Pass,
}

/// Whether what stays open fails, where the command line says so.
pub(super) fn fails(inconclusive: Option<Inconclusive>) -> Option<bool> {
    inconclusive.map(|word| word == Inconclusive::Fail)
}

/// The file that is meant, if there is one.
pub(super) fn find(arguments: &ConfigArgs) -> Result<Option<PathBuf>, Error> {
    if let Some(file) = &arguments.config {
        return Ok(Some(file.clone().into()));
    }
    let here = std::env::current_dir().map_err(Error::CurrentDirectory)?;
    Ok(here.ancestors().map(|folder| folder.join(config::FILE)).find(|file| file.is_file()))
}

/// Reads it; the shipped defaults where there is none.
///
/// # Errors
/// A file that cannot be read, or that is wrong.
pub(super) fn load(arguments: &ConfigArgs) -> Result<Config, Error> {
    match find(arguments)? {
        Some(file) => read(&file),
        None => Ok(Config::default()),
    }
}

fn read(file: &Path) -> Result<Config, Error> {
    let text = fs_err::read_to_string(file).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::NotFound => "`cargo perfbase init` writes one; --config names another",
            ErrorKind::InvalidData => "it has to be TOML, as text in UTF-8; --config names another",
            _ => "--config names another",
        };
        Error::usage(error.to_string(), advice)
    })?;
    let here = std::env::current_dir().unwrap_or_default();
    let name = file.strip_prefix(here).unwrap_or(file).display().to_string();
    Ok(config::parse(&name, &text)?)
}

/// The file's renames as those of the command line.
///
/// # Errors
/// One that cannot be.
pub(super) fn renames(config: &Config) -> Result<Vec<Rename>, Error> {
    let one = |rename: &config::Renaming| {
        format!("{}={}", rename.from, rename.to).parse::<Rename>().map_err(|error| {
            let message = format!("[[rename]] {} → {}: {error}", rename.from, rename.to);
            Error::Usage { message, hint: None }
        })
    };
    config.renames.iter().map(one).collect()
}

/// The smallest share that a rule calls hot, where that is below `share`.
pub(super) fn hot_share(config: &Config, share: f64) -> f64 {
    let of = |rule: &config::Rule| match rule.test {
        config::Test::NewHotPath { share, .. } => share,
        _ => 1.0,
    };
    config.rules.iter().map(of).fold(share, f64::min)
}

/// How rules are judged beside a comparison with these options.
pub(super) fn options(
    diff: &crate::diff::Options,
    inconclusive: Option<Inconclusive>,
    is_partial: [bool; 2],
) -> gate::Options {
    gate::Options {
        confidence: diff.confidence,
        fail_inconclusive: fails(inconclusive),
        is_partial,
        diff: diff.clone(),
    }
}
