//! Bytes → [`Profile`].

use crate::model::{
    Frame, FrameId, Function, Profile, ProfileBuilder, Sample, Scope, StackId, StringId,
};

use super::error::PprofError;
use super::gzip;
use super::ids::Ids;
use super::limits::{LIMITS, Limits, RUNS};
use super::message::{label, sample};
use super::tables::{self, Tables};
use super::values::Values;
use super::wire::Reader;
use super::{HARNESS, RUN, SCOPE};

/// The profile in a pprof file, compressed or not, ours or another tool's.
///
/// Of a file with several sample types CPU time is read, else its default type, else the last
/// that we know. Samples without our labels belong to run 0 and to the benchmark.
///
/// # Errors
/// Whatever is wrong with the file; see [`PprofError`].
pub fn decode(bytes: &[u8]) -> Result<Profile, PprofError> {
    decode_within(bytes, &LIMITS)
}

/// The same with other limits.
pub(super) fn decode_within(bytes: &[u8], limits: &Limits) -> Result<Profile, PprofError> {
    let message = gzip::inflate(bytes, limits.inflated)?;
    let tables = Tables::read(&message, limits.entries)?;
    let values = Values::choose(&tables)?;
    let mut builder = ProfileBuilder::new(values.weight);
    let locations = Locations::new(&tables, &mut builder)?;
    // Tables may follow the samples that refer to them, and in most files do: samples come last.
    let mut samples = Samples {
        tables: &tables,
        limits,
        values,
        locations,
        builder,
        path: Vec::new(),
        ids: Vec::new(),
        numbers: Vec::new(),
        totals: (0, 0),
        steps: 0,
    };
    tables.each_sample(|bytes| samples.add(bytes))?;
    Ok(samples.builder.finish())
}

/// The frames of all locations.
struct Locations {
    ids: Ids,
    /// By location, a range of `frames`.
    ranges: Vec<(u32, u32)>,
    /// Outermost first.
    frames: Vec<FrameId>,
}

impl Locations {
    fn new(tables: &Tables<'_>, builder: &mut ProfileBuilder) -> Result<Self, PprofError> {
        let ids = Ids::new("location", tables.locations.iter().map(|l| l.id))?;
        let mappings = Ids::new("mapping", tables.mappings.iter().map(|m| m.id))?;
        let functions = Ids::new("function", tables.functions.iter().map(|f| f.id))?;
        let mut texts = Texts { tables, known: vec![None; tables.strings()] };
        let mut images = Vec::with_capacity(tables.mappings.len());
        for mapping in &tables.mappings {
            images.push(texts.image(mapping.file, builder)?);
        }
        let mut named = Vec::with_capacity(tables.functions.len());
        for function in &tables.functions {
            named.push(texts.function(function, builder)?);
        }

        let mut has_bodies = vec![false; tables.functions.len()];
        let mut ranges = Vec::with_capacity(tables.locations.len());
        let mut frames = Vec::with_capacity(tables.lines.len());
        for location in &tables.locations {
            let start = frames.len() as u32;
            let image = match location.mapping {
                0 => None,
                id => images[mappings.get(id).ok_or_else(|| missing("mapping", id))?],
            };
            let lines = &tables.lines[location.lines.0 as usize..location.lines.1 as usize];
            for (depth, line) in lines.iter().rev().enumerate() {
                let id = line.function;
                let index = functions.get(id).ok_or_else(|| missing("function", id))?;
                let function = builder.function(Function { image, ..named[index] });
                // Once, of the image that holds it: what is inlined elsewhere has no code there.
                if tables.ours && depth == 0 && !std::mem::replace(&mut has_bodies[index], true) {
                    let (first, end) = tables.functions[index].bodies;
                    for &body in &tables.bodies[first as usize..end as usize] {
                        builder.body(function, body);
                    }
                }
                // Lines are signed; what is not a line is not known.
                let line = u32::try_from(line.line).unwrap_or(0);
                frames.push(builder.frame(Frame { function, line, inlined: depth > 0 }));
            }
            if lines.is_empty() {
                // Not symbolicated: the address is all there is.
                let name = builder.string(&format!("{:#x}", location.address));
                let function =
                    builder.function(Function { name, system_name: name, file: None, image });
                frames.push(builder.frame(Frame { function, line: 0, inlined: false }));
            }
            ranges.push((start, frames.len() as u32));
        }
        Ok(Self { ids, ranges, frames })
    }

    /// The frames of a location, outermost first.
    fn get(&self, id: u64) -> Result<&[FrameId], PprofError> {
        let (start, end) = self.ranges[self.ids.get(id).ok_or_else(|| missing("location", id))?];
        Ok(&self.frames[start as usize..end as usize])
    }
}

fn missing(what: &str, id: u64) -> PprofError {
    PprofError::invalid(format!("there is no {what} with the id {id}"))
}

/// Strings of the file, interned when they are first needed.
struct Texts<'a> {
    tables: &'a Tables<'a>,
    known: Vec<Option<StringId>>,
}

impl Texts<'_> {
    fn get(&mut self, index: u64, builder: &mut ProfileBuilder) -> Result<StringId, PprofError> {
        let bytes = self.tables.bytes(index)?;
        // `bytes` has checked the index, but for the 0 of an empty table.
        if let Some(&Some(id)) = self.known.get(index as usize) {
            return Ok(id);
        }
        let id = builder.string(&String::from_utf8_lossy(bytes));
        if let Some(known) = self.known.get_mut(index as usize) {
            *known = Some(id);
        }
        Ok(id)
    }

    /// The same, but nothing for the empty string.
    fn optional(
        &mut self,
        index: u64,
        builder: &mut ProfileBuilder,
    ) -> Result<Option<StringId>, PprofError> {
        if self.tables.bytes(index)?.is_empty() {
            return Ok(None);
        }
        self.get(index, builder).map(Some)
    }

    /// The name of an image: of another tool's path its last part.
    fn image(
        &mut self,
        index: u64,
        builder: &mut ProfileBuilder,
    ) -> Result<Option<StringId>, PprofError> {
        let bytes = self.tables.bytes(index)?;
        if self.tables.ours {
            return self.optional(index, builder);
        }
        let name = bytes.rsplit(|&b| b == b'/' || b == b'\\').next().unwrap_or(bytes);
        Ok((!name.is_empty()).then(|| builder.string(&String::from_utf8_lossy(name))))
    }

    /// A function, its image aside. Other tools may leave one of the names away.
    fn function(
        &mut self,
        function: &tables::Function,
        builder: &mut ProfileBuilder,
    ) -> Result<Function, PprofError> {
        let (mut name, mut system_name) = (function.name, function.system_name);
        if !self.tables.ours {
            if self.tables.bytes(name)?.is_empty() {
                name = system_name;
            }
            if self.tables.bytes(system_name)?.is_empty() {
                system_name = name;
            }
        }
        Ok(Function {
            name: self.get(name, builder)?,
            system_name: self.get(system_name, builder)?,
            file: self.optional(function.file, builder)?,
            image: None,
        })
    }
}

/// Reads samples one after the other.
struct Samples<'a> {
    tables: &'a Tables<'a>,
    limits: &'a Limits,
    values: Values,
    locations: Locations,
    builder: ProfileBuilder,
    /// The stack of the sample before: its locations, outermost first, and the stack down to
    /// each. Neighbours share most of it, and only the rest has to be looked up.
    path: Vec<(u64, StackId)>,
    /// Locations of this sample, innermost first.
    ids: Vec<u64>,
    numbers: Vec<i64>,
    /// Sums of counts and weights, so that nobody who adds up samples overflows.
    totals: (u64, u64),
    steps: usize,
}

impl Samples<'_> {
    fn add(&mut self, message: &[u8]) -> Result<(), PprofError> {
        if message.len() > self.limits.sample {
            return Err(PprofError::TooLarge {
                what: "bytes in a sample",
                limit: self.limits.sample,
            });
        }
        self.ids.clear();
        self.numbers.clear();
        let (mut run, mut scope) = (0, Scope::Benchmark);
        let mut reader = Reader::new(message);
        while let Some((field, value)) = reader.field()? {
            match field {
                sample::LOCATION_ID => value.numbers(|id| self.ids.push(id))?,
                sample::VALUE => value.numbers(|number| self.numbers.push(number as i64))?,
                sample::LABEL => self.label(value.bytes()?, &mut run, &mut scope)?,
                _ => {}
            }
        }
        let (count, weight) = self.values.of(&self.numbers)?;
        self.totals = (
            add(self.totals.0, count, "the number of samples")?,
            add(self.totals.1, weight, "the sum of all weights")?,
        );
        let stack = self.stack()?.unwrap_or_else(|| self.nowhere());
        self.builder.sample(Sample { stack, run, scope, count, weight });
        Ok(())
    }

    fn label(&self, message: &[u8], run: &mut u32, scope: &mut Scope) -> Result<(), PprofError> {
        let (mut key, mut text, mut number) = (0, 0, 0);
        let mut reader = Reader::new(message);
        while let Some((field, value)) = reader.field()? {
            match field {
                label::KEY => key = value.number()?,
                label::STR => text = value.number()?,
                label::NUM => number = value.number()? as i64,
                _ => {}
            }
        }
        let key = self.tables.bytes(key)?;
        if key == RUN.as_bytes() && text == 0 {
            *run = match u32::try_from(number) {
                Ok(run) if number < RUNS => run,
                _ if !self.tables.ours => 0,
                _ => return Err(PprofError::invalid(format!("there is no run {number}"))),
            };
        } else if key == SCOPE.as_bytes() && self.tables.bytes(text)? == HARNESS.as_bytes() {
            *scope = Scope::Harness;
        }
        Ok(())
    }

    /// The stack of the sample's locations.
    fn stack(&mut self) -> Result<Option<StackId>, PprofError> {
        let shared = self
            .path
            .iter()
            .zip(self.ids.iter().rev())
            .take_while(|((known, _), id)| known == *id)
            .count();
        self.path.truncate(shared);
        for &id in self.ids.iter().rev().skip(shared) {
            let frames = self.locations.get(id)?;
            self.steps += frames.len();
            if self.steps > self.limits.steps {
                let (what, limit) = ("frames in all stacks", self.limits.steps);
                return Err(PprofError::TooLarge { what, limit });
            }
            let mut stack = self.path.last().map(|&(_, stack)| stack);
            for &frame in frames {
                stack = Some(self.builder.stack(stack, frame));
            }
            if self.builder.profile().stacks.len() > self.limits.stacks {
                return Err(PprofError::TooLarge { what: "stacks", limit: self.limits.stacks });
            }
            self.path.push((id, stack.expect("a location has at least one frame")));
        }
        Ok(self.path.last().map(|&(_, stack)| stack))
    }

    /// The stack of a sample that came without one, so that its weight is not lost.
    fn nowhere(&mut self) -> StackId {
        let name = self.builder.string("[unknown]");
        let function = Function { name, system_name: name, file: None, image: None };
        let function = self.builder.function(function);
        let frame = self.builder.frame(Frame { function, line: 0, inlined: false });
        self.builder.stack(None, frame)
    }
}

fn add(sum: u64, more: u64, what: &str) -> Result<u64, PprofError> {
    let sum = sum.checked_add(more).filter(|&sum| i64::try_from(sum).is_ok());
    sum.ok_or_else(|| PprofError::invalid(format!("{what} is out of range")))
}
