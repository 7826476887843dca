//! Two captures compared and judged, for whoever reports on it.

use std::path::Path;

use clap::Args;

use super::percent::percent;
use super::quality;
use super::reading::Reading;
use super::rules::{self, Inconclusive};
use super::selected;
use crate::config::Config;
use crate::diff::{self, Comparison};
use crate::error::Error;
use crate::gate;
use crate::matching::{Hints, Rename};
use crate::process::Session;
use crate::store::StoredCapture;
use crate::view::{DiffView, ViewOptions};
use crate::workspace::{self, Filter};

/// How captures are compared, judged and cut to what is worth telling.
#[derive(Debug, Args)]
pub(super) struct JudgingArgs {
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
}

impl JudgingArgs {
    /// Total share from which on a path is hot.
    pub(super) fn hot_share(&self) -> f64 {
        self.hot_path / 100.0
    }

    /// What a rule means that the runs so far cannot decide.
    pub(super) fn inconclusive(&self) -> Option<Inconclusive> {
        self.inconclusive
    }
}

/// What is compared.
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

/// A comparison with what the rules say of it.
pub(super) struct Compared {
    pub(super) comparison: Comparison,
    pub(super) verdict: gate::Verdict,
    /// How much of it is shown.
    pub(super) options: ViewOptions,
}

impl Compared {
    /// Compares and judges; `all` is to be shown, or what is worth it.
    ///
    /// # Errors
    /// What cannot be read, and names of benchmarks that there are not.
    pub(super) fn new(what: &What<'_>, arguments: &JudgingArgs, all: bool) -> Result<Self, Error> {
        let hot_path = arguments.hot_share();
        let options = diff::Options {
            hot_share: rules::hot_share(what.config, hot_path),
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
        let is_partial = [what.base, what.new].map(|stored| {
            !what.benchmarks.is_empty() || selected::is_partial(stored.capture(), what.config)
        });
        let judging = rules::options(&options, arguments.inconclusive, is_partial);
        let verdict = gate::judge(what.config, &comparison, [&base, &new], &judging);
        base.finish()?;
        new.finish()?;
        let options = ViewOptions { top: arguments.top, all, hot_path, call_paths: false };
        Ok(Self { comparison, verdict, options })
    }

    /// What is shown of it.
    pub(super) fn view(&self) -> DiffView {
        DiffView::new(&self.comparison, &self.verdict, &self.options)
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
    let findings = quality::of_comparison([base.stored(), new.stored()], &comparison, config)?;
    diff::question(&mut comparison, findings, force);
    Ok(comparison)
}

/// What is known of a refactor: the user's renames, those of the command line first, and the files
/// that git saw moved.
fn hints(arguments: &JudgingArgs, what: &What<'_>) -> Result<Hints, Error> {
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
