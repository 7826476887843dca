//! The graph of calls of one process.

/// A function in one context: callgrind's unit.
pub(super) type Node = u32;

/// What one process did. Costs have as many numbers as there are events, instructions first.
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
    /// The object of each node, by its index.
    pub(super) nodes: Vec<u32>,
    /// Costs by instruction.
    pub(super) costs: Vec<Cost>,
    /// Calls.
    pub(super) arcs: Vec<Arc>,
    /// The numbers of all costs and calls.
    pub(super) numbers: Vec<u64>,
}

/// What an instruction cost in a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// Where it is in the object, as the object states addresses.
    pub(super) address: u64,
    /// In which context.
    pub(super) node: Node,
    /// Where its numbers begin.
    pub(super) at: u32,
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
    /// Where its numbers begin.
    pub(super) at: u32,
}

impl Calls {
    /// The numbers of a cost or a call.
    pub(super) fn numbers(&self, at: u32) -> &[u64] {
        &self.numbers[at as usize..at as usize + self.events.len()]
    }

    /// Instructions of a cost or a call.
    pub(super) fn instructions(&self, at: u32) -> u64 {
        self.numbers[at as usize]
    }

    /// Orders costs by node and address, calls by caller, address and callee; merges equal ones,
    /// which several parts of a file have; leaves out calls that cost nothing.
    pub(super) fn settle(&mut self) {
        let width = self.events.len();
        let numbers = &mut self.numbers;
        let mut add = |kept: u32, other: u32| {
            for event in 0..width {
                let more = numbers[other as usize + event];
                let sum = &mut numbers[kept as usize + event];
                *sum = sum.saturating_add(more);
            }
        };
        // Stable sorts, which are quick on what is mostly in order.
        self.costs.sort_by_key(|cost| (cost.node, cost.address));
        self.costs.dedup_by(|cost, kept| {
            let same = (cost.node, cost.address) == (kept.node, kept.address);
            if same {
                add(kept.at, cost.at);
            }
            same
        });
        self.arcs.sort_by_key(|arc| (arc.from, arc.address, arc.to));
        self.arcs.dedup_by(|arc, kept| {
            let same = (arc.from, arc.address, arc.to) == (kept.from, kept.address, kept.to);
            if same {
                add(kept.at, arc.at);
            }
            same
        });
        let numbers = &self.numbers;
        self.arcs.retain(|arc| numbers[arc.at as usize] > 0);
    }
}
