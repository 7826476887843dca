//! The graph of calls of one process.

use super::costs::Costs;

/// A function in one context: callgrind's unit.
pub(super) type Node = u32;

/// What one process did.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    /// Process id.
    pub(super) pid: i32,
    /// The program's path and its arguments.
    pub(super) command: String,
    /// Names of events; the first is `Ir`.
    pub(super) events: Vec<String>,
    /// Paths of objects.
    pub(super) objects: Vec<String>,
    /// Functions in their contexts.
    pub(super) nodes: Vec<Function>,
    /// Costs by instruction, of every event.
    pub(super) costs: Costs,
    /// Calls.
    pub(super) arcs: Vec<Arc>,
}

/// A function in one context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    /// The object that it is in, by its index.
    pub(super) object: u32,
    /// What it did itself.
    pub(super) instructions: u64,
}

/// What the calls from one instruction to one node cost in all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arc {
    /// The calling instruction, in the object of `from`.
    pub(super) address: u64,
    /// The caller.
    pub(super) from: Node,
    /// Who was called.
    pub(super) to: Node,
    /// Instructions until it returned.
    pub(super) instructions: u64,
}

impl Calls {
    /// Orders costs by node, calls by caller, address and callee; merges equal ones, which several
    /// parts of a file have; leaves out calls that cost nothing.
    pub(super) fn settle(&mut self) {
        self.costs.settle(self.nodes.len());
        // Stable sorts are quick on what is mostly in order.
        self.arcs.sort_by_key(|arc| (arc.from, arc.address, arc.to));
        self.arcs.dedup_by(|arc, kept| {
            let same = (arc.from, arc.address, arc.to) == (kept.from, kept.address, kept.to);
            if same {
                kept.instructions = kept.instructions.saturating_add(arc.instructions);
            }
            same
        });
        self.arcs.retain(|arc| arc.instructions > 0);
    }
}
