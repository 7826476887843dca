//! One rule after the other.

use std::collections::BTreeSet;

use crate::model::{Profile, SortFew as _};

use super::graph::Graph;
use super::hints::Hints;
use super::state::{Link, State};
use super::{Matching, Pair, Rule, along, body, context, file, group, similarity};

/// How often rules that build on each other's pairs take turns, at most.
const ROUNDS: usize = 10;

/// Pairs the functions of two profiles with canonical names. `costs` is what one iteration of the
/// whole benchmark costs on each side (1 where that is not known): what is left over is put
/// together by it.
pub fn match_functions(profiles: [&Profile; 2], costs: [f64; 2], hints: &Hints) -> Matching {
    let graphs = profiles.map(Graph::new);
    let partner = [0, 1].map(|side| vec![None; graphs[side].nodes.len()]);
    // Names first: most profiles need no more, and who calls whom is only asked for by the rest.
    let partner = {
        let mut state = State { graphs: graphs.each_ref(), profiles, partner, links: Vec::new() };
        by_rename(&mut state, hints);
        by_name(&mut state);
        (state.partner, state.links)
    };
    let (partner, links) = partner;
    let missing = [0, 1].map(|side| partner[side].iter().any(Option::is_none));
    let mut state = State { graphs: graphs.each_ref(), profiles, partner, links };
    if missing == [true, true] {
        body::pair(&mut state);
        along::pair(&mut state);
        file::pair(&mut state, &hints.moved_files);
        along::pair(&mut state);
        for _ in 0..ROUNDS {
            let before = state.links.len();
            while context::pair(&mut state) {
                along::pair(&mut state);
            }
            similarity::pair(&mut state);
            along::pair(&mut state);
            if state.links.len() == before {
                break;
            }
        }
    }
    let groups = if missing == [false, false] { Vec::new() } else { group::groups(&state, costs) };
    finish(&state, groups)
}

fn by_rename(state: &mut State<'_, '_>, hints: &Hints) {
    if hints.renames.is_empty() {
        return;
    }
    for base in state.free(0) {
        let name = state.graphs[0].nodes[base as usize].name;
        let renamed = hints.renames.iter().find_map(|rename| {
            let new = state.graphs[1].find(&rename.apply(name)?)?;
            state.partner[1][new as usize].is_none().then_some(new)
        });
        if let Some(new) = renamed {
            state.pair(Link {
                base,
                new,
                rule: Rule::Renamed,
                confidence: 1.0,
                evidence: "a rename of the user's says so".into(),
                runner_up: None,
            });
        }
    }
}

fn by_name(state: &mut State<'_, '_>) {
    for base in state.free(0) {
        let name = state.graphs[0].nodes[base as usize].name;
        if let Some(new) = state.graphs[1].find(name)
            && state.partner[1][new as usize].is_none()
        {
            state.partner[0][base as usize] = Some(new);
            state.partner[1][new as usize] = Some(base);
        }
    }
}

fn finish(state: &State<'_, '_>, groups: Vec<group::Group>) -> Matching {
    let mut pairs: Vec<Pair> = state
        .links
        .iter()
        .map(|link| {
            let (base, new) = state.names(link);
            let named = |&(node, score): &(u32, f64)| {
                (state.graphs[1].nodes[node as usize].name.to_owned(), score)
            };
            Pair {
                base: base.to_owned(),
                new: new.to_owned(),
                rule: link.rule,
                confidence: link.confidence,
                evidence: link.evidence.clone(),
                runner_up: link.runner_up.as_ref().map(named),
            }
        })
        .collect();
    pairs.sort_few_by(|a, b| a.base.cmp(&b.base));
    let mut apart = BTreeSet::new();
    for link in &state.links {
        let (base, new) = state.names(link);
        for name in [base, new] {
            if base != new
                && state.graphs[0].find(name).is_some()
                && state.graphs[1].find(name).is_some()
            {
                apart.insert(name.to_owned());
            }
        }
    }
    let mut unmatched = similarity::explain(state);
    unmatched.iter_mut().for_each(|side| side.sort_few_by(|a, b| a.name.cmp(&b.name)));
    Matching { pairs, apart: apart.into_iter().collect(), unmatched, groups }
}
