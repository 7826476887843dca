//! Ratios between two benchmarks, or two captures.

use crate::config::{Claim, Direction, Operand, Side};
use crate::stats::{Estimate, combine};

use super::arms::Arms;
use super::comparability::refusal;
use super::decide::Tested;
use super::verdict::{Judged, Kind};

pub(super) fn judge(claim: &Claim, arms: &Arms<'_>) -> Vec<Judged> {
    vec![one(claim, arms)]
}

fn spoken(operand: &Operand, alike: bool) -> String {
    let of = match operand.side {
        Side::Base => " of the base",
        Side::New => "",
    };
    match alike {
        true => format!("{}{of}", operand.benchmark),
        false => format!("{} {}{of}", operand.benchmark, operand.measure.name()),
    }
}

fn one(claim: &Claim, arms: &Arms<'_>) -> Judged {
    let operands = [&claim.numerator, &claim.denominator];
    let alike = claim.numerator.measure == claim.denominator.measure;
    let [over, under] = operands.map(|operand| spoken(operand, alike));
    let of = if alike { format!("{} of ", claim.numerator.measure.name()) } else { String::new() };
    let mut judged = Judged::new(Kind::Claim, None, format!("{of}{over} / {under}"));
    (judged.target, judged.unit) = (Some(claim.ratio), "ratio");
    judged.sign = claim.direction.sign();
    let mut figures = Vec::new();
    let mut benchmarks = Vec::new();
    for operand in operands {
        let benchmark = match arms.one(&operand.benchmark, operand.side) {
            Ok(benchmark) => benchmark,
            Err(reason) => return judged.skipped(reason),
        };
        let side = usize::from(operand.side == Side::New);
        match arms.figure(benchmark, side, &operand.measure) {
            Ok(figure) => figures.push((figure, side)),
            Err(reason) => {
                let failure = [&benchmark.base_failure, &benchmark.new_failure][side].as_ref();
                let reason = format!("{}: {reason}", benchmark.id);
                return match failure {
                    Some(failure) => judged.failed(format!(
                        "{} failed in {}: {}",
                        benchmark.id, failure.stage, failure.status
                    )),
                    None => judged.skipped(reason),
                };
            }
        }
        benchmarks.push(benchmark);
    }
    let across = figures[0].1 != figures[1].1;
    if across && let Some(reason) = benchmarks.iter().find_map(|one| refusal(arms.comparison, one))
    {
        return judged.skipped(reason);
    }
    let [(over, over_side), (under, under_side)] = [&figures[0], &figures[1]];
    if over.unit != under.unit {
        return judged.skipped("its figures have different units");
    }
    if over.is_bound || under.is_bound {
        return judged.skipped("a figure is known as a bound only");
    }
    let same = benchmarks[0].id == benchmarks[1].id;
    // Figures of the same runs, or of pairs of runs, vary together.
    let together = same && (!across || arms.is_paired(&benchmarks[0].id));
    let paired = over.less(under).filter(|_| together);
    let (estimate, fixed_error) = if let Some(paired) = paired {
        (paired, 0.0)
    } else {
        let a = arms.estimate(over, *over_side, &claim.numerator.measure);
        let b = arms.estimate(under, *under_side, &claim.denominator.measure);
        let session = match (across, arms.deviation) {
            (false, _) => 0.0,
            (true, Some(deviation)) => 2.0 * deviation.powi(2),
            (true, None) => {
                return judged.skipped("the captures come from machines of different kinds");
            }
        };
        let part = |estimate: Estimate| (estimate.error.powi(2), estimate.degrees);
        let (error, degrees) = combine(&[part(a), part(b), (session, f64::INFINITY)]);
        (Estimate { value: a.value - b.value, error, degrees }, session.sqrt())
    };
    let tested = Tested {
        evidence: estimate.into(),
        limit: claim.ratio.ln(),
        direction: claim.direction,
        fixed_error,
        runs: over.runs.min(under.runs),
        is_paired: together && across,
        penalty: if together && across { arms.penalty } else { 1.0 },
    };
    tested.judge(&mut judged, f64::exp, arms.options);
    judged.margin = judged.measured.map(|measured| match claim.direction {
        Direction::AtMost => claim.ratio / measured,
        Direction::AtLeast => measured / claim.ratio,
    });
    judged
}
