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
#[derive(Clone, Debug)]
pub struct StackTable<F> {
    nodes: Vec<StackNode<F>>,
    ids: FastMap<StackNode<F>, StackId>,
}

impl<F> Default for StackTable<F> {
    fn default() -> Self {
        Self { nodes: Vec::new(), ids: FastMap::default() }
    }
}

impl<F: Handle> StackTable<F> {
    /// The stack of `frame` called from `parent`, added when it is new.
    pub fn push(&mut self, parent: Option<StackId>, frame: F) -> StackId {
        let node = StackNode { parent, frame };
        *self.ids.entry(node).or_insert_with(|| {
            let id = StackId::from_index(self.nodes.len());
            self.nodes.push(node);
            id
        })
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
