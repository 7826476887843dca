//! The tables of a message, as they are in it.

use super::error::PprofError;
use super::message::{body, function, line, location, mapping, profile, value_type};
use super::wire::{Reader, Value};
use super::{MARK, VERSION};
use crate::model::Body;

/// Everything but the samples.
#[derive(Debug, Default)]
pub(super) struct Tables<'a> {
    message: &'a [u8],
    strings: Vec<&'a [u8]>,
    pub(super) sample_types: Vec<ValueType>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) locations: Vec<Location>,
    pub(super) lines: Vec<Line>,
    pub(super) functions: Vec<Function>,
    pub(super) bodies: Vec<Body>,
    pub(super) period_type: ValueType,
    pub(super) period: i64,
    pub(super) default_sample_type: u64,
    /// Whether `perfbase` wrote it.
    pub(super) ours: bool,
}

/// A type and its unit, as indices of strings.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ValueType {
    pub(super) kind: u64,
    pub(super) unit: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mapping {
    pub(super) id: u64,
    pub(super) file: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Location {
    pub(super) id: u64,
    pub(super) mapping: u64,
    pub(super) address: u64,
    /// Its lines, a range of the table of lines; innermost first.
    pub(super) lines: (u32, u32),
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    pub(super) function: u64,
    pub(super) line: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Function {
    pub(super) id: u64,
    pub(super) name: u64,
    pub(super) system_name: u64,
    pub(super) file: u64,
    /// Its bodies, a range of the table of bodies.
    pub(super) bodies: (u32, u32),
}

impl<'a> Tables<'a> {
    /// # Errors
    /// Bytes that are no such message, a table that is too long, a version that is too new.
    pub(super) fn read(message: &'a [u8], limit: usize) -> Result<Self, PprofError> {
        let mut tables = Self { message, ..Self::default() };
        let mut comments = Vec::new();
        let mut reader = Reader::new(message);
        while let Some((field, value)) = reader.field()? {
            match field {
                profile::SAMPLE_TYPE => {
                    push(
                        &mut tables.sample_types,
                        value_type(value.bytes()?)?,
                        "sample types",
                        limit,
                    )?;
                }
                profile::MAPPING => {
                    push(&mut tables.mappings, mapping(value.bytes()?)?, "mappings", limit)?;
                }
                profile::LOCATION => {
                    let location = location(value.bytes()?, &mut tables.lines, limit)?;
                    push(&mut tables.locations, location, "locations", limit)?;
                }
                profile::FUNCTION => {
                    let function = function(value.bytes()?, &mut tables.bodies, limit)?;
                    push(&mut tables.functions, function, "functions", limit)?;
                }
                profile::STRING_TABLE => {
                    push(&mut tables.strings, value.bytes()?, "strings", limit)?
                }
                profile::PERIOD_TYPE => tables.period_type = value_type(value.bytes()?)?,
                profile::PERIOD => tables.period = value.number()? as i64,
                profile::COMMENT => value.numbers(|n| {
                    // A file of ours has one.
                    if comments.len() < 16 {
                        comments.push(n);
                    }
                })?,
                profile::DEFAULT_SAMPLE_TYPE => tables.default_sample_type = value.number()?,
                _ => {}
            }
        }
        if tables.strings.first().is_some_and(|first| !first.is_empty()) {
            return Err(PprofError::invalid("the first string is not the empty one"));
        }
        for comment in comments {
            tables.mark(comment)?;
        }
        Ok(tables)
    }

    fn mark(&mut self, comment: u64) -> Result<(), PprofError> {
        let bytes = self.bytes(comment)?;
        let Some(version) = bytes.strip_prefix(MARK.as_bytes()) else { return Ok(()) };
        let version = std::str::from_utf8(version).ok().and_then(|text| text.parse().ok());
        let found = version.ok_or_else(|| PprofError::invalid("its version is no number"))?;
        if found > VERSION {
            return Err(PprofError::Newer { found, supported: VERSION });
        }
        self.ours = true;
        Ok(())
    }

    /// The message of each sample.
    pub(super) fn each_sample(
        &self,
        mut each: impl FnMut(&'a [u8]) -> Result<(), PprofError>,
    ) -> Result<(), PprofError> {
        let mut reader = Reader::new(self.message);
        while let Some((field, value)) = reader.field()? {
            if field == profile::SAMPLE {
                each(value.bytes()?)?;
            }
        }
        Ok(())
    }

    /// How many strings there are.
    pub(super) fn strings(&self) -> usize {
        self.strings.len()
    }

    /// A string of the table. The empty one is there even when the table is not.
    pub(super) fn bytes(&self, index: u64) -> Result<&'a [u8], PprofError> {
        let found = usize::try_from(index).ok().and_then(|index| self.strings.get(index));
        match found {
            Some(bytes) => Ok(bytes),
            None if index == 0 => Ok(b""),
            None => Err(PprofError::invalid(format!("there is no string {index}"))),
        }
    }
}

fn push<T>(
    table: &mut Vec<T>,
    entry: T,
    what: &'static str,
    limit: usize,
) -> Result<(), PprofError> {
    if table.len() >= limit {
        return Err(PprofError::TooLarge { what, limit });
    }
    table.push(entry);
    Ok(())
}

fn value_type(message: &[u8]) -> Result<ValueType, PprofError> {
    let mut out = ValueType::default();
    let mut reader = Reader::new(message);
    while let Some((field, value)) = reader.field()? {
        match field {
            value_type::TYPE => out.kind = value.number()?,
            value_type::UNIT => out.unit = value.number()?,
            _ => {}
        }
    }
    Ok(out)
}

fn mapping(message: &[u8]) -> Result<Mapping, PprofError> {
    let mut out = Mapping::default();
    let mut reader = Reader::new(message);
    while let Some((field, value)) = reader.field()? {
        match field {
            mapping::ID => out.id = value.number()?,
            mapping::FILENAME => out.file = value.number()?,
            _ => {}
        }
    }
    Ok(out)
}

fn location(message: &[u8], lines: &mut Vec<Line>, limit: usize) -> Result<Location, PprofError> {
    // Tables have at most 2^24 entries.
    let mut out = Location { lines: (lines.len() as u32, 0), ..Location::default() };
    let mut reader = Reader::new(message);
    while let Some((field, value)) = reader.field()? {
        match field {
            location::ID => out.id = value.number()?,
            location::MAPPING_ID => out.mapping = value.number()?,
            location::ADDRESS => out.address = value.number()?,
            location::LINE => push(lines, self::line(value.bytes()?)?, "lines", limit)?,
            _ => {}
        }
    }
    out.lines.1 = lines.len() as u32;
    Ok(out)
}

fn line(message: &[u8]) -> Result<Line, PprofError> {
    let mut out = Line::default();
    let mut reader = Reader::new(message);
    while let Some((field, value)) = reader.field()? {
        match field {
            line::FUNCTION_ID => out.function = value.number()?,
            line::LINE => out.line = value.number()?,
            _ => {}
        }
    }
    Ok(out)
}

fn function(message: &[u8], bodies: &mut Vec<Body>, limit: usize) -> Result<Function, PprofError> {
    // Tables have at most 2^24 entries.
    let mut out = Function { bodies: (bodies.len() as u32, 0), ..Function::default() };
    let mut reader = Reader::new(message);
    while let Some((field, value)) = reader.field()? {
        match (field, value) {
            (function::ID, _) => out.id = value.number()?,
            (function::NAME, _) => out.name = value.number()?,
            (function::SYSTEM_NAME, _) => out.system_name = value.number()?,
            (function::FILENAME, _) => out.file = value.number()?,
            // Of another tool's file a field of that number may be anything.
            (function::BODY, Value::Bytes(bytes)) => {
                if let Ok(body) = body(bytes) {
                    push(bodies, body, "bodies", limit)?;
                }
            }
            _ => {}
        }
    }
    out.bodies.1 = bodies.len() as u32;
    Ok(out)
}

fn body(message: &[u8]) -> Result<Body, PprofError> {
    let mut out = Body { hash: 0, size: 0 };
    let mut reader = Reader::new(message);
    while let Some((field, value)) = reader.field()? {
        match field {
            body::HASH => out.hash = value.number()?,
            body::SIZE => out.size = u32::try_from(value.number()?).unwrap_or(u32::MAX),
            _ => {}
        }
    }
    Ok(out)
}
