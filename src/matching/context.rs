//! The same callers and callees.

use crate::model::FastMap;

use super::Rule;
use super::state::{Link, State};

/// From this likeness on, 0 to 1, context alone is enough.
const ENOUGH: f64 = 0.8;
/// Of two that are nobody else's, the callers have to agree by as much; their callees may weigh
/// otherwise, as they do when one got slower, if this part of all neighbours are both's.
const SHARED: f64 = 0.5;
/// Nobody else's: all others score less than this part of what they do.
const RIVAL: f64 = 0.5;
/// How many matched neighbours both have to share for that.
const ANCHORS: usize = 3;
/// How much worse the next candidate has to be.
const MARGIN: f64 = 0.1;
/// What so many unmatched functions have for a neighbour tells none of them apart.
const CROWD: usize = 64;
/// As many functions of each side, those with most weight, are compared at most.
const MOST: usize = 500;

/// What two functions' neighbours say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Agreement {
    /// Weighted Jaccard index over matched neighbours.
    pub(super) jaccard: f64,
    /// The same over those that call it.
    pub(super) callers: f64,
    /// The part of all matched neighbours, whatever they weigh, that are neighbours of both.
    pub(super) shared: f64,
    /// Matched neighbours of both.
    pub(super) anchors: usize,
    /// Those that are the program's own: everybody calls the standard library.
    pub(super) own: usize,
}

/// A matched neighbour of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbour {
    /// Direction (0: calls it, 1: is called), and the pair, by its node in the base.
    key: (u8, u32),
    /// The part of all that calls it, or that it calls.
    weight: f64,
    /// Whether it is the program's own.
    own: bool,
}

/// The matched neighbours of a function, ordered; those of unmatched neighbours stand for these.
pub(super) type Neighbours = Vec<Neighbour>;

fn neighbours(
    state: &State<'_, '_>,
    side: usize,
    edges: Option<&Vec<((u8, u32), f64)>>,
) -> Neighbours {
    let edges = edges.map(Vec::as_slice).unwrap_or_default();
    let mut all = [0.0; 2];
    for &((direction, _), weight) in edges {
        all[usize::from(direction)] += weight;
    }
    let mut found: Neighbours = edges
        .iter()
        .filter_map(|&((direction, other), weight)| {
            let partner = state.partner[side][other as usize]?;
            let own = state.graphs[side].nodes[other as usize].parts.is_of_the_program();
            let key = (direction, if side == 0 { other } else { partner });
            Some(Neighbour { key, weight: weight / all[usize::from(direction)], own })
        })
        .collect();
    found.sort_unstable_by_key(|neighbour| neighbour.key);
    found
}

/// Compares neighbours of both sides.
pub(super) fn agreement(a: &Neighbours, b: &Neighbours) -> Agreement {
    // By direction.
    let (mut least, mut most) = ([0.0; 2], [0.0; 2]);
    let (mut anchors, mut own, mut all) = (0, 0, 0_usize);
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let order = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) => x.key.cmp(&y.key),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        all += 1;
        match order {
            std::cmp::Ordering::Less => {
                most[usize::from(a[i].key.0)] += a[i].weight;
                i += 1;
            }
            std::cmp::Ordering::Greater => {
                most[usize::from(b[j].key.0)] += b[j].weight;
                j += 1;
            }
            std::cmp::Ordering::Equal => {
                least[usize::from(a[i].key.0)] += a[i].weight.min(b[j].weight);
                most[usize::from(a[i].key.0)] += a[i].weight.max(b[j].weight);
                anchors += 1;
                own += usize::from(a[i].own);
                i += 1;
                j += 1;
            }
        }
    }
    let part = |least: f64, most: f64| if most > 0.0 { least / most } else { 0.0 };
    Agreement {
        jaccard: part(least[0] + least[1], most[0] + most[1]),
        callers: part(least[0], most[0]),
        shared: part(anchors as f64, all as f64),
        anchors,
        own,
    }
}

/// Unmatched functions of both sides that may be compared, with their neighbours.
pub(super) fn candidates(state: &State<'_, '_>) -> [Vec<(u32, Neighbours)>; 2] {
    [0, 1].map(|side| {
        let mut free = state.free(side);
        free.retain(|&node| state.is_eligible(side, node));
        let node = |node: &u32| &state.graphs[side].nodes[*node as usize];
        free.sort_by(|a, b| {
            node(b).total.total_cmp(&node(a).total).then_with(|| node(a).name.cmp(node(b).name))
        });
        free.truncate(MOST);
        if free.is_empty() {
            return Vec::new();
        }
        let mut wanted = vec![false; state.partner[side].len()];
        free.iter().for_each(|&node| wanted[node as usize] = true);
        let (profile, matched) = (state.profiles[side], &state.partner[side]);
        let around = state.graphs[side].surroundings(profile, matched, &wanted);
        free.into_iter().map(|node| (node, neighbours(state, side, around.get(&node)))).collect()
    })
}

/// Pairs of candidates, by position, that share a matched neighbour that is not everybody's.
pub(super) fn acquainted(
    candidates: &[Vec<(u32, Neighbours)>; 2],
) -> Vec<(usize, usize, Agreement)> {
    let mut by_anchor: FastMap<(u8, u32), Vec<u32>> = FastMap::default();
    for (position, (_, neighbours)) in candidates[1].iter().enumerate() {
        for neighbour in neighbours {
            by_anchor.entry(neighbour.key).or_default().push(position as u32);
        }
    }
    let mut found = Vec::new();
    let mut others: Vec<u32> = Vec::new();
    for (position, (_, neighbours)) in candidates[0].iter().enumerate() {
        others.clear();
        for Neighbour { key, .. } in neighbours {
            others
                .extend(by_anchor.get(key).filter(|all| all.len() <= CROWD).into_iter().flatten());
        }
        others.sort_unstable();
        others.dedup();
        for &other in &others {
            let agreement = agreement(neighbours, &candidates[1][other as usize].1);
            found.push((position, other as usize, agreement));
        }
    }
    found
}

/// Two positions that are each other's best.
pub(super) struct Best {
    pub(super) base: usize,
    pub(super) new: usize,
    pub(super) score: f64,
    /// The base's next best, with its score.
    pub(super) next: Option<(usize, f64)>,
    /// The score of the next best of either.
    rival: f64,
}

/// Of scored pairs of positions those that are each other's best by the margin.
pub(super) fn mutual_best(scored: &[(usize, usize, f64)], margin: f64) -> Vec<Best> {
    // Best and second best of each position, by side.
    let mut best: [FastMap<usize, [(usize, f64); 2]>; 2] = Default::default();
    for &(base, new, score) in scored {
        for (side, (one, other)) in [(base, new), (new, base)].into_iter().enumerate() {
            let known = best[side].entry(one).or_insert([(usize::MAX, f64::NEG_INFINITY); 2]);
            if score > known[0].1 {
                known[1] = known[0];
                known[0] = (other, score);
            } else if score > known[1].1 {
                known[1] = (other, score);
            }
        }
    }
    scored
        .iter()
        .filter_map(|&(base, new, score)| {
            let (of_base, of_new) = (best[0][&base], best[1][&new]);
            let clear = |all: [(usize, f64); 2]| all[0].1 - all[1].1 >= margin;
            (of_base[0].0 == new && of_new[0].0 == base && clear(of_base) && clear(of_new)).then(
                || {
                    let next = Some(of_base[1]).filter(|(other, _)| *other != usize::MAX);
                    let rival = of_base[1].1.max(of_new[1].1);
                    Best { base, new, score, next, rival }
                },
            )
        })
        .collect()
}

/// Pairs what is called and calls alike; says whether there was any.
pub(super) fn pair(state: &mut State<'_, '_>) -> bool {
    let candidates = candidates(state);
    let scored: Vec<(usize, usize, f64)> = acquainted(&candidates)
        .into_iter()
        .filter(|(.., agreement)| agreement.anchors >= ANCHORS && agreement.own > 0)
        .map(|(base, new, agreement)| (base, new, agreement.jaccard))
        .collect();
    let before = state.links.len();
    for Best { base, new, score, next, rival } in mutual_best(&scored, MARGIN) {
        let (base, of_base) = &candidates[0][base];
        let (new, of_new) = &candidates[1][new];
        let Agreement { anchors, callers, shared, .. } = agreement(of_base, of_new);
        let nobody_elses = rival < RIVAL * score && callers >= ENOUGH && shared >= SHARED;
        if score < ENOUGH && !nobody_elses {
            continue;
        }
        let certain = (score - ENOUGH).max(0.0) / (1.0 - ENOUGH);
        state.pair(Link {
            base: *base,
            new: *new,
            rule: Rule::Context,
            confidence: if score < ENOUGH { 0.6 } else { 0.7 + 0.25 * certain },
            evidence: format!("{anchors} callers and callees in common agree by {score:.2}"),
            runner_up: next.map(|(position, score)| (candidates[1][position].0, score)),
        });
    }
    state.links.len() > before
}
