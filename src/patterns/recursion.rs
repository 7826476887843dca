//! Functions that call themselves.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Handle, Profile, Scope, SortFew as _, StackId, StringId};

use super::tree::CallTree;
use super::{Kind, Options, Pattern, Work};

/// What is known of one function's recursion.
#[derive(Default)]
struct Sum {
    weight: u64,
    /// Nesting times weight.
    nested: f64,
    deepest: usize,
    /// Weight by the path from one call to the next.
    cycles: HashMap<Vec<StringId>, u64>,
    /// Weight by the node of the outermost call.
    nodes: HashMap<usize, u64>,
}

/// Recursion of the program's own functions in which a hot share of the weight is spent. A stack on
/// which several functions recur counts for the outermost of them: the others are called by it.
/// Names of a library's generic functions stand for all their instances, of which one calls
/// another without any recursion; and who uses a library does not mend its own.
pub(super) fn find(
    profile: &Profile,
    tree: &CallTree,
    work: &[Work],
    options: &Options,
) -> Vec<Pattern> {
    let mut sums: BTreeMap<StringId, Sum> = BTreeMap::new();
    let mut names: Vec<StringId> = Vec::new();
    let mut stacks: Vec<StackId> = Vec::new();
    let mut last: HashMap<StringId, usize> = HashMap::new();
    for sample in profile.samples.iter().filter(|sample| sample.scope == Scope::Benchmark) {
        stacks.clear();
        let up = |stack: &StackId| profile.stacks.get(*stack).parent;
        stacks.extend(std::iter::successors(Some(sample.stack), up));
        stacks.reverse();
        names.clear();
        names.extend(
            stacks.iter().map(|&stack| profile.functions[profile.function_of(stack).index()].name),
        );
        last.clear();
        last.extend(names.iter().enumerate().map(|(at, &name)| (name, at)));
        let is_own = |at: usize| {
            let function = profile.function_of(stacks[at]);
            work.get(function.index()).is_none_or(|work| *work == Work::Own)
        };
        let outer = (0..names.len()).find(|&at| last[&names[at]] > at && is_own(at));
        let Some(outer) = outer else { continue };
        let name = names[outer];
        let nesting = names.iter().filter(|&&other| other == name).count();
        let next = outer + 1 + names[outer + 1..].iter().take_while(|&&n| n != name).count();
        let sum = sums.entry(name).or_default();
        sum.weight += sample.weight;
        sum.nested += nesting as f64 * sample.weight as f64;
        sum.deepest = sum.deepest.max(nesting);
        *sum.cycles.entry(names[outer..next].to_vec()).or_default() += sample.weight;
        *sum.nodes.entry(tree.node_of(stacks[outer])).or_default() += sample.weight;
    }
    let mut found: Vec<Pattern> = sums
        .into_values()
        .filter(|sum| sum.weight > 0 && tree.share(sum.weight) >= options.hot)
        .map(|sum| {
            // Of equal ones the first, whatever the table's order.
            let most = |a: &u64, b: &u64| a.cmp(b);
            let cycle = sum.cycles.iter().max_by(|a, b| most(a.1, b.1).then(b.0.cmp(a.0)));
            let node = sum.nodes.iter().max_by(|a, b| most(a.1, b.1).then(b.0.cmp(a.0)));
            let cycle = cycle.map_or(&[][..], |(cycle, _)| cycle);
            Pattern {
                kind: Kind::Recursion {
                    deepest: sum.deepest,
                    mean: sum.nested / sum.weight as f64,
                    cycle: cycle.iter().map(|&n| profile.strings.get(n).to_owned()).collect(),
                },
                share: tree.share(sum.weight),
                path: node.map_or(Vec::new(), |(&node, _)| tree.path(node, profile)),
            }
        })
        .collect();
    found.sort_few_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.path.cmp(&b.path)));
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, profile};
    use super::*;

    #[test]
    fn direct_recursion_with_its_depth() {
        let profile =
            profile(&[("main f f f", 30), ("main f f", 10), ("main f", 20), ("main", 40)]);
        let all = found(&profile, |kind| matches!(kind, Kind::Recursion { .. }));
        let [pattern] = &all[..] else { panic!("{all:?}") };
        let Kind::Recursion { deepest, mean, cycle } = &pattern.kind else { panic!() };
        assert_eq!((*deepest, *mean), (3, 2.75));
        assert_eq!(cycle, &["f"]);
        assert_eq!(pattern.share, 0.4);
        assert_eq!(pattern.path, ["main", "f"]);
    }

    #[test]
    fn a_circle_counts_for_its_outermost_function_only() {
        let profile = profile(&[("main eval apply eval apply eval leaf", 60), ("main x", 40)]);
        let all = found(&profile, |kind| matches!(kind, Kind::Recursion { .. }));
        let [pattern] = &all[..] else { panic!("{all:?}") };
        let Kind::Recursion { deepest, cycle, .. } = &pattern.kind else { panic!() };
        assert_eq!((*deepest, pattern.share), (3, 0.6));
        assert_eq!(cycle, &["eval", "apply"]);
    }

    #[test]
    fn a_librarys_recursion_is_its_own_business() {
        let profile = profile(&[("main std::drop std::drop f std::call f", 50), ("main", 50)]);
        let all = found(&profile, |kind| matches!(kind, Kind::Recursion { .. }));
        let [pattern] = &all[..] else { panic!("{all:?}") };
        assert_eq!(pattern.path, ["main", "std::drop", "f"]);
    }

    #[test]
    fn a_little_recursion_is_none() {
        let profile = profile(&[("main f f", 4), ("main", 96)]);
        assert!(found(&profile, |kind| matches!(kind, Kind::Recursion { .. })).is_empty());
    }
}
