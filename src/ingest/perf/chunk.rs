//! The second pass: the samples of a part of the file.

use std::path::Path;

use crate::model::Handle as _;
use crate::model::{
    FastMap, Health, Location, LocationId, RawSample, StackId, StackTable, StringId, ThreadId,
    Weight,
};
use crate::objects::Architecture;
use crate::unwind::{AddressSpace, Cache, End, Mapping};

use super::attributes::Attributes;
use super::cursor::words;
use super::header::Section;
use super::process::SpaceId;
use super::record::{RecordHeader, kind};
use super::sample::{self, Sample};
use super::space::Spaces;
use super::window::Window;

/// A thread with the names that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ThreadKey {
    pub(super) pid: i32,
    pub(super) tid: i32,
    pub(super) name: Option<StringId>,
    pub(super) process: Option<StringId>,
}

/// The samples of a part of the file, equal ones merged. Images are numbered as in `Files`.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) locations: Vec<Location>,
    pub(super) stacks: StackTable<LocationId>,
    pub(super) threads: Vec<ThreadKey>,
    pub(super) samples: Vec<RawSample>,
    pub(super) health: Health,
}

/// What all chunks of a file have in common.
pub(super) struct Context<'a, 'o> {
    pub(super) architecture: Architecture,
    pub(super) events: &'a [Attributes],
    /// The event behind each id.
    pub(super) by_id: &'a FastMap<u64, usize>,
    /// What the recording weighs; events with other weights are left out.
    pub(super) weight: Weight,
    pub(super) spaces: &'a Spaces<'a, 'o>,
}

impl Context<'_, '_> {
    /// The event that a sample belongs to, if its samples count.
    fn event(&self, body: &[u8]) -> Option<&Attributes> {
        let first = self.events.first()?;
        let event = if self.events.len() == 1 {
            first
        } else {
            let id = sample::event_id(first, body);
            self.events.get(*self.by_id.get(&id?)?)?
        };
        (event.weight() == Some(self.weight)).then_some(event)
    }

    /// What a sample stands for.
    fn weight(&self, event: &Attributes, sample: &Sample<'_>) -> u64 {
        sample.period.unwrap_or_else(|| match event.frequency() {
            _ if !event.is_frequency => event.period_or_frequency,
            Some(frequency) if self.weight == Weight::CpuTime => (1e9 / frequency) as u64,
            _ => 1,
        })
    }
}

/// Reads chunks; one for each thread, as it keeps buffers and the unwinder's cache.
pub(super) struct Worker<'a, 'o> {
    context: &'a Context<'a, 'o>,
    window: Window,
    cache: Cache,
    frames: Vec<u64>,
    path: Vec<LocationId>,
}

impl<'a, 'o> Worker<'a, 'o> {
    pub(super) fn new(context: &'a Context<'a, 'o>, window: Window) -> Self {
        Self { context, window, cache: Cache::new(), frames: Vec::new(), path: Vec::new() }
    }

    /// Reads one chunk.
    pub(super) fn read(&mut self, section: Section) -> std::io::Result<Chunk> {
        let mut builder = Builder::default();
        let mut at = section.offset;
        while at < section.end() {
            let header = self.window.get(at, RecordHeader::SIZE)?.and_then(RecordHeader::parse);
            // The first pass read the same headers; the file can only have changed since.
            let Some(header) = header else { break };
            if header.kind == kind::SAMPLE {
                let Some(record) = self.window.get(at, usize::from(header.size))? else { break };
                let body = &record[RecordHeader::SIZE..];
                if let Some(event) = self.context.event(body)
                    && let Some(sample) = Sample::parse(event, body)
                {
                    let scratch = Scratch {
                        cache: &mut self.cache,
                        frames: &mut self.frames,
                        path: &mut self.path,
                    };
                    builder.add(self.context, event, &sample, header.misc, scratch);
                }
            }
            at += u64::from(header.size);
        }
        Ok(builder.chunk)
    }
}

/// Buffers that are used again for each sample.
struct Scratch<'s> {
    cache: &'s mut Cache,
    frames: &'s mut Vec<u64>,
    path: &'s mut Vec<LocationId>,
}

#[derive(Default)]
struct Builder {
    chunk: Chunk,
    /// By address space (`None` for the kernel) and lookup address.
    addresses: FastMap<(Option<SpaceId>, u64), LocationId>,
    locations: FastMap<Location, LocationId>,
    threads: FastMap<ThreadKey, ThreadId>,
    samples: FastMap<(StackId, ThreadId), usize>,
}

impl Builder {
    fn add(
        &mut self,
        context: &Context<'_, '_>,
        event: &Attributes,
        sample: &Sample<'_>,
        misc: u16,
        scratch: Scratch<'_>,
    ) {
        let Scratch { cache, frames, path } = scratch;
        let processes = context.spaces.processes;
        let space_id = processes.space_at(sample.pid, sample.time);
        let space = context.spaces.get(space_id);
        path.clear();

        // Innermost frames first: the kernel's, then the program's.
        let chain = CallChain::split(sample, misc);
        for address in lookup_addresses(chain.kernel()) {
            path.push(self.kernel(context, address));
        }
        frames.clear();
        let end = match sample.user(event, context.architecture) {
            Some((registers, stack)) => space.unwind(registers, stack, cache, frames),
            None => {
                frames.extend(lookup_addresses(chain.user()));
                match frames.as_slice() {
                    // A kernel thread has nothing else.
                    [] if chain.is_chain => End::Complete,
                    _ if chain.is_chain && is_entry(space, frames) => End::Complete,
                    _ => End::Truncated,
                }
            }
        };
        for &address in frames.iter() {
            path.push(self.user(space_id, space, address));
        }
        if path.is_empty() {
            path.push(self.location(Location::Unknown { address: sample.ip }));
        }
        if end == End::Truncated {
            path.push(self.location(Location::Truncated));
            self.chunk.health.truncated += 1;
        }
        self.chunk.health.samples += 1;

        let Some(stack) = self.chunk.stacks.push_path(path.iter().rev().copied()) else { return };
        let thread = self.thread(ThreadKey {
            pid: sample.pid,
            tid: sample.tid,
            name: processes.thread_name(sample.tid, sample.time),
            process: processes.process_name(sample.pid, sample.time),
        });
        let samples = &mut self.chunk.samples;
        let index = *self.samples.entry((stack, thread)).or_insert_with(|| {
            samples.push(RawSample { stack, thread, count: 0, weight: 0 });
            samples.len() - 1
        });
        let merged = &mut samples[index];
        merged.count += 1;
        merged.weight = merged.weight.saturating_add(context.weight(event, sample));
    }

    fn kernel(&mut self, context: &Context<'_, '_>, address: u64) -> LocationId {
        if let Some(&known) = self.addresses.get(&(None, address)) {
            return known;
        }
        let image = context.spaces.files.kernel_image(address);
        let id = self.location(Location::Image { image, address });
        self.addresses.insert((None, address), id);
        id
    }

    fn user(&mut self, id: SpaceId, space: &AddressSpace<'_>, address: u64) -> LocationId {
        if let Some(&known) = self.addresses.get(&(Some(id), address)) {
            return known;
        }
        let location = match space.find(address) {
            Some(mapping) => {
                Location::Image { image: mapping.image, address: mapping.relative(address) }
            }
            None => Location::Unknown { address },
        };
        let location = self.location(location);
        self.addresses.insert((Some(id), address), location);
        location
    }

    fn location(&mut self, location: Location) -> LocationId {
        let locations = &mut self.chunk.locations;
        *self.locations.entry(location).or_insert_with(|| {
            locations.push(location);
            LocationId::from_index(locations.len() - 1)
        })
    }

    fn thread(&mut self, thread: ThreadKey) -> ThreadId {
        let threads = &mut self.chunk.threads;
        *self.threads.entry(thread).or_insert_with(|| {
            threads.push(thread);
            ThreadId::from_index(threads.len() - 1)
        })
    }
}

/// A call chain in its parts, each innermost frame first.
struct CallChain<'a> {
    bytes: &'a [u8],
    /// The first address, for samples without a chain.
    alone: Option<u64>,
    starts_in_kernel: bool,
    /// Whether there is more than an address.
    is_chain: bool,
}

/// `PERF_CONTEXT_*`: what follows is from there.
mod context {
    pub(super) const KERNEL: u64 = -128i64 as u64;
    pub(super) const USER: u64 = -512i64 as u64;
    /// Whatever is at least this is a marker and no address.
    pub(super) const MAX: u64 = -4095i64 as u64;
}

impl<'a> CallChain<'a> {
    fn split(sample: &Sample<'a>, misc: u16) -> Self {
        let starts_in_kernel = misc & 7 == 1;
        let empty = sample.callchain.is_empty();
        Self {
            bytes: sample.callchain,
            alone: empty.then_some(sample.ip).filter(|&ip| ip != 0),
            starts_in_kernel,
            is_chain: !empty,
        }
    }

    fn kernel(&self) -> impl Iterator<Item = u64> + '_ {
        self.part(context::KERNEL, self.starts_in_kernel)
    }

    fn user(&self) -> impl Iterator<Item = u64> + '_ {
        self.part(context::USER, !self.starts_in_kernel)
    }

    /// Addresses after a marker; those before the first marker when `first`.
    fn part(&self, marker: u64, first: bool) -> impl Iterator<Item = u64> + '_ {
        let mut inside = first;
        let chain = words(self.bytes).filter(move |&word| {
            if word >= context::MAX {
                inside = word == marker;
                return false;
            }
            inside
        });
        chain.chain(self.alone.filter(|_| first))
    }
}

/// An instruction's address as it is, return addresses one less.
fn lookup_addresses(chain: impl Iterator<Item = u64>) -> impl Iterator<Item = u64> {
    chain.enumerate().map(|(depth, address)| address.saturating_sub(u64::from(depth != 0)))
}

/// Whether a chain of frame pointers, innermost first, is whole. The kernel does not tell; but a
/// program's first function is called by the C library (which distributions strip of local
/// names), or is an entry point by its name.
fn is_entry(space: &AddressSpace<'_>, frames: &[u64]) -> bool {
    const ENTRIES: [&str; 8] = [
        "_start",
        "_start_c",
        "__libc_start_main",
        "__libc_start_call_main",
        "start_thread",
        "clone",
        "clone3",
        "__clone3",
    ];
    let Some(&address) = frames.last() else { return false };
    let Some(Mapping { object: Some(object), origin, .. }) = space.find(address) else {
        return false;
    };
    let file = object.path().file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_libc =
        ["libc.", "libc-", "libpthread", "ld-musl"].iter().any(|prefix| file.starts_with(prefix));
    // Alone, the frame is some function of the library that broke the chain.
    if is_libc && frames.len() > 1 {
        return true;
    }
    let stated = address.wrapping_sub(*origin).wrapping_add(object.base());
    object.symbol(stated).is_some_and(|symbol| ENTRIES.contains(&symbol.name))
}

/// Opens the file again, for a thread of its own.
pub(super) fn window(path: &Path, length: u64) -> std::io::Result<Window> {
    /// Fits into a core's cache beside everything else.
    const BUFFER: usize = 256 << 10;
    Ok(Window::new(fs_err::File::open(path)?, length, BUFFER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn chains_are_split_at_markers() {
        let callchain =
            bytes(&[context::KERNEL, 0xffff_8000, 0xffff_9000, context::USER, 0x100, 0x200]);
        let sample = Sample { callchain: &callchain, ..Sample::default() };
        let chain = CallChain::split(&sample, 1);
        let kernel: Vec<u64> = lookup_addresses(chain.kernel()).collect();
        let user: Vec<u64> = lookup_addresses(chain.user()).collect();
        assert_eq!(kernel, [0xffff_8000, 0xffff_8fff]);
        assert_eq!(user, [0x100, 0x1ff]);
    }

    #[test]
    fn without_a_chain_there_is_the_instruction() {
        let sample = Sample { ip: 0x77, ..Sample::default() };
        let user = CallChain::split(&sample, 2);
        assert_eq!(user.user().collect::<Vec<_>>(), [0x77]);
        assert_eq!(user.kernel().count(), 0);
        let kernel = CallChain::split(&sample, 1);
        assert_eq!(kernel.kernel().collect::<Vec<_>>(), [0x77]);
        assert_eq!(kernel.user().count(), 0);
    }
}
