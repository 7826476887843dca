//! From a file to a recording.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::model::{FastMap, ImageKind, Recording, SortFew as _};
use crate::objects::{Architecture, Objects};

use super::attributes::Attributes;
use super::chunk::{self, Chunk, Context, Worker};
use super::error::{Error, Note};
use super::features::{self, Features};
use super::header::{Header, Section};
use super::merge::Merge;
use super::process::Processes;
use super::scan::Scan;
use super::space::Spaces;
use super::window::Window;

/// How to read a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Threads to use; as many as there are CPUs when not given. The result is the same.
    pub threads: Option<NonZeroUsize>,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Its samples.
    pub recording: Recording,
    /// What is to be said of it; sorted by nothing but the order of reading.
    pub notes: Vec<Note>,
}

/// Reads a file that `perf record` wrote, and unwinds its stacks.
///
/// Files that perf could not finish are read as far as they go, with a [`Note::Truncated`].
///
/// # Errors
///
/// When the file cannot be read, is something else, or has no samples of a supported event.
pub fn read(path: &Path, objects: &Objects, options: Options) -> Result<Reading, Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let file = fs_err::File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let mut window = Window::new(file, length, 4096);
    let header = Header::read(path, &mut window)?;
    if features::is_compressed(&header) {
        return Err(Error::Compressed { path: path.to_owned() });
    }
    let mut events = header.events(path, &mut window)?;
    let features = features::read(&header, &mut window, &mut events).map_err(io)?;
    let main = main_event(path, &events)?;
    let architecture = architecture(path, &features, main)?;
    let weight = main.weight().expect("the main event has a weight");

    let mut scan = Scan::run(&mut window, header.data, &events[0]).map_err(io)?;
    drop(window);
    if scan.compressed {
        return Err(Error::Compressed { path: path.to_owned() });
    }
    scan.files.finish(&features.build_ids);
    let processes = Processes::new(&std::mem::take(&mut scan.changes));
    let spaces = Spaces::new(
        architecture,
        objects,
        &scan.files,
        &processes,
        is_this_kernel(&features, architecture),
    );
    let by_id: FastMap<u64, usize> = events
        .iter()
        .enumerate()
        .flat_map(|(index, event)| event.ids.iter().map(move |&id| (id, index)))
        .collect();
    let context = Context { architecture, events: &events, by_id: &by_id, weight, spaces: &spaces };

    let mut recording = Recording::new(weight, main.display_name(), main.frequency());
    recording.health = scan.health();
    let mut merge = Merge::new(recording, &scan.files, &scan.names);
    let threads = options
        .threads
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    /// Chunks whose results are in memory at a time.
    const WAVE: usize = 32;
    for wave in scan.chunks.chunks(WAVE) {
        for chunk in read_wave(path, length, wave, threads, &context).map_err(io)? {
            merge.add(chunk);
        }
    }

    let (mut recording, used) = merge.finish();
    if !recording.is_within_limits() {
        let what = "its samples weigh more than any program can use";
        return Err(Error::Damaged { path: path.to_owned(), what });
    }
    let mut notes = Vec::new();
    notes.extend(scan.truncated.map(|at| Note::Truncated { at }));
    let left_out = events.iter().filter(|e| !e.is_dummy() && e.weight() != Some(weight));
    notes.extend(left_out.map(|event| Note::EventLeftOut { event: event.display_name() }));
    if processes.overflowed {
        notes.push(Note::TooManyMappings);
    }
    for (image, file) in recording.images.iter_mut().zip(used) {
        match (image.kind, spaces.object(file)) {
            (ImageKind::File, Err(error)) => {
                notes.push(Note::Image { path: image.path.clone(), error });
            }
            // Tells whoever looks up names that it was this machine's.
            (ImageKind::Vdso, Ok(vdso)) => image.build_id = vdso.build_id().map(<[u8]>::to_vec),
            _ => {}
        }
    }
    Ok(Reading { recording, notes })
}

/// Reads chunks in parallel; results are in the order of `wave`.
fn read_wave(
    path: &Path,
    length: u64,
    wave: &[Section],
    threads: usize,
    context: &Context<'_, '_>,
) -> std::io::Result<Vec<Chunk>> {
    let next = AtomicUsize::new(0);
    let work = || -> std::io::Result<Vec<(usize, Chunk)>> {
        let mut worker = Worker::new(context, chunk::window(path, length)?);
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(&section) = wave.get(index) else { return Ok(done) };
            done.push((index, worker.read(section)?));
        }
    };
    let mut done = Vec::with_capacity(wave.len());
    std::thread::scope(|scope| -> std::io::Result<()> {
        let others: Vec<_> = (1..threads.min(wave.len())).map(|_| scope.spawn(work)).collect();
        done.extend(work()?);
        for other in others {
            match other.join() {
                Ok(result) => done.extend(result?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(())
    })?;
    done.sort_few_by_key(|&(index, _)| index);
    Ok(done.into_iter().map(|(_, chunk)| chunk).collect())
}

/// The first event whose samples mean something.
fn main_event<'e>(path: &Path, events: &'e [Attributes]) -> Result<&'e Attributes, Error> {
    events.iter().find(|event| event.weight().is_some()).ok_or_else(|| {
        let names: Vec<String> = events.iter().map(Attributes::display_name).collect();
        Error::Events { path: path.to_owned(), events: names.join(", ") }
    })
}

/// The processor that the file was recorded on. An unfinished file does not say; then the
/// registers that it samples do, and at last it is most likely from this machine.
fn architecture(
    path: &Path,
    features: &Features,
    event: &Attributes,
) -> Result<Architecture, Error> {
    /// `PERF_REG_ARM64_PC`: x86-64 has no such register unless vectors are sampled too.
    const AARCH64_PC: u64 = 1 << 32;
    if let Some(name) = &features.architecture {
        return Architecture::from_name(name).ok_or_else(|| Error::Architecture {
            path: path.to_owned(),
            architecture: name.clone(),
        });
    }
    let by_registers = match event.user_registers {
        0 => None,
        mask if mask & AARCH64_PC != 0 => Some(Architecture::Aarch64),
        _ => Some(Architecture::X86_64),
    };
    by_registers.or_else(Architecture::host).ok_or_else(|| Error::Architecture {
        path: path.to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
    })
}

/// Whether the file was recorded under the kernel that runs here; taken for granted of a file
/// that does not say.
fn is_this_kernel(features: &Features, architecture: Architecture) -> bool {
    let here = fs_err::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let same = features.release.as_deref().is_none_or(|there| there == here.trim_end());
    same && Architecture::host() == Some(architecture)
}
