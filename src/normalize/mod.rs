//! Names that can be compared between two builds, and stacks that hold the benchmark's own work.
//!
//! Two builds of the same code differ in hashes, crate disambiguators, closure numbers and the
//! folders they were built in; two benchmarks of the same function differ in the harness around
//! it. [`normalize`] takes all of that away.
//!
//! Invariants: the weight and count of each run stay as they were; normalising twice is
//! normalising once; whatever is not the benchmark's own work keeps its weight, as one frame
//! `[harness]` or `[startup]` in [`Scope::Harness`].
//!
//! What is left alone on purpose: recursion (totals count a function once), and inline frames of
//! the benchmark itself.

mod criterion;
mod divan;
mod libtest;
mod name;
mod path;
mod startup;
mod trim;

use crate::model::{
    Frame, FrameId, Function, FunctionId, Handle, Harness, Health, Profile, ProfileBuilder, Sample,
    Scope,
};

pub use name::canonical;
pub use path::Roots;
use trim::{Context, Kept, View};

/// The frame that stands for harness work.
pub const HARNESS: &str = "[harness]";
/// The frame that stands for what runs before and after `main`.
pub const STARTUP: &str = "[startup]";
/// The outermost frame of a stack whose callers are not known.
pub const TRUNCATED: &str = "[truncated]";

/// Where a profile comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// What ran the benchmark's code.
    pub harness: Harness,
    /// The name of a program that only started the benchmark, over and over: it is no part of it,
    /// whereas other processes are.
    pub driver: Option<&'a str>,
    /// Whether the recorder followed every call from the first instruction on: then a stack that
    /// does not lead through the benchmark belongs to the start or end of its process.
    pub follows_calls: bool,
}

impl From<Harness> for Origin<'_> {
    fn from(harness: Harness) -> Self {
        Self { harness, driver: None, follows_calls: false }
    }
}

/// How well the benchmark's own work was recorded. All are counts of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// All of them.
    pub samples: u64,
    /// Those whose stacks begin in the middle. samply does not say so itself: it tells of no
    /// stack that it could not unwind.
    pub truncated: u64,
    /// Those whose innermost function is unknown.
    pub unknown: u64,
}

impl Own {
    /// The health of the benchmark's own samples in a recording of that health. Nobody knows whose
    /// samples were lost: as large a part of them is taken for its own as of the others.
    pub fn health(self, whole: Health) -> Health {
        let Self { samples, truncated, unknown } = self;
        let part = samples as f64 / whole.samples.max(1) as f64;
        let lost = (whole.lost as f64 * part).round() as u64;
        Health { samples, lost, truncated, unknown, ..whole }
    }
}

/// The profile with comparable names, trimmed to the benchmark's own work, and how well that was
/// recorded.
///
/// Instances of a generic function become one function, with the `system_name` of the first.
pub fn normalize<'a>(
    profile: &Profile,
    origin: impl Into<Origin<'a>>,
    roots: &Roots,
) -> (Profile, Own) {
    let named = rename(profile, roots);
    let (trimmed, truncated) = trim_all(&named, origin.into());
    let mut own = Own { truncated, ..Own::default() };
    for sample in trimmed.samples.iter().filter(|sample| sample.scope == Scope::Benchmark) {
        own.samples += sample.count;
        // `[unknown]`, `[unknown in libx.so]`
        if trimmed.name(trimmed.function_of(sample.stack)).starts_with("[unknown") {
            own.unknown += sample.count;
        }
    }
    (trimmed, own)
}

/// Names, files and images made comparable; stacks as they were.
fn rename(profile: &Profile, roots: &Roots) -> Profile {
    let mut builder = ProfileBuilder::new(profile.weight);
    // The system name of the first instance of each function.
    let mut first = std::collections::HashMap::new();
    let functions: Vec<FunctionId> = profile
        .functions
        .iter()
        .map(|function| {
            let get = |id| profile.strings.get(id);
            let file = function.file.map(|file| path::relative(get(file), roots));
            let name = name::of_function(
                get(function.name),
                get(function.system_name),
                file.as_deref().is_some_and(|file| file.ends_with(".rs")),
            );
            let image = function.image.map(|image| path::image(get(image)).to_owned());
            let name = builder.string(&name);
            let file = file.map(|file| builder.string(&file));
            let image = image.map(|image| builder.string(&image));
            let system_name = *first
                .entry((name, file, image))
                .or_insert_with(|| builder.string(get(function.system_name)));
            builder.function(Function { name, system_name, file, image })
        })
        .collect();
    for &(function, body) in &profile.bodies {
        builder.body(functions[function.index()], body);
    }
    let frames: Vec<FrameId> = profile
        .frames
        .iter()
        .map(|frame| builder.frame(Frame { function: functions[frame.function.index()], ..*frame }))
        .collect();
    let mut stacks = Vec::with_capacity(profile.stacks.len());
    for node in profile.stacks.nodes() {
        let parent = node.parent.map(|parent| stacks[parent.index()]);
        stacks.push(builder.stack(parent, frames[node.frame.index()]));
    }
    for sample in &profile.samples {
        builder.sample(Sample { stack: stacks[sample.stack.index()], ..*sample });
    }
    builder.finish()
}

/// What is known of each frame.
fn views(profile: &Profile) -> Vec<View<'_>> {
    let view = |frame: &Frame| {
        let function = &profile.functions[frame.function.index()];
        let get = |id| profile.strings.get(id);
        View::new(get(function.name), function.file.map(get), function.image.map(get), frame.line)
    };
    profile.frames.iter().map(view).collect()
}

/// Stacks trimmed, and the number of samples of the benchmark's own that begin in the middle;
/// names must be comparable already.
fn trim_all(profile: &Profile, origin: Origin<'_>) -> (Profile, u64) {
    let harness = origin.harness;
    let views = views(profile);
    let (mut path, mut stack) = (Vec::new(), Vec::new());
    let fill = |sample: &Sample, path: &mut Vec<FrameId>, stack: &mut Vec<_>| {
        path.clear();
        path.extend(profile.stacks.leaf_first(sample.stack));
        path.reverse();
        stack.clear();
        stack.extend(path.iter().map(|frame| views[frame.index()]));
    };
    let mut context = Context {
        driver: origin.driver,
        follows_calls: origin.follows_calls,
        ..Context::default()
    };
    let mut boundaries = Vec::with_capacity(profile.samples.len());
    for sample in &profile.samples {
        let mut boundary = None;
        if sample.scope == Scope::Benchmark {
            fill(sample, &mut path, &mut stack);
            boundary = trim::boundary(&stack, harness);
            context.observe(&stack, boundary);
        }
        boundaries.push(boundary);
    }

    let mut below = Vec::new();
    let mut truncated = 0;
    let mut target = Target::new(profile);
    for (sample, boundary) in profile.samples.iter().zip(boundaries) {
        fill(sample, &mut path, &mut stack);
        let kept = match sample.scope {
            Scope::Harness => Kept::Harness(match stack.as_slice() {
                [View { name: STARTUP, .. }] => STARTUP,
                _ => HARNESS,
            }),
            Scope::Benchmark => trim::trim(&stack, boundary, harness, context),
        };
        if kept == Kept::From(0) && trim::begins_in_the_middle(&stack, context) {
            truncated += sample.count;
        }
        let (scope, frames) = match kept {
            Kept::From(start) => (Scope::Benchmark, &path[start..]),
            Kept::Below(start) => {
                below.clear();
                below.push(path[0]);
                below.extend_from_slice(&path[start..]);
                (Scope::Benchmark, &below[..])
            }
            Kept::Only(name) => {
                target.single(name, Scope::Benchmark, sample);
                continue;
            }
            Kept::Harness(name) => {
                target.single(name, Scope::Harness, sample);
                continue;
            }
        };
        target.add(frames, scope, sample);
    }
    (target.finish(), truncated)
}

/// The profile being built, and the one that it is made from.
struct Target<'a> {
    builder: ProfileBuilder,
    from: &'a Profile,
    /// What frames became: as they were called, and as inlined ones.
    frames: [Vec<Option<FrameId>>; 2],
    /// What functions became.
    functions: Vec<Option<FunctionId>>,
}

impl<'a> Target<'a> {
    fn new(from: &'a Profile) -> Self {
        let frames = vec![None; from.frames.len()];
        Self {
            builder: ProfileBuilder::new(from.weight),
            from,
            frames: [frames.clone(), frames],
            functions: vec![None; from.functions.len()],
        }
    }

    /// A sample of these frames, outermost first; there is one at least.
    fn add(&mut self, frames: &[FrameId], scope: Scope, sample: &Sample) {
        let mut stack = None;
        for (depth, &frame) in frames.iter().enumerate() {
            // The frame that an outermost one was inlined into is gone.
            let inlined = self.from.frames[frame.index()].inlined
                && depth > 0
                && !self.is_process(frames[depth - 1]);
            let frame = self.frame(frame, inlined);
            stack = Some(self.builder.stack(stack, frame));
        }
        if let Some(stack) = stack {
            self.builder.sample(Sample { stack, scope, ..*sample });
        }
    }

    fn frame(&mut self, frame: FrameId, inlined: bool) -> FrameId {
        let index = frame.index();
        if let Some(known) = self.frames[usize::from(inlined)][index] {
            return known;
        }
        let Frame { function, line, .. } = self.from.frames[index];
        let function = self.function(function);
        let added = self.builder.frame(Frame { function, line, inlined });
        self.frames[usize::from(inlined)][index] = Some(added);
        added
    }

    /// Whether a frame stands for a process; nothing can be inlined into it.
    fn is_process(&self, frame: FrameId) -> bool {
        let function = self.from.frames[frame.index()].function;
        self.from.name(function).starts_with("[process ")
    }

    /// A sample of one frame that is no function of the program.
    fn single(&mut self, name: &str, scope: Scope, sample: &Sample) {
        let name = self.builder.string(name);
        let function = Function { name, system_name: name, file: None, image: None };
        let function = self.builder.function(function);
        let frame = self.builder.frame(Frame { function, line: 0, inlined: false });
        let stack = self.builder.stack(None, frame);
        self.builder.sample(Sample { stack, scope, ..*sample });
    }

    fn function(&mut self, function: FunctionId) -> FunctionId {
        let index = function.index();
        if let Some(known) = self.functions[index] {
            return known;
        }
        let Function { name, system_name, file, image } = self.from.functions[function.index()];
        let builder = &mut self.builder;
        let mut copy = |id| builder.string(self.from.strings.get(id));
        let function = Function {
            name: copy(name),
            system_name: copy(system_name),
            file: file.map(&mut copy),
            image: image.map(&mut copy),
        };
        let added = self.builder.function(function);
        self.functions[index] = Some(added);
        added
    }

    /// The profile, with the bodies of the functions that are in it.
    fn finish(mut self) -> Profile {
        for &(function, body) in &self.from.bodies {
            if let Some(function) = self.functions[function.index()] {
                self.builder.body(function, body);
            }
        }
        self.builder.finish()
    }
}

#[cfg(test)]
mod tests;
