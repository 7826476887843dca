//! What is new: work that the base did not do, and allocations on hot paths.

use std::collections::{HashMap, HashSet};

use crate::config::{Direction, Measure};
use crate::diff::{BenchmarkDiff, Costs, PathDiff, ProfileDiff, Verdict};
use crate::model::Pattern;

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
/// Work is new on paths that had as good as nothing in the base, but for what functions did on other
/// paths before and do no more: that has moved. So a function that is put between others has no new
/// work but its own.
fn hottest(profile: &ProfileDiff, threshold: f64) -> Option<(f64, String)> {
    let tree = &profile.tree;
    let absent = ABSENT * threshold;
    let mut whole = [0.0; 2];
    for node in tree.nodes.iter().filter(|node| node.parent.is_none()) {
        (0..2).for_each(|side| whole[side] += node.totals[side]);
    }
    let total = |costs: Option<Costs>| match (costs, profile.unit) {
        (Some(costs), Some(_)) => costs.total_cost.unwrap_or(0.0),
        (Some(costs), None) => costs.total_share,
        (None, _) => 0.0,
    };
    // A machine in another state, or all of it a smaller share: told by the paths that both have,
    // where these are most of the base.
    let both = tree.nodes.iter().filter(|node| node.totals.iter().all(|total| *total > 0.0));
    let selfs = both.fold([0.0; 2], |sum, node| [sum[0] + node.selfs[0], sum[1] + node.selfs[1]]);
    let scale = if selfs[0] > MOST * whole[0] { selfs[1] / selfs[0] } else { 1.0 };
    // What functions do less of on the paths that there were, and so may do elsewhere now.
    let mut moved: HashMap<&str, f64> = HashMap::new();
    for node in &tree.nodes {
        let less = (scale * node.totals[0] - node.totals[1]).max(0.0);
        *moved.entry(tree.names.get(node.name)).or_default() += less;
    }
    // What several functions do themselves, together, is new as far as it is more.
    let mut most: HashMap<&str, f64> = HashMap::new();
    let mut was_there: HashSet<&str> = HashSet::new();
    for function in &profile.functions {
        if let Some(refactor) = function.refactor.and_then(|at| profile.refactors.get(at)) {
            most.insert(&function.name, (refactor.new_cost - refactor.base_cost).max(0.0));
        }
        if total(function.base) >= absent * whole[0] {
            was_there.insert(&function.name);
        }
    }
    let name = |at: usize| tree.names.get(tree.nodes[at].name);
    let of_std: HashSet<&str> = profile
        .functions
        .iter()
        .filter(|function| matches!(function.krate.as_deref(), Some("core" | "alloc" | "std")))
        .map(|function| &*function.name)
        .collect();
    // Children follow their parents, so that going backwards each has all of its own.
    let mut fresh = vec![0.0; tree.nodes.len()];
    let mut largest_child: Vec<Option<usize>> = vec![None; tree.nodes.len()];
    for (at, node) in tree.nodes.iter().enumerate().rev() {
        if node.totals[0] >= absent * whole[0] {
            fresh[at] = 0.0;
        } else if was_there.contains(name(at)) {
            let moved = moved.get(name(at)).copied().unwrap_or(0.0);
            fresh[at] = (node.totals[1] - moved).max(0.0);
        } else {
            fresh[at] += node.selfs[1].min(most.get(name(at)).copied().unwrap_or(f64::INFINITY));
        }
        if let Some(parent) = node.parent.map(|parent| parent as usize) {
            let caller = &tree.nodes[parent];
            if of_std.contains(name(at)) && caller.totals[0] >= absent * whole[0] {
                // Helpers of the standard library that are inlined come and go with the compiler's
                // mood: they are new as far as there is more of who calls them.
                fresh[at] = fresh[at].min((caller.totals[1] - scale * caller.totals[0]).max(0.0));
            }
            fresh[parent] += fresh[at];
            let other = largest_child[parent].map_or(0.0, |child| fresh[child]);
            if fresh[at] > other {
                largest_child[parent] = Some(at);
            }
        }
    }
    let top = (0..fresh.len()).max_by(|&a, &b| fresh[a].total_cmp(&fresh[b]).then(b.cmp(&a)))?;
    let mut at = top;
    // What a new function calls that was there before says less than the function itself.
    let carries = |at: usize, child: usize| {
        fresh[child] >= CHAIN * fresh[at] && !was_there.contains(name(child))
    };
    while let Some(child) = largest_child[at].filter(|&child| carries(at, child)) {
        at = child;
    }
    let path =
        if at == top { name(top).to_owned() } else { format!("{} → {}", name(top), name(at)) };
    (fresh[top] > 0.0).then(|| (fresh[top] / whole[1], path))
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
