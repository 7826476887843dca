//! Call stacks as a tree of prefixes.

use super::handle::{Handle, handle};
use super::hash::FastMap;

handle!(
    /// A stack in a [`StackTable`]: its innermost frame and, by its parents, all callers.
    StackId
);

/// One node: a frame and the stack that called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StackNode<F> {
    /// The caller's stack; `None` for an outermost frame.
    pub parent: Option<StackId>,
    /// The frame (a function's frame in a profile, an address in a recording).
    pub frame: F,
}

/// Distinct call stacks, sharing their common prefixes.
///
/// A parent always precedes its children (nodes can only be added below nodes that exist), so
/// one pass from the last node to the first turns selves into totals.
///
/// Most nodes have few children. Those are in a list, which is near at hand when the parent is,
/// as it is while a profile is read in the order of its tree; only the children beyond the first
/// few are in a table, which is larger than a cache.
#[derive(Clone, Debug)]
pub struct StackTable<F> {
    nodes: Vec<StackNode<F>>,
    /// Lists of the first nodes' children: of those before any that is not looked up.
    links: Vec<Links>,
    /// Nodes that are in no list: outermost ones, further children, and later ones.
    others: FastMap<StackNode<F>, StackId>,
}

/// A node's place in the lists of children.
#[derive(Clone, Copy, Debug)]
struct Links {
    /// Its latest child that is in the list.
    child: u32,
    /// How many children are in the list.
    children: u32,
    /// The child before it in its parent's list.
    sibling: u32,
}

/// The end of a list.
const NONE: u32 = u32::MAX;
/// Longest list.
const LISTED: u32 = 8;

impl<F> Default for StackTable<F> {
    fn default() -> Self {
        Self { nodes: Vec::new(), links: Vec::new(), others: FastMap::default() }
    }
}

impl<F: Handle> StackTable<F> {
    /// The stack of `frame` called from `parent`, added when it is new.
    pub fn push(&mut self, parent: Option<StackId>, frame: F) -> StackId {
        let node = StackNode { parent, frame };
        let new = StackId::from_index(self.nodes.len());
        let mut sibling = NONE;
        let is_listed = self.links.len() == self.nodes.len();
        let list = parent.and_then(|parent| self.links.get(parent.index()).copied());
        if let Some(list) = list {
            sibling = list.child;
            let mut child = list.child;
            while child != NONE {
                if self.nodes[child as usize].frame == frame {
                    return StackId::from_index(child as usize);
                }
                child = self.links[child as usize].sibling;
            }
        }
        if let (Some(list), Some(parent)) = (list, parent)
            && list.children < LISTED
            && is_listed
        {
            let list = &mut self.links[parent.index()];
            list.child = new.index() as u32;
            list.children += 1;
        } else {
            let id = *self.others.entry(node).or_insert(new);
            if id != new {
                return id;
            }
            sibling = NONE;
        }
        self.nodes.push(node);
        if is_listed {
            self.links.push(Links { child: NONE, children: 0, sibling });
        }
        new
    }

    /// As [`push`](Self::push), of a stack that is certainly not in the table. It is not found by
    /// later calls, which is no matter for innermost frames, and saves most of the work and room.
    pub fn push_new(&mut self, parent: Option<StackId>, frame: F) -> StackId {
        self.nodes.push(StackNode { parent, frame });
        StackId::from_index(self.nodes.len() - 1)
    }

    /// The stack made of these frames, outermost first; `None` for no frames.
    pub fn push_path(&mut self, root_first: impl IntoIterator<Item = F>) -> Option<StackId> {
        root_first.into_iter().fold(None, |parent, frame| Some(self.push(parent, frame)))
    }

    /// The node behind a handle of this table.
    pub fn get(&self, id: StackId) -> StackNode<F> {
        self.nodes[id.index()]
    }

    /// All nodes, parents before children; the position is the handle's index.
    pub fn nodes(&self) -> &[StackNode<F>] {
        &self.nodes
    }

    /// The frames of a stack, innermost first.
    pub fn leaf_first(&self, id: StackId) -> impl Iterator<Item = F> + '_ {
        std::iter::successors(Some(id), |&id| self.get(id).parent).map(|id| self.get(id).frame)
    }

    /// The frames of a stack, outermost first.
    pub fn root_first(&self, id: StackId) -> Vec<F> {
        let mut frames: Vec<F> = self.leaf_first(id).collect();
        frames.reverse();
        frames
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LocationId as Number;

    #[test]
    fn equal_stacks_are_one_however_many_siblings_there_are() {
        let mut table = StackTable::default();
        let mut known = std::collections::BTreeMap::new();
        // Every pair of (parent, frame) is asked for three times, in another order each time.
        for round in [1, 7, 11] {
            for step in 0..30 * 13 {
                let (caller, frame) = (step * round % 13, step * round % 30);
                let parent = table.push(None, Number::from_index(caller));
                let stack = table.push(Some(parent), Number::from_index(frame));
                let leaf = table.push(Some(stack), Number::from_index(caller));
                assert_eq!(
                    *known.entry((caller, frame)).or_insert((parent, stack, leaf)),
                    (parent, stack, leaf)
                );
                let path: Vec<usize> =
                    table.root_first(leaf).into_iter().map(Handle::index).collect();
                assert_eq!(path, [caller, frame, caller]);
            }
        }
        assert_eq!(known.len(), 30 * 13);
        assert_eq!(table.len(), 13 + 2 * 30 * 13);
    }

    #[test]
    fn nodes_that_are_not_looked_up_leave_all_others_as_they_are() {
        let mut table = StackTable::default();
        let number = |n: usize| Number::from_index(n);
        let mut known = std::collections::BTreeMap::new();
        for round in 0..3 {
            for step in 0..200 {
                let root = table.push(None, number(step % 3));
                let stack = table.push(Some(root), number(step));
                assert_eq!(*known.entry(step).or_insert(stack), stack);
                if step > 20 {
                    let leaf = table.push_new(Some(stack), number(round));
                    assert_eq!(table.root_first(leaf), [step % 3, step, round].map(number));
                }
            }
        }
        assert_eq!(table.len(), 3 + 200 + 3 * 179);
    }
}
