//! What `ab` is asked for.

use clap::Args;

use crate::cli::capture::{CaptureArgs, MeasureArgs, SelectionArgs};
use crate::cli::diff::ReportArgs;
use crate::model::Label;

/// Arguments of `cargo perfbase ab`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo perfbase ab main\n  \
    cargo perfbase ab v1.2.0 v1.3.0 --bench parse\n  \
    cargo perfbase ab HEAD --benchmark sql_functions -- --sample-size 50\n  \
    cargo perfbase ab main HEAD --steps")]
pub struct AbArgs {
    /// The commit to compare against: a branch, a tag, a hash
    #[arg(value_name = "BASE")]
    pub(super) base: String,

    /// The commit to judge [default: the working tree as it is]
    #[arg(value_name = "HEAD")]
    pub(super) head: Option<String>,

    /// Only benchmarks and tests whose name contains this (or whose target's name does)
    #[arg(long, short, value_name = "NAME")]
    pub(super) benchmark: Vec<String>,

    /// Names given by --benchmark are whole names
    #[arg(long)]
    pub(super) exact: bool,

    /// Arguments for the benchmarks themselves; each goes to harnesses that know it
    #[arg(last = true, value_name = "ARGS")]
    pub(super) arguments: Vec<String>,

    /// Name of the base's capture [default: its short hash]
    #[arg(long, value_name = "LABEL")]
    pub(super) base_label: Option<Label>,

    /// Name of the other capture [default: its short hash, or working-tree]
    #[arg(long, short, value_name = "LABEL")]
    pub(super) label: Option<Label>,

    /// Replace captures of these names that `ab` did not make
    #[arg(long)]
    pub(super) force: bool,

    /// Measure each commit behind BASE up to HEAD against the one before, and say which of them
    /// changed what
    #[arg(long, conflicts_with_all = [
        "label", "base_label", "format", "output", "svg", "rename", "explain",
    ])]
    pub(super) steps: bool,

    /// Build each side so often, with functions in another order each time, and average: where they
    /// happen to lie moves times by up to 3 % (needs lld, which rustc has on x86-64 Linux)
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) layouts: u32,

    /// How to measure.
    #[command(flatten)]
    pub(super) measure: MeasureArgs,

    /// Which targets, as for cargo.
    #[command(flatten)]
    pub(super) selection: SelectionArgs,

    /// How to report.
    #[command(flatten, next_help_heading = "Report")]
    pub(super) report: ReportArgs,

    /// Show everything, also what did not change
    #[arg(long, help_heading = "Report")]
    pub(super) show_all: bool,
}

impl AbArgs {
    /// What is measured and how, as for a capture.
    pub(in crate::cli) fn capture(&self) -> CaptureArgs {
        CaptureArgs::plain(
            &self.benchmark,
            self.exact,
            &self.arguments,
            &self.measure,
            &self.selection,
        )
    }
}
