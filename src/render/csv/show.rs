//! The tables of one capture.

use std::borrow::Cow;

use crate::diff::{TimingSummary, charged};
use crate::model::{CountKind, Profile, Scope, Weight};
use crate::view::{self, ShowBenchmark, ShowInput};

use super::table::Table;

/// A row for each measure of each benchmark: its time, and what was counted.
pub fn show_benchmarks(input: &ShowInput<'_>) -> String {
    let mut table = Table::new(&[
        "package",
        "target",
        "benchmark",
        "harness",
        "measure",
        "unit",
        "runs",
        "samples",
        "typical",
        "mean",
        "p50",
        "p95",
        "p99",
        "min",
        "max",
        "standard_deviation",
        "run_variation",
        "percentiles_are_bounds",
        "failure",
    ]);
    for benchmark in &input.benchmarks {
        let entry = benchmark.entry;
        let begin = |table: &mut Table, measure: &str, unit: &str| {
            table.id(&entry.id).text(entry.harness.as_str()).text(measure).text(unit);
        };
        if let Some(failure) = &entry.failure {
            begin(&mut table, "", "");
            table.empty(12).text(&format!("{}: {}", failure.stage, failure.status)).end();
        }
        if let Some(summary) = benchmark.summary {
            begin(&mut table, "time", "ns");
            table.count(Some(summary.runs as u64)).count(Some(summary.samples as u64));
            let figures: [fn(TimingSummary) -> f64; 8] = [
                |s| s.typical,
                |s| s.mean,
                |s| s.p50,
                |s| s.p95,
                |s| s.p99,
                |s| s.min,
                |s| s.max,
                |s| s.standard_deviation,
            ];
            for figure in figures {
                table.number(Some(figure(summary)));
            }
            table
                .number(summary.run_variation)
                .text(if summary.percentiles_are_bounds { "true" } else { "false" })
                .empty(1)
                .end();
        }
        for count in &entry.counts {
            for measure in count.kind.measures() {
                begin(&mut table, measure.cost_unit(), measure.cost_unit());
                let (low, high) = count.per_iteration(measure);
                let sum: f64 = count.runs.iter().map(|run| run.of(measure) as f64).sum();
                let mean = sum / count.runs.len().max(1) as f64 / count.iterations.max(1) as f64;
                table
                    .count(Some(count.runs.len() as u64))
                    .empty(2)
                    .number(Some(mean))
                    .empty(3)
                    .number(Some(low))
                    .number(Some(high))
                    .empty(4)
                    .end();
            }
        }
    }
    table.finish()
}

/// A row for each function of each profile, the largest self weight first. Costs are per
/// iteration.
pub fn show_functions(input: &ShowInput<'_>) -> String {
    let mut table = Table::new(&[
        "package",
        "target",
        "benchmark",
        "measure",
        "unit",
        "function",
        "self_share",
        "total_share",
        "self",
        "total",
    ]);
    for benchmark in &input.benchmarks {
        if let Some(profile) = benchmark.profile {
            let measure = (profile.weight, view::cost_of_benchmark(benchmark));
            functions(&mut table, benchmark, measure, profile);
        }
        for (summary, profile) in benchmark.entry.counts.iter().zip(benchmark.counts) {
            for measure in summary.kind.measures() {
                let profile = match (summary.kind, measure) {
                    (CountKind::Instructions | CountKind::Event(_), _) => Cow::Borrowed(profile),
                    (CountKind::Allocations, Weight::Allocations) => {
                        Cow::Owned(charged(&profile.by_count(Weight::Allocations)))
                    }
                    (CountKind::Allocations, _) => Cow::Owned(charged(profile)),
                };
                let runs = f64::from(profile.runs().max(1)) * summary.iterations.max(1) as f64;
                let cost = profile.total(Scope::Benchmark) as f64 / runs;
                functions(&mut table, benchmark, (measure, Some(cost)), &profile);
            }
        }
    }
    table.finish()
}

/// `cost`: of the whole benchmark.
fn functions(
    table: &mut Table,
    benchmark: &ShowBenchmark<'_>,
    (measure, cost): (Weight, Option<f64>),
    profile: &Profile,
) {
    let whole = profile.total(Scope::Benchmark).max(1) as f64;
    let unit = measure.cost_unit();
    let name = if unit == "ns" { "time" } else { unit };
    for (function, totals) in view::totals_by_name(profile) {
        let shares = [totals.self_weight, totals.total_weight].map(|w| w as f64 / whole);
        table.id(&benchmark.entry.id).text(name).text(unit).text(function);
        shares.iter().for_each(|share| _ = table.number(Some(*share)));
        shares.iter().for_each(|share| _ = table.number(cost.map(|cost| cost * share)));
        table.end();
    }
}
