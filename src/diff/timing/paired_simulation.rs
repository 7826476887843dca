//! How often verdicts on pairs are wrong, by simulation with fixed seeds.
//!
//! The world: processes run one after another, ABBA. They vary on their own (normally or with heavy
//! tails); the machine drifts; and it enters a state that is 20 to 40 % slower, which lasts for
//! some processes. Twenty benchmarks to a comparison.

use crate::diff::comparison::{Change, Verdict};
use crate::diff::fixture::{in_turns, timing};
use crate::diff::{Options, compare};
use crate::stats::Random;

use crate::stats::repeated::repeated;

const BENCHMARKS: usize = 20;

/// Comparisons in each cell, unless more are asked for.
const DIFFS: usize = 3;

#[derive(Clone, Copy)]
struct World {
    pairs: usize,
    /// Scale of a process's own noise.
    noise: f64,
    /// Whether that has the tails of Student's t with three degrees of freedom.
    heavy: bool,
    /// Share of processes in a slow state.
    slow: f64,
    /// How many processes it lasts, on average.
    lasts: f64,
    /// Standard deviation of the steps by which the machine wanders from process to process.
    drift: f64,
    /// How much slower the second process of a pair is.
    second: f64,
}

const CALM: World =
    World { pairs: 32, noise: 0.01, heavy: false, slow: 0.0, lasts: 1.0, drift: 0.0, second: 0.0 };

/// Times of base and new, whose change is `change` of the logarithm.
fn measure(world: World, change: f64, random: &mut Random) -> [Vec<f64>; 2] {
    let mut times = [Vec::new(), Vec::new()];
    let (mut slowness, mut wandered) = (0.0, 0.0);
    let enters = world.slow / (1.0 - world.slow) / world.lasts;
    for process in 0..2 * world.pairs {
        let starts = if slowness > 0.0 {
            if random.uniform() < 1.0 / world.lasts {
                slowness = 0.0;
            }
            false
        } else {
            let chance = if process == 0 { world.slow } else { enters };
            random.uniform() < chance
        };
        if starts {
            slowness = (1.2 + 0.2 * random.uniform()).ln();
        }
        wandered += world.drift * random.normal();
        let mut own = world.noise * random.normal();
        if world.heavy {
            let chi: f64 = (0..3).map(|_| random.normal().powi(2)).sum();
            own /= (chi / 3.0).sqrt();
        }
        // ABBA: of odd pairs the new one comes first.
        let (pair, second) = (process / 2, process % 2);
        let arm = second ^ (pair % 2);
        let late = world.second * second as f64;
        let own_change = if arm == 1 { change } else { 0.0 };
        times[arm].push(1000.0 * (own + slowness + wandered + late + own_change).exp());
    }
    times
}

/// Verdicts and changes of benchmarks that all changed by `change`.
fn verdicts(world: World, change: f64, diffs: usize, seed: u64) -> Vec<(Verdict, Change)> {
    let mut random = Random::new(seed);
    let mut all = Vec::new();
    for _ in 0..repeated(diffs) {
        let benchmarks = (0..BENCHMARKS)
            .map(|_| {
                let [base, new] = measure(world, change, &mut random);
                [(Some(timing(&base)), None), (Some(timing(&new)), None)]
            })
            .collect();
        let [base, new] = in_turns(benchmarks);
        for benchmark in compare(&base, &new, &Options::default()).benchmarks {
            let timing = benchmark.timing.unwrap();
            all.push((timing.verdict, timing.change.unwrap()));
        }
    }
    all
}

fn share(all: &[(Verdict, Change)], is: impl Fn(&(Verdict, Change)) -> bool) -> f64 {
    all.iter().filter(|one| is(one)).count() as f64 / all.len() as f64
}

fn worlds(pairs: usize) -> [(&'static str, World); 8] {
    let calm = World { pairs, ..CALM };
    [
        ("normal, 1 %", calm),
        ("normal, 0.3 %", World { noise: 0.003, ..calm }),
        ("heavy tails", World { heavy: true, ..calm }),
        ("slow for one process", World { slow: 0.11, ..calm }),
        ("slow for four", World { slow: 0.11, lasts: 4.0, ..calm }),
        ("a quarter slow for two", World { slow: 0.25, lasts: 2.0, ..calm }),
        ("drift", World { drift: 0.005, ..calm }),
        ("3 %, slow for four", World { noise: 0.03, slow: 0.11, lasts: 4.0, ..calm }),
    ]
}

#[test]
fn intervals_of_pairs_hold_the_truth_and_verdicts_are_right() {
    for pairs in [8, 16, 32] {
        for (name, world) in worlds(pairs) {
            let same = verdicts(world, 0.0, DIFFS, 1);
            let false_alarms =
                share(&same, |(v, _)| matches!(v, Verdict::Slower | Verdict::Faster));
            let unchanged = share(&same, |(v, _)| *v == Verdict::Unchanged);
            let slower = verdicts(world, 0.02_f64.ln_1p(), DIFFS, 2);
            let found = share(&slower, |(v, _)| *v == Verdict::Slower);
            let wrong = share(&slower, |(v, _)| matches!(v, Verdict::Faster | Verdict::Unchanged));
            let held = share(&slower, |(_, c)| c.interval.0 <= 0.02 && 0.02 <= c.interval.1);
            let mut errors: Vec<f64> = slower.iter().map(|(_, c)| (c.ratio - 0.02).abs()).collect();
            errors.sort_by(f64::total_cmp);
            let mut detectable: Vec<f64> = slower.iter().map(|(_, c)| c.detectable).collect();
            detectable.sort_by(f64::total_cmp);
            println!(
                "{pairs} pairs, {name}: false {:.2} % unchanged {:.1} % | +2 %: found {:.1} % wrong {:.2} % held {:.1} % error {:.2} % detectable {:.1} %",
                100.0 * false_alarms,
                100.0 * unchanged,
                100.0 * found,
                100.0 * wrong,
                100.0 * held,
                100.0 * errors[errors.len() / 2] / 0.6745,
                100.0 * detectable[detectable.len() / 2],
            );
            // One comparison of three may have several, since the rate of false ones is controlled.
            assert!(false_alarms <= 0.1, "{pairs} {name}: {false_alarms}");
            assert!(held >= 0.9, "{pairs} {name}: {held}");
            assert!(wrong <= 0.04, "{pairs} {name}: {wrong}");
            if pairs == 32 && world.noise <= 0.01 {
                assert!(found >= 0.95, "{name}: {found}");
            }
        }
    }
}

#[test]
fn what_changes_with_the_order_inside_a_pair_is_no_change() {
    let world = World { second: 0.01, noise: 0.005, ..CALM };
    let all = verdicts(world, 0.0, DIFFS, 3);
    assert!(share(&all, |(v, _)| *v == Verdict::Unchanged) > 0.95);
}

#[test]
fn a_gate_fails_equal_programs_no_more_often_than_it_says() {
    // Holm over twenty one-sided tests of "at most +3 %", when all are at +3 % exactly.
    let mut failed = 0;
    let all = verdicts(CALM, 0.03_f64.ln_1p(), 20, 4);
    for diff in all.chunks(BENCHMARKS) {
        let p_values: Vec<f64> = diff.iter().map(|(_, change)| change.p_at_most(0.03)).collect();
        failed += u32::from(crate::stats::holm(&p_values).iter().any(|&p| p < 0.05));
    }
    let rate = f64::from(failed) / (all.len() / BENCHMARKS) as f64;
    println!("gate: {rate:.3} of comparisons fail at the limit");
    assert!(rate <= 0.15, "{rate}");
    // And +5 % fails it nearly always.
    let slower = verdicts(CALM, 0.05_f64.ln_1p(), 10, 5);
    assert!(share(&slower, |(_, change)| change.p_at_most(0.03) < 0.05 / 20.0) > 0.9);
}
