//! `cargo perfbase diff`

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::check;
use super::chosen;
use super::compared::{Compared, JudgingArgs, What};
use super::folder::{self, StoreArgs};
use super::layout;
use super::output::{self, OutputFile, STDOUT};
use super::pictures;
use super::rules::{self, ConfigArgs};
use crate::console::{Console, Verbosity};
use crate::diff::Comparison;
use crate::error::{Error, ExitStatus};
use crate::render::{csv, json, markdown, text};
use crate::view;

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo perfbase diff\n  \
    cargo perfbase diff pre-refactor post-refactor -v\n  \
    cargo perfbase diff pre-refactor post-refactor --svg diff.svg\n  \
    cargo perfbase diff --format markdown --output comment.md\n  \
    cargo perfbase diff --rename 'app::old=app::new' --explain app::new::parse")]
pub struct DiffArgs {
    /// Label or folder of the capture to compare against [default: the second newest]
    #[arg(value_name = "BASE")]
    base: Option<String>,

    /// Label or folder of the capture to judge [default: the newest]
    #[arg(value_name = "NEW")]
    new: Option<String>,

    /// Only benchmarks whose name contains this
    #[arg(long, short, value_name = "NAME")]
    benchmark: Vec<String>,

    /// How to report.
    #[command(flatten)]
    report: ReportArgs,

    /// Show everything, also what did not change
    #[arg(long)]
    all: bool,

    /// Give verdicts also where the quality of the data forbids them
    #[arg(long)]
    force: bool,
}

/// How a comparison is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Markdown,
    /// A table of the benchmarks
    Csv,
    /// A table of their functions
    CsvFunctions,
}

/// How a comparison is reported.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// How to write it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,

    /// Write to this file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    output: Option<Utf8PathBuf>,

    /// Draw a differential flamegraph; with several benchmarks one file each, FILE-benchmark.svg
    #[arg(long, value_name = "FILE")]
    svg: Option<Utf8PathBuf>,

    /// How to compare.
    #[command(flatten)]
    judging: JudgingArgs,

    /// Tell why functions with this in their name were matched as they were, or were not
    #[arg(long, value_name = "FUNCTION", conflicts_with_all = ["format", "svg"])]
    explain: Option<String>,
}

pub(super) fn execute(
    arguments: &DiffArgs,
    store: &StoreArgs,
    config: &ConfigArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    // A file that cannot be written is told before any work.
    let files = Files::open(&arguments.report)?;
    let config = rules::load(config)?;
    let store = folder::existing(store)?;
    let (base, new) =
        chosen::two(arguments.base.as_deref(), arguments.new.as_deref(), &store, console)?;
    if arguments.base.is_none() || arguments.new.is_none() {
        console.status("Comparing", &format!("{} → {}", base.capture().label, new.capture().label));
    }
    let what = What {
        base: &base,
        new: &new,
        benchmarks: &arguments.benchmark,
        config: &config,
        force: arguments.force,
    };
    report(&what, &arguments.report, arguments.all, files, console)
}

impl ReportArgs {
    /// Whether lines for people may follow the report.
    pub(super) fn is_for_people_on_stdout(&self) -> bool {
        let is_stdout = self.output.as_deref().is_none_or(|path| path == STDOUT);
        self.format == Format::Text && is_stdout
    }
}

/// The files that a report is written to.
pub(super) struct Files {
    output: Option<OutputFile>,
    svg: Option<OutputFile>,
}

impl Files {
    /// # Errors
    /// One that cannot be written.
    pub(super) fn open(arguments: &ReportArgs) -> Result<Self, Error> {
        if arguments.svg.as_deref().is_some_and(|path| path == STDOUT) {
            return Err(Error::usage(
                "pictures cannot go to stdout, where the report goes",
                "name a file for them: --svg diff.svg",
            ));
        }
        Ok(Self {
            output: output::open(arguments.output.as_deref())?,
            svg: output::open(arguments.svg.as_deref())?,
        })
    }
}

/// Compares and writes.
pub(super) fn report(
    what: &What<'_>,
    arguments: &ReportArgs,
    all: bool,
    files: Files,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let mut compared = Compared::new(what, &arguments.judging, all)?;
    compared.options.call_paths = console.verbosity() == Verbosity::Verbose;
    let Compared { comparison, verdict, .. } = &compared;
    let text = |layout| text::DisplayDiff { view: &compared.view(), layout }.to_string();
    let written = match arguments.format {
        _ if arguments.explain.is_some() => explained(arguments, comparison)?,
        Format::Json => json::diff(comparison, verdict),
        Format::Csv => csv::diff_benchmarks(comparison),
        Format::CsvFunctions => csv::diff_functions(comparison),
        Format::Markdown => markdown::diff(&compared.view()),
        Format::Text if files.output.is_some() => text(text::Layout::plain(100)),
        Format::Text => text(layout(console)),
    };
    match files.output {
        Some(file) => file.write(&written)?,
        None => console.write_stdout(&written).map_err(Error::Stdout)?,
    }
    if let Some(file) = files.svg {
        pictures::draw(comparison, file, console)?;
    }
    Ok(check::status(verdict.decision))
}

/// Why functions were matched as they were.
fn explained(arguments: &ReportArgs, comparison: &Comparison) -> Result<String, Error> {
    let text = arguments.explain.as_deref().unwrap_or_default();
    let explained = view::explain(comparison, text);
    if explained.is_empty() {
        return Err(Error::usage(
            format!("no function of either capture has '{text}' in its name"),
            "`cargo perfbase diff --all` lists them",
        ));
    }
    Ok(text::explained(&explained))
}
