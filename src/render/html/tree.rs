//! A call tree, packed for the page's script.
//!
//! Nodes are in order, callers first. Columns, each of numbers in LEB128: by how much a node is less
//! deep than one more than the node before it; its function (0 for what was left out, else its number
//! from 1); its self weight on each side that there is, in units of [`unit()`]. In front the number of
//! nodes and the bytes of each column, 32 bits each, little-endian. All of it goes through gzip.

use std::io::Write;

use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use crate::render::Inert;
use crate::view::{FlameNode, FlameView, pruned};

/// Trees of more nodes come with a smaller one that is drawn while they are unpacked.
const LARGE: usize = 60_000;

/// Nodes of the smaller one.
const SMALL: usize = 15_000;

/// Sampled weights are told in so many parts of the whole.
const PARTS: f64 = (1_u64 << 26) as f64;

/// What the script has to know before it unpacks anything.
pub(super) fn description(flame: &FlameView) -> Value {
    let scale = flame.scale.map(|scale| {
        let (divisor, unit, decimals, grouped) = scale.parts_of();
        json!({ "divisor": divisor, "unit": unit, "decimals": decimals, "grouped": grouped })
    });
    json!({
        "measure": flame.measure,
        "scale": scale,
        "exact": flame.is_exact,
        "sides": flame.sides,
        "whole": flame.whole,
        "unit": unit(flame),
        "basis": Inert(&flame.basis).to_string(),
        "nodes": flame.nodes.len(),
        "functions": flame.functions.len(),
        "large": flame.nodes.len() > LARGE,
    })
}

/// What weights are told in: counts exactly, samples as parts of the whole.
fn unit(flame: &FlameView) -> f64 {
    let whole = flame.whole[0].max(flame.whole[1]);
    match flame.is_exact {
        true if flame.nodes.iter().all(|n| n.selfs.iter().all(|own| own.fract() == 0.0)) => 1.0,
        true => 0.001,
        false => whole / PARTS,
    }
}

/// The functions and the tree, packed; of a large tree a smaller one as well.
pub(super) fn parts(flame: &FlameView) -> Vec<(&'static str, Vec<u8>)> {
    let unit = unit(flame);
    let mut parts = vec![("functions", gzip(functions(flame).to_string().as_bytes()))];
    if flame.nodes.len() > LARGE
        && let Some(small) = pruned(&flame.nodes, SMALL)
    {
        parts.push(("small", gzip(&columns(&small, flame.sides, unit))));
    }
    parts.push(("tree", gzip(&columns(&flame.nodes, flame.sides, unit))));
    parts
}

/// Functions as lists: shorter than objects, in the order that `tree.js` reads.
fn functions(flame: &FlameView) -> Value {
    let text = |text: &str| Inert(text).to_string();
    let row = |f: &crate::view::FlameFunction| {
        let name = text(&f.name);
        let short = Some(text(&f.short)).filter(|short| *short != name).unwrap_or_default();
        let on = u8::from(f.on[0]) | u8::from(f.on[1]) << 1;
        let significant = u8::from(f.is_significant[0]) | u8::from(f.is_significant[1]) << 1;
        json!([
            name,
            short,
            text(&f.group),
            text(&f.place),
            on,
            text(&f.was),
            f.remark,
            f.intervals[0],
            f.intervals[1],
            significant
        ])
    };
    flame.functions.iter().map(row).collect()
}

fn columns(nodes: &[FlameNode], sides: [bool; 2], unit: f64) -> Vec<u8> {
    let (mut ups, mut functions, mut selfs) = (Vec::new(), Vec::new(), [Vec::new(), Vec::new()]);
    let mut before = 0_u32;
    for (index, node) in nodes.iter().enumerate() {
        let up = if index == 0 { 0 } else { before + 1 - node.depth };
        before = node.depth;
        leb128(&mut ups, u64::from(up));
        leb128(&mut functions, if node.is_rest() { 0 } else { u64::from(node.function) + 1 });
        for side in (0..2).filter(|side| sides[*side]) {
            let own = node.selfs[side];
            // What is there is never nothing.
            let parts = if own > 0.0 { (own / unit).round().max(1.0) } else { 0.0 };
            leb128(&mut selfs[side], parts as u64);
        }
    }
    let [base, new] = &selfs;
    let all = [&ups, &functions, base, new];
    let mut bytes = (nodes.len() as u32).to_le_bytes().to_vec();
    all.iter().for_each(|column| bytes.extend((column.len() as u32).to_le_bytes()));
    all.iter().for_each(|column| bytes.extend_from_slice(column));
    bytes
}

fn leb128(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Without a time: the same bytes give the same bytes.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let out = Vec::with_capacity(bytes.len() / 4 + 64);
    let mut gzip = GzBuilder::new().mtime(0).write(out, Compression::new(9));
    gzip.write_all(bytes).expect("a Vec takes all bytes");
    gzip.finish().expect("a Vec takes all bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_seven_bits_a_byte() {
        let mut bytes = Vec::new();
        for value in [0, 127, 128, 624_485] {
            leb128(&mut bytes, value);
        }
        assert_eq!(bytes, [0, 127, 0x80, 1, 0xe5, 0x8e, 0x26]);
    }

    #[test]
    fn columns_follow_one_another() {
        let node = |depth, function, selfs| FlameNode { depth, function, selfs };
        let nodes = [
            node(0, 2, [0.0, 1.0]),
            node(1, 0, [0.5, 0.0]),
            node(2, 1, [1e-9, 300.0]),
            node(0, u32::MAX, [1.0, 1.0]),
        ];
        let bytes = columns(&nodes, [true, true], 0.5);
        let header: Vec<u32> = bytes[..20]
            .chunks_exact(4)
            .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
            .collect();
        assert_eq!(header, [4, 4, 4, 4, 5]);
        assert_eq!(bytes[20..24], [0, 0, 0, 3]);
        assert_eq!(bytes[24..28], [3, 1, 2, 0]);
        assert_eq!(bytes[28..32], [0, 1, 1, 2]);
        assert_eq!(bytes[32..], [2, 0, 0xd8, 4, 2]);
        // A side that is not there has no column.
        assert_eq!(columns(&nodes, [false, true], 0.5).len(), bytes.len() - 4);
    }
}
