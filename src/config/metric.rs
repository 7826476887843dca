//! `[[metric]]`: numbers that a benchmark reports of itself.

use super::document::Table;
use crate::model::Pattern;

/// Where benchmarks write numbers of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricSource {
    /// Which benchmarks do.
    pub benchmarks: Vec<Pattern>,
    /// The environment variable that tells them the file's path.
    pub variable: String,
    /// How that file is written.
    pub format: MetricFormat,
    /// The unit of latencies in a scenario's document, in ns.
    pub latency_ns: f64,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricFormat {
    /// Whichever it looks like.
    Auto,
    /// Bencher Metric Format.
    Bencher,
    /// A document with `metrics` and `success`.
    Scenario,
}

/// The variable where the file names none.
const VARIABLE: &str = "PERFBASE_METRICS";

pub(super) fn metrics(table: &Table<'_>) -> Vec<MetricSource> {
    let mut all = Vec::new();
    for table in table.tables("metric", "[[metric]]") {
        let benchmarks = super::rule::patterns(&table, "benchmarks");
        let variable = table.text("variable");
        if let Some(variable) = variable
            && !variable.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            table.problem(variable.at, "a variable's name has letters, digits and `_`");
        }
        let format = match table.one_of("format", &["auto", "bencher", "scenario"]) {
            Some("bencher") => MetricFormat::Bencher,
            Some("scenario") => MetricFormat::Scenario,
            _ => MetricFormat::Auto,
        };
        let latency_ns = match table.one_of("latency-unit", &["ns", "us", "ms", "s"]) {
            Some("ns") => 1.0,
            Some("us") => 1e3,
            Some("s") => 1e9,
            _ => 1e6,
        };
        table.finish();
        all.push(MetricSource {
            benchmarks: if benchmarks.is_empty() { vec![Pattern::new("*")] } else { benchmarks },
            variable: variable.map_or(VARIABLE, |variable| variable.value).to_owned(),
            format,
            latency_ns,
        });
    }
    all
}
