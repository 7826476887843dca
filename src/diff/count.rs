//! Counts of both sides: instructions and allocations.
//!
//! Nothing is sampled, so there is nothing to test: every change is real, unless the runs of one
//! side differ among themselves. Functions go through the same comparison as those of sampled
//! profiles, allocations being charged to whoever asked for them. A kind is compared with the same
//! kind only.

#[cfg(test)]
mod properties;

use std::borrow::Cow;

use crate::model::{BenchmarkId, CountKind, CountSummary, Harness, Profile, Weight};

use super::arms::Arms;
use super::charge::charged;
use super::comparison::{CountDiff, CountSide, ResourceDiff, Verdict};
use super::options::Options;
use super::profile::{self, Part, Sessions};

/// Compares all that was counted of a benchmark on either side, measure by measure.
pub(super) fn compare(
    id: &BenchmarkId,
    arms: &Arms<'_>,
    harness: Harness,
    options: &Options,
) -> Vec<CountDiff> {
    let mut diffs = Vec::new();
    for kind in CountKind::all() {
        let summaries = arms.count_summaries(id, kind);
        if summaries.iter().all(Option::is_none) {
            continue;
        }
        let profiles = arms.counts(id, kind).map(|profile| match kind {
            CountKind::Instructions | CountKind::Event(_) => profile,
            CountKind::Allocations => profile.map(|profile| Cow::Owned(charged(&profile))),
        });
        for measure in kind.measures() {
            let profiles = profiles.each_ref().map(|profile| {
                let profile = profile.as_deref()?;
                Some(match profile.weight == measure {
                    true => Cow::Borrowed(profile),
                    false => Cow::Owned(profile.by_count(measure)),
                })
            });
            diffs.push(measured(measure, summaries, &profiles, harness, options));
        }
    }
    diffs
}

fn measured(
    measure: Weight,
    summaries: [Option<&CountSummary>; 2],
    profiles: &[Option<Cow<'_, Profile>>; 2],
    harness: Harness,
    options: &Options,
) -> CountDiff {
    let parts = [0, 1].map(|side| {
        Some(Part {
            profile: profiles[side].as_deref()?,
            summary: None,
            location: None,
            harness,
            frequency_hz: None,
            iterations: Some(summaries[side]?.iterations),
        })
    });
    let [base, new] = summaries.map(|summary| summary.map(|summary| side(summary, measure)));
    let (delta, verdict) = match (&base, &new) {
        (Some(base), Some(new)) => judge(base, new),
        (Some(_), None) => (None, Verdict::Vanished),
        _ => (None, Verdict::New),
    };
    let profile = profile::compare(parts, Sessions::Apart(None), None, options);
    CountDiff { measure, base, new, delta, verdict, profile }
}

fn side(summary: &CountSummary, measure: Weight) -> CountSide {
    let iterations = summary.iterations.max(1) as f64;
    let counts = summary.runs.iter().map(|run| run.of(measure) as f64 / iterations).collect();
    CountSide { counts, iterations: summary.iterations, is_repeatable: summary.is_repeatable }
}

/// By what both sides counted in all their runs, as their functions are judged.
fn judge(base: &CountSide, new: &CountSide) -> (Option<f64>, Verdict) {
    let (a, b) = (base.kept(), new.kept());
    let size = base.count().max(new.count());
    let loss = profile::loss([base.iterations, new.iterations]);
    let (delta, verdict) = profile::judge_counts(a, b, loss * size);
    (Some(delta), verdict)
}

/// What the heap held at most, and what was never given back; of the whole process.
pub(super) fn resources(id: &BenchmarkId, arms: &Arms<'_>) -> Vec<ResourceDiff> {
    let summaries = arms.count_summaries(id, CountKind::Allocations);
    let of = |pick: fn(&crate::model::CountRun) -> Option<u64>| {
        summaries.map(|summary| {
            let runs = &summary?.runs;
            let all: Option<Vec<f64>> =
                runs.iter().map(|run| pick(run).map(|n| n as f64)).collect();
            all
        })
    };
    [("peak heap", of(|run| run.peak_bytes)), ("heap never freed", of(|run| run.unfreed_bytes))]
        .into_iter()
        .filter(|(_, sides)| sides.iter().any(Option::is_some))
        .map(|(name, sides)| {
            let mean = |side: usize| {
                let runs = sides[side].as_ref()?;
                Some(runs.iter().sum::<f64>() / runs.len().max(1) as f64)
            };
            let judged = match &sides {
                [Some(base), Some(new)] => Some(profile::judge_counts(base, new, 0.0)),
                _ => None,
            };
            ResourceDiff {
                name: name.into(),
                unit: "bytes",
                base: mean(0),
                new: mean(1),
                delta: judged.map(|(delta, _)| delta),
                interval: None,
                verdict: judged.map(|(_, verdict)| verdict),
            }
        })
        .collect()
}
