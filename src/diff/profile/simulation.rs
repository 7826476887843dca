//! How often functions are named by chance, by simulation with fixed seeds.
//!
//! A benchmark of 300 functions, their shares falling as 1 / rank, called from ten modules; three
//! profiled runs of 2,000 samples a side, and ten timed ones, or 32 in turns. Runs differ in time,
//! and a little in what they execute.

use crate::diff::comparison::{FunctionDiff, ProfileDiff, Verdict};
use crate::diff::fixture::{in_turns, profile, side, timing};
use crate::diff::{Loaded, Options, compare};
use crate::model::{Profile, Scope, Timing};
use crate::stats::Random;
use crate::stats::repeated::repeated;

const FUNCTIONS: usize = 300;

#[derive(Clone, Copy)]
struct World {
    runs: usize,
    samples: usize,
    /// Standard deviation of a session's times.
    drift: f64,
    /// Standard deviation of runs' times.
    noise: f64,
    /// Share of runs that are 20 to 40 % slower.
    slow: f64,
    /// Standard deviation of functions' costs between runs.
    jitter: f64,
}

const CALM: World =
    World { runs: 3, samples: 2000, drift: 0.01, noise: 0.01, slow: 0.0, jitter: 0.02 };

/// One capture of the benchmark, of 1000 ns per iteration; function `changed.0` costs
/// `changed.1` ns more.
fn capture(world: World, changed: (usize, f64), has_times: bool, random: &mut Random) -> Loaded {
    let session = world.drift * random.normal();
    let slow: Vec<f64> = (0..world.runs).map(|_| slowness(world, random)).collect();
    let arm = arm(world, changed, has_times, session, &slow, random);
    // What keeps the machine busy while it profiles need not be there when runs are timed.
    let ordinary = session * CALM.drift / world.drift;
    let timed = has_times.then(|| timed(world, changed.1, ordinary, 10, random));
    side(vec![(timed, Some(arm))])
}

/// So many timed runs of a benchmark that costs so much more.
fn timed(world: World, more: f64, session: f64, runs: usize, random: &mut Random) -> Timing {
    let time = |_| {
        let noise = session + world.noise * random.normal();
        (1000.0 + more) * slowness(world, random) * noise.exp()
    };
    timing(&(0..runs).map(time).collect::<Vec<f64>>())
}

fn slowness(world: World, random: &mut Random) -> f64 {
    if random.uniform() < world.slow { 1.2 + 0.2 * random.uniform() } else { 1.0 }
}

/// What one executable gives in one session; `slow` is how many times slower each run is.
fn arm(
    world: World,
    changed: (usize, f64),
    has_times: bool,
    session: f64,
    slow: &[f64],
    random: &mut Random,
) -> (Profile, Vec<Option<f64>>) {
    let harmonic: f64 = (1..=FUNCTIONS).map(|rank| 1.0 / rank as f64).sum();
    let mut counts = Vec::new();
    let mut times = Vec::new();
    for (run, slow) in slow.iter().enumerate() {
        let mut costs: Vec<f64> = (0..FUNCTIONS)
            .map(|f| {
                let cost = 1000.0 / harmonic / (f + 1) as f64;
                let cost = cost + if f == changed.0 { changed.1 } else { 0.0 };
                cost * (world.jitter * random.normal()).exp()
            })
            .collect();
        let total: f64 = costs.iter().sum();
        times.push(
            has_times.then(|| total * slow * (session + world.noise * random.normal()).exp()),
        );
        let mut sum = 0.0;
        for cost in &mut costs {
            sum += *cost;
            *cost = sum;
        }
        let mut drawn = vec![0_u64; FUNCTIONS];
        for _ in 0..world.samples {
            let at = random.uniform() * total;
            drawn[costs.partition_point(|&c| c <= at).min(FUNCTIONS - 1)] += 1;
        }
        counts.extend(drawn.into_iter().enumerate().map(|(f, n)| (f, run as u32, n)));
    }
    let names: Vec<(String, String)> = (0..FUNCTIONS)
        .map(|f| (format!("app::m{}::run", f % 10), format!("app::m{}::f{f}", f % 10)))
        .collect();
    let paths: Vec<[&str; 3]> =
        names.iter().map(|(module, function)| ["main", &**module, &**function]).collect();
    let samples: Vec<(&[&str], u32, Scope, u64)> = counts
        .iter()
        .filter(|(.., n)| *n > 0)
        .map(|&(f, run, n)| (&paths[f][..], run, Scope::Benchmark, n))
        .collect();
    (profile(&samples), times)
}

/// Two captures whose runs took turns: the session is common to both, slow runs are not.
fn turns(world: World, changed: (usize, f64), random: &mut Random) -> [Loaded; 2] {
    let session = world.drift * random.normal();
    let mut arm = |changed: (usize, f64)| {
        let slow: Vec<f64> = (0..world.runs).map(|_| slowness(world, random)).collect();
        let timed = timed(world, changed.1, session, 32, random);
        (Some(timed), Some(arm(world, changed, true, session, &slow, random)))
    };
    let arms = [arm((0, 0.0)), arm(changed)];
    in_turns(vec![arms])
}

fn diff(base: &Loaded, new: &Loaded) -> ProfileDiff {
    compare(base, new, &Options::default()).benchmarks.remove(0).profile.unwrap()
}

fn is_named(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Unchanged | Verdict::Inconclusive)
}

/// Shares of diffs of equal programs that name a function; a group; a path.
fn alarms(world: World, has_times: bool, diffs: usize) -> [f64; 3] {
    let diffs = repeated(diffs);
    let mut random = Random::new(17);
    let mut counts = [0; 3];
    for _ in 0..diffs {
        let base = capture(world, (0, 0.0), has_times, &mut random);
        let new = capture(world, (0, 0.0), has_times, &mut random);
        let diff = diff(&base, &new);
        counts[0] += u32::from(diff.functions.iter().any(|f| is_named(f.verdict)));
        counts[1] += u32::from(diff.groups.iter().any(|g| is_named(g.verdict)));
        counts[2] += u32::from(diff.hot_paths.iter().any(|p| is_named(p.verdict)));
    }
    counts.map(|count| f64::from(count) / diffs as f64)
}

const DIFFS: usize = 20;

#[test]
fn equal_programs_have_no_changed_functions() {
    for (name, world, has_times) in [
        ("calm", CALM, true),
        ("shares only", CALM, false),
        ("noise 3 %", World { noise: 0.03, ..CALM }, true),
        ("noise 10 %", World { noise: 0.1, ..CALM }, true),
        ("slow runs", World { slow: 0.11, ..CALM }, true),
        ("busy sessions", World { drift: 0.15, ..CALM }, true),
        ("one run", World { runs: 1, ..CALM }, true),
        ("six runs", World { runs: 6, ..CALM }, true),
        ("six runs, one in nine slow", World { runs: 6, slow: 0.11, ..CALM }, true),
        ("six runs, busy sessions", World { runs: 6, drift: 0.15, ..CALM }, true),
        ("ten runs", World { runs: 10, samples: 500, ..CALM }, true),
        ("few samples", World { samples: 100, ..CALM }, true),
    ] {
        let [functions, groups, paths] = alarms(world, has_times, DIFFS);
        println!("{name}: functions {functions:.3} groups {groups:.3} paths {paths:.3}");
        // 5 % of 20 diffs, and what chance adds to that in one case of a hundred.
        assert!(functions <= 0.15, "{name}: {functions}");
        assert!(groups <= 0.15, "{name}: {groups}");
        assert!(paths <= 0.15, "{name}: {paths}");
    }
}

#[test]
fn a_changed_function_is_named_and_first() {
    // Function 3 has 4 % of the benchmark.
    for (runs, change, samples, least) in
        [(3, 40.0, 2000, 0.4), (3, 60.0, 2000, 0.8), (6, 40.0, 2000, 0.8)]
    {
        let world = World { runs, samples, ..CALM };
        let mut random = Random::new(23);
        let (mut found, mut others) = (0, 0);
        let diffs = repeated(DIFFS);
        for _ in 0..diffs {
            let base = capture(world, (3, 0.0), true, &mut random);
            let new = capture(world, (3, change), true, &mut random);
            let functions = diff(&base, &new).functions;
            let is_it = |f: &FunctionDiff| &*f.name == "app::m3::f3";
            found +=
                usize::from(functions.iter().any(|f| is_it(f) && f.verdict == Verdict::Slower));
            others += usize::from(functions.iter().any(|f| !is_it(f) && is_named(f.verdict)));
        }
        let (found, others) = (found as f64 / diffs as f64, others as f64 / diffs as f64);
        println!(
            "{runs} runs, +{change} ns, {samples} samples: found {found:.3}, others {others:.3}"
        );
        assert!(found >= least, "{change}: {found}");
        assert!(others <= 0.15, "{change}: {others}");
    }
}

const PAIRED: World = World { runs: 6, samples: 2000, ..CALM };

#[test]
fn functions_of_runs_in_turns_are_named_only_when_they_changed() {
    for (name, world) in [
        ("calm", PAIRED),
        ("noise 3 %", World { noise: 0.03, ..PAIRED }),
        ("slow runs", World { slow: 0.11, ..PAIRED }),
        ("slow runs, noise 3 %", World { slow: 0.11, noise: 0.03, ..PAIRED }),
        ("jitter 5 %", World { jitter: 0.05, ..PAIRED }),
        ("300 samples a run", World { samples: 300, ..PAIRED }),
        ("three pairs", World { runs: 3, ..PAIRED }),
    ] {
        let mut random = Random::new(29);
        let diffs = repeated(DIFFS);
        let mut counts = [0; 6];
        let mut covered = 0.0;
        for _ in 0..diffs {
            let [base, new] = turns(world, (0, 0.0), &mut random);
            let same = diff(&base, &new);
            counts[0] += usize::from(same.functions.iter().any(|f| is_named(f.verdict)));
            counts[1] += usize::from(same.groups.iter().any(|g| is_named(g.verdict)));
            counts[2] += usize::from(same.hot_paths.iter().any(|p| is_named(p.verdict)));
            let held = |f: &&FunctionDiff| {
                f.interval_self.is_some_and(|(low, high)| low <= 0.0 && 0.0 <= high)
            };
            // The twenty largest, whatever they did.
            let large = |f: &&FunctionDiff| f.base.is_some_and(|costs| costs.self_share > 0.008);
            let large: Vec<&FunctionDiff> = same.functions.iter().filter(large).collect();
            covered += large.iter().filter(|f| held(f)).count() as f64 / large.len() as f64;
            // Function 3 has 4 % of the benchmark, and gets 2 % more.
            let [base, new] = turns(world, (3, 20.0), &mut random);
            let changed = diff(&base, &new);
            let is_it = |f: &FunctionDiff| &*f.name == "app::m3::f3";
            let named = |f: &&FunctionDiff| is_named(f.verdict);
            counts[3] += usize::from(changed.functions.iter().filter(named).any(is_it));
            counts[4] += usize::from(changed.functions.iter().filter(named).any(|f| !is_it(f)));
            counts[5] += usize::from(is_it(&changed.functions[0]));
        }
        let rates = counts.map(|count| count as f64 / diffs as f64);
        let [functions, groups, paths, found, others, first] = rates;
        println!(
            "in turns, {name}: functions {functions:.3} groups {groups:.3} paths {paths:.3} held {:.3} | +20 ns: found {found:.3} others {others:.3} first {first:.3}",
            covered / diffs as f64
        );
        assert!(functions <= 0.15, "{name}: {functions}");
        assert!(groups <= 0.15, "{name}: {groups}");
        assert!(paths <= 0.15, "{name}: {paths}");
        assert!(others <= 0.15, "{name}: {others}");
    }
}
