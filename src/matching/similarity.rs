//! A similar name, where what is known of callers and callees agrees.

use crate::model::FastMap;

use super::context::{self, Agreement, Best, agreement, candidates, mutual_best};
use super::graph::Node;
use super::name::likeness;
use super::state::{FEWEST, Link, State};
use super::{Rule, Unmatched};

/// Names of functions that say nothing: every other type has one.
const COMMON: [&str; 24] = [
    "new", "main", "fmt", "next", "from", "into", "drop", "default", "clone", "eq", "cmp", "hash",
    "run", "get", "set", "push", "pop", "len", "iter", "poll", "call", "deref", "index", "parse",
];

/// Names less alike than this are no argument.
const LIKE: f64 = 0.5;
/// Callers and callees have to agree by so much at least, where there are any.
const AGREES: f64 = 0.5;
/// Functions of different names cost about the same: at most by this factor.
const FACTOR: f64 = 1.6;
/// From this score on, 0 to 1, two functions may be one.
const ENOUGH: f64 = 0.6;
/// How much worse the next candidate has to be.
const MARGIN: f64 = 0.05;

/// How often a prefix became another among pairs of functions.
type Moves<'a> = FastMap<(&'a str, &'a str), usize>;

fn moves<'a>(state: &State<'_, 'a>) -> Moves<'a> {
    let mut moves = Moves::default();
    for link in &state.links {
        let prefix = |side: usize, node: u32| state.graphs[side].nodes[node as usize].parts.prefix;
        let (from, to) = (prefix(0, link.base), prefix(1, link.new));
        if from != to {
            *moves.entry((from, to)).or_default() += 1;
        }
    }
    moves
}

/// How well two functions go together; `None` when nothing speaks for it.
fn score(base: &Node<'_>, new: &Node<'_>, agreement: Agreement, moves: &Moves<'_>) -> Option<f64> {
    let (a, b) = (base.parts, new.parts);
    let same_crate = a.krate == b.krate;
    let agrees = agreement.own > 0 && agreement.jaccard >= AGREES;
    let disagrees = agreement.own == 0 || agreement.jaccard < 0.2;
    let moved = moves.contains_key(&(a.prefix, b.prefix));
    let name = if a.item == b.item {
        let telling = !COMMON.contains(&a.item) && a.item.len() > 3;
        // With little else to go by, the name has to say something.
        let known = agrees && (telling || same_crate || agreement.own > 1);
        if !(known || moved || (telling && (same_crate || !disagrees))) {
            return None;
        }
        if same_crate { 1.0 } else { 0.9 }
    } else {
        let like = likeness(a.item, b.item);
        let ratio = base.total / new.total;
        if !same_crate || !agrees || like < LIKE || !(1.0 / FACTOR..=FACTOR).contains(&ratio) {
            return None;
        }
        0.9 * like
    };
    let closures = if a.closures == b.closures { 0.0 } else { 0.08 };
    let context = if agreement.anchors > 0 { agreement.jaccard } else { 0.4 };
    let moved = if moved { 0.1 } else { 0.0 };
    Some(0.65 * name + 0.25 * context + moved - closures)
}

/// All candidates that something speaks for, by position.
fn scored(
    state: &State<'_, '_>,
    all: &[Vec<(u32, context::Neighbours)>; 2],
) -> Vec<(usize, usize, f64)> {
    let moves = moves(state);
    let mut pairs: FastMap<(usize, usize), Agreement> = FastMap::default();
    let mut order = Vec::new();
    for (base, new, agreement) in context::acquainted(all) {
        order.push((base, new));
        pairs.insert((base, new), agreement);
    }
    // Those with the same name need not know each other.
    let mut by_item: FastMap<&str, Vec<usize>> = FastMap::default();
    for (position, (node, _)) in all[1].iter().enumerate() {
        by_item.entry(state.graphs[1].nodes[*node as usize].parts.item).or_default().push(position);
    }
    for (position, (node, neighbours)) in all[0].iter().enumerate() {
        let item = state.graphs[0].nodes[*node as usize].parts.item;
        for &other in by_item.get(item).into_iter().flatten() {
            pairs.entry((position, other)).or_insert_with(|| {
                order.push((position, other));
                agreement(neighbours, &all[1][other].1)
            });
        }
    }
    order
        .into_iter()
        .filter_map(|(base, new)| {
            let node = |side: usize, position: usize| {
                &state.graphs[side].nodes[all[side][position].0 as usize]
            };
            let score = score(node(0, base), node(1, new), pairs[&(base, new)], &moves)?;
            Some((base, new, score))
        })
        .collect()
}

/// Pairs functions with similar names.
pub(super) fn pair(state: &mut State<'_, '_>) {
    let all = candidates(state);
    for Best { base, new, score, next, .. } in mutual_best(&scored(state, &all), MARGIN) {
        if score < ENOUGH {
            continue;
        }
        let nodes = [all[0][base].0, all[1][new].0];
        let agreement = agreement(&all[0][base].1, &all[1][new].1);
        let name = |side: usize| state.graphs[side].nodes[nodes[side] as usize].parts.item;
        let names = match name(0) == name(1) {
            true => "both have the same last name".to_owned(),
            false => format!("names alike by {:.2}", likeness(name(0), name(1))),
        };
        let context = match agreement.anchors {
            0 => "no callers or callees in common".to_owned(),
            n => format!("{n} callers and callees in common agree by {:.2}", agreement.jaccard),
        };
        state.pair(Link {
            base: nodes[0],
            new: nodes[1],
            rule: Rule::Similar,
            confidence: score.min(0.9),
            evidence: format!("{names}, {context}"),
            runner_up: next.map(|(position, score)| (all[1][position].0, score)),
        });
    }
}

/// What is without counterpart on either side, and why.
pub(super) fn explain(state: &State<'_, '_>) -> [Vec<Unmatched>; 2] {
    let free = [state.free(0), state.free(1)];
    if free.iter().all(Vec::is_empty) {
        return Default::default();
    }
    let all = candidates(state);
    let scored = scored(state, &all);
    let [base, new] = free;
    [explain_side(state, 0, base, &all, &scored), explain_side(state, 1, new, &all, &scored)]
}

fn explain_side(
    state: &State<'_, '_>,
    side: usize,
    free: Vec<u32>,
    all: &[Vec<(u32, context::Neighbours)>; 2],
    scored: &[(usize, usize, f64)],
) -> Vec<Unmatched> {
    let mut best: FastMap<u32, (u32, f64)> = FastMap::default();
    let mut note = |one: u32, other: u32, score: f64| {
        let known = best.entry(one).or_insert((other, score));
        if score > known.1 {
            *known = (other, score);
        }
    };
    for &(base, new, score) in scored {
        let nodes = [all[0][base].0, all[1][new].0];
        note(nodes[side], nodes[1 - side], score);
    }
    let others = !all[1 - side].is_empty();
    free.into_iter()
        .map(|index| {
            let node = &state.graphs[side].nodes[index as usize];
            let best = best.get(&index).copied();
            let reason = match best {
                _ if !node.parts.is_of_the_program() => {
                    "the names of libraries and of what is not Rust do not change in a refactor, so \
                     that they are matched by name and machine code only"
                        .to_owned()
                }
                _ if node.total < FEWEST => {
                    "too few samples tell who calls it; it is matched by name and machine code only"
                        .to_owned()
                }
                Some((_, score)) if score >= ENOUGH => {
                    "another function would match as well, or this one another".to_owned()
                }
                Some((_, score)) => {
                    format!("the best candidate's score is {score:.2}, below {ENOUGH}")
                }
                None if others => {
                    "no function of the other side is called alike and has a similar name".to_owned()
                }
                None => "every function of the other side has its counterpart".to_owned(),
            };
            Unmatched {
                name: node.name.to_owned(),
                self_share: node.selfs,
                reason,
                best: best.map(|(other, score)| {
                    (state.graphs[1 - side].nodes[other as usize].name.to_owned(), score)
                }),
            }
        })
        .collect()
}
