//! What `capture` is asked for: cargo's own words where cargo has them.

use std::time::Duration;

use camino::Utf8PathBuf;
use clap::{ArgMatches, Args, ValueEnum};

use super::words::{self, Verb};
use crate::error::Error;
use crate::model::Label;
use crate::workspace::Selection;

/// Arguments of `cargo perfbase capture`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  \
    cargo perfbase capture --label pre-refactor\n  \
    cargo perfbase capture --label sql --package shared --features benchmarks sql_functions\n  \
    cargo perfbase capture --label e2e --bench e2e_latency -- --profile-time=60\n  \
    cargo perfbase capture --label linear --test e2e_tests e2e::rust::simple::test_linear")]
pub struct CaptureArgs {
    /// Name of the capture [default: the time, as 2026-11-20T22-58-36Z]
    #[arg(long, short, value_name = "LABEL")]
    pub label: Option<Label>,

    /// Only benchmarks and tests whose name contains this (or whose target's name does)
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,

    /// Filters are whole names
    #[arg(long)]
    pub exact: bool,

    /// Arguments for the benchmarks themselves; each goes to harnesses that know it
    #[arg(last = true, value_name = "ARGS")]
    pub arguments: Vec<String>,

    /// Only this entry of the plan in perfbase.toml, which is for captures that select nothing
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,

    /// How to measure.
    #[command(flatten)]
    pub measure: MeasureArgs,

    /// Replace a capture of this label once the new one is complete
    #[arg(long, conflicts_with = "append")]
    pub force: bool,

    /// Add runs to the capture of this label; target, toolchain and machine have to be the same
    #[arg(long)]
    pub append: bool,

    /// The capture to measure in turns with, or `none` [default: the newest comparable one whose
    /// executables are still kept]
    #[arg(long, value_name = "LABEL")]
    pub against: Option<Against>,

    /// Do not keep the executables for later comparisons
    #[arg(long)]
    pub no_keep: bool,

    /// The cargo command that stood behind `capture`, if any.
    #[arg(skip)]
    pub(super) verb: Option<Verb>,

    /// Which targets, as for cargo.
    #[command(flatten)]
    pub selection: SelectionArgs,
}

/// What `--against` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Against {
    /// No other capture.
    None,
    /// This one.
    Label(Label),
}

impl std::str::FromStr for Against {
    type Err = <Label as std::str::FromStr>::Err;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" { Ok(Self::None) } else { text.parse().map(Self::Label) }
    }
}

/// How to measure: processes, times, profiler.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Measurement")]
pub struct MeasureArgs {
    /// Processes per benchmark for timing, or pairs of them, and as many for profiling [default:
    /// 10, in pairs 32, fewer where they take long]; 0 leaves both out: counts only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub runs: Option<u32>,

    /// Processes per benchmark for profiling, or pairs of them [default: 6, or as --runs says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub profile_runs: Option<u32>,

    /// Add pairs until each benchmark's change is known to be beyond or within this many percent
    #[arg(long, value_name = "PERCENT", value_parser = precision)]
    pub precision: Option<f64>,

    /// Seconds for measuring all benchmarks; what is left after a round goes where the intervals
    /// are widest
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub max_time: Option<Duration>,

    /// Seconds measured in each timing run (after half as long a warm-up)
    #[arg(long, value_name = "SECONDS", default_value = "0.15", value_parser = seconds)]
    pub time: Duration,

    /// Seconds profiled in each profiling run
    #[arg(long, value_name = "SECONDS", default_value = "0.6", value_parser = seconds)]
    pub profile_time: Duration,

    /// Who records profiles: one that samples time, and any that count exactly, as auto,callgrind
    #[arg(
        long,
        value_enum,
        value_name = "PROFILER",
        value_delimiter = ',',
        default_value = "auto"
    )]
    pub profiler: Vec<Profiler>,

    /// Options for callgrind, as "--cache-sim=yes --branch-sim=yes"
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub callgrind_args: Option<String>,

    /// Samples per second of CPU time
    #[arg(long, value_name = "HZ", default_value_t = 997, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub frequency: u32,

    /// Seconds after which a run is given up and its processes are killed
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = seconds)]
    pub timeout: Duration,
}

/// How often it is looked at most whether there are pairs enough: the number doubles each time.
const LOOKS: u32 = 5;

impl MeasureArgs {
    /// Whether nothing is timed or sampled.
    pub(super) fn only_counts(&self) -> bool {
        self.runs == Some(0) && !self.samples()
    }

    /// Whether anything is profiled: by default as often as it is timed.
    pub(super) fn samples(&self) -> bool {
        self.profile_runs.or(self.runs) != Some(0)
    }

    /// The same for a share of what is to be measured.
    pub(super) fn share(&self, share: f64) -> Self {
        let max_time = self.max_time.map(|time| time.mul_f64(share));
        Self { max_time, ..self.clone() }
    }

    /// How often it is looked at most whether there are pairs enough.
    pub(super) fn looks(&self) -> u32 {
        if self.precision.is_some() { LOOKS } else { 1 }
    }
}

/// A share as people write it: `1`, `0.5%`.
fn precision(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').trim_end();
    number
        .parse::<f64>()
        .ok()
        .filter(|percent| (0.01..=50.0).contains(percent))
        .map(|percent| percent / 100.0)
        .ok_or_else(|| "a number of percent from 0.01 to 50, as 1 or 0.5%".to_owned())
}

/// Who records profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profiler {
    /// The best that works here.
    Auto,
    /// Linux perf.
    Perf,
    /// samply.
    Samply,
    /// The sampler that is built in; needs no permission (Linux).
    Embedded,
    /// valgrind's callgrind: instructions, exactly; no noise, whatever else the machine does.
    Callgrind,
    /// valgrind's DHAT: allocated bytes and blocks, exactly.
    Dhat,
    /// Nobody: timings only.
    None,
}

/// cargo's selection of packages, targets and features.
#[derive(Clone, Debug, Args)]
pub struct SelectionArgs {
    /// Only this package
    #[arg(long, short, value_name = "SPEC", help_heading = "Selection")]
    pub package: Vec<String>,
    /// All packages of the workspace
    #[arg(long, alias = "all", help_heading = "Selection")]
    pub workspace: bool,
    /// All packages but this one
    #[arg(long, value_name = "SPEC", requires = "workspace", help_heading = "Selection")]
    pub exclude: Vec<String>,
    /// Only this bench target
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    pub bench: Vec<String>,
    /// All bench targets (the default)
    #[arg(long, help_heading = "Selection")]
    pub benches: bool,
    /// Only this test target
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    pub test: Vec<String>,
    /// All tests
    #[arg(long, help_heading = "Selection")]
    pub tests: bool,
    /// The library's own tests and benchmarks
    #[arg(long, help_heading = "Selection")]
    pub lib: bool,
    /// This program, as a whole process
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    pub bin: Vec<String>,
    /// This example, as a whole process
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    pub example: Vec<String>,

    /// Features to activate
    #[arg(long, short = 'F', value_name = "FEATURES", help_heading = "Build")]
    pub features: Vec<String>,
    /// Activate all features
    #[arg(long, help_heading = "Build")]
    pub all_features: bool,
    /// Do not activate the default feature
    #[arg(long, help_heading = "Build")]
    pub no_default_features: bool,
    /// Build with this profile instead of the release-grade one
    #[arg(long, value_name = "NAME", help_heading = "Build")]
    pub profile: Option<String>,
    /// Build for this target triple
    #[arg(long, value_name = "TRIPLE", help_heading = "Build")]
    pub target: Option<String>,
    /// Folder for build products
    #[arg(long, value_name = "DIR", help_heading = "Build")]
    pub target_dir: Option<Utf8PathBuf>,
    /// Number of parallel build jobs
    #[arg(long, short, value_name = "N", help_heading = "Build")]
    pub jobs: Option<String>,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH", help_heading = "Build")]
    pub manifest_path: Option<Utf8PathBuf>,
    /// Cargo.lock must not change
    #[arg(long, help_heading = "Build")]
    pub locked: bool,
    /// No network
    #[arg(long, help_heading = "Build")]
    pub offline: bool,
    /// As --locked and --offline
    #[arg(long, help_heading = "Build")]
    pub frozen: bool,

    /// For those who are used to it: builds are as for a release anyway.
    #[arg(long, short, hide = true)]
    pub release: bool,
    /// For those who are used to it: all benchmarks are run anyway.
    #[arg(long, hide = true)]
    pub no_fail_fast: bool,
}

/// Longest time that can be asked for, in seconds: eleven days. Sums of such times do not overflow.
pub(super) const LONGEST: f64 = 1e6;

/// Seconds as people write them: `2`, `0.5`.
fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .filter(|&seconds| seconds <= LONGEST)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "a number of seconds above 0 (and below a million), as 2 or 0.5".to_owned())
}

impl CaptureArgs {
    /// Understands cargo's own words behind `capture`.
    ///
    /// # Errors
    /// A command of cargo that cannot be captured.
    pub(in crate::cli) fn take_cargo_words(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        words::take(self, matches)
    }

    /// Whether targets, packages or benchmarks were chosen, in place of the plan.
    pub(super) fn is_selected(&self) -> bool {
        !self.selection().is_default() || !self.filters.is_empty() || self.verb.is_some()
    }

    /// Whether there may be benchmarks beside those that it chooses.
    pub(in crate::cli) fn is_partial(&self, has_plan: bool) -> bool {
        let arguments = &self.selection;
        let names = [
            &arguments.bench,
            &arguments.test,
            &arguments.example,
            &arguments.bin,
            &arguments.package,
            &arguments.exclude,
            &self.filters,
            &self.only,
        ];
        // A word for the benchmarks themselves is a filter of theirs, or an option's value.
        let is_filter = |word: &String| !word.starts_with('-');
        names.into_iter().any(|names| !names.is_empty())
            || arguments.lib
            || self.arguments.iter().any(is_filter)
            || (has_plan && self.is_selected())
    }

    /// What cargo is to build.
    pub(in crate::cli) fn selection(&self) -> Selection {
        let arguments = &self.selection;
        Selection {
            benches: arguments.bench.clone(),
            all_benches: arguments.benches,
            tests: arguments.test.clone(),
            all_tests: arguments.tests,
            lib: arguments.lib,
            bins: arguments.bin.clone(),
            all_bins: false,
            examples: arguments.example.clone(),
            all_examples: false,
            packages: arguments.package.clone(),
            workspace: arguments.workspace,
            exclude: arguments.exclude.clone(),
            features: arguments.features.clone(),
            all_features: arguments.all_features,
            no_default_features: arguments.no_default_features,
            profile: arguments.profile.clone(),
            target: arguments.target.clone(),
            target_dir: arguments.target_dir.clone().map(Into::into),
            manifest_path: arguments.manifest_path.clone().map(Into::into),
            locked: arguments.locked,
            offline: arguments.offline,
            frozen: arguments.frozen,
            jobs: arguments.jobs.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_in_percent() {
        assert_eq!(precision("1%"), Ok(0.01));
        assert_eq!(precision("0.5 %"), Ok(0.005));
        assert_eq!(precision("2"), Ok(0.02));
        for bad in ["0", "-1", "NaN", "51", "%", ""] {
            assert!(precision(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn seconds_are_positive_and_not_endless() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert_eq!(seconds("1e6"), Ok(Duration::from_secs(1_000_000)));
        for bad in ["0", "-1", "NaN", "inf", "1e-12", "1e7", "1e19", "1e300", "soon", ""] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
