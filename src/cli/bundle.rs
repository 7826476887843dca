//! `cargo perfbase bundle`

use camino::Utf8PathBuf;
use clap::Args;

use super::check;
use super::compared::{Compared, JudgingArgs, What};
use super::folder::{self, StoreArgs};
use super::output::OutputFile;
use super::rules::{self, ConfigArgs};
use super::shown::Shown;
use crate::bundle::{self, File, Index, PROFILES};
use crate::config::Config;
use crate::console::Console;
use crate::error::{Error, ExitStatus};
use crate::model::{BenchmarkId, Label};
use crate::render::{csv, json, markdown};
use crate::store::{Part, StoredCapture};
use crate::view::{BaselineView, GateView};

/// Arguments of `bundle`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo perfbase bundle pre-refactor post-refactor --output refactor.tar.gz\n  \
    tar xzf refactor.tar.gz && cd perfbase-bundle && sha256sum -c SHA256SUMS\n  \
    cargo perfbase import refactor.tar.gz")]
pub struct BundleArgs {
    /// Labels of captures; further ones are compared with the first
    #[arg(value_name = "LABEL", required = true)]
    captures: Vec<String>,

    /// The archive [default: the labels with `-to-` between them, .tar.gz]
    #[arg(long, short, value_name = "FILE")]
    output: Option<Utf8PathBuf>,

    /// How to compare.
    #[command(flatten)]
    judging: JudgingArgs,
}

pub(super) fn execute(
    arguments: &BundleArgs,
    store: &StoreArgs,
    config: &ConfigArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let config = rules::load(config)?;
    let store = folder::existing(store)?;
    let mut captures: Vec<StoredCapture> = Vec::new();
    for label in &arguments.captures {
        let stored = store.find(label)?;
        let label = &stored.capture().label;
        let same = |other: &StoredCapture| {
            other.capture().label.as_str().eq_ignore_ascii_case(label.as_str())
        };
        if captures.iter().any(same) {
            return Err(Error::usage(
                format!("two captures of the name `{label}` cannot be in one bundle"),
                "name each of them once",
            ));
        }
        captures.push(stored);
    }
    let labels: Vec<Label> = captures.iter().map(|one| one.capture().label.clone()).collect();
    let path = arguments.output.clone().unwrap_or_else(|| default_name(&labels).into());
    if path == "-" {
        return Err(Error::usage(
            "an archive cannot go to stdout",
            format!("name a file: --output {}", default_name(&labels)),
        ));
    }
    let output = OutputFile::open(path.as_std_path())?;

    let mut files = Vec::new();
    let mut baselines = Vec::new();
    for stored in &captures {
        let label = &stored.capture().label;
        for (path, bytes) in stored.files()? {
            files.push(File { path: format!("{PROFILES}/{label}/{path}"), bytes });
        }
        baselines.push(baseline(stored, &config, &arguments.judging, &mut files)?);
    }
    if let [base, others @ ..] = &captures[..] {
        for new in others {
            compare(base, new, &config, &arguments.judging, &mut files)?;
        }
    }
    let methodology = markdown::methodology(&baselines, captures.len() > 1);
    files.push(file("methodology.md", methodology));
    let number = files.len();
    let index = Index { perfbase: env!("CARGO_PKG_VERSION").to_owned(), captures: labels };
    let bytes = bundle::write(&index, files);
    output.write(&bytes)?;
    console.status("Bundled", &format!("{number} files in {path}"));
    Ok(ExitStatus::Success)
}

/// `a.tar.gz`, `a-to-b.tar.gz`.
fn default_name(labels: &[Label]) -> String {
    let names: Vec<&str> = match labels {
        [first, .., last] => vec![first.as_str(), last.as_str()],
        all => all.iter().map(Label::as_str).collect(),
    };
    format!("{}.tar.gz", names.join("-to-"))
}

fn file(path: &str, text: String) -> File {
    File { path: path.to_owned(), bytes: text.into_bytes() }
}

/// One capture's document and figures.
fn baseline(
    stored: &StoredCapture,
    config: &Config,
    judging: &JudgingArgs,
    files: &mut Vec<File>,
) -> Result<BaselineView, Error> {
    let label = &stored.capture().label;
    let shown = Shown::read(stored, &[], config)?;
    let input = shown.input();
    let verdict = check::verdict(stored, config, judging.inconclusive())?;
    let view = BaselineView::new(&input, judging.hot_share());
    // The picture that the capture has is beside the document.
    let picture = |id: &BenchmarkId| {
        stored.path_of(id, Part::Flamegraph).filter(|path| path.is_file())?;
        let folder = &stored.entry(id)?.folder;
        Some(format!("{PROFILES}/{label}/{folder}/{}", Part::Flamegraph.file_name()))
    };
    let gate = GateView::new(&verdict, input.capture.benchmarks.iter().map(|one| &one.id), true);
    let document = markdown::baseline(&view, gate.as_ref(), &picture);
    files.push(file(&format!("baseline-{label}.md"), document));
    files.push(file(&format!("baseline-{label}.json"), json::show(&input)));
    files.push(file(&format!("baseline-{label}.csv"), csv::show_benchmarks(&input)));
    files.push(file(&format!("baseline-{label}-functions.csv"), csv::show_functions(&input)));
    Ok(view)
}

/// Two captures compared, in all formats.
fn compare(
    base: &StoredCapture,
    new: &StoredCapture,
    config: &Config,
    judging: &JudgingArgs,
    files: &mut Vec<File>,
) -> Result<(), Error> {
    let what = What { base, new, benchmarks: &[], config, force: false };
    let compared = Compared::new(&what, judging, false)?;
    let comparison = &compared.comparison;
    let name = format!("comparison-{}-to-{}", base.capture().label, new.capture().label);
    files.push(file(&format!("{name}.md"), markdown::diff(&compared.view())));
    files.push(file(&format!("{name}.json"), json::diff(comparison, &compared.verdict)));
    files.push(file(&format!("{name}.csv"), csv::diff_benchmarks(comparison)));
    files.push(file(&format!("{name}-functions.csv"), csv::diff_functions(comparison)));
    Ok(())
}
