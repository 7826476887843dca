//! Crates and modules.

use crate::diff::comparison::{Costs, GroupDiff, GroupKind, Verdict};
use crate::diff::options::Options;

use super::evidence::{Design, Thing, judge};
use super::join::{Groups, Joined};
use super::sides::Sides;
use super::weigh::{GroupTotals, Weighed};

/// Crates, then modules; of each kind the largest change of self cost first, or of self share.
/// Code that is not Rust's goes by its image in both.
pub(super) fn groups(
    joined: &Joined<'_>,
    sides: &Sides,
    design: Option<&Design>,
    options: &Options,
) -> Vec<GroupDiff> {
    let mut groups =
        of_kind(GroupKind::Crate, &joined.crates, |w| &w.crates, sides, design, options);
    groups.extend(of_kind(
        GroupKind::Module,
        &joined.modules,
        |w| &w.modules,
        sides,
        design,
        options,
    ));
    groups
}

fn of_kind(
    kind: GroupKind,
    grouping: &Groups<'_>,
    totals: fn(&Weighed) -> &GroupTotals,
    sides: &Sides,
    design: Option<&Design>,
    options: &Options,
) -> Vec<GroupDiff> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); grouping.names.len()];
    for (label, &group) in grouping.of.iter().enumerate() {
        members[group as usize].push(label);
    }
    let there: Vec<(usize, [Option<Costs>; 2])> = members
        .iter()
        .enumerate()
        .map(|(group, members)| (group, sides.group(group, members, totals)))
        .filter(|(_, costs)| costs.iter().any(Option::is_some))
        .collect();
    let findings = design.map(|design| {
        let things: Vec<Thing> =
            there.iter().map(|(group, _)| sides.sum(&members[*group])).collect();
        let tested: Vec<bool> = there
            .iter()
            .map(|(_, costs)| {
                let share: f64 = costs.iter().flatten().map(|c| c.self_share).sum();
                share / 2.0 >= options.function_share
            })
            .collect();
        judge(design, &things, &tested, options)
    });
    let mut groups: Vec<GroupDiff> = there
        .iter()
        .enumerate()
        .map(|(position, &(group, [base, new]))| {
            let finding = findings.as_ref().map(|findings| findings[position]);
            let delta = finding.filter(|_| sides.has_costs());
            let verdict = match (finding, base, new) {
                (Some(finding), Some(_), Some(_)) => finding.verdict,
                (Some(finding), None, _) if finding.significant => Verdict::New,
                (Some(finding), _, None) if finding.significant => Verdict::Vanished,
                _ => Verdict::Inconclusive,
            };
            GroupDiff {
                kind,
                name: grouping.names[group].to_string(),
                base,
                new,
                delta_self: delta.map(|finding| finding.delta),
                interval_self: delta.map(|finding| finding.interval),
                verdict,
            }
        })
        .collect();
    let size = |group: &GroupDiff| {
        let share = |costs: Option<Costs>| costs.map_or(0.0, |costs| costs.self_share);
        group.delta_self.unwrap_or(share(group.new) - share(group.base)).abs()
    };
    groups.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.name.cmp(&b.name)));
    groups
}
