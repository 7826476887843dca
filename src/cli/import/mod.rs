//! `cargo perfbase import`

mod bundle;
mod recording;

use camino::Utf8PathBuf;
use clap::Args;

use super::folder::{self, StoreArgs};
use crate::console::Console;
use crate::error::{Error, ExitStatus};
use crate::model::Label;
use crate::store::Mode;

/// Arguments of `import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo perfbase import perf.data --label by-hand\n  \
    cargo perfbase import profile.json.gz --label samply --executable e2e_latency-0123456789abcdef\n  \
    cargo perfbase import pre-refactor.tar.gz")]
pub struct ImportArgs {
    /// A perf.data file, what `samply record --save-only` wrote, or what `cargo perfbase bundle`
    /// made
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,

    /// Name of the capture [default for bundles: as it was called]
    #[arg(long, short, value_name = "LABEL")]
    label: Option<Label>,

    /// Name of the process that is the benchmark; others count as its children
    /// [default: the one with most samples]
    #[arg(long, value_name = "NAME")]
    executable: Option<String>,

    /// Replace captures of the same label
    #[arg(long)]
    force: bool,
}

pub(super) fn execute(
    arguments: &ImportArgs,
    store: &StoreArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    if let Err(error) = arguments.file.metadata() {
        return Err(Error::usage(
            format!("could not read {}: {error}", arguments.file),
            "name a recording or a bundle",
        ));
    }
    if arguments.file.is_dir() {
        let advice = match arguments.file.join("capture.json").is_file() {
            true => format!(
                "it is a capture, which is read where it is: cargo perfbase show {}",
                arguments.file
            ),
            false => {
                "name the file in it: perf.data, profile.json.gz, or a bundle.tar.gz".to_owned()
            }
        };
        return Err(Error::usage(
            format!("{} is a folder, and what can be imported is a file", arguments.file),
            advice,
        ));
    }
    let store = folder::existing(store)?;
    let mode = if arguments.force { Mode::Replace } else { Mode::New };
    let (path, label) = (arguments.file.as_std_path(), arguments.label.as_ref());
    let executable = arguments.executable.as_deref();
    if bundle::is_one(path) {
        if executable.is_some() {
            return Err(Error::usage(
                "a bundle's benchmarks have their names: --executable is for recordings",
                format!("cargo perfbase import {}", arguments.file),
            ));
        }
        bundle::import(path, label, mode, &store, console)?;
    } else {
        let label = label.ok_or_else(|| {
            Error::usage(
                "a recording has no name of its own",
                format!("give it one: cargo perfbase import {} --label NAME", arguments.file),
            )
        })?;
        recording::import(path, label, executable, mode, &store, console)?;
    }
    Ok(ExitStatus::Success)
}
