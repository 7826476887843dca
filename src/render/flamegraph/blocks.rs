//! Call trees → the blocks worth drawing.

use crate::model::{StringId, Strings};

/// Deeper frames are not drawn; their weight counts for the last that is.
const DEEPEST: usize = 400;

/// A call tree whose parents precede their children.
pub(super) struct Tree<'a> {
    pub(super) names: &'a Strings,
    pub(super) nodes: Vec<Node>,
}

/// A node with its own weights.
pub(super) struct Node {
    pub(super) parent: Option<u32>,
    pub(super) name: StringId,
    /// On both sides; a single profile has one.
    pub(super) selfs: [f64; 2],
}

/// A function called along one path, and wide enough to be seen.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Its caller's index; callers precede.
    pub(super) parent: Option<usize>,
    pub(super) name: StringId,
    /// In units of weight; a caller is at least as wide as its callees together.
    pub(super) width: f64,
    /// Inclusive weights on both sides.
    pub(super) totals: [f64; 2],
}

/// How much is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Blocks narrower than this part of the whole are dropped.
    pub(super) least: f64,
    /// Blocks at least this wide are kept whatever they cost.
    pub(super) kept: f64,
    /// Bytes for all blocks.
    pub(super) bytes: usize,
}

/// The blocks to draw, callers first and siblings by name; nodes of one name below one caller
/// become one block. A block's width is the sum over its subtree of the larger side's self
/// weight, so that what is on one side only is seen as well.
pub(super) fn blocks(tree: &Tree<'_>, limits: Limits) -> Vec<Block> {
    let sums = Sums::new(tree);
    let whole: f64 = sums.roots.iter().map(|&root| sums.widths[root as usize]).sum();
    let least = limits.least * whole;
    let mut blocks: Vec<Block> = Vec::new();
    // Groups of nodes yet to be visited, with their caller's block and depth.
    let mut pending = Vec::new();
    sums.groups(tree, sums.roots.clone(), least, |group| pending.push((group, None, 0)));
    while let Some((group, parent, depth)) = pending.pop() {
        blocks.push(Block {
            parent,
            name: tree.nodes[group[0] as usize].name,
            width: sums.width(&group),
            totals: sums.total(&group),
        });
        let index = blocks.len() - 1;
        if depth < DEEPEST {
            let callees = group.iter().flat_map(|&node| sums.children(node)).copied().collect();
            sums.groups(tree, callees, least, |g| pending.push((g, Some(index), depth + 1)));
        }
    }
    within(blocks, limits, whole, tree.names)
}

/// What is known of a tree's nodes beside themselves.
struct Sums {
    /// Width of each node's subtree.
    widths: Vec<f64>,
    totals: Vec<[f64; 2]>,
    roots: Vec<u32>,
    /// All nodes but roots, by their parent; those of node n begin at `starts[n]`.
    children: Vec<u32>,
    starts: Vec<u32>,
}

impl Sums {
    fn new(tree: &Tree<'_>) -> Self {
        let nodes = &tree.nodes;
        let mut totals: Vec<[f64; 2]> = nodes.iter().map(|n| n.selfs.map(weight)).collect();
        let mut widths: Vec<f64> = totals.iter().map(|[base, new]| base.max(*new)).collect();
        let mut starts = vec![0u32; nodes.len() + 1];
        for index in (0..nodes.len()).rev() {
            if let Some(parent) = nodes[index].parent {
                let parent = parent as usize;
                widths[parent] += widths[index];
                for side in [0, 1] {
                    totals[parent][side] += totals[index][side];
                }
                starts[parent + 1] += 1;
            }
        }
        for index in 0..nodes.len() {
            starts[index + 1] += starts[index];
        }
        let mut next = starts.clone();
        let mut children = vec![0u32; starts[nodes.len()] as usize];
        let mut roots = Vec::new();
        for (index, node) in (0u32..).zip(nodes) {
            match node.parent {
                None => roots.push(index),
                Some(parent) => {
                    let slot = &mut next[parent as usize];
                    children[*slot as usize] = index;
                    *slot += 1;
                }
            }
        }
        Self { widths, totals, roots, children, starts }
    }

    fn children(&self, node: u32) -> &[u32] {
        let node = node as usize;
        &self.children[self.starts[node] as usize..self.starts[node + 1] as usize]
    }

    fn width(&self, group: &[u32]) -> f64 {
        group.iter().map(|&node| self.widths[node as usize]).sum()
    }

    fn total(&self, group: &[u32]) -> [f64; 2] {
        let side = |side: usize| group.iter().map(|&n| self.totals[n as usize][side]).sum();
        [side(0), side(1)]
    }

    /// Hands out the nodes of one name together, the last name first, if they are wide enough.
    fn groups(
        &self,
        tree: &Tree<'_>,
        mut nodes: Vec<u32>,
        least: f64,
        mut take: impl FnMut(Vec<u32>),
    ) {
        let name = |node: &u32| tree.nodes[*node as usize].name;
        nodes.sort_unstable_by_key(|node| (name(node), *node));
        let mut wide: Vec<&[u32]> = nodes
            .chunk_by(|a, b| name(a) == name(b))
            .filter(|group| {
                let width = self.width(group);
                width > 0.0 && width >= least
            })
            .collect();
        wide.sort_by_key(|group| std::cmp::Reverse(tree.names.get(name(&group[0]))));
        wide.into_iter().for_each(|group| take(group.to_vec()));
    }
}

/// A weight that can be drawn.
fn weight(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

/// Drops the narrowest blocks until the rest fits. Callees are never wider than their callers,
/// so what is left is still a tree.
fn within(blocks: Vec<Block>, limits: Limits, whole: f64, names: &Strings) -> Vec<Block> {
    let mut widest: Vec<&Block> = blocks.iter().collect();
    widest.sort_by(|a, b| b.width.total_cmp(&a.width));
    let mut bytes = 0;
    let mut last = 0.0;
    for block in widest {
        bytes += super::draw::estimate(names.get(block.name));
        if bytes > limits.bytes && block.width < limits.kept * whole {
            // Blocks as wide as this one go as well, or it would be chance which stay.
            last = block.width;
            break;
        }
    }
    let mut moved = vec![None; blocks.len()];
    let mut kept: Vec<Block> = Vec::with_capacity(blocks.len());
    for (index, block) in blocks.into_iter().enumerate() {
        let parent = block.parent.map(|parent| moved[parent]);
        // A caller that is gone takes its callees along, should rounding have made them wider.
        if block.width > last && parent != Some(None) {
            moved[index] = Some(kept.len());
            kept.push(Block { parent: parent.flatten(), ..block });
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Limits = Limits { least: 0.0, kept: 0.0, bytes: usize::MAX };

    fn tree<'a>(names: &'a mut Strings, nodes: &[(Option<u32>, &str, [f64; 2])]) -> Tree<'a> {
        let nodes = nodes
            .iter()
            .map(|&(parent, name, selfs)| Node { parent, name: names.intern(name), selfs })
            .collect();
        Tree { names, nodes }
    }

    #[test]
    fn one_name_below_one_caller_is_one_block() {
        let mut names = Strings::default();
        let tree = tree(
            &mut names,
            &[
                (None, "main", [1.0, 0.0]),
                (Some(0), "b", [2.0, 0.0]),
                (Some(0), "a", [3.0, 0.0]),
                (Some(0), "b", [4.0, 0.0]),
                (Some(3), "c", [5.0, 0.0]),
            ],
        );
        let blocks = blocks(&tree, ALL);
        let shown: Vec<_> =
            blocks.iter().map(|b| (tree.names.get(b.name), b.parent, b.width)).collect();
        assert_eq!(
            shown,
            [("main", None, 15.0), ("a", Some(0), 3.0), ("b", Some(0), 11.0), ("c", Some(2), 5.0)]
        );
    }

    #[test]
    fn both_sides_are_seen() {
        let mut names = Strings::default();
        let nodes = [
            (None, "main", [1.0, 1.0]),
            (Some(0), "gone", [4.0, 0.0]),
            (Some(0), "come", [0.0, 6.0]),
        ];
        let blocks = blocks(&tree(&mut names, &nodes), ALL);
        assert_eq!(blocks[0].width, 11.0);
        assert_eq!(blocks[0].totals, [5.0, 7.0]);
    }

    #[test]
    fn narrow_blocks_go_first() {
        let mut names = Strings::default();
        let nodes = [
            (None, "main", [0.0, 100.0]),
            (Some(0), "wide", [0.0, 50.0]),
            (Some(0), "slim", [0.0, 1.0]),
            (Some(0), "thin", [0.0, 0.01]),
        ];
        let tree = tree(&mut names, &nodes);
        assert_eq!(blocks(&tree, Limits { least: 0.001, ..ALL }).len(), 3);
        let tight = Limits { least: 0.0, kept: 0.005, bytes: 1 };
        assert_eq!(blocks(&tree, tight).len(), 3);
        assert_eq!(blocks(&tree, Limits { kept: 0.1, ..tight }).len(), 2);
    }

    #[test]
    fn weights_that_cannot_be_drawn_count_nothing() {
        let mut names = Strings::default();
        let nodes = [(None, "a", [f64::NAN, -3.0]), (Some(0), "b", [f64::INFINITY, 2.0])];
        let blocks = blocks(&tree(&mut names, &nodes), ALL);
        assert_eq!(blocks[0].totals, [0.0, 2.0]);
    }

    #[test]
    fn recursion_does_not_grow_without_bound() {
        let mut names = Strings::default();
        let nodes: Vec<_> = (0..5000u32).map(|n| (n.checked_sub(1), "f", [1.0, 1.0])).collect();
        assert_eq!(blocks(&tree(&mut names, &nodes), ALL).len(), DEEPEST + 1);
    }
}
