//! One side: the functions that the benchmark passes through, and who calls whom.

use crate::model::{Body, FastMap, Handle, Profile, Scope, Strings};

use super::name::{self, Parts};

/// A function, or all functions of one name.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    pub(super) parts: Parts<'a>,
    pub(super) file: Option<&'a str>,
    pub(super) bodies: Vec<Body>,
    /// Part of the benchmark's weight, without and with what it calls.
    pub(super) selfs: f64,
    pub(super) total: f64,
}

/// All functions of one side that the benchmark's samples pass through.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    strings: &'a Strings,
    /// The node of each string that is a name; [`NONE`] for others.
    of_string: Vec<u32>,
    /// The node of each stack's innermost frame; [`NONE`] where no sample of the benchmark is.
    of_stack: Vec<u32>,
    /// The weight of each stack and what is below it, as part of the benchmark's.
    totals: Vec<f64>,
}

/// Direction (0: calls it, 1: is called) and number of neighbours, with the weight that passes.
pub(super) type Edges = Vec<((u8, u32), f64)>;

/// As many unmatched callers in a row, at most, are looked through.
const CHAIN: usize = 8;

/// No node.
pub(super) const NONE: u32 = u32::MAX;

impl<'a> Graph<'a> {
    pub(super) fn new(profile: &'a Profile) -> Self {
        let all = profile.total(Scope::Benchmark) as f64;
        let stacks = profile.stacks.nodes();
        let mut weights = vec![0_u64; stacks.len()];
        for sample in profile.samples.iter().filter(|s| s.scope == Scope::Benchmark) {
            weights[sample.stack.index()] += sample.weight;
        }
        let selfs = weights.clone();
        for (index, node) in stacks.iter().enumerate().rev() {
            if let Some(parent) = node.parent {
                weights[parent.index()] += weights[index];
            }
        }
        let mut graph = Self {
            nodes: Vec::with_capacity(profile.functions.len()),
            strings: &profile.strings,
            of_string: vec![NONE; profile.strings.len()],
            of_stack: vec![NONE; stacks.len()],
            totals: weights.iter().map(|&weight| weight as f64 / all).collect(),
        };
        let mut of_function = vec![NONE; profile.functions.len()];
        for (index, stack) in stacks.iter().enumerate() {
            if weights[index] == 0 {
                continue;
            }
            let function = profile.frames[stack.frame.index()].function.index();
            let name = profile.functions[function].name;
            if graph.of_string[name.index()] == NONE {
                let file = profile.functions[function].file.map(|file| profile.strings.get(file));
                graph.of_string[name.index()] = graph.add(profile.strings.get(name), file);
            }
            let id = graph.of_string[name.index()];
            of_function[function] = id;
            graph.of_stack[index] = id;
            let node = &mut graph.nodes[id as usize];
            node.selfs += selfs[index] as f64 / all;
            let called_by_itself =
                stack.parent.is_some_and(|parent| graph.of_stack[parent.index()] == id);
            if !called_by_itself {
                node.total += graph.totals[index];
            }
        }
        for &(function, body) in &profile.bodies {
            if let Some(node) = graph.nodes.get_mut(of_function[function.index()] as usize) {
                node.bodies.push(body);
            }
        }
        for node in &mut graph.nodes {
            node.bodies.sort_unstable();
            node.bodies.dedup();
        }
        graph
    }

    fn add(&mut self, name: &'a str, file: Option<&'a str>) -> u32 {
        let id = self.nodes.len() as u32;
        self.nodes.push(Node {
            name,
            parts: name::parts(name),
            file,
            bodies: Vec::new(),
            selfs: 0.0,
            total: 0.0,
        });
        id
    }

    /// The node of a name.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let node = self.of_string[self.strings.find(name)?.index()];
        (node != NONE).then_some(node)
    }

    /// Whom each of some functions calls.
    pub(super) fn callees(&self, profile: &Profile, of: &[bool]) -> FastMap<u32, Vec<u32>> {
        let mut known: FastMap<(u32, u32), ()> = FastMap::default();
        let mut callees: FastMap<u32, Vec<u32>> = FastMap::default();
        for (index, stack) in profile.stacks.nodes().iter().enumerate() {
            let node = self.of_stack[index];
            let Some(parent) = stack.parent.filter(|_| node != NONE) else { continue };
            let caller = self.of_stack[parent.index()];
            if of[caller as usize] && known.insert((caller, node), ()).is_none() {
                callees.entry(caller).or_default().push(node);
            }
        }
        callees
    }

    /// For each node that is wanted and not `matched` the matched functions that it is called by (0) and that
    /// it calls (1), with none but unmatched ones between, and the weight that passes.
    pub(super) fn surroundings(
        &self,
        profile: &Profile,
        matched: &[Option<u32>],
        wanted: &[bool],
    ) -> FastMap<u32, Edges> {
        let stacks = profile.stacks.nodes();
        // The nearest caller of each stack that is matched.
        let mut above = vec![NONE; stacks.len()];
        let mut places: FastMap<(u32, u8, u32), usize> = FastMap::default();
        let mut edges: Vec<((u32, u8, u32), f64)> = Vec::new();
        let mut add = |edge: (u32, u8, u32), weight: f64| {
            let next = edges.len();
            let at = *places.entry(edge).or_insert(next);
            if at == next {
                edges.push((edge, 0.0));
            }
            edges[at].1 += weight;
        };
        for (index, stack) in stacks.iter().enumerate() {
            let node = self.of_stack[index];
            let Some(parent) = stack.parent.filter(|_| node != NONE) else { continue };
            let of_parent = self.of_stack[parent.index()];
            above[index] = match matched[of_parent as usize] {
                Some(_) => of_parent,
                None => above[parent.index()],
            };
            if matched[node as usize].is_none() {
                if wanted[node as usize] && above[index] != NONE && of_parent != node {
                    add((node, 0, above[index]), self.totals[index]);
                }
                continue;
            }
            let mut caller = Some(parent);
            for _ in 0..CHAIN {
                let Some(at) = caller else { break };
                let of_caller = self.of_stack[at.index()];
                if matched[of_caller as usize].is_some() {
                    break;
                }
                if wanted[of_caller as usize] {
                    add((of_caller, 1, node), self.totals[index]);
                }
                caller = stacks[at.index()].parent;
            }
        }
        let mut found: FastMap<u32, Edges> = FastMap::default();
        for ((node, direction, other), weight) in edges {
            found.entry(node).or_default().push(((direction, other), weight));
        }
        found
    }

    /// For each node that is not `matched` the matched function that most of it is below of, with
    /// none but unmatched functions between; [`NONE`] for outermost ones.
    pub(super) fn anchors(&self, profile: &Profile, matched: &[Option<u32>]) -> Vec<u32> {
        let mut above = vec![NONE; profile.stacks.len()];
        let mut votes: FastMap<(u32, u32), f64> = FastMap::default();
        for (index, stack) in profile.stacks.nodes().iter().enumerate() {
            let node = self.of_stack[index];
            if node == NONE {
                continue;
            }
            let caller = stack.parent.map_or(NONE, |parent| {
                let of_parent = self.of_stack[parent.index()];
                match matched[of_parent as usize] {
                    Some(_) => of_parent,
                    None => above[parent.index()],
                }
            });
            above[index] = caller;
            if matched[node as usize].is_none() {
                *votes.entry((node, caller)).or_default() += self.totals[index];
            }
        }
        let mut best = vec![(NONE, -1.0); self.nodes.len()];
        let mut votes: Vec<((u32, u32), f64)> = votes.into_iter().collect();
        votes.sort_unstable_by_key(|&(edge, _)| edge);
        for ((node, caller), weight) in votes {
            let known = &mut best[node as usize];
            // Of equal ones the one whose name comes first, so that no order of tables matters.
            let name = |node: u32| self.nodes.get(node as usize).map(|node| node.name);
            if weight > known.1 || (weight == known.1 && name(caller) < name(known.0)) {
                *known = (caller, weight);
            }
        }
        best.into_iter().map(|(caller, _)| caller).collect()
    }
}
