//! Weights of one side on the merged tree: of nodes, and run by run of functions and paths.

use crate::model::{Handle, Profile, Scope};

use super::cost::Runs;
use super::join::{Groups, Joined};
use super::merge::{Merged, Outermost, ROOT};

/// The share of the benchmark's weight that each node has, all runs together.
#[derive(Debug, Default)]
pub(super) struct NodeShares {
    pub(super) selfs: Vec<f64>,
    pub(super) totals: Vec<f64>,
}

/// Self and total of many things.
#[derive(Clone, Debug, Default)]
pub(super) struct Both {
    pub(super) selfs: Vec<f64>,
    pub(super) totals: Vec<f64>,
}

impl Both {
    fn zeros(len: usize) -> Self {
        Self { selfs: vec![0.0; len], totals: vec![0.0; len] }
    }
}

/// One side's figures.
#[derive(Debug, Default)]
pub(super) struct Weighed {
    /// Its runs.
    pub(super) runs: Runs,
    /// Shares of functions by label, all runs together.
    pub(super) shares: Both,
    /// Costs of functions, `label · runs + run`.
    pub(super) costs: Both,
    /// Total shares and mean total costs of crates; shares for both where costs are not known.
    pub(super) crates: GroupTotals,
    /// Total shares and mean total costs of modules.
    pub(super) modules: GroupTotals,
    /// Total shares and mean total costs of categories.
    pub(super) categories: GroupTotals,
    /// Self and total costs of selected nodes, `selected · runs + run`.
    pub(super) paths: Both,
    /// Weights of the tree's nodes: mean costs, or shares where costs are not known.
    pub(super) tree: Both,
}

/// Totals of groups: a sample counts once for each group that is on its stack.
#[derive(Debug, Default)]
pub(super) struct GroupTotals {
    pub(super) shares: Vec<f64>,
    pub(super) costs: Vec<f64>,
}

/// Shares of nodes.
pub(super) fn node_shares(
    profile: &Profile,
    runs: &Runs,
    merged: &Merged,
    node_of: &[u32],
) -> NodeShares {
    let mut selfs = vec![0.0; merged.parents.len()];
    let weight = runs.weight();
    let scale = if weight > 0.0 { 1.0 / weight } else { 0.0 };
    for sample in profile.samples.iter().filter(|sample| runs.has(sample)) {
        selfs[node_of[sample.stack.index()] as usize] += sample.weight as f64 * scale;
    }
    let mut totals = selfs.clone();
    accumulate(&merged.parents, &mut totals);
    NodeShares { selfs, totals }
}

/// Turns selfs into totals: parents precede their children.
fn accumulate(parents: &[u32], values: &mut [f64]) {
    for node in (0..parents.len()).rev() {
        if parents[node] != ROOT {
            values[parents[node] as usize] += values[node];
        }
    }
}

/// Weighs one side. `selected` are nodes to be weighed run by run.
pub(super) fn weigh(
    profile: &Profile,
    side: usize,
    runs: Runs,
    has_costs: bool,
    (joined, merged, outermost): (&Joined<'_>, &Merged, &[Outermost]),
    shares: &NodeShares,
    selected: &[u32],
) -> Weighed {
    let count = runs.len();
    let labels = joined.len();
    let node_of = &merged.node_of[side];
    let mut weighed = Weighed {
        shares: Both::zeros(labels),
        costs: Both::zeros(labels * count),
        crates: GroupTotals::zeros(&joined.crates),
        modules: GroupTotals::zeros(&joined.modules),
        categories: GroupTotals::zeros(&joined.categories),
        paths: Both::zeros(selected.len() * count),
        ..Weighed::default()
    };
    add_shares(&mut weighed, (joined, merged, outermost), shares);
    let factors = runs.factors();
    let mut tree = if has_costs { vec![0.0; merged.parents.len()] } else { Vec::new() };
    let mut values = vec![0.0; merged.parents.len()];
    for (run, samples) in by_run(profile, &runs).iter().enumerate() {
        // Mean costs are sums of `factors`; the cost in one run is as many times as much.
        let factor = factors[run] * count as f64;
        for &index in samples {
            let sample = &profile.samples[index as usize];
            let node = node_of[sample.stack.index()] as usize;
            let cost = sample.weight as f64 * factor;
            values[node] += cost;
            weighed.costs.selfs[merged.labels[node].index() * count + run] += cost;
            if has_costs {
                tree[node] += sample.weight as f64 * factors[run];
            }
        }
        for (position, &node) in selected.iter().enumerate() {
            weighed.paths.selfs[position * count + run] = values[node as usize];
        }
        let mut rest = selected;
        // Parents precede their children: a value is total when its node is reached. Each is
        // cleared for the next run on the way.
        for node in (0..values.len()).rev() {
            let value = std::mem::take(&mut values[node]);
            if let Some((&last, others)) = rest.split_last()
                && last as usize == node
            {
                weighed.paths.totals[others.len() * count + run] = value;
                rest = others;
            }
            if value == 0.0 {
                continue;
            }
            if merged.parents[node] != ROOT {
                values[merged.parents[node] as usize] += value;
            }
            if outermost[node].function {
                weighed.costs.totals[merged.labels[node].index() * count + run] += value;
            }
        }
    }
    weighed.tree = if has_costs {
        let mut totals = tree.clone();
        accumulate(&merged.parents, &mut totals);
        Both { selfs: tree, totals }
    } else {
        Both { selfs: shares.selfs.clone(), totals: shares.totals.clone() }
    };
    add_group_costs(&mut weighed, (joined, merged, outermost));
    weighed.runs = runs;
    weighed
}

fn add_shares(
    weighed: &mut Weighed,
    (joined, merged, outermost): (&Joined<'_>, &Merged, &[Outermost]),
    shares: &NodeShares,
) {
    for (node, label) in merged.labels.iter().map(|label| label.index()).enumerate() {
        if shares.totals[node] == 0.0 {
            continue;
        }
        let Outermost { function, krate, module, category } = outermost[node];
        weighed.shares.selfs[label] += shares.selfs[node];
        if function {
            weighed.shares.totals[label] += shares.totals[node];
        }
        if krate {
            weighed.crates.shares[joined.crates.of[label] as usize] += shares.totals[node];
        }
        if module {
            weighed.modules.shares[joined.modules.of[label] as usize] += shares.totals[node];
        }
        if category {
            weighed.categories.shares[joined.categories.of[label] as usize] += shares.totals[node];
        }
    }
}

fn add_group_costs(
    weighed: &mut Weighed,
    (joined, merged, outermost): (&Joined<'_>, &Merged, &[Outermost]),
) {
    for (node, &cost) in weighed.tree.totals.iter().enumerate() {
        let Outermost { krate, module, category, .. } = outermost[node];
        if cost == 0.0 || !(krate || module || category) {
            continue;
        }
        let label = merged.labels[node].index();
        if krate {
            weighed.crates.costs[joined.crates.of[label] as usize] += cost;
        }
        if module {
            weighed.modules.costs[joined.modules.of[label] as usize] += cost;
        }
        if category {
            weighed.categories.costs[joined.categories.of[label] as usize] += cost;
        }
    }
}

impl GroupTotals {
    fn zeros(groups: &Groups) -> Self {
        Self { shares: vec![0.0; groups.names.len()], costs: vec![0.0; groups.names.len()] }
    }
}

/// The benchmark's samples of each run that is kept.
fn by_run(profile: &Profile, runs: &Runs) -> Vec<Vec<u32>> {
    let mut samples: Vec<Vec<u32>> = vec![Vec::new(); runs.len()];
    for (index, sample) in profile.samples.iter().enumerate() {
        if sample.scope == Scope::Benchmark
            && let Some(run) = runs.position[sample.run as usize]
        {
            samples[run].push(index as u32);
        }
    }
    samples
}
