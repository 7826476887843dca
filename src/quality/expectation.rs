//! What has to hold between benchmarks of a capture if they measure what they say.

use crate::model::{BenchmarkId, Finding, Severity};

use super::{Subject, finding, percent};
use crate::stats::{mean, sorted, standard_deviation, student_quantile};

/// Something that the program's structure makes certain.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// One has less to do than the other, and takes less time.
    Faster {
        /// The one with less to do.
        faster: BenchmarkId,
        /// The other one.
        slower: BenchmarkId,
    },
    /// All do the same, and take about the same time.
    Alike {
        /// Which.
        benchmarks: Vec<BenchmarkId>,
        /// How far the furthest may be from the median, relative.
        within: f64,
    },
}

/// Expectations that a capture's figures do not meet. Where one is broken the measurement is in
/// question, not the program: of an order, a warning where the interval of the difference shows it,
/// and a note where the interval holds both.
pub fn unmet(expectations: &[Expectation], subjects: &[Subject<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for expectation in expectations {
        match expectation {
            Expectation::Faster { faster, slower } => {
                findings.extend(order(faster, slower, subjects));
            }
            Expectation::Alike { benchmarks, within } => {
                findings.extend(alike(benchmarks, *within, subjects));
            }
        }
    }
    findings
}

/// Logarithms of the runs' times.
fn runs(id: &BenchmarkId, subjects: &[Subject<'_>]) -> Option<Vec<f64>> {
    let subject = subjects.iter().find(|subject| subject.entry.id == *id)?;
    let runs = super::series::Series::new(subject.timing?).medians;
    (!runs.is_empty()).then_some(runs)
}

fn order(faster: &BenchmarkId, slower: &BenchmarkId, subjects: &[Subject<'_>]) -> Option<Finding> {
    let (a, b) = (runs(faster, subjects)?, runs(slower, subjects)?);
    let difference = mean(&a) - mean(&b);
    let variance = |runs: &[f64]| {
        standard_deviation(runs).map_or(0.0, |deviation| deviation.powi(2) / runs.len() as f64)
    };
    let degrees = (a.len() + b.len()).saturating_sub(2).max(1) as f64;
    let error = (variance(&a) + variance(&b)).sqrt() * student_quantile(0.975, degrees);
    let times = difference.exp_m1();
    // Nobody knows how single runs vary: what they show is all that there is.
    if difference + error < 0.0 {
        return None;
    }
    let is_shown = difference - error > 0.0;
    let found = if times.abs() < 0.01 {
        format!("it takes as long as {} ({})", slower.benchmark, signed(times))
    } else {
        format!("it takes {} of the time of {}", percent(times + 1.0), slower.benchmark)
    };
    let (severity, consequence) = if is_shown {
        (Severity::Warn, "it has less to do, and cannot: the measurement is in question")
    } else {
        (Severity::Note, "it has less to do; its runs vary too much to tell")
    };
    Some(finding("order", severity, found, consequence).of(faster).measured(times, 0.0))
}

fn signed(share: f64) -> String {
    format!("{:+.1} %", 100.0 * share)
}

fn alike(benchmarks: &[BenchmarkId], within: f64, subjects: &[Subject<'_>]) -> Vec<Finding> {
    let known: Vec<(&BenchmarkId, f64)> =
        benchmarks.iter().filter_map(|id| Some((id, mean(&runs(id, subjects)?)))).collect();
    let mut findings = Vec::new();
    if known.len() < 2 {
        return findings;
    }
    for (id, ln) in &known {
        let others: Vec<f64> =
            known.iter().filter(|(other, _)| other != id).map(|(_, ln)| *ln).collect();
        let ascending = sorted(&others);
        // The nearest of the others: with two benchmarks both are named, with more the odd one.
        let nearest = ascending
            .iter()
            .map(|other| ln - other)
            .min_by(|a, b| a.abs().total_cmp(&b.abs()))
            .unwrap_or(0.0)
            .exp_m1();
        if nearest.abs() > within {
            let found = format!("it takes {} against others that do the same", signed(nearest));
            let consequence = "it does not do the same, or its measurement is in question";
            findings.push(
                finding("alike", Severity::Warn, found, consequence)
                    .of(id)
                    .measured(nearest.abs(), within),
            );
        }
    }
    findings
}
