//! `metrics.json`: numbers that a benchmark reports of itself, by run.

use serde::{Deserialize, Serialize};

use super::number::Number;
use super::version::{self, Versioned};
use super::{FormatError, write};
use crate::model::{self, Better, SortFew as _};

const SCHEMA: &str = "perfbase.metrics";

#[derive(Serialize, Deserialize)]
struct File {
    metrics: Vec<Metric>,
    schema: String,
}

impl Versioned for File {
    const SCHEMA: &'static str = SCHEMA;
    fn schema(&self) -> &str {
        &self.schema
    }
}

#[derive(Serialize, Deserialize)]
struct Metric {
    better: String,
    name: String,
    runs: Vec<Option<Number>>,
    unit: String,
}

/// The bytes of a `metrics.json`.
///
/// # Errors
/// Values that could not be read again.
pub(in crate::store) fn write_metrics(metrics: &model::Metrics) -> Result<Vec<u8>, FormatError> {
    let one = |metric: &model::Metric| Metric {
        better: metric.better.as_str().to_owned(),
        name: metric.name.clone(),
        runs: metric.runs.iter().map(|run| run.map(Number)).collect(),
        unit: metric.unit.clone(),
    };
    write::write(&File {
        metrics: metrics.0.iter().map(one).collect(),
        schema: format!("{SCHEMA}/1"),
    })
}

/// What a `metrics.json` says, ordered by name.
///
/// # Errors
/// Another kind of file, a newer one, or values that cannot be.
pub(in crate::store) fn read_metrics(bytes: &[u8]) -> Result<model::Metrics, FormatError> {
    let file: File = version::read(bytes)?;
    let mut metrics = Vec::new();
    for metric in file.metrics {
        let better = match &*metric.better {
            "lower" => Better::Lower,
            "higher" => Better::Higher,
            other => return Err(FormatError::invalid(format!("`{other}` is no direction"))),
        };
        let runs = metric.runs.into_iter().map(|run| run.map(|Number(value)| value)).collect();
        metrics.push(model::Metric { name: metric.name, unit: metric.unit, better, runs });
    }
    metrics.sort_few_by(|a, b| a.name.cmp(&b.name));
    if let Some(twice) = metrics.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(FormatError::invalid(format!("`{}` is there twice", twice[0].name)));
    }
    Ok(model::Metrics(metrics))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut metrics = model::Metrics::default();
        metrics.add_run(0, vec![("p95".into(), "ns".into(), Better::Lower, 1.5)]);
        metrics.add_run(2, vec![("rate".into(), "per_s".into(), Better::Higher, 3.0)]);
        assert_eq!(read_metrics(&write_metrics(&metrics).unwrap()).unwrap(), metrics);
        for bad in [
            "{}",
            r#"{"schema": "perfbase.metrics/2", "metrics": []}"#,
            r#"{"schema": "perfbase.metrics/1", "metrics": [{"better": "more", "name": "a", "runs": [], "unit": "ns"}]}"#,
        ] {
            assert!(read_metrics(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
