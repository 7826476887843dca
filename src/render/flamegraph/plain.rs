//! The flamegraph of one profile.

use crate::model::{Handle, Profile, Scope, StringId};
use crate::view;

use super::blocks::{Limits, Node, Tree, blocks};
use super::draw::{self, Frame, Look};
use super::palette;

/// How to draw a profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlamegraphOptions<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Cost of one iteration of the benchmark, with its unit (`ns`, `instructions`, `bytes`);
    /// without it, frames tell their share only.
    pub cost: Option<(&'a str, f64)>,
    /// Bytes that the picture should stay below. Frames that are wide enough to matter (half a
    /// percent) are drawn even so.
    pub bytes: usize,
}

impl<'a> FlamegraphOptions<'a> {
    /// A picture below 50 kB.
    pub fn new(title: &'a str, cost: Option<(&'a str, f64)>) -> Self {
        Self { title, cost, bytes: 50_000 }
    }
}

/// inferno's script, style and outline.
const FIXED: usize = 20_000;

/// Draws the benchmark's own samples, all runs together, as SVG.
pub fn flamegraph(profile: &Profile, options: &FlamegraphOptions<'_>) -> String {
    let tree = tree(profile);
    let limits = Limits {
        least: 0.3 / draw::PIXELS,
        kept: 0.005,
        bytes: options.bytes.saturating_sub(FIXED),
    };
    let blocks = blocks(&tree, limits);
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
    let frame = Frame {
        title: options.title,
        subtitle: "width: time per iteration, callees included; colour: crate",
        all: details(whole),
    };
    draw::draw(&blocks, &frame, |block| {
        let name = tree.names.get(block.name);
        Look {
            name,
            details: details(block.totals[0]),
            fill: palette::function(name, kernel[block.name.index()]),
        }
    })
}

fn tree(profile: &Profile) -> Tree<'_> {
    let mut nodes: Vec<Node> = profile
        .stacks
        .nodes()
        .iter()
        .map(|node| Node {
            parent: node.parent.map(|parent| parent.index() as u32),
            name: name_of(profile, node.frame),
            selfs: [0.0; 2],
        })
        .collect();
    for sample in profile.samples.iter().filter(|sample| sample.scope == Scope::Benchmark) {
        nodes[sample.stack.index()].selfs[0] += sample.weight as f64;
    }
    Tree { names: &profile.strings, nodes }
}

fn name_of(profile: &Profile, frame: crate::model::FrameId) -> StringId {
    profile.functions[profile.frames[frame.index()].function.index()].name
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
