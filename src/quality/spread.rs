//! How much batches of one run differ.

use crate::model::{Finding, Severity, Timing};
use crate::stats::{median, sort_weighted, weighted_quantile};

use super::finding;
use super::series::Series;

/// P95/P50 from which on it is wide.
const WIDE: f64 = 1.25;
/// P95/P50 below which nothing real is.
const EVEN: f64 = 1.0005;
/// P95/P50 below which nothing is that waits for disks, networks or other processes.
const EVEN_WAITING: f64 = 1.011;
/// Share of its time that a benchmark runs at most to be one that waits.
const WAITING: f64 = 0.5;
/// Iterations of a batch up to which its time is hardly an average.
const SINGLE: f64 = 4.0;
/// Fewer batches have no P95.
const FEWEST: usize = 20;

/// How far slow batches are from the usual ones.
pub(super) fn on_width(series: &Series, findings: &mut Vec<Finding>) {
    if let Some(Ratio { value: found, name }) = spread(series).filter(|ratio| ratio.value > WIDE) {
        let text = format!("{name} is {found:.2}");
        let consequence =
            "some iterations take much longer: inputs differ, or something gets in between";
        findings.push(finding("wide", Severity::Warn, text, consequence).measured(found, WIDE));
    }
}

/// Whether batches are more alike than real ones are.
pub(super) fn on_evenness(timing: &Timing, series: &Series, findings: &mut Vec<Finding>) {
    let Some(Ratio { value: found, name }) = spread(series) else { return };
    let waits = running(timing).filter(|&share| share < WAITING);
    if found < EVEN_WAITING
        && series.iterations <= SINGLE
        && let Some(share) = waits
    {
        let text = format!(
            "{name} is {found:.3} of a benchmark that waits {} of its time",
            super::percent(1.0 - share)
        );
        let consequence = "disks, networks and other processes are never that even: it may not wait \
                           for what it should";
        findings
            .push(finding("even", Severity::Warn, text, consequence).measured(found, EVEN_WAITING));
    } else if found < EVEN {
        let text = format!("{name} is {found:.5}");
        let consequence = "times are hardly ever that even: a timer may end each iteration";
        findings.push(finding("even", Severity::Note, text, consequence).measured(found, EVEN));
    }
}

/// P95/P50, and where it was taken.
struct Ratio {
    value: f64,
    /// `P95/P50`, as reports have it, or `within a run, P95/P50`, which is less where runs differ.
    name: &'static str,
}

/// P95/P50 of the typical run; of all together where runs have too few batches.
fn spread(series: &Series) -> Option<Ratio> {
    let runs = &series.weighted;
    let whole: Vec<f64> =
        runs.iter().filter(|run| run.len() >= FEWEST).filter_map(|run| ratio(run)).collect();
    if let Some(value) = median(&whole) {
        let name = if runs.len() > 1 { "within a run, P95/P50" } else { "P95/P50" };
        return Some(Ratio { value, name });
    }
    let mut pooled: Vec<(f64, f64)> = runs.iter().flatten().copied().collect();
    sort_weighted(&mut pooled);
    let value = if pooled.len() >= FEWEST { ratio(&pooled)? } else { return None };
    Some(Ratio { value, name: "P95/P50" })
}

fn ratio(ascending: &[(f64, f64)]) -> Option<f64> {
    let ratio = weighted_quantile(ascending, 0.95) / weighted_quantile(ascending, 0.5);
    ratio.is_finite().then_some(ratio)
}

/// CPU time of all runs by their wall time; `None` where the system does not tell.
pub(super) fn running(timing: &Timing) -> Option<f64> {
    let (mut cpu, mut wall) = (0.0, 0.0);
    for run in &timing.runs {
        let resources = run.resources?;
        cpu += resources.user_ns as f64 + resources.system_ns as f64;
        wall += run.wall_ns as f64;
    }
    (wall > 0.0).then_some(cpu / wall)
}
