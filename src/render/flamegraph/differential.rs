//! The flamegraph of two profiles compared.

use crate::diff::DiffTree;
use crate::model::{Names, StringId};
use crate::view;

use super::blocks::{CallTree, Limits, choose};
use super::draw::{self, Look, Scene};
use super::{palette, png};

/// How to draw a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DifferentialOptions<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Unit of the tree's weights: `ns`, `instructions`, `bytes`; `None` for shares.
    pub unit: Option<&'a str>,
}

/// Draws a merged tree as SVG. Each frame is as wide as the larger side, summed over whatever it
/// calls, so that vanished frames are seen; its colour is its *inclusive* change relative to the
/// whole benchmark.
pub fn differential(tree: &DiffTree, options: &DifferentialOptions<'_>) -> String {
    draw::draw(&scene(tree, options))
}

/// The same as PNG.
pub fn differential_png(tree: &DiffTree, options: &DifferentialOptions<'_>) -> Vec<u8> {
    png::draw(&scene(tree, options))
}

fn scene<'a>(tree: &'a DiffTree, options: &DifferentialOptions<'a>) -> Scene<'a> {
    let limits = Limits { least: 0.1 / draw::PIXELS, kept: 0.5 / draw::PIXELS, bytes: 1_000_000 };
    let blocks = choose(tree, limits).blocks;
    let side = |side: usize| -> f64 {
        blocks.iter().filter(|b| b.parent.is_none()).map(|b| b.totals[side]).sum()
    };
    let sides = [side(0), side(1)];
    let whole = sides[0].max(sides[1]);
    let fill = |totals: [f64; 2]| match totals {
        [base, new] if base <= 0.0 && new > 0.0 => palette::NEW,
        [base, new] if new <= 0.0 && base > 0.0 => palette::VANISHED,
        [base, new] => palette::change((new - base) / whole),
    };
    let look =
        |name, totals| Look { name, details: details(totals, options.unit), fill: fill(totals) };
    Scene {
        looks: blocks.iter().map(|b| look(tree.names.get(b.name), b.totals)).collect(),
        title: options.title,
        subtitle: "red: slower, blue: faster, orange: new, violet: vanished, white: equal; \
                   callees included; width: the larger side"
            .to_owned(),
        all: look("all", sides),
        blocks,
    }
}

impl CallTree for DiffTree {
    const DISTINCT: bool = true;

    fn len(&self) -> usize {
        self.nodes.len()
    }

    fn parent(&self, node: usize) -> Option<usize> {
        self.nodes[node].parent.map(|parent| parent as usize)
    }

    fn name(&self, node: usize) -> StringId {
        self.nodes[node].name
    }

    fn selfs(&self, node: usize) -> [f64; 2] {
        self.nodes[node].selfs
    }

    fn totals(&self, node: usize) -> Option<[f64; 2]> {
        Some(self.nodes[node].totals)
    }

    fn names(&self) -> &Names {
        &self.names
    }
}

fn details([base, new]: [f64; 2], unit: Option<&str>) -> String {
    let amount = |value: f64| match unit {
        Some(unit) => view::quantity(unit, value),
        None => view::share(value),
    };
    let change = match unit {
        Some(unit) => view::signed(unit, new - base),
        None => format!("{} points", view::Scale::percent().signed(new - base)),
    };
    match (base > 0.0, new > 0.0) {
        (false, true) => format!("new: {}", amount(new)),
        (true, false) => format!("vanished: {}", amount(base)),
        (false, false) => amount(0.0),
        (true, true) => {
            let ratio = view::ratio(new / base - 1.0);
            format!("{} → {}, {change}, {ratio}", amount(base), amount(new))
        }
    }
}
