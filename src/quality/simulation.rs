//! How often each detector is wrong, and how often it finds what is there, by simulation with fixed
//! seeds. The figures in `docs/quality.md` come from `PERFBASE_SIMULATIONS=40 cargo test --release
//! --lib quality::simulation -- --nocapture`.

use std::collections::BTreeMap;

use super::tests::{capture, entry, reference, run, timing};
use super::{Subject, examine};
use crate::model::Severity;
use crate::stats::Random;
use crate::stats::repeated::repeated;

/// Times of a capture.
#[derive(Clone, Copy)]
struct World {
    name: &'static str,
    runs: usize,
    batches: usize,
    /// Standard deviation of runs' logarithms.
    between: f64,
    /// Standard deviation of batches' logarithms, of noise that is normal.
    within: f64,
    /// Mean of additional noise that is exponential: most of what disturbs makes slower.
    tail: f64,
    /// Correlation of neighbouring batches' normal noise.
    correlation: f64,
}

const CLEAN: World = World {
    name: "10 runs of 20, 1 %",
    runs: 10,
    batches: 20,
    between: 0.01,
    within: 0.01,
    tail: 0.0,
    correlation: 0.0,
};

/// Worlds in which nothing is wrong.
const WORLDS: [World; 7] = [
    CLEAN,
    World { name: "32 runs of 20, 1 %", runs: 32, ..CLEAN },
    World { name: "3 runs of 100, 1 %", runs: 3, batches: 100, ..CLEAN },
    World { name: "10 of 20, 3 %", between: 0.03, within: 0.03, ..CLEAN },
    World { name: "10 of 20, tail 5 %", tail: 0.05, ..CLEAN },
    World { name: "10 of 20, neighbours 0.2", correlation: 0.2, ..CLEAN },
    World { name: "3 of 100, neighbours 0.2", runs: 3, batches: 100, correlation: 0.2, ..CLEAN },
];

/// Shares of captures in which each check fires, when `change` acts on the logarithm of each time
/// by its run and batch.
fn rates(
    world: World,
    captures: usize,
    change: impl Fn(&mut Random, usize, usize) -> f64,
) -> BTreeMap<(&'static str, Severity), f64> {
    let mut random = Random::new(11);
    let captures = repeated(captures);
    let mut counts: BTreeMap<(&'static str, Severity), f64> = BTreeMap::new();
    let (entry, capture) = (entry("one"), capture());
    for _ in 0..captures {
        let runs = (0..world.runs).map(|r| {
            let level = world.between * random.normal();
            let mut state = random.normal();
            let times: Vec<f64> = (0..world.batches)
                .map(|i| {
                    let fresh = (1.0 - world.correlation.powi(2)).sqrt() * random.normal();
                    state = world.correlation * state + fresh;
                    let tail = -world.tail * (1.0 - random.uniform()).ln();
                    1e4 * (level + world.within * state + tail + change(&mut random, r, i)).exp()
                })
                .collect();
            run(&times, 1000.0)
        });
        let timing = timing(runs.collect());
        let subject =
            Subject { entry: &entry, timing: Some(&timing), profile: None, in_turns: false };
        for finding in examine(&capture, &[subject]) {
            *counts.entry((finding.check, finding.severity)).or_default() += 1.0;
        }
    }
    counts.into_iter().map(|(key, count)| (key, count / captures as f64)).collect()
}

/// Where nothing is wrong, nothing is refused, and each check is silent in all but few captures.
#[test]
fn clean_captures_raise_few_alarms() {
    for world in WORLDS {
        let found = rates(world, 250, |_, _, _| 0.0);
        println!("{}: {found:.4?}", world.name);
        for ((check, severity), rate) in found {
            assert!(severity < Severity::Refuse, "{}: {check}", world.name);
            let most = match check {
                // 5 % by construction where runs vary by exactly the threshold.
                "run-variance" if world.between >= 0.03 => 0.10,
                // They are alike, if less than it tells.
                "correlation" if world.correlation > 0.0 => 0.06,
                _ => 0.03,
            };
            assert!(rate <= most, "{}: {check} {rate}", world.name);
        }
    }
}

/// Where something is wrong, it is found.
#[test]
fn what_is_planted_is_found() {
    let find = |what: &str, check: &'static str, least: f64, found: BTreeMap<_, f64>| {
        let rate: f64 =
            found.iter().filter(|((of, _), _)| *of == check).map(|(_, rate)| rate).sum();
        println!("{what}: {check} {rate:.3}");
        assert!(rate >= least, "{what}: {check} {rate}");
    };
    let long = WORLDS[2];
    let wide = World { runs: 32, ..CLEAN };
    find(
        "a third of 10 runs 20 % slower",
        "two-states",
        0.7,
        rates(CLEAN, 100, |_, r, _| if r % 3 == 1 { 0.2 } else { 0.0 }),
    );
    find(
        "runs vary by 10 %",
        "run-variance",
        0.85,
        rates(World { between: 0.1, ..CLEAN }, 100, |_, _, _| 0.0),
    );
    find(
        "40 % of batches 10 % slower",
        "two-modes",
        0.8,
        rates(CLEAN, 100, |random, _, _| if random.uniform() < 0.4 { 0.1 } else { 0.0 }),
    );
    find(
        "the first tenth 3 % slower",
        "warm-up",
        0.9,
        rates(CLEAN, 100, |_, _, i| if i < 2 { 0.03 } else { 0.0 }),
    );
    find(
        "from the middle of 100 batches on 3 % slower",
        "shift-in-run",
        0.9,
        rates(long, 100, |_, _, i| if i >= 50 { 0.03 } else { 0.0 }),
    );
    find("10 runs getting 6 % slower", "drift", 0.5, rates(CLEAN, 100, |_, r, _| 0.006 * r as f64));
    find(
        "after half of 32 runs 3 % slower",
        "drift",
        0.9,
        rates(wide, 100, |_, r, _| if r >= 16 { 0.03 } else { 0.0 }),
    );
    find(
        "neighbours correlated by 0.6",
        "correlation",
        0.9,
        rates(World { correlation: 0.6, ..CLEAN }, 100, |_, _, _| 0.0),
    );
    find(
        "one batch in seven 40 % slower",
        "wide",
        0.9,
        rates(CLEAN, 100, |random, _, _| if random.uniform() < 0.15 { 0.4 } else { 0.0 }),
    );
}

/// Readings of the reference kernel: deviation and mean of the exponential tail of their logarithms.
#[derive(Clone, Copy)]
struct Readings {
    runs: usize,
    deviation: f64,
    tail: f64,
}

const CALM: Readings = Readings { runs: 10, deviation: 0.01, tail: 0.01 };

/// Share of captures in which a slow state of the machine is told, when `change` acts on the
/// logarithms of both parts before and after a run.
fn slow_states(
    readings: Readings,
    captures: usize,
    change: impl Fn(&mut Random, usize) -> [f64; 2],
) -> f64 {
    let mut random = Random::new(17);
    let captures = repeated(captures);
    let (entry, capture) = (entry("one"), capture());
    let mut told = 0.0;
    for _ in 0..captures {
        let runs = (0..readings.runs).map(|r| {
            let state = change(&mut random, r);
            let mut reading = || {
                state.map(|state| {
                    let tail = -readings.tail * (1.0 - random.uniform()).ln();
                    let noise = readings.deviation * random.normal() + tail;
                    (60_000.0 * (state + noise).exp()) as u64
                })
            };
            let reference = Some(reference(0, reading(), reading()));
            crate::model::Run { reference, ..run(&[1e4; 20], 1000.0) }
        });
        let timing = timing(runs.collect());
        let subject =
            Subject { entry: &entry, timing: Some(&timing), profile: None, in_turns: false };
        let found = examine(&capture, &[subject]);
        told += f64::from(u8::from(found.iter().any(|finding| finding.check == "slow-state")));
    }
    told / captures as f64
}

#[test]
fn slow_states_are_found_and_seldom_where_there_are_none() {
    let steady = |_: &mut Random, _: usize| [0.0; 2];
    for (readings, most) in [
        (CALM, 0.01),
        (Readings { runs: 3, ..CALM }, 0.01),
        (Readings { runs: 32, ..CALM }, 0.01),
        (Readings { deviation: 0.02, tail: 0.02, ..CALM }, 0.01),
        (Readings { runs: 3, deviation: 0.02, tail: 0.02 }, 0.01),
        (Readings { runs: 3, tail: 0.05, ..CALM }, 0.10),
        (Readings { tail: 0.05, ..CALM }, 0.25),
        (Readings { runs: 32, tail: 0.05, ..CALM }, 0.25),
    ] {
        let rate = slow_states(readings, 250, steady);
        let Readings { runs, deviation, tail } = readings;
        println!("{runs} runs, readings {deviation} and tail {tail}: slow-state {rate:.4}");
        assert!(rate <= most, "{runs} {deviation} {tail}: {rate}");
    }
    let third =
        |size: [f64; 2]| move |_: &mut Random, r: usize| if r % 3 == 1 { size } else { [0.0; 2] };
    let few = Readings { runs: 3, ..CALM };
    for (what, least, rate) in [
        ("a third of 10, clock 10 % lower", 0.9, slow_states(CALM, 100, third([0.1; 2]))),
        ("a third of 10, clock 7 % lower", 0.5, slow_states(CALM, 100, third([0.07; 2]))),
        ("a third of 10, core shared, 20 %", 0.9, slow_states(CALM, 100, third([0.0, 0.2]))),
        (
            "2 of 3, core shared, 20 %",
            0.9,
            slow_states(few, 100, |_, r| if r > 0 { [0.0, 0.2] } else { [0.0; 2] }),
        ),
        (
            "each of 10 with a chance of 40 %, clock 10 % lower",
            0.7,
            slow_states(
                CALM,
                100,
                |random, _| {
                    if random.uniform() < 0.4 { [0.1; 2] } else { [0.0; 2] }
                },
            ),
        ),
    ] {
        println!("{what}: slow-state {rate:.3}");
        assert!(rate >= least, "{what}: {rate}");
    }
}
