//! `timing.json`: raw samples of every run, so that any percentile can be computed again.

use serde::{Deserialize, Serialize};

use super::number::Number;
use super::version::{self, Versioned};
use super::{FormatError, write};
use crate::model::{self, Batch, Measurement, Mode, ThroughputKind};

const SCHEMA: &str = "perfbase.timing";

/// The whole file.
#[derive(Serialize, Deserialize)]
struct File {
    runs: Vec<Run>,
    schema: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    throughput: Option<Throughput>,
}

impl Versioned for File {
    const SCHEMA: &'static str = SCHEMA;
    fn schema(&self) -> &str {
        &self.schema
    }
}

/// One of `batches` and `summary` is there.
#[derive(Serialize, Deserialize)]
struct Run {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batches: Option<Batches>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<Reference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resources: Option<Resources>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summary: Option<Summary>,
    wall_ns: u64,
}

#[derive(Serialize, Deserialize)]
struct Batches {
    iterations: Iterations,
    mode: String,
    nanoseconds: Vec<Number>,
}

/// Iterations of each batch, in the shortest of three exact ways.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Iterations {
    /// The same number in all batches.
    Each { each: Number },
    /// Batch k, from 1, has k times this many.
    Step { step: Number },
    /// One by one.
    List(Vec<Number>),
}

#[derive(Serialize, Deserialize)]
struct Summary {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iterations: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mean: Option<Number>,
    median: Number,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    samples: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spread: Option<Number>,
}

#[derive(Serialize, Deserialize)]
struct Reference {
    after: Reading,
    before: Reading,
    kernel: String,
}

#[derive(Serialize, Deserialize)]
struct Reading {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cpu: Option<u32>,
    latency_ns: u64,
    throughput_ns: u64,
}

#[derive(Serialize, Deserialize)]
struct Resources {
    involuntary_switches: u64,
    major_faults: u64,
    minor_faults: u64,
    peak_rss_bytes: u64,
    system_ns: u64,
    user_ns: u64,
    voluntary_switches: u64,
}

#[derive(Serialize, Deserialize)]
struct Throughput {
    amount: u64,
    kind: String,
}

/// The bytes of a `timing.json`.
///
/// # Errors
/// Values that could not be read again: not finite, no batches, no iterations.
pub(in crate::store) fn write_timing(timing: &model::Timing) -> Result<Vec<u8>, FormatError> {
    let mut runs = Vec::with_capacity(timing.runs.len());
    for run in &timing.runs {
        let (mut batches, mut summary) = (None, None);
        match &run.measurement {
            Measurement::Batches { mode, batches: all } => {
                check(all)?;
                batches = Some(Batches {
                    iterations: Iterations::of(all),
                    mode: mode_name(*mode).to_owned(),
                    nanoseconds: all.iter().map(|batch| Number(batch.nanoseconds)).collect(),
                });
            }
            Measurement::Summary(s) => {
                summary = Some(Summary {
                    iterations: s.iterations,
                    max: s.max.map(Number),
                    mean: s.mean.map(Number),
                    median: Number(s.median),
                    min: s.min.map(Number),
                    samples: s.samples,
                    spread: s.spread.map(Number),
                });
            }
        }
        let resources = run.resources.map(|r| Resources {
            involuntary_switches: r.involuntary_switches,
            major_faults: r.major_faults,
            minor_faults: r.minor_faults,
            peak_rss_bytes: r.peak_rss_bytes,
            system_ns: r.system_ns,
            user_ns: r.user_ns,
            voluntary_switches: r.voluntary_switches,
        });
        let reference = run.reference.as_ref().map(|reference| Reference {
            after: Reading::of(reference.after),
            before: Reading::of(reference.before),
            kernel: reference.kernel.clone(),
        });
        runs.push(Run { batches, reference, resources, summary, wall_ns: run.wall_ns });
    }
    let throughput = timing
        .throughput
        .map(|t| Throughput { amount: t.amount, kind: t.kind.as_str().to_owned() });
    write::write(&File { runs, schema: format!("{SCHEMA}/1"), throughput })
}

/// What a `timing.json` says.
///
/// # Errors
/// Another kind of file, a newer one, or values that cannot be.
pub(in crate::store) fn read_timing(bytes: &[u8]) -> Result<model::Timing, FormatError> {
    let file: File = version::read(bytes)?;
    let mut runs = Vec::with_capacity(file.runs.len());
    for run in file.runs {
        let measurement = match (run.batches, run.summary) {
            (Some(batches), None) => batches.measurement()?,
            (None, Some(s)) => Measurement::Summary(model::Summary {
                min: s.min.map(|n| n.0),
                median: s.median.0,
                mean: s.mean.map(|n| n.0),
                max: s.max.map(|n| n.0),
                spread: s.spread.map(|n| n.0),
                samples: s.samples,
                iterations: s.iterations,
            }),
            _ => return Err(FormatError::invalid("a run has either batches or a summary")),
        };
        let resources = run.resources.map(|r| model::Resources {
            user_ns: r.user_ns,
            system_ns: r.system_ns,
            peak_rss_bytes: r.peak_rss_bytes,
            minor_faults: r.minor_faults,
            major_faults: r.major_faults,
            voluntary_switches: r.voluntary_switches,
            involuntary_switches: r.involuntary_switches,
        });
        let reference = run.reference.map(|reference| model::Reference {
            kernel: reference.kernel,
            before: reference.before.reading(),
            after: reference.after.reading(),
        });
        runs.push(model::Run { measurement, wall_ns: run.wall_ns, resources, reference });
    }
    let throughput = match file.throughput {
        None => None,
        Some(Throughput { amount, kind }) => {
            let known = ThroughputKind::ALL.into_iter().find(|known| known.as_str() == kind);
            let kind = known
                .ok_or_else(|| FormatError::invalid(format!("unknown throughput `{kind}`")))?;
            Some(model::Throughput { amount, kind })
        }
    };
    Ok(model::Timing { runs, throughput })
}

impl Reading {
    fn of(reading: model::Reading) -> Self {
        let model::Reading { cpu, latency_ns, throughput_ns } = reading;
        Self { cpu, latency_ns, throughput_ns }
    }

    fn reading(self) -> model::Reading {
        let Self { cpu, latency_ns, throughput_ns } = self;
        model::Reading { cpu, latency_ns, throughput_ns }
    }
}

impl Iterations {
    fn of(batches: &[Batch]) -> Self {
        let first = batches.first().map_or(1.0, |batch| batch.iterations);
        if batches.iter().all(|batch| batch.iterations == first) {
            return Self::Each { each: Number(first) };
        }
        if batches.iter().enumerate().all(|(k, batch)| batch.iterations == multiple(first, k)) {
            return Self::Step { step: Number(first) };
        }
        Self::List(batches.iter().map(|batch| Number(batch.iterations)).collect())
    }

    fn get(&self, index: usize) -> f64 {
        match self {
            Self::Each { each } => each.0,
            Self::Step { step } => multiple(step.0, index),
            Self::List(list) => list[index].0,
        }
    }
}

/// Iterations of the batch at `index` in steps of `step`.
fn multiple(step: f64, index: usize) -> f64 {
    step * (index + 1) as f64
}

impl Batches {
    fn measurement(&self) -> Result<Measurement, FormatError> {
        let mode = [Mode::Flat, Mode::Linear, Mode::Process]
            .into_iter()
            .find(|&mode| mode_name(mode) == self.mode)
            .ok_or_else(|| FormatError::invalid(format!("unknown mode `{}`", self.mode)))?;
        if let Iterations::List(list) = &self.iterations
            && list.len() != self.nanoseconds.len()
        {
            return Err(FormatError::invalid("there are not as many times as iterations"));
        }
        let batches: Vec<Batch> = self
            .nanoseconds
            .iter()
            .enumerate()
            .map(|(index, ns)| Batch { iterations: self.iterations.get(index), nanoseconds: ns.0 })
            .collect();
        check(&batches)?;
        Ok(Measurement::Batches { mode, batches })
    }
}

/// What every reader of batches relies on.
fn check(batches: &[Batch]) -> Result<(), FormatError> {
    if batches.is_empty() {
        return Err(FormatError::invalid("a run has no batches"));
    }
    for batch in batches {
        if !(batch.iterations > 0.0 && batch.iterations.is_finite()) {
            let what = format!("a batch has {} iterations", batch.iterations);
            return Err(FormatError::Invalid(what));
        }
        if !(batch.nanoseconds >= 0.0 && batch.nanoseconds.is_finite()) {
            let what = format!("a batch took {} ns", batch.nanoseconds);
            return Err(FormatError::Invalid(what));
        }
    }
    Ok(())
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Flat => "flat",
        Mode::Linear => "linear",
        Mode::Process => "process",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(mode: Mode, of: impl Fn(usize) -> (f64, f64)) -> model::Run {
        let batch = |k| {
            let (iterations, nanoseconds) = of(k);
            Batch { iterations, nanoseconds }
        };
        let batches = (1..=100).map(batch).collect();
        let measurement = Measurement::Batches { mode, batches };
        model::Run { measurement, wall_ns: 8_123_456_789, resources: None, reference: None }
    }

    fn example() -> model::Timing {
        let summary = Measurement::Summary(model::Summary {
            min: Some(1.5),
            median: 2.0,
            mean: Some(0.1 + 0.2),
            max: None,
            spread: Some(1e-9),
            samples: Some(100),
            iterations: None,
        });
        let resources =
            model::Resources { user_ns: 7, peak_rss_bytes: 1 << 40, ..Default::default() };
        model::Timing {
            runs: vec![
                batches(Mode::Linear, |k| (k as f64 * 23.0, k as f64 * 1_234.567)),
                batches(Mode::Flat, |k| (50.0, 1e7 / 3.0 + k as f64)),
                batches(Mode::Process, |k| (1.0 + (k % 7) as f64, 1e18 + k as f64)),
                model::Run {
                    measurement: summary,
                    wall_ns: u64::MAX,
                    resources: Some(resources),
                    reference: Some(model::Reference {
                        kernel: "x86-64/1".into(),
                        before: model::Reading {
                            cpu: Some(3),
                            latency_ns: 54_750,
                            throughput_ns: 78_500,
                        },
                        after: model::Reading { cpu: None, latency_ns: 0, throughput_ns: u64::MAX },
                    }),
                },
            ],
            throughput: Some(model::Throughput { amount: 4096, kind: ThroughputKind::Bytes }),
        }
    }

    #[test]
    fn a_timing_comes_back() {
        let timing = example();
        let bytes = write_timing(&timing).unwrap();
        assert_eq!(read_timing(&bytes).unwrap(), timing);
        assert_eq!(write_timing(&read_timing(&bytes).unwrap()).unwrap(), bytes);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("\"step\": 23\n") && text.contains("\"each\": 50\n"), "{text}");
        assert!(text.contains("\"iterations\": [2,3,4,5,6,7,1,"), "{text}");
        let empty = model::Timing::default();
        assert_eq!(read_timing(&write_timing(&empty).unwrap()).unwrap(), empty);
    }

    #[test]
    fn an_ordinary_benchmark_is_small() {
        let run = || batches(Mode::Linear, |k| (k as f64 * 231.0, (k * 23_456_789) as f64));
        let timing = model::Timing { runs: (0..10).map(|_| run()).collect(), throughput: None };
        assert!(write_timing(&timing).unwrap().len() < 15_000);
    }

    #[test]
    fn what_could_not_be_read_is_not_written() {
        for bad in [(0.0, 1.0), (-1.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY), (1.0, -1.0)] {
            let timing =
                model::Timing { runs: vec![batches(Mode::Flat, |_| bad)], throughput: None };
            assert!(write_timing(&timing).is_err(), "{bad:?}");
        }
        let measurement = Measurement::Batches { mode: Mode::Flat, batches: Vec::new() };
        let run = model::Run { measurement, wall_ns: 1, resources: None, reference: None };
        assert!(write_timing(&model::Timing { runs: vec![run], throughput: None }).is_err());
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        let file = |run: &str| format!(r#"{{"runs": [{run}], "schema": "perfbase.timing/1"}}"#);
        let read = |run: &str| read_timing(file(run).as_bytes());
        let good = r#"{"batches": {"iterations": [1, 2], "mode": "flat", "nanoseconds": [1, 2]}, "wall_ns": 1}"#;
        assert!(read(good).is_ok());
        for (from, to) in [
            ("[1, 2], \"mode\"", "[1], \"mode\""),
            ("[1, 2], \"mode\"", "[0, 2], \"mode\""),
            ("[1, 2], \"mode\"", "{\"each\": 0}, \"mode\""),
            ("[1, 2], \"mode\"", "{}, \"mode\""),
            ("[1, 2]}", "[1, 1e999]}"),
            ("[1, 2]}", "[1, -2]}"),
            ("[1, 2]}", "[1, null]}"),
            ("flat", "round"),
            ("\"batches\"", "\"other\""),
            ("\"wall_ns\": 1", "\"wall_ns\": -1"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            assert!(read(&bad).is_err(), "{bad}");
        }
    }
}
