//! Runs beside each other.

use crate::model::{Finding, Severity};
use crate::stats::{chi_square_quantile, level_shift, median, sorted, standard_deviation, trend};

use super::series::Series;
use super::{finding, percent};

/// Variation of runs above which their lower bound is told.
const VARIES: f64 = 0.03;
/// Variation of runs from which on no verdict is given, if most of them take part in it.
const VARIES_MUCH: f64 = 0.10;
/// The normal distribution's standard deviation by its median absolute deviation.
const NORMAL: f64 = 1.4826;
/// Smallest gap between two states of runs, as a logarithm.
const GAP: f64 = 0.05;
/// The same, by the standard deviation within the states.
const GAP_DEVIATIONS: f64 = 3.0;
/// Fewer runs have no states.
const FEWEST_STATES: usize = 8;
/// Fewer runs have no trend.
const FEWEST_TREND: usize = 8;
/// p-value below which a trend or a shift over runs is told.
const TREND: f64 = 0.01;
/// Smallest trend or shift worth telling, relative.
const TREND_SIZE: f64 = 0.02;
/// Fewer runs have no levels.
const FEWEST_SHIFT: usize = 16;

pub(super) fn on_runs(series: &Series, in_turns: bool, findings: &mut Vec<Finding>) {
    let runs = &series.locations[..];
    on_variation(runs, in_turns, findings);
    on_states(runs, findings);
    on_drift(runs, findings);
}

/// Times of runs vary: the standard deviation of their logarithms.
fn on_variation(runs: &[f64], in_turns: bool, findings: &mut Vec<Finding>) {
    let Some(variation) = standard_deviation(runs) else { return };
    let degrees = runs.len() as f64 - 1.0;
    let at_least = variation * (degrees / chi_square_quantile(0.95, degrees)).sqrt();
    let middle = median(runs).unwrap_or_default();
    let deviations: Vec<f64> = runs.iter().map(|run| (run - middle).abs()).collect();
    // What one slow run does to the standard deviation it does not do to this.
    let usual = NORMAL * median(&deviations).unwrap_or_default();
    let spread = runs.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        - runs.iter().copied().fold(f64::INFINITY, f64::min);
    let found = format!(
        "runs vary by ±{}; the slowest of {} took {} longer than the fastest",
        percent(variation),
        runs.len(),
        percent(spread.exp_m1())
    );
    let variance = |severity, consequence: &str, threshold| {
        finding("run-variance", severity, found.clone(), consequence).measured(variation, threshold)
    };
    if variation > VARIES_MUCH && usual > VARIES_MUCH {
        let consequence = if in_turns {
            "alone they do not tell what the program takes; pairs of runs tell what changed"
        } else {
            "they do not tell what the program takes; measure in turns, or on a quieter machine"
        };
        findings.push(variance(Severity::Refuse, consequence, VARIES_MUCH));
    } else if variation > VARIES_MUCH {
        let consequence = "some runs met another state of the machine or of the program";
        findings.push(variance(Severity::Warn, consequence, VARIES_MUCH));
    } else if at_least > VARIES {
        let consequence = "small changes cannot be seen";
        findings.push(variance(Severity::Warn, consequence, VARIES));
    }
}

/// Runs fall into two groups, each of two or more.
fn on_states(runs: &[f64], findings: &mut Vec<Finding>) {
    let n = runs.len();
    if n < FEWEST_STATES {
        return;
    }
    let ascending = sorted(runs);
    let Some((gap, at)) = (2..=n - 2)
        .map(|at| (ascending[at] - ascending[at - 1], at))
        .max_by(|a, b| a.0.total_cmp(&b.0))
    else {
        return;
    };
    let squares = |part: &[f64]| {
        let mean = part.iter().sum::<f64>() / part.len() as f64;
        part.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
    };
    let (fast, slow) = ascending.split_at(at);
    let within = ((squares(fast) + squares(slow)) / (n - 2) as f64).sqrt();
    if gap > GAP && gap > GAP_DEVIATIONS * within {
        let found = format!(
            "{} of {n} runs are in a state that is {} slower",
            slow.len(),
            percent(gap.exp_m1())
        );
        findings.push(
            finding(
                "two-states",
                Severity::Warn,
                found,
                "a capture with another share of them looks changed",
            )
            .measured(gap, GAP),
        );
    }
}

/// Runs get slower or faster one after the other, or at once.
fn on_drift(runs: &[f64], findings: &mut Vec<Finding>) {
    let n = runs.len();
    if n < FEWEST_TREND {
        return;
    }
    let third = n / 3;
    let size =
        median(&runs[n - third..]).unwrap_or_default() - median(&runs[..third]).unwrap_or_default();
    let size = size.exp_m1();
    if size.abs() > TREND_SIZE && trend(runs).is_some_and(|p| p < TREND) {
        let word = if size > 0.0 { "slower" } else { "faster" };
        let found = format!("from first to last, runs get {} {word}", percent(size.abs()));
        findings.push(
            finding(
                "drift",
                Severity::Warn,
                found,
                "the machine was not at rest, or the program keeps something from run to run",
            )
            .measured(size.abs(), TREND_SIZE),
        );
        return;
    }
    if n < FEWEST_SHIFT {
        return;
    }
    if let Some((p, at)) = level_shift(runs)
        && p < TREND
        && let (Some(before), Some(after)) = (median(&runs[..at]), median(&runs[at..]))
        && (after - before).exp_m1().abs() > TREND_SIZE
    {
        let size = (after - before).exp_m1();
        let found = format!("from run {} on times are different by {}", at + 1, percent(size));
        findings.push(
            finding("drift", Severity::Warn, found, "the machine changed its state meanwhile")
                .measured(size.abs(), TREND_SIZE),
        );
    }
}

/// Runs of several programs under one name: their hashes stand beside each other.
pub(super) fn on_programs(executable: Option<&str>, findings: &mut Vec<Finding>) {
    let programs = executable.map_or(1, |hashes| hashes.split('+').count());
    if programs > 1 {
        let found = format!("its runs are of {programs} different programs");
        findings.push(
            finding(
                "programs",
                Severity::Refuse,
                found,
                "they were added to the capture after the code had changed; capture it anew",
            )
            .measured(programs as f64, 1.0),
        );
    }
}
