//! Paths that are hot on either side.

use crate::diff::comparison::{Costs, PathDiff, Verdict};
use crate::diff::options::Options;
use crate::model::{Handle, SortFew as _};

use super::evidence::{Design, Thing, judge};
use super::join::Joined;
use super::merge::{Merged, ROOT};
use super::sides::Sides;
use super::weigh::NodeShares;

/// A caller whose callee has this much of its weight is left to the callee, so that a chain of
/// calls is listed once, at its deepest point.
const CHAIN: f64 = 0.9;

/// A path with less than this part of the threshold is as good as absent.
const ABSENT: f64 = 0.1;

/// The nodes at the end of hot paths: of a total share of at least `hot_share` on a side where no
/// single child carries [`CHAIN`] of it.
pub(super) fn select(merged: &Merged, shares: &[NodeShares; 2], options: &Options) -> Vec<u32> {
    let mut selected = vec![false; merged.parents.len()];
    for side in shares {
        if side.totals.is_empty() {
            continue;
        }
        let mut largest = vec![0.0_f64; merged.parents.len()];
        for (node, &parent) in merged.parents.iter().enumerate() {
            if parent != ROOT {
                let child = &mut largest[parent as usize];
                *child = child.max(side.totals[node]);
            }
        }
        for (node, &total) in side.totals.iter().enumerate() {
            if total >= options.hot_share && largest[node] < CHAIN * total {
                selected[node] = true;
            }
        }
    }
    (0..merged.parents.len() as u32).filter(|&node| selected[node as usize]).collect()
}

/// What became of the selected paths, hottest first. A path is new when it is hot now and had
/// less than a tenth of the threshold before, by more than chance; vanished the other way round.
pub(super) fn paths(
    selected: &[u32],
    joined: &Joined<'_>,
    merged: &Merged,
    sides: &Sides,
    design: Option<&Design>,
    options: &Options,
) -> Vec<PathDiff> {
    let findings = design.map(|design| {
        let things: Vec<Thing> =
            (0..selected.len()).map(|at| sides.thing(at, |side| &side.paths.totals)).collect();
        judge(design, &things, &vec![true; things.len()], options)
    });
    let mut paths: Vec<PathDiff> = selected
        .iter()
        .enumerate()
        .map(|(position, &node)| {
            let [base, new] = sides.path(node as usize, position);
            let share = |costs: Option<Costs>| costs.map_or(0.0, |costs| costs.total_share);
            let is_new =
                |from: f64, to: f64| to >= options.hot_share && from < ABSENT * options.hot_share;
            let verdict = match findings.as_ref().map(|findings| findings[position]) {
                Some(finding) if finding.significant && is_new(share(base), share(new)) => {
                    Verdict::New
                }
                Some(finding) if finding.significant && is_new(share(new), share(base)) => {
                    Verdict::Vanished
                }
                Some(finding) if base.is_some() && new.is_some() => finding.verdict,
                _ => Verdict::Inconclusive,
            };
            PathDiff { path: names(node, joined, merged), base, new, verdict }
        })
        .collect();
    let heat = |path: &PathDiff| {
        [path.base, path.new].iter().flatten().map(|costs| costs.total_share).fold(0.0, f64::max)
    };
    paths.sort_few_by(|a, b| heat(b).total_cmp(&heat(a)).then_with(|| a.path.cmp(&b.path)));
    paths
}

fn names(node: u32, joined: &Joined<'_>, merged: &Merged) -> Vec<String> {
    let up = |&node: &u32| Some(merged.parents[node as usize]).filter(|&parent| parent != ROOT);
    let mut names: Vec<String> = std::iter::successors(Some(node), up)
        .map(|node| joined.name(merged.labels[node as usize].index()).to_owned())
        .collect();
    names.reverse();
    names
}
