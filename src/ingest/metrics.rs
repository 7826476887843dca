//! Numbers that a benchmark reports of itself: Bencher Metric Format, or a scenario's document.
//!
//! A scenario's document is `{"scenario", "metrics": {…}, "success"}`; every number below `metrics`
//! is taken, by its path. What they are of is told by their names: `…PerSec`, `…Ms`, `…MB`, and
//! whatever is below `latency`. Numbers that are no measurement (not finite, negative) are refused.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::model::{Better, SortFew as _};

/// A number with its name, unit and direction.
pub type Reported = (String, String, Better, f64);

/// Longest document, in bytes.
const LONGEST: u64 = 16 << 20;

/// Most numbers of a document.
const MOST: usize = 1000;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Whichever it looks like.
    Auto,
    /// Bencher Metric Format.
    Bencher,
    /// A scenario's.
    Scenario,
}

/// A file that benchmarks write numbers to.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricFile {
    variable: String,
    path: PathBuf,
    format: Format,
    latency_ns: f64,
}

impl MetricFile {
    /// The file at `path`, which the environment variable tells; `latency_ns` is the unit of a
    /// scenario's latencies in ns.
    pub fn new(variable: &str, path: PathBuf, format: Format, latency_ns: f64) -> Self {
        Self { variable: variable.to_owned(), path, format, latency_ns }
    }

    /// The variable's name.
    pub fn variable(&self) -> &str {
        &self.variable
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes what a run of the benchmark wrote; nothing where it wrote no file.
    ///
    /// # Errors
    /// A file that cannot be read or understood, and a scenario that did not succeed.
    pub fn take(&self, benchmark: &str) -> Result<Vec<Reported>, String> {
        let length = match fs_err::metadata(&self.path) {
            Ok(metadata) => metadata.len(),
            Err(_) => return Ok(Vec::new()),
        };
        let taken = if length > LONGEST {
            Err("it is too long".to_owned())
        } else {
            fs_err::read(&self.path).map_err(|error| error.to_string())
        };
        let _ = fs_err::remove_file(&self.path);
        let parsed = taken.and_then(|bytes| parse(&bytes, self.format, self.latency_ns, benchmark));
        parsed.map_err(|error| format!("what it reports of itself cannot be used: {error}"))
    }
}

/// Reads a document; of several benchmarks' numbers those of `benchmark`, else all of them.
///
/// # Errors
/// What is wrong with it.
pub fn parse(
    bytes: &[u8],
    format: Format,
    latency_ns: f64,
    benchmark: &str,
) -> Result<Vec<Reported>, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let Value::Object(document) = &value else { return Err("it is no JSON object".to_owned()) };
    let is_scenario = match format {
        Format::Auto => document.get("metrics").is_some_and(Value::is_object),
        Format::Bencher => false,
        Format::Scenario => true,
    };
    let mut found = Vec::new();
    if is_scenario {
        match document.get("success") {
            Some(Value::Bool(false)) => {
                let error = document.get("error").and_then(Value::as_str).unwrap_or_default();
                return Err(format!("`success` is false {error}").trim_end().to_owned());
            }
            Some(Value::Bool(true)) | None => {}
            Some(other) => return Err(format!("`success` is {other}")),
        }
        let Some(Value::Object(metrics)) = document.get("metrics") else {
            return Err("it has no `metrics`".to_owned());
        };
        scenario(metrics, "", latency_ns, &mut found)?;
    } else {
        bencher(document, benchmark, &mut found)?;
    }
    found.sort_few_by(|a, b| a.0.cmp(&b.0));
    match found.is_empty() {
        true => Err("it has no number".to_owned()),
        false => Ok(found),
    }
}

fn add(found: &mut Vec<Reported>, reported: Reported) -> Result<(), String> {
    let (name, _, _, value) = &reported;
    if !value.is_finite() || *value < 0.0 {
        return Err(format!("`{name}` is {value}"));
    }
    if found.len() >= MOST {
        return Err(format!("it has more than {MOST} numbers"));
    }
    found.push(reported);
    Ok(())
}

fn scenario(
    object: &Map<String, Value>,
    path: &str,
    latency_ns: f64,
    found: &mut Vec<Reported>,
) -> Result<(), String> {
    for (key, value) in object {
        let name = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            Value::Object(inner) => scenario(inner, &name, latency_ns, found)?,
            Value::Number(number) => {
                let value = number.as_f64().unwrap_or(f64::NAN);
                let (unit, factor, better) = meaning(&name, latency_ns);
                add(found, (name, unit.to_owned(), better, value * factor))?;
            }
            // What a number should be and is not: JSON has no NaN, and writers put null.
            Value::Null => return Err(format!("`{name}` is null")),
            _ => {}
        }
    }
    Ok(())
}

/// Unit, factor to it and direction, by a number's path.
fn meaning(path: &str, latency_ns: f64) -> (&'static str, f64, Better) {
    let last = path.rsplit('.').next().unwrap_or(path);
    let lower = path.to_ascii_lowercase();
    if ["PerSec", "PerSecond", "_per_sec", "_per_s", "_per_second"]
        .iter()
        .any(|end| last.ends_with(end))
        || lower == "throughput"
    {
        return ("per_s", 1.0, Better::Higher);
    }
    for (end, unit, factor) in [
        ("Ns", "ns", 1.0),
        ("_ns", "ns", 1.0),
        ("Us", "ns", 1e3),
        ("_us", "ns", 1e3),
        ("Ms", "ns", 1e6),
        ("_ms", "ns", 1e6),
        ("Seconds", "ns", 1e9),
        ("_s", "ns", 1e9),
        ("MB", "bytes", 1e6),
        ("_mb", "bytes", 1e6),
        ("KB", "bytes", 1e3),
        ("_kb", "bytes", 1e3),
        ("Bytes", "bytes", 1.0),
        ("_bytes", "bytes", 1.0),
    ] {
        if last.ends_with(end) {
            return (unit, factor, Better::Lower);
        }
    }
    if lower.split('.').any(|part| part.contains("latency")) && last != "count" {
        return ("ns", latency_ns, Better::Lower);
    }
    ("count", 1.0, Better::Lower)
}

/// `{benchmark: {measure: {value, lower_value, upper_value}}}`; latency is in ns.
fn bencher(
    document: &Map<String, Value>,
    benchmark: &str,
    found: &mut Vec<Reported>,
) -> Result<(), String> {
    let own = document.get_key_value(benchmark);
    let all = own.map_or_else(|| document.iter().collect(), |one| vec![one]);
    let alone = all.len() == 1;
    for (of, measures) in all {
        let Value::Object(measures) = measures else {
            return Err(format!("`{of}` has no measures"));
        };
        for (measure, figures) in measures {
            let value = figures.get("value").and_then(Value::as_f64);
            let value = value.ok_or_else(|| format!("`{measure}` of `{of}` has no `value`"))?;
            let (unit, better) = match &*measure.replace('_', "-") {
                "latency" => ("ns", Better::Lower),
                "throughput" => ("per_s", Better::Higher),
                "file-size" | "memory" | "peak-rss" => ("bytes", Better::Lower),
                _ => ("count", Better::Lower),
            };
            let name = if alone { measure.clone() } else { format!("{of}.{measure}") };
            add(found, (name, unit.to_owned(), better, value))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Reported>, String> {
        parse(text.as_bytes(), Format::Auto, 1e6, "b")
    }

    #[test]
    fn a_scenario_is_read_as_it_is() {
        let text = r#"{
            "scenario": "throughput",
            "config": {"messages": 10000},
            "environment": {"cpuCores": 10},
            "metrics": {
                "messagesPerSec": 91.66,
                "latency": {"count": 10000, "p50": 11.02, "p95": 11.47, "p99": 11.74},
                "durationMs": 109097,
                "memory": {"peakRssMB": 46.97, "heapUsedMB": 1.96}
            },
            "success": true
        }"#;
        let found = read(text).unwrap();
        let of = |name: &str| found.iter().find(|one| one.0 == name).unwrap();
        assert_eq!(found.len(), 8);
        let rate = of("messagesPerSec");
        assert_eq!((&*rate.1, rate.2, rate.3), ("per_s", Better::Higher, 91.66));
        assert_eq!((&*of("latency.p95").1, of("latency.p95").3), ("ns", 11.47e6));
        assert_eq!((&*of("memory.peakRssMB").1, of("memory.peakRssMB").3), ("bytes", 46.97e6));
        assert_eq!((&*of("latency.count").1, of("latency.count").3), ("count", 10_000.0));
        assert_eq!((&*of("durationMs").1, of("durationMs").3), ("ns", 109_097e6));
    }

    #[test]
    fn bencher_metric_format() {
        let text =
            r#"{"b": {"latency": {"value": 88.5, "upper_value": 90}}, "c": {"x": {"value": 1}}}"#;
        assert_eq!(read(text), Ok(vec![("latency".into(), "ns".into(), Better::Lower, 88.5)]));
        let others = parse(text.as_bytes(), Format::Auto, 1.0, "z").unwrap();
        let names: Vec<&str> = others.iter().map(|one| &*one.0).collect();
        assert_eq!(names, ["b.latency", "c.x"]);
    }

    #[test]
    fn what_is_no_measurement_is_refused() {
        for (text, said) in [
            ("[]", "no JSON object"),
            ("{", "EOF"),
            (r#"{"metrics": {}, "success": true}"#, "no number"),
            (r#"{"metrics": {"p50": -1}}"#, "is -1"),
            (r#"{"metrics": {"p50": null}}"#, "is null"),
            (r#"{"metrics": {"p50": 1}, "success": false, "error": "only 450/1000"}"#, "only 450"),
            (r#"{"metrics": {"p50": 1}, "success": "yes"}"#, "`success` is"),
            (r#"{"b": 5}"#, "no measures"),
            (r#"{"b": {"latency": {}}}"#, "no `value`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
