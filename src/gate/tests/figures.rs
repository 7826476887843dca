//! Figures are those of reports, and their errors those of runs.

use super::fixture::*;
use crate::diff::{Loaded, TimingSummary, summarize};
use crate::gate::Judged;
use crate::model::{Batch, Measurement, Metric, Metrics, Mode, Resources, Run, Timing};
use crate::stats::Random;

/// Runs of 20 batches whose logarithms scatter by 5 % within a run and 3 % between runs.
fn scattered(runs: usize, seed: u64) -> Timing {
    let mut random = Random::new(seed);
    let run = |_| {
        let centre = 1e6 * (0.03 * random.normal()).exp();
        let mut batch =
            || Batch { iterations: 1.0, nanoseconds: centre * (0.05 * random.normal()).exp() };
        let batches = (0..20).map(|_| batch()).collect();
        Run {
            measurement: Measurement::Batches { mode: Mode::Flat, batches },
            wall_ns: 0,
            resources: None,
            reference: None,
        }
    };
    Timing { runs: (0..runs).map(run).collect(), throughput: None }
}

fn of(timing: &Timing) -> Loaded {
    let mut loaded = capture("one");
    entry(&mut loaded, "a").timed = true;
    loaded.timings.insert(id("a"), timing.clone());
    loaded
}

fn objective(loaded: &Loaded, measure: &str, target: &str) -> Judged {
    let rule = format!("[[objective]]\n{measure}\nat-most = {target}");
    one(check(&rules(&rule), loaded))
}

#[test]
fn figures_of_times_are_those_of_reports() {
    type Figure = fn(&TimingSummary) -> f64;
    let figures: [(&str, Figure); 6] = [
        ("time", |s| s.typical),
        ("mean", |s| s.mean),
        ("p50", |s| s.p50),
        ("p95", |s| s.p95),
        ("p99", |s| s.p99),
        ("p95/p50", |s| s.p95 / s.p50),
    ];
    // One run, few, and enough to draw them anew.
    for runs in [1, 3, 12] {
        let timing = scattered(runs, 7);
        let summary = summarize(&timing).unwrap();
        for (measure, figure) in figures {
            let target = if measure == "p95/p50" { "2" } else { "\"2 ms\"" };
            let one = objective(&of(&timing), &format!("measure = \"{measure}\""), target);
            let (measured, expected) = (one.measured.unwrap(), figure(&summary));
            assert!((measured / expected - 1.0).abs() < 1e-12, "{measure} of {runs}: {measured}");
            let (low, high) = one.interval.unwrap();
            assert!(low < measured && measured < high && one.runs == runs, "{measure}");
        }
    }
}

#[test]
fn figures_of_a_run_each_are_medians() {
    let mut timing = scattered(3, 7);
    for (run, rss) in timing.runs.iter_mut().zip([9, 1, 2]) {
        run.resources = Some(Resources { peak_rss_bytes: rss * 1000, ..Resources::default() });
    }
    let mut loaded = of(&timing);
    let metric = Metric {
        name: "x".into(),
        unit: "ns".into(),
        better: crate::model::Better::Lower,
        runs: [9.0, 1.0, 2.0].map(Some).into(),
    };
    loaded.metrics.insert(id("a"), Metrics(vec![metric]));
    for (measure, target, expected) in
        [("measure = \"rss\"", "\"1 MB\"", 2000.0), ("metric = \"x\"", "\"1 ms\"", 2.0)]
    {
        let measured = objective(&loaded, measure, target).measured.unwrap();
        assert!((measured - expected).abs() < 1e-9 * expected, "{measure}: {measured}");
    }
}

#[test]
fn errors_of_many_runs_are_those_of_runs() {
    // The mean of 16 runs: the error of drawing them anew is s / √n, to within what 200 draws tell.
    let timing = scattered(16, 3);
    let means: Vec<f64> = timing
        .runs
        .iter()
        .map(|run| match &run.measurement {
            Measurement::Batches { batches, .. } => {
                let all: Vec<f64> = batches.iter().map(Batch::per_iteration).collect();
                crate::stats::mean(&all)
            }
            Measurement::Summary(_) => unreachable!("it has samples"),
        })
        .collect();
    let relative = crate::stats::standard_deviation(&means).unwrap() / crate::stats::mean(&means);
    let one = objective(&of(&timing), "measure = \"mean\"", "\"2 ms\"");
    let (low, high) = one.interval.unwrap();
    // scipy.stats.t.ppf(0.975, 15)
    let error = (high / low).ln() / 2.0 / 2.131_449_5;
    assert!((error / (relative / 4.0) - 1.0).abs() < 0.2, "{error} {}", relative / 4.0);
}

/// How often the interval of a pooled tail misses the truth: by construction 5 %.
#[test]
fn intervals_of_tails_hold_the_truth() {
    use crate::stats::repeated::repeated;
    // Both scatters together: exp(1.6449 · √(0.03² + 0.05²)) ms.
    let truth = 1e6 * (1.644_853_6 * 0.03_f64.hypot(0.05)).exp();
    for runs in [5, 16] {
        let (mut missed, all) = (0, repeated(200));
        for seed in 0..all {
            let timing = scattered(runs, 1000 + seed as u64);
            let one = objective(&of(&timing), "measure = \"p95\"", "\"2 ms\"");
            let (low, high) = one.interval.unwrap();
            missed += usize::from(truth < low || high < truth);
        }
        let rate = missed as f64 / all as f64;
        println!("P95 of {runs} runs: its interval misses the truth in {rate:.3}");
        assert!(rate < 0.15, "{runs}: {rate}");
    }
}
