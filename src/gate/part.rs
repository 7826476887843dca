//! Limits on functions, modules, crates and categories.

use crate::config::{Bound, Direction, Part, PartKind, Unit, Weighing};
use crate::diff::{BenchmarkDiff, Costs, GroupKind, ProfileDiff};
use crate::model::{Pattern, Weight};
use crate::stats::{normal_cdf, normal_quantile};

use super::comparability::{missing, refusal};
use super::figure::Arms;
use super::options::Options;
use super::verdict::{Judged, Kind, Open, Outcome};

/// A part of the program with its figures.
struct Found<'a> {
    name: &'a str,
    base: Option<Costs>,
    new: Option<Costs>,
    delta: Option<f64>,
    interval: Option<(f64, f64)>,
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
    if part.kind == PartKind::Function {
        let functions = profile.functions.iter().filter(|function| takes(&function.name));
        return functions
            .map(|function| {
                let (delta, interval) = match part.weighing {
                    Weighing::Own => (function.delta_self, function.interval_self),
                    Weighing::Total => (function.delta_total, function.interval_total),
                };
                Found {
                    name: &function.name,
                    base: function.base,
                    new: function.new,
                    delta,
                    interval,
                }
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
    let share = |costs: Option<Costs>| {
        costs.map_or(0.0, |costs| match part.weighing {
            Weighing::Own => costs.self_share,
            Weighing::Total => costs.total_share,
        })
    };
    let worst = |key: &dyn Fn(&Found<'_>) -> f64| {
        let sign = if part.direction == Direction::AtMost { 1.0 } else { -1.0 };
        let mut order: Vec<(f64, &Found<'_>)> = found.iter().map(|one| (key(one), one)).collect();
        order.sort_by(|a, b| (sign * b.0).total_cmp(&(sign * a.0)));
        order.into_iter().next().map(|(value, one)| (value, one.name))
    };
    match part.bound {
        Bound::Share(limit) => {
            let (value, name) = worst(&|one| share(one.new)).unwrap_or_default();
            name_it(&mut judged, part, name);
            (judged.unit, judged.target, judged.measured) = ("share", Some(limit), Some(value));
            of_share(&mut judged, value, limit, part.direction, profile, 1.0, arms.options);
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
            let (value, name) = worst(&|one| share(one.new)).unwrap_or_default();
            name_it(&mut judged, part, name);
            (judged.unit, judged.target) = (unit.as_str(), Some(limit));
            judged.measured = Some(value * whole);
            of_share(
                &mut judged,
                value,
                limit / whole,
                part.direction,
                profile,
                whole,
                arms.options,
            );
        }
        Bound::Change(limit) => {
            if let Some(reason) = refusal(arms.comparison, benchmark) {
                return judged.skipped(reason);
            }
            return of_change(part, judged, &found, Some(limit));
        }
        Bound::Noise => {
            if let Some(reason) = refusal(arms.comparison, benchmark) {
                return judged.skipped(reason);
            }
            return of_change(part, judged, &found, None);
        }
    }
    judged.margin =
        judged.target.zip(judged.measured).map(|(target, measured)| match part.direction {
            Direction::AtMost => target / measured,
            Direction::AtLeast => measured / target,
        });
    judged.margin = judged.margin.filter(|margin| margin.is_finite());
    if found.is_empty() {
        // As it should be, or a name that nothing has any more.
        judged.reason = "nothing of that name is in the profile".to_owned();
    }
    judged
}

/// Of a pattern that takes many, which one it was.
fn name_it(judged: &mut Judged, part: &Part, name: &str) {
    if !name.is_empty() && part.names.iter().all(|pattern| pattern.as_str() != name) {
        judged.subject = format!("{} {name}", part.kind.as_str());
    }
}

/// A share by its samples: Wilson's interval (1927), which holds for shares near 0 and for none at
/// all. What was counted has no error.
pub(super) fn of_share(
    judged: &mut Judged,
    share: f64,
    limit: f64,
    direction: Direction,
    profile: &ProfileDiff,
    scale: f64,
    options: &Options,
) {
    let samples = profile.new.as_ref().map_or(0, |side| side.samples) as f64;
    let (low, high) = if profile.is_exact {
        (share, share)
    } else {
        let z = normal_quantile(1.0 - options.level());
        wilson(share, samples, z)
    };
    if !profile.is_exact {
        judged.interval = Some((low * scale, high * scale));
    }
    judged.runs = profile.new.as_ref().map_or(0, |side| side.runs as usize);
    let excess = match direction {
        Direction::AtMost => share - limit,
        Direction::AtLeast => limit - share,
    };
    let error = if profile.is_exact { 0.0 } else { score_error(limit, samples) };
    judged.p_value = Some(match excess {
        excess if error > 0.0 => normal_cdf(-excess / error),
        excess if excess > 0.0 && samples > 0.0 => 0.0,
        _ => 1.0,
    });
    let (beyond, within) = match direction {
        Direction::AtMost => (low > limit, high <= limit),
        Direction::AtLeast => (high < limit, low >= limit),
    };
    judged.outcome = match (beyond, within) {
        (true, _) => Outcome::Fail,
        (_, true) => Outcome::Pass,
        _ => Outcome::Inconclusive,
    };
    if judged.outcome == Outcome::Inconclusive {
        // The half-width falls with the root of the samples, of which a run has so many.
        let half = (high - low) / 2.0;
        let distance = (share - limit).abs();
        let runs = judged.runs.max(1) as f64;
        let more = runs * ((half / distance).powi(2) - 1.0);
        judged.open = Some(match more.ceil().max(1.0) {
            more if more <= 5000.0 => Open::MoreRuns(more as u64),
            _ => Open::TooClose,
        });
    }
}

/// The standard error of a share that is at its limit, by which Wilson's interval is the inversion
/// of a test.
fn score_error(limit: f64, samples: f64) -> f64 {
    if samples <= 0.0 { 0.0 } else { (limit * (1.0 - limit)).max(0.0).sqrt() / samples.sqrt() }
}

fn wilson(share: f64, samples: f64, z: f64) -> (f64, f64) {
    if samples <= 0.0 {
        return (0.0, 1.0);
    }
    let share = share.clamp(0.0, 1.0);
    let z2 = z * z / samples;
    let centre = (share + z2 / 2.0) / (1.0 + z2);
    let half = z / (1.0 + z2) * (share * (1.0 - share) / samples + z2 / (4.0 * samples)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// A change of cost relative to the base's cost, by the comparison's interval.
fn of_change(part: &Part, mut judged: Judged, found: &[Found<'_>], limit: Option<f64>) -> Judged {
    (judged.unit, judged.target) = ("change", limit);
    let limit = limit.unwrap_or(0.0);
    let mut outcomes = Vec::new();
    for one in found {
        let cost = one.base.and_then(|costs| match part.weighing {
            Weighing::Own => costs.self_cost,
            Weighing::Total => costs.total_cost,
        });
        let (Some(cost), Some(delta)) = (cost.filter(|cost| *cost > 0.0), one.delta) else {
            continue;
        };
        let value = delta / cost;
        let (low, high) =
            one.interval.map_or((value, value), |(low, high)| (low / cost, high / cost));
        let (beyond, within) = match part.direction {
            Direction::AtMost => (low > limit, high <= limit),
            Direction::AtLeast => (high < limit, low >= limit),
        };
        let outcome = match (beyond, within) {
            (true, _) => Outcome::Fail,
            (_, true) => Outcome::Pass,
            _ => Outcome::Inconclusive,
        };
        outcomes.push((outcome, value, (low, high), one.name));
    }
    if outcomes.is_empty() {
        let reason = match found {
            [] => "no side has it",
            _ => "the base has no cost of it, to which a change could be relative",
        };
        return judged.skipped(reason);
    }
    let sign = if part.direction == Direction::AtMost { 1.0 } else { -1.0 };
    outcomes.sort_by(|a, b| a.0.cmp(&b.0).then((sign * b.1).total_cmp(&(sign * a.1))));
    let (outcome, value, interval, name) = outcomes[0];
    name_it(&mut judged, part, name);
    (judged.outcome, judged.measured, judged.interval) = (outcome, Some(value), Some(interval));
    judged.open = (outcome == Outcome::Inconclusive).then_some(Open::TooClose);
    judged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilsons_interval_as_published() {
        // statsmodels.stats.proportion.proportion_confint(count, nobs, method="wilson")
        for (count, samples, low, high) in [
            (0.0, 100.0, 0.0, 0.036_993_498_206_389_82),
            (5.0, 100.0, 0.021_543_679_268_520_9, 0.111_750_468_677_692_5),
            (50.0, 100.0, 0.403_831_530_327_172_65, 0.596_168_469_672_827_4),
        ] {
            let (ours_low, ours_high) = wilson(count / samples, samples, 1.959_963_984_540_054);
            assert!(
                (ours_low - low).abs() < 1e-4 && (ours_high - high).abs() < 1e-4,
                "{count} {ours_low} {ours_high}"
            );
        }
        assert_eq!(wilson(0.3, 0.0, 1.96), (0.0, 1.0));
    }
}
