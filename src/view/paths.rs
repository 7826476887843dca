//! Call paths that became hot, or ceased to be.

use std::collections::HashMap;

use crate::diff::{Costs, DiffNode, FunctionDiff, PathDiff, ProfileDiff, Verdict};
use crate::model::{SortFew as _, StringId};

use super::diff::ViewOptions;
use super::functions::scale;
use super::quantity;

/// A longer path stands for its beginning when it keeps at least this part of its weight.
const KEPT: f64 = 0.5;

/// A path on one side only.
#[derive(Clone, Debug, PartialEq)]
pub struct PathRow {
    /// `new` or `vanished`.
    pub verdict: &'static str,
    /// Share of the benchmark on the side where it is.
    pub share: String,
    /// Cost per iteration there, with its unit; empty without costs.
    pub cost: String,
    /// Function names, outermost first.
    pub path: Vec<String>,
}

/// The rows to show, and how many were left out.
pub(super) fn rows(profile: &ProfileDiff, options: &ViewOptions) -> (Vec<PathRow>, usize) {
    let mut hot: Vec<(&PathDiff, Costs)> = profile
        .hot_paths
        .iter()
        .filter_map(|path| Some((path, side(path)?)))
        .filter(|(_, costs)| costs.total_share >= options.hot_path)
        .collect();
    // Each function below a new one is new as well: one path says it all.
    let all = hot.clone();
    hot.retain(|(path, costs)| {
        !all.iter().any(|(longer, at_end)| {
            longer.verdict == path.verdict
                && longer.path.len() > path.path.len()
                && longer.path.starts_with(&path.path)
                && at_end.total_share >= KEPT * costs.total_share
        })
    });
    hot.sort_few_by(|(a, costs_a), (b, costs_b)| {
        costs_b.total_share.total_cmp(&costs_a.total_share).then_with(|| a.path.cmp(&b.path))
    });
    let shown = if options.all { hot.len() } else { hot.len().min(options.top) };
    let scale = scale(profile);
    let row = |(path, costs): &(&PathDiff, Costs)| PathRow {
        verdict: path.verdict.as_str(),
        share: quantity::share(costs.total_share),
        cost: costs
            .total_cost
            .map(|cost| format!("{} {}", scale.number(cost), scale.unit()))
            .unwrap_or_default(),
        path: path.path.clone(),
    };
    (hot[..shown].iter().map(row).collect(), hot.len() - shown)
}

/// The figures on the side where a new or vanished path is; `None` for paths of both sides.
fn side(path: &PathDiff) -> Option<Costs> {
    match path.verdict {
        Verdict::New => path.new,
        Verdict::Vanished => path.base,
        _ => None,
    }
}

/// For each function the path on which its own weight changed most, or is largest where it did not;
/// outermost first, itself last. Functions that are in no tree are left out.
pub(super) fn to_functions(profile: &ProfileDiff, functions: &[&FunctionDiff]) -> Vec<Vec<String>> {
    let tree = &profile.tree;
    let weight = |node: &DiffNode| {
        let [base, new] = node.selfs;
        ((new - base).abs(), base.max(new))
    };
    let mut best: HashMap<StringId, usize> = HashMap::new();
    for (index, node) in tree.nodes.iter().enumerate() {
        let known = best.entry(node.name).or_insert(index);
        // Of equal ones the first.
        if weight(node) > weight(&tree.nodes[*known]) {
            *known = index;
        }
    }
    let by_name: HashMap<&str, usize> =
        best.into_iter().map(|(name, index)| (tree.names.get(name), index)).collect();
    let path = |node: usize| {
        let up = |&node: &usize| tree.nodes[node].parent.map(|parent| parent as usize);
        let mut path: Vec<String> = std::iter::successors(Some(node), up)
            .map(|node| tree.names.get(tree.nodes[node].name).to_owned())
            .collect();
        path.reverse();
        path
    };
    functions.iter().filter_map(|f| by_name.get(&*f.name).map(|&node| path(node))).collect()
}
