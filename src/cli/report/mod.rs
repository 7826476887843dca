//! `cargo perfbase report`
//!
//! One capture, or two compared, as files for people and programs: each format is a file here with
//! a function that takes the [`Subject`] and where to write. A new format is an argument of
//! [`FormatArgs`], an entry in [`Outputs::open`] and one in [`Outputs::write`].
//!
//! Deliberately absent: an exit status by rules, which is `diff`'s and `check`'s; and any figure
//! or word, which are `view`'s.

mod csv;
mod html;
mod json;
mod markdown;
mod pictures;
mod subject;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::check;
use super::chosen;
use super::compared::{Compared, JudgingArgs, What};
use super::folder::{self, StoreArgs};
use super::output::{Destination, Folder};
use super::rules::{self, ConfigArgs};
use super::shown::Shown;
use crate::console::Console;
use crate::error::{Error, ExitStatus};
use subject::Subject;

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo perfbase report pre-refactor --markdown baseline.md --svg flamegraphs\n  \
    cargo perfbase report --html report.html\n  \
    cargo perfbase report pre-refactor post-refactor --markdown --json diff.json")]
pub struct ReportArgs {
    /// Label or folder of one capture to report on, or of two to compare, the base first
    /// [default: the two newest]
    #[arg(value_name = "LABEL", num_args = 0..=2)]
    captures: Vec<String>,

    /// Only benchmarks whose name contains this
    #[arg(long, short, value_name = "NAME")]
    benchmark: Vec<String>,

    /// What to write.
    #[command(flatten)]
    formats: FormatArgs,

    /// How to compare.
    #[command(flatten)]
    judging: JudgingArgs,

    /// Tell everything, also what did not change
    #[arg(long)]
    all: bool,

    /// Give verdicts also where the quality of the data forbids them
    #[arg(long)]
    force: bool,
}

/// The formats, any number of them.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct FormatArgs {
    /// A document: of one capture its baseline, of two a pull request's comment [default: stdout]
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    markdown: Option<Utf8PathBuf>,

    /// Tables for spreadsheets: benchmarks in FILE, functions in FILE-functions
    #[arg(long, value_name = "FILE")]
    csv: Option<Utf8PathBuf>,

    /// A page to look around in: one file that needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<Utf8PathBuf>,

    /// All figures, unrounded, for programs
    #[arg(long, value_name = "FILE")]
    json: Option<Utf8PathBuf>,

    /// Flamegraphs, one file for each benchmark
    #[arg(long, value_name = "DIR")]
    svg: Option<Utf8PathBuf>,

    /// The same as PNG
    #[arg(long, value_name = "DIR")]
    png: Option<Utf8PathBuf>,
}

impl FormatArgs {
    /// Where a document finds flamegraphs, and their ending: more readers show PNG.
    fn pictures(&self) -> Option<(&Utf8Path, &str)> {
        let png = self.png.as_deref().map(|folder| (folder, "png"));
        png.or(self.svg.as_deref().map(|folder| (folder, "svg")))
    }
}

pub(super) fn execute(
    arguments: &ReportArgs,
    store: &StoreArgs,
    config: &ConfigArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let config = rules::load(config)?;
    let store = folder::existing(store)?;
    // The word behind `--markdown` is its file's name, and seldom meant to be a label's.
    if let Some(path) = &arguments.formats.markdown
        && !path.exists()
        && store.find(path.as_str()).is_ok()
    {
        return Err(Error::usage(
            format!("`--markdown {path}` would write a file by the name of a capture"),
            format!("name captures first: cargo perfbase report {path} --markdown"),
        ));
    }
    let captures = match &arguments.captures[..] {
        [one] => (chosen::one(Some(one), &store, console)?, None),
        [] if let [one] = &store.newest(2)?[..] => {
            return Err(Error::usage(
                format!("a comparison needs two captures, and {} has 1", store.root().display()),
                format!(
                    "name it for a report on it alone: cargo perfbase report {}",
                    one.capture().label
                ),
            ));
        }
        two => {
            let label = |at: usize| two.get(at).map(String::as_str);
            let (base, new) = chosen::two(label(0), label(1), &store, console)?;
            (base, Some(new))
        }
    };
    // A file that cannot be written is told before any work.
    let outputs = Outputs::open(&arguments.formats)?;
    let subject = match &captures {
        (stored, None) => {
            let inconclusive = arguments.judging.inconclusive();
            Subject::Capture {
                shown: Shown::read(stored, &arguments.benchmark, &config)?,
                verdict: check::verdict(stored, &config, inconclusive)?,
                hot_share: arguments.judging.hot_share(),
            }
        }
        (base, Some(new)) => {
            let what = What {
                base,
                new,
                benchmarks: &arguments.benchmark,
                config: &config,
                force: arguments.force,
            };
            let compared = Box::new(Compared::new(&what, &arguments.judging, arguments.all)?);
            Subject::Comparison { base, new, compared }
        }
    };
    if arguments.captures.len() < 2 {
        console.status("Reporting", &subject.title());
    }
    outputs.write(&arguments.formats, &subject, console)?;
    Ok(ExitStatus::Success)
}

/// # Errors
/// Files that would be written into twice, and folders that are meant to be stdout.
fn check_distinct(arguments: &FormatArgs) -> Result<(), Error> {
    let FormatArgs { markdown, csv, html, json, svg, png } = arguments;
    if [svg, png].into_iter().flatten().any(|folder| folder == "-") {
        return Err(Error::usage(
            "pictures cannot go to stdout: they are several files",
            "name a folder for them: --svg flamegraphs",
        ));
    }
    let functions = csv.as_deref().map(csv::beside);
    let files: Vec<&Utf8PathBuf> = [markdown, csv, html, json, &functions]
        .into_iter()
        .flatten()
        .filter(|path| *path != "-")
        .collect();
    let twice = files.iter().enumerate().find(|(at, path)| files[..*at].contains(path));
    match twice {
        Some((_, path)) => Err(Error::usage(
            format!("two reports cannot both be in {path}"),
            "give each of them a file of its own",
        )),
        None => Ok(()),
    }
}

/// Where each format goes that was asked for.
struct Outputs {
    markdown: Option<Destination>,
    csv: Option<csv::Tables>,
    html: Option<Destination>,
    json: Option<Destination>,
    svg: Option<Folder>,
    png: Option<Folder>,
}

impl Outputs {
    /// # Errors
    /// What cannot be written, and two reports on one stdout.
    fn open(arguments: &FormatArgs) -> Result<Self, Error> {
        let FormatArgs { markdown, csv, html, json, svg, png } = arguments;
        let on_stdout =
            [markdown, html, json].into_iter().flatten().filter(|path| *path == "-").count();
        if on_stdout > 1 {
            return Err(Error::usage(
                "two reports cannot both go to stdout",
                "name a file for all but one of them: --json FILE",
            ));
        }
        check_distinct(arguments)?;
        let file = |path: &Option<Utf8PathBuf>| path.as_deref().map(Destination::open).transpose();
        let folder = |path: &Option<Utf8PathBuf>| path.as_deref().map(Folder::open).transpose();
        let csv = csv.as_deref().map(csv::Tables::open).transpose()?;
        Ok(Self {
            markdown: file(markdown)?,
            csv,
            html: file(html)?,
            json: file(json)?,
            svg: folder(svg)?,
            png: folder(png)?,
        })
    }

    fn write(
        self,
        formats: &FormatArgs,
        subject: &Subject<'_>,
        console: &Console,
    ) -> Result<(), Error> {
        if let Some(to) = self.markdown {
            let pictures = formats.pictures();
            let path = formats.markdown.as_deref().unwrap_or(Utf8Path::new("-"));
            to.write(&markdown::document(subject, path, pictures), console)?;
        }
        if let Some(to) = self.csv {
            to.write(subject, console)?;
        }
        if let Some(to) = self.html {
            to.write(&html::document(subject)?, console)?;
        }
        if let Some(to) = self.json {
            to.write(&json::document(subject), console)?;
        }
        if let Some(to) = self.svg {
            pictures::write(subject, pictures::Format::Svg, &to, console)?;
        }
        if let Some(to) = self.png {
            pictures::write(subject, pictures::Format::Png, &to, console)?;
        }
        Ok(())
    }
}
