//! [`Profile`] → bytes.

use crate::model::{
    Body, FastMap, FrameId, FunctionId, Handle, Profile, Sample, Scope, StackId, StringId,
};

use super::error::PprofError;
use super::gzip;
use super::limits::{LIMITS, RUNS};
use super::message::{body, function, label, line, location, mapping, profile, sample, value_type};
use super::walk::{NONE, Path, ranks};
use super::wire::{put_bytes, put_fixed64, put_uint, put_varint};
use super::{HARNESS, RUN, SCOPE, VERSION_MARK, count_type};

/// On a profile of 1,500 stacks of 25 frames within 1 % of level 9's size, in a quarter of its
/// time; level 1 is 15 % larger.
const LEVEL: u32 = 6;
/// From this many bytes on speed matters more than size.
const LARGE: usize = 4 << 20;
/// The level for large profiles: 13 % larger than level 6, in a third of its time.
const LARGE_LEVEL: u32 = 1;

/// What a pprof file says of a profile as a whole. Informational: no reader of ours needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// When it was recorded, in ns since the Unix epoch; 0 when unknown.
    pub time_ns: i64,
    /// For how long, in ns; 0 when unknown.
    pub duration_ns: i64,
    /// Weight between two samples, in the weight's unit; 0 when unknown or not sampled.
    pub period: i64,
}

/// A profile as a gzip-compressed pprof message. The same profile gives the same bytes.
///
/// # Errors
/// Counts or weights that add up to more than `i64::MAX`, or a profile beyond what [`decode`](super::decode()) accepts.
pub fn encode(profile: &Profile, meta: &Meta) -> Result<Vec<u8>, PprofError> {
    check(profile)?;
    let message = Encoder::new(profile).message(meta);
    if message.len() > LIMITS.inflated {
        return Err(PprofError::TooLarge { what: "bytes", limit: LIMITS.inflated });
    }
    let level = if message.len() < LARGE { LEVEL } else { LARGE_LEVEL };
    Ok(gzip::deflate(&message, level))
}

/// Whether the reader would accept it.
fn check(profile: &Profile) -> Result<(), PprofError> {
    for (what, len, limit) in [
        ("strings", profile.strings.len(), LIMITS.entries),
        ("frames", profile.frames.len(), LIMITS.entries),
        ("bodies", profile.bodies.len(), LIMITS.entries),
        ("stacks", profile.stacks.len(), LIMITS.stacks),
    ] {
        // A dozen strings are not the profile's own.
        if len > limit - 16 {
            return Err(PprofError::TooLarge { what, limit: limit - 16 });
        }
    }
    let (mut count, mut weight) = (0_i64, 0_i64);
    let add = |sum: i64, more: u64| i64::try_from(more).ok().and_then(|more| sum.checked_add(more));
    for sample in &profile.samples {
        count = add(count, sample.count).ok_or(PprofError::Range("the number of samples"))?;
        weight = add(weight, sample.weight).ok_or(PprofError::Range("the sum of all weights"))?;
        if i64::from(sample.run) >= RUNS {
            return Err(PprofError::Range("a run's number"));
        }
    }
    Ok(())
}

/// A location to be: a frame with the frames that it was inlined into.
#[derive(Clone, Copy)]
struct Chain {
    /// The innermost frame, an index into the profile's frames.
    frame: u32,
    /// The chain that it was inlined into.
    into: u32,
    /// The id of the location, once a sample needed it.
    id: u32,
}

struct Encoder<'a> {
    profile: &'a Profile,
    out: Vec<u8>,
    /// Distinct chains. Chains that share callers share the entries of these.
    chains: Vec<Chain>,
    /// The chain of a frame that is not inlined, by frame.
    plain: Vec<u32>,
    /// The chain of a frame inlined into a chain.
    inlined: FastMap<(u32, u32), u32>,
    /// For each stack that was needed: the location of its innermost frames, and the stack that
    /// called that location.
    steps: Vec<(u32, u32)>,
    /// The frames of one chain, but for its outermost.
    frames: Vec<FrameId>,
    /// Chains by the ids of their locations, which start at 1.
    locations: Vec<u32>,
    functions: Numbers,
    strings: Numbers,
    /// The table of strings; the profile's own come with their index there.
    texts: Vec<&'a str>,
}

/// Numbers that entries of a table of the profile have in the file, given at first use.
struct Numbers {
    /// By index in the profile.
    numbers: Vec<u32>,
    /// Indices in the profile by number.
    used: Vec<u32>,
}

impl Numbers {
    fn new(len: usize) -> Self {
        Self { numbers: vec![NONE; len], used: Vec::new() }
    }
}

impl<'a> Encoder<'a> {
    fn new(profile: &'a Profile) -> Self {
        Self {
            profile,
            out: Vec::with_capacity(1 << 16),
            chains: Vec::with_capacity(profile.frames.len()),
            plain: vec![NONE; profile.frames.len()],
            inlined: FastMap::default(),
            steps: vec![(NONE, NONE); profile.stacks.len()],
            frames: Vec::new(),
            locations: Vec::new(),
            functions: Numbers::new(profile.functions.len()),
            strings: Numbers::new(profile.strings.len()),
            texts: vec![""],
        }
    }

    fn message(mut self, meta: &Meta) -> Vec<u8> {
        let (kind, unit) = count_type(self.profile.weight);
        let samples = self.value_type(kind, unit);
        let weight = self.value_type(self.profile.weight.kind(), self.profile.weight.unit());
        put_bytes(&mut self.out, profile::SAMPLE_TYPE, &samples);
        put_bytes(&mut self.out, profile::SAMPLE_TYPE, &weight);
        self.samples();
        self.locations();
        self.functions();
        let positive = |value: i64| u64::try_from(value).unwrap_or(0);
        put_uint(&mut self.out, profile::TIME_NANOS, positive(meta.time_ns));
        put_uint(&mut self.out, profile::DURATION_NANOS, positive(meta.duration_ns));
        put_bytes(&mut self.out, profile::PERIOD_TYPE, &weight);
        put_uint(&mut self.out, profile::PERIOD, positive(meta.period));
        let comment = self.text(VERSION_MARK);
        put_uint(&mut self.out, profile::COMMENT, comment);
        let default = self.text(self.profile.weight.kind());
        put_uint(&mut self.out, profile::DEFAULT_SAMPLE_TYPE, default);
        for text in &self.texts {
            put_bytes(&mut self.out, profile::STRING_TABLE, text.as_bytes());
        }
        self.out
    }

    /// The number of a text that is not the profile's own. Only ever a dozen.
    fn text(&mut self, text: &'a str) -> u64 {
        let known = self.texts.iter().take(16).position(|&known| known == text);
        known.unwrap_or_else(|| {
            self.texts.push(text);
            self.texts.len() - 1
        }) as u64
    }

    /// The number of a string of the profile.
    fn string(&mut self, id: StringId) -> u64 {
        let number = &mut self.strings.numbers[id.index()];
        if *number == NONE {
            *number = self.texts.len() as u32;
            self.texts.push(self.profile.strings.get(id));
        }
        u64::from(*number)
    }

    fn value_type(&mut self, kind: &'a str, unit: &'a str) -> Vec<u8> {
        let mut message = Vec::new();
        put_uint(&mut message, value_type::TYPE, self.text(kind));
        put_uint(&mut message, value_type::UNIT, self.text(unit));
        message
    }

    /// Samples in the order of a walk through the tree of stacks, so that neighbours share most
    /// of their callers: a third of the size, and the reader has little to look up.
    fn samples(&mut self) {
        let (run_key, scope_key) = (self.text(RUN), self.text(SCOPE));
        let mut harness = Vec::new();
        put_uint(&mut harness, label::KEY, scope_key);
        put_uint(&mut harness, label::STR, self.text(HARNESS));

        let ranks = ranks(self.profile);
        let mut order: Vec<&Sample> = self.profile.samples.iter().collect();
        order.sort_by_key(|s| (ranks[s.stack.index()], s.run, s.scope));

        let mut path = Path::new(self.profile.stacks.len());
        let (mut message, mut part) = (Vec::new(), Vec::new());
        for s in order {
            message.clear();
            self.follow(s.stack.index() as u32, &mut path);
            put_bytes(&mut message, sample::LOCATION_ID, path.bytes());

            part.clear();
            put_varint(&mut part, s.count);
            put_varint(&mut part, s.weight);
            put_bytes(&mut message, sample::VALUE, &part);

            part.clear();
            put_uint(&mut part, label::KEY, run_key);
            put_uint(&mut part, label::NUM, u64::from(s.run));
            put_bytes(&mut message, sample::LABEL, &part);
            if s.scope == Scope::Harness {
                put_bytes(&mut message, sample::LABEL, &harness);
            }
            put_bytes(&mut self.out, profile::SAMPLE, &message);
        }
    }

    /// Makes `path` lead to `stack`.
    fn follow(&mut self, stack: u32, path: &mut Path) {
        let mut next = stack;
        path.todo.clear();
        while next != NONE && !path.holds(next) {
            let (location, caller) = self.step(next);
            path.todo.push((next, location));
            next = caller;
        }
        path.cut_after(next);
        while let Some((stack, location)) = path.todo.pop() {
            path.push(stack, location);
        }
    }

    /// The location of a stack's innermost frames, and the stack that called it.
    fn step(&mut self, stack: u32) -> (u32, u32) {
        let known = self.steps[stack as usize];
        if known.0 != NONE {
            return known;
        }
        let profile = self.profile;
        let nodes = profile.stacks.nodes();
        // Outwards to the function that is really there; an outermost frame is in no other.
        let (mut at, mut inlined) = (stack as usize, 0);
        let caller = loop {
            match nodes[at].parent {
                Some(parent) if profile.frames[nodes[at].frame.index()].inlined => {
                    at = parent.index();
                    inlined += 1;
                }
                parent => break parent.map_or(NONE, |parent| parent.index() as u32),
            }
        };
        let outermost = nodes[at].frame.index();
        let mut chain = self.plain[outermost];
        if chain == NONE {
            chain = self.chains.len() as u32;
            self.plain[outermost] = chain;
            self.chains.push(Chain { frame: outermost as u32, into: NONE, id: NONE });
        }
        self.frames.clear();
        self.frames
            .extend(profile.stacks.leaf_first(StackId::from_index(stack as usize)).take(inlined));
        for frame in self.frames.iter().rev() {
            let key = (frame.index() as u32, chain);
            let chains = &mut self.chains;
            chain = *self.inlined.entry(key).or_insert_with(|| {
                chains.push(Chain { frame: key.0, into: key.1, id: NONE });
                chains.len() as u32 - 1
            });
        }
        let id = &mut self.chains[chain as usize].id;
        if *id == NONE {
            self.locations.push(chain);
            *id = self.locations.len() as u32;
        }
        let step = (*id, caller);
        self.steps[stack as usize] = step;
        step
    }

    /// Locations and the images that they are in.
    fn locations(&mut self) {
        let mut images: Vec<Image> = Vec::new();
        let mut by_name: FastMap<StringId, usize> = FastMap::default();
        // pprof takes the first mapping for the program.
        if let Some(name) = self.program() {
            images.push(Image { name, files: false, lines: false, inlined: false });
            by_name.insert(name, 0);
        }
        let mut messages = Vec::new();
        let (mut message, mut part) = (Vec::new(), Vec::new());
        for (index, &chain) in self.locations.clone().iter().enumerate() {
            message.clear();
            let (mut at, mut lines, mut files, mut numbers) = (chain, 0, true, true);
            let image = loop {
                let Chain { frame, into, .. } = self.chains[at as usize];
                let frame = self.profile.frames[frame as usize];
                let function = self.profile.functions[frame.function.index()];
                part.clear();
                put_uint(&mut part, line::FUNCTION_ID, self.function(frame.function.index()));
                put_uint(&mut part, line::LINE, u64::from(frame.line));
                put_bytes(&mut message, location::LINE, &part);
                lines += 1;
                files &= function.file.is_some();
                numbers &= frame.line != 0;
                if into == NONE {
                    break function.image;
                }
                at = into;
            };
            let mut mapping = 0;
            if let Some(name) = image {
                let known = *by_name.entry(name).or_insert_with(|| {
                    images.push(Image { name, files: false, lines: false, inlined: false });
                    images.len() - 1
                });
                let image = &mut images[known];
                image.files |= files;
                image.lines |= numbers;
                image.inlined |= lines > 1;
                mapping = known as u64 + 1;
            }
            part.clear();
            put_uint(&mut part, location::ID, index as u64 + 1);
            put_uint(&mut part, location::MAPPING_ID, mapping);
            part.extend_from_slice(&message);
            put_bytes(&mut messages, profile::LOCATION, &part);
        }
        for (index, image) in images.iter().enumerate() {
            message.clear();
            put_uint(&mut message, mapping::ID, index as u64 + 1);
            put_uint(&mut message, mapping::FILENAME, self.string(image.name));
            put_uint(&mut message, mapping::HAS_FUNCTIONS, 1);
            put_uint(&mut message, mapping::HAS_FILENAMES, u64::from(image.files));
            put_uint(&mut message, mapping::HAS_LINE_NUMBERS, u64::from(image.lines));
            put_uint(&mut message, mapping::HAS_INLINE_FRAMES, u64::from(image.inlined));
            put_bytes(&mut self.out, profile::MAPPING, &message);
        }
        self.out.extend_from_slice(&messages);
    }

    /// The image with most locations that is a file and no library.
    fn program(&self) -> Option<StringId> {
        let mut counts: FastMap<StringId, usize> = FastMap::default();
        for &chain in &self.locations {
            let frame = self.profile.frames[self.chains[chain as usize].frame as usize];
            if let Some(image) = self.profile.functions[frame.function.index()].image {
                *counts.entry(image).or_default() += 1;
            }
        }
        let name = |id: StringId| self.profile.strings.get(id);
        // A library's name ends with its version: `libc.so.6`, `ld-linux-x86-64.so.2`.
        let is_program = |id: StringId| !name(id).starts_with('[') && !name(id).contains(".so");
        counts
            .into_iter()
            .filter(|&(id, _)| is_program(id))
            .max_by(|a, b| a.1.cmp(&b.1).then_with(|| name(b.0).cmp(name(a.0))))
            .map(|(id, _)| id)
    }

    /// The id of a function of the profile.
    fn function(&mut self, index: usize) -> u64 {
        let Numbers { numbers, used } = &mut self.functions;
        if numbers[index] == NONE {
            used.push(index as u32);
            numbers[index] = used.len() as u32;
        }
        u64::from(numbers[index])
    }

    fn functions(&mut self) {
        let (mut message, mut part) = (Vec::new(), Vec::new());
        for (index, used) in self.functions.used.clone().into_iter().enumerate() {
            let function = self.profile.functions[used as usize];
            message.clear();
            put_uint(&mut message, function::ID, index as u64 + 1);
            put_uint(&mut message, function::NAME, self.string(function.name));
            put_uint(&mut message, function::SYSTEM_NAME, self.string(function.system_name));
            if let Some(file) = function.file {
                put_uint(&mut message, function::FILENAME, self.string(file));
            }
            let id = FunctionId::from_index(used as usize);
            let least = Body { hash: 0, size: 0 };
            for &(_, body) in
                self.profile.bodies.range((id, least)..).take_while(|(of, _)| *of == id)
            {
                part.clear();
                put_fixed64(&mut part, body::HASH, body.hash);
                put_uint(&mut part, body::SIZE, u64::from(body.size));
                put_bytes(&mut message, function::BODY, &part);
            }
            put_bytes(&mut self.out, profile::FUNCTION, &message);
        }
    }
}

/// What is known of the code in an image.
struct Image {
    name: StringId,
    files: bool,
    lines: bool,
    inlined: bool,
}
