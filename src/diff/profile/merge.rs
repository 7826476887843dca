//! The call trees of both sides merged by name.

use crate::model::{FastMap, Handle, Profile, Scope};

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
    let mut merged = Merged::default();
    let mut children = Children::default();
    for (side, profile) in sides.into_iter().enumerate() {
        let Some(profile) = profile else { continue };
        let labels: Vec<Label> = profile
            .frames
            .iter()
            .map(|frame| joined.labels[side][frame.function.index()])
            .collect();
        let mut node_of = vec![ROOT; profile.stacks.len()];
        for (index, node) in profile.stacks.nodes().iter().enumerate() {
            if used[side][index] {
                let parent = node.parent.map_or(ROOT, |parent| node_of[parent.index()]);
                node_of[index] =
                    children.find_or_add(parent, labels[node.frame.index()], &mut merged);
            }
        }
        merged.node_of[side] = node_of;
    }
    merged
}

/// The children of each node: the first few in a list, which is searched faster than a table that
/// does not fit into a cache; the others of a node with many in such a table.
#[derive(Debug, Default)]
struct Children {
    /// The latest child in the list of each node, and the list's length.
    latest: Vec<(u32, u32)>,
    /// The next child of the same parent's list.
    next: Vec<u32>,
    /// Children that are in no list, by parent and label.
    others: FastMap<u64, u32>,
}

impl Children {
    /// Longest list.
    const LISTED: u32 = 8;

    fn find_or_add(&mut self, parent: u32, label: Label, merged: &mut Merged) -> u32 {
        let added = merged.parents.len() as u32;
        let add = |merged: &mut Merged| {
            merged.parents.push(parent);
            merged.labels.push(label);
        };
        let key = u64::from(parent) << 32 | u64::from(label.0);
        if parent == ROOT {
            let id = *self.others.entry(key).or_insert(added);
            if id == added {
                add(merged);
                self.grow();
            }
            return id;
        }
        let (latest, length) = self.latest[parent as usize];
        let mut child = latest;
        while child != ROOT {
            if merged.labels[child as usize] == label {
                return child;
            }
            child = self.next[child as usize];
        }
        if length < Self::LISTED {
            add(merged);
            self.grow();
            self.latest[parent as usize] = (added, length + 1);
            self.next[added as usize] = latest;
            return added;
        }
        let id = *self.others.entry(key).or_insert(added);
        if id == added {
            add(merged);
            self.grow();
        }
        id
    }

    /// Makes room for one more node.
    fn grow(&mut self) {
        self.latest.push((ROOT, 0));
        self.next.push(ROOT);
    }
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
    let mut functions = vec![0_u32; joined.names.len()];
    let mut crates = vec![0_u32; joined.crates.names.len()];
    let mut modules = vec![0_u32; joined.modules.names.len()];
    let mut outermost = vec![Outermost::default(); nodes];
    let mut node = roots;
    while node != ROOT {
        let label = merged.labels[node as usize].index();
        let counters = [
            &mut functions[label],
            &mut crates[joined.crates.of[label] as usize],
            &mut modules[joined.modules.of[label] as usize],
        ];
        outermost[node as usize] = Outermost {
            function: *counters[0] == 0,
            krate: *counters[1] == 0,
            module: *counters[2] == 0,
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
        }
        node = next[node as usize];
    }
    outermost
}
