//! Figures that no measurement can give.

use crate::model::{Batch, Finding, Measurement, Mode, Severity, SortFew as _, Timing, usable};
use crate::stats::median;

use super::finding;
use super::series::Series;

/// ns per iteration: less than one cycle of any processor's clock. A loop of nothing takes one.
const ONE_CYCLE: f64 = 0.2;
/// ns per iteration: about what one instruction that depends on the one before takes.
const ONE_INSTRUCTION: f64 = 0.3;
/// Smallest growth of time, as a share of the growth of iterations.
const GROWTH: f64 = 0.25;

pub(super) fn on_figures(timing: &Timing, series: &Series, findings: &mut Vec<Finding>) {
    let wrong = figures(timing).filter(|figure| !(*figure > 0.0 && figure.is_finite()));
    let wrong: Vec<f64> = wrong.collect();
    if let Some(first) = wrong.first() {
        let what = match first {
            figure if figure.is_nan() => "not a number",
            figure if figure.is_infinite() => "infinite",
            figure if *figure < 0.0 => "negative",
            _ => "zero",
        };
        let found = format!("{} of its figures {} {what}", wrong.len(), are(wrong.len()));
        findings.push(
            finding("numbers", Severity::Refuse, found, "no measurement gives such a time")
                .measured(wrong.len() as f64, 0.0),
        );
        return;
    }
    let typical = series.locations.iter().map(|ln| ln.exp()).collect::<Vec<_>>();
    if let Some(time) = median(&typical)
        && time < ONE_INSTRUCTION
    {
        let than = if time < ONE_CYCLE { "one cycle of a processor" } else { "one instruction" };
        let found = format!("{time:.3} ns per iteration is less than {than} takes");
        findings.push(
            finding(
                "optimised-away",
                Severity::Refuse,
                found,
                "what should be measured was probably optimised away; black_box its inputs and results",
            )
            .measured(time, ONE_INSTRUCTION),
        );
        return;
    }
    if let Some(growth) = growth(timing)
        && growth < GROWTH
    {
        let found = format!(
            "batches with more iterations take hardly longer: {} of the time that they should",
            super::percent(growth)
        );
        findings.push(
            finding(
                "no-growth",
                Severity::Refuse,
                found,
                "the time is not that of iterations: they are skipped, or something else is waited for",
            )
            .measured(growth, GROWTH),
        );
    }
}

fn are(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// Every figure that has to be above 0.
fn figures(timing: &Timing) -> impl Iterator<Item = f64> {
    timing.runs.iter().flat_map(|run| match &run.measurement {
        Measurement::Batches { batches, .. } => {
            batches.iter().flat_map(|batch| [batch.nanoseconds, batch.iterations]).collect()
        }
        Measurement::Summary(summary) => {
            let all = [Some(summary.median), summary.mean, summary.max, summary.min];
            all.into_iter().flatten().collect::<Vec<f64>>()
        }
    })
}

/// Of batches of growing size: how much more time the largest third takes than the smallest one, as
/// a share of how many more iterations it has. 1 where time is that of iterations, 0 where all take
/// the same. The median of runs; `None` without batches of different sizes.
fn growth(timing: &Timing) -> Option<f64> {
    let of_run = |batches: &[Batch]| {
        let mut batches: Vec<&Batch> = usable(batches).collect();
        if batches.len() < 6 {
            return None;
        }
        batches.sort_few_by(|a, b| a.iterations.total_cmp(&b.iterations));
        let third = batches.len() / 3;
        let middle = |part: &[&Batch], figure: fn(&Batch) -> f64| {
            median(&part.iter().map(|batch| figure(batch)).collect::<Vec<_>>())
        };
        let (few, many) = (&batches[..third], &batches[batches.len() - third..]);
        let ratio = |figure: fn(&Batch) -> f64| Some(middle(many, figure)? / middle(few, figure)?);
        let (iterations, time) = (ratio(|b| b.iterations)?, ratio(|b| b.nanoseconds)?);
        (iterations >= 2.0).then(|| (time - 1.0) / (iterations - 1.0))
    };
    let all: Vec<f64> = timing
        .runs
        .iter()
        .filter_map(|run| match &run.measurement {
            Measurement::Batches { mode: Mode::Linear, batches } => of_run(batches),
            _ => None,
        })
        .collect();
    median(&all)
}
