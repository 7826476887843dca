//! Limits on functions, modules, crates and categories.

use crate::config::{Bound, Direction, Part, PartKind, Unit, Weighing};
use crate::diff::{BenchmarkDiff, Costs, GroupKind, ProfileDiff, Verdict};
use crate::model::{Pattern, Weight};
use crate::stats::Estimate;

use super::arms::Arms;
use super::comparability::{missing, of_program, refusal};
use super::decide::{Evidence, Tested, worst};
use super::limit::of_direction;
use super::options::Options;
use super::verdict::{Judged, Kind, Open, Outcome};

/// A part of the program with its figures.
struct Found<'a> {
    name: &'a str,
    base: Option<Costs>,
    new: Option<Costs>,
    delta: Option<f64>,
    interval: Option<(f64, f64)>,
    estimate: Option<Estimate>,
    verdict: Verdict,
}

pub(super) fn judge(part: &Part, arms: &Arms<'_>) -> Vec<Judged> {
    let wanted = match part.bound {
        Bound::Amount(_, Unit::Bytes) => Some(Weight::AllocatedBytes),
        Bound::Amount(_, Unit::Plain) => Some(Weight::Instructions),
        _ => None,
    };
    each((&part.benchmarks, wanted), &subject(part), arms, |judged, benchmark, profile| {
        one(part, judged, benchmark, profile, arms)
    })
}

/// The profile that a rule is about: what was sampled, or else instructions that were counted; and
/// what was counted where the rule names an amount of it.
fn profile(benchmark: &BenchmarkDiff, wanted: Option<Weight>) -> Option<&ProfileDiff> {
    let is_new = |profile: &&ProfileDiff| profile.new.is_some();
    let counted = |weight: Weight| {
        let count = benchmark.counts.iter().find(|count| count.measure == weight)?;
        count.profile.as_ref().filter(is_new)
    };
    let sampled = benchmark.profile.as_ref().filter(is_new);
    wanted.and_then(counted).or(sampled).or_else(|| counted(Weight::Instructions))
}

fn subject(part: &Part) -> String {
    let names: Vec<String> = part.names.iter().map(ToString::to_string).collect();
    let own = if part.weighing == Weighing::Own { "self of " } else { "" };
    format!("{own}{} {}", part.kind.as_str(), names.join(", "))
}

/// One outcome for each benchmark with a profile on the new side.
pub(super) fn each(
    (benchmarks, wanted): (&[Pattern], Option<Weight>),
    subject: &str,
    arms: &Arms<'_>,
    judge: impl Fn(Judged, &BenchmarkDiff, &ProfileDiff) -> Judged,
) -> Vec<Judged> {
    let found = arms.benchmarks(benchmarks);
    let there = |one: &&BenchmarkDiff| {
        arms.comparison.new.benchmarks.iter().any(|entry| entry.id == one.id)
    };
    found
        .into_iter()
        .filter(there)
        .map(|benchmark| {
            let judged = Judged::new(Kind::Part, Some(&benchmark.id), subject.to_owned());
            match profile(benchmark, wanted) {
                Some(profile) => {
                    let mut judged = judge(judged, benchmark, profile);
                    if profile.is_exact && wanted.is_none() {
                        judged.subject.push_str(" by instructions");
                    }
                    judged
                }
                None => missing(judged, benchmark, benchmarks, "it has no profile".to_owned()),
            }
        })
        .collect()
}

/// The parts that a rule is about.
fn parts<'a>(part: &Part, profile: &'a ProfileDiff) -> Vec<Found<'a>> {
    let takes = |name: &str| part.names.iter().any(|pattern| pattern.matches(name));
    let is_own = part.weighing == Weighing::Own;
    if part.kind == PartKind::Function {
        let functions = profile.functions.iter().filter(|function| takes(&function.name));
        return functions
            .map(|function| Found {
                name: &function.name,
                base: function.base,
                new: function.new,
                delta: if is_own { function.delta_self } else { function.delta_total },
                interval: if is_own { function.interval_self } else { function.interval_total },
                estimate: if is_own { function.estimate_self } else { function.estimate_total },
                verdict: if is_own { function.verdict } else { function.verdict_total },
            })
            .collect();
    }
    let kind = match part.kind {
        PartKind::Module => GroupKind::Module,
        PartKind::Category => GroupKind::Category,
        PartKind::Crate | PartKind::Function => GroupKind::Crate,
    };
    let groups = profile.groups.iter().filter(|group| group.kind == kind && takes(&group.name));
    groups
        .map(|group| Found {
            name: &group.name,
            base: group.base,
            new: group.new,
            delta: group.delta_self,
            interval: group.interval_self,
            estimate: group.estimate_self,
            verdict: group.verdict,
        })
        .collect()
}

/// The worst of the parts counts.
fn one(
    part: &Part,
    mut judged: Judged,
    benchmark: &BenchmarkDiff,
    profile: &ProfileDiff,
    arms: &Arms<'_>,
) -> Judged {
    judged.sign = part.direction.sign();
    let found = parts(part, profile);
    match part.bound {
        Bound::Share(limit) => {
            (judged.unit, judged.target) = ("share", Some(limit));
            of_shares(part, judged, &found, profile, (limit, 1.0), arms.options)
        }
        Bound::Amount(limit, unit) => {
            let Some(whole) = profile.new.as_ref().and_then(|side| side.cost) else {
                return judged.skipped("its costs are not known");
            };
            let of_profile = match profile.unit {
                Some("ns") => Unit::Nanoseconds,
                Some("bytes") => Unit::Bytes,
                _ => Unit::Plain,
            };
            if unit != of_profile {
                let of = profile.unit.unwrap_or("shares only");
                return judged.skipped(format!("the profile is in {of}"));
            }
            (judged.unit, judged.target) = (unit.as_str(), Some(limit));
            of_shares(part, judged, &found, profile, (limit / whole, whole), arms.options)
        }
        Bound::Change(_) | Bound::Noise => {
            judged.unit = "change";
            match refusal(arms.comparison, benchmark) {
                Some(reason) => judged.skipped(reason),
                None => {
                    let judged = of_changes(part, judged, &found, profile, arms);
                    of_program(judged, arms.comparison, benchmark)
                }
            }
        }
    }
}

/// The same of one part, which is named where the rule takes several.
fn of_part(judged: &Judged, part: &Part, name: &str) -> Judged {
    let mut judged = judged.clone();
    if part.names.iter().all(|pattern| pattern.as_str() != name) {
        judged.subject = format!("{} {name}", part.kind.as_str());
    }
    judged
}

/// Shares of the benchmark, or amounts: shares of `scale`.
fn of_shares(
    part: &Part,
    mut judged: Judged,
    found: &[Found<'_>],
    profile: &ProfileDiff,
    (limit, scale): (f64, f64),
    options: &Options,
) -> Judged {
    let share = |costs: Option<Costs>| {
        costs.map_or(0.0, |costs| match part.weighing {
            Weighing::Own => costs.self_share,
            Weighing::Total => costs.total_share,
        })
    };
    let test = |share: f64, into: &mut Judged| {
        test_share(share, limit, part.direction, profile).judge(into, |s| s * scale, options);
    };
    let all = found.iter().map(|one| {
        let mut judged = of_part(&judged, part, one.name);
        test(share(one.new), &mut judged);
        judged
    });
    let Some(mut worst) = worst(all.collect()) else {
        // As it should be, or a name that nothing has any more.
        test(0.0, &mut judged);
        judged.reason = "nothing of that name is in the profile".to_owned();
        return judged;
    };
    let margin = worst.target.zip(worst.measured).map(|(target, measured)| match part.direction {
        Direction::AtMost => target / measured,
        Direction::AtLeast => measured / target,
    });
    worst.margin = margin.filter(|margin| margin.is_finite());
    worst
}

/// A share of the new side against a limit, by its samples. What was counted has no error.
pub(super) fn test_share(
    share: f64,
    limit: f64,
    direction: Direction,
    profile: &ProfileDiff,
) -> Tested {
    let (samples, runs) = profile.new.as_ref().map_or((0, 0), |side| (side.samples, side.runs));
    let evidence = match profile.is_exact {
        true => Estimate { value: share, error: 0.0, degrees: f64::INFINITY }.into(),
        false => Evidence::Share { share, samples: samples as f64 },
    };
    Tested {
        evidence,
        limit,
        direction,
        fixed_error: 0.0,
        runs: runs as usize,
        is_paired: false,
        penalty: 1.0,
    }
}

/// Changes of cost relative to the base's cost. Beyond noise is what the comparison says, which
/// adjusts over all functions and knows what it can resolve.
fn of_changes(
    part: &Part,
    judged: Judged,
    found: &[Found<'_>],
    profile: &ProfileDiff,
    arms: &Arms<'_>,
) -> Judged {
    let change = |one: &Found<'_>| {
        let cost = one.base.and_then(|costs| match part.weighing {
            Weighing::Own => costs.self_cost,
            Weighing::Total => costs.total_cost,
        });
        let (cost, delta) = (cost.filter(|cost| *cost > 0.0)?, one.delta?);
        let mut judged = of_part(&judged, part, one.name);
        let Bound::Change(limit) = part.bound else {
            judged.measured = Some(delta / cost);
            judged.interval = one.interval.map(|(low, high)| (low / cost, high / cost));
            judged.outcome = of_direction(one.verdict, part.direction);
            judged.open = (judged.outcome == Outcome::Inconclusive).then_some(Open::TooClose);
            return Some(judged);
        };
        judged.target = Some(limit);
        let value = delta / cost;
        let evidence = match (one.estimate, one.interval) {
            (Some(Estimate { error, degrees, .. }), _) => {
                Estimate { value, error: error / cost, degrees }.into()
            }
            (None, Some((low, high))) => Evidence::Range { value, ends: (low / cost, high / cost) },
            (None, None) => Estimate { value, error: 0.0, degrees: f64::INFINITY }.into(),
        };
        let pairs = profile.design.pairs();
        let runs = [&profile.base, &profile.new].map(|side| side.as_ref().map_or(0, |s| s.runs));
        // What sessions differ by is that of the cost on both sides.
        let fixed_error = match (pairs, arms.deviation) {
            (None, Some(deviation)) if !profile.is_exact => deviation * 1_f64.hypot(1.0 + value),
            _ => 0.0,
        };
        let tested = Tested {
            evidence,
            limit,
            direction: part.direction,
            fixed_error,
            runs: pairs.unwrap_or(runs[0].min(runs[1]) as usize),
            is_paired: pairs.is_some(),
            penalty: 1.0,
        };
        tested.judge(&mut judged, |value| value, arms.options);
        Some(judged)
    };
    worst(found.iter().filter_map(change).collect()).unwrap_or_else(|| {
        judged.clone().skipped(match found {
            [] => "no side has it",
            _ => "the base has no cost of it, to which a change could be relative",
        })
    })
}
