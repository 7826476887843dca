//! The same machine code.

use crate::model::{Body, FastMap};

use super::Rule;
use super::graph::Graph;
use super::state::{Link, State};

/// From this size on, in bytes, equal code is no chance.
const LARGE: u32 = 96;

/// Who has a body.
#[derive(Clone, Copy)]
enum Owner {
    One(u32),
    Several,
}

/// Pairs functions whose bodies no other function of their side has. Instances of one generic
/// function count as one function; all of them have to agree.
pub(super) fn pair(state: &mut State<'_, '_>) {
    let owners = state.graphs.map(owners);
    for base in state.free(0) {
        let mut found = None;
        let mut largest = 0;
        let mut agree = true;
        for body in &state.graphs[0].nodes[base as usize].bodies {
            let (Some(Owner::One(_)), Some(Owner::One(new))) =
                (owners[0].get(body), owners[1].get(body))
            else {
                continue;
            };
            agree &= *found.get_or_insert(*new) == *new;
            largest = largest.max(body.size);
        }
        let Some(new) = found.filter(|_| agree) else { continue };
        // The other way round, for a function whose instances went separate ways.
        let back = state.graphs[1].nodes[new as usize].bodies.iter().all(|body| {
            match (owners[0].get(body), owners[1].get(body)) {
                (Some(Owner::One(other)), Some(Owner::One(_))) => *other == base,
                _ => true,
            }
        });
        if !back || state.partner[1][new as usize].is_some() {
            continue;
        }
        state.pair(Link {
            base,
            new,
            rule: Rule::Body,
            confidence: if largest >= LARGE { 0.99 } else { 0.95 },
            evidence: format!(
                "both have the same machine code of {largest} bytes, and no other function has it"
            ),
            runner_up: None,
        });
    }
}

fn owners(graph: &Graph<'_>) -> FastMap<Body, Owner> {
    let mut owners = FastMap::default();
    for (index, node) in graph.nodes.iter().enumerate() {
        for &body in &node.bodies {
            owners
                .entry(body)
                .and_modify(|owner| *owner = Owner::Several)
                .or_insert(Owner::One(index as u32));
        }
    }
    owners
}
