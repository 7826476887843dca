//! What is left over, put together by the function that it is called from.

use std::collections::BTreeMap;

use super::graph::NONE;
use super::state::State;

use crate::model::SortFew as _;

/// What became of a group's functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKind {
    /// One function became several.
    Split,
    /// Several functions became one.
    Merged,
    /// Functions were taken out of one that is still there.
    Extracted,
    /// Functions were put into one that was there before.
    Inlined,
    /// One function took another's place.
    Replaced,
    /// Several functions became several others.
    Regrouped,
}

impl GroupKind {
    /// Its name in reports and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Merged => "merged",
            Self::Extracted => "extracted",
            Self::Inlined => "inlined",
            Self::Replaced => "replaced",
            Self::Regrouped => "regrouped",
        }
    }
}

/// Functions without counterparts that together cost about the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What became of them.
    pub kind: GroupKind,
    /// The matched function that they are called from, by its name on the new side; `None` for
    /// outermost ones.
    pub caller: Option<String>,
    /// Those of the base, ordered.
    pub base: Vec<String>,
    /// Those of the new side, ordered.
    pub new: Vec<String>,
    /// The matched function that gave or took their work, by its name on the new side.
    pub with: Option<String>,
}

/// Costs that differ by no more than this factor are about the same.
const FACTOR: f64 = 2.0;

/// Of what was taken out of a function, or put into it, this part may be new or lost.
const SLACK: f64 = 0.5;

/// Groups of what has no counterpart, ordered by their callers' names.
pub(super) fn groups(state: &State<'_, '_>, costs: [f64; 2]) -> Vec<Group> {
    // By caller, as the base's node; outermost ones come last.
    let mut members: BTreeMap<u32, [Vec<u32>; 2]> = BTreeMap::new();
    for side in 0..2 {
        let anchors = state.graphs[side].anchors(state.profiles[side], &state.partner[side]);
        for node in state.free(side) {
            if !state.is_eligible(side, node) {
                continue;
            }
            let caller = anchors[node as usize];
            let caller = match side {
                1 if caller != NONE => state.partner[1][caller as usize].unwrap_or(NONE),
                _ => caller,
            };
            members.entry(caller).or_default()[side].push(node);
        }
    }
    // Whom the callers call, in terms of the base.
    let mut callees: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for side in 0..2 {
        let mut of = vec![false; state.partner[side].len()];
        for &caller in members.keys().filter(|&&caller| caller != NONE) {
            let node = if side == 0 { Some(caller) } else { state.partner[0][caller as usize] };
            if let Some(node) = node {
                of[node as usize] = true;
            }
        }
        for (caller, all) in state.graphs[side].callees(state.profiles[side], &of) {
            let in_base = |node: u32| match side {
                0 => Some(node),
                _ => state.partner[1][node as usize],
            };
            let Some(caller) = in_base(caller) else { continue };
            callees.entry(caller).or_default().extend(all.into_iter().filter_map(in_base));
        }
    }
    let context = Costs { state, costs, callees };
    let mut groups: Vec<Group> = members
        .into_iter()
        .filter_map(|(caller, members)| context.group(caller, &members))
        .collect();
    groups.sort_few_by(|a, b| (&a.caller, &a.base, &a.new).cmp(&(&b.caller, &b.base, &b.new)));
    groups
}

struct Costs<'s, 'g, 'a> {
    state: &'s State<'g, 'a>,
    costs: [f64; 2],
    /// Whom callers call, by nodes of the base.
    callees: BTreeMap<u32, Vec<u32>>,
}

impl Costs<'_, '_, '_> {
    fn own(&self, side: usize, node: u32) -> f64 {
        self.state.graphs[side].nodes[node as usize].selfs * self.costs[side]
    }

    /// How a matched function's own cost changed, by its node in the base.
    fn change(&self, base: u32) -> Option<f64> {
        let new = self.state.partner[0][base as usize]?;
        Some(self.own(1, new) - self.own(0, base))
    }

    fn group(&self, caller: u32, members: &[Vec<u32>; 2]) -> Option<Group> {
        let sum =
            |side: usize| -> f64 { members[side].iter().map(|&node| self.own(side, node)).sum() };
        let (gone, come) = (sum(0), sum(1));
        let larger = gone.max(come);
        // With nothing on one side there is nothing that it could be the same as.
        let about_the_same = gone.min(come) > 0.0 && larger <= FACTOR * gone.min(come);
        let (kind, with) = match (members[0].len(), members[1].len()) {
            (1, 1) if about_the_same => (GroupKind::Replaced, None),
            (1, _) if about_the_same => (GroupKind::Split, None),
            (_, 1) if about_the_same => (GroupKind::Merged, None),
            _ if about_the_same => (GroupKind::Regrouped, None),
            (of_base, of_new) => {
                let with = self.counterweight(caller, come - gone, larger)?;
                let kind = match (of_base, of_new) {
                    (0, _) => GroupKind::Extracted,
                    (_, 0) => GroupKind::Inlined,
                    _ => GroupKind::Regrouped,
                };
                (kind, Some(with))
            }
        };
        let names = |side: usize| -> Vec<String> {
            let name = |&node: &u32| self.state.graphs[side].nodes[node as usize].name.to_owned();
            let mut names: Vec<String> = members[side].iter().map(name).collect();
            names.sort_few();
            names
        };
        let name = |base: u32| -> Option<String> {
            let new = self.state.partner[0].get(base as usize).copied().flatten()?;
            Some(self.state.graphs[1].nodes[new as usize].name.to_owned())
        };
        Some(Group {
            kind,
            caller: name(caller),
            base: names(0),
            new: names(1),
            with: with.and_then(name),
        })
    }

    /// The caller, or another function that it calls, whose own cost changed by about as much the
    /// other way. Of several the one that comes nearest.
    fn counterweight(&self, caller: u32, change: f64, of: f64) -> Option<u32> {
        let candidates =
            std::iter::once(caller).chain(self.callees.get(&caller).into_iter().flatten().copied());
        let candidates = candidates.filter(|_| caller != NONE);
        let name = |node: u32| self.state.graphs[0].nodes[node as usize].name;
        candidates
            .filter_map(|candidate| {
                let rest = (self.change(candidate)? + change).abs();
                (rest <= SLACK * of && change != 0.0).then_some((candidate, rest))
            })
            .min_by(|a, b| a.1.total_cmp(&b.1).then_with(|| name(a.0).cmp(name(b.0))))
            .map(|(candidate, _)| candidate)
    }
}
