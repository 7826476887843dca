//! Profiles of one benchmark.
//!
//! Functions are paired up by `matching`; all functions of a profile with one name are one. A cost is a share of a run times the time per iteration of that same run, averaged over
//! runs: times from elsewhere would let a slow run look like a slow function. (Of runs in pairs it
//! is the times of all of them that count, with those that were disturbed left out.) Costs of a side
//! therefore sum to its cost, and functions' changes to the change of cost. What is on one side
//! only is `None` on the other, never 0.

mod cost;
mod evidence;
mod functions;
mod groups;
mod hot;
mod join;
mod merge;
#[cfg(test)]
mod properties;
mod refactor;
mod residual;
mod sides;
#[cfg(test)]
mod simulation;
mod spelling;
mod weigh;

pub(super) use cost::Part;
pub(super) use evidence::{judge_counts, loss};

use crate::matching::{Matching, match_functions};
use crate::model::{Handle, Profile};
use crate::stats::Estimate;

use super::comparison::{Design as Diffs, ProfileDiff, ProfileSide, Verdict};
use super::options::Options;
use super::threads::together;
use super::timing::{Deviation, Location};
use super::tree::{DiffNode, DiffTree};
use cost::Runs;
use evidence::Design;
use join::{Joined, join};
use merge::{Merged, ROOT, merge, outermost, used};
use refactor::Judged;
use sides::Sides;
use weigh::{NodeShares, Weighed, node_shares, weigh};

/// How the two sides' sessions relate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sessions {
    /// Run i of both sides is a pair.
    InTurns,
    /// Each side has its own, which deviate; `None` when their times cannot be compared at all.
    Apart(Option<Deviation>),
}

/// What the timed runs say of the benchmark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timed {
    pub(super) verdict: Verdict,
    /// Where both sides' times lie.
    pub(super) locations: [Option<Location>; 2],
}

/// Compares profiles. Where times of the two sides cannot be compared there are shares only.
/// `None` when no side has a sample of the benchmark, or when the two count different things.
///
/// The benchmark's change of cost is that of the timing runs, wherever both sides have times:
/// nothing measured it with less disturbance. Functions explain the change that the profiled runs
/// saw, and `unexplained` is the difference of the two.
pub(super) fn compare(
    parts: [Option<Part<'_>>; 2],
    sessions: Sessions,
    timed: Option<Timed>,
    options: &Options,
) -> Option<ProfileDiff> {
    let size: usize = parts.iter().flatten().map(|part| part.profile.stacks.len()).sum();
    let is_large = size >= STACKS_FOR_THREADS;
    let [base, new] = both_sides(is_large, |side| {
        parts[side].map(|part| (cost::runs(&part), used(part.profile)))
    });
    let (base_runs, base_used) = base.unzip();
    let (new_runs, new_used) = new.unzip();
    let mut runs = [base_runs, new_runs];
    let used = [base_used, new_used].map(Option::unwrap_or_default);
    if let (Sessions::InTurns, [Some(base), Some(new)]) = (sessions, &mut runs) {
        cost::keep_pairs([base, new]);
    }
    // A profile in which no run saw the benchmark says nothing of it.
    let parts: [Option<Part<'_>>; 2] = [0, 1]
        .map(|side| parts[side].filter(|_| runs[side].as_ref().is_some_and(|runs| runs.len() > 0)));
    let weight = parts[1].or(parts[0])?.profile.weight;
    if parts.iter().flatten().any(|part| part.profile.weight != weight) {
        return None;
    }
    let iterations = parts.map(|part| part.and_then(|part| part.iterations));
    let is_exact = iterations.iter().zip(&parts).all(|(n, part)| n.is_some() || part.is_none());
    let (unit, observed) = fill(&parts, &mut runs, sessions);
    let profiles = parts.map(|part| part.map(|part| part.profile));
    let matching = matching(profiles, &runs, unit, options);
    let joined = join(profiles, &matching, &options.categories);
    let merged = merge(profiles, &used, &joined);
    let (outermost, (shares, selected)) = together(
        is_large,
        || outermost(&merged, &joined),
        || {
            let shares = shares(profiles, &runs, &merged);
            let selected = hot::select(&merged, &shares, options);
            (shares, selected)
        },
    );
    let weighed = both_sides(is_large, |side| {
        let (profile, runs) = (profiles[side]?, runs[side].clone()?);
        let tree = (&joined, &merged, &*outermost);
        Some(weigh(profile, side, runs, unit.is_some(), tree, &shares[side], &selected))
    });
    let mut sides = Sides { weighed, shares, unit };
    let design = sides.weighed[0]
        .as_ref()
        .zip(sides.weighed[1].as_ref())
        .map(|(base, new)| design([&base.runs, &new.runs], unit, sessions, timed, iterations));
    let (mut functions, labels) =
        functions::functions(profiles, &joined, &sides, design.as_ref(), options);
    let mut hot_paths = hot::paths(&selected, &joined, &merged, &sides, design.as_ref(), options);
    let mut groups = groups::groups(&joined, &sides, design.as_ref(), options);
    let (refactors, unmatched) = Judged {
        profiles,
        joined: &joined,
        merged: &merged,
        sides: &sides,
        design: design.as_ref(),
        options,
        matching: &matching,
        labels: &labels,
    }
    .settle(&mut functions, &mut hot_paths);
    let locations = timed.map(|timed| timed.locations).unwrap_or_default();
    let delta = delta(&locations, &sides);
    let explained: f64 = functions.iter().filter_map(|function| function.delta_self).sum();
    let unexplained = delta.map_or(0.0, |delta| delta - explained);
    let unexplained_interval = delta.and_then(|_| {
        let half = residual::half_width(&locations, &sides, observed, options)?;
        Some((unexplained - half, unexplained + half))
    });
    if contradicts(timed.map(|timed| timed.verdict), explained, unexplained_interval) {
        functions.iter_mut().for_each(|function| doubt(&mut function.verdict));
        functions.iter_mut().for_each(|function| doubt(&mut function.verdict_total));
        groups.iter_mut().for_each(|group| doubt(&mut group.verdict));
    }
    let figures = [0, 1].map(|side| {
        let part = parts[side]?;
        Some(figures(&part, sides.weighed[side].as_ref()?, sides.has_costs()))
    });
    let pairs = sides.weighed[1].as_ref().map_or(0, |side| side.runs.len());
    let tree = tree(joined, merged, &mut sides);
    let [base, new] = figures;
    Some(ProfileDiff {
        weight,
        unit,
        base,
        new,
        functions,
        hot_paths,
        groups,
        delta,
        unexplained,
        unexplained_interval,
        design: match sessions {
            Sessions::InTurns => Diffs::Paired { pairs },
            Sessions::Apart(_) => Diffs::Stored,
        },
        is_exact,
        tree,
        matching,
        refactors,
        unmatched,
    })
}

/// Pairs the functions of both sides; nothing where there is one side only.
fn matching(
    profiles: [Option<&Profile>; 2],
    runs: &[Option<Runs>; 2],
    unit: Option<&'static str>,
    options: &Options,
) -> Matching {
    let [Some(base), Some(new)] = profiles else {
        return Matching::default();
    };
    // Counted and nothing found: there is nothing to pair.
    if runs.iter().flatten().any(|runs| runs.weight() == 0.0) {
        return Matching::default();
    }
    let cost = |side: usize| {
        let runs = runs[side].as_ref().filter(|_| unit.is_some());
        runs.map_or(1.0, Runs::cost)
    };
    match_functions([base, new], [cost(0), cost(1)], &options.hints)
}

fn design(
    runs: [&Runs; 2],
    unit: Option<&str>,
    sessions: Sessions,
    timed: Option<Timed>,
    iterations: [Option<u64>; 2],
) -> Design {
    let deviation = match sessions {
        Sessions::Apart(deviation) => deviation.filter(|_| unit == Some("ns")),
        Sessions::InTurns => None,
    };
    let sigma = deviation.map_or(0.0, |deviation| deviation.sigma);
    let design = Design::new(runs, sigma, timed.map(|timed| timed.verdict));
    let design = match iterations {
        [Some(base), Some(new)] => design.counted([base, new]),
        _ => design,
    };
    if sessions == Sessions::InTurns { design.paired() } else { design }
}

/// Fills in the costs of both sides, in one unit or not at all; and the ratio that runs in pairs
/// show, where their costs were settled by it.
fn fill(
    parts: &[Option<Part<'_>>; 2],
    runs: &mut [Option<Runs>; 2],
    sessions: Sessions,
) -> (Option<&'static str>, Option<Estimate>) {
    let mut unit = None;
    let mut filled = runs.clone();
    let mut told = true;
    for side in 0..2 {
        if let (Some(part), Some(runs)) = (&parts[side], &mut filled[side]) {
            let Some(own) = cost::fill(part, runs) else { return (None, None) };
            if *unit.get_or_insert(own) != own {
                return (None, None);
            }
            told &= runs.shared.is_none();
        }
    }
    if unit == Some("ns") && sessions == Sessions::Apart(None) {
        return (None, None);
    }
    *runs = filled;
    let mut observed = None;
    if let (Sessions::InTurns, Some("ns"), true, [Some(base), Some(new)]) =
        (sessions, unit, told, runs)
    {
        observed = cost::settle([base, new], cost::middle(parts));
    }
    (unit, observed)
}

fn shares(
    profiles: [Option<&Profile>; 2],
    runs: &[Option<Runs>; 2],
    merged: &Merged,
) -> [NodeShares; 2] {
    [0, 1].map(|side| match (profiles[side], &runs[side]) {
        (Some(profile), Some(runs)) => node_shares(profile, runs, merged, &merged.node_of[side]),
        _ => NodeShares::default(),
    })
}

/// From this number of stacks on work is worth another thread.
const STACKS_FOR_THREADS: usize = 50_000;

/// What `work` makes of the base and of the new side.
fn both_sides<T: Send>(is_large: bool, work: impl Fn(usize) -> T + Sync) -> [T; 2] {
    let (base, new) = together(is_large, || work(0), || work(1));
    [base, new]
}

/// Whether the profiled runs saw a change that the timed runs rule out: then they caught the two
/// sides in different states (of the machine, of a program that has two speeds), and functions that
/// differ differ by that.
fn contradicts(timed: Option<Verdict>, explained: f64, unexplained: Option<(f64, f64)>) -> bool {
    let (Some((low, high)), Some(timed)) = (unexplained, timed) else { return false };
    match explained > 0.0 {
        true => high < 0.0 && timed != Verdict::Slower,
        false => low > 0.0 && timed != Verdict::Faster,
    }
}

fn doubt(verdict: &mut Verdict) {
    if matches!(verdict, Verdict::Slower | Verdict::Faster) {
        *verdict = Verdict::Inconclusive;
    }
}

/// The benchmark's change of cost, where both sides have costs.
fn delta(locations: &[Option<Location>; 2], sides: &Sides) -> Option<f64> {
    let unit = sides.unit?;
    let [Some(base), Some(new)] = &sides.weighed else {
        return None;
    };
    match locations {
        [Some(base), Some(new)] if unit == "ns" => Some(new.ln.exp() - base.ln.exp()),
        _ => Some(new.runs.cost() - base.runs.cost()),
    }
}

fn figures(part: &Part<'_>, weighed: &Weighed, has_costs: bool) -> ProfileSide {
    let health = part.summary.map(|summary| summary.health).unwrap_or_default();
    let share =
        |count: u64| if health.samples > 0 { count as f64 / health.samples as f64 } else { 0.0 };
    ProfileSide {
        samples: weighed.runs.counts.iter().sum::<f64>() as u64,
        runs: weighed.runs.len() as u32,
        frequency_hz: part.frequency_hz,
        unknown_share: share(health.unknown),
        truncated_share: share(health.truncated),
        lost: health.lost,
        cost: has_costs.then(|| weighed.runs.cost()),
    }
}

/// The merged tree with weights, moved out of the sides.
fn tree(joined: Joined<'_>, merged: Merged, sides: &mut Sides) -> DiffTree {
    let weights = sides.weighed.each_ref().map(|side| side.as_ref().map(|side| &side.tree));
    let at = |values: [Option<&Vec<f64>>; 2], node: usize| {
        values.map(|values| values.map_or(0.0, |values| values[node]))
    };
    let selfs = weights.map(|both| both.map(|both| &both.selfs));
    let totals = weights.map(|both| both.map(|both| &both.totals));
    let nodes = merged
        .parents
        .iter()
        .enumerate()
        .map(|(node, &parent)| DiffNode {
            parent: (parent != ROOT).then_some(parent),
            name: joined.texts[merged.labels[node].index()],
            selfs: at(selfs, node),
            totals: at(totals, node),
        })
        .collect();
    DiffTree { names: joined.names, nodes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_timed_runs_rule_out_is_no_change_of_functions() {
        let apart = Some((-99.0, -26.0));
        assert!(contradicts(Some(Verdict::Inconclusive), 58.0, apart));
        assert!(contradicts(Some(Verdict::Unchanged), -58.0, Some((26.0, 99.0))));
        // The timed runs say the same, or nothing, or the profiled ones saw less than there is.
        assert!(!contradicts(Some(Verdict::Slower), 58.0, apart));
        assert!(!contradicts(Some(Verdict::Inconclusive), 58.0, None));
        assert!(!contradicts(Some(Verdict::Inconclusive), 58.0, Some((-30.0, 5.0))));
        assert!(!contradicts(Some(Verdict::Inconclusive), -58.0, apart));
    }
}
