//! `cargo perfbase remove`

use clap::Args;

use super::folder::{self, StoreArgs};
use crate::console::Console;
use crate::error::{Error, ExitStatus};
use crate::model::Label;

/// Arguments of `remove`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo perfbase remove pre-refactor")]
pub struct RemoveArgs {
    /// Captures to delete, with their timings and profiles
    #[arg(required = true, value_name = "LABEL")]
    labels: Vec<Label>,
}

pub(super) fn execute(
    arguments: &RemoveArgs,
    store: &StoreArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let store = folder::existing(store)?;
    for label in &arguments.labels {
        store.remove(label)?;
        console.status("Removed", &format!("{label} ({})", store.root().display()));
    }
    Ok(ExitStatus::Success)
}
