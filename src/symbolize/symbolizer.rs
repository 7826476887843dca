//! From a recording's addresses to a profile's functions.

use std::path::Path;
use std::thread::JoinHandle;

use crate::model::{
    FastMap, Frame, FrameId, Function, FunctionId, Handle as _, Health, Image, ImageKind, Location,
    ProfileBuilder, Recording, Sample, Scope, StackId,
};
use crate::objects::{Object, Objects};

use super::dwarf::Dwarf;
use super::kernel::KernelSymbols;
use super::resolve::{KnownAddress, Resolved, image_name};

/// The function that stands for callers that are not known (see [`Location::Truncated`]).
pub const TRUNCATED: &str = "[truncated]";

/// The name of the kernel among images.
const KERNEL: &str = "[kernel]";

/// The longest name that Linux keeps of a process, in bytes.
const COMM: usize = 15;

/// Looks up addresses, each distinct one once.
pub struct Symbolizer<'o> {
    objects: &'o Objects,
    resolved: Resolved,
    images: FastMap<Image, KnownImage<'o>>,
    kernel: Option<KernelSymbols>,
    reading_kernel: Option<JoinHandle<KernelSymbols>>,
    /// Debug information that was opened before an image asked for it.
    ahead: Vec<(&'o Object, Option<Dwarf<'o>>)>,
}

/// What is known of an image.
struct KnownImage<'o> {
    object: Option<&'o Object>,
    /// `None` until it is needed.
    dwarf: Option<Option<Dwarf<'o>>>,
    addresses: FastMap<u64, KnownAddress>,
}

impl<'o> Symbolizer<'o> {
    /// A symbolizer that has looked up nothing yet.
    pub fn new(objects: &'o Objects) -> Self {
        Self {
            objects,
            resolved: Resolved::default(),
            images: FastMap::default(),
            kernel: None,
            reading_kernel: None,
            ahead: Vec::new(),
        }
    }

    /// Begins to read the kernel's symbols, once, in a thread of its own: some 50 ms of CPU time,
    /// while other files' addresses are looked up.
    fn read_kernel_ahead(&mut self) {
        if self.kernel.is_none() && self.reading_kernel.is_none() {
            self.reading_kernel = Some(std::thread::spawn(KernelSymbols::of_this_machine));
        }
    }

    /// Opens the debug information of an executable, which is worth doing in another thread while
    /// a recording of it is read. Without this call the first [`append`](Self::append) does it.
    pub fn open_ahead(&mut self, executable: &Path) {
        let Ok(object) = self.objects.open(executable, None) else { return };
        let same = |other: &Object| std::ptr::eq(object, other);
        let opened = self.ahead.iter().any(|&(ahead, _)| same(ahead))
            || self.images.values().any(|image| image.object.is_some_and(same));
        if !opened {
            self.ahead.push((object, Dwarf::open(object)));
        }
    }

    /// Adds the samples of one run to a profile, all of them in the benchmark's scope. Samples of
    /// processes other than `executable` (a file name) stand below a frame `[process NAME]`.
    ///
    /// Returns the recording's health with the samples counted whose function is unknown.
    pub fn append(
        &mut self,
        recording: &Recording,
        run: u32,
        executable: &str,
        builder: &mut ProfileBuilder,
    ) -> Health {
        let addresses = self.look_up_all(recording);
        let mut writer = Writer {
            resolved: &self.resolved,
            functions: vec![None; self.resolved.functions.len()],
            builder,
        };
        let locations: Vec<(Vec<FrameId>, bool)> =
            addresses.iter().map(|address| writer.frames(address)).collect();
        let processes: Vec<Option<FrameId>> = recording
            .threads
            .iter()
            .map(|thread| {
                let own = comm(executable);
                let foreign = comm(&thread.process) != own && !thread.process.is_empty();
                foreign.then(|| writer.plain_frame(&format!("[process {}]", thread.process)))
            })
            .collect();

        // Each stack of addresses becomes one of functions for each process that it was seen in.
        let mut own = Known::All(vec![None; recording.stacks.len()]);
        let mut foreign: FastMap<FrameId, Known> = FastMap::default();
        let mut health = recording.health;
        for sample in &recording.samples {
            let root = processes[sample.thread.index()];
            let known = match root {
                None => &mut own,
                Some(root) => {
                    foreign.entry(root).or_insert_with(|| Known::Some(FastMap::default()))
                }
            };
            let stack = convert(recording, sample.stack, root, &locations, known, writer.builder);
            let innermost = recording.stacks.get(sample.stack).frame;
            if !locations[innermost.index()].1 {
                health.unknown += sample.count;
            }
            writer.builder.sample(Sample {
                stack,
                run,
                scope: Scope::Benchmark,
                count: sample.count,
                weight: sample.weight,
            });
        }
        health
    }

    /// The functions of each location of a recording.
    fn look_up_all(&mut self, recording: &Recording) -> Vec<KnownAddress> {
        // In order of addresses, so that neighbours share what was parsed for them, and so that
        // the first file seen of a function does not depend on the order of samples.
        let mut order: Vec<usize> = (0..recording.locations.len()).collect();
        order.sort_by_key(|&index| match recording.locations[index] {
            Location::Image { image, address } => (0, image.index(), address),
            Location::Unknown { address } => (1, 0, address),
            Location::Truncated => (2, 0, 0),
        });
        let is_kernel = |index: &usize| match recording.locations[*index] {
            Location::Image { image, .. } => {
                recording.images[image.index()].kind == ImageKind::Kernel
            }
            _ => false,
        };
        let (kernel, others): (Vec<usize>, Vec<usize>) = order.into_iter().partition(is_kernel);
        let mut found: Vec<Option<KnownAddress>> = vec![None; recording.locations.len()];
        if !kernel.is_empty() {
            self.read_kernel_ahead();
        }
        for index in others {
            found[index] = Some(match recording.locations[index] {
                Location::Image { image, address } => {
                    self.look_up(&recording.images[image.index()], address)
                }
                Location::Unknown { .. } => self.resolved.single("[unknown]", None, false),
                Location::Truncated => self.resolved.single(TRUNCATED, None, false),
            });
        }
        if !kernel.is_empty()
            && let Some(reading) = self.reading_kernel.take()
        {
            let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            self.kernel = Some(read);
        }
        for index in kernel {
            if let Location::Image { image, address } = recording.locations[index] {
                found[index] = Some(self.look_up(&recording.images[image.index()], address));
            }
        }
        self.resolved.settle_files();
        found.into_iter().flatten().collect()
    }

    fn look_up(&mut self, image: &Image, address: u64) -> KnownAddress {
        if !self.images.contains_key(image) {
            let build_id = image.build_id.as_deref();
            let object = match image.kind {
                ImageKind::File => self.objects.open(Path::new(&image.path), build_id).ok(),
                ImageKind::Vdso if build_id.is_some() => self.objects.vdso(build_id),
                _ => None,
            };
            let ahead = self
                .ahead
                .iter()
                .position(|&(ahead, _)| object.is_some_and(|object| std::ptr::eq(object, ahead)));
            let dwarf = ahead.map(|ahead| self.ahead.swap_remove(ahead).1);
            let known = KnownImage { object, dwarf, addresses: FastMap::default() };
            self.images.insert(image.clone(), known);
        }
        let known = self.images.get_mut(image).expect("it was inserted above");
        if let Some(known) = known.addresses.get(&address) {
            return known.clone();
        }
        let name = image_name(image);
        let found = match (image.kind, known.object) {
            (ImageKind::Kernel, _) => {
                let function = self.kernel.as_ref();
                match function.and_then(|kernel| kernel.find(address, kernel_build_id(image))) {
                    Some(function) => self.resolved.single(function, Some(KERNEL), true),
                    None => self.resolved.single("[unknown in kernel]", Some(KERNEL), false),
                }
            }
            (_, Some(object)) => {
                let dwarf = known.dwarf.get_or_insert_with(|| Dwarf::open(object)).as_ref();
                self.resolved.look_up(object, dwarf, name, address)
            }
            (_, None) => self.resolved.single(&format!("[unknown in {name}]"), Some(name), false),
        };
        known.addresses.insert(address, found.clone());
        found
    }
}

/// The build id of the kernel itself; modules have their own.
fn kernel_build_id(image: &Image) -> Option<&[u8]> {
    image.build_id.as_deref().filter(|_| image.path.starts_with("[kernel"))
}

/// What Linux keeps of a name.
fn comm(name: &str) -> &[u8] {
    &name.as_bytes()[..name.len().min(COMM)]
}

/// Writes functions and frames into a profile, each once.
struct Writer<'a, 'b> {
    resolved: &'a Resolved,
    functions: Vec<Option<FunctionId>>,
    builder: &'b mut ProfileBuilder,
}

impl Writer<'_, '_> {
    /// The frames of an address, outermost first, and whether the innermost is known.
    fn frames(&mut self, address: &KnownAddress) -> (Vec<FrameId>, bool) {
        let frames = self.resolved.frames(address).iter().map(|frame| {
            let function = self.function(frame.function);
            // A line means something in the function's own file only.
            let own = frame.file == self.resolved.functions[frame.function as usize].file;
            let line = if own { frame.line } else { 0 };
            self.builder.frame(Frame { function, line, inlined: frame.inlined })
        });
        (frames.collect(), address.known)
    }

    fn function(&mut self, index: u32) -> FunctionId {
        if let Some(known) = self.functions[index as usize] {
            return known;
        }
        let known = self.resolved.functions[index as usize];
        let mut string = |id| self.builder.string(self.resolved.strings.get(id));
        let function = Function {
            name: string(known.name),
            system_name: string(known.system_name),
            file: known.file.map(&mut string),
            image: known.image.map(&mut string),
        };
        let id = self.builder.function(function);
        for &body in self.resolved.bodies.get(&index).into_iter().flatten() {
            self.builder.body(id, body);
        }
        self.functions[index as usize] = Some(id);
        id
    }

    /// A frame that is no function's.
    fn plain_frame(&mut self, name: &str) -> FrameId {
        let name = self.builder.string(name);
        let function =
            self.builder.function(Function { name, system_name: name, file: None, image: None });
        self.builder.frame(Frame { function, line: 0, inlined: false })
    }
}

/// Stacks of functions by stacks of addresses.
enum Known {
    /// By index: of the benchmark's own process, which has most of them.
    All(Vec<Option<StackId>>),
    /// Of another process. There may be as many of these as there are stacks.
    Some(FastMap<StackId, StackId>),
}

impl Known {
    fn get(&self, stack: StackId) -> Option<StackId> {
        match self {
            Self::All(all) => all[stack.index()],
            Self::Some(some) => some.get(&stack).copied(),
        }
    }

    fn insert(&mut self, stack: StackId, functions: Option<StackId>) {
        match self {
            Self::All(all) => all[stack.index()] = functions,
            Self::Some(some) => some.extend(functions.map(|functions| (stack, functions))),
        }
    }
}

/// The stack of functions for a stack of addresses, below `root` where there is one. Every stack
/// is converted once: callers are found in `known`.
fn convert(
    recording: &Recording,
    stack: StackId,
    root: Option<FrameId>,
    locations: &[(Vec<FrameId>, bool)],
    known: &mut Known,
    builder: &mut ProfileBuilder,
) -> StackId {
    // From the innermost node outwards to the first that is known, and back.
    let mut pending = Vec::new();
    let mut at = Some(stack);
    let mut parent = None;
    while let Some(node) = at {
        if let Some(found) = known.get(node) {
            parent = Some(found);
            break;
        }
        pending.push(node);
        at = recording.stacks.get(node).parent;
    }
    if parent.is_none() {
        parent = root.map(|root| builder.stack(None, root));
    }
    for node in pending.into_iter().rev() {
        let frames = &locations[recording.stacks.get(node).frame.index()].0;
        for &frame in frames {
            parent = Some(builder.stack(parent, frame));
        }
        known.insert(node, parent);
    }
    parent.expect("every location has a frame")
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::model::{Profile, RawSample, Thread, Weight};

    #[inline(never)]
    fn known_function(number: u64) -> u64 {
        std::hint::black_box(number) + 1
    }

    /// The running test as an image, and the address of `known_function` in it.
    fn own_image() -> (Image, u64) {
        let path = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let first = maps.lines().find(|line| line.ends_with(&path)).unwrap();
        let start = u64::from_str_radix(first.split('-').next().unwrap(), 16).unwrap();
        let address = known_function as fn(u64) -> u64 as usize as u64;
        (Image { path, kind: ImageKind::File, build_id: None }, address - start)
    }

    /// Two threads of two processes with the same stacks: whole, and in an unknown file.
    fn recording() -> Recording {
        let mut recording = Recording::new(Weight::CpuTime, "cpu-clock", None);
        let (image, address) = own_image();
        let missing =
            Image { path: "/gone/libx.so (deleted)".into(), kind: ImageKind::File, build_id: None };
        recording.images = vec![image, missing];
        recording.locations = vec![
            Location::Image { image: crate::model::ImageId::from_index(0), address },
            Location::Image { image: crate::model::ImageId::from_index(1), address: 0x123 },
            Location::Truncated,
        ];
        let id = crate::model::LocationId::from_index;
        let whole = recording.stacks.push_path([id(0), id(0)]).unwrap();
        let broken = recording.stacks.push_path([id(2), id(0), id(1)]).unwrap();
        for (tid, process) in [(1, "benchmark-of-a-"), (2, "other")] {
            let process = process.to_owned();
            recording.threads.push(Thread { pid: tid, tid, name: String::new(), process });
        }
        for thread in [0, 1] {
            let thread = crate::model::ThreadId::from_index(thread);
            for (stack, weight) in [(whole, 10), (broken, 7)] {
                recording.samples.push(RawSample { stack, thread, count: 2, weight });
            }
        }
        recording.health.samples = 8;
        recording
    }

    fn stacks(profile: &Profile) -> Vec<(Vec<&str>, u32, u64)> {
        let name = |frame: FrameId| profile.name(profile.frames[frame.index()].function);
        let of = |sample: &Sample| profile.stacks.root_first(sample.stack).into_iter().map(name);
        profile.samples.iter().map(|s| (of(s).collect(), s.run, s.weight)).collect()
    }

    /// So that it can open files in another thread.
    const _: fn() = || {
        fn is_send<T: Send>() {}
        is_send::<Symbolizer<'_>>();
    };

    #[test]
    fn stacks_become_functions_and_weight_is_kept() {
        assert_eq!(known_function(1), 2);
        let objects = Objects::new();
        let mut symbolizer = Symbolizer::new(&objects);
        symbolizer.open_ahead(&std::env::current_exe().unwrap());
        let mut builder = ProfileBuilder::new(Weight::CpuTime);
        let recording = recording();
        for run in 0..2 {
            let health =
                symbolizer.append(&recording, run, "benchmark-of-a-long-name", &mut builder);
            symbolizer.open_ahead(&std::env::current_exe().unwrap());
            assert!(symbolizer.ahead.is_empty());
            assert_eq!((health.samples, health.unknown), (8, 4));
        }
        let profile = builder.finish();
        assert_eq!(profile.total(Scope::Benchmark), 2 * 2 * 17);
        let known = profile.name(profile.function_of(profile.samples[0].stack));
        assert!(known.ends_with("symbolizer::tests::known_function"), "{known}");
        let unknown = "[unknown in libx.so]";
        let expected: Vec<_> = (0..2)
            .flat_map(|run| {
                [
                    (vec![known, known], run, 10),
                    (vec![TRUNCATED, known, unknown], run, 7),
                    (vec!["[process other]", known, known], run, 10),
                    (vec!["[process other]", TRUNCATED, known, unknown], run, 7),
                ]
            })
            .collect();
        assert_eq!(stacks(&profile), expected);
        let function = profile.functions[profile.function_of(profile.samples[0].stack).index()];
        let file = function.file.map(|file| profile.strings.get(file)).unwrap();
        assert!(file.ends_with("src/symbolize/symbolizer.rs"), "{file}");
    }
}
