//! Many narrow bars.

use crate::model::{Profile, SortFew as _};

use super::tree::CallTree;
use super::{Kind, Options, Pattern};

/// A function below which it is looked for crumbs has at least this share: in less, everything is
/// small.
const LARGE: f64 = 0.2;

/// The function passes at least this part of its total on.
const PASSED_ON: f64 = 0.7;

/// Crumbs are at least as many as these.
const MANY: usize = 8;

/// No callee has more of the caller's total.
const SMALL: f64 = 0.15;

/// Functions with many callees, none of which is large. A callee below the narrowest that a
/// flamegraph shows does not count.
pub(super) fn find(profile: &Profile, tree: &CallTree, _: &Options) -> Vec<Pattern> {
    let nodes = tree.nodes();
    let seen = |node: usize| tree.share(nodes[node].total) >= 0.001;
    let mut callees = vec![0_usize; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        if let Some(parent) = node.parent
            && seen(index)
        {
            callees[parent] += 1;
        }
    }
    let mut found: Vec<(usize, Pattern)> = nodes
        .iter()
        .enumerate()
        .filter(|&(index, node)| {
            let total = node.total as f64;
            let passed_on = (node.total - node.own) as f64;
            tree.share(node.total) >= LARGE
                && passed_on >= PASSED_ON * total
                && callees[index] >= MANY
                && (node.heaviest_callee as f64) < SMALL * total
        })
        .map(|(index, node)| {
            let kind =
                Kind::Crumbs { callees: callees[index], largest: tree.share(node.heaviest_callee) };
            let path = tree.path(index, profile);
            (index, Pattern { kind, share: tree.share(node.total), path })
        })
        .collect();
    found.sort_few_by(|a, b| b.1.share.total_cmp(&a.1.share).then(a.0.cmp(&b.0)));
    found.into_iter().map(|(_, pattern)| pattern).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, profile};
    use super::*;

    #[test]
    fn many_small_callees_are_crumbs_and_a_large_one_among_them_is_not() {
        let names: Vec<String> = (0..10).map(|n| format!("main dispatch f{n}")).collect();
        let mut samples: Vec<(&str, u64)> = names.iter().map(|name| (&**name, 5)).collect();
        samples.extend([("main dispatch", 10), ("main other", 40)]);
        let all = found(&profile(&samples), |kind| matches!(kind, Kind::Crumbs { .. }));
        let [pattern] = &all[..] else { panic!("{all:?}") };
        assert_eq!(pattern.kind, Kind::Crumbs { callees: 10, largest: 0.05 });
        assert_eq!((pattern.share, &*pattern.path.join(" ")), (0.6, "main dispatch"));

        samples.push(("main dispatch big", 30));
        assert!(found(&profile(&samples), |kind| matches!(kind, Kind::Crumbs { .. })).is_empty());
    }
}
