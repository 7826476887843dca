//! `cargo perfbase list`

use clap::Args;

use super::folder::{self, StoreArgs};
use super::layout;
use super::output::Format;
use crate::console::Console;
use crate::error::{Error, ExitStatus};
use crate::render::json;
use crate::render::text::DisplayList;
use crate::view::{ListEntry, ListView};

/// Arguments of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo perfbase list --format json")]
pub struct ListArgs {
    /// How to write it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn execute(
    arguments: &ListArgs,
    store: &StoreArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let store = folder::existing(store)?;
    let captures = folder::captures(&store, console)?;
    let entries: Vec<ListEntry<'_>> = captures
        .iter()
        .map(|stored| ListEntry { capture: stored.capture(), bytes: stored.bytes() })
        .collect();
    let text = match arguments.format {
        Format::Json => json::list(&entries),
        Format::Text if entries.is_empty() => {
            console.note(&format!(
                "no captures in {}; `cargo perfbase capture --label NAME` makes one",
                store.root().display()
            ));
            return Ok(ExitStatus::Success);
        }
        Format::Text => {
            let view = ListView::new(&entries);
            DisplayList { view: &view, layout: layout(console) }.to_string()
        }
    };
    console.write_stdout(&text).map_err(Error::Stdout)?;
    Ok(ExitStatus::Success)
}
