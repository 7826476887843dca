//! `cargo perfbase diff`

use std::borrow::Cow;
use std::path::Path;
use std::sync::Mutex;

use camino::Utf8PathBuf;
use clap::Args;

use super::check;
use super::folder::{self, StoreArgs};
use super::layout;
use super::output::{self, OutputFile, ReportFormat as Format};
use super::percent::percent;
use super::quality;
use super::rules::{self, ConfigArgs, Inconclusive};
use crate::config::Config;
use crate::console::Console;
use crate::diff::{self, BenchmarkDiff, Comparison, Side};
use crate::error::{Error, ExitStatus};
use crate::gate;
use crate::matching::{Hints, Rename};
use crate::model::{BenchmarkId, Capture, CountKind, Metrics, Profile, Timing};
use crate::process::Session;
use crate::render::flamegraph::{DifferentialOptions, differential};
use crate::render::{json, markdown, text};
use crate::store::{Arm, Store, StoreError, StoredCapture};
use crate::view::{self, DiffView, ViewOptions};
use crate::workspace::{self, Filter};

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo perfbase diff\n  \
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

    /// Functions and paths shown of each benchmark
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,

    /// Total share from which on a path is hot, in percent
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = percent)]
    hot_path: f64,

    /// A path of the base that has another name now, with all below it: `*` stands for text within
    /// a segment, `**` across segments
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<Rename>,

    /// What a rule means that the runs so far cannot decide [default: as perfbase.toml says, else
    /// pass]
    #[arg(long, value_enum, value_name = "OUTCOME")]
    inconclusive: Option<Inconclusive>,

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
    let (base, new) = sides(arguments, &store)?;
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
        self.format == Format::Text && self.output.is_none()
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
        Ok(Self {
            output: output::open(arguments.output.as_deref())?,
            svg: output::open(arguments.svg.as_deref())?,
        })
    }
}

/// What is reported on.
pub(super) struct What<'a> {
    pub(super) base: &'a StoredCapture,
    pub(super) new: &'a StoredCapture,
    /// Parts of names of benchmarks; empty for all.
    pub(super) benchmarks: &'a [String],
    /// The team's rules.
    pub(super) config: &'a Config,
    /// Whether verdicts are given on data of any quality.
    pub(super) force: bool,
}

/// Compares and writes.
pub(super) fn report(
    what: &What<'_>,
    arguments: &ReportArgs,
    all: bool,
    files: Files,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let hot_share = arguments.hot_path / 100.0;
    let options = diff::Options {
        hot_share: rules::hot_share(what.config, hot_share),
        categories: what.config.categories.clone(),
        hints: hints(arguments, what)?,
        ..Default::default()
    };
    let filter = Filter { patterns: what.benchmarks.to_vec(), exact: false };
    let (base, new) = (Reading::new(what.base, &filter), Reading::new(what.new, &filter));
    let comparison = compare(&base, &new, &options, what.config, what.force)?;
    if comparison.benchmarks.is_empty() && !what.benchmarks.is_empty() {
        return Err(Error::usage(
            format!(
                "no benchmark of either capture has {} in its name",
                what.benchmarks.join(" or ")
            ),
            "`cargo perfbase show LABEL` lists them",
        ));
    }
    let judging = rules::options(&options, arguments.inconclusive);
    let verdict = gate::judge(what.config, &comparison, [&base, &new], &judging);
    base.finish()?;
    new.finish()?;

    let written = match arguments.format {
        _ if arguments.explain.is_some() => explained(arguments, &comparison)?,
        Format::Json => json::diff(&comparison, &verdict),
        Format::Text | Format::Markdown => {
            let view = DiffView::new(
                &comparison,
                &verdict,
                &ViewOptions { top: arguments.top, all, hot_path: hot_share },
            );
            if arguments.format == Format::Markdown {
                markdown::diff(&view)
            } else if files.output.is_some() {
                text::DisplayDiff { view: &view, layout: text::Layout::plain(100) }.to_string()
            } else {
                text::DisplayDiff { view: &view, layout: layout(console) }.to_string()
            }
        }
    };
    match files.output {
        Some(file) => file.write(&written)?,
        None => console.write_stdout(&written).map_err(Error::Stdout)?,
    }
    if let Some(file) = files.svg {
        draw(&comparison, file, console)?;
    }
    Ok(check::status(verdict.decision))
}

/// What is known of a refactor: the user's renames, those of the command line first, and the files
/// that git saw moved.
fn hints(arguments: &ReportArgs, what: &What<'_>) -> Result<Hints, Error> {
    let (base, new) = (what.base.capture(), what.new.capture());
    let mut renames = arguments.rename.clone();
    renames.extend(rules::renames(what.config)?);
    let mut hints = Hints { renames, moved_files: Vec::new() };
    if let (Some(base), Some(new)) = (&base.commit, &new.commit)
        && (base.hash != new.hash || new.dirty)
        // Without it there is a rule less.
        && let Ok(session) = Session::start()
    {
        hints.moved_files = workspace::moved_files(&session, Path::new("."), base, new);
    }
    Ok(hints)
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

/// The two captures meant: those named, else the newest ones.
fn sides(arguments: &DiffArgs, store: &Store) -> Result<(StoredCapture, StoredCapture), Error> {
    let missing = |there: usize| {
        Error::usage(
            format!("a comparison needs two captures, and {} has {there}", store.root().display()),
            "make one before and one after the change: cargo perfbase capture --label NAME",
        )
    };
    match (&arguments.base, &arguments.new) {
        (Some(base), Some(new)) => Ok((store.find(base)?, store.find(new)?)),
        (Some(base), None) => {
            let base = store.find(base)?;
            let newest = store.newest(2)?;
            let there = newest.len();
            let other = newest
                .into_iter()
                .find(|stored| stored.capture().id != base.capture().id)
                .ok_or_else(|| missing(there))?;
            Ok((base, other))
        }
        (None, _) => {
            let mut newest = store.newest(2)?;
            if newest.len() < 2 {
                return Err(missing(newest.len()));
            }
            let base = newest.remove(1);
            Ok((base, newest.remove(0)))
        }
    }
}

/// One side, read as it is asked for; keeps the first error.
pub(super) struct Reading<'a> {
    stored: &'a StoredCapture,
    capture: Capture,
    error: Mutex<Option<StoreError>>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(stored: &'a StoredCapture, filter: &Filter) -> Self {
        let mut capture = stored.capture().clone();
        capture.benchmarks.retain(|entry| filter.takes(&entry.id));
        Self { stored, capture, error: Mutex::new(None) }
    }

    fn keep<T>(&self, result: Result<Option<T>, StoreError>) -> Option<T> {
        result.unwrap_or_else(|error| {
            self.error.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get_or_insert(error);
            None
        })
    }

    /// # Errors
    /// The first that came up.
    pub(super) fn finish(self) -> Result<(), StoreError> {
        let error = self.error.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        error.map_or(Ok(()), Err)
    }
}

impl Side for Reading<'_> {
    fn capture(&self) -> &Capture {
        &self.capture
    }
    fn timing(&self, id: &BenchmarkId) -> Option<Cow<'_, Timing>> {
        self.keep(self.stored.timing(id, Arm::Own)).map(Cow::Owned)
    }
    fn profile(&self, id: &BenchmarkId) -> Option<Cow<'_, Profile>> {
        self.keep(self.stored.profile(id, Arm::Own)).map(Cow::Owned)
    }
    fn timing_beside(&self, id: &BenchmarkId) -> Option<Cow<'_, Timing>> {
        self.keep(self.stored.timing(id, Arm::Base)).map(Cow::Owned)
    }
    fn profile_beside(&self, id: &BenchmarkId) -> Option<Cow<'_, Profile>> {
        self.keep(self.stored.profile(id, Arm::Base)).map(Cow::Owned)
    }
    fn count(&self, id: &BenchmarkId, kind: CountKind) -> Option<Cow<'_, Profile>> {
        self.keep(self.stored.count(id, Arm::Own, kind)).map(Cow::Owned)
    }
    fn count_beside(&self, id: &BenchmarkId, kind: CountKind) -> Option<Cow<'_, Profile>> {
        self.keep(self.stored.count(id, Arm::Base, kind)).map(Cow::Owned)
    }
    fn metrics(&self, id: &BenchmarkId) -> Option<Cow<'_, Metrics>> {
        self.keep(self.stored.metrics(id, Arm::Own)).map(Cow::Owned)
    }
    fn metrics_beside(&self, id: &BenchmarkId) -> Option<Cow<'_, Metrics>> {
        self.keep(self.stored.metrics(id, Arm::Base)).map(Cow::Owned)
    }
}

/// Compares, and questions what the data cannot carry unless `force`d not to.
///
/// # Errors
/// What cannot be read.
pub(super) fn compare(
    base: &Reading<'_>,
    new: &Reading<'_>,
    options: &diff::Options,
    config: &Config,
    force: bool,
) -> Result<Comparison, Error> {
    let mut comparison = diff::compare(base, new, options);
    let findings = quality::of_comparison([base.stored, new.stored], &comparison, config)?;
    diff::question(&mut comparison, findings, force);
    Ok(comparison)
}

/// One picture for each benchmark with a profile; `file` is the first one's when there are more,
/// their names go into the files' names.
fn draw(comparison: &Comparison, file: OutputFile, console: &Console) -> Result<(), Error> {
    let drawn: Vec<&BenchmarkDiff> =
        comparison.benchmarks.iter().filter(|benchmark| benchmark.profile.is_some()).collect();
    match drawn[..] {
        [] => console.warning("there is nothing to draw: neither capture has profiles"),
        [benchmark] => write_svg(benchmark, comparison, file, console)?,
        _ => {
            // The name itself was tried only; each benchmark gets one of its own.
            let path = file.path().to_owned();
            drop(file);
            for benchmark in drawn {
                let slug = crate::store::folder_of(&benchmark.id).replace('/', "-");
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                let path = path.with_file_name(format!("{stem}-{slug}.svg"));
                write_svg(benchmark, comparison, OutputFile::open(&path)?, console)?;
            }
        }
    }
    Ok(())
}

fn write_svg(
    benchmark: &BenchmarkDiff,
    comparison: &Comparison,
    file: OutputFile,
    console: &Console,
) -> Result<(), Error> {
    let Some(profile) = &benchmark.profile else { return Ok(()) };
    let title = format!("{}: {} → {}", benchmark.id, comparison.base.label, comparison.new.label);
    let options = DifferentialOptions { title: &title, unit: profile.unit };
    let path = file.path().display().to_string();
    file.write(&differential(&profile.tree, &options))?;
    console.status("Drew", &path);
    Ok(())
}
