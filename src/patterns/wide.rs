//! Wide flat bars.

use std::collections::BTreeMap;

use crate::model::{Handle, Profile, SortFew as _, StringId};

use super::tree::CallTree;
use super::{Kind, Options, Pattern, Work};

/// A function with less of its total for itself passes its time on to others.
const FLAT: f64 = 0.5;

/// Functions that do much and most of it themselves, with the path on which they do most.
pub(super) fn find(
    profile: &Profile,
    tree: &CallTree,
    work: &[Work],
    options: &Options,
) -> Vec<Pattern> {
    struct Sum {
        own: u64,
        total: u64,
        /// The node with most of its own.
        widest: usize,
    }
    let mut sums: BTreeMap<StringId, Sum> = BTreeMap::new();
    for (index, node) in tree.nodes().iter().enumerate() {
        let sum = sums.entry(node.name).or_insert(Sum { own: 0, total: 0, widest: index });
        sum.own += node.own;
        // Recursion is folded, so no path counts twice.
        sum.total += node.total;
        if node.own > tree.nodes()[sum.widest].own {
            sum.widest = index;
        }
    }
    let work = |sum: &Sum| {
        let function = tree.nodes()[sum.widest].function;
        work.get(function.index()).copied().unwrap_or(Work::Own)
    };
    let mut found: Vec<Pattern> = sums
        .into_values()
        // What serves others is told as such.
        .filter(|sum| matches!(work(sum), Work::Own | Work::Library))
        .filter(|sum| !profile.strings.get(tree.nodes()[sum.widest].name).starts_with('['))
        .filter(|sum| {
            tree.share(sum.own) >= options.wide && sum.own as f64 >= FLAT * sum.total as f64
        })
        .map(|sum| Pattern {
            kind: Kind::Wide { own: tree.share(sum.own), work: work(&sum) },
            share: tree.share(sum.total),
            path: tree.path(sum.widest, profile),
        })
        .collect();
    found.sort_few_by(|a, b| own(b).total_cmp(&own(a)).then_with(|| a.path.cmp(&b.path)));
    found
}

fn own(pattern: &Pattern) -> f64 {
    match pattern.kind {
        Kind::Wide { own, .. } => own,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{profile, wide_of};

    #[test]
    fn a_function_that_works_itself_is_a_bar_and_one_that_passes_on_is_none() {
        // `a` has 40 of 100 for itself and 9 below it; `b` passes nearly all on to `c`.
        let profile = profile(&[
            ("main a", 40),
            ("main a x", 9),
            ("main b", 5),
            ("main b c", 36),
            ("main", 10),
        ]);
        assert_eq!(wide_of(&profile), ["main a: 40 of 49", "main b c: 36 of 36"]);
    }

    #[test]
    fn services_and_what_has_no_name_are_no_bars() {
        let profile = profile(&[("main malloc", 40), ("main [loop]", 30), ("main std::sort", 30)]);
        assert_eq!(wide_of(&profile), ["main std::sort: 30 of 30"]);
    }

    #[test]
    fn one_function_on_several_paths_is_one_bar_and_shown_where_it_is_widest() {
        let profile = profile(&[("main a f", 4), ("main b f", 7), ("main", 80), ("main b", 9)]);
        assert_eq!(wide_of(&profile), ["main: 80 of 100", "main b f: 11 of 11"]);
    }
}
