//! The benchmark's own call tree, merged by name.

use std::collections::HashMap;

use crate::model::{FunctionId, Handle, Profile, Scope, StackId, StringId};

/// A function called along one path.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its caller's index; callers precede.
    pub parent: Option<usize>,
    /// The function's name.
    pub name: StringId,
    /// One of the functions of that name.
    pub function: FunctionId,
    /// Weight with it on top.
    pub own: u64,
    /// Weight of what it calls, itself included.
    pub total: u64,
    /// Total of the callee that has most.
    pub heaviest_callee: u64,
}

/// Call paths told apart by the names of functions. A stack knows lines as well, and one function
/// called from five lines is one path here. Recursion is folded: what a function calls when it is
/// called by itself counts for its outermost call, else every depth would be a path of its own.
#[derive(Clone, Debug)]
pub struct CallTree {
    nodes: Vec<Node>,
    /// The node of each stack of the profile.
    of_stack: Vec<usize>,
    whole: u64,
}

impl CallTree {
    /// The tree of what is in the benchmark's scope; harness and start-up have no weight in it.
    pub fn new(profile: &Profile) -> Self {
        let stacks = profile.stacks.nodes();
        let mut nodes: Vec<Node> = Vec::new();
        let mut known: HashMap<(Option<usize>, StringId), usize> = HashMap::new();
        // A caller's stack precedes.
        let mut of_stack = Vec::with_capacity(stacks.len());
        for stack in stacks {
            let parent = stack.parent.map(|parent| of_stack[parent.index()]);
            let function = profile.frames[stack.frame.index()].function;
            let name = profile.functions[function.index()].name;
            let mut callers = std::iter::successors(parent, |&node: &usize| nodes[node].parent);
            if let Some(outer) = callers.find(|&node| nodes[node].name == name) {
                of_stack.push(outer);
                continue;
            }
            let node = *known.entry((parent, name)).or_insert_with(|| {
                nodes.push(Node { parent, name, function, own: 0, total: 0, heaviest_callee: 0 });
                nodes.len() - 1
            });
            of_stack.push(node);
        }
        let mut whole = 0;
        for sample in profile.samples.iter().filter(|sample| sample.scope == Scope::Benchmark) {
            let node = &mut nodes[of_stack[sample.stack.index()]];
            node.own += sample.weight;
            node.total += sample.weight;
            whole += sample.weight;
        }
        for index in (0..nodes.len()).rev() {
            let Node { parent, total, .. } = nodes[index];
            if let Some(parent) = parent {
                let caller = &mut nodes[parent];
                caller.total += total;
                caller.heaviest_callee = caller.heaviest_callee.max(total);
            }
        }
        Self { nodes, of_stack, whole }
    }

    /// All nodes, callers first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node that a stack of the profile is part of.
    pub fn node_of(&self, stack: StackId) -> usize {
        self.of_stack[stack.index()]
    }

    /// Weight of the benchmark.
    pub fn whole(&self) -> u64 {
        self.whole
    }

    /// A weight as a share of the benchmark.
    pub fn share(&self, weight: u64) -> f64 {
        weight as f64 / self.whole.max(1) as f64
    }

    /// A node and its callers, from itself outwards.
    pub fn up(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(node), |&node| self.nodes[node].parent)
    }

    /// The names of a node and all its callers, outermost first.
    pub fn path(&self, node: usize, profile: &Profile) -> Vec<String> {
        let mut path: Vec<String> = self
            .up(node)
            .map(|node| profile.strings.get(self.nodes[node].name).to_owned())
            .collect();
        path.reverse();
        path
    }
}
