//! Inputs made to waste memory or time.

use crate::memory::{LIMIT, peak_of};
use crate::parsers;

/// Lengths and counts that no file can back.
const LIES: [u64; 4] = [u32::MAX as u64, 1 << 32, i64::MAX as u64, u64::MAX];

fn assert_small(parse: fn(&[u8]), bytes: &[u8], what: &str) {
    let peak = peak_of(|| parse(bytes));
    assert!(peak < LIMIT, "{what}: {peak} bytes at a time");
}

mod perf {
    use super::*;

    fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
        bytes[at..at + value.len()].copy_from_slice(value);
    }

    /// A file with the event `cpu-clock` and these records.
    fn file(sample_type: u64, records: &[u8]) -> Vec<u8> {
        let mut file = vec![0; 104 + 144];
        put(&mut file, 0, b"PERFILE2");
        let data = file.len() as u64;
        // Sizes of this header and of an event; the events; the records.
        let words = [104, 144, 104, 144, data, records.len() as u64];
        for (index, word) in words.into_iter().enumerate() {
            put(&mut file, 8 + 8 * index, &word.to_le_bytes());
        }
        put(&mut file, 104, &1_u32.to_le_bytes());
        put(&mut file, 104 + 16, &1_000_000_u64.to_le_bytes());
        put(&mut file, 104 + 24, &sample_type.to_le_bytes());
        put(&mut file, 104 + 80, &0x1c0_u64.to_le_bytes());
        file.extend(records);
        file
    }

    fn record(kind: u32, body: &[u8]) -> Vec<u8> {
        let size = u16::try_from(8 + body.len()).expect("a short body");
        let mut record = kind.to_le_bytes().to_vec();
        record.extend([2, 0]);
        record.extend(size.to_le_bytes());
        record.extend(body);
        record
    }

    fn words(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// IP, TID, TIME, READ, CALLCHAIN, PERIOD, RAW, BRANCH_STACK, REGS_USER, STACK_USER.
    const ALL: u64 = 0x3d37;

    fn all_records() -> Vec<u8> {
        let mut records = Vec::new();
        let name = b"demo\0\0\0\0";
        let ids = words(&[1 << 32 | 1]);
        records.extend(record(3, &[&ids, &name[..]].concat()));
        let map = words(&[1 << 32 | 1, 0x1000, 0x2000, 0]);
        records.extend(record(1, &[&map, &b"/none\0\0\0"[..]].concat()));
        let map = words(&[1 << 32 | 1, 0x4000, 0x2000, 0, 0, 0, 0, 5]);
        records.extend(record(10, &[&map, &b"/none\0\0\0"[..]].concat()));
        records.extend(record(7, &words(&[1 << 32 | 2, 2 << 32 | 1, 9])));
        records.extend(record(2, &words(&[0, 3])));
        records.extend(record(13, &words(&[3])));
        // A sample with two callers, 4 bytes of raw data, a branch, three registers, and 16
        // bytes of stack.
        let mut sample = words(&[0x1010, 1 << 32 | 1, 5, 7, 1, 2, 0x1010, 0x1020]);
        sample.extend([4, 0, 0, 0, 0, 0, 0, 0]);
        sample.extend(words(&[1, 1, 2, 3, 2, 0x7000, 0x7000, 0x1010, 16, 0x7010, 0x1020, 16]));
        records.extend(record(9, &sample));
        records.extend(record(71, &words(&[0, 0, 0, 0, 0])));
        records
    }

    #[test]
    fn the_sound_file_is_read() {
        let file = file(ALL, &all_records());
        let path = std::env::temp_dir().join(format!("perfbase-{}.data", std::process::id()));
        std::fs::write(&path, file).unwrap();
        let objects = perfbase::objects::Objects::new();
        let options = perfbase::ingest::perf::Options::default();
        let read = perfbase::ingest::perf::read(&path, &objects, options);
        std::fs::remove_file(&path).unwrap();
        let recording = read.unwrap().recording;
        assert_eq!((recording.health.samples, recording.health.lost), (1, 3));
        assert_eq!(recording.samples[0].weight, 7);
    }

    #[test]
    fn no_length_is_believed() {
        let sound = file(ALL, &all_records());
        for at in 0..sound.len() {
            for lie in LIES {
                for width in [2, 4, 8] {
                    let mut lying = sound.clone();
                    let width = width.min(lying.len() - at);
                    put(&mut lying, at, &lie.to_le_bytes()[..width]);
                    assert_small(parsers::perf, &lying, &format!("{lie:#x} at byte {at}"));
                }
            }
        }
    }

    #[test]
    fn optional_sections_are_not_believed() {
        // Build ids, the release, the architecture and names of events, each with a section that
        // holds little but lies.
        for lie in LIES {
            let mut lying = file(ALL, &all_records());
            put(&mut lying, 72, &(1_u64 << 2 | 1 << 4 | 1 << 6 | 1 << 12).to_le_bytes());
            let after = lying.len() as u64 + 4 * 16;
            for _ in 0..4 {
                lying.extend(words(&[after, 32]));
            }
            lying.extend(words(&[lie, lie, lie, lie]));
            assert_small(parsers::perf, &lying, &format!("sections of {lie:#x}"));
        }
    }

    #[test]
    fn events_do_not_multiply_their_ids() {
        // Four thousand events, all with the same 64 KiB of ids.
        let event = file(ALL, &[])[104..].to_vec();
        let mut lying = file(ALL, &[]);
        lying.truncate(104);
        let ids = 104 + 4000 * 144;
        for _ in 0..4000 {
            lying.extend(&event[..128]);
            lying.extend(words(&[ids, 64 << 10]));
        }
        put(&mut lying, 32, &(4000_u64 * 144).to_le_bytes());
        lying.extend(vec![7; 64 << 10]);
        assert_small(parsers::perf, &lying, "events");
    }

    #[test]
    fn children_do_not_multiply_the_mappings_of_their_parent() {
        let mut records = Vec::new();
        for index in 0..500_u64 {
            let map = words(&[1 << 32 | 1, index << 12, 0x1000, 0]);
            records.extend(record(1, &[&map, &b"/none\0\0\0"[..]].concat()));
        }
        for child in 2..20_000_u64 {
            records.extend(record(7, &words(&[1 << 32 | child, 1 << 32 | child, 9])));
            let name = words(&[child << 32 | child, u64::from_le_bytes(*b"demo\0\0\0\0")]);
            records.extend(record(3, &name));
        }
        assert_small(parsers::perf, &file(ALL, &records), "children");
    }

    #[test]
    fn threads_do_not_multiply_a_long_name() {
        let long = vec![b'x'; 32 << 10];
        let mut records = record(3, &[&words(&[1 << 32 | 1]), &long[..]].concat());
        for thread in 2..10_000_u64 {
            records.extend(record(7, &words(&[1 << 32 | 1, 1 << 32 | thread, 9])));
            // IP, TID, TIME.
            records.extend(record(9, &words(&[0x1010, thread << 32 | 1, 10])));
        }
        assert_small(parsers::perf, &file(7, &records), "threads");
    }

    #[test]
    fn processes_do_not_multiply_stacks() {
        // Each process has its name, and a stack of its own.
        let mut records = Vec::new();
        for process in 2..4000_u64 {
            let ids = process << 32 | process;
            let name = format!("process{process}\0");
            records.extend(record(3, &[&words(&[ids]), name.as_bytes()].concat()));
            records.extend(record(9, &words(&[0x1010 + process, ids, 10])));
        }
        assert_small(parsers::perf, &file(7, &records), "processes");
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        #[cfg(unix)]
        {
            let folder = tempfile::tempdir().unwrap();
            let pipe = folder.path().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
            assert!(made.success());
            // It would never return.
            assert!(perfbase::objects::Object::open(&pipe).is_err());
        }
    }
}

mod pprof {
    use super::*;

    fn varint(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
        [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
    }

    fn number(number: u64, value: u64) -> Vec<u8> {
        [varint(number << 3), varint(value)].concat()
    }

    /// A message with one of everything: types, sample with label, mapping, location with line,
    /// function, strings. `lie` stands for the length of part `part`, or for a number in it.
    fn message(part: usize, lie: u64) -> (Vec<u8>, usize) {
        let mut count = 0;
        let mut is_it = || {
            count += 1;
            count - 1 == part
        };
        let mut put = |field_number: u64, bytes: Vec<u8>| {
            if is_it() {
                return [varint(field_number << 3 | 2), varint(lie), bytes].concat();
            }
            field(field_number, &bytes)
        };
        let label = put(3, [number(1, 3), number(3, 1)].concat());
        let ids = put(1, vec![1]);
        let values = put(2, vec![5]);
        let line = put(4, [number(1, 1), number(2, 7)].concat());
        let sample = put(2, [ids, values, label].concat());
        let location = put(4, [number(1, 1), number(2, 1), line].concat());
        let mut all = vec![
            put(1, [number(1, 1), number(2, 2)].concat()),
            sample,
            put(3, [number(1, 1), number(5, 3)].concat()),
            location,
            put(5, [number(1, 1), number(2, 3), number(3, 3)].concat()),
        ];
        for text in ["", "cpu", "nanoseconds", "run"] {
            all.push(put(6, text.as_bytes().to_vec()));
        }
        for field_number in [9, 10, 12, 13, 14] {
            let value = if is_it() { lie } else { 0 };
            all.push(number(field_number, value));
        }
        (all.concat(), count)
    }

    #[test]
    fn no_length_is_believed() {
        let (sound, parts) = message(usize::MAX, 0);
        let profile = perfbase::store::pprof::decode(&sound).unwrap();
        assert_eq!((profile.samples[0].weight, profile.samples[0].run), (5, 1));
        assert_eq!(parts, 18);
        for part in 0..parts {
            for lie in LIES {
                let (lying, _) = message(part, lie);
                assert_small(parsers::pprof, &lying, &format!("{lie:#x} in part {part}"));
            }
        }
    }

    #[test]
    fn no_id_is_an_index() {
        // Ids as large as can be are ids like any other, and no lengths of tables.
        for lie in LIES {
            let all = [
                field(1, &[number(1, 1), number(2, 2)].concat()),
                field(2, &[field(1, &varint(lie)), field(2, &[5])].concat()),
                field(4, &[number(1, lie), field(4, &number(1, lie))].concat()),
                field(5, &[number(1, lie), number(2, 1), number(3, 1)].concat()),
                field(6, b""),
                field(6, b"cpu"),
                field(6, b"nanoseconds"),
            ]
            .concat();
            let peak = peak_of(|| {
                assert_eq!(perfbase::store::pprof::decode(&all).unwrap().samples.len(), 1);
            });
            assert!(peak < 1 << 20, "{lie:#x}: {peak}");
        }
    }
}

mod elf {
    use super::*;

    /// A file with a name of 60 KB, and so many sections that have it.
    fn sections(count: usize) -> Vec<u8> {
        let names = 64 + count * 64;
        let mut file = vec![0; names];
        file[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1]);
        // A shared library for x86-64, version 1.
        file[16..24].copy_from_slice(&[3, 0, 62, 0, 1, 0, 0, 0]);
        file[40..48].copy_from_slice(&64_u64.to_le_bytes());
        let half = |number: usize| u16::try_from(number).expect("few sections").to_le_bytes();
        for (at, number) in [(52, 64), (54, 56), (58, 64), (60, count), (62, 1)] {
            file[at..at + 2].copy_from_slice(&half(number));
        }
        // The first is none; the second has the names; all others are code.
        for index in 1..count {
            let header = &mut file[64 + index * 64..][..64];
            header[0..4].copy_from_slice(&1_u32.to_le_bytes());
            header[4..8].copy_from_slice(&if index == 1 { 3_u32 } else { 1 }.to_le_bytes());
            header[24..32].copy_from_slice(&(names as u64).to_le_bytes());
            header[32..40].copy_from_slice(&(60_000_u64 + 2).to_le_bytes());
        }
        file.push(0);
        file.extend(vec![b'n'; 60_000]);
        file.push(0);
        file
    }

    #[test]
    fn sections_do_not_multiply_a_long_name() {
        let file = sections(4000);
        let peak = peak_of(|| {
            let path = std::path::Path::new("input");
            let object = perfbase::objects::Object::from_bytes(path, file.clone());
            assert_eq!(object.expect("it is sound").sections().len(), 3999);
        });
        assert!(peak < LIMIT, "{peak}");
    }

    #[test]
    fn no_number_is_believed() {
        let Ok(sound) = std::fs::read(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fuzz/seeds/elf/stripped.elf"
        )) else {
            return;
        };
        // The header of the file, of its segments and of its sections are at both ends.
        for at in (0..sound.len()).filter(|at| at % 4 == 0) {
            for lie in LIES {
                let mut lying = sound.clone();
                let width = 8.min(lying.len() - at);
                lying[at..at + width].copy_from_slice(&lie.to_le_bytes()[..width]);
                let peak = peak_of(|| {
                    let path = std::path::Path::new("input");
                    let Ok(object) = perfbase::objects::Object::from_bytes(path, lying) else {
                        return;
                    };
                    for section in object.sections() {
                        let _ = object.section_data(&section.name);
                    }
                    for segment in object.segments() {
                        let _ = object.symbol(segment.address);
                    }
                });
                assert!(peak < LIMIT, "{lie:#x} at byte {at}: {peak}");
            }
        }
    }
}

mod samply {
    use super::*;

    #[test]
    fn threads_do_not_multiply_shared_stacks() {
        let numbers = |count: usize, number: &str| vec![number; count].join(",");
        let prefix: Vec<String> = (0..5000)
            .map(|i: u32| i.checked_sub(1).map_or("null".into(), |i| i.to_string()))
            .collect();
        // Each thread has a frame of its own, and no stacks.
        let thread = |index: usize| {
            format!(
                r#"{{"pid":1,"tid":{index},"samples":{{"stack":[4999]}},
                "frameTable":{{"address":[{index}],"func":[0]}}}}"#
            )
        };
        let threads: Vec<String> = (0..2000).map(thread).collect();
        let text = format!(
            r#"{{"meta":{{"interval":1}},"libs":[{{"name":"a"}}],"shared":{{"stringArray":["f"],
            "resourceTable":{{"lib":[0]}},"funcTable":{{"name":[0],"resource":[0]}},
            "stackTable":{{"prefix":[{}],"frame":[{}]}}}},"threads":[{}]}}"#,
            prefix.join(","),
            numbers(5000, "0"),
            threads.join(",")
        );
        assert_small(parsers::samply, text.as_bytes(), "threads");
    }

    #[test]
    fn weights_that_add_up_to_more_than_a_number_holds_are_refused() {
        let text = format!(
            r#"{{"meta":{{"interval":1}},"libs":[],"threads":[{{"pid":1,"tid":1,
            "stringArray":["0x1"],"funcTable":{{"name":[0],"resource":[-1]}},
            "frameTable":{{"address":[-1],"func":[0]}},
            "stackTable":{{"prefix":[null],"frame":[0]}},
            "samples":{{"stack":[0,0],"threadCPUDelta":[{0},{0}]}}}}]}}"#,
            u64::MAX
        );
        let error = perfbase::ingest::samply::parse(text.as_bytes()).unwrap_err();
        assert!(matches!(error, perfbase::ingest::samply::FormatError::Weight), "{error}");
    }
}

mod embedded {
    use super::*;

    fn record(kind: u32, length: u32, body: &[u8]) -> Vec<u8> {
        let mut record: Vec<u8> =
            [kind, length, 1, 0].into_iter().flat_map(u32::to_le_bytes).collect();
        record.extend(body);
        record
    }

    fn file(records: &[Vec<u8>]) -> Vec<u8> {
        let mut file = b"PERFBASESAMPLES\n".to_vec();
        file.extend([1_u32, 1].into_iter().flat_map(u32::to_le_bytes));
        file.extend(997_f64.to_le_bytes());
        file.extend(record(
            3,
            24,
            &[1, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ));
        file.extend(records.concat());
        file
    }

    /// Mappings or a sample, with what follows the header.
    fn slot(kind: u32, part: u32, weight: u64, rest: &[u8]) -> Vec<u8> {
        let mut body: Vec<u8> =
            [kind, rest.len() as u32, 1, part].into_iter().flat_map(u32::to_le_bytes).collect();
        body.extend(weight.to_le_bytes());
        body.extend([0; 48]);
        body.extend(rest);
        record(kind, body.len() as u32, &body)
    }

    #[test]
    fn lengths_are_not_believed() {
        for lie in LIES {
            for kind in 1..5 {
                let input = file(&[record(kind, lie as u32, b"short")]);
                assert_small(parsers::embedded, &input, "a length");
            }
        }
    }

    #[test]
    fn lists_without_end_are_given_up() {
        let text: String =
            (1..2000).map(|n| format!("{n:x}000-{n:x}800 r-xp 0 0 0 /x{n}\n")).collect();
        let parts: Vec<_> = (0..40).map(|part| slot(2, part, 0, text.as_bytes())).collect();
        assert_small(parsers::embedded, &file(&parts), "parts");
        let last = 1 << 31;
        let lists: Vec<_> = (0..40)
            .flat_map(|_| [slot(2, last, 0, text.as_bytes()), slot(1, 0, 1, &[0; 64])])
            .collect();
        assert_small(parsers::embedded, &file(&lists), "lists");
    }

    #[test]
    fn weights_that_would_overflow_later_are_refused() {
        let input = file(&[slot(1, 0, u64::MAX, &[]), slot(1, 0, u64::MAX, &[])]);
        let objects = perfbase::objects::Objects::new();
        let error = perfbase::ingest::embedded::parse(&input, &objects).unwrap_err();
        assert!(matches!(error, perfbase::ingest::embedded::FormatError::Weight), "{error}");
    }
}
