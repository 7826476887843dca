//! From a profile to recordings.

use std::path::Path;

use serde::Deserialize;

use super::log::{self, Loaded};
use super::{FormatError, Reading};
use crate::model::{
    FastMap, Handle as _, Image, ImageId, ImageKind, Location, LocationId, RawSample, Recording,
    SortFew as _, StackId, Thread, ThreadId,
};
use crate::objects::Objects;

/// Frames of a stack that DHAT notes at most: what has as many may have more.
const DEEPEST: usize = 500;

/// The part of a profile that is read.
#[derive(Deserialize)]
struct Profile {
    #[serde(rename = "dhatFileVersion")]
    version: u64,
    mode: String,
    cmd: String,
    pid: i64,
    /// Program points: stacks that allocated something.
    pps: Vec<Point>,
    /// Frames, as text.
    ftbl: Vec<String>,
}

/// What one stack allocated: bytes (`b`) and blocks (`bk`).
#[derive(Deserialize)]
struct Point {
    /// In all.
    tb: u64,
    tbk: u64,
    /// Most at one time.
    mb: u64,
    mbk: u64,
    /// When the process had most.
    gb: u64,
    gbk: u64,
    /// At the end.
    eb: u64,
    ebk: u64,
    /// Frames, innermost first.
    fs: Vec<usize>,
}

/// Recordings being made. The first has the tables.
pub(super) struct Builder<'o> {
    objects: &'o Objects,
    recording: Recording,
    /// Samples of the other recordings.
    others: [Vec<RawSample>; 3],
    images: FastMap<Image, ImageId>,
    locations: FastMap<Location, LocationId>,
}

impl<'o> Builder<'o> {
    pub(super) fn new(recording: Recording, objects: &'o Objects) -> Self {
        Self {
            objects,
            recording,
            others: Default::default(),
            images: FastMap::default(),
            locations: FastMap::default(),
        }
    }

    /// Adds a process.
    pub(super) fn add(&mut self, profile: &[u8], log: &[u8]) -> Result<(), FormatError> {
        let profile: Profile = serde_json::from_slice(profile)?;
        if !matches!(profile.version, 1 | 2) || profile.mode != "heap" {
            return Err(FormatError::Version { version: profile.version, mode: profile.mode });
        }
        let path = profile.cmd.split(' ').next().unwrap_or_default();
        let thread = ThreadId::from_index(self.recording.threads.len());
        let pid = i32::try_from(profile.pid).unwrap_or(0);
        let process = path.rsplit('/').next().unwrap_or(path).to_owned();
        self.recording.threads.push(Thread { pid, tid: pid, name: String::new(), process });

        let memory = self.memory(&log::loaded(log));
        let frames: Vec<Frame> =
            profile.ftbl.iter().map(|text| self.frame(text, &memory)).collect();
        let mut samples: FastMap<StackId, usize> = FastMap::default();
        for (index, point) in profile.pps.iter().enumerate() {
            let get = |&frame: &usize| frames.get(frame).copied();
            let stack: Option<Vec<Frame>> = point.fs.iter().map(get).collect();
            let stack = stack.ok_or(FormatError::Frame { index })?;
            let stack = self.stack(&stack);
            let pairs = [
                (point.tb, point.tbk),
                (point.gb, point.gbk),
                (point.mb, point.mbk),
                (point.eb, point.ebk),
            ];
            let [own, others @ ..] = &mut self.lists();
            let at = *samples.entry(stack).or_insert_with(|| {
                for list in std::iter::once(&mut *own).chain(others.iter_mut()) {
                    list.push(RawSample { stack, thread, count: 0, weight: 0 });
                }
                own.len() - 1
            });
            for (list, (bytes, blocks)) in std::iter::once(own).chain(others.iter_mut()).zip(pairs)
            {
                let sample = &mut list[at];
                sample.weight = sample.weight.saturating_add(bytes);
                sample.count = sample.count.saturating_add(blocks);
            }
        }
        Ok(())
    }

    /// Samples of all recordings.
    fn lists(&mut self) -> [&mut Vec<RawSample>; 4] {
        let [peak, most, kept] = &mut self.others;
        [&mut self.recording.samples, peak, most, kept]
    }

    /// The recordings, each with the samples that count for it.
    pub(super) fn finish(self) -> Result<Reading, FormatError> {
        let with = |samples: &[RawSample]| {
            let mut recording = self.recording.clone();
            let counts = |sample: &&RawSample| sample.count > 0 || sample.weight > 0;
            recording.samples = samples.iter().filter(counts).copied().collect();
            if !recording.is_within_limits() {
                return Err(FormatError::Weight);
            }
            recording.health.samples = recording.samples.iter().map(|sample| sample.count).sum();
            Ok(recording)
        };
        let [peak, most, kept] = &self.others;
        Ok(Reading {
            allocated: with(&self.recording.samples)?,
            peak: with(peak)?,
            most: with(most)?,
            kept: with(kept)?,
        })
    }

    /// Where code is, ordered by address. A file that cannot be opened has none.
    fn memory(&mut self, loaded: &[Loaded]) -> Vec<Mapping> {
        let mut memory = Vec::new();
        for Loaded { path, bias } in loaded {
            let Ok(object) = self.objects.open(Path::new(path), None) else { continue };
            let image = Image { path: path.clone(), kind: ImageKind::File, build_id: None };
            let images = &mut self.recording.images;
            let image = *self.images.entry(image).or_insert_with_key(|image| {
                images.push(image.clone());
                ImageId::from_index(images.len() - 1)
            });
            let name = path.rsplit('/').next().unwrap_or(path);
            let is_valgrind = name.starts_with("vgpreload_");
            for segment in object.segments().iter().filter(|segment| segment.executable) {
                let start = segment.address.wrapping_add(*bias);
                let end = start.saturating_add(segment.file_size);
                let base = object.base().wrapping_add(*bias);
                memory.push(Mapping { start, end, image, base, is_valgrind });
            }
        }
        // Of two at one address the later one, since the earlier one was unloaded.
        memory.sort_few_by_key(|mapping| mapping.start);
        memory
    }

    /// A frame: `0x1C9991: name (file)`, or `[root]`.
    fn frame(&mut self, text: &str, memory: &[Mapping]) -> Frame {
        let digits = text.split(':').next().and_then(|word| word.strip_prefix("0x"));
        let Some(address) = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()) else {
            return Frame { location: self.location(Location::Truncated), kind: Kind::Nowhere };
        };
        let before = memory.partition_point(|mapping| mapping.start <= address);
        let mapping = memory[..before].last().filter(|mapping| address < mapping.end);
        let (location, kind) = match mapping {
            Some(&Mapping { image, base, is_valgrind, .. }) => {
                let kind = if is_valgrind { Kind::Valgrind } else { Kind::Code };
                (Location::Image { image, address: address.wrapping_sub(base) }, kind)
            }
            None => (Location::Unknown { address }, Kind::Nowhere),
        };
        Frame { location: self.location(location), kind }
    }

    fn location(&mut self, location: Location) -> LocationId {
        let locations = &mut self.recording.locations;
        *self.locations.entry(location).or_insert_with(|| {
            locations.push(location);
            LocationId::from_index(locations.len() - 1)
        })
    }

    /// The stack of these frames, innermost first, without what is not the program's.
    fn stack(&mut self, frames: &[Frame]) -> StackId {
        let inner = frames.iter().take_while(|frame| frame.kind == Kind::Valgrind).count();
        let known = frames.iter().rposition(|frame| frame.kind != Kind::Nowhere);
        let outer = known.map_or(frames.len(), |known| known + 1);
        // What only valgrind's own functions are on is theirs.
        let own = if inner < outer { &frames[inner..outer] } else { frames };
        let truncated = self.location(Location::Truncated);
        let whole = !own.is_empty() && (frames.len() < DEEPEST || outer < frames.len());
        let root = (!whole).then(|| self.recording.stacks.push(None, truncated));
        let push = |parent, frame: &Frame| Some(self.recording.stacks.push(parent, frame.location));
        let stack = own.iter().rev().fold(root, push);
        stack.unwrap_or_else(|| self.recording.stacks.push(None, truncated))
    }
}

/// A range of a process's memory with code of a file.
struct Mapping {
    start: u64,
    end: u64,
    image: ImageId,
    /// The address that relative ones count from.
    base: u64,
    is_valgrind: bool,
}

/// An entry of the table of frames.
#[derive(Clone, Copy)]
struct Frame {
    location: LocationId,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In a file of the program's.
    Code,
    /// In what valgrind loads into the program: it replaces `malloc`.
    Valgrind,
    /// In no file.
    Nowhere,
}
