//! Allocations, copies and locks inside hot paths.

use std::collections::BTreeMap;

use crate::model::{Handle, Profile, SortFew as _};

use super::tree::CallTree;
use super::{Kind, Options, Pattern, Work};

/// How many places of each kind are told.
const PLACES: usize = 5;

/// What functions of the program's own have done for them, where that is much and they are hot.
/// What libraries do on the way counts for whoever called them.
pub(super) fn find(
    profile: &Profile,
    tree: &CallTree,
    work: &[Work],
    options: &Options,
) -> Vec<Pattern> {
    let nodes = tree.nodes();
    let work = |node: usize| work.get(nodes[node].function.index()).copied().unwrap_or(Work::Own);
    let mut found = Vec::new();
    for kind in [Work::Allocation, Work::Copying, Work::Locks] {
        // By the caller's node: weight, and the entry with most of it.
        let mut places: BTreeMap<usize, (u64, usize)> = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            let is_entry =
                work(index) == kind && !tree.up(index).skip(1).any(|caller| work(caller) == kind);
            if !is_entry || node.total == 0 {
                continue;
            }
            // Without any function of its own above, it is nobody's place.
            let Some(caller) = tree.up(index).skip(1).find(|&at| work(at) == Work::Own) else {
                continue;
            };
            let (weight, most) = places.entry(caller).or_insert((0, index));
            *weight += node.total;
            if node.total > nodes[*most].total {
                *most = index;
            }
        }
        let mut places: Vec<(usize, (u64, usize))> = places
            .into_iter()
            .filter(|&(caller, (weight, _))| {
                tree.share(weight) >= options.service
                    && tree.share(nodes[caller].total) >= options.hot
            })
            .collect();
        places.sort_few_by_key(|&(caller, (weight, _))| (std::cmp::Reverse(weight), caller));
        found.extend(places.into_iter().take(PLACES).map(|(caller, (weight, most))| Pattern {
            kind: Kind::Service {
                work: kind,
                called: profile.strings.get(nodes[most].name).to_owned(),
            },
            share: tree.share(weight),
            path: tree.path(caller, profile),
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, profile};
    use super::*;

    fn services(samples: &[(&str, u64)]) -> Vec<String> {
        found(&profile(samples), |kind| matches!(kind, Kind::Service { .. }))
            .into_iter()
            .map(|pattern| {
                let Kind::Service { work, called } = &pattern.kind else { unreachable!() };
                let share = (pattern.share * 100.0).round();
                format!("{work:?} {called} {share} % in {}", pattern.path.join(" "))
            })
            .collect()
    }

    #[test]
    fn the_library_allocates_for_its_caller() {
        let all = services(&[
            ("main parse std::push malloc", 8),
            ("main parse std::push malloc malloc_int", 2),
            ("main parse free", 3),
            ("main parse", 27),
            ("main write lock", 6),
            ("main write memcpy", 1),
            ("main write", 53),
        ]);
        assert_eq!(all, ["Allocation malloc 13 % in main parse", "Locks lock 6 % in main write"]);
    }

    #[test]
    fn what_is_not_hot_or_nobodys_is_not_told() {
        assert!(services(&[("main cold malloc", 3), ("main", 97)]).is_empty());
        assert!(services(&[("std::start malloc", 30), ("main", 70)]).is_empty());
    }
}
