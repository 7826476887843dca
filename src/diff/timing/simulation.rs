//! How often verdicts are wrong, by simulation with fixed seeds.
//!
//! The world: sessions drift, runs vary, and one run in nine sits in a state that is 20 to 40 %
//! slower. Two captures of three or ten runs and twenty benchmarks each.

use crate::diff::comparison::Verdict;
use crate::diff::fixture::{side, timing};
use crate::diff::{Loaded, Options, compare};
use crate::stats::Random;
use crate::stats::repeated::repeated;

const BENCHMARKS: usize = 20;

/// A world to measure in.
#[derive(Clone, Copy)]
struct World {
    /// Standard deviation of a session's times, the tool assumes 1 %.
    drift: f64,
    /// Standard deviation of runs around it.
    noise: f64,
    /// Share of runs in the slow state.
    slow: f64,
    runs: usize,
}

fn capture(world: World, change: f64, random: &mut Random) -> Loaded {
    let benchmark = |random: &mut Random| {
        let session = world.drift * random.normal();
        let mut run = || {
            let slow =
                if random.uniform() < world.slow { 1.2 + 0.2 * random.uniform() } else { 1.0 };
            1000.0 * slow * (1.0 + change) * (session + world.noise * random.normal()).exp()
        };
        (0..world.runs).map(|_| run()).collect::<Vec<f64>>()
    };
    side((0..BENCHMARKS).map(|_| (Some(timing(&benchmark(random))), None)).collect())
}

/// Shares of benchmarks called faster, slower and unchanged, when all changed by `change`.
fn rates(world: World, change: f64, diffs: usize, seed: u64) -> [f64; 3] {
    let mut random = Random::new(seed);
    let mut counts = [0; 3];
    let diffs = repeated(diffs);
    for _ in 0..diffs {
        let base = capture(world, 0.0, &mut random);
        let new = capture(world, change, &mut random);
        for benchmark in compare(&base, &new, &Options::default()).benchmarks {
            match benchmark.timing.unwrap().verdict {
                Verdict::Faster => counts[0] += 1,
                Verdict::Slower => counts[1] += 1,
                Verdict::Unchanged => counts[2] += 1,
                _ => {}
            }
        }
    }
    counts.map(|count| f64::from(count) / (diffs * BENCHMARKS) as f64)
}

#[test]
fn equal_programs_are_rarely_called_different() {
    for (runs, diffs) in [(3, 15), (10, 6)] {
        for drift in [0.0, 0.005, 0.01, 0.02] {
            for noise in [0.01, 0.03, 0.1] {
                let world = World { drift, noise, slow: 0.11, runs };
                let [faster, slower, unchanged] = rates(world, 0.0, diffs, 1);
                println!(
                    "runs {runs} drift {drift} noise {noise}: false {:.4} unchanged {unchanged:.3}",
                    faster + slower
                );
                // The floor and the interval hold up to the drift that is assumed; twice that is
                // more than they are made for: half of what passes the floor by chance is told.
                let limit = if drift > 0.01 { 0.1 } else { 0.02 };
                assert!(faster + slower <= limit, "{runs} {drift} {noise}: {faster} {slower}");
            }
        }
    }
}

#[test]
fn ten_percent_are_found_where_runs_are_quiet() {
    for (noise, slow, runs, least) in [
        (0.01, 0.0, 3, 0.95),
        (0.01, 0.11, 3, 0.4),
        (0.03, 0.0, 3, 0.5),
        (0.01, 0.11, 10, 0.9),
        (0.03, 0.11, 10, 0.85),
    ] {
        let world = World { drift: 0.01, noise, slow, runs };
        let [faster, slower, _] = rates(world, 0.1, 10, 2);
        println!("noise {noise} slow {slow} runs {runs}: found {slower:.3} wrong sign {faster:.4}");
        assert!(slower >= least, "{noise} {slow} {runs}: {slower}");
        assert!(faster <= 0.002, "{noise} {slow} {runs}: {faster}");
    }
}

#[test]
fn a_lone_change_among_many_is_found() {
    let world = World { drift: 0.01, noise: 0.01, slow: 0.0, runs: 3 };
    let mut random = Random::new(3);
    let mut found = 0;
    for _ in 0..50 {
        let base = capture(world, 0.0, &mut random);
        let mut new = capture(world, 0.0, &mut random);
        let changed = crate::diff::fixture::id(7);
        for run in &mut new.timings.get_mut(&changed).unwrap().runs {
            if let crate::model::Measurement::Batches { batches, .. } = &mut run.measurement {
                batches[0].nanoseconds *= 1.1;
            }
        }
        let comparison = compare(&base, &new, &Options::default());
        let timing = comparison.benchmarks[7].timing.as_ref().unwrap();
        found += u32::from(timing.verdict == Verdict::Slower);
    }
    println!("a lone change: found {found} of 50");
    assert!(found >= 35, "{found}");
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    for (noise, slow, runs) in [
        (0.01, 0.0, 3),
        (0.03, 0.0, 3),
        (0.03, 0.11, 3),
        (0.03, 0.0, 5),
        (0.03, 0.11, 5),
        (0.03, 0.0, 10),
        (0.03, 0.11, 10),
    ] {
        let world = World { drift: 0.01, noise, slow, runs };
        let mut random = Random::new(5);
        let mut held = 0;
        for _ in 0..50 {
            let base = capture(world, 0.0, &mut random);
            let new = capture(world, 0.05, &mut random);
            for benchmark in compare(&base, &new, &Options::default()).benchmarks {
                let (low, high) = benchmark.timing.unwrap().change.unwrap().interval;
                held += u32::from(low <= 0.05 && 0.05 <= high);
            }
        }
        let coverage = f64::from(held) / (50 * BENCHMARKS) as f64;
        println!("noise {noise} slow {slow} runs {runs}: coverage {coverage:.3}");
        assert!((0.92..0.99).contains(&coverage), "{noise} {slow} {runs}: {coverage}");
    }
}
