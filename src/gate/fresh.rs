//! What is new: work that the base did not do, and allocations on hot paths.

use std::collections::{HashMap, HashSet};

use crate::config::{Direction, Measure};
use crate::diff::{
    BenchmarkDiff, Costs, DiffNode, DiffTree, FunctionDiff, PathDiff, ProfileDiff, Verdict,
};
use crate::model::{Pattern, StringId};
use crate::stats::sort_weighted;

use super::arms::Arms;
use super::comparability::{is_same_program, missing, refusal_of_shares};
use super::figure;
use super::part::{each, test_share};
use super::verdict::{Judged, Kind, Outcome};

/// What has less than this part of the threshold is as good as absent.
const ABSENT: f64 = 0.1;

/// A caller whose callee has this much of its new work is left to the callee.
const CHAIN: f64 = 0.9;

/// Share of the base from which on paths that both sides have tell how the sides compare.
const MOST: f64 = 0.5;

/// No path is hot that was not there.
pub(super) fn hot_path(benchmarks: &[Pattern], share: f64, arms: &Arms<'_>) -> Vec<Judged> {
    each((benchmarks, None), "new hot paths", arms, |mut judged, benchmark, profile| {
        (judged.target, judged.unit) = (Some(share), "share");
        if profile.base.is_none() {
            return judged.skipped("it has no profile in the base");
        }
        if let Some(reason) = refusal_of_shares(arms.comparison, benchmark) {
            return judged.skipped(reason);
        }
        if is_same_program(arms.comparison, benchmark) {
            judged.outcome = Outcome::Pass;
            judged.reason = "both sides are the same program".to_owned();
            return judged;
        }
        let (value, name) = hottest(profile, share).unwrap_or_default();
        let tested = test_share(value, share, Direction::AtMost, profile);
        tested.judge(&mut judged, |share| share, arms.options);
        judged.reason = name;
        judged
    })
}

/// The largest share of new work, and where it is: from which function to which.
///
/// Work is new on paths that had as good as nothing in the base, as far as those who do it do more
/// than before, on all paths together: what merely moved is not new. So a function that is put
/// between others has no new work but its own.
fn hottest(profile: &ProfileDiff, threshold: f64) -> Option<(f64, String)> {
    let tree = &profile.tree;
    let sum = |side: usize| tree.nodes.iter().map(|node| node.selfs[side]).sum::<f64>();
    let whole = [sum(0), sum(1)];
    let was_there = |at: usize| tree.nodes[at].totals[0] >= ABSENT * threshold * whole[0];
    let new_part = new_parts(profile, was_there);
    // Children follow their parents, so that going backwards each has all of its own.
    let mut fresh = vec![0.0; tree.nodes.len()];
    let mut largest_child: Vec<Option<usize>> = vec![None; tree.nodes.len()];
    for (at, node) in tree.nodes.iter().enumerate().rev() {
        if was_there(at) {
            fresh[at] = 0.0;
            continue;
        }
        fresh[at] += node.selfs[1] * new_part[at];
        if let Some(parent) = node.parent.map(|parent| parent as usize) {
            fresh[parent] += fresh[at];
            if largest_child[parent].is_none_or(|other| fresh[at] > fresh[other]) {
                largest_child[parent] = Some(at);
            }
        }
    }
    let top = (0..fresh.len()).max_by(|&a, &b| fresh[a].total_cmp(&fresh[b]).then(b.cmp(&a)))?;
    if fresh[top] <= 0.0 {
        return None;
    }
    let name = |at: usize| tree.names.get(tree.nodes[at].name);
    let known: HashSet<&str> =
        (0..tree.nodes.len()).filter(|&at| was_there(at)).map(name).collect();
    let mut at = top;
    // What a new function calls that was there before says less than the function itself.
    let carries =
        |at: usize, child: usize| fresh[child] >= CHAIN * fresh[at] && !known.contains(name(child));
    while let Some(child) = largest_child[at].filter(|&child| carries(at, child)) {
        at = child;
    }
    let path =
        if at == top { name(top).to_owned() } else { format!("{} → {}", name(top), name(at)) };
    Some((fresh[top] / whole[1], path))
}

/// The nodes that do the work of each node: itself, or, for helpers of the standard library, who
/// calls them. Those are inlined, or not, by the compiler's mood.
fn owners(tree: &DiffTree, functions: &HashMap<&str, &FunctionDiff>) -> Vec<usize> {
    let mut owners: Vec<usize> = Vec::with_capacity(tree.nodes.len());
    for (at, node) in tree.nodes.iter().enumerate() {
        let function = functions.get(tree.names.get(node.name));
        let krate = function.and_then(|function| function.krate.as_deref());
        let is_helper = matches!(krate, Some("core" | "alloc" | "std"));
        let caller = node.parent.filter(|_| is_helper).map(|parent| owners[parent as usize]);
        owners.push(caller.unwrap_or(at));
    }
    owners
}

/// How the sides compare: a machine in another state, or all of it a smaller share. It is the
/// weighted median over the paths that both have, where these are most of the base: half of the
/// work may grow or go without being taken for the machine.
fn scale(nodes: &[DiffNode], owners: &[usize]) -> f64 {
    let mut selfs = vec![[0.0; 2]; nodes.len()];
    for (node, &owner) in nodes.iter().zip(owners) {
        (0..2).for_each(|side| selfs[owner][side] += node.selfs[side]);
    }
    let whole: f64 = selfs.iter().map(|own| own[0]).sum();
    let is_on_both = |node: &DiffNode| node.totals.iter().all(|total| *total > 0.0);
    let both = nodes.iter().zip(&selfs).filter(|(node, own)| is_on_both(node) && own[0] > 0.0);
    let mut ratios: Vec<(f64, f64)> = both.map(|(_, own)| (own[1] / own[0], own[0])).collect();
    sort_weighted(&mut ratios);
    let weight: f64 = ratios.iter().map(|(_, weight)| weight).sum();
    let mut below = 0.0;
    let median = ratios.iter().find(|(_, weight_of)| {
        below += weight_of;
        below >= weight / 2.0
    });
    median.filter(|_| weight > MOST * whole).map_or(1.0, |(ratio, _)| *ratio)
}

/// Who does work: a function by its name, or those that were split, merged, extracted or inlined,
/// together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Doer {
    Function(StringId),
    Refactor(usize),
}

/// For each node the part of its own work that is new, if its path is.
fn new_parts(profile: &ProfileDiff, was_there: impl Fn(usize) -> bool) -> Vec<f64> {
    let tree = &profile.tree;
    let functions: HashMap<&str, &FunctionDiff> =
        profile.functions.iter().map(|function| (&*function.name, function)).collect();
    let owners = owners(tree, &functions);
    let scale = scale(&tree.nodes, &owners);
    let doer = |at: usize| {
        let name = tree.nodes[owners[at]].name;
        let function = functions.get(tree.names.get(name));
        let refactor = function.and_then(|function| function.refactor);
        refactor.map_or(Doer::Function(name), Doer::Refactor)
    };
    // What each does more than before, and what it does on new paths.
    let mut work: HashMap<Doer, [f64; 2]> = HashMap::new();
    for (at, node) in tree.nodes.iter().enumerate() {
        let [more, on_new_paths] = work.entry(doer(at)).or_default();
        *more += node.selfs[1] - scale * node.selfs[0];
        *on_new_paths += if was_there(at) { 0.0 } else { node.selfs[1] };
    }
    let part = |at: usize| match work[&doer(at)] {
        [more, on_new_paths] if more > 0.0 && on_new_paths > 0.0 => (more / on_new_paths).min(1.0),
        _ => 0.0,
    };
    (0..tree.nodes.len()).map(part).collect()
}

/// No hot path allocates more than it did.
pub(super) fn allocations(benchmarks: &[Pattern], most: f64, arms: &Arms<'_>) -> Vec<Judged> {
    let found = arms.benchmarks(benchmarks);
    let subject = "new allocations in hot paths";
    let one = |benchmark: &BenchmarkDiff| {
        let mut judged = Judged::new(Kind::Part, Some(&benchmark.id), subject.to_owned());
        judged.target = Some(most);
        let count = figure::count(benchmark, &Measure::Allocations);
        let counted = count.filter(|count| count.base.is_some() && count.new.is_some());
        let Some(profile) = counted.and_then(|count| count.profile.as_ref()) else {
            let reason = "no allocations were counted in both captures".to_owned();
            return missing(judged, benchmark, benchmarks, reason);
        };
        let own = |costs: Option<Costs>| costs.and_then(|costs| costs.self_cost).unwrap_or(0.0);
        // What a function allocated on another path has moved.
        let more: HashMap<&str, f64> = profile
            .functions
            .iter()
            .map(|function| (&*function.name, own(function.new) - own(function.base)))
            .collect();
        let rise = |path: &PathDiff| {
            let of_function = path.path.last().and_then(|name| more.get(&**name));
            (own(path.new) - own(path.base)).min(of_function.copied().unwrap_or(f64::INFINITY))
        };
        let worst = profile.hot_paths.iter().max_by(|a, b| rise(a).total_cmp(&rise(b)));
        let value = worst.map_or(0.0, rise);
        judged.measured = Some(value);
        // What runs of one side differ by is no change.
        if value > most && worst.is_some_and(|path| path.verdict != Verdict::Inconclusive) {
            return judged
                .failed(worst.and_then(|path| path.path.last().cloned()).unwrap_or_default());
        }
        judged.outcome = if value > most { Outcome::Inconclusive } else { Outcome::Pass };
        judged
    };
    found.into_iter().map(one).collect()
}
