//! Each detector on what it is for, and on published figures whose faults were found by hand.

use super::*;
use crate::model::{
    Batch, Harness, Health, Machine, Measurement, Mode, Reading, Reference, Resources, Run,
    Settings, Summary, Throughput, ThroughputKind, Toolchain, Weight,
};
use crate::stats::{Random, normal_quantile};

pub(super) fn id(name: &str) -> BenchmarkId {
    BenchmarkId { package: "p".into(), target: "t".into(), benchmark: name.into() }
}

pub(super) fn entry(name: &str) -> BenchmarkEntry {
    BenchmarkEntry {
        is_bound: None,
        recorder: None,
        id: id(name),
        harness: Harness::Criterion,
        folder: name.into(),
        executable: Some("aa".into()),
        timed: true,
        profile: None,
        counts: Vec::new(),
        failure: None,
        beside: None,
    }
}

pub(super) fn capture() -> Capture {
    Capture {
        label: "x".parse().unwrap(),
        id: "0".into(),
        time: String::new(),
        perfbase: String::new(),
        commit: None,
        toolchain: Toolchain::default(),
        machine: Machine { cores: 4, ..Machine::default() },
        settings: Settings::default(),
        recorder: None,
        counters: Vec::new(),
        beside: None,
        parities: Vec::new(),
        benchmarks: Vec::new(),
    }
}

/// A run of batches of so many iterations each, of these ns per iteration.
pub(super) fn run(times: &[f64], iterations: f64) -> Run {
    let batch = |time: &f64| Batch { iterations, nanoseconds: time * iterations };
    let batches: Vec<Batch> = times.iter().map(batch).collect();
    let wall = batches.iter().map(|batch| batch.nanoseconds).sum::<f64>();
    Run {
        measurement: Measurement::Batches { mode: Mode::Flat, batches },
        wall_ns: if wall.is_finite() { wall as u64 } else { 0 },
        resources: None,
        reference: None,
    }
}

pub(super) fn timing(runs: Vec<Run>) -> Timing {
    Timing { runs, throughput: None }
}

/// Check and severity of what is found of one benchmark.
fn checks(timing: &Timing) -> Vec<(&'static str, Severity)> {
    let findings = of(&[("one", timing)]);
    assert!(findings.iter().all(|finding| finding.benchmark == Some(id("one"))));
    findings.iter().map(|finding| (finding.check, finding.severity)).collect()
}

fn of(benchmarks: &[(&str, &Timing)]) -> Vec<Finding> {
    let entries: Vec<BenchmarkEntry> = benchmarks.iter().map(|(name, _)| entry(name)).collect();
    examine(&capture(), &subjects(&entries, benchmarks))
}

fn subjects<'a>(
    entries: &'a [BenchmarkEntry],
    benchmarks: &[(&str, &'a Timing)],
) -> Vec<Subject<'a>> {
    entries
        .iter()
        .zip(benchmarks)
        .map(|(entry, (_, timing))| Subject {
            entry,
            timing: Some(timing),
            profile: None,
            in_turns: false,
        })
        .collect()
}

/// Times around 1 µs with this deviation.
fn noise(random: &mut Random, n: usize, deviation: f64) -> Vec<f64> {
    (0..n).map(|_| 1000.0 * (deviation * random.normal()).exp()).collect()
}

/// Runs of clean times, each changed by its number and position.
fn runs(n: usize, batches: usize, change: impl Fn(usize, usize) -> f64) -> Timing {
    let mut random = Random::new(3);
    let runs = (0..n).map(|r| {
        let times = noise(&mut random, batches, 0.01);
        let times: Vec<f64> = times.iter().enumerate().map(|(i, t)| t * change(r, i)).collect();
        run(&times, 1000.0)
    });
    timing(runs.collect())
}

use Severity::{Note, Refuse, Warn};

#[test]
fn clean_times_raise_nothing() {
    assert_eq!(checks(&runs(10, 20, |_, _| 1.0)), []);
    assert_eq!(checks(&runs(3, 100, |_, _| 1.0)), []);
    assert_eq!(checks(&runs(1, 1, |_, _| 1.0)), []);
    assert_eq!(checks(&Timing::default()), []);
}

#[test]
fn impossible_figures_are_refused() {
    let with = |bad: f64| {
        let mut times = vec![1000.0; 30];
        times[7] = bad;
        checks(&timing(vec![run(&times, 10.0)]))
    };
    for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        assert_eq!(with(bad), [("numbers", Refuse)], "{bad}");
    }
    assert_eq!(checks(&timing(vec![run(&[1.0, 2.0], 0.0)])), [("numbers", Refuse)]);
    let summary = |median: f64| {
        let summary = Summary {
            min: None,
            median,
            mean: None,
            max: None,
            spread: None,
            samples: None,
            iterations: None,
        };
        let measurement = Measurement::Summary(summary);
        checks(&timing(vec![Run { measurement, wall_ns: 1, resources: None, reference: None }]))
    };
    assert_eq!(summary(0.0), [("numbers", Refuse)]);
    assert_eq!(summary(0.09), [("optimised-away", Refuse)]);
    assert_eq!(summary(1.0), []);
}

#[test]
fn time_has_to_grow_with_iterations() {
    let linear = |time: fn(f64) -> f64| {
        let batches = (1..=20)
            .map(|k| f64::from(k) * 1000.0)
            .map(|iterations| Batch { iterations, nanoseconds: time(iterations) })
            .collect();
        let measurement = Measurement::Batches { mode: Mode::Linear, batches };
        checks(&timing(vec![Run { measurement, wall_ns: 1, resources: None, reference: None }]))
    };
    assert!(!linear(|n| 5.0 * n).iter().any(|(check, _)| *check == "no-growth"));
    assert_eq!(linear(|n| 1e6 + 0.1 * n), [("no-growth", Refuse)]);
}

#[test]
fn coarse_clocks_are_seen() {
    let mut random = Random::new(1);
    let times: Vec<f64> =
        noise(&mut random, 40, 0.02).iter().map(|t| (t / 20.0).round() * 20.0).collect();
    assert_eq!(checks(&timing(vec![run(&times, 100.0)])), [("resolution", Warn)]);
    let short = noise(&mut random, 40, 0.02);
    assert_eq!(checks(&timing(vec![run(&short, 0.5)]))[0], ("short-batches", Warn));
}

#[test]
fn spread_is_judged_by_what_the_benchmark_does() {
    let of = |deviation: f64, iterations: f64, cpu: f64| {
        let ms: Vec<f64> = quantiles(1e6, (1.645 * deviation).exp());
        let mut run = run(&ms, iterations);
        run.resources =
            Some(Resources { user_ns: (cpu * run.wall_ns as f64) as u64, ..Resources::default() });
        checks(&timing(vec![run]))
    };
    assert_eq!(of(0.03, 1.0, 1.0), []);
    assert_eq!(of(0.003, 1.0, 1.0), []);
    assert_eq!(of(0.003, 1.0, 0.1), [("even", Warn)]);
    assert_eq!(of(0.003, 500.0, 0.1), [], "the average of many is even");
    assert_eq!(of(0.03, 1.0, 0.1), []);
    assert_eq!(of(0.0002, 1.0, 1.0), [("even", Note)]);
    assert_eq!(of(0.2, 1.0, 1.0), [("wide", Warn)]);
}

#[test]
fn two_modes_are_seen() {
    let mut random = Random::new(4);
    let mut times = || {
        let state = if random.uniform() < 0.4 { 2.0 } else { 1.0 };
        noise(&mut random, 1, 0.01)[0] * state
    };
    let runs = (0..10).map(|_| run(&(0..20).map(|_| times()).collect::<Vec<_>>(), 1e3)).collect();
    let found = checks(&timing(runs));
    assert_eq!(found[..2], [("wide", Warn), ("two-modes", Warn)], "{found:?}");
}

#[test]
fn what_order_shows_is_seen() {
    assert_eq!(checks(&runs(10, 20, |_, i| if i < 2 { 1.1 } else { 1.0 }))[0], ("warm-up", Warn));
    assert_eq!(checks(&runs(1, 100, |_, i| if i < 10 { 1.1 } else { 1.0 }))[0], ("warm-up", Warn));
    assert!(
        checks(&runs(2, 100, |_, i| if i < 60 { 1.0 } else { 1.04 }))
            .contains(&("shift-in-run", Warn))
    );
    let waves = checks(&runs(10, 20, |r, i| 1.0 + 0.03 * ((r + i) as f64 / 3.0).sin()));
    assert_eq!(waves, [("correlation", Note)]);
}

#[test]
fn runs_are_compared_with_each_other() {
    let of = |change: fn(usize) -> f64, n: usize| checks(&runs(n, 20, |r, _| change(r)));
    assert_eq!(of(|r| [1.0, 1.07, 0.95, 1.02, 0.93][r % 5], 10), [("run-variance", Warn)]);
    assert_eq!(of(|r| [1.0, 1.3, 0.8, 1.15, 0.9][r % 5], 10), [("run-variance", Refuse)]);
    // One slow run of many is no reason to say nothing.
    assert_eq!(of(|r| if r == 4 { 1.6 } else { 1.0 }, 10), [("run-variance", Warn)]);
    assert_eq!(
        of(|r| if r % 3 == 0 { 1.09 } else { 1.0 }, 12),
        [("run-variance", Warn), ("two-states", Warn)]
    );
    assert_eq!(of(|r| 1.0 + 0.004 * r as f64, 12), [("drift", Warn)]);
    assert_eq!(of(|r| if r < 15 { 1.0 } else { 1.03 }, 32), [("drift", Warn)]);
}

#[test]
fn in_turns_the_machine_cancels_out() {
    let timing = runs(32, 20, |r, _| [1.0, 1.3, 0.8, 1.15, 0.9][r % 5]);
    let entry = entry("one");
    let subject = Subject { entry: &entry, timing: Some(&timing), profile: None, in_turns: true };
    let mut busy = capture();
    busy.machine.conditions.steal_share = Some(0.2);
    let found: Vec<_> = examine(&busy, &[subject]).iter().map(|f| (f.check, f.severity)).collect();
    assert_eq!(found, [("run-variance", Note)]);
    let alone = examine(&busy, &[Subject { in_turns: false, ..subject }]);
    assert_eq!((alone[0].check, &alone[0].benchmark), ("steal", &None));
    assert_eq!(alone[1].severity, Refuse);
    assert_eq!(refused(&alone).collect::<Vec<_>>(), [Some(&id("one"))]);
}

#[test]
fn the_machine_is_told_by_what_it_did_meanwhile() {
    let mut capture = capture();
    capture.machine.cores = 4;
    let of = |capture: &mut Capture, busy: f64, steal: f64, heat: u64| {
        capture.machine.conditions.meanwhile = Some(crate::model::Meanwhile {
            busy_cpus: Some(busy),
            steal_share: Some(steal),
            throttled: Some(heat),
        });
    };
    capture.machine.conditions.busy_cpus = Some(4.0);
    let entry = entry("one");
    let timing = runs(10, 20, |_, _| 1.0);
    let subject = Subject { entry: &entry, timing: Some(&timing), profile: None, in_turns: false };
    let alone = |capture: &Capture| -> Vec<_> {
        examine(capture, &[subject]).iter().map(|f| (f.check, f.measured.unwrap().figure)).collect()
    };
    assert_eq!(alone(&capture), [("load", 1.0)]);
    // It was busy when it began only.
    of(&mut capture, 1.0, 0.01, 0);
    assert_eq!(alone(&capture), []);
    of(&mut capture, 2.0, 0.02, 3);
    assert_eq!(alone(&capture), [("steal", 0.02), ("load", 0.5), ("heat", 3.0)]);
}

/// What the reference kernel took: its parts before and after, in ns.
pub(super) fn reference(cpu: u32, before: [u64; 2], after: [u64; 2]) -> Reference {
    let reading = |[latency_ns, throughput_ns]: [u64; 2]| Reading {
        cpu: Some(cpu),
        latency_ns,
        throughput_ns,
    };
    Reference { kernel: "k".into(), before: reading(before), after: reading(after) }
}

#[test]
fn slow_states_of_the_machine_are_told() {
    const USUAL: [u64; 2] = [50_000, 80_000];
    let found = |n: usize, of: &dyn Fn(usize) -> Reference| {
        let mut timing = runs(n, 20, |_, _| 1.0);
        for (r, run) in timing.runs.iter_mut().enumerate() {
            run.reference = Some(of(r));
        }
        super::tests::of(&[("one", &timing)])
    };
    assert_eq!(found(10, &|_| reference(0, USUAL, USUAL)), []);
    // A clock that has yet to rise, or an interrupt after the run, says nothing of the run.
    assert_eq!(found(10, &|_| reference(0, [90_000, 99_000], USUAL)), []);
    assert_eq!(found(10, &|_| reference(0, USUAL, [90_000, 99_000])), []);
    let slow = [50_100, 100_000];
    // Two of ten are not among the faster ones, by which a benchmark is judged.
    assert_eq!(found(10, &|r| reference(0, USUAL, if r < 2 { slow } else { USUAL })), []);
    let of = |r: usize| if r.is_multiple_of(3) { slow } else { USUAL };
    let shared = found(10, &|r| reference(r as u32 % 3, of(r), of(r)));
    assert_eq!((shared.len(), shared[0].check, shared[0].severity), (1, "slow-state", Warn));
    assert_eq!(
        shared[0].line(),
        "during 4 of 10 runs the machine took 25.0 % longer for a fixed piece of work, all on CPU \
         0: somebody shared its core, perhaps outside of this system: the runs may be slower for \
         that alone"
    );
    assert_eq!(shared[0].measured.unwrap().figure, 0.4);
    let of = |r: usize| if r.is_multiple_of(3) { [60_000, 96_000] } else { USUAL };
    let clock = found(10, &|r| reference(0, of(r), of(r)));
    assert!(clock[0].line().contains("20.0 % longer for a fixed piece of work: its clock fell"));
    // Two of three runs are slow, of which the first and the last reading tell otherwise.
    let of = |r: usize| if r > 0 { [60_000, 96_000] } else { USUAL };
    assert_eq!(found(3, &|r| reference(0, of(r), of(r))).len(), 1);
    // Another kernel's times are nothing to go by.
    let mixed = |r: usize| Reference {
        kernel: if r < 5 { "k" } else { "l" }.into(),
        ..reference(0, [(r as u64 / 5 + 1) * 50_000; 2], [(r as u64 / 5 + 1) * 50_000; 2])
    };
    assert_eq!(found(10, &mixed), []);
}

#[test]
fn a_slow_state_for_all_of_a_benchmark_is_seen_beside_the_others() {
    let with = |time: u64| {
        let mut timing = runs(10, 20, |_, _| 1.0);
        for run in &mut timing.runs {
            run.reference = Some(reference(0, [time, 80_000], [time, 80_000]));
        }
        timing
    };
    let (usual, slow) = (with(50_000), with(60_000));
    let found = of(&[("one", &usual), ("two", &slow)]);
    assert_eq!((found.len(), found[0].check), (1, "slow-state"));
    assert_eq!(found[0].benchmark, Some(id("two")));
    let (entry, capture) = (entry("two"), capture());
    let subject = Subject { entry: &entry, timing: Some(&slow), profile: None, in_turns: true };
    let beside = Subject { timing: Some(&usual), ..subject };
    assert_eq!(examine(&capture, &[beside, subject])[0].severity, Note);
}

#[test]
fn runs_of_several_programs_are_refused() {
    let timing = runs(10, 20, |_, _| 1.0);
    let mut entry = entry("one");
    entry.executable = Some("aa+bb".into());
    let subject = Subject { entry: &entry, timing: Some(&timing), profile: None, in_turns: false };
    let found = examine(&capture(), &[subject]);
    assert_eq!((found.len(), found[0].check, found[0].severity), (1, "programs", Refuse));
}

#[test]
fn interruptions_are_per_second() {
    let of = |switches: u64, mode: Mode| {
        let mut timing = runs(4, 20, |_, _| 1.0);
        for run in &mut timing.runs {
            if let Measurement::Batches { mode: of, .. } = &mut run.measurement {
                *of = mode;
            }
            run.wall_ns = 600_000_000;
            run.resources = Some(Resources {
                user_ns: 540_000_000,
                involuntary_switches: switches,
                ..Resources::default()
            });
        }
        of(&[("one", &timing)])
    };
    assert_eq!(of(3, Mode::Flat), []);
    assert_eq!(of(300, Mode::Process), []);
    let found = of(30, Mode::Flat);
    assert_eq!(found[0].check, "interrupted");
    assert!((found[0].measured.unwrap().figure - 50.0).abs() < 1e-9);
    assert!(found[0].found.contains("90.0 %"), "{}", found[0].found);
}

#[test]
fn profiles_are_judged_by_how_they_were_recorded() {
    let of = |health: Health, weight_ns: u64| {
        let profile = ProfileSummary {
            weight: Weight::CpuTime,
            runs: 3,
            benchmark_weight: weight_ns,
            harness_weight: 0,
            health,
            iteration_ns: Vec::new(),
        };
        let entry = entry("one");
        let subject =
            Subject { entry: &entry, timing: None, profile: Some(&profile), in_turns: false };
        let mut capture = capture();
        capture.recorder = Some(crate::model::RecorderInfo {
            name: "perf".into(),
            version: String::new(),
            event: String::new(),
            frequency_hz: 1000.0,
            stacks: String::new(),
        });
        let findings = examine(&capture, &[subject]);
        findings.iter().map(|finding| finding.check).collect::<Vec<_>>()
    };
    let good = Health { samples: 2000, ..Health::default() };
    assert_eq!(of(good, 2_000_000_000), [""; 0]);
    assert_eq!(of(good, 4_000_000_000), ["rate"]);
    let poor = Health { samples: 100, lost: 1, truncated: 4, unknown: 2, throttled: 3 };
    let all = ["samples", "unknown", "truncated", "lost", "throttled"];
    assert_eq!(of(poor, 100_000_000), all);
}

#[test]
fn larger_ones_are_not_faster() {
    let of_ns = |time: f64| timing(vec![run(&[time, 1.01 * time, 0.99 * time], 1.0)]);
    // Messages per second as published: 91.61, 90.45 and 714,200.52.
    let [kb, ten, mb] = [1e9 / 91.61, 1e9 / 90.45, 1e9 / 714_200.52].map(of_ns);
    let found = of(&[("firehose 1KB", &kb), ("firehose 10KB", &ten), ("firehose 1MB", &mb)]);
    let found: Vec<_> = found.iter().filter(|finding| finding.check == "siblings").collect();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].benchmark.clone(), found[0].severity), (Some(id("firehose 1MB")), Refuse));
    assert!((found[0].measured.unwrap().figure - 7_796.0).abs() < 1.0);
    // Numbers alone may be of threads; work that is declared is work.
    let (slow, fast) = (of_ns(1e6), of_ns(1e5));
    assert!(
        !of(&[("threads/1", &slow), ("threads/8", &fast)]).iter().any(|f| f.check == "siblings")
    );
    let declared = |timing: &Timing, amount| Timing {
        throughput: Some(Throughput { amount, kind: ThroughputKind::Bytes }),
        ..timing.clone()
    };
    let (slow, fast) = (declared(&slow, 1), declared(&fast, 8));
    let found = of(&[("x/1", &slow), ("x/8", &fast)]);
    assert!(found.iter().any(|f| f.check == "siblings" && f.severity == Warn));
}

/// Fifty times with this median and this P95/P50, in an order without meaning.
fn quantiles(median: f64, ratio: f64) -> Vec<f64> {
    (0..50)
        .map(|i| (f64::from(i * 17 % 50) + 0.5) / 50.0)
        .map(|p| median * (ratio.ln() * normal_quantile(p) / 1.645).exp())
        .collect()
}

/// An end-to-end benchmark in ms, of which one run each is known by P50 and P95/P50: it waits for
/// other processes nearly all of its time.
fn end_to_end(p50s: &[f64], ratio: f64) -> Timing {
    let runs = p50s.iter().map(|ms| {
        let mut run = run(&quantiles(1e6 * ms, ratio), 1.0);
        run.resources = Some(Resources { user_ns: run.wall_ns / 30, ..Resources::default() });
        run
    });
    timing(runs.collect())
}

/// Check and benchmark of what is found of published figures.
fn published(benchmarks: &[(&str, Timing)]) -> Vec<(&'static str, String)> {
    let borrowed: Vec<(&str, &Timing)> = benchmarks.iter().map(|(n, t)| (*n, t)).collect();
    let entries: Vec<BenchmarkEntry> = borrowed.iter().map(|(name, _)| entry(name)).collect();
    let subjects = subjects(&entries, &borrowed);
    let mut findings = examine(&capture(), &subjects);
    findings.retain(|finding| finding.severity >= Warn);
    let name = |finding: &Finding| finding.benchmark.clone().unwrap().benchmark;
    findings.iter().map(|finding| (finding.check, name(finding))).collect()
}

/// A published baseline in ms that its authors later found unreliable, by hand: two of their reasons.
/// The others are orders between benchmarks, which rules tell (`tests/config/documents.rs`).
#[test]
fn a_published_baseline_raises_the_alarms_that_were_raised_by_hand() {
    let found = published(&[
        ("linear_rust", end_to_end(&[126.66], 1.008)),
        ("diamond_rust", end_to_end(&[127.26], 1.05)),
        ("complex_dag_rust", end_to_end(&[190.0], 1.010)),
        ("ruby_diamond", end_to_end(&[144.0], 1.05)),
        ("python_linear", end_to_end(&[183.87], 1.05)),
        ("python_diamond", end_to_end(&[185.85], 1.05)),
        ("typescript_linear", end_to_end(&[183.31], 1.05)),
        ("typescript_diamond", end_to_end(&[186.53], 1.05)),
    ]);
    let expected = [("even", "linear_rust"), ("even", "complex_dag_rust")];
    assert_eq!(found, expected.map(|(check, name)| (check, name.to_owned())));
}

/// The figures that replaced it, two runs each: what varies between them by more than 10 %, and
/// nothing of the above.
#[test]
fn its_replacement_raises_what_was_said_of_it() {
    let benchmarks = [
        ("linear_rust", [258.17, 255.26], 1.06),
        ("diamond_rust", [199.60, 259.26], 1.03),
        ("conditional_rust", [250.90, 262.13], 1.11),
        ("complex_dag_rust", [382.30, 381.69], 1.05),
        ("hierarchical_tree_rust", [388.88, 425.65], 1.05),
        ("single_task_linear", [261.34, 261.16], 1.10),
        ("concurrent_tasks_2x", [331.91, 383.64], 1.03),
        ("ruby_diamond", [260.97, 259.92], 1.05),
        ("python_linear", [314.72, 315.17], 1.05),
        ("python_diamond", [260.38, 275.16], 1.05),
        ("typescript_linear", [315.08, 315.95], 1.05),
        ("typescript_diamond", [260.37, 269.79], 1.05),
    ]
    .map(|(name, p50s, ratio)| (name, end_to_end(&p50s, ratio)));
    let borrowed: Vec<(&str, &Timing)> = benchmarks.iter().map(|(n, t)| (*n, t)).collect();
    let entries: Vec<BenchmarkEntry> = borrowed.iter().map(|(name, _)| entry(name)).collect();
    let subjects = subjects(&entries, &borrowed);
    let found = examine(&capture(), &subjects);
    let beyond: Vec<&str> = found
        .iter()
        .filter(|f| f.check == "run-variance" && f.measured.unwrap().figure > 0.10)
        .map(|finding| &*finding.benchmark.as_ref().unwrap().benchmark)
        .collect();
    assert_eq!(beyond, ["diamond_rust", "concurrent_tasks_2x"]);
    assert!(found.iter().all(|finding| finding.check == "run-variance"), "{found:?}");
}

/// A published report whose times oscillate between 11 ms and 22 ms, and whose checks take
/// picoseconds.
#[test]
fn a_published_report_is_questioned_where_it_should_be() {
    let mut random = Random::new(8);
    let mut times = || {
        let cycles = if random.uniform() < 0.6 { 11.0 } else { 22.0 };
        1e6 * cycles * (0.02 * random.normal()).exp()
    };
    let saturation = timing(vec![run(&(0..300).map(|_| times()).collect::<Vec<_>>(), 1.0)]);
    assert_eq!(checks(&saturation), [("wide", Warn), ("two-modes", Warn)]);
    for ps in [93.42, 184.44, 208.25, 210.86] {
        let check = timing(vec![run(&quantiles(ps / 1e3, 1.02), 1e9)]);
        assert_eq!(checks(&check), [("optimised-away", Refuse)]);
    }
    assert_eq!(checks(&timing(vec![run(&quantiles(1.00, 1.02), 1e6)])), []);
}

/// Ten runs of nineteen batches of growing size, as criterion's are; the machine has two states.
fn in_two_states() -> Timing {
    let batch = |run: u32, k: u32| {
        let state = if run.is_multiple_of(2) { 1.5 } else { 1.0 };
        let time = state * 100.0 * (1.0 + f64::from((run * 19 + k) * 7 % 31) / 40.0);
        let iterations = f64::from(k * 10);
        Batch { iterations, nanoseconds: time * iterations }
    };
    let run = |run| {
        let batches = (2..=20).map(|k| batch(run, k)).collect();
        let measurement = Measurement::Batches { mode: Mode::Linear, batches };
        Run { measurement, wall_ns: 0, resources: None, reference: None }
    };
    timing((0..10).map(run).collect())
}

#[test]
fn what_is_judged_is_what_reports_show() {
    let timing = in_two_states();
    let summary = crate::diff::summarize(&timing).unwrap();
    let found = of(&[("a", &timing)]);
    let judged = |check: &str| {
        let finding = found.iter().find(|finding| finding.check == check).unwrap();
        finding.measured.unwrap().figure
    };
    assert!((judged("run-variance") - summary.run_variation.unwrap()).abs() < 1e-12);
    assert!((judged("wide") - summary.p95 / summary.p50).abs() < 1e-12);
}

#[test]
fn what_ran_in_turns_is_not_told_to_run_in_turns() {
    let timing = in_two_states();
    let entries = [entry("a")];
    let mut subjects = subjects(&entries, &[("a", &timing)]);
    let advises = |subjects: &[Subject<'_>]| {
        let findings = examine(&capture(), subjects);
        let one = findings.iter().find(|finding| finding.check == "run-variance").unwrap();
        one.consequence.contains("measure in turns")
    };
    assert!(advises(&subjects));
    subjects[0].in_turns = true;
    assert!(!advises(&subjects));
}

#[test]
fn a_busy_machine_is_no_matter_where_nothing_was_timed() {
    let entries = [entry("a")];
    let timing = timing(vec![run(&[100.0, 101.0], 1000.0)]);
    let mut subjects = subjects(&entries, &[("a", &timing)]);
    let mut capture = capture();
    capture.machine.conditions.busy_cpus = Some(4.0);
    let is_told = |subjects: &[Subject<'_>]| {
        examine(&capture, subjects).iter().any(|finding| finding.check == "load")
    };
    assert!(is_told(&subjects));
    subjects[0].timing = None;
    assert!(!is_told(&subjects));
}
