//! Limits on the change of a benchmark's figure.

use crate::config::{Direction, Limit, Measure};
use crate::diff::{BenchmarkDiff, Change, TimingDiff, Verdict};
use crate::stats::{Estimate, combine, level_per_look};

use super::arms::Arms;
use super::comparability::{missing, of_program, refusal};
use super::decide::Tested;
use super::figure::count;
use super::verdict::{Judged, Kind, Open, Outcome};

pub(super) fn judge(limit: &Limit, arms: &Arms<'_>) -> Vec<Judged> {
    let found = arms.benchmarks(&limit.benchmarks);
    let judge = |benchmark| of_program(one(limit, benchmark, arms), arms.comparison, benchmark);
    found.into_iter().map(judge).collect()
}

fn one(limit: &Limit, benchmark: &BenchmarkDiff, arms: &Arms<'_>) -> Judged {
    let subject = limit.measure.name().to_owned();
    let mut judged = Judged::new(Kind::Limit, Some(&benchmark.id), subject);
    (judged.unit, judged.sign) = ("change", limit.direction.sign());
    judged.target = limit.change;
    let is_there = |side: usize| {
        let capture = [&arms.comparison.base, &arms.comparison.new][side];
        capture.benchmarks.iter().any(|entry| entry.id == benchmark.id)
    };
    match (is_there(0), is_there(1)) {
        (false, _) => return judged.skipped("it is new"),
        (_, false) => return judged.skipped("it is gone"),
        _ => {}
    }
    if benchmark.base_failure.is_some() {
        return judged.skipped("it failed in the base");
    }
    if let Some(reason) = refusal(arms.comparison, benchmark) {
        return judged.skipped(reason);
    }
    let figures =
        (arms.figure(benchmark, 0, &limit.measure), arms.figure(benchmark, 1, &limit.measure));
    let (base, new) = match figures {
        (Ok(base), Ok(new)) => (base, new),
        (_, Err(reason)) => return missing(judged, benchmark, &limit.benchmarks, reason),
        (Err(reason), _) => return judged.skipped(format!("in the base, {reason}")),
    };
    if base.unit != new.unit {
        return judged.skipped("its unit is another one in the base");
    }
    if base.is_bound || new.is_bound {
        return judged.skipped(format!("`{}` is known as a bound only", limit.measure.name()));
    }
    if limit.measure == Measure::Time {
        return match benchmark.timing.as_ref().and_then(|timing| Some((timing, timing.change?))) {
            Some((timing, change)) => match limit.change {
                Some(_) => of_change(limit, judged, benchmark, &change, arms),
                None => of_verdict(judged, limit.direction, timing, &change),
            },
            None => judged.skipped("no change is known"),
        };
    }
    let paired = arms.is_paired(&benchmark.id) && base.runs == new.runs && !base.is_counted;
    let of_pairs = new.less(&base).filter(|_| paired && !base.is_exact);
    let (estimate, fixed_error) = if let Some(of_pairs) = of_pairs {
        (of_pairs, 0.0)
    } else {
        let estimates =
            [(&base, 0), (&new, 1)].map(|(one, side)| arms.estimate(one, side, &limit.measure));
        // What is counted does not depend on the session.
        let between = if base.is_counted { Some(0.0) } else { arms.deviation };
        let Some(deviation) = between else {
            return judged.skipped("the captures come from machines of different kinds");
        };
        let session = 2.0 * deviation.powi(2);
        let part = |estimate: &Estimate| (estimate.error.powi(2), estimate.degrees);
        let (error, degrees) =
            combine(&[part(&estimates[0]), part(&estimates[1]), (session, f64::INFINITY)]);
        let value = estimates[1].value - estimates[0].value;
        (Estimate { value, error, degrees }, session.sqrt())
    };
    let tested = Tested {
        evidence: estimate.into(),
        limit: limit.change.unwrap_or(0.0).ln_1p(),
        direction: limit.direction,
        fixed_error,
        runs: base.runs.min(new.runs),
        is_paired: paired,
        penalty: if paired { arms.penalty } else { 1.0 },
    };
    tested.judge(&mut judged, f64::exp_m1, arms.options);
    if let (None, Some(count)) = (limit.change, count(benchmark, &limit.measure)) {
        // Of what is counted every change is one.
        judged.outcome = of_direction(count.verdict, limit.direction);
        judged.open = (judged.outcome == Outcome::Inconclusive).then_some(Open::TooClose);
    } else if limit.change.is_none() {
        within_noise(&mut judged, limit.direction, paired, arms);
    }
    finish(judged)
}

/// The times that captures are compared by, with the comparison's own error.
fn of_change(
    limit: &Limit,
    mut judged: Judged,
    benchmark: &BenchmarkDiff,
    change: &Change,
    arms: &Arms<'_>,
) -> Judged {
    let timing = benchmark.timing.as_ref();
    let pairs = timing.and_then(|timing| timing.design.pairs());
    let runs = timing.and_then(|timing| Some(timing.base?.runs.min(timing.new?.runs))).unwrap_or(0);
    let fixed_error = match pairs {
        Some(_) => 0.0,
        None => arms.deviation.map_or(0.0, |deviation| 2_f64.sqrt() * deviation),
    };
    let tested = Tested {
        evidence: change.log.into(),
        limit: limit.change.unwrap_or(0.0).ln_1p(),
        direction: limit.direction,
        fixed_error,
        runs: pairs.unwrap_or(runs),
        is_paired: pairs.is_some(),
        penalty: 0.05 / level_per_look(0.05, change.looks as usize),
    };
    tested.judge(&mut judged, f64::exp_m1, arms.options);
    // So few pairs may be of one sign by chance that no verdict follows from them.
    let least = tested.penalty * change.least_p / 2.0;
    if judged.outcome != Outcome::Inconclusive && least > arms.options.level() {
        judged.outcome = Outcome::Inconclusive;
        judged.open = Some(Open::MorePairs(timing.and_then(|t| t.more_pairs).unwrap_or(1) as u64));
    }
    judged.p_value = judged.p_value.map(|p| p.max(least).min(1.0));
    finish(judged)
}

pub(super) fn of_direction(verdict: Verdict, direction: Direction) -> Outcome {
    match (verdict, direction) {
        (Verdict::Slower, Direction::AtMost) | (Verdict::Faster, Direction::AtLeast) => {
            Outcome::Fail
        }
        (Verdict::Unchanged | Verdict::Faster | Verdict::Slower, _) => Outcome::Pass,
        _ => Outcome::Inconclusive,
    }
}

/// No more than noise: the comparison's own verdict, which is adjusted over all benchmarks and
/// knows what it can resolve.
fn of_verdict(
    mut judged: Judged,
    direction: Direction,
    timing: &TimingDiff,
    change: &Change,
) -> Judged {
    judged.measured = Some(change.ratio);
    judged.interval = Some(change.interval);
    judged.outcome = of_direction(timing.verdict, direction);
    judged.open = (judged.outcome == Outcome::Inconclusive).then(|| {
        match (timing.design.pairs(), timing.more_pairs) {
            (None, _) => Open::Sessions,
            (Some(_), Some(more)) => Open::MorePairs(more as u64),
            (Some(_), None) => Open::TooClose,
        }
    });
    judged
}

/// Passes what lies within the zone of indifference of comparisons, though it is not known to be
/// no change at all, or known to be a small one.
fn within_noise(judged: &mut Judged, direction: Direction, paired: bool, arms: &Arms<'_>) {
    let options = &arms.options.diff;
    let zone = if paired { options.paired_indifference } else { options.indifference };
    let (low, high) = judged.interval.or(judged.measured.map(|m| (m, m))).unwrap_or_default();
    let is_within = match direction {
        Direction::AtMost => high <= zone,
        Direction::AtLeast => low >= -zone,
    };
    // However certain it is: below this no comparison calls it a change.
    let effect = if paired { options.paired_effect } else { options.indifference };
    let is_small = judged.measured.is_some_and(|ratio| ratio.ln_1p().abs() < effect.ln_1p());
    match judged.outcome {
        Outcome::Inconclusive | Outcome::Fail if is_within && is_small => {
            (judged.outcome, judged.open, judged.p_value) = (Outcome::Pass, None, None);
        }
        Outcome::Inconclusive if is_within => {
            (judged.outcome, judged.open) = (Outcome::Pass, None);
        }
        Outcome::Fail if is_small => {
            (judged.outcome, judged.open) = (Outcome::Inconclusive, Some(Open::TooClose));
        }
        _ => {}
    }
}

fn finish(mut judged: Judged) -> Judged {
    let (Some(target), Some(measured)) = (judged.target, judged.measured) else { return judged };
    let margin = (1.0 + target) / (1.0 + measured);
    judged.margin = Some(if judged.sign == "≤" { margin } else { 1.0 / margin });
    judged
}
