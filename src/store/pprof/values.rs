//! Which of a sample's values are its count and its weight.

use crate::model::Weight;

use super::error::PprofError;
use super::tables::{Tables, ValueType};
use super::{SAMPLES, count_type};

/// The values to read, as indices into a sample's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Values {
    /// What the weights count.
    pub(super) weight: Weight,
    /// How many values a sample has.
    pub(super) len: usize,
    weight_index: usize,
    /// What a weight in the file's unit is multiplied with.
    scale: u64,
    /// `None` where samples are not counted.
    count_index: Option<usize>,
}

impl Values {
    /// CPU time first, then the file's default, then the last that we know: as pprof's own tools
    /// do, CPU time excepted. A file that counts samples at a known period of CPU time has CPU
    /// time, too.
    ///
    /// # Errors
    /// None that we know.
    pub(super) fn choose(tables: &Tables<'_>) -> Result<Self, PprofError> {
        let mut types = Vec::new();
        for value_type in &tables.sample_types {
            types.push(names(tables, value_type)?);
        }
        if types.is_empty() {
            return Err(PprofError::invalid("it has no sample types"));
        }
        let default = tables.bytes(tables.default_sample_type)?;
        let known = |index: usize| weight(types[index].0, types[index].1);
        let all = || (0..types.len()).rev().filter(|&index| known(index).is_some());
        let chosen = all()
            .find(|&index| known(index).is_some_and(|(weight, _)| weight == Weight::CpuTime))
            .filter(|_| !tables.ours)
            .or_else(|| all().find(|&index| types[index].0 == default))
            .or_else(|| all().next());
        let position = |(kind, unit): (&str, &str)| {
            types.iter().position(|&found| found == (kind.as_bytes(), unit.as_bytes()))
        };
        let samples = position(SAMPLES);
        let len = types.len();
        if let Some((index, (weight, scale))) =
            chosen.and_then(|index| Some((index, known(index)?)))
        {
            let count_index = position(count_type(weight)).or(samples);
            return Ok(Self { weight, len, weight_index: index, scale, count_index });
        }
        let (kind, unit) = names(tables, &tables.period_type)?;
        if let (Some(index), Some((weight @ Weight::CpuTime, scale)), Ok(period @ 1..)) =
            (samples, self::weight(kind, unit), u64::try_from(tables.period))
            && let Some(scale) = scale.checked_mul(period)
        {
            return Ok(Self { weight, len, weight_index: index, scale, count_index: samples });
        }
        let names: Vec<String> = types
            .iter()
            .map(|(kind, unit)| {
                format!("{}/{}", String::from_utf8_lossy(kind), String::from_utf8_lossy(unit))
            })
            .collect();
        Err(PprofError::SampleType(names.join(", ")))
    }

    /// Count and weight of a sample with these values.
    ///
    /// # Errors
    /// The wrong number of values, or values below 0, as a difference of two profiles has them.
    pub(super) fn of(&self, values: &[i64]) -> Result<(u64, u64), PprofError> {
        if values.len() != self.len {
            return Err(PprofError::invalid(format!(
                "a sample has {} values where {} are due",
                values.len(),
                self.len
            )));
        }
        let positive = |index: usize| {
            u64::try_from(values[index]).map_err(|_| {
                PprofError::invalid("a sample is below 0: differences of profiles are not read")
            })
        };
        let weight = positive(self.weight_index)?
            .checked_mul(self.scale)
            .ok_or_else(|| PprofError::invalid("a weight is out of range"))?;
        let count = match self.count_index {
            Some(index) => positive(index)?,
            None => 1,
        };
        Ok((count, weight))
    }
}

type Names<'a> = (&'a [u8], &'a [u8]);

fn names<'a>(tables: &Tables<'a>, value_type: &ValueType) -> Result<Names<'a>, PprofError> {
    Ok((tables.bytes(value_type.kind)?, tables.bytes(value_type.unit)?))
}

/// The weight with this type and unit, and what it is to be multiplied with.
fn weight(kind: &[u8], unit: &[u8]) -> Option<(Weight, u64)> {
    let weight = Weight::from_kind(std::str::from_utf8(kind).ok()?)?;
    let scale = match (weight, unit) {
        (Weight::CpuTime, b"nanoseconds") => 1,
        (Weight::CpuTime, b"microseconds") => 1_000,
        (Weight::CpuTime, b"milliseconds") => 1_000_000,
        (Weight::CpuTime, b"seconds") => 1_000_000_000,
        (weight, unit) => (weight.unit().as_bytes() == unit).then_some(1)?,
    };
    Some((weight, scale))
}
