//! Functions of both sides.

use std::sync::Arc;

use crate::diff::comparison::{Costs, FunctionDiff, Matched, Verdict};
use crate::diff::options::Options;
use crate::model::{Handle, Profile, StringId};

use super::evidence::{Design, Finding, Thing, is_one_sided, judge};
use super::join::Joined;
use super::sides::Sides;
use super::spelling::matched;

/// All functions that the benchmark's samples pass through, on either side, with the label of each;
/// largest change of self cost first, or of self share without costs.
pub(super) fn functions(
    profiles: [Option<&Profile>; 2],
    joined: &Joined<'_>,
    sides: &Sides,
    design: Option<&Design>,
    options: &Options,
) -> (Vec<FunctionDiff>, Vec<usize>) {
    let labels: Vec<usize> = (0..joined.len())
        .filter(|&label| sides.function(label).iter().any(Option::is_some))
        .collect();
    let costs: Vec<[Option<Costs>; 2]> =
        labels.iter().map(|&label| sides.function(label)).collect();
    let evidence = design.map(|design| judged(&labels, &costs, sides, design, options));
    let sources = Sources::new(profiles, joined);
    let function = |position: usize| {
        let (label, [base, new]) = (labels[position], costs[position]);
        let finding = evidence.as_ref().map(|evidence| evidence[position]);
        let delta = finding.filter(|_| sides.has_costs());
        let (file, line) = sources.place(label);
        FunctionDiff {
            name: joined.names.shared(joined.texts[label]),
            krate: joined.rust[label].then(|| joined.crates.name(label)),
            module: joined.rust[label].then(|| joined.modules.name(label)),
            file,
            line,
            base,
            new,
            delta_self: delta.map(|(own, ..)| own.delta),
            delta_total: delta.map(|(_, total, _)| total.delta),
            interval_self: delta.map(|(own, ..)| own.interval),
            interval_total: delta.map(|(_, total, _)| total.interval),
            estimate_self: delta.and_then(|(own, ..)| own.estimate),
            estimate_total: delta.and_then(|(_, total, _)| total.estimate),
            verdict: finding.map_or(Verdict::Inconclusive, |(.., verdict)| verdict),
            verdict_total: match (finding, base, new) {
                (Some((_, total, _)), Some(_), Some(_)) => total.verdict,
                (Some((.., verdict)), ..) => verdict,
                (None, ..) => Verdict::Inconclusive,
            },
            matched: match (base, new, joined.pairs.get(&label)) {
                (Some(_), Some(_), Some(pair)) => Matched {
                    rule: Some(pair.rule),
                    confidence: pair.confidence,
                    from: Some(pair.base.clone()),
                },
                (Some(_), Some(_), None) => {
                    matched(|| sources.names(label, 0), || sources.names(label, 1))
                }
                _ => Matched::none(),
            },
            refactor: None,
            moved: None,
            same_code: false,
        }
    };
    // What is sorted is small: places, and not the functions themselves.
    let sizes: Vec<f64> = (0..labels.len())
        .map(|position| {
            let share = |costs: Option<Costs>| costs.map_or(0.0, |costs| costs.self_share);
            let finding = evidence.as_ref().filter(|_| sides.has_costs());
            let [base, new] = costs[position];
            finding.map_or(share(new) - share(base), |all| all[position].0.delta).abs()
        })
        .collect();
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| {
        let name = |position: usize| joined.name(labels[position]);
        sizes[b].total_cmp(&sizes[a]).then_with(|| name(a).cmp(name(b)))
    });
    let functions = order.iter().map(|&position| function(position)).collect();
    (functions, order.into_iter().map(|position| labels[position]).collect())
}

/// Findings of self and total cost, and the verdict.
fn judged(
    labels: &[usize],
    costs: &[[Option<Costs>; 2]],
    sides: &Sides,
    design: &Design,
    options: &Options,
) -> Vec<(Finding, Finding, Verdict)> {
    let series = |pick: fn(&super::weigh::Both) -> &Vec<f64>| -> Vec<Thing> {
        labels.iter().map(|&label| sides.thing(label, |side| pick(&side.costs))).collect()
    };
    let (own, total) = (series(|both| &both.selfs), series(|both| &both.totals));
    let share = |costs: &[Option<Costs>; 2], pick: fn(&Costs) -> f64| {
        costs.iter().flatten().map(pick).sum::<f64>()
    };
    let is_alone = |costs: &[Option<Costs>; 2]| costs.iter().any(Option::is_none);
    // The pooled share says nothing of which side has more of it, so that choosing by it leaves
    // the tests fair. Of a function on one side only the pooled share is half of that side's.
    let tested_self: Vec<bool> =
        costs.iter().map(|c| share(c, |c| c.self_share) / 2.0 >= options.function_share).collect();
    let tested_total: Vec<bool> = costs
        .iter()
        .map(|c| {
            let share = share(c, |c| c.total_share);
            is_alone(c) && share >= options.function_share || share / 2.0 >= options.function_share
        })
        .collect();
    let own_findings = judge(design, &own, &tested_self, options);
    let total_findings = judge(design, &total, &tested_total, options);
    (0..labels.len())
        .map(|at| {
            let verdict = match costs[at] {
                [Some(_), Some(_)] => own_findings[at].verdict,
                [base, _] if total_findings[at].significant && is_one_sided(design, &total[at]) => {
                    if base.is_some() {
                        Verdict::Vanished
                    } else {
                        Verdict::New
                    }
                }
                _ => Verdict::Inconclusive,
            };
            (own_findings[at], total_findings[at], verdict)
        })
        .collect()
}

/// No function.
const NONE: u32 = u32::MAX;

/// Where functions come from.
struct Sources<'a> {
    profiles: [Option<&'a Profile>; 2],
    /// The first function of each label, by side; [`NONE`] where there is none.
    first: [Vec<u32>; 2],
    /// The next function of the same label, by side and function.
    next: [Vec<u32>; 2],
    /// File and smallest line of each label, by side.
    places: [Vec<Option<(StringId, u32)>>; 2],
}

impl<'a> Sources<'a> {
    fn new(profiles: [Option<&'a Profile>; 2], joined: &Joined<'_>) -> Self {
        let labels = joined.len();
        let mut sources = Self {
            profiles,
            first: [vec![NONE; labels], vec![NONE; labels]],
            next: profiles.map(|side| vec![NONE; side.map_or(0, |side| side.functions.len())]),
            places: [vec![None; labels], vec![None; labels]],
        };
        for (side, profile) in profiles.into_iter().enumerate() {
            let Some(profile) = profile else { continue };
            for (index, function) in profile.functions.iter().enumerate().rev() {
                let label = joined.labels[side][index].index();
                let next = std::mem::replace(&mut sources.first[side][label], index as u32);
                sources.next[side][index] = next;
                if let Some(file) = function.file {
                    sources.places[side][label] = Some((file, 0));
                }
            }
            for frame in &profile.frames {
                let function = frame.function.index();
                let label = joined.labels[side][function].index();
                if let Some((file, line)) = &mut sources.places[side][label]
                    && profile.functions[function].file == Some(*file)
                    && frame.line > 0
                    && (*line == 0 || frame.line < *line)
                {
                    *line = frame.line;
                }
            }
        }
        sources
    }

    /// File and first line seen in it; of the new side, where it is there.
    fn place(&self, label: usize) -> (Option<Arc<str>>, Option<u32>) {
        for side in [1, 0] {
            if let (Some(profile), Some((file, line))) =
                (self.profiles[side], self.places[side][label])
            {
                return (Some(profile.strings.shared(file)), (line > 0).then_some(line));
            }
        }
        (None, None)
    }

    /// The names in the symbol table of the functions with a label, by side.
    fn names(&self, label: usize, side: usize) -> impl Iterator<Item = &'a str> {
        let index = |index: u32| (index != NONE).then_some(index);
        let first = index(self.first[side][label]);
        let all = std::iter::successors(first, move |&at| index(self.next[side][at as usize]));
        let profile = self.profiles[side];
        all.filter_map(move |at| {
            let profile = profile?;
            Some(profile.strings.get(profile.functions[at as usize].system_name))
        })
    }
}
