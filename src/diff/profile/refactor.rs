//! What a refactor makes of verdicts: costs that only changed places, and code that is the same.
//!
//! Nothing here changes a figure. A function whose own cost changed while that of a part of the
//! program that it belongs to did not has *moved* it; functions that were split, merged, extracted
//! or inlined are judged together.

use std::collections::BTreeSet;

use crate::diff::comparison::{Domain, FunctionDiff, Moved, PathDiff, RefactorDiff, Verdict};
use crate::diff::options::Options;
use crate::matching::{Group, Matching};
use crate::model::{Body, FastMap, Handle, Profile, SortFew as _};

use super::evidence::{Design, Finding, Thing, judge};
use super::join::Joined;
use super::merge::{Merged, ROOT};
use super::sides::Sides;

/// A part of the program did not change where it changed by less than this part of what one of
/// its functions did.
const SETTLED: f64 = 0.3;

/// What a function lost others have to have gained, and the other way round: this part of it at
/// least, in functions whose change is beyond chance. Noise alone would do for the rest.
const COMPENSATED: f64 = 0.5;

/// A path that is new or gone is neither when the function at its end has this part of the path's
/// weight elsewhere on the other side.
const ELSEWHERE: f64 = 0.5;

/// A function on one side only is a mere step on the way when functions with counterparts have
/// this part of its weight.
const COVERED: f64 = 0.8;

/// Callees with less than this share of the benchmark come and go by chance.
const NOTABLE_CALLEE: f64 = 0.005;

/// Everything that is known when functions were judged one by one.
pub(super) struct Judged<'a> {
    pub(super) profiles: [Option<&'a Profile>; 2],
    pub(super) joined: &'a Joined<'a>,
    pub(super) merged: &'a Merged,
    pub(super) sides: &'a Sides,
    pub(super) design: Option<&'a Design>,
    pub(super) options: &'a Options,
    pub(super) matching: &'a Matching,
    /// The label of each function, by its position.
    pub(super) labels: &'a [usize],
}

/// One part of the program that may explain a function's change.
struct Part {
    domain: Domain,
    name: String,
    thing: Thing,
    /// What it holds of the functions that changed, as positions.
    holds: Vec<usize>,
}

impl Judged<'_> {
    /// Settles the verdicts of functions and paths; gives what was put together, and the share of
    /// each side that has no counterpart at all.
    pub(super) fn settle(
        &self,
        functions: &mut [FunctionDiff],
        paths: &mut [PathDiff],
    ) -> (Vec<RefactorDiff>, [f64; 2]) {
        let (groups, members) = self.groups();
        let of_label: FastMap<usize, usize> = members
            .iter()
            .enumerate()
            .flat_map(|(index, labels)| labels.iter().map(move |&label| (label, index)))
            .collect();
        for (function, label) in functions.iter_mut().zip(self.labels) {
            function.refactor = of_label.get(label).copied();
        }
        let is_exact = self.design.is_some_and(Design::is_exact);
        if !is_exact {
            self.steps_between(functions);
        }
        if let Some(design) = self.design {
            self.net(design, functions, &groups, &members);
        }
        // Code that is the same and executes more instructions runs more often: that is no matter
        // of layout.
        if !is_exact {
            self.same_code(functions);
        }
        elsewhere(functions, paths);
        let mut unmatched = [0.0; 2];
        for function in functions.iter().filter(|f| f.refactor.is_none()) {
            let (side, costs) = match (function.base, function.new) {
                (Some(base), None) => (0, base),
                (None, Some(new)) => (1, new),
                _ => continue,
            };
            if costs.total_share >= self.options.function_share {
                unmatched[side] += costs.self_share;
            }
        }
        (groups, unmatched)
    }

    /// A function that came between others, or is no longer there, is not new cost nor less.
    fn steps_between(&self, functions: &mut [FunctionDiff]) {
        let is_alone = |f: &FunctionDiff| matches!(f.verdict, Verdict::New | Verdict::Vanished);
        let mut alone: FastMap<usize, (usize, f64)> = functions
            .iter()
            .enumerate()
            .filter(|(_, function)| is_alone(function))
            .map(|(at, _)| (self.labels[at], (at, 0.0)))
            .collect();
        if alone.is_empty() {
            return;
        }
        let mut known: FastMap<usize, ()> = FastMap::default();
        for (function, &label) in functions.iter().zip(self.labels) {
            let library =
                matches!(function.krate.as_deref(), None | Some("core" | "alloc" | "std"));
            if function.base.is_some() && function.new.is_some() && !library {
                known.insert(label, ());
            }
        }
        for (node, label) in self.merged.labels.iter().enumerate() {
            if !known.contains_key(&label.index()) {
                continue;
            }
            let mut caller = self.merged.parents[node];
            while caller != ROOT {
                let of_caller = self.merged.labels[caller as usize].index();
                if known.contains_key(&of_caller) {
                    break;
                }
                if let Some((at, covered)) = alone.get_mut(&of_caller) {
                    let side = usize::from(functions[*at].base.is_none());
                    *covered += self.sides.shares[side].totals.get(node).copied().unwrap_or(0.0);
                }
                caller = self.merged.parents[caller as usize];
            }
        }
        for (at, covered) in alone.into_values() {
            let function = &mut functions[at];
            let costs = function.base.or(function.new);
            if costs.is_some_and(|costs| covered >= COVERED * costs.total_share) {
                function.verdict = Verdict::Inconclusive;
            }
        }
    }

    /// The groups with their figures and the labels of their members, the largest change first.
    fn groups(&self) -> (Vec<RefactorDiff>, Vec<Vec<usize>>) {
        if self.matching.groups.is_empty() {
            return Default::default();
        }
        let labels: FastMap<&str, usize> =
            self.labels.iter().map(|&label| (self.joined.name(label), label)).collect();
        let members: Vec<Vec<usize>> = self
            .matching
            .groups
            .iter()
            .map(|group| {
                let Group { base, new, with, .. } = group;
                let names = base.iter().chain(new).chain(with);
                names.filter_map(|name| labels.get(&**name).copied()).collect()
            })
            .collect();
        let things: Vec<Thing> = members.iter().map(|members| self.sides.sum(members)).collect();
        let findings =
            self.design.map(|d| judge(d, &things, &vec![true; things.len()], self.options));
        let mut groups: Vec<(RefactorDiff, Vec<usize>)> = self
            .matching
            .groups
            .iter()
            .enumerate()
            .map(|(index, group)| {
                let finding = findings.as_ref().map(|findings| findings[index]);
                let costs = finding.filter(|_| self.sides.has_costs());
                let diff = RefactorDiff {
                    kind: group.kind,
                    caller: group.caller.clone(),
                    base: group.base.clone(),
                    new: group.new.clone(),
                    with: group.with.clone(),
                    base_cost: things[index].mean[0],
                    new_cost: things[index].mean[1],
                    delta: costs.map(|finding| finding.delta),
                    interval: costs.map(|finding| finding.interval),
                    verdict: finding.map_or(Verdict::Inconclusive, |finding| finding.verdict),
                };
                (diff, members[index].clone())
            })
            .collect();
        let size = |group: &RefactorDiff| (group.new_cost - group.base_cost).abs();
        groups.sort_few_by(|(a, _), (b, _)| {
            size(b).total_cmp(&size(a)).then_with(|| (&a.base, &a.new).cmp(&(&b.base, &b.new)))
        });
        groups.into_iter().unzip()
    }

    /// Looks for a part of the program that did not change, for each function that did.
    fn net(
        &self,
        design: &Design,
        functions: &mut [FunctionDiff],
        groups: &[RefactorDiff],
        members: &[Vec<usize>],
    ) {
        let changed: Vec<usize> = (0..functions.len())
            .filter(|&at| {
                !matches!(functions[at].verdict, Verdict::Unchanged | Verdict::Inconclusive)
            })
            .collect();
        let of_changed: FastMap<usize, usize> =
            changed.iter().map(|&at| (self.labels[at], at)).collect();
        let callers = self.callers(&of_changed, functions);
        let below = self.below(&of_changed);
        let mut parts: Vec<Part> = Vec::new();
        let mut of_function: Vec<Vec<usize>> = Vec::with_capacity(changed.len());
        let mut known: FastMap<(u8, usize), usize> = FastMap::default();
        for &at in &changed {
            let function = &functions[at];
            let mut own = Vec::new();
            let mut add = |kind: u8, key: usize, part: &dyn Fn() -> Part| {
                let index = *known.entry((kind, key)).or_insert_with(|| {
                    parts.push(part());
                    parts.len() - 1
                });
                own.push(index);
            };
            if let Some(index) = function.refactor {
                add(0, index, &|| Part {
                    domain: Domain::Refactor,
                    name: groups[index].kind.as_str().to_owned(),
                    thing: self.sides.sum(&members[index]),
                    holds: Vec::new(),
                });
            }
            // What is on one side only has not moved, unless it is known to where.
            let label = self.labels[at];
            if function.base.is_some() && function.new.is_some() {
                // What it does itself with all that it calls, then its caller likewise.
                for caller in std::iter::once(label).chain(callers.get(&label).copied()) {
                    add(1, caller, &|| Part {
                        domain: Domain::Caller,
                        name: self.joined.name(caller).to_owned(),
                        thing: self.sides.thing(caller, |side| &side.costs.totals),
                        holds: below.get(&caller).cloned().unwrap_or_default(),
                    });
                }
                for (kind, domain, all) in [
                    (2, Domain::Module, &self.joined.modules),
                    (3, Domain::Crate, &self.joined.crates),
                ] {
                    if !self.joined.rust[label] {
                        continue;
                    }
                    let group = all.of[label];
                    add(kind, group as usize, &|| {
                        let members: Vec<usize> =
                            (0..all.of.len()).filter(|&l| all.of[l] == group).collect();
                        let in_it = |(label, _): &(&usize, &usize)| all.of[**label] == group;
                        Part {
                            domain,
                            name: all.names[group as usize].to_string(),
                            thing: self.sides.sum(&members),
                            holds: of_changed.iter().filter(in_it).map(|(_, &at)| at).collect(),
                        }
                    });
                }
            }
            of_function.push(own);
        }
        let things: Vec<Thing> = parts.iter().map(|part| part.thing).collect();
        let findings: Vec<Finding> =
            judge(design, &things, &vec![true; things.len()], self.options);
        let changes: Vec<f64> = functions
            .iter()
            .zip(self.labels)
            .map(|(function, &label)| change(function, self.sides, label))
            .collect();
        for (at, own) in changed.into_iter().zip(of_function) {
            let size = changes[at];
            let settled = own.into_iter().find(|&index| {
                let (part, finding) = (&parts[index], &findings[index]);
                let others = part.holds.iter().map(|&other| changes[other]);
                let against: f64 = others.filter(|other| other * size < 0.0).map(f64::abs).sum();
                let compensated =
                    part.domain == Domain::Refactor || against >= COMPENSATED * size.abs();
                !finding.significant && finding.delta.abs() <= SETTLED * size.abs() && compensated
            });
            let function = &mut functions[at];
            if let Some(part) = settled {
                function.moved = Some(Moved {
                    within: parts[part].domain,
                    name: parts[part].name.clone(),
                    delta: findings[part].delta,
                });
                function.verdict = match findings[part].verdict {
                    // Where it went to is known; that it changed was counted.
                    _ if design.is_exact() && parts[part].domain != Domain::Refactor => {
                        function.verdict
                    }
                    Verdict::Unchanged => Verdict::Unchanged,
                    _ => Verdict::Inconclusive,
                };
            } else if let Some(index) = function.refactor {
                // Of a caller that shrank what was extracted grew: the whole is slower, not it.
                let own = function.delta_self.unwrap_or(0.0);
                function.verdict = match groups[index].verdict {
                    Verdict::Slower if own <= 0.0 => Verdict::Inconclusive,
                    Verdict::Faster if own >= 0.0 => Verdict::Inconclusive,
                    verdict => verdict,
                };
            }
        }
    }

    /// For each label those that changed, as positions, that are somewhere below it.
    fn below(&self, of_changed: &FastMap<usize, usize>) -> FastMap<usize, Vec<usize>> {
        let mut below: FastMap<usize, BTreeSet<usize>> = FastMap::default();
        for (node, label) in self.merged.labels.iter().enumerate() {
            let Some(&at) = of_changed.get(&label.index()) else { continue };
            let mut caller = node as u32;
            while caller != ROOT {
                let of_caller = self.merged.labels[caller as usize].index();
                below.entry(of_caller).or_default().insert(at);
                caller = self.merged.parents[caller as usize];
            }
        }
        below.into_iter().map(|(label, all)| (label, all.into_iter().collect())).collect()
    }

    /// For each of the labels the nearest caller with a counterpart that most of it is below of.
    fn callers(
        &self,
        of: &FastMap<usize, usize>,
        functions: &[FunctionDiff],
    ) -> FastMap<usize, usize> {
        let alone: FastMap<&str, ()> = functions
            .iter()
            .filter(|f| f.base.is_none() || f.new.is_none())
            .map(|f| (&*f.name, ()))
            .collect();
        let mut votes: FastMap<(usize, usize), f64> = FastMap::default();
        for (node, label) in self.merged.labels.iter().enumerate() {
            let label = label.index();
            if !of.contains_key(&label) {
                continue;
            }
            let mut caller = self.merged.parents[node];
            while caller != ROOT {
                let of_caller = self.merged.labels[caller as usize].index();
                if of_caller != label && !alone.contains_key(self.joined.name(of_caller)) {
                    let weight: f64 = self
                        .sides
                        .shares
                        .iter()
                        .map(|shares| shares.totals.get(node).copied().unwrap_or(0.0))
                        .sum();
                    *votes.entry((label, of_caller)).or_default() += weight;
                    break;
                }
                caller = self.merged.parents[caller as usize];
            }
        }
        let mut votes: Vec<((usize, usize), f64)> = votes.into_iter().collect();
        let name = |label: usize| self.joined.name(label);
        // The heaviest last, so that it is kept; of equal ones by name.
        votes.sort_few_by(|a, b| a.1.total_cmp(&b.1).then_with(|| name(b.0.1).cmp(name(a.0.1))));
        votes.into_iter().map(|((label, caller), _)| (label, caller)).collect()
    }

    /// Marks functions that changed although their code and what they call is the same.
    fn same_code(&self, functions: &mut [FunctionDiff]) {
        let changed: FastMap<usize, usize> = functions
            .iter()
            .enumerate()
            .filter(|(_, f)| matches!(f.verdict, Verdict::Slower | Verdict::Faster))
            .filter(|(_, f)| f.matched.rule.is_some())
            .map(|(at, _)| (self.labels[at], at))
            .collect();
        if changed.is_empty() {
            return;
        }
        let mut bodies: FastMap<usize, [BTreeSet<Body>; 2]> = FastMap::default();
        for (side, profile) in self.profiles.iter().enumerate() {
            let Some(profile) = profile else { return };
            for (function, body) in &profile.bodies {
                let label = self.joined.labels[side][function.index()].index();
                if changed.contains_key(&label) {
                    bodies.entry(label).or_default()[side].insert(*body);
                }
            }
        }
        bodies.retain(|_, [base, new]| base == new);
        for (node, label) in self.merged.labels.iter().enumerate() {
            let Some(&parent) = self.merged.labels.get(self.merged.parents[node] as usize) else {
                continue;
            };
            let shares = self.sides.function(label.index());
            let missing = shares.iter().any(Option::is_none);
            let notable = shares.iter().flatten().any(|costs| costs.total_share >= NOTABLE_CALLEE);
            if missing && notable {
                bodies.remove(&parent.index());
            }
        }
        for label in bodies.keys() {
            functions[changed[label]].same_code = true;
        }
    }
}

/// How much a function changed: by itself, or as a whole when it is on one side only.
fn change(function: &FunctionDiff, sides: &Sides, label: usize) -> f64 {
    let alone = function.base.is_none() || function.new.is_none();
    let told = if alone { function.delta_total } else { function.delta_self };
    told.unwrap_or_else(|| {
        let shares = sides.function(label);
        let share = |side: usize| {
            shares[side].map_or(0.0, |c| if alone { c.total_share } else { c.self_share })
        };
        share(1) - share(0)
    })
}

/// Paths whose last function is on both sides, or has changed places, are neither new nor gone.
fn elsewhere(functions: &[FunctionDiff], paths: &mut [PathDiff]) {
    let is_alone = |path: &&mut PathDiff| matches!(path.verdict, Verdict::New | Verdict::Vanished);
    let mut alone: Vec<&mut PathDiff> = paths.iter_mut().filter(is_alone).collect();
    if alone.is_empty() {
        return;
    }
    let by_name: FastMap<&str, &FunctionDiff> =
        functions.iter().map(|function| (&*function.name, function)).collect();
    for path in &mut alone {
        let Some(function) = path.path.last().and_then(|name| by_name.get(&**name)) else {
            continue;
        };
        let (other, own) = match path.verdict {
            Verdict::New => (function.base, path.new),
            Verdict::Vanished => (function.new, path.base),
            _ => continue,
        };
        let (Some(own), share) = (own, other.map_or(0.0, |costs| costs.total_share)) else {
            continue;
        };
        let changed_places = function.moved.is_some() || function.refactor.is_some();
        if changed_places || share >= ELSEWHERE * own.total_share {
            path.verdict = Verdict::Inconclusive;
        }
    }
}
