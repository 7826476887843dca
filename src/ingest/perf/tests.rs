//! Whole files, made up here: what they mean, and what damage does.

use std::num::NonZeroUsize;
use std::path::Path;

use super::{Error, Note, Options, Reading, read};
use crate::model::{ImageKind, Location, Weight};
use crate::objects::Objects;

/// IP TID TIME CALLCHAIN PERIOD, which is the order of fields with the period before the chain.
const SAMPLE_TYPE: u64 = 1 | 2 | 4 | 1 << 5 | 1 << 8;
/// Sample ids on all records.
const FLAGS: u64 = 1 << 10 | 1 << 18;
const KERNEL: u64 = -128i64 as u64;
const USER: u64 = -512i64 as u64;

/// A file in the making.
struct File {
    event: (u32, u64),
    records: Vec<u8>,
}

impl File {
    fn new() -> Self {
        Self { event: (1, 0), records: Vec::new() }
    }

    fn record(&mut self, kind: u32, misc: u16, body: &[u8]) {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(8), 0);
        self.records.extend(kind.to_le_bytes());
        self.records.extend(misc.to_le_bytes());
        self.records.extend((body.len() as u16 + 8).to_le_bytes());
        self.records.extend(body);
    }

    /// The trailer of records other than samples: ids and time.
    fn trailer(pid: i32, time: u64) -> Vec<u8> {
        [pid.to_le_bytes().as_slice(), &pid.to_le_bytes(), &time.to_le_bytes()].concat()
    }

    fn comm(&mut self, time: u64, pid: i32, exec: bool, name: &str) {
        let mut body = [pid.to_le_bytes(), pid.to_le_bytes()].concat();
        body.extend(name.as_bytes());
        body.push(0);
        body.resize(body.len().next_multiple_of(8), 0);
        body.extend(Self::trailer(pid, time));
        self.record(3, if exec { 1 << 13 } else { 0 }, &body);
    }

    fn map(&mut self, time: u64, pid: i32, range: (u64, u64), offset: u64, path: &str) {
        let mut body = [pid.to_le_bytes(), pid.to_le_bytes()].concat();
        for word in [range.0, range.1 - range.0, offset] {
            body.extend(word.to_le_bytes());
        }
        body.extend([0; 24]);
        // Readable and executable, private.
        body.extend(5u32.to_le_bytes());
        body.extend(2u32.to_le_bytes());
        body.extend(path.as_bytes());
        body.push(0);
        body.resize(body.len().next_multiple_of(8), 0);
        body.extend(Self::trailer(pid, time));
        self.record(10, 2, &body);
    }

    fn fork(&mut self, time: u64, pid: i32, parent: i32) {
        let mut body = Vec::new();
        for id in [pid, parent, pid, parent] {
            body.extend(id.to_le_bytes());
        }
        body.extend(time.to_le_bytes());
        body.extend(Self::trailer(pid, time));
        self.record(7, 0, &body);
    }

    fn sample(&mut self, time: u64, pid: i32, period: u64, chain: &[u64]) {
        let mut body = chain.get(1).copied().unwrap_or(0).to_le_bytes().to_vec();
        body.extend(pid.to_le_bytes());
        body.extend(pid.to_le_bytes());
        for word in [time, period, chain.len() as u64].iter().chain(chain) {
            body.extend(word.to_le_bytes());
        }
        self.record(9, 2, &body);
    }

    fn bytes(&self) -> Vec<u8> {
        const HEADER: u64 = 104;
        const ATTRIBUTE: u64 = 128 + 16;
        let mut bytes = b"PERFILE2".to_vec();
        let data = HEADER + 8 + ATTRIBUTE;
        for word in [
            HEADER,
            ATTRIBUTE,
            HEADER + 8,
            ATTRIBUTE,
            data,
            self.records.len() as u64,
            0,
            0,
            0,
            0,
            0,
            0,
        ] {
            bytes.extend(word.to_le_bytes());
        }
        // One id.
        bytes.extend(7u64.to_le_bytes());
        bytes.extend(self.event.0.to_le_bytes());
        bytes.extend(128u32.to_le_bytes());
        for word in [self.event.1, 1000, SAMPLE_TYPE, 0, FLAGS] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.resize((HEADER + 8 + 128) as usize, 0);
        for word in [HEADER, 8] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(&self.records);
        bytes
    }

    fn read(&self) -> Reading {
        read_bytes(&self.bytes()).unwrap()
    }
}

fn read_bytes(bytes: &[u8]) -> Result<Reading, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("perf.data");
    std::fs::write(&path, bytes).unwrap();
    read(&path, &Objects::new(), Options { threads: NonZeroUsize::new(1) })
}

/// Two processes; the child is another program from time 50 on, at the same addresses.
fn two_processes() -> File {
    let mut file = File::new();
    file.comm(1, 10, true, "parent");
    file.map(2, 10, (0x40_0000, 0x41_0000), 0x1000, "/nonexistent/parent");
    // Samples of one CPU may stand before what happened earlier on another.
    file.sample(60, 11, 5, &[USER, 0x40_0200]);
    file.fork(30, 11, 10);
    file.sample(40, 11, 3, &[KERNEL, 0xffff_ffff_8100_0010, USER, 0x40_0100, 0x40_0080]);
    file.comm(50, 11, true, "child");
    file.map(51, 11, (0x40_0000, 0x41_0000), 0, "/nonexistent/child");
    file.sample(20, 10, 1, &[USER, 0x40_0100]);
    file.sample(21, 10, 1, &[USER, 0x40_0100]);
    file
}

#[test]
fn samples_are_seen_in_the_address_space_of_their_time() {
    let reading = two_processes().read();
    let recording = reading.recording;
    assert_eq!(recording.weight, Weight::CpuTime);
    assert_eq!(recording.event, "cpu-clock");
    assert_eq!(recording.frequency, Some(1000.0));
    let stacks: Vec<(String, Vec<String>, u64, u64)> = recording
        .samples
        .iter()
        .map(|sample| {
            let thread = &recording.threads[crate::model::Handle::index(sample.thread)];
            let frames = recording.stacks.leaf_first(sample.stack).map(|location| match recording
                .locations[crate::model::Handle::index(location)]
            {
                Location::Image { image, address } => {
                    let image = &recording.images[crate::model::Handle::index(image)];
                    format!("{}+{address:#x}", image.path)
                }
                Location::Unknown { address } => format!("{address:#x}"),
                Location::Truncated => "truncated".to_owned(),
            });
            (thread.process.clone(), frames.collect(), sample.count, sample.weight)
        })
        .collect();
    let expect = |process: &str, frames: &[&str], count, weight| {
        let frames = frames.iter().map(|frame| (*frame).to_owned()).collect();
        (process.to_owned(), frames, count, weight)
    };
    assert_eq!(
        stacks,
        [
            expect("child", &["/nonexistent/child+0x200", "truncated"], 1, 5),
            expect(
                "parent",
                &[
                    "[kernel.kallsyms]+0xffffffff81000010",
                    // Offsets in the file, as it cannot be opened: 0x1000 + 0x100, and one less
                    // for the return address.
                    "/nonexistent/parent+0x1100",
                    "/nonexistent/parent+0x107f",
                    "truncated"
                ],
                1,
                3
            ),
            expect("parent", &["/nonexistent/parent+0x1100", "truncated"], 2, 2),
        ]
    );
    assert_eq!(recording.health.samples, 4);
    assert_eq!(recording.health.truncated, 4);
    assert!(recording.images.iter().any(|image| image.kind == ImageKind::Kernel));
    let missing = |note: &&Note| matches!(note, Note::Image { .. });
    assert_eq!(reading.notes.iter().filter(missing).count(), 2);
}

#[test]
fn losses_and_throttling_are_counted() {
    let mut file = two_processes();
    let lost = [7u64.to_le_bytes(), 41u64.to_le_bytes()].concat();
    file.record(2, 0, &[lost, File::trailer(10, 70)].concat());
    // The same again, as the event's own count at the end.
    file.record(13, 0, &[40u64.to_le_bytes().to_vec(), File::trailer(10, 71)].concat());
    file.record(5, 0, &[vec![0; 24], File::trailer(10, 72)].concat());
    let health = file.read().recording.health;
    assert_eq!((health.lost, health.throttled), (41, 1));
}

#[test]
fn other_files_are_refused_with_their_reason() {
    assert!(matches!(read_bytes(b""), Err(Error::NotPerfData { .. })));
    assert!(matches!(read_bytes(b"\x7fELF and so on"), Err(Error::NotPerfData { .. })));
    assert!(matches!(read_bytes(b"2ELIFREP"), Err(Error::BigEndian { .. })));
    let pipe = [b"PERFILE2".as_slice(), &16u64.to_le_bytes()].concat();
    assert!(matches!(read_bytes(&pipe), Err(Error::Pipe { .. })));
    assert!(matches!(read_bytes(b"PERFILE2"), Err(Error::Damaged { .. })));
    let missing = read(Path::new("/nonexistent"), &Objects::new(), Options::default());
    assert!(matches!(missing, Err(Error::Io { .. })));
    let mut faults = two_processes();
    faults.event = (1, 2);
    let error = read_bytes(&faults.bytes()).unwrap_err().to_string();
    assert!(error.contains("event 1:0x2") && error.contains("cpu-clock"), "{error}");
    let mut compressed = two_processes();
    compressed.record(81, 0, &[0; 16]);
    assert!(matches!(read_bytes(&compressed.bytes()), Err(Error::Compressed { .. })));
}

/// Puts a number at an offset of a valid file.
fn with(offset: usize, number: u64) -> Vec<u8> {
    let mut bytes = two_processes().bytes();
    bytes[offset..offset + 8].copy_from_slice(&number.to_le_bytes());
    bytes
}

#[test]
fn claimed_lengths_are_checked_against_the_file() {
    const HOSTILE: [u64; 4] = [1 << 32, u64::MAX, u64::MAX / 8, i64::MAX as u64];
    for hostile in HOSTILE {
        // Sizes and places of entries, of events, and of an event's ids.
        for offset in [16, 24, 32, 112 + 128, 112 + 136] {
            let result = read_bytes(&with(offset, hostile));
            assert!(matches!(result, Err(Error::Damaged { .. })), "{offset}: {hostile:#x}");
        }
        // The records' size: everything there is read.
        let reading = read_bytes(&with(48, hostile)).unwrap();
        assert_eq!(reading.recording.health.samples, 4);
        assert!(reading.notes.iter().any(|note| matches!(note, Note::Truncated { .. })));
        // The records' place.
        let reading = read_bytes(&with(40, hostile)).unwrap();
        assert_eq!(reading.recording.health.samples, 0);
    }
}

#[test]
fn a_record_without_a_size_ends_the_file() {
    let mut file = two_processes();
    let whole = file.bytes().len() as u64;
    file.records.extend([9, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    let reading = file.read();
    assert_eq!(reading.recording.health.samples, 4);
    assert!(reading.notes.contains(&Note::Truncated { at: whole }));
}

#[test]
fn every_beginning_of_a_file_is_survived() {
    let bytes = two_processes().bytes();
    for length in 0..bytes.len() {
        if let Ok(reading) = read_bytes(&bytes[..length]) {
            assert!(reading.recording.health.samples <= 4);
            assert!(reading.notes.iter().any(|note| matches!(note, Note::Truncated { .. })));
        }
    }
}

#[test]
fn damage_anywhere_is_survived() {
    let bytes = two_processes().bytes();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        // xorshift64, Marsaglia 2003.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("perf.data");
    let objects = Objects::new();
    let (mut good, mut bad) = (0, 0);
    for _ in 0..1500 {
        let mut damaged = bytes.clone();
        for _ in 0..1 + random() % 4 {
            let at = (random() % damaged.len() as u64) as usize;
            match random() % 3 {
                0 => damaged[at] = random() as u8,
                1 => damaged[at] = 0xff,
                _ => {
                    let end = (at + 8).min(damaged.len());
                    damaged[at..end].fill(if random() % 2 == 0 { 0xff } else { 0 });
                }
            }
        }
        std::fs::write(&path, &damaged).unwrap();
        match read(&path, &objects, Options { threads: NonZeroUsize::new(1) }) {
            Ok(reading) => {
                assert!(reading.recording.health.samples <= 100);
                good += 1;
            }
            Err(_) => bad += 1,
        }
    }
    assert!(good > 50 && bad > 50, "{good} read, {bad} refused");
}
