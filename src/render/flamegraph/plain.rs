//! The flamegraph of one profile.

use crate::model::{Handle, Names, Profile, Scope, StringId, Weight};
use crate::view;

use super::blocks::{CallTree, Limits, choose};
use super::draw::{self, Look, Scene};
use super::fold::Folded;
use super::{palette, png};

/// How to draw a profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlamegraphOptions<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Cost of one iteration of the benchmark, with its unit (`ns`, `instructions`, `bytes`);
    /// without it, frames tell their share only.
    pub cost: Option<(&'a str, f64)>,
    /// Bytes that the picture may take. Of the room for frames, a fifth is for such as are wide
    /// enough to matter (half a percent); where there are more of them, recursion is folded.
    pub bytes: usize,
}

impl<'a> FlamegraphOptions<'a> {
    /// A picture below 60 kB, and without great need below 50.
    pub fn new(title: &'a str, cost: Option<(&'a str, f64)>) -> Self {
        Self { title, cost, bytes: 60_000 }
    }
}

/// inferno's script, style and outline.
const FIXED: usize = 15_000;

/// Below the title.
fn subtitle(weight: Weight) -> String {
    let width = match weight {
        Weight::CpuTime | Weight::Cycles => "time",
        counted => counted.cost_unit(),
    };
    format!("width: {width} per iteration, callees included; colour: crate")
}

/// Draws the benchmark's own samples, all runs together, as SVG.
pub fn flamegraph(profile: &Profile, options: &FlamegraphOptions<'_>) -> String {
    draw::draw(&scene(profile, options))
}

/// The same as PNG.
pub fn flamegraph_png(profile: &Profile, options: &FlamegraphOptions<'_>) -> Vec<u8> {
    png::draw(&scene(profile, options))
}

fn scene<'a>(profile: &'a Profile, options: &FlamegraphOptions<'a>) -> Scene<'a> {
    let tree = Weighted::new(profile);
    let limits = Limits {
        least: 0.3 / draw::PIXELS,
        kept: 0.005,
        bytes: options.bytes.saturating_sub(FIXED),
    };
    let mut chosen = choose(&tree, limits);
    let mut subtitle = subtitle(profile.weight);
    if chosen.is_cut {
        let folded = Folded::new(&tree);
        if folded.is_recursive {
            chosen = choose(&folded, limits);
            subtitle.push_str("; recursion folded");
        }
    }
    let whole = profile.total(Scope::Benchmark).max(1) as f64;
    let details = |weight: f64| {
        let share = weight / whole;
        let text = view::share(share);
        match options.cost {
            Some((unit, cost)) => format!("{}, {text}", view::quantity(unit, cost * share)),
            None => text,
        }
    };
    let kernel = kernel_names(profile);
    let looks = chosen.blocks.iter().map(|block| {
        let name = profile.strings.get(block.name);
        Look {
            name,
            details: details(block.totals[0]),
            fill: palette::function(name, kernel[block.name.index()]),
        }
    });
    Scene {
        looks: looks.collect(),
        title: options.title,
        subtitle,
        all: Look { name: "all", details: details(whole), fill: palette::ALL },
        blocks: chosen.blocks,
    }
}

/// A profile's stacks with the weight of each that is the benchmark's own.
struct Weighted<'a> {
    profile: &'a Profile,
    weights: Vec<f64>,
}

impl<'a> Weighted<'a> {
    fn new(profile: &'a Profile) -> Self {
        let mut weights = vec![0.0; profile.stacks.len()];
        for sample in profile.samples.iter().filter(|sample| sample.scope == Scope::Benchmark) {
            weights[sample.stack.index()] += sample.weight as f64;
        }
        Self { profile, weights }
    }
}

impl CallTree for Weighted<'_> {
    /// Frames differ in their line as well.
    const DISTINCT: bool = false;

    fn len(&self) -> usize {
        self.weights.len()
    }

    fn parent(&self, node: usize) -> Option<usize> {
        self.profile.stacks.nodes()[node].parent.map(Handle::index)
    }

    fn name(&self, node: usize) -> StringId {
        let frame = self.profile.stacks.nodes()[node].frame;
        self.profile.functions[self.profile.frames[frame.index()].function.index()].name
    }

    fn selfs(&self, node: usize) -> [f64; 2] {
        [self.weights[node], 0.0]
    }

    fn totals(&self, _: usize) -> Option<[f64; 2]> {
        None
    }

    fn names(&self) -> &Names {
        &self.profile.strings
    }
}

/// For each string whether it names a function of the kernel.
fn kernel_names(profile: &Profile) -> Vec<bool> {
    let mut names = vec![false; profile.strings.len()];
    for function in &profile.functions {
        let image = function.image.map(|image| profile.strings.get(image));
        names[function.name.index()] |= image == Some("[kernel]");
    }
    names
}
