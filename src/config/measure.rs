//! Which figure of a benchmark a rule is about.

use super::document::{Table, meant};

/// The unit of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Time.
    Nanoseconds,
    /// Memory.
    Bytes,
    /// Work per time.
    PerSecond,
    /// Counts, ratios and shares.
    Plain,
}

impl Unit {
    /// As in reports: `ns`, `bytes`, `per_s`, `count`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Bytes => "bytes",
            Self::PerSecond => "per_s",
            Self::Plain => "count",
        }
    }
}

/// A figure of a benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The time that two captures are compared by.
    Time,
    /// Mean time per iteration.
    Mean,
    /// Median.
    P50,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// P95 divided by P50.
    Tail,
    /// The slowest run's median divided by the fastest one's, less 1.
    Spread,
    /// CPU time of the process, in user mode and in the kernel.
    Cpu,
    /// Largest resident set of the process.
    Rss,
    /// Work per second, where the harness declares it.
    Throughput,
    /// Instructions per iteration.
    Instructions,
    /// Bytes allocated per iteration.
    AllocatedBytes,
    /// Allocations per iteration.
    Allocations,
    /// A number that the benchmark reports of itself.
    Metric(String),
}

/// Their names in files.
const NAMES: [(&str, Measure); 13] = [
    ("time", Measure::Time),
    ("mean", Measure::Mean),
    ("p50", Measure::P50),
    ("p95", Measure::P95),
    ("p99", Measure::P99),
    ("p95/p50", Measure::Tail),
    ("spread", Measure::Spread),
    ("cpu", Measure::Cpu),
    ("rss", Measure::Rss),
    ("throughput", Measure::Throughput),
    ("instructions", Measure::Instructions),
    ("allocated-bytes", Measure::AllocatedBytes),
    ("allocations", Measure::Allocations),
];

impl Measure {
    /// Its name in files; a metric's own.
    pub fn name(&self) -> &str {
        match self {
            Self::Metric(name) => name,
            known => NAMES.iter().find(|(_, one)| one == known).map_or("time", |(name, _)| name),
        }
    }

    /// Its unit; `None` for a metric, whose unit the benchmark tells.
    pub fn unit(&self) -> Option<Unit> {
        Some(match self {
            Self::Time | Self::Mean | Self::P50 | Self::P95 | Self::P99 | Self::Cpu => {
                Unit::Nanoseconds
            }
            Self::Rss | Self::AllocatedBytes => Unit::Bytes,
            Self::Throughput => Unit::PerSecond,
            Self::Tail | Self::Spread | Self::Instructions | Self::Allocations => Unit::Plain,
            Self::Metric(_) => return None,
        })
    }

    /// Reads `measure` or `metric` of a table.
    pub(super) fn of(table: &Table<'_>, default: Self) -> Self {
        let metric = table.text("metric");
        let measure = table.text("measure");
        match (measure, metric) {
            (Some(_), Some(metric)) => {
                table.problem(
                    metric.at,
                    "a rule is about a `measure` or about a `metric`, not both",
                );
                default
            }
            (None, Some(metric)) => Self::Metric(metric.value.to_owned()),
            (Some(text), None) => {
                let known = NAMES.iter().find(|(name, _)| *name == text.value);
                if known.is_none() {
                    let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
                    let hint = match meant(text.value, &names) {
                        hint if hint.is_empty() => format!(
                            "; there are {}, and numbers of a benchmark's own by `metric`",
                            names.join(", ")
                        ),
                        hint => hint,
                    };
                    table.problem(text.at, format!("unknown measure `{}`{hint}", text.value));
                }
                known.map_or(default, |(_, measure)| measure.clone())
            }
            (None, None) => default,
        }
    }
}
