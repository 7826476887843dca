//! criterion's results: the `new/` folders below a `CRITERION_HOME`.
//!
//! Versions 0.3 to 0.8 write `benchmark.json` (what it was) and `sample.json` (iterations and
//! times of each sample). The unit of times is in neither file: a benchmark with a measurement
//! other than wall time looks the same here, and is taken for nanoseconds.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::model::{Batch, Measurement, Mode, SortFew as _, Throughput, ThroughputKind};

/// Largest file read. criterion's default of 100 samples takes 3 KB.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// Deepest folder looked at: group, function and value are one folder each.
const MAX_DEPTH: usize = 16;

/// What criterion measured for one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct CriterionResult {
    /// The id by which criterion's filter knows it, e.g. `group/function/value`.
    pub full_id: String,
    /// The group.
    pub group: String,
    /// The function in the group.
    pub function: Option<String>,
    /// The parameter.
    pub value: Option<String>,
    /// Work done per iteration.
    pub throughput: Option<Throughput>,
    /// All samples.
    pub measurement: Measurement,
}

/// What `benchmark.json` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchmarkFile {
    /// See [`CriterionResult::full_id`].
    pub full_id: String,
    /// See [`CriterionResult::group`].
    pub group: String,
    /// See [`CriterionResult::function`].
    pub function: Option<String>,
    /// See [`CriterionResult::value`].
    pub value: Option<String>,
    /// See [`CriterionResult::throughput`].
    pub throughput: Option<Throughput>,
}

/// Why a file's content is no result.
#[derive(Debug, Error)]
pub enum FormatError {
    /// Not the JSON that criterion writes.
    #[error("it is not what criterion 0.3 to 0.8 writes")]
    Json(#[from] serde_json::Error),
    /// No samples.
    #[error("it holds no samples")]
    Empty,
    /// Iterations and times do not pair up.
    #[error("it holds {iterations} iteration counts for {times} times")]
    Lengths {
        /// How many iteration counts.
        iterations: usize,
        /// How many times.
        times: usize,
    },
    /// A number that cannot be an iteration count or a time.
    #[error("sample {index} has {nanoseconds} ns for {iterations} iterations")]
    Number {
        /// Which sample, from 0.
        index: usize,
        /// Its iterations.
        iterations: f64,
        /// Its time.
        nanoseconds: f64,
    },
    /// All times are zero.
    #[error("all its times are zero: the benchmark measures nothing")]
    Zero,
}

/// Why criterion's results could not be read.
#[derive(Debug, Error)]
pub enum Error {
    /// A folder or file could not be read.
    #[error("cannot read criterion's results")]
    Io(#[from] std::io::Error),
    /// A file is larger than any that criterion writes.
    #[error("{path} is larger than {MAX_FILE_BYTES} bytes, which no result of criterion is")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A file is not as it should be.
    #[error("cannot use {path}; run the benchmark again, and if that does not help, report it")]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FormatError,
    },
}

/// All results below a `CRITERION_HOME`, ordered by id. A folder that does not exist holds none.
///
/// The folder must have been empty before the run: older results cannot be told apart.
pub fn read(home: &Path) -> Result<Vec<CriterionResult>, Error> {
    let mut results = Vec::new();
    if home.try_exists()? {
        walk(home, 0, &mut results)?;
    }
    results.sort_few_by(|a, b| a.full_id.cmp(&b.full_id));
    Ok(results)
}

fn walk(folder: &Path, depth: usize, results: &mut Vec<CriterionResult>) -> Result<(), Error> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        // The entry's own type: links are not followed.
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let path = entry.path();
        // A benchmark may itself be called `new`: only its files make it a result.
        if entry.file_name() == "new" && path.join("benchmark.json").try_exists()? {
            results.push(read_one(&path)?);
        } else if depth < MAX_DEPTH {
            walk(&path, depth + 1, results)?;
        }
    }
    Ok(())
}

fn read_one(folder: &Path) -> Result<CriterionResult, Error> {
    let load = |name: &str| -> Result<(PathBuf, Vec<u8>), Error> {
        let path = folder.join(name);
        if fs_err::metadata(&path)?.len() > MAX_FILE_BYTES {
            return Err(Error::TooLarge { path });
        }
        let bytes = fs_err::read(&path)?;
        Ok((path, bytes))
    };
    let (path, bytes) = load("benchmark.json")?;
    let benchmark = parse_benchmark(&bytes).map_err(|source| Error::Format { path, source })?;
    let (path, bytes) = load("sample.json")?;
    let measurement = parse_sample(&bytes).map_err(|source| Error::Format { path, source })?;
    let BenchmarkFile { full_id, group, function, value, throughput } = benchmark;
    Ok(CriterionResult { full_id, group, function, value, throughput, measurement })
}

#[derive(Deserialize)]
struct RawBenchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
    throughput: Option<RawThroughput>,
    full_id: String,
}

#[derive(Deserialize)]
enum RawThroughput {
    Bytes(u64),
    BytesDecimal(u64),
    Elements(u64),
    Bits(u64),
    ElementsAndBytes { elements: u64 },
}

/// Reads a `benchmark.json`. Of a throughput in elements and bytes, elements are kept.
pub fn parse_benchmark(bytes: &[u8]) -> Result<BenchmarkFile, FormatError> {
    let raw: RawBenchmark = serde_json::from_slice(bytes)?;
    let throughput = raw.throughput.map(|throughput| {
        let (amount, kind) = match throughput {
            RawThroughput::Bytes(n) | RawThroughput::BytesDecimal(n) => (n, ThroughputKind::Bytes),
            RawThroughput::Elements(n) => (n, ThroughputKind::Elements),
            RawThroughput::ElementsAndBytes { elements } => (elements, ThroughputKind::Elements),
            RawThroughput::Bits(n) => (n, ThroughputKind::Bits),
        };
        Throughput { amount, kind }
    });
    Ok(BenchmarkFile {
        full_id: raw.full_id,
        group: raw.group_id,
        function: raw.function_id,
        value: raw.value_str,
        throughput,
    })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawSample {
    /// From 0.3.4 on.
    Named {
        #[serde(default)]
        sampling_mode: Option<RawMode>,
        iters: Vec<f64>,
        times: Vec<f64>,
    },
    /// Before: two arrays.
    Pair(Vec<f64>, Vec<f64>),
}

#[derive(Clone, Copy, Deserialize)]
enum RawMode {
    Linear,
    Flat,
    Auto,
}

/// Reads a `sample.json`: [`Measurement::Batches`], never empty, times in ns.
pub fn parse_sample(bytes: &[u8]) -> Result<Measurement, FormatError> {
    let (mode, iterations, times) = match serde_json::from_slice(bytes)? {
        RawSample::Named { sampling_mode, iters, times } => (sampling_mode, iters, times),
        RawSample::Pair(iters, times) => (None, iters, times),
    };
    if iterations.len() != times.len() {
        return Err(FormatError::Lengths { iterations: iterations.len(), times: times.len() });
    }
    if iterations.is_empty() {
        return Err(FormatError::Empty);
    }
    let mut batches = Vec::with_capacity(times.len());
    for (index, (&iterations, &nanoseconds)) in iterations.iter().zip(&times).enumerate() {
        let sane = iterations.is_finite() && nanoseconds.is_finite();
        if !sane || iterations < 1.0 || nanoseconds < 0.0 {
            return Err(FormatError::Number { index, iterations, nanoseconds });
        }
        batches.push(Batch { iterations, nanoseconds });
    }
    if batches.iter().all(|batch| batch.nanoseconds == 0.0) {
        return Err(FormatError::Zero);
    }
    let flat = batches.iter().all(|batch| batch.iterations == batches[0].iterations);
    let mode = match mode {
        Some(RawMode::Linear) => Mode::Linear,
        Some(RawMode::Flat) => Mode::Flat,
        Some(RawMode::Auto) | None if flat => Mode::Flat,
        Some(RawMode::Auto) | None => Mode::Linear,
    };
    Ok(Measurement::Batches { mode, batches })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(pairs: &[(f64, f64)]) -> Vec<Batch> {
        let batch = |&(iterations, nanoseconds)| Batch { iterations, nanoseconds };
        pairs.iter().map(batch).collect()
    }

    #[test]
    fn reads_all_generations_of_samples() {
        let new =
            br#"{"sampling_mode":"Linear","iters":[1075.0,2150.0],"times":[3131258.0,7790010.0]}"#;
        let expected = Measurement::Batches {
            mode: Mode::Linear,
            batches: batches(&[(1075.0, 3131258.0), (2150.0, 7790010.0)]),
        };
        assert_eq!(parse_sample(new).unwrap(), expected);
        let old = b"[[1075.0,2150.0],[3131258.0,7790010.0]]";
        assert_eq!(parse_sample(old).unwrap(), expected);
        let flat = br#"{"sampling_mode":"Flat","iters":[77.0,77.0],"times":[1.0,2.5]}"#;
        let expected = Measurement::Batches {
            mode: Mode::Flat,
            batches: batches(&[(77.0, 1.0), (77.0, 2.5)]),
        };
        assert_eq!(parse_sample(flat).unwrap(), expected);
        assert_eq!(parse_sample(br#"{"iters":[77,77],"times":[1,2.5]}"#).unwrap(), expected);
    }

    #[test]
    fn refuses_what_is_no_time() {
        for (text, why) in [
            (&br#"{"sampling_mode":"Flat","iters":[],"times":[]}"#[..], "no samples"),
            (br#"{"sampling_mode":"Flat","iters":[1.0],"times":[1.0,2.0]}"#, "1 iteration counts"),
            (br#"{"sampling_mode":"Flat","iters":[0.0],"times":[1.0]}"#, "0 iterations"),
            (br#"{"sampling_mode":"Flat","iters":[1.0],"times":[-1.0]}"#, "-1 ns"),
            (br#"{"sampling_mode":"Flat","iters":[1.0,1.0],"times":[0.0,0.0]}"#, "zero"),
            (br#"{"sampling_mode":"Flat","iters":[1.0],"times":[null]}"#, "not what"),
            (br#"{"sampling_mode":"Flat","iters":[1e999],"times":[1.0]}"#, "not what"),
            (br#"{"sampling_mode":"Other","iters":[1.0],"times":[1.0]}"#, "not what"),
            (b"", "not what"),
        ] {
            let error = parse_sample(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error:?} lacks {why:?}");
        }
    }

    #[test]
    fn reads_every_throughput() {
        let with = |throughput: &str| {
            let text = format!(
                r#"{{"group_id":"grp/x","function_id":"fun","value_str":"12","throughput":{throughput},
                "full_id":"grp/x/fun/12","directory_name":"grp_x/fun/12","title":"grp/x/fun/12"}}"#
            );
            parse_benchmark(text.as_bytes()).unwrap().throughput.map(|t| (t.amount, t.kind))
        };
        assert_eq!(with("null"), None);
        assert_eq!(with(r#"{"Bytes":64}"#), Some((64, ThroughputKind::Bytes)));
        assert_eq!(with(r#"{"BytesDecimal":64}"#), Some((64, ThroughputKind::Bytes)));
        assert_eq!(with(r#"{"Elements":3}"#), Some((3, ThroughputKind::Elements)));
        assert_eq!(with(r#"{"Bits":8}"#), Some((8, ThroughputKind::Bits)));
        let both = r#"{"ElementsAndBytes":{"elements":5,"bytes":40}}"#;
        assert_eq!(with(both), Some((5, ThroughputKind::Elements)));
    }

    #[test]
    fn walks_the_folders() {
        let home = tempfile::tempdir().unwrap();
        let write = |folder: &str, id: &str, sample: &str| {
            let folder = home.path().join(folder);
            fs_err::create_dir_all(&folder).unwrap();
            let benchmark = format!(
                r#"{{"group_id":"{id}","function_id":null,"value_str":null,"throughput":null,
                "full_id":"{id}","directory_name":"{id}","title":"{id}"}}"#
            );
            fs_err::write(folder.join("benchmark.json"), benchmark).unwrap();
            fs_err::write(folder.join("sample.json"), sample).unwrap();
        };
        let sample = r#"{"sampling_mode":"Flat","iters":[1.0],"times":[2.0]}"#;
        write("z/new", "z", sample);
        write("z/base", "not this one", sample);
        write("new/new", "new", sample);
        write("group/fun/12/new", "group/fun/12", sample);
        fs_err::create_dir_all(home.path().join("report")).unwrap();
        let ids: Vec<_> = read(home.path()).unwrap().into_iter().map(|r| r.full_id).collect();
        assert_eq!(ids, ["group/fun/12", "new", "z"]);

        write("bad/new", "bad", "{}");
        let error = read(home.path()).unwrap_err().to_string();
        assert!(error.contains("bad/new/sample.json"), "{error}");
        fs_err::remove_file(home.path().join("bad/new/sample.json")).unwrap();
        assert!(matches!(read(home.path()), Err(Error::Io(_))));
        assert_eq!(read(&home.path().join("absent")).unwrap(), []);
    }
}
