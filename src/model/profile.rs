//! Stacks of functions, with weights, kept apart by run.

use std::collections::BTreeSet;

use super::handle::{Handle, handle};
use super::hash::FastMap;
use super::stack::{StackId, StackTable};
use super::strings::{StringId, Strings};
use super::weight::Weight;

handle!(
    /// A [`Function`] of a [`Profile`].
    FunctionId
);
handle!(
    /// A [`Frame`] of a [`Profile`].
    FrameId
);

/// The profile of one benchmark, all its runs.
///
/// Tables refer to earlier tables only: samples → stacks → frames → functions → strings.
#[derive(Clone, Debug)]
pub struct Profile {
    /// What the samples' weights count.
    pub weight: Weight,
    /// All text.
    pub strings: Strings,
    /// Distinct functions.
    pub functions: Vec<Function>,
    /// Distinct frames.
    pub frames: Vec<Frame>,
    /// Call stacks of frames.
    pub stacks: StackTable<FrameId>,
    /// Samples; at most one for each stack, run and scope.
    pub samples: Vec<Sample>,
    /// The machine code of functions, where it is known; instances of one generic function have
    /// several, and a function that is only ever inlined has none.
    pub bodies: BTreeSet<(FunctionId, Body)>,
}

/// A function's machine code, without what depends on where it and others lie. Two functions with
/// equal bodies do the same, but for what they call and the constants that they read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Body {
    /// A hash of its instructions, with 0 for distances to what is outside of the function.
    pub hash: u64,
    /// Its size in bytes.
    pub size: u32,
}

/// A function of the program, a library or the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    /// Its name for people and for comparison: demangled, and after `normalize` without what
    /// changes from build to build.
    pub name: StringId,
    /// Its name in the symbol table or debug information, mangled.
    pub system_name: StringId,
    /// Source file.
    pub file: Option<StringId>,
    /// File name of the executable or library that holds it, `[kernel]` or `[vdso]`.
    pub image: Option<StringId>,
}

/// A position in a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    /// The function.
    pub function: FunctionId,
    /// Line in the function's file, from 1; 0 when unknown.
    pub line: u32,
    /// Whether the compiler inlined this call into the frame that is its parent in the stack.
    pub inlined: bool,
}

/// Where a sample's weight counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The benchmark's own work: the denominator of every share.
    Benchmark,
    /// The harness, start-up and whatever else surrounds it.
    Harness,
}

/// Equal samples of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Where.
    pub stack: StackId,
    /// The run that they were recorded in, from 0.
    pub run: u32,
    /// Whether they count for the benchmark.
    pub scope: Scope,
    /// How many samples (or blocks allocated).
    pub count: u64,
    /// Their summed weight, in the profile's unit.
    pub weight: u64,
}

impl Profile {
    /// A function's name.
    pub fn name(&self, function: FunctionId) -> &str {
        self.strings.get(self.functions[function.index()].name)
    }

    /// The function of the innermost frame of a stack.
    pub fn function_of(&self, stack: StackId) -> FunctionId {
        self.frames[self.stacks.get(stack).frame.index()].function
    }

    /// The weight of one scope, all runs.
    pub fn total(&self, scope: Scope) -> u64 {
        self.samples.iter().filter(|s| s.scope == scope).map(|s| s.weight).sum()
    }

    /// The same with counts for weights: blocks allocated instead of their bytes.
    pub fn by_count(&self, weight: Weight) -> Self {
        let mut profile = self.clone();
        profile.weight = weight;
        profile.samples.iter_mut().for_each(|sample| sample.weight = sample.count);
        profile
    }

    /// One more than the highest run number; 0 without samples.
    pub fn runs(&self) -> u32 {
        self.samples.iter().map(|s| s.run + 1).max().unwrap_or(0)
    }

    /// Self and total weight of each function (by its index) over the benchmark's samples that
    /// `keep` accepts. A function that is on a stack several times counts once in its total.
    pub fn totals(&self, mut keep: impl FnMut(&Sample) -> bool) -> Vec<Totals> {
        let mut totals = vec![Totals::default(); self.functions.len()];
        // For each function the sample that counted it last.
        let mut seen = vec![usize::MAX; self.functions.len()];
        for (index, sample) in self.samples.iter().enumerate() {
            if sample.scope != Scope::Benchmark || !keep(sample) {
                continue;
            }
            totals[self.function_of(sample.stack).index()].self_weight += sample.weight;
            for frame in self.stacks.leaf_first(sample.stack) {
                let function = self.frames[frame.index()].function.index();
                if seen[function] != index {
                    seen[function] = index;
                    totals[function].total_weight += sample.weight;
                }
            }
        }
        totals
    }
}

/// A function's weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Weight with the function innermost.
    pub self_weight: u64,
    /// Weight with the function anywhere on the stack.
    pub total_weight: u64,
}

/// No sample.
const NONE: u32 = u32::MAX;

/// Builds a [`Profile`], merging whatever is equal.
#[derive(Clone, Debug)]
pub struct ProfileBuilder {
    profile: Profile,
    functions: FastMap<Function, FunctionId>,
    frames: FastMap<Frame, FrameId>,
    /// The first sample of each stack, or [`NONE`], which is also what is beyond the end.
    first: Vec<u32>,
    /// Further samples of stacks: those of other runs and scopes.
    others: FastMap<(StackId, u32, Scope), usize>,
}

impl ProfileBuilder {
    /// An empty profile.
    pub fn new(weight: Weight) -> Self {
        Self {
            profile: Profile {
                weight,
                strings: Strings::default(),
                functions: Vec::new(),
                frames: Vec::new(),
                stacks: StackTable::default(),
                samples: Vec::new(),
                bodies: BTreeSet::new(),
            },
            functions: FastMap::default(),
            frames: FastMap::default(),
            first: Vec::new(),
            others: FastMap::default(),
        }
    }

    /// Adds text.
    pub fn string(&mut self, text: &str) -> StringId {
        self.profile.strings.intern(text)
    }

    /// Adds a function.
    pub fn function(&mut self, function: Function) -> FunctionId {
        *self.functions.entry(function).or_insert_with(|| {
            self.profile.functions.push(function);
            FunctionId::from_index(self.profile.functions.len() - 1)
        })
    }

    /// Notes the machine code of a function.
    pub fn body(&mut self, function: FunctionId, body: Body) {
        self.profile.bodies.insert((function, body));
    }

    /// Adds a frame.
    pub fn frame(&mut self, frame: Frame) -> FrameId {
        *self.frames.entry(frame).or_insert_with(|| {
            self.profile.frames.push(frame);
            FrameId::from_index(self.profile.frames.len() - 1)
        })
    }

    /// Adds the stack of `frame` called from `parent`.
    pub fn stack(&mut self, parent: Option<StackId>, frame: FrameId) -> StackId {
        self.profile.stacks.push(parent, frame)
    }

    /// Adds weight to the sample with the same stack, run and scope.
    pub fn sample(&mut self, sample: Sample) {
        let samples = &mut self.profile.samples;
        let stack = sample.stack.index();
        if stack >= self.first.len() {
            self.first.resize(self.profile.stacks.len().max(stack + 1), NONE);
        }
        let first = self.first[stack] as usize;
        let added = samples.len();
        let index = match samples.get(first) {
            // Most stacks have one sample, and need no look-up.
            None => {
                self.first[stack] = u32::try_from(added).expect("fewer than 2^32 samples");
                added
            }
            Some(known) if (known.run, known.scope) == (sample.run, sample.scope) => first,
            Some(_) => {
                *self.others.entry((sample.stack, sample.run, sample.scope)).or_insert(added)
            }
        };
        if index == added {
            samples.push(Sample { count: 0, weight: 0, ..sample });
        }
        samples[index].count += sample.count;
        samples[index].weight += sample.weight;
    }

    /// Adds all of another profile, its runs counted from `first_run` on. The weights have to
    /// count the same.
    pub fn append(&mut self, other: &Profile, first_run: u32) {
        let strings: Vec<StringId> = other.strings.iter().map(|text| self.string(text)).collect();
        let string = |id: StringId| strings[id.index()];
        let functions: Vec<FunctionId> = other
            .functions
            .iter()
            .map(|function| {
                self.function(Function {
                    name: string(function.name),
                    system_name: string(function.system_name),
                    file: function.file.map(string),
                    image: function.image.map(string),
                })
            })
            .collect();
        for &(function, body) in &other.bodies {
            self.body(functions[function.index()], body);
        }
        let frames: Vec<FrameId> = other
            .frames
            .iter()
            .map(|frame| {
                self.frame(Frame { function: functions[frame.function.index()], ..*frame })
            })
            .collect();
        let mut stacks: Vec<StackId> = Vec::with_capacity(other.stacks.len());
        for node in other.stacks.nodes() {
            let parent = node.parent.map(|parent| stacks[parent.index()]);
            stacks.push(self.stack(parent, frames[node.frame.index()]));
        }
        for sample in &other.samples {
            self.sample(Sample {
                stack: stacks[sample.stack.index()],
                run: first_run + sample.run,
                ..*sample
            });
        }
    }

    /// What was built so far.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The profile.
    pub fn finish(self) -> Profile {
        self.profile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(builder: &mut ProfileBuilder, name: &str) -> FrameId {
        let name = builder.string(name);
        let function =
            builder.function(Function { name, system_name: name, file: None, image: None });
        builder.frame(Frame { function, line: 0, inlined: false })
    }

    #[test]
    fn appending_keeps_runs_apart_and_weight() {
        let mut one = ProfileBuilder::new(Weight::CpuTime);
        let frame = named(&mut one, "a");
        let stack = one.stack(None, frame);
        one.sample(Sample { stack, run: 0, scope: Scope::Benchmark, count: 1, weight: 10 });
        let one = one.finish();
        let mut both = ProfileBuilder::new(Weight::CpuTime);
        both.append(&one, 0);
        both.append(&one, 1);
        let both = both.finish();
        assert_eq!((both.functions.len(), both.samples.len(), both.runs()), (1, 2, 2));
        assert_eq!(both.total(Scope::Benchmark), 20);
    }

    #[test]
    fn recursion_counts_once_in_totals() {
        let mut builder = ProfileBuilder::new(Weight::CpuTime);
        let (a, b) = (named(&mut builder, "a"), named(&mut builder, "b"));
        let root = builder.stack(None, a);
        let middle = builder.stack(Some(root), b);
        let leaf = builder.stack(Some(middle), a);
        for stack in [leaf, middle] {
            builder.sample(Sample { stack, run: 0, scope: Scope::Benchmark, count: 1, weight: 10 });
        }
        let profile = builder.finish();
        let totals = profile.totals(|_| true);
        assert_eq!(totals[0], Totals { self_weight: 10, total_weight: 20 });
        assert_eq!(totals[1], Totals { self_weight: 10, total_weight: 20 });
        assert_eq!(
            totals.iter().map(|t| t.self_weight).sum::<u64>(),
            profile.total(Scope::Benchmark)
        );
    }
}
