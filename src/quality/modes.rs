//! Times that have two usual values instead of one.

use crate::model::{Finding, Severity};
use crate::stats::{dip, quantile, sorted};

use super::series::Series;
use super::{finding, percent};

/// 95 % quantiles of `√n · dip` of uniform values, the least favourable ones with a single mode, by
/// n: 20,000 samples each up to 200, then 4,000.
const CRITICAL: [(f64, f64); 7] = [
    (20.0, 0.4729),
    (40.0, 0.4896),
    (100.0, 0.5079),
    (200.0, 0.5215),
    (500.0, 0.5325),
    (1000.0, 0.5396),
    (2000.0, 0.5396),
];
/// Fewer batches have no shape.
const FEWEST: usize = 40;
/// Smallest distance of the 90 % quantile from the 10 % one, by the median, for caring.
const APART: f64 = 0.05;
/// Share of different values below which steps of the clock are modes.
const DISTINCT: f64 = 0.8;

pub(super) fn on_modes(series: &Series, findings: &mut Vec<Finding>) {
    let times = sorted(&series.levelled());
    let n = times.len();
    let distinct = times.chunk_by(|a, b| a == b).count();
    if n < FEWEST || (distinct as f64) < DISTINCT * n as f64 {
        return;
    }
    let Some(dip) = dip(&times) else { return };
    let figure = dip * (n as f64).sqrt();
    let threshold = critical(n as f64);
    let apart = (quantile(&times, 0.9) - quantile(&times, 0.1)) / quantile(&times, 0.5);
    if figure > threshold && apart > APART {
        let found = format!("its times have two usual values, about {} apart", percent(apart));
        findings.push(
            finding(
                "two-modes",
                Severity::Warn,
                found,
                "P50 lies at either of them, or between; a change may be one of how often each occurs",
            )
            .measured(figure, threshold),
        );
    }
}

/// Between those that are known, linear in ln n.
fn critical(n: f64) -> f64 {
    let next = CRITICAL.partition_point(|&(known, _)| known < n).clamp(1, CRITICAL.len() - 1);
    let ((a, low), (b, high)) = (CRITICAL[next - 1], CRITICAL[next]);
    let part = ((n.ln() - a.ln()) / (b.ln() - a.ln())).clamp(0.0, 1.0);
    low + part * (high - low)
}
