//! The tables of a comparison.

use crate::diff::{
    BenchmarkDiff, Comparison, Costs, CountDiff, FunctionDiff, ProfileDiff, TimingDiff,
    TimingSummary,
};
use crate::render::json;
use crate::view;

use super::table::Table;

/// A row for each measure of each benchmark: its time, what was counted, and what the system
/// accounted to it. `change` is `new / base - 1`, and `base` and `new` are what it is of.
pub fn diff_benchmarks(comparison: &Comparison) -> String {
    let mut table = Table::new(&[
        "package",
        "target",
        "benchmark",
        "harness",
        "measure",
        "unit",
        "base",
        "new",
        "delta",
        "change",
        "change_low",
        "change_high",
        "verdict",
        "detectable",
        "p_value",
        "design",
        "pairs",
        "base_runs",
        "base_mean",
        "base_p50",
        "base_p95",
        "base_p99",
        "base_min",
        "base_max",
        "new_runs",
        "new_mean",
        "new_p50",
        "new_p95",
        "new_p99",
        "new_min",
        "new_max",
    ]);
    for benchmark in &comparison.benchmarks {
        if benchmark.base_failure.is_some() || benchmark.new_failure.is_some() {
            begin(&mut table, benchmark, "", "").empty(6).text("failed").empty(18).end();
        }
        if let Some(timing) = &benchmark.timing {
            time(&mut table, benchmark, timing);
        }
        for count in &benchmark.counts {
            self::count(&mut table, benchmark, count);
        }
        for resource in &benchmark.resources {
            let (base, new) = (resource.base, resource.new);
            let ratio = base.zip(new).map(|(base, new)| ratio(base, new));
            begin(&mut table, benchmark, &resource.name, resource.unit)
                .number(base)
                .number(new)
                .number(resource.delta.or(base.zip(new).map(|(base, new)| new - base)))
                .number(ratio)
                .empty(2)
                .text(resource.verdict.map_or("", json::less_or_more))
                .empty(18)
                .end();
        }
    }
    table.finish()
}

/// A row for each function of each profile, the largest changes first. Costs are per iteration.
pub fn diff_functions(comparison: &Comparison) -> String {
    let mut table = Table::new(&[
        "package",
        "target",
        "benchmark",
        "measure",
        "unit",
        "function",
        "crate",
        "module",
        "file",
        "line",
        "base_self_share",
        "base_total_share",
        "base_self",
        "base_total",
        "new_self_share",
        "new_total_share",
        "new_self",
        "new_total",
        "delta_self",
        "delta_self_low",
        "delta_self_high",
        "verdict",
        "delta_total",
        "delta_total_low",
        "delta_total_high",
        "verdict_total",
        "match",
        "match_from",
        "match_confidence",
    ]);
    for benchmark in &comparison.benchmarks {
        if let Some(profile) = &benchmark.profile {
            functions(&mut table, benchmark, "time", profile);
        }
        for count in &benchmark.counts {
            if let Some(profile) = &count.profile {
                functions(&mut table, benchmark, count.measure.cost_unit(), profile);
            }
        }
    }
    table.finish()
}

/// Six cells.
fn begin<'a>(
    table: &'a mut Table,
    benchmark: &BenchmarkDiff,
    measure: &str,
    unit: &str,
) -> &'a mut Table {
    table.id(&benchmark.id).text(benchmark.harness.as_str()).text(measure).text(unit)
}

fn time(table: &mut Table, benchmark: &BenchmarkDiff, timing: &TimingDiff) {
    let typical = |side: &Option<TimingSummary>| side.map(|summary| summary.typical);
    let (base, new) = (typical(&timing.base), typical(&timing.new));
    let change = timing.change;
    begin(table, benchmark, "time", "ns")
        .number(base)
        .number(new)
        .number(base.zip(new).map(|(base, new)| new - base))
        .number(change.map(|change| change.ratio))
        .interval(change.map(|change| change.interval))
        .text(timing.verdict.as_str())
        .number(change.map(|change| change.detectable))
        .number(change.map(|change| change.p_value))
        .text(timing.design.as_str())
        .count(timing.design.pairs().map(|pairs| pairs as u64));
    for side in [timing.base, timing.new] {
        table.count(side.map(|s| s.runs as u64));
        let figures: [fn(TimingSummary) -> f64; 6] =
            [|s| s.mean, |s| s.p50, |s| s.p95, |s| s.p99, |s| s.min, |s| s.max];
        for figure in figures {
            table.number(side.map(figure));
        }
    }
    table.end();
}

fn count(table: &mut Table, benchmark: &BenchmarkDiff, count: &CountDiff) {
    let sides = [&count.base, &count.new].map(Option::as_ref);
    let value = |side: usize| sides[side].map(|side| side.count());
    let unit = count.measure.cost_unit();
    begin(table, benchmark, unit, unit)
        .number(value(0))
        .number(value(1))
        .number(count.delta)
        .number(count.ratio())
        .empty(2)
        .text(count.verdict.of_amount())
        .empty(4);
    for side in sides {
        table.count(side.map(|side| side.counts.len() as u64));
        table.number(side.map(|side| side.count())).empty(3);
        let end = |pick: fn(f64, f64) -> f64| {
            side.and_then(|side| side.counts.iter().copied().reduce(pick))
        };
        table.number(end(f64::min)).number(end(f64::max));
    }
    table.end();
}

fn ratio(base: f64, new: f64) -> f64 {
    if base == new { 0.0 } else { new / base - 1.0 }
}

fn functions(table: &mut Table, benchmark: &BenchmarkDiff, measure: &str, profile: &ProfileDiff) {
    for function in view::by_change(&profile.functions) {
        table
            .id(&benchmark.id)
            .text(measure)
            .text(profile.unit.unwrap_or("share"))
            .text(&function.name)
            .text(function.krate.as_deref().unwrap_or_default())
            .text(function.module.as_deref().unwrap_or_default())
            .text(function.file.as_deref().unwrap_or_default())
            .count(function.line.map(u64::from));
        self::function(table, function, profile);
        table.end();
    }
}

fn function(table: &mut Table, function: &FunctionDiff, profile: &ProfileDiff) {
    for side in [function.base, function.new] {
        let figures: [fn(Costs) -> Option<f64>; 4] =
            [|c| Some(c.self_share), |c| Some(c.total_share), |c| c.self_cost, |c| c.total_cost];
        for figure in figures {
            table.number(side.and_then(figure));
        }
    }
    table
        .number(function.delta_self)
        .interval(function.interval_self)
        .text(function.verdict.as_str())
        .number(function.delta_total)
        .interval(function.interval_total)
        .text(function.verdict_total.as_str())
        .text(json::match_kind(function, profile))
        .text(function.matched.from.as_deref().unwrap_or_default())
        .number(function.matched.rule.map(|_| function.matched.confidence));
}
