//! What a user types. Each command's own arguments stand in the command's file.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand, ValueEnum};

use super::folder::StoreArgs;
use super::rules::ConfigArgs;
use super::{
    ab, audit, bundle, capture, check, completions, diff, doctor, import, init, list, man, remove,
    report, show,
};
use crate::console::{ColorChoice, Verbosity};

/// cargo's own colours.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Timings and profiles of benchmarks before and after a change: what got slower or faster, by
/// how much, in which functions.
#[derive(Debug, Parser)]
#[command(name = "cargo perfbase", bin_name = "cargo perfbase", version, styles = STYLES)]
#[command(after_help = "Start with:\n  \
    cargo perfbase capture --label pre-refactor\n  \
    (change something)\n  \
    cargo perfbase capture --label post-refactor\n  \
    cargo perfbase diff")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Where captures are kept.
    #[command(flatten)]
    pub store: StoreArgs,

    /// Where the rules stand.
    #[command(flatten)]
    pub config: ConfigArgs,

    /// Coloring: auto, always, never
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub color: Color,

    /// Say nothing but results and errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say which commands are run, too; in comparisons, by which calls functions are reached
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

impl Cli {
    /// How much to say.
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Time and profile benchmarks and tests as they are; store the result under a label
    #[command(visible_alias = "record")]
    Capture(Box<capture::CaptureArgs>),
    /// Build two commits, or one and the working tree; measure them in turns and compare them
    Ab(Box<ab::AbArgs>),
    /// Compare two captures: what got slower or faster, by how much, in which functions
    Diff(diff::DiffArgs),
    /// Judge one capture by the rules that need no other: objectives, claims, invariants
    Check(check::CheckArgs),
    /// Write documents and pictures of one capture, or of two compared
    Report(report::ReportArgs),
    /// Show one capture: timings, hottest functions and paths
    Show(show::ShowArgs),
    /// List the captures
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Remove captures
    #[command(visible_alias = "rm")]
    Remove(remove::RemoveArgs),
    /// Put captures with their reports into one archive that goes anywhere
    Bundle(bundle::BundleArgs),
    /// Take in a bundle's captures, or a perf.data file or samply profile recorded by hand
    Import(import::ImportArgs),
    /// Take stock of the workspace's benchmarks: which work, which are empty or placeholders, and why
    Audit(audit::AuditArgs),
    /// Write a commented perfbase.toml from what is in the workspace, or workflows for GitHub
    Init(init::InitArgs),
    /// Try the recorders, and look for what makes times scatter; say how to mend it
    Doctor(doctor::DoctorArgs),
    /// Print what makes a shell complete command lines
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write those of all commands
    Man(man::ManArgs),
}

/// When to use colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    /// When it is a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}
