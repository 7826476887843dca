//! What the order of batches within runs shows: warm-up, shifts, and neighbours that are alike.

use crate::model::{Finding, Severity};
use crate::stats::{
    correlation_within, level_shift, mann_whitney, mean, median, standard_deviation,
    student_two_sided,
};

use super::series::Series;
use super::{finding, percent};

/// p-value below which a warm-up is told.
const WARM_UP: f64 = 0.001;
/// Smallest warm-up worth telling, relative.
const WARM_UP_SIZE: f64 = 0.01;
/// p-value below which a shift is told, over all runs.
const SHIFT: f64 = 0.01;
/// Smallest shift worth telling, relative.
const SHIFT_SIZE: f64 = 0.02;
/// Batches of a run from which on it is looked at by itself.
const LONG: usize = 50;
/// Runs from which on their beginnings are looked at together.
const SEVERAL: usize = 6;
/// Correlation of neighbours from which on it is told.
const CORRELATION: f64 = 0.3;
/// How many standard errors above chance it has to be.
const CORRELATION_ERRORS: f64 = 3.3;

pub(super) fn on_order(series: &Series, findings: &mut Vec<Finding>) {
    on_warm_up(series, findings);
    on_shift(series, findings);
    on_correlation(series, findings);
}

/// How much longer the first tenth of a run takes than the rest of it, as a logarithm.
fn beginning(run: &[f64]) -> Option<f64> {
    let tenth = run.len().div_ceil(10);
    let (first, rest) = (run.len() >= 10).then(|| run.split_at(tenth))?;
    Some((median(first)? / median(rest)?).ln())
}

fn on_warm_up(series: &Series, findings: &mut Vec<Finding>) {
    let starts: Vec<f64> = series.runs.iter().filter_map(|run| beginning(run)).collect();
    let Some(size) = median(&starts).map(f64::exp_m1).filter(|size| size.abs() > WARM_UP_SIZE)
    else {
        return;
    };
    let p = if starts.len() >= SEVERAL {
        // Each run gives one value: whether they are 0 on average.
        let n = starts.len() as f64;
        let error = standard_deviation(&starts).unwrap_or(0.0) / n.sqrt();
        if error > 0.0 { student_two_sided(mean(&starts) / error, n - 1.0) } else { 0.0 }
    } else {
        // The least certain of the runs: all of them have to begin that way.
        let of_run = |run: &Vec<f64>| {
            let (first, rest) = run.split_at(run.len().div_ceil(10));
            (run.len() >= LONG).then(|| mann_whitney(first, rest)).flatten().unwrap_or(1.0)
        };
        series.runs.iter().map(of_run).fold(0.0, f64::max)
    };
    if p < WARM_UP {
        let word = if size > 0.0 { "longer" } else { "less" };
        let found =
            format!("the first tenth of a run takes {} {word} than the rest", percent(size.abs()));
        findings.push(
            finding(
                "warm-up",
                Severity::Warn,
                found,
                "it was not warm when measuring began: a longer warm-up is needed",
            )
            .measured(size.abs(), WARM_UP_SIZE),
        );
    }
}

fn on_shift(series: &Series, findings: &mut Vec<Finding>) {
    let long: Vec<&Vec<f64>> = series.runs.iter().filter(|run| run.len() >= LONG).collect();
    let shifts = long.iter().filter_map(|run| {
        let (p, at) = level_shift(run)?;
        let size = (median(&run[at..])? / median(&run[..at])?).ln().exp_m1();
        Some((p, size))
    });
    // Of so many runs one is unlikely by chance.
    let limit = SHIFT / long.len().max(1) as f64;
    let strongest = shifts
        .filter(|(p, size)| *p < limit && size.abs() > SHIFT_SIZE)
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    if let Some((_, size)) = strongest {
        let found = format!("within a run times shift by {}", percent(size));
        findings.push(
            finding(
                "shift-in-run",
                Severity::Warn,
                found,
                "the state of the program or of the machine changed while it was measured",
            )
            .measured(size.abs(), SHIFT_SIZE),
        );
    }
}

fn on_correlation(series: &Series, findings: &mut Vec<Finding>) {
    let runs: Vec<&[f64]> =
        series.runs.iter().filter(|run| run.len() >= 10).map(Vec::as_slice).collect();
    let all: usize = runs.iter().map(|run| run.len()).sum();
    if all < 40 {
        return;
    }
    // A mean of its own for each run makes neighbours look different by 1/n.
    let found = correlation_within(&runs) + runs.len() as f64 / all as f64;
    if found > CORRELATION.max(CORRELATION_ERRORS / (all as f64).sqrt()) {
        let text = format!("neighbouring batches are alike (correlation {found:.2})");
        findings.push(
            finding(
                "correlation",
                Severity::Note,
                text,
                "they count for fewer than they are; intervals here rest on runs, not on batches",
            )
            .measured(found, CORRELATION),
        );
    }
}
