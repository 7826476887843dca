//! From records to a recording.

use std::io::BufRead;
use std::path::Path;

use super::FormatError;
use super::format::{self, Event, Header, Records, Sample};
use super::mappings::{Files, Lists};
use crate::model::{
    FastMap, Handle as _, Image, ImageId, ImageKind, Location, LocationId, RawSample, Recording,
    StackId, Thread, ThreadId, Weight,
};
use crate::objects::{Object, Objects};
use crate::unwind::{AddressSpace, Cache, End, Mapping, StackCopy};

/// A process that was sampled.
#[derive(Default)]
struct Process {
    pid: i32,
    name: String,
    lists: Lists,
}

/// What the first pass finds.
#[derive(Default)]
struct Found {
    processes: FastMap<u32, Process>,
    files: Files,
    lost: u64,
}

/// Processes in a file; each needs some hundred bytes.
const MOST_PROCESSES: usize = 1 << 20;

/// Reads the same input twice.
pub(super) fn build(
    first: impl BufRead,
    second: impl BufRead,
    objects: &Objects,
) -> Result<Recording, FormatError> {
    let (header, records) = Records::new(first)?;
    let found = scan(header, records)?;
    if found.processes.is_empty() {
        return Err(FormatError::NoProcess);
    }
    let (_, mut records) = Records::new(second)?;
    let opened: Vec<Option<&Object>> =
        found.files.all.iter().map(|image| open(image, objects)).collect();
    let mut builder = Builder::new(header, &found, &opened);
    let mut at = 0;
    while let Some((process, event)) = records.next()? {
        match event {
            Event::Sample(sample) => builder.add(at, process, &sample),
            // Address spaces of processes that ended are not needed again.
            Event::Ended { .. } => builder.forget(process),
            Event::Process { .. } | Event::Mappings { .. } => {}
        }
        at += 1;
    }
    let (mut recording, used) = (builder.recording, builder.used);
    for (image, file) in recording.images.iter_mut().zip(used) {
        if image.kind == ImageKind::Vdso {
            // Tells whoever looks up names that it was this machine's.
            image.build_id = opened[file.index()].and_then(Object::build_id).map(<[u8]>::to_vec);
        }
    }
    recording.health.lost = found.lost;
    if !recording.is_within_limits() {
        return Err(FormatError::Weight);
    }
    Ok(recording)
}

/// The first pass.
fn scan(header: Header, mut records: Records<impl BufRead>) -> Result<Found, FormatError> {
    let mut found = Found::default();
    let (mut at, mut count, mut unseen) = (0, 0, 0_u64);
    while let Some((number, event)) = records.next()? {
        match event {
            Event::Process { pid, name } if found.processes.len() < MOST_PROCESSES => {
                let process = found.processes.entry(number).or_default();
                process.pid = pid;
                process.name = format::name(name);
            }
            Event::Mappings { number: list, part, last, text } => {
                if let Some(process) = found.processes.get_mut(&number) {
                    let place = (list, part, last);
                    process.lists.add(at, place, text, &mut found.files, &mut count);
                }
            }
            Event::Ended { lost, unseen: time } => {
                found.lost = found.lost.saturating_add(lost);
                unseen = unseen.saturating_add(time);
            }
            Event::Process { .. } | Event::Sample(_) => {}
        }
        at += 1;
    }
    // What no sample stands for is as many lost samples as it would have had.
    let samples = unseen as f64 * header.frequency / 1e9;
    found.lost = found.lost.saturating_add(samples as u64);
    Ok(found)
}

/// The file behind an image, if there is one.
fn open<'o>(image: &Image, objects: &'o Objects) -> Option<&'o Object> {
    match image.kind {
        ImageKind::File => objects.open(Path::new(&image.path), None).ok(),
        ImageKind::Vdso => objects.vdso(None),
        _ => None,
    }
}

/// A recording in the making.
struct Builder<'a, 'o> {
    recording: Recording,
    header: Header,
    found: &'a Found,
    opened: &'a [Option<&'o Object>],
    /// The address space of each process at the place of its last sample.
    spaces: FastMap<u32, (usize, AddressSpace<'o>)>,
    cache: Cache,
    frames: Vec<u64>,
    path: Vec<LocationId>,
    /// The file behind each image of the recording.
    used: Vec<ImageId>,
    images: FastMap<ImageId, ImageId>,
    locations: FastMap<Location, LocationId>,
    threads: FastMap<(u32, i32, [u8; 16]), ThreadId>,
    samples: FastMap<(StackId, ThreadId), usize>,
}

impl<'a, 'o> Builder<'a, 'o> {
    fn new(header: Header, found: &'a Found, opened: &'a [Option<&'o Object>]) -> Self {
        Self {
            recording: Recording::new(Weight::CpuTime, "cpu-clock", Some(header.frequency)),
            header,
            found,
            opened,
            spaces: FastMap::default(),
            cache: Cache::new(),
            frames: Vec::new(),
            path: Vec::new(),
            used: Vec::new(),
            images: FastMap::default(),
            locations: FastMap::default(),
            threads: FastMap::default(),
            samples: FastMap::default(),
        }
    }

    fn forget(&mut self, process: u32) {
        self.spaces.remove(&process);
    }

    fn add(&mut self, at: u64, number: u32, sample: &Sample<'_>) {
        let Some(process) = self.found.processes.get(&number) else { return };
        self.unwind(at, number, process, sample);
        let Some(stack) = self.recording.stacks.push_path(self.path.iter().rev().copied()) else {
            return;
        };
        self.recording.health.samples += 1;
        let threads = &mut self.recording.threads;
        let thread = *self.threads.entry((number, sample.tid, sample.name)).or_insert_with(|| {
            threads.push(Thread {
                pid: process.pid,
                tid: sample.tid,
                name: format::name(sample.name),
                process: process.name.clone(),
            });
            ThreadId::from_index(threads.len() - 1)
        });
        let samples = &mut self.recording.samples;
        let index = *self.samples.entry((stack, thread)).or_insert_with(|| {
            samples.push(RawSample { stack, thread, count: 0, weight: 0 });
            samples.len() - 1
        });
        let merged = &mut samples[index];
        merged.count += 1;
        merged.weight = merged.weight.saturating_add(sample.weight);
    }

    /// Fills `path` with a sample's locations, innermost first.
    fn unwind(&mut self, at: u64, number: u32, process: &Process, sample: &Sample<'_>) {
        let list = process.lists.at(at);
        if self.spaces.get(&number).is_none_or(|&(known, _)| known != list) {
            let space = self.space(process, list);
            self.spaces.insert(number, (list, space));
        }
        let (_, space) = &self.spaces[&number];
        let stack = StackCopy { start: sample.registers.sp, bytes: sample.stack };
        self.frames.clear();
        let end = space.unwind(sample.registers, stack, &mut self.cache, &mut self.frames);
        let mut places = Vec::with_capacity(self.frames.len());
        for &address in &self.frames {
            places.push(match space.find(address) {
                Some(mapping) => (Some(mapping.image), mapping.relative(address)),
                None => (None, address),
            });
        }
        self.path.clear();
        for (file, address) in places {
            let location = match file {
                Some(file) => Location::Image { image: self.image(file), address },
                None => Location::Unknown { address },
            };
            let location = self.location(location);
            self.path.push(location);
        }
        if end == End::Truncated {
            let truncated = self.location(Location::Truncated);
            self.path.push(truncated);
            self.recording.health.truncated += 1;
        }
    }

    fn space(&self, process: &Process, list: usize) -> AddressSpace<'o> {
        let mappings = process.lists.mappings(list).into_iter().map(|mapping| {
            let (range, file) = ((mapping.start, mapping.end), mapping.file);
            match self.found.files.all[file.index()].kind {
                ImageKind::File | ImageKind::Vdso => {
                    Mapping::of_file(range, mapping.offset, file, self.opened[file.index()])
                }
                ImageKind::Anonymous | ImageKind::Kernel => Mapping::absolute(range, file),
            }
        });
        AddressSpace::new(self.header.architecture, mappings.collect())
    }

    fn image(&mut self, file: ImageId) -> ImageId {
        *self.images.entry(file).or_insert_with(|| {
            let images = &mut self.recording.images;
            images.push(self.found.files.all[file.index()].clone());
            self.used.push(file);
            ImageId::from_index(images.len() - 1)
        })
    }

    fn location(&mut self, location: Location) -> LocationId {
        let locations = &mut self.recording.locations;
        *self.locations.entry(location).or_insert_with(|| {
            locations.push(location);
            LocationId::from_index(locations.len() - 1)
        })
    }
}
