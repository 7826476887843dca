//! Synthetic profiles: the same from run to run.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use perfbase::model::{
    Frame, FrameId, Function, Handle, Profile, ProfileBuilder, Sample, Scope, StackId, Weight,
};

/// A generator of pseudo-random numbers (Marsaglia's xorshift64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// Functions in a profile.
const FUNCTIONS: u64 = 5_000;
/// Call sites of each.
const LINES: u64 = 4;
/// Depths of stacks.
const DEPTHS: RangeInclusive<usize> = 16..=33;

/// A profile of so many distinct stacks, 25 frames deep on average. Each leaves the one before
/// it within its last few frames, so that there are 2.4 nodes for each stack in their tree; a
/// recording of [`busy`](crate::busy) has 2.5. One stack in ten is on this `side` only, and
/// weights differ.
pub(crate) fn synthetic(stacks: usize, side: u64) -> Profile {
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    let frames = frames(&mut builder);
    let mut shape = Random::new(17);
    let mut own = Random::new(100 + side);
    let mut path: Vec<StackId> = Vec::new();
    let mut depth = 25;
    let mut distinct = HashSet::new();
    while distinct.len() < stacks {
        depth = (depth + shape.below(5) as usize - shape.below(5) as usize)
            .clamp(*DEPTHS.start(), *DEPTHS.end());
        path.truncate(path.len().saturating_sub(1 + shape.below(3) as usize).min(depth - 1));
        let common = path.len();
        let is_own = shape.below(10) == 0;
        let random = if is_own { &mut own } else { &mut shape };
        while path.len() < depth {
            // Few functions call many others: low numbers are likelier.
            let limit = 1 + random.below(frames.len() as u64);
            let frame = frames[random.below(limit) as usize];
            path.push(builder.stack(path.last().copied(), frame));
        }
        let count = 1 + own.below(4);
        let stack = path[path.len() - 1];
        builder.sample(Sample {
            stack,
            run: own.below(3) as u32,
            scope: Scope::Benchmark,
            count,
            weight: count * 1_000_000,
        });
        distinct.insert(stack);
        if is_own {
            path.truncate(common);
        }
    }
    builder.finish()
}

/// Functions as `normalize` names them, and their call sites.
fn frames(builder: &mut ProfileBuilder) -> Vec<FrameId> {
    let image = builder.string("synthetic");
    let mut frames = Vec::new();
    for number in 0..FUNCTIONS {
        let (krate, module) = (number % 23, number % 211);
        let name = format!("crate_{krate}::module_{module}::Type{}::function_{number}", number % 7);
        let name = builder.string(&name);
        let file = builder.string(&format!("crate_{krate}/src/module_{module}.rs"));
        let function = Function { name, system_name: name, file: Some(file), image: Some(image) };
        let function = builder.function(function);
        for line in 0..LINES {
            let line = (number * 10 + line) as u32 + 1;
            frames.push(builder.frame(Frame { function, line, inlined: false }));
        }
    }
    frames
}

/// The stacks as inferno takes them: names separated by semicolons, and a count.
pub(crate) fn folded(profile: &Profile) -> String {
    let mut text = String::new();
    for sample in &profile.samples {
        for (depth, frame) in profile.stacks.root_first(sample.stack).iter().enumerate() {
            if depth > 0 {
                text.push(';');
            }
            text.push_str(profile.name(profile.frames[frame.index()].function));
        }
        text.push_str(&format!(" {}\n", sample.count));
    }
    text
}
