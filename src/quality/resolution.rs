//! What the clock can resolve.

use crate::model::{Finding, Measurement, Severity, Timing, usable};
use crate::stats::median;

use super::{finding, percent};

/// ns: a thousand ticks of the finest clock that there is.
const SHORT: f64 = 1000.0;
/// Share of the batches' times that are different ones.
const DISTINCT: f64 = 0.5;
/// Fewer batches of a run say nothing.
const FEWEST: usize = 10;

pub(super) fn on_resolution(timing: &Timing, findings: &mut Vec<Finding>) {
    let (mut lengths, mut shares) = (Vec::new(), Vec::new());
    for run in &timing.runs {
        let Measurement::Batches { batches, .. } = &run.measurement else { continue };
        let mut times: Vec<f64> = usable(batches).map(|batch| batch.nanoseconds).collect();
        lengths.extend(times.iter().copied());
        if times.len() >= FEWEST {
            let all = times.len();
            times.sort_by(f64::total_cmp);
            times.dedup();
            shares.push(times.len() as f64 / all as f64);
        }
    }
    if let Some(length) = median(&lengths)
        && length < SHORT
    {
        let found = format!("a batch takes {length:.0} ns");
        findings.push(
            finding(
                "short-batches",
                Severity::Warn,
                found,
                "that is less than a thousand ticks of a clock, whose own cost is part of it",
            )
            .measured(length, SHORT),
        );
    }
    if let Some(share) = median(&shares)
        && share < DISTINCT
    {
        let found = format!("only {} of the times in a run are different ones", percent(share));
        findings.push(
            finding(
                "resolution",
                Severity::Warn,
                found,
                "the clock is too coarse for them: smaller changes are not seen",
            )
            .measured(share, DISTINCT),
        );
    }
}
