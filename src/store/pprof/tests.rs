//! Round trips, an independent decoder, files of other tools, and damaged ones.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::limits::{LIMITS, Limits};
use super::wire::{put_bytes, put_uint, put_varint};
use super::*;
use crate::model::{
    Body, Frame, FrameId, Function, Handle, Profile, ProfileBuilder, Sample, Scope, StackId, Weight,
};

/// Function, mangled name, file, image, line, inlined.
type Place = (String, String, Option<String>, Option<String>, u32, bool);

/// What a profile says, whatever the order of its tables: for each stack (outermost first), run
/// and scope its count and weight.
fn content(profile: &Profile) -> BTreeMap<(Vec<Place>, u32, Scope), (u64, u64)> {
    let mut out = BTreeMap::new();
    let text = |id: Option<_>| id.map(|id| profile.strings.get(id).to_owned());
    for sample in &profile.samples {
        let mut places: Vec<Place> = Vec::new();
        for frame in profile.stacks.root_first(sample.stack) {
            let frame = profile.frames[frame.index()];
            let function = profile.functions[frame.function.index()];
            // The three things that the format cannot say.
            let inlined = frame.inlined && !places.is_empty();
            let image = match places.last() {
                Some(outer) if inlined => outer.3.clone(),
                _ => text(function.image).filter(|image| !image.is_empty()),
            };
            let file = text(function.file).filter(|file| !file.is_empty());
            let name = profile.strings.get(function.name).to_owned();
            let system_name = profile.strings.get(function.system_name).to_owned();
            places.push((name, system_name, file, image, frame.line, inlined));
        }
        let sum = out.entry((places, sample.run, sample.scope)).or_insert((0, 0));
        sum.0 += sample.count;
        sum.1 += sample.weight;
    }
    out
}

fn frame(
    builder: &mut ProfileBuilder,
    name: &str,
    image: &str,
    line: u32,
    inlined: bool,
) -> FrameId {
    let system_name = builder.string(&format!("_R{name}"));
    let name = builder.string(name);
    let file = Some(builder.string("src/lib.rs"));
    let image = Some(builder.string(image));
    let function = builder.function(Function { name, system_name, file, image });
    builder.frame(Frame { function, line, inlined })
}

/// `main → outer → (inlined) middle → (inlined) leaf`, twice in `outer`, once in the harness.
fn example() -> Profile {
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    let main = frame(&mut builder, "main", "bench", 3, false);
    let outer = frame(&mut builder, "outer", "bench", 10, false);
    let middle = frame(&mut builder, "middle", "bench", 20, true);
    let leaf = frame(&mut builder, "leaf", "bench", 30, true);
    let idle = frame(&mut builder, "idle", "[kernel]", 0, false);
    let outer_function = builder.profile().frames[outer.index()].function;
    for hash in [u64::MAX, 7] {
        builder.body(outer_function, Body { hash, size: 300 });
    }
    let main = builder.stack(None, main);
    let outer = builder.stack(Some(main), outer);
    let middle = builder.stack(Some(outer), middle);
    let leaf = builder.stack(Some(middle), leaf);
    let idle = builder.stack(Some(main), idle);
    for (stack, run, scope, count, weight) in [
        (idle, 1, Scope::Harness, 2, 2_000_000),
        (leaf, 1, Scope::Benchmark, 5, 5_000_001),
        (leaf, 0, Scope::Benchmark, 7, 7_000_000),
        (outer, 0, Scope::Benchmark, 1, 1_000_000),
    ] {
        builder.sample(Sample { stack, run, scope, count, weight });
    }
    builder.finish()
}

const META: Meta =
    Meta { time_ns: 1_795_000_000_000_000_000, duration_ns: 3_000_000_000, period: 1_000_000 };

#[test]
fn a_profile_comes_back() {
    let profile = example();
    let bytes = encode(&profile, &META).unwrap();
    assert_eq!(bytes, encode(&profile, &META).unwrap(), "the same bytes each time");
    let back = decode(&bytes).unwrap();
    assert_eq!(back.weight, Weight::CpuTime);
    assert_eq!(content(&back), content(&profile));
    let bodies: Vec<(&str, Body)> =
        back.bodies.iter().map(|&(function, body)| (back.name(function), body)).collect();
    let body = |hash| ("outer", Body { hash, size: 300 });
    assert_eq!(bodies, [body(7), body(u64::MAX)]);
    assert_eq!(back.total(Scope::Benchmark), 13_000_001);
    assert_eq!(back.total(Scope::Harness), 2_000_000);
    assert_eq!(encode(&back, &META).unwrap(), bytes, "what was read is written alike");
}

#[cfg(unix)]
#[test]
fn the_program_is_the_first_mapping() {
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    // In the order of first use: the kernel and a library, which has most functions, before it.
    for (name, image) in [
        ("exec", "[kernel]"),
        ("malloc", "libc.so.6"),
        ("free", "libc.so.6"),
        ("realloc", "libc.so.6"),
        ("a", "bench"),
        ("b", "bench"),
        ("main", "child"),
    ] {
        let frame = frame(&mut builder, name, image, 1, false);
        let stack = builder.stack(None, frame);
        let scope = Scope::Benchmark;
        builder.sample(Sample { stack, run: 0, scope, count: 1, weight: 1 });
    }
    let profile = builder.finish();
    let bytes = encode(&profile, &META).unwrap();
    let theirs = independent(&bytes);
    let images: Vec<_> =
        theirs.mapping.iter().map(|m| &*theirs.string_table[m.filename as usize]).collect();
    assert_eq!(images, ["bench", "[kernel]", "libc.so.6", "child"]);
    assert_eq!(content(&decode(&bytes).unwrap()), content(&profile));
}

#[test]
fn an_empty_profile_comes_back() {
    for weight in Weight::all() {
        let bytes = encode(&ProfileBuilder::new(weight).finish(), &Meta::default()).unwrap();
        let back = decode(&bytes).unwrap();
        assert_eq!(back.weight, weight);
        assert!(back.samples.is_empty());
    }
}

#[test]
fn weights_beyond_the_format_are_refused() {
    let change: [fn(&mut Profile); 4] = [
        |p| p.samples[0].weight = u64::MAX,
        |p| p.samples[1].weight = i64::MAX as u64,
        |p| p.samples[2].count = i64::MAX as u64,
        |p| p.samples[3].run = 1 << 16,
    ];
    for change in change {
        let mut profile = example();
        change(&mut profile);
        assert!(matches!(encode(&profile, &META), Err(PprofError::Range(_))));
    }
}

/// The message as generated code of another project reads it.
#[cfg(unix)]
fn independent(bytes: &[u8]) -> pprof::protos::Profile {
    use pprof::protos::Message;
    pprof::protos::Profile::decode(&*gzip::inflate(bytes, 1 << 20).unwrap()).unwrap()
}

#[cfg(unix)]
#[test]
fn an_independent_decoder_reads_the_same() {
    let theirs = independent(&encode(&example(), &META).unwrap());
    let text = |index: i64| theirs.string_table[index as usize].as_str();
    let types: Vec<_> = theirs.sample_type.iter().map(|t| (text(t.ty), text(t.unit))).collect();
    assert_eq!(types, [("samples", "count"), ("cpu", "nanoseconds")]);
    assert_eq!(text(theirs.default_sample_type), "cpu");
    let period = theirs.period_type.as_ref().unwrap();
    assert_eq!((text(period.ty), text(period.unit)), ("cpu", "nanoseconds"));
    assert_eq!(theirs.period, 1_000_000);
    assert_eq!(theirs.time_nanos, 1_795_000_000_000_000_000);
    assert_eq!(theirs.duration_nanos, 3_000_000_000);
    assert_eq!(theirs.comment.iter().map(|&c| text(c)).collect::<Vec<_>>(), [VERSION_MARK]);

    let images: Vec<_> = theirs.mapping.iter().map(|m| text(m.filename)).collect();
    assert_eq!(images, ["bench", "[kernel]"]);
    let bench = &theirs.mapping[0];
    assert!(bench.has_functions && bench.has_filenames && bench.has_line_numbers);
    assert!(bench.has_inline_frames && !theirs.mapping[1].has_inline_frames);
    assert!(!theirs.mapping[1].has_line_numbers);

    let mut samples = Vec::new();
    for sample in &theirs.sample {
        let mut stack = Vec::new();
        for &id in &sample.location_id {
            let location = theirs.location.iter().find(|l| l.id == id).unwrap();
            let lines = location.line.iter().map(|line| {
                let function = theirs.function.iter().find(|f| f.id == line.function_id).unwrap();
                assert_eq!(text(function.system_name), format!("_R{}", text(function.name)));
                assert_eq!(text(function.filename), "src/lib.rs");
                format!("{}:{}", text(function.name), line.line)
            });
            stack.push(lines.collect::<Vec<_>>().join("<"));
        }
        let labels: Vec<_> =
            sample.label.iter().map(|l| (text(l.key), l.num, text(l.str))).collect();
        samples.push((stack.join(" "), sample.value.clone(), labels));
    }
    let inlined = "leaf:30<middle:20<outer:10 main:3".to_owned();
    assert_eq!(
        samples,
        [
            ("outer:10 main:3".to_owned(), vec![1, 1_000_000], vec![("run", 0, "")]),
            (inlined.clone(), vec![7, 7_000_000], vec![("run", 0, "")]),
            (inlined, vec![5, 5_000_001], vec![("run", 1, "")]),
            (
                "idle:0 main:3".to_owned(),
                vec![2, 2_000_000],
                vec![("run", 1, ""), ("scope", 0, "harness")]
            ),
        ]
    );
}

/// A message made by hand, as other tools make them.
struct Foreign {
    out: Vec<u8>,
    strings: Vec<&'static str>,
}

impl Foreign {
    fn new(types: &[(&'static str, &'static str)]) -> Self {
        let mut foreign = Self { out: Vec::new(), strings: vec![""] };
        for (kind, unit) in types {
            let message = foreign.numbers(&[(1, kind), (2, unit)]);
            put_bytes(&mut foreign.out, 1, &message);
        }
        foreign
    }
    fn text(&mut self, text: &'static str) -> u64 {
        self.strings.push(text);
        self.strings.len() as u64 - 1
    }
    fn numbers(&mut self, texts: &[(u32, &'static str)]) -> Vec<u8> {
        let mut message = Vec::new();
        for &(field, text) in texts {
            put_uint(&mut message, field, self.text(text));
        }
        message
    }
    /// A function and the location of it, with sparse ids.
    fn function(&mut self, id: u64, name: &'static str) {
        let mut function = self.numbers(&[(2, name)]);
        put_uint(&mut function, 1, id);
        put_bytes(&mut self.out, 5, &function);
        let (mut location, mut line) = (Vec::new(), Vec::new());
        put_uint(&mut line, 1, id);
        put_uint(&mut line, 2, u64::MAX);
        put_uint(&mut location, 1, id);
        put_bytes(&mut location, 4, &line);
        put_bytes(&mut self.out, 4, &location);
    }
    /// A sample, its numbers not packed.
    fn sample(&mut self, locations: &[u64], values: &[i64]) {
        let mut message = Vec::new();
        for &id in locations {
            put_uint(&mut message, 1, id);
        }
        for &value in values {
            put_varint(&mut message, 2 << 3);
            put_varint(&mut message, value as u64);
        }
        put_bytes(&mut self.out, 2, &message);
    }
    fn finish(&self) -> Vec<u8> {
        let mut out = self.out.clone();
        for text in &self.strings {
            put_bytes(&mut out, 6, text.as_bytes());
        }
        out
    }
}

#[test]
fn files_of_other_tools_are_read() {
    let mut file =
        Foreign::new(&[("samples", "count"), ("cpu", "microseconds"), ("contentions", "count")]);
    file.function(7, "f");
    file.function(1 << 40, "g");
    file.sample(&[7, 1 << 40], &[3, 30, 9]);
    file.sample(&[7, 1 << 40], &[1, 10, 9]);
    file.sample(&[], &[1, 5, 0]);
    for bytes in [file.finish(), gzip::deflate(&file.finish(), 1)] {
        let profile = decode(&bytes).unwrap();
        assert_eq!(profile.weight, Weight::CpuTime);
        assert_eq!(profile.samples.len(), 2, "equal ones are merged");
        let sample = profile.samples[0];
        assert_eq!((sample.count, sample.weight, sample.run), (4, 40_000, 0));
        assert_eq!(profile.total(Scope::Benchmark), 45_000, "no weight is lost");
        let names: Vec<_> = profile
            .stacks
            .root_first(sample.stack)
            .into_iter()
            .map(|f| profile.name(profile.frames[f.index()].function))
            .collect();
        assert_eq!(names, ["g", "f"]);
        assert_eq!(profile.frames[0].line, 0, "no line is below 0");
    }
}

#[test]
fn samples_at_a_known_period_are_cpu_time() {
    let mut file = Foreign::new(&[("samples", "count")]);
    let period = file.numbers(&[(1, "cpu"), (2, "nanoseconds")]);
    put_bytes(&mut file.out, 11, &period);
    put_uint(&mut file.out, 12, 10_000_000);
    file.function(1, "f");
    file.sample(&[1], &[3]);
    let profile = decode(&file.finish()).unwrap();
    assert_eq!((profile.samples[0].count, profile.samples[0].weight), (3, 30_000_000));
}

#[test]
fn addresses_stand_in_for_names() {
    let mut file = Foreign::new(&[("cpu", "nanoseconds")]);
    let mut location = Vec::new();
    put_uint(&mut location, 1, 1);
    put_uint(&mut location, 3, 0xbeef);
    put_bytes(&mut file.out, 4, &location);
    file.sample(&[1], &[5]);
    let profile = decode(&file.finish()).unwrap();
    assert_eq!(profile.name(profile.function_of(profile.samples[0].stack)), "0xbeef");
    assert_eq!(profile.samples[0].count, 1);
}

/// What `make` does to a good file makes it a bad one.
fn refused(make: impl FnOnce(&mut Foreign)) -> String {
    let mut file = Foreign::new(&[("cpu", "nanoseconds")]);
    file.function(1, "f");
    file.sample(&[1], &[5]);
    assert!(decode(&file.finish()).is_ok());
    make(&mut file);
    decode(&file.finish()).unwrap_err().to_string()
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let cases: [(&str, String); 8] = [
        ("no location with the id 2", refused(|f| f.sample(&[2], &[5]))),
        ("no location with the id 0", refused(|f| f.out.extend(b"\x12\x05\x0a\x01\x00\x10\x05"))),
        ("2 values where 1 are due", refused(|f| f.sample(&[1], &[5, 5]))),
        ("two functions have the id 1", refused(|f| f.function(1, "g"))),
        ("below 0", refused(|f| f.sample(&[1], &[-1]))),
        ("out of range", refused(|f| f.sample(&[1], &[i64::MAX]))),
        ("no string 99", refused(|f| put_uint(&mut f.out, 14, 99))),
        ("first string", refused(|f| f.strings[0] = "x")),
    ];
    for (expected, message) in cases {
        let message = message.replace("locations", "functions");
        assert!(message.contains(expected), "{message:?} lacks {expected:?}");
    }
    let only = Foreign::new(&[("contentions", "count"), ("delay", "nanoseconds")]);
    let message = decode(&only.finish()).unwrap_err().to_string();
    assert!(message.ends_with("only contentions/count, delay/nanoseconds"), "{message}");
    assert!(decode(b"").is_err());
}

#[test]
fn newer_versions_are_refused_and_older_tools_are_not_ours() {
    let mut file = Foreign::new(&[("cpu", "nanoseconds")]);
    let comment = file.text("perfbase.profile/2");
    put_uint(&mut file.out, 13, comment);
    let error = decode(&file.finish()).unwrap_err();
    assert!(matches!(error, PprofError::Newer { found: 2, supported: 1 }), "{error}");
    assert!(error.to_string().contains("update"));
}

#[test]
fn one_sample_cannot_keep_the_reader_busy() {
    // A location with 4,000 lines, a million times over in one sample.
    let mut file = Foreign::new(&[("cpu", "nanoseconds")]);
    let mut location = vec![0x08, 0x01];
    for _ in 0..4000 {
        put_bytes(&mut location, 4, &[0x08, 0x01]);
    }
    put_bytes(&mut file.out, 4, &location);
    let function = file.numbers(&[(2, "f")]);
    put_bytes(&mut file.out, 5, &[function, vec![0x08, 0x01]].concat());
    let mut sample = Vec::new();
    put_bytes(&mut sample, 1, &[1; 1_000_000]);
    put_uint(&mut sample, 2, 1);
    put_bytes(&mut file.out, 2, &sample);
    let bytes = gzip::deflate(&file.finish(), 9);
    assert!(bytes.len() < 10_000, "4,000,000,000 frames fit into {} bytes", bytes.len());
    let limits = Limits { stacks: 20_000, ..LIMITS };
    let error = decode::decode_within(&bytes, &limits).unwrap_err();
    assert!(matches!(error, PprofError::TooLarge { what: "stacks", .. }), "{error}");
    let limits = Limits { steps: 20_000, ..LIMITS };
    let error = decode::decode_within(&bytes, &limits).unwrap_err();
    assert!(matches!(error, PprofError::TooLarge { what: "frames in all stacks", .. }), "{error}");
    let limits = Limits { entries: 3_000, ..LIMITS };
    let error = decode::decode_within(&bytes, &limits).unwrap_err();
    assert!(matches!(error, PprofError::TooLarge { what: "lines", .. }), "{error}");
    let limits = Limits { sample: 1_000, ..LIMITS };
    let error = decode::decode_within(&bytes, &limits).unwrap_err();
    assert!(matches!(error, PprofError::TooLarge { what: "bytes in a sample", .. }), "{error}");
}

prop_compose! {
    /// Profiles with shared prefixes, recursion, inlining, several images, runs and scopes.
    fn any_profile()(
        weight in 0..6_usize,
        functions in prop::collection::vec((0..6_u8, 0..4_u8, 0..3_u8), 1..8),
        nodes in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3_u32, any::<bool>()),
            1..40,
        ),
        samples in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..4_u32, any::<bool>(), 0..1000_u64, 0..u64::from(u32::MAX)),
            0..40,
        ),
    ) -> Profile {
        let mut builder = ProfileBuilder::new(Weight::all().nth(weight).unwrap());
        let mut known = Vec::new();
        for (name, file, image) in functions {
            let system_name = builder.string(&format!("_ZN{name}"));
            let name = builder.string(["f", "g<é>", "", "run", "a::b", "cpu"][name as usize]);
            let file = (file > 0).then(|| builder.string(["", "a.rs", "b.rs"][file as usize - 1]));
            let image = (image > 0).then(|| builder.string(["bench", "[kernel]"][image as usize - 1]));
            known.push(builder.function(Function { name, system_name, file, image }));
        }
        let mut stacks: Vec<Option<StackId>> = vec![None];
        for (parent, function, line, inlined) in nodes {
            let frame = Frame { function: *function.get(&known), line, inlined };
            let frame = builder.frame(frame);
            let stack = builder.stack(*parent.get(&stacks), frame);
            stacks.push(Some(stack));
        }
        for (stack, run, harness, count, weight) in samples {
            let stack = stack.get(&stacks[1..]).unwrap();
            let scope = if harness { Scope::Harness } else { Scope::Benchmark };
            builder.sample(Sample { stack, run, scope, count, weight });
        }
        builder.finish()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_profile_comes_back(profile in any_profile()) {
        let bytes = encode(&profile, &META).unwrap();
        let back = decode(&bytes).unwrap();
        prop_assert_eq!(back.weight, profile.weight);
        prop_assert_eq!(content(&back), content(&profile));
        // Frames that the format cannot tell apart have become one by now.
        let again = encode(&back, &META).unwrap();
        prop_assert_eq!(encode(&decode(&again).unwrap(), &META).unwrap(), again);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let plain = decode(&bytes).is_ok();
        let packed = decode(&gzip::deflate(&bytes, 1)).is_ok();
        // Both envelopes hold the same message, unless the bytes are gzip themselves.
        prop_assert!(plain == packed || bytes.starts_with(&[0x1f, 0x8b]));
    }

    #[test]
    fn no_damage_makes_the_reader_panic(
        profile in any_profile(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let packed = encode(&profile, &META).unwrap();
        let mut message = gzip::inflate(&packed, 1 << 20).unwrap().into_owned();
        for (place, byte) in changes {
            let place = place.index(message.len());
            message[place] = byte;
        }
        if let Ok(read) = decode(&message) {
            // Whatever is accepted can be used and written again.
            let written = encode(&read, &META).unwrap();
            prop_assert_eq!(content(&decode(&written).unwrap()).len(), content(&read).len());
        }
        message.truncate(cut.index(message.len()));
        let _ = decode(&message).is_ok();
        prop_assert!(decode(&packed[..packed.len() - 1]).is_err());
    }
}
