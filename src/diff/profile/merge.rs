//! The call trees of both sides merged by name.

use crate::model::{Handle, Profile, Scope, StackId, StackTable};

use super::join::{Joined, Label};

/// No parent.
pub(super) const ROOT: u32 = u32::MAX;

/// The merged tree, without weights. Parents precede their children.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// The caller of each node, or [`ROOT`].
    pub(super) parents: Vec<u32>,
    /// The function of each node.
    pub(super) labels: Vec<Label>,
    /// The node of each stack, by side; [`ROOT`] for stacks that the benchmark's samples do not
    /// pass through.
    pub(super) node_of: [Vec<u32>; 2],
}

/// Whether no caller of a node is of the same function, crate and module: where totals count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outermost {
    pub(super) function: bool,
    pub(super) krate: bool,
    pub(super) module: bool,
    pub(super) category: bool,
}

/// Merges the benchmark's part of both trees, in time proportional to their nodes.
///
/// `used` are the stacks of each side with samples of the benchmark in or below them. What is
/// outermost is left to [`outermost`].
pub(super) fn merge(
    sides: [Option<&Profile>; 2],
    used: &[Vec<bool>; 2],
    joined: &Joined<'_>,
) -> Merged {
    let mut tree = StackTable::default();
    let mut node_of = [Vec::new(), Vec::new()];
    for (side, profile) in sides.into_iter().enumerate() {
        let Some(profile) = profile else { continue };
        let labels: Vec<Label> = profile
            .frames
            .iter()
            .map(|frame| joined.labels[side][frame.function.index()])
            .collect();
        let mut nodes = vec![ROOT; profile.stacks.len()];
        for (index, node) in profile.stacks.nodes().iter().enumerate() {
            if used[side][index] {
                // Who calls a stack that is used is used.
                let parent = node.parent.map(|parent| nodes[parent.index()]);
                let parent = parent.map(|parent| StackId::from_index(parent as usize));
                nodes[index] = number(Some(tree.push(parent, labels[node.frame.index()])));
            }
        }
        node_of[side] = nodes;
    }
    Merged {
        parents: tree.nodes().iter().map(|node| number(node.parent)).collect(),
        labels: tree.nodes().iter().map(|node| node.frame).collect(),
        node_of,
    }
}

fn number(node: Option<StackId>) -> u32 {
    node.map_or(ROOT, |node| node.index() as u32)
}

/// The stacks with samples of the benchmark in or below them.
pub(super) fn used(profile: &Profile) -> Vec<bool> {
    let mut used = vec![false; profile.stacks.len()];
    for sample in profile.samples.iter().filter(|s| s.scope == Scope::Benchmark) {
        used[sample.stack.index()] = true;
    }
    for (index, node) in profile.stacks.nodes().iter().enumerate().rev() {
        if let Some(parent) = node.parent
            && used[index]
        {
            used[parent.index()] = true;
        }
    }
    used
}

/// Walks the tree depth first, with the number of times that each function, crate and module is
/// on the current path.
pub(super) fn outermost(merged: &Merged, joined: &Joined<'_>) -> Vec<Outermost> {
    let nodes = merged.parents.len();
    // Children as linked lists: the first of each node, and the next sibling of each.
    let mut first = vec![ROOT; nodes];
    let mut next = vec![ROOT; nodes];
    let mut roots = ROOT;
    for node in (0..nodes).rev() {
        let head = match merged.parents[node] {
            ROOT => &mut roots,
            parent => &mut first[parent as usize],
        };
        next[node] = *head;
        *head = node as u32;
    }
    let mut functions = vec![0_u32; joined.len()];
    let mut crates = vec![0_u32; joined.crates.names.len()];
    let mut modules = vec![0_u32; joined.modules.names.len()];
    let mut categories = vec![0_u32; joined.categories.names.len()];
    let mut outermost = vec![Outermost::default(); nodes];
    let mut node = roots;
    while node != ROOT {
        let label = merged.labels[node as usize].index();
        let counters = [
            &mut functions[label],
            &mut crates[joined.crates.of[label] as usize],
            &mut modules[joined.modules.of[label] as usize],
            &mut categories[joined.categories.of[label] as usize],
        ];
        outermost[node as usize] = Outermost {
            function: *counters[0] == 0,
            krate: *counters[1] == 0,
            module: *counters[2] == 0,
            category: *counters[3] == 0,
        };
        if first[node as usize] != ROOT {
            counters.into_iter().for_each(|counter| *counter += 1);
            node = first[node as usize];
            continue;
        }
        // Up to the first caller with another callee left.
        while next[node as usize] == ROOT {
            node = merged.parents[node as usize];
            if node == ROOT {
                return outermost;
            }
            let label = merged.labels[node as usize].index();
            functions[label] -= 1;
            crates[joined.crates.of[label] as usize] -= 1;
            modules[joined.modules.of[label] as usize] -= 1;
            categories[joined.categories.of[label] as usize] -= 1;
        }
        node = next[node as usize];
    }
    outermost
}
