//! Targets for one capture.

use crate::config::{Direction, Objective};
use crate::diff::BenchmarkDiff;

use super::arms::Arms;
use super::comparability::missing;
use super::decide::Tested;
use super::verdict::{Judged, Kind, Outcome};

pub(super) fn judge(objective: &Objective, arms: &Arms<'_>) -> Vec<Judged> {
    let of_new = |benchmark: &&BenchmarkDiff| {
        arms.comparison.new.benchmarks.iter().any(|entry| entry.id == benchmark.id)
    };
    let found = arms.benchmarks(&objective.benchmarks).into_iter().filter(of_new);
    let name = objective.target.as_ref().map_or("success", |(measure, ..)| measure.name());
    found.map(|benchmark| one(objective, benchmark, name, arms)).collect()
}

fn one(objective: &Objective, benchmark: &BenchmarkDiff, name: &str, arms: &Arms<'_>) -> Judged {
    let mut judged = Judged::new(Kind::Objective, Some(&benchmark.id), name.to_owned());
    let (failure, patterns) = (benchmark.new_failure.as_ref(), &objective.benchmarks);
    let Some((measure, direction, target, unit)) = &objective.target else {
        judged.outcome = Outcome::Pass;
        return match failure {
            Some(_) => missing(judged, benchmark, patterns, String::new()),
            None => judged,
        };
    };
    (judged.target, judged.unit) = (Some(*target), unit.as_str());
    judged.sign = direction.sign();
    let figure = match arms.figure(benchmark, 1, measure) {
        Ok(figure) => figure,
        Err(reason) => return missing(judged, benchmark, patterns, reason),
    };
    if figure.unit != *unit {
        return judged.skipped(format!(
            "`{name}` is in {}, and its target in {}",
            figure.unit.as_str(),
            unit.as_str()
        ));
    }
    if *target <= 0.0 {
        return judged.skipped("a target has to be above 0");
    }
    let tested = Tested {
        evidence: arms.estimate(&figure, 1, measure).into(),
        limit: target.ln(),
        direction: *direction,
        fixed_error: 0.0,
        runs: figure.runs,
        is_paired: false,
        penalty: 1.0,
    };
    tested.judge(&mut judged, f64::exp, arms.options);
    if figure.is_bound && judged.outcome != Outcome::Pass {
        return judged.skipped(format!("`{name}` is known as an upper bound only"));
    }
    judged.margin = judged.measured.map(|measured| match direction {
        Direction::AtMost => target / measured,
        Direction::AtLeast => measured / target,
    });
    judged
}
