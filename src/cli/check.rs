//! `cargo perfbase check`

use clap::Args;

use super::chosen;
use super::folder::{self, StoreArgs};
use super::layout;
use super::output::ReportFormat as Format;
use super::reading::Reading;
use super::rules::{self, ConfigArgs, Inconclusive};
use super::selected;
use crate::config::Config;
use crate::console::Console;
use crate::diff;
use crate::error::{Error, ExitStatus};
use crate::gate::{self, Decision, Verdict};
use crate::render::{json, markdown, text};
use crate::store::StoredCapture;
use crate::view::CheckView;
use crate::workspace::Filter;

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo perfbase check post-refactor --inconclusive fail")]
pub struct CheckArgs {
    /// Label or folder of a capture [default: the newest]
    #[arg(value_name = "LABEL")]
    capture: Option<String>,

    /// How to write it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,

    /// What a rule means that the runs so far cannot decide [default: as perfbase.toml says, else pass]
    #[arg(long, value_enum, value_name = "OUTCOME")]
    inconclusive: Option<Inconclusive>,

    /// Show all rules that passed
    #[arg(long)]
    all: bool,
}

pub(super) fn execute(
    arguments: &CheckArgs,
    store: &StoreArgs,
    config: &ConfigArgs,
    console: &Console,
) -> Result<ExitStatus, Error> {
    let file = rules::find(config)?;
    let config = rules::load(config)?;
    let store = folder::existing(store)?;
    let stored = chosen::one(arguments.capture.as_deref(), &store, console)?;
    let verdict = verdict(&stored, &config, arguments.inconclusive)?;
    let side = Reading::new(&stored, &Filter::default());
    let ladders = diff::ladders(&side);
    side.finish()?;
    let capture = stored.capture();
    let written = match arguments.format {
        Format::Json => json::check(capture, &verdict, &ladders),
        Format::Text | Format::Markdown => {
            let view = CheckView::new(capture, &verdict, &ladders, arguments.all);
            match arguments.format {
                Format::Markdown => markdown::check(&view),
                _ => text::DisplayCheck { view: &view, layout: layout(console) }.to_string(),
            }
        }
    };
    console.write_stdout(&written).map_err(Error::Stdout)?;
    let two = config.rules.iter().filter(|rule| !rule.test.needs_one_capture()).count();
    if two > 0 && arguments.format == Format::Text {
        let need = if two == 1 { "rule needs" } else { "rules need" };
        console.note(&format!("{two} {need} two captures: cargo perfbase diff"));
    }
    if verdict.judged.is_empty() && two == 0 {
        console.note(&match file {
            None => {
                "there is no perfbase.toml here or above: cargo perfbase init writes one, with \
                     each kind of rule as a comment"
                    .to_owned()
            }
            Some(file) => format!(
                "{} has no rules: an [[objective]] is one, as in `cargo perfbase init` of a new \
                 workspace",
                file.display()
            ),
        });
    }
    Ok(status(verdict.decision))
}

/// What the rules for one capture say of one.
///
/// # Errors
/// What cannot be read.
pub(super) fn verdict(
    stored: &StoredCapture,
    config: &Config,
    inconclusive: Option<Inconclusive>,
) -> Result<Verdict, Error> {
    let side = Reading::new(stored, &Filter::default());
    let options = diff::Options { categories: config.categories.clone(), ..Default::default() };
    let is_partial = [selected::is_partial(stored.capture(), config); 2];
    let options = rules::options(&options, inconclusive, is_partial);
    let verdict = gate::check(config, &side, &options);
    side.finish()?;
    Ok(verdict)
}

/// A broken rule has an exit status of its own.
pub(super) fn status(decision: Decision) -> ExitStatus {
    match decision {
        Decision::NoGo => ExitStatus::NoGo,
        Decision::Go | Decision::None => ExitStatus::Success,
    }
}
