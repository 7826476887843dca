//! `cargo perfbase show`

use clap::{Args, ValueEnum};

use super::chosen;
use super::folder::{self, StoreArgs};
use super::layout;
use super::percent::percent;
use super::rules::{self, ConfigArgs};
use super::shown::Shown;
use crate::console::Console;
use crate::error::{Error, ExitStatus};
use crate::render::text::DisplayShow;
use crate::render::{csv, json};
use crate::view::{ShowOptions, ShowView};

/// Arguments of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo perfbase show pre-refactor parse/large --top 20")]
pub struct ShowArgs {
    /// Label or folder of a capture [default: the newest]
    #[arg(value_name = "LABEL")]
    capture: Option<String>,

    /// Only benchmarks whose name contains this
    #[arg(value_name = "BENCHMARK")]
    benchmarks: Vec<String>,

    /// Functions and paths shown of each benchmark
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,

    /// Total share from which on a path is hot, in percent
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = percent)]
    hot_path: f64,

    /// How to write it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

/// How a capture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    /// A table of the benchmarks
    Csv,
    /// A table of their functions
    CsvFunctions,
}

pub(super) fn execute(
    arguments: &ShowArgs,
    store: &StoreArgs,
    config: &ConfigArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let config = rules::load(config)?;
    let store = folder::existing(store)?;
    let stored = chosen::one(arguments.capture.as_deref(), &store, console)?;
    let shown = Shown::read(&stored, &arguments.benchmarks, &config)?;
    let options = ShowOptions { top: arguments.top, hot_path: arguments.hot_path / 100.0 };
    let text = match arguments.format {
        Format::Json => json::show(&shown.input()),
        Format::Csv => csv::show_benchmarks(&shown.input()),
        Format::CsvFunctions => csv::show_functions(&shown.input()),
        Format::Text => {
            let view = ShowView::new(&shown.input(), &options);
            DisplayShow { view: &view, layout: layout(console) }.to_string()
        }
    };
    console.write_stdout(&text).map_err(Error::Stdout)?;
    Ok(ExitStatus::Success)
}
