//! `cargo perfbase list`

use clap::{Args, ValueEnum};

use super::folder::{self, StoreArgs};
use super::layout;
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn execute(
    arguments: &ListArgs,
    store: &StoreArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let store = folder::existing(store)?;
    let listed = store.list()?;
    let mut entries = Vec::new();
    for one in &listed {
        match &one.capture {
            Ok(stored) => {
                entries.push(ListEntry { capture: stored.capture(), bytes: stored.bytes() });
            }
            Err(error) => console.warning(&format!("`{}` is left out: {error}", one.name)),
        }
    }
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
