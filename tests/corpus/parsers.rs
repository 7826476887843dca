//! What is done with each input: the parser, and whatever follows it on the way to a capture.
//!
//! A parser may refuse an input. It must not panic, hang or allocate without measure, and what it
//! accepts must be sound: the stages after it trust it.

use std::cell::RefCell;
use std::io::{Seek as _, Write as _};
use std::num::NonZeroUsize;
use std::path::{Component, Path, PathBuf};

use perfbase::model::{
    Handle as _, Harness, Health, Image, ImageId, ImageKind, Location, LocationId, Profile,
    ProfileBuilder, RawSample, Recording, Scope, Thread, ThreadId, Weight,
};
use perfbase::objects::{Architecture, Object, Objects};
use perfbase::store::pprof;
use perfbase::symbolize::Symbolizer;
use perfbase::unwind::{AddressSpace, Cache, Mapping, Registers, StackCopy};
use perfbase::{build, bundle, config, ingest, normalize, store, workspace};

/// A parser with the name of its folder in `seeds` and `corpus`.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("perf", perf),
    ("samply", samply),
    ("embedded", embedded),
    ("callgrind", callgrind),
    ("dhat", dhat),
    ("pprof", pprof),
    ("criterion_sample", criterion_sample),
    ("criterion_benchmark", criterion_benchmark),
    ("cargo_messages", cargo_messages),
    ("divan", divan),
    ("libtest", libtest),
    ("elf", elf),
    ("capture", capture),
    ("timing", timing),
    ("config", config),
    ("metrics", metrics),
    ("bundle", bundle),
];

/// A file of `perf record`, on to the profile that would be stored.
pub fn perf(bytes: &[u8]) {
    let objects = Objects::new();
    let options = ingest::perf::Options { threads: NonZeroUsize::new(1) };
    with_file(bytes, |path| {
        if let Ok(reading) = ingest::perf::read(path, &objects, options) {
            for note in &reading.notes {
                assert!(!note.to_string().is_empty());
            }
            // The kernel's symbols are read from this machine, which takes long and is no part
            // of the input.
            let kernel = |image: &Image| image.kind == ImageKind::Kernel;
            let named = !reading.recording.images.iter().any(kernel);
            recording(&reading.recording, named.then_some(&objects));
        }
    });
}

/// A file of `samply record`.
pub fn samply(bytes: &[u8]) {
    if let Ok(read) = ingest::samply::parse(bytes) {
        let objects = Objects::new();
        let real = |image: &Image| image.kind != ImageKind::Anonymous;
        // Paths in the input name files of this machine: reading them makes no test of it.
        recording(&read, (!read.images.iter().any(real)).then_some(&objects));
    }
}

/// A file of the embedded recorder.
pub fn embedded(bytes: &[u8]) {
    let objects = Objects::new();
    if let Ok(read) = ingest::embedded::parse(bytes, &objects) {
        recording(&read, Some(&objects));
    }
}

/// A file of callgrind.
pub fn callgrind(bytes: &[u8]) {
    let objects = Objects::new();
    if let Ok(read) = ingest::callgrind::parse(bytes, &objects) {
        for column in &read.columns {
            assert_eq!(column.counts.len(), read.recording.samples.len());
        }
        let weight = |sample: &RawSample| sample.weight == sample.count && sample.weight > 0;
        let columns = !read.columns.is_empty();
        assert!(read.recording.samples.iter().all(|sample| weight(sample) || columns));
        // Paths in the input name files of this machine.
        recording(&read.recording, read.recording.images.is_empty().then_some(&objects));
    }
}

/// A file of DHAT, and behind the first line that begins with `--` valgrind's log.
pub fn dhat(bytes: &[u8]) {
    let objects = Objects::new();
    let at = bytes.windows(3).position(|window| window == b"\n--").unwrap_or(bytes.len());
    let (profile, log) = bytes.split_at(at);
    if let Ok(read) = ingest::dhat::parse(profile, log, &objects) {
        for one in [&read.allocated, &read.peak, &read.most, &read.kept] {
            recording(one, one.images.is_empty().then_some(&objects));
        }
    }
}

/// Checks a recording, and makes a profile of it where names may be looked up.
fn recording(recording: &Recording, objects: Option<&Objects>) {
    for node in recording.stacks.nodes() {
        if let Location::Image { image, .. } = recording.locations[node.frame.index()] {
            assert!(image.index() < recording.images.len());
        }
    }
    let mut samples = 0;
    for sample in &recording.samples {
        assert!(sample.thread.index() < recording.threads.len());
        assert!(!recording.stacks.root_first(sample.stack).is_empty());
        samples += sample.count;
    }
    assert_eq!(samples, recording.health.samples, "every sample is in the recording");
    let mut twice = Health::default();
    twice += recording.health;
    twice += recording.health;
    let weight: u64 = recording.samples.iter().map(|sample| sample.weight).sum();
    if let Some(objects) = objects {
        let mut builder = ProfileBuilder::new(recording.weight);
        let mut symbolizer = Symbolizer::new(objects);
        symbolizer.append(recording, 0, "demo", &mut builder);
        symbolizer.append(recording, 1, "demo", &mut builder);
        assert_eq!(builder.finish().total(Scope::Benchmark), 2 * weight, "no weight is lost");
    }
}

/// Checks that a profile survives being normalized, and being stored and read again.
fn profile(profile: &Profile) {
    let weight = |profile: &Profile| {
        let (mine, harness) = (profile.total(Scope::Benchmark), profile.total(Scope::Harness));
        (mine + harness, profile.samples.iter().map(|sample| sample.count).sum::<u64>())
    };
    // One after the other would be slow; which one is to differ between inputs.
    let harness = Harness::ALL[profile.strings.len() % Harness::ALL.len()];
    let (normal, _) = normalize::normalize(profile, harness, &normalize::Roots::default());
    assert_eq!(weight(&normal), weight(profile), "no weight is lost");
    let bytes = pprof::encode(profile, &pprof::Meta::default()).expect("a sound profile");
    let again = pprof::decode(&bytes).expect("what was written can be read");
    assert_eq!(weight(&again), weight(profile));
    assert_eq!(again.runs(), profile.runs());
}

/// A profile in pprof's format, packed or not.
pub fn pprof(bytes: &[u8]) {
    if let Ok(read) = pprof::decode(bytes) {
        profile(&read);
    }
}

/// criterion's `sample.json`.
pub fn criterion_sample(bytes: &[u8]) {
    let _ = ingest::criterion::parse_sample(bytes);
}

/// criterion's `benchmark.json`.
pub fn criterion_benchmark(bytes: &[u8]) {
    let _ = ingest::criterion::parse_benchmark(bytes);
}

/// What cargo prints with `--message-format=json`.
pub fn cargo_messages(bytes: &[u8]) {
    for line in String::from_utf8_lossy(bytes).lines() {
        if let Some(build::Message::Artifact(artifact)) = build::parse_message(line) {
            let _ = artifact.version();
        }
    }
}

/// What a benchmark with divan prints.
pub fn divan(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = ingest::divan::parse(&text);
    let _ = workspace::parse_list(Harness::Divan, &text);
}

/// What tests and `#[bench]` functions print, and lists of benchmarks.
pub fn libtest(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = ingest::libtest::parse_bench(&text);
    let _ = ingest::libtest::parse_outcome(&text);
    let _ = workspace::parse_list(Harness::Libtest, &text);
    let _ = workspace::parse_list(Harness::Criterion, &text);
}

/// An executable: its tables, its debug information, and stacks unwound with it.
pub fn elf(bytes: &[u8]) {
    let Ok(object) = Object::from_bytes(Path::new("/nowhere/input"), bytes.to_vec()) else {
        return;
    };
    let mut addresses: Vec<u64> = vec![0, 0x1000, object.entry(), object.base(), u64::MAX];
    for section in object.sections() {
        let _ = object.section_data(&section.name);
        let end = section.address.wrapping_add(section.size);
        addresses.extend([section.address, section.address.wrapping_add(section.size / 2), end]);
    }
    for segment in object.segments() {
        addresses.extend(object.address_of_offset(segment.offset));
        addresses.push(segment.address);
    }
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(64);
    for &address in &addresses {
        if let Some(symbol) = object.symbol(address) {
            assert!(symbol.start <= address && address < symbol.end);
        }
    }

    // Mapped as a loader would: the first page at a round address.
    const START: u64 = 0x5555_0000_0000;
    let image = ImageId::from_index(0);
    let stack: Vec<u8> = addresses
        .iter()
        .flat_map(|address| START.wrapping_add(*address).to_le_bytes())
        .chain(bytes.iter().rev().take(512).copied())
        .collect();
    for architecture in [Architecture::X86_64, Architecture::Aarch64] {
        let mapping = Mapping::of_file((START, START + (1 << 24)), 0, image, Some(&object));
        let space = AddressSpace::new(architecture, vec![mapping]);
        let (mut cache, mut frames) = (Cache::new(), Vec::new());
        for &address in &addresses {
            let pc = START.wrapping_add(address.wrapping_sub(object.base()));
            let sp = 0x7fff_0000;
            let registers = Registers { pc, sp, fp: sp + 16, lr: pc };
            frames.clear();
            space.unwind(
                registers,
                StackCopy { start: sp, bytes: &stack },
                &mut cache,
                &mut frames,
            );
            for &frame in &frames {
                if let Some(mapping) = space.find(frame) {
                    let _ = mapping.relative(frame);
                }
            }
        }
    }
    drop(object);

    with_file(bytes, |path| {
        let path = path.to_str().expect("a temporary path of ASCII").to_owned();
        let mut recording = Recording::new(Weight::CpuTime, "cpu-clock", None);
        recording.images.push(Image { path, kind: ImageKind::File, build_id: None });
        let (pid, name) = (1, "demo".to_owned());
        recording.threads.push(Thread { pid, tid: 1, process: name.clone(), name });
        for (index, &address) in addresses.iter().enumerate() {
            recording.locations.push(Location::Image { image, address });
            let stack = recording.stacks.push(None, LocationId::from_index(index));
            let thread = ThreadId::from_index(0);
            recording.samples.push(RawSample { stack, thread, count: 1, weight: 1 });
            recording.health.samples += 1;
        }
        self::recording(&recording, Some(&Objects::new()));
    });
}

/// A capture's index.
pub fn capture(bytes: &[u8]) {
    FOLDER.with(|folder| {
        let folder = folder.path();
        std::fs::write(folder.join("capture.json"), bytes).expect("the disk has room");
        let Ok(stored) = store::StoredCapture::open(folder) else { return };
        for entry in &stored.capture().benchmarks {
            assert!(stored.entry(&entry.id).is_some());
            for part in [store::Part::Timing, store::Part::Profile, store::Part::Flamegraph] {
                let path = stored.path_of(&entry.id, part).expect("it is listed");
                let inside = path.strip_prefix(folder).expect("nothing leads outside");
                assert!(inside.components().all(|c| matches!(c, Component::Normal(_))));
            }
        }
    });
}

/// A team's plan and rules.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = config::parse("perfbase.toml", text) {
        assert!(!error.to_string().is_empty());
    }
}

/// Numbers that a benchmark reports itself.
pub fn metrics(bytes: &[u8]) {
    let parsed = ingest::metrics::parse(bytes, ingest::metrics::Format::Auto, 1e6, "benchmark");
    for (name, _, _, value) in parsed.unwrap_or_default() {
        assert!(value.is_finite() && value >= 0.0, "{name}");
    }
}

/// A capture with one benchmark, to be read with the input as its times.
const INDEX: &str = include_str!("index.json");

/// A benchmark's times.
pub fn timing(bytes: &[u8]) {
    FOLDER.with(|folder| {
        let folder = folder.path();
        std::fs::create_dir_all(folder.join("b")).expect("it is ours");
        std::fs::write(folder.join("capture.json"), INDEX).expect("the disk has room");
        std::fs::write(folder.join("b/timing.json"), bytes).expect("the disk has room");
        let stored = store::StoredCapture::open(folder).expect("it is sound");
        let _ = stored.timing(&stored.capture().benchmarks[0].id, store::Arm::Own);
    });
}

thread_local! {
    static FILE: RefCell<tempfile::NamedTempFile> =
        tempfile::NamedTempFile::new_in(memory()).expect("a temporary file").into();
    static FOLDER: tempfile::TempDir = tempfile::tempdir_in(memory()).expect("a temporary folder");
}

/// A place for files, in memory where that can be had.
fn memory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// Calls `use_it` with a file that holds `bytes`.
fn with_file(bytes: &[u8], use_it: impl FnOnce(&Path)) {
    FILE.with_borrow_mut(|file| {
        file.as_file().set_len(0).expect("it is ours");
        file.rewind().expect("it is ours");
        file.write_all(bytes).expect("the disk has room");
        use_it(file.path());
    });
}

/// An archive of captures; as it is, and as what an archive has inside, or no input would pass the
/// sum at the end of the compressed one.
pub fn bundle(bytes: &[u8]) {
    let limits = bundle::Limits { bytes: 4 << 20, files: 1000 };
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    packed.write_all(bytes).expect("a Vec takes all bytes");
    let packed = packed.finish().expect("a Vec takes all bytes");
    for archive in [bytes, &packed] {
        match bundle::read(archive, limits) {
            Ok((index, files)) => {
                for file in &files {
                    let path = Path::new(&file.path);
                    assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
                }
                let again = bundle::write(&index, files.clone());
                let (read, read_files) = bundle::read(&*again, bundle::Limits::default())
                    .expect("what was written can be read");
                assert!(read == index && read_files == files);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
