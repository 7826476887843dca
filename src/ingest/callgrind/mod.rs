//! callgrind's profiles: what `valgrind --tool=callgrind --dump-instr=yes --separate-callers=N`
//! writes, one file for each process.
//!
//! A file has costs by instruction, grouped by function *in its context* (the functions that
//! called it), and calls between those with what each cost in all. `parse` reads
//! that graph; `stacks` turns it into stacks of addresses, so that symbols, inlined functions and
//! the harness are dealt with as they are for samples.
//!
//! Exact: the sum, checked against the file's own; the cost of every instruction in its context,
//! and so of every function; what each call cost in all. An assumption remains where one context
//! was called from several places: what happened inside is attributed to these in proportion to
//! what each call cost, rounded so that both sums stay exact.
//!
//! Deliberately absent: names and source lines, which come from the objects that addresses are in.

mod calls;
mod costs;
mod cycles;
mod parse;
mod share;
mod stacks;
#[cfg(test)]
mod tests;
mod text;

use std::path::{Path, PathBuf};

use thiserror::Error;

use self::calls::Calls;
use crate::model::{Event, RawSample, Recording, Weight};
use crate::objects::Objects;

/// Largest file read. What is read takes up to eight times as much in memory.
const MAX_BYTES: u64 = 512 << 20;

/// What callgrind counted in a program and the programs that it started.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Instructions by stack; a sample's weight and its count are both instructions executed.
    pub recording: Recording,
    /// What else was counted and is known (`--cache-sim=yes`, `--branch-sim=yes`), in the order of
    /// the file.
    pub columns: Vec<Column>,
}

/// An event beside instructions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What happened.
    pub event: Event,
    /// How often, for each sample of the recording.
    pub counts: Vec<u64>,
}

impl Column {
    /// The recording's samples, by these counts: 0 where code ran and it did not happen.
    pub fn samples(&self, recording: &Recording) -> Vec<RawSample> {
        let counts = recording.samples.iter().zip(&self.counts);
        counts.map(|(sample, &count)| RawSample { count, weight: count, ..*sample }).collect()
    }
}

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum FormatError {
    /// It is something else.
    #[error("it is not a profile of callgrind")]
    Foreign,
    /// It has no addresses.
    #[error("it has no addresses; record with --dump-instr=yes")]
    NoAddresses,
    /// It does not count instructions.
    #[error("it does not count instructions (`Ir`)")]
    NoInstructions,
    /// Its parts count different events.
    #[error("its parts, or those of several processes, do not count the same events")]
    Events,
    /// A line makes no sense.
    #[error("its line {number} makes no sense")]
    Line {
        /// Which, from 1.
        number: u64,
    },
    /// It ends before its sum.
    #[error("it ends in the middle: the process was killed, or the disk is full")]
    Cut,
    /// Its costs do not add up.
    #[error("its costs add up to {found}, not to {stated} as it says")]
    Sum {
        /// What they add up to.
        found: u64,
        /// What it says.
        stated: u64,
    },
    /// It is larger than what is read.
    #[error("it is larger than {MAX_BYTES} bytes; count less with --separate-callers=10")]
    TooLarge,
    /// Its costs add up to more than any program can use.
    #[error("it counts more than any program can do")]
    Weight,
}

/// Why profiles cannot be read.
#[derive(Debug, Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read callgrind's profile")]
    Io(#[from] std::io::Error),
    /// There is none.
    #[error("callgrind wrote no profile {}.PID", path.display())]
    Missing {
        /// What its name was to begin with.
        path: PathBuf,
    },
    /// A file is not as it should be.
    #[error("cannot use {}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FormatError,
    },
}

/// Reads the profiles that callgrind wrote to `OUTPUT.PID`, one for each process.
///
/// # Errors
/// When there is none, or one is not as it should be.
pub fn read(output: &Path, objects: &Objects) -> Result<Reading, Error> {
    let mut builder = Builder::new(objects);
    for path in super::files_of_processes(output, "")? {
        let size = fs_err::metadata(&path)?.len();
        // One that was begun and not written: of a process that was killed.
        if size == 0 {
            continue;
        }
        let format = |source| Error::Format { path: path.clone(), source };
        if size > MAX_BYTES {
            return Err(format(FormatError::TooLarge));
        }
        // The text is not kept while stacks are made of it.
        let calls = parse::parse(&fs_err::read(&path)?).map_err(format)?;
        builder.add(&calls).map_err(format)?;
    }
    let missing = || Error::Missing { path: output.to_owned() };
    builder
        .finish()
        .map_err(|source| Error::Format { path: output.to_owned(), source })?
        .ok_or_else(missing)
}

/// Reads one file's bytes.
///
/// # Errors
/// When it is not as it should be.
pub fn parse(bytes: &[u8], objects: &Objects) -> Result<Reading, FormatError> {
    let mut builder = Builder::new(objects);
    builder.add(&parse::parse(bytes)?)?;
    builder.finish()?.ok_or(FormatError::Cut)
}

/// Reading in the making.
struct Builder<'o> {
    objects: &'o Objects,
    /// Instructions first; empty before the first file.
    events: Vec<String>,
    stacks: stacks::Stacks,
}

impl<'o> Builder<'o> {
    fn new(objects: &'o Objects) -> Self {
        let recording = Recording::new(Weight::Instructions, "instructions", None);
        Self { objects, events: Vec::new(), stacks: stacks::Stacks::new(recording) }
    }

    /// Adds one process.
    fn add(&mut self, calls: &Calls) -> Result<(), FormatError> {
        if self.events.is_empty() {
            self.events.clone_from(&calls.events);
        } else if self.events != calls.events {
            return Err(FormatError::Events);
        }
        self.stacks.add(calls, self.objects);
        Ok(())
    }

    /// What was read; `None` without a file.
    fn finish(self) -> Result<Option<Reading>, FormatError> {
        let (recording, columns) = self.stacks.finish();
        let is_within_limits = |counts: &Vec<u64>| {
            counts.iter().fold(0, |sum: u64, count| sum.saturating_add(*count))
                <= Recording::MAX_WEIGHT
        };
        if !recording.is_within_limits() || !columns.iter().all(is_within_limits) {
            return Err(FormatError::Weight);
        }
        let known = self.events.iter().skip(1).map(|name| Event::from_name(name));
        let columns =
            known.zip(columns).filter_map(|(event, counts)| Some(Column { event: event?, counts }));
        Ok((!self.events.is_empty()).then(|| Reading { recording, columns: columns.collect() }))
    }
}
