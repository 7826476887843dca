//! Crates, modules and categories.

use crate::diff::comparison::{Costs, GroupDiff, GroupKind, Verdict};
use crate::diff::options::Options;

use super::evidence::{Design, Thing, judge};
use super::join::{Groups, Joined};
use super::sides::Sides;
use super::weigh::{GroupTotals, Weighed};

/// A group with its members' labels and its figures.
struct Group<'a> {
    kind: GroupKind,
    name: &'a str,
    members: Vec<usize>,
    costs: [Option<Costs>; 2],
}

/// Crates, then modules, then categories; of each kind the largest change of self cost first, or of
/// self share. Code that is not Rust's goes by its image. All kinds are tested together: they are views of one
/// thing, and an equal program is to get one false alarm in twenty from all of them.
pub(super) fn groups(
    joined: &Joined<'_>,
    sides: &Sides,
    design: Option<&Design>,
    options: &Options,
) -> Vec<GroupDiff> {
    let mut groups = of_kind(GroupKind::Crate, &joined.crates, |w| &w.crates, sides);
    let crates = groups.len();
    groups.extend(of_kind(GroupKind::Module, &joined.modules, |w| &w.modules, sides));
    let modules = groups.len();
    let categories = of_kind(GroupKind::Category, &joined.categories, |w| &w.categories, sides);
    // What is in none is no category.
    groups.extend(categories.into_iter().filter(|group| !group.name.is_empty()));
    let findings = design.map(|design| {
        let things: Vec<Thing> = groups.iter().map(|group| sides.sum(&group.members)).collect();
        let is_tested = |group: &Group<'_>| {
            let share: f64 = group.costs.iter().flatten().map(|costs| costs.self_share).sum();
            share / 2.0 >= options.function_share
        };
        let tested: Vec<bool> = groups.iter().map(is_tested).collect();
        judge(design, &things, &tested, options)
    });
    let mut diffs: Vec<GroupDiff> = groups
        .iter()
        .enumerate()
        .map(|(position, group)| {
            let finding = findings.as_ref().map(|findings| findings[position]);
            let delta = finding.filter(|_| sides.has_costs());
            GroupDiff {
                kind: group.kind,
                name: group.name.to_owned(),
                base: group.costs[0],
                new: group.costs[1],
                delta_self: delta.map(|finding| finding.delta),
                interval_self: delta.map(|finding| finding.interval),
                estimate_self: delta.and_then(|finding| finding.estimate),
                verdict: match (finding, group.costs) {
                    (Some(finding), [Some(_), Some(_)]) => finding.verdict,
                    (Some(finding), [None, _]) if finding.significant => Verdict::New,
                    (Some(finding), [_, None]) if finding.significant => Verdict::Vanished,
                    _ => Verdict::Inconclusive,
                },
            }
        })
        .collect();
    let size = |group: &GroupDiff| {
        let share = |costs: Option<Costs>| costs.map_or(0.0, |costs| costs.self_share);
        group.delta_self.unwrap_or(share(group.new) - share(group.base)).abs()
    };
    let order = |a: &GroupDiff, b: &GroupDiff| {
        size(b).total_cmp(&size(a)).then_with(|| a.name.cmp(&b.name))
    };
    diffs[..crates].sort_by(order);
    diffs[crates..modules].sort_by(order);
    diffs[modules..].sort_by(order);
    diffs
}

/// The groups of one kind that have weight on either side.
fn of_kind<'a>(
    kind: GroupKind,
    grouping: &'a Groups,
    totals: fn(&Weighed) -> &GroupTotals,
    sides: &Sides,
) -> Vec<Group<'a>> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); grouping.names.len()];
    for (label, &group) in grouping.of.iter().enumerate() {
        members[group as usize].push(label);
    }
    members
        .into_iter()
        .enumerate()
        .map(|(group, members)| {
            let costs = sides.group(group, &members, totals);
            Group { kind, name: &grouping.names[group], members, costs }
        })
        .filter(|group| group.costs.iter().any(Option::is_some))
        .collect()
}
