//! samply's recordings: the JSON that `samply record --save-only` writes, plain or gzipped.
//!
//! It is the Firefox Profiler's *processed profile format* without symbols: a frame is an address
//! relative to a library, and return addresses are one less already, so that they can be looked up
//! as they are. Tables are per thread; newer versions of the format have them once, under `shared`.
//! Both are read.
//!
//! **Weight** is `threadCPUDelta`: the CPU time that the thread used since its previous sample. So
//! a sample taken while a thread waits weighs nothing, one that follows a lost sample weighs what
//! both would, and the sum is the CPU time of the thread. Only without that column a sample
//! stands for one interval.
//!
//! samply records user frames only, and says nothing of stacks that it could not unwind to the
//! end: they simply begin in the middle.

mod format;
mod tables;

use std::io::Read;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::model::{Recording, Weight};

/// Largest profile read, inflated. An hour of four threads is some 300 MB. Its tables take up to
/// ten times as much in memory.
const MAX_BYTES: u64 = 512 << 20;

/// Why a profile cannot be read.
#[derive(Debug, Error)]
pub enum FormatError {
    /// It cannot be inflated.
    #[error("it is damaged gzip data")]
    Gzip(#[source] std::io::Error),
    /// It is larger than what is read.
    #[error("it is larger than {MAX_BYTES} bytes; record for a shorter time, or at a lower rate")]
    TooLarge,
    /// It is no JSON of the expected shape.
    #[error("it is not a profile as samply 0.12 and 0.13 write them")]
    Json(#[from] serde_json::Error),
    /// A table refers to an entry that does not exist.
    #[error("its table {table} is broken at entry {index}")]
    Index {
        /// Which table.
        table: &'static str,
        /// Which entry.
        index: usize,
    },
    /// Its samples add up to more than any program can use.
    #[error("its samples weigh more than any program can use")]
    Weight,
}

/// Why a recording could not be read.
#[derive(Debug, Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read samply's recording")]
    Io(#[from] std::io::Error),
    /// It is not as it should be.
    #[error("cannot use {path}")]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FormatError,
    },
}

/// Reads what samply wrote to `path`.
pub fn read(path: &Path) -> Result<Recording, Error> {
    let format = |source| Error::Format { path: path.to_owned(), source };
    if fs_err::metadata(path)?.len() > MAX_BYTES {
        return Err(format(FormatError::TooLarge));
    }
    parse(&fs_err::read(path)?).map_err(format)
}

/// Reads a profile, plain or gzipped. Weights are ns of CPU time.
pub fn parse(bytes: &[u8]) -> Result<Recording, FormatError> {
    let inflated;
    let json = if bytes.starts_with(&[0x1f, 0x8b]) {
        inflated = inflate(bytes, MAX_BYTES)?;
        &inflated
    } else {
        bytes
    };
    let profile: format::Profile = serde_json::from_slice(json)?;
    let interval = Some(profile.meta.interval).filter(|ms| ms.is_finite() && *ms > 0.0);
    let frequency = interval.map(|ms| 1000.0 / ms);
    let mut recording = Recording::new(Weight::CpuTime, "cpu time", frequency);
    tables::convert(&profile, &mut recording)?;
    if !recording.is_within_limits() {
        return Err(FormatError::Weight);
    }
    Ok(recording)
}

fn inflate(bytes: &[u8], limit: u64) -> Result<Vec<u8>, FormatError> {
    let mut inflated = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(bytes).take(limit + 1);
    reader.read_to_end(&mut inflated).map_err(FormatError::Gzip)?;
    if inflated.len() as u64 > limit {
        return Err(FormatError::TooLarge);
    }
    Ok(inflated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn inflates_up_to_a_limit() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&[b' '; 1000]).unwrap();
        let bytes = encoder.finish().unwrap();
        assert_eq!(inflate(&bytes, 1000).unwrap().len(), 1000);
        assert!(matches!(inflate(&bytes, 999), Err(FormatError::TooLarge)));
        assert!(matches!(inflate(&bytes[..20], 1000), Err(FormatError::Gzip(_))));
        assert!(matches!(parse(&bytes), Err(FormatError::Json(_))));
    }

    #[test]
    fn refuses_other_files() {
        for text in ["", "{}", "[]", "null", r#"{"meta":{"interval":1}}"#] {
            assert!(matches!(parse(text.as_bytes()), Err(FormatError::Json(_))), "{text}");
        }
    }
}
