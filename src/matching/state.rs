//! What is paired so far, which all rules read and add to.

use crate::model::Profile;

use super::Rule;
use super::graph::Graph;

/// Functions with less of the benchmark than this are matched by name and code only: too few
/// samples tell who calls them.
pub(super) const FEWEST: f64 = 0.001;

/// A pair, by nodes.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) base: u32,
    pub(super) new: u32,
    pub(super) rule: Rule,
    pub(super) confidence: f64,
    pub(super) evidence: String,
    pub(super) runner_up: Option<(u32, f64)>,
}

/// What is paired so far.
pub(super) struct State<'g, 'a> {
    pub(super) graphs: [&'g Graph<'a>; 2],
    pub(super) profiles: [&'a Profile; 2],
    /// The counterpart of each node.
    pub(super) partner: [Vec<Option<u32>>; 2],
    /// All pairs but those of equal names.
    pub(super) links: Vec<Link>,
}

impl State<'_, '_> {
    /// Notes a pair of two nodes that are free.
    pub(super) fn pair(&mut self, link: Link) {
        let (base, new) = (link.base as usize, link.new as usize);
        if self.partner[0][base].is_none() && self.partner[1][new].is_none() {
            self.partner[0][base] = Some(link.new);
            self.partner[1][new] = Some(link.base);
            self.links.push(link);
        }
    }

    /// The nodes of a side that have no counterpart yet.
    pub(super) fn free(&self, side: usize) -> Vec<u32> {
        let partner = &self.partner[side];
        (0..partner.len() as u32).filter(|&node| partner[node as usize].is_none()).collect()
    }

    /// Whether a function's name may change in a refactor, and it has weight enough to say more.
    pub(super) fn is_eligible(&self, side: usize, node: u32) -> bool {
        let node = &self.graphs[side].nodes[node as usize];
        node.total >= FEWEST && node.parts.is_of_the_program()
    }

    pub(super) fn names(&self, link: &Link) -> (&str, &str) {
        let name = |side: usize, node: u32| self.graphs[side].nodes[node as usize].name;
        (name(0, link.base), name(1, link.new))
    }
}
