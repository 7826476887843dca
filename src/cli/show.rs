//! `cargo perfbase show`

use clap::Args;

use super::folder::{self, StoreArgs};
use super::layout;
use super::output::Format;
use super::percent::percent;
use super::quality;
use super::rules::{self, ConfigArgs};
use crate::config::Config;
use crate::console::Console;
use crate::diff;
use crate::error::{Error, ExitStatus};
use crate::model::{BenchmarkEntry, Profile, Timing};
use crate::render::json;
use crate::render::text::DisplayShow;
use crate::store::{Arm, StoredCapture};
use crate::view::{ShowBenchmark, ShowInput, ShowOptions, ShowView};
use crate::workspace::Filter;

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

/// What was read of one benchmark.
struct Read<'a> {
    entry: &'a BenchmarkEntry,
    timing: Option<Timing>,
    profile: Option<Profile>,
    counts: Vec<Profile>,
}

pub(super) fn execute(
    arguments: &ShowArgs,
    store: &StoreArgs,
    config: &ConfigArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let config = rules::load(config)?;
    let store = folder::existing(store)?;
    let stored = match &arguments.capture {
        Some(label) => store.find(label)?,
        None => store.newest(1)?.pop().ok_or_else(|| {
            Error::usage(
                format!("there is no capture in {}", store.root().display()),
                "make one: cargo perfbase capture --label NAME",
            )
        })?,
    };
    let filter = Filter { patterns: arguments.benchmarks.clone(), exact: false };
    let entries: Vec<&BenchmarkEntry> =
        stored.capture().benchmarks.iter().filter(|entry| filter.takes(&entry.id)).collect();
    if entries.is_empty() && !arguments.benchmarks.is_empty() {
        let known: Vec<String> =
            stored.capture().benchmarks.iter().map(|entry| entry.id.to_string()).collect();
        return Err(Error::usage(
            format!(
                "no benchmark of this capture has {} in its name",
                arguments.benchmarks.join(" or ")
            ),
            format!("it has: {}", known.join(", ")),
        ));
    }
    let options = ShowOptions { top: arguments.top, hot_path: arguments.hot_path / 100.0 };
    let text = with_input(&stored, &entries, &config, |input| match arguments.format {
        Format::Json => json::show(input),
        Format::Text => {
            let view = ShowView::new(input, &options);
            DisplayShow { view: &view, layout: layout(console) }.to_string()
        }
    })?;
    console.write_stdout(&text).map_err(Error::Stdout)?;
    Ok(ExitStatus::Success)
}

/// Reads what `show` shows of some benchmarks of a capture.
pub(super) fn with_input<T>(
    stored: &StoredCapture,
    entries: &[&BenchmarkEntry],
    config: &Config,
    show: impl FnOnce(&ShowInput<'_>) -> T,
) -> Result<T, Error> {
    let mut all = Vec::new();
    for entry in entries {
        let timing = stored.timing(&entry.id, Arm::Own)?;
        let profile = stored.profile(&entry.id, Arm::Own)?;
        let mut counts = Vec::new();
        for summary in &entry.counts {
            counts.extend(stored.count(&entry.id, Arm::Own, summary.kind)?);
        }
        all.push(Read { entry, timing, profile, counts });
    }
    let benchmarks = all
        .iter()
        .map(|read| ShowBenchmark {
            entry: read.entry,
            timing: read.timing.as_ref(),
            summary: read.timing.as_ref().and_then(diff::summarize),
            profile: read.profile.as_ref(),
            counts: &read.counts,
        })
        .collect();
    let findings = quality::of_capture(stored, config)?;
    let capture = stored.capture();
    let categories = &config.categories;
    Ok(show(&ShowInput { capture, benchmarks, findings: &findings, categories }))
}
