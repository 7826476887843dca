//! Call trees → the blocks worth drawing.

use crate::model::{Names, SortFew as _, StringId};

/// Deeper frames are not drawn; their weight counts for the last that is.
const DEEPEST: usize = 400;

/// A call tree to draw. A caller's index is below those of its callees.
pub(super) trait CallTree {
    /// Whether the callees of one node always have distinct names.
    const DISTINCT: bool;
    fn len(&self) -> usize;
    fn parent(&self, node: usize) -> Option<usize>;
    fn name(&self, node: usize) -> StringId;
    /// Self weight on both sides; a single profile has one.
    fn selfs(&self, node: usize) -> [f64; 2];
    /// Total weight on both sides, where known without adding up.
    fn totals(&self, node: usize) -> Option<[f64; 2]>;
    fn names(&self) -> &Names;
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
    /// Bytes for all blocks, of which [`COMMON`] is for those that are not as wide.
    pub(super) bytes: usize,
}

/// What is drawn of a call tree.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Callers first.
    pub(super) blocks: Vec<Block>,
    /// Whether there was no room for blocks that are wide enough to matter.
    pub(super) is_cut: bool,
}

/// The blocks to draw, callers first and siblings by name; nodes of one name below one caller
/// become one block. A block's width is the sum over its subtree of the larger side's self
/// weight, so that what is on one side only is seen as well.
pub(super) fn choose<T: CallTree>(tree: &T, limits: Limits) -> Chosen {
    let sums = Sums::new(tree, limits.least);
    let least = limits.least * sums.whole;
    let mut blocks: Vec<Block> = Vec::new();
    // Groups of nodes yet to be visited, with their caller's block and depth.
    let mut pending = Vec::new();
    sums.groups(sums.linked(sums.first_root), least, |group| pending.push((group, None, 0)));
    while let Some((group, parent, depth)) = pending.pop() {
        blocks.push(Block {
            parent,
            name: tree.name(group[0] as usize),
            width: sums.width(&group),
            totals: sums.total(&group),
        });
        let index = blocks.len() - 1;
        if depth < DEEPEST {
            let callees =
                group.iter().flat_map(|&node| sums.linked(sums.first[node as usize])).collect();
            sums.groups(callees, least, |g| pending.push((g, Some(index), depth + 1)));
        }
    }
    within(blocks, limits, sums.whole, tree.names())
}

/// No node.
const NONE: u32 = u32::MAX;

/// What is known of a tree's nodes beside themselves. Trees have millions of nodes, of which
/// thousands are drawn: it holds little, and sorts nothing that is not drawn.
struct Sums<'a, T> {
    tree: &'a T,
    /// Width of each node's subtree.
    widths: Vec<f64>,
    /// Width of all roots.
    whole: f64,
    /// Callees as lists: the first one of each node, and the next one of the same caller.
    first: Vec<u32>,
    next: Vec<u32>,
    first_root: u32,
}

impl<'a, T: CallTree> Sums<'a, T> {
    fn new(tree: &'a T, least: f64) -> Self {
        let length = tree.len();
        let mut widths = vec![0.0; length];
        let mut whole = 0.0;
        for index in (0..length).rev() {
            let [base, new] = tree.selfs(index).map(weight);
            widths[index] += base.max(new);
            match tree.parent(index) {
                Some(parent) => widths[parent] += widths[index],
                None => whole += widths[index],
            }
        }
        // Narrow nodes need no link, unless several of them may become one wide block.
        let least = if T::DISTINCT { least * whole } else { 0.0 };
        let (mut first, mut next) = (vec![NONE; length], vec![NONE; length]);
        let mut first_root = NONE;
        for index in 0..length {
            if widths[index] < least {
                continue;
            }
            let head = tree.parent(index).map_or(&mut first_root, |parent| &mut first[parent]);
            next[index] = *head;
            *head = index as u32;
        }
        Self { tree, widths, whole, first, next, first_root }
    }

    /// A list of nodes.
    fn linked(&self, first: u32) -> Vec<u32> {
        let some = |node: u32| (node != NONE).then_some(node);
        std::iter::successors(some(first), |&node| some(self.next[node as usize])).collect()
    }

    fn width(&self, group: &[u32]) -> f64 {
        group.iter().map(|&node| self.widths[node as usize]).sum()
    }

    fn total(&self, group: &[u32]) -> [f64; 2] {
        let total = |&node: &u32| {
            let node = node as usize;
            self.tree.totals(node).unwrap_or([self.widths[node], 0.0]).map(weight)
        };
        group.iter().map(total).fold([0.0; 2], |sum, total| [sum[0] + total[0], sum[1] + total[1]])
    }

    /// Hands out the nodes of one name together, the last name first, if they are wide enough.
    fn groups(&self, mut nodes: Vec<u32>, least: f64, mut take: impl FnMut(Vec<u32>)) {
        let name = |node: &u32| self.tree.name(*node as usize);
        nodes.sort_few_by_key(|node| (name(node), *node));
        let mut wide: Vec<&[u32]> = nodes
            .chunk_by(|a, b| name(a) == name(b))
            .filter(|group| {
                let width = self.width(group);
                width > 0.0 && width >= least
            })
            .collect();
        wide.sort_few_by_key(|group| std::cmp::Reverse(self.tree.names().get(name(&group[0]))));
        wide.into_iter().for_each(|group| take(group.to_vec()));
    }
}

/// A weight that can be drawn.
fn weight(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

/// Part of the bytes that blocks of any width may fill.
const COMMON: f64 = 0.8;

/// Drops the narrowest blocks until the rest fits. Callees are never wider than their callers,
/// so what is left is still a tree.
fn within(blocks: Vec<Block>, limits: Limits, whole: f64, names: &Names) -> Chosen {
    let mut depths: Vec<usize> = Vec::with_capacity(blocks.len());
    for block in &blocks {
        depths.push(block.parent.map_or(0, |parent| depths[parent] + 1));
    }
    // Of blocks that are equally wide, callers come first.
    let mut widest: Vec<usize> = (0..blocks.len()).collect();
    widest.sort_few_by(|&a, &b| {
        blocks[b].width.total_cmp(&blocks[a].width).then(depths[a].cmp(&depths[b]))
    });
    let mut stays = vec![false; blocks.len()];
    let (mut bytes, mut is_cut) = (0, false);
    for (position, &index) in widest.iter().enumerate() {
        let width = blocks[index].width;
        let matters = width >= limits.kept * whole;
        bytes += super::draw::estimate(names.get(blocks[index].name));
        let room = if matters { 1.0 } else { COMMON };
        if bytes as f64 > room * limits.bytes as f64 {
            is_cut = matters;
            // Narrow ones as wide as this one go as well, or it would be chance which stay.
            let equal = widest[..position].iter().rev();
            for &index in equal.take_while(|&&other| !matters && blocks[other].width <= width) {
                stays[index] = false;
            }
            break;
        }
        stays[index] = true;
    }
    let mut moved = vec![None; blocks.len()];
    let mut kept: Vec<Block> = Vec::with_capacity(blocks.len());
    for (index, block) in blocks.into_iter().enumerate() {
        let parent = block.parent.map(|parent| moved[parent]);
        // A caller that is gone takes its callees along, should rounding have made them wider.
        if stays[index] && parent != Some(None) {
            moved[index] = Some(kept.len());
            kept.push(Block { parent: parent.flatten(), ..block });
        }
    }
    Chosen { blocks: kept, is_cut }
}

#[cfg(test)]
pub(super) mod testing {
    use crate::model::Strings;

    use super::*;

    /// Names, nodes, and totals.
    pub(in crate::render::flamegraph) struct Given(
        pub(super) Strings,
        Vec<(Option<u32>, StringId, [f64; 2])>,
        Vec<[f64; 2]>,
    );

    impl CallTree for Given {
        const DISTINCT: bool = false;
        fn len(&self) -> usize {
            self.1.len()
        }
        fn parent(&self, node: usize) -> Option<usize> {
            self.1[node].0.map(|parent| parent as usize)
        }
        fn name(&self, node: usize) -> StringId {
            self.1[node].1
        }
        fn selfs(&self, node: usize) -> [f64; 2] {
            self.1[node].2
        }
        fn totals(&self, node: usize) -> Option<[f64; 2]> {
            Some(self.2[node])
        }
        fn names(&self) -> &Names {
            &self.0
        }
    }

    pub(in crate::render::flamegraph) fn tree(nodes: &[(Option<u32>, &str, [f64; 2])]) -> Given {
        let mut names = Strings::default();
        let nodes: Vec<_> =
            nodes.iter().map(|&(parent, name, s)| (parent, names.intern(name), s)).collect();
        let mut totals: Vec<_> = nodes.iter().map(|node| node.2.map(weight)).collect();
        for index in (0..nodes.len()).rev() {
            let total = totals[index];
            if let Some(parent) = nodes[index].0 {
                let sum = &mut totals[parent as usize];
                *sum = [sum[0] + total[0], sum[1] + total[1]];
            }
        }
        Given(names, nodes, totals)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::tree;
    use super::*;

    const ALL: Limits = Limits { least: 0.0, kept: 0.0, bytes: usize::MAX };

    fn blocks<T: CallTree>(tree: &T, limits: Limits) -> Vec<Block> {
        choose(tree, limits).blocks
    }

    #[test]
    fn one_name_below_one_caller_is_one_block() {
        let tree = tree(&[
            (None, "main", [1.0, 0.0]),
            (Some(0), "b", [2.0, 0.0]),
            (Some(0), "a", [3.0, 0.0]),
            (Some(0), "b", [4.0, 0.0]),
            (Some(3), "c", [5.0, 0.0]),
        ]);
        let blocks = blocks(&tree, ALL);
        let shown: Vec<_> =
            blocks.iter().map(|b| (tree.0.get(b.name), b.parent, b.width)).collect();
        assert_eq!(
            shown,
            [("main", None, 15.0), ("a", Some(0), 3.0), ("b", Some(0), 11.0), ("c", Some(2), 5.0)]
        );
    }

    #[test]
    fn both_sides_are_seen() {
        let nodes = [
            (None, "main", [1.0, 1.0]),
            (Some(0), "gone", [4.0, 0.0]),
            (Some(0), "come", [0.0, 6.0]),
        ];
        let blocks = blocks(&tree(&nodes), ALL);
        assert_eq!(blocks[0].width, 11.0);
        assert_eq!(blocks[0].totals, [5.0, 7.0]);
    }

    #[test]
    fn narrow_blocks_go_first() {
        let nodes = [
            (None, "main", [0.0, 100.0]),
            (Some(0), "wide", [0.0, 50.0]),
            (Some(0), "slim", [0.0, 1.0]),
            (Some(0), "thin", [0.0, 0.01]),
        ];
        let tree = tree(&nodes);
        assert_eq!(blocks(&tree, Limits { least: 0.001, ..ALL }).len(), 3);
        let one = super::super::draw::estimate("wide");
        let tight = Limits { least: 0.0, kept: 0.005, bytes: 3 * one };
        assert_eq!(blocks(&tree, tight).len(), 3);
        assert_eq!(blocks(&tree, Limits { kept: 0.1, ..tight }).len(), 2);
        assert_eq!(blocks(&tree, Limits { bytes: one, ..tight }).len(), 1);
        let is_cut = |limits| choose(&tree, limits).is_cut;
        assert!(!is_cut(ALL) && !is_cut(Limits { kept: 0.1, ..tight }));
        assert!(is_cut(Limits { bytes: one, ..tight }));
    }

    #[test]
    fn weights_that_cannot_be_drawn_count_nothing() {
        let nodes = [(None, "a", [f64::NAN, -3.0]), (Some(0), "b", [f64::INFINITY, 2.0])];
        let blocks = blocks(&tree(&nodes), ALL);
        assert_eq!(blocks[0].totals, [0.0, 2.0]);
    }

    #[test]
    fn recursion_does_not_grow_without_bound() {
        let nodes: Vec<_> = (0..5000u32).map(|n| (n.checked_sub(1), "f", [1.0, 1.0])).collect();
        assert_eq!(blocks(&tree(&nodes), ALL).len(), DEEPEST + 1);
    }
}
