//! All cases, until there are enough, the time is over or somebody stops it.

use std::collections::HashSet;
use std::fs;
use std::io::{Write, stderr};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use perfbase::process::processors;

use crate::calibration::Slopes;
use crate::cases::{Case, kinds};
use crate::lane::{Lane, Shared, folder_of};
use crate::lines::Lines;
use crate::options::{Options, Task};
use crate::perfbase_command::Perfbase;
use crate::results::{self, Outcome};
use crate::score::score;
use crate::subjects::published;
use crate::{Result, refactors, report};

/// Cases that may fail one after the other before it ends.
const MOST_FAILURES: u64 = 10;

pub(crate) fn run(options: &Options) -> Result<()> {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("truth");
    fs::create_dir_all(&root)?;
    let results = Lines::new(&root, results::FILE);
    let program = digest(&options.program)?;
    match options.task {
        Task::Measure => measure(options, &root, &results, &program)?,
        Task::Refactors => refactors::series::measure(options, &root, &program)?,
        Task::Check => return refactors::series::check(&root),
        Task::Rescore => {
            rescore(options, &root, &results, &program)?;
            let perfbase = perfbase(options, &root, 0, processors());
            refactors::series::rescore(&perfbase, &root, &program)?;
        }
        Task::Calibrate => return calibrate(options, &root, &program),
        Task::Report => {}
    }
    let refactors = refactors::series::known(&root)?;
    report::write(&results.read()?, &refactors, &program)
}

fn measure(options: &Options, root: &Path, results: &Lines<Outcome>, program: &str) -> Result<()> {
    let kinds = kinds(&options.kinds)?;
    let lanes = lanes(options.lanes);
    let shared = shared(options, root, program, lanes.len())?;
    let known = results.read()?;
    // A case that failed is tried again.
    let is_done = |one: &&Outcome| one.seed == options.seed && one.score.is_some();
    let done: HashSet<u64> = known.iter().filter(is_done).map(|one| one.case).collect();
    let clock = Instant::now();
    let (next, begun) = (AtomicU64::new(0), AtomicU64::new(0));
    let failures = AtomicU64::new(0);
    let work = |number: usize, processors: Vec<usize>| -> Result<()> {
        let mut lane = Lane::new(&shared, number, perfbase(options, root, number, processors));
        while options.time.is_none_or(|time| clock.elapsed() < time) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let case = Case::draw(options.seed, number, &kinds);
            // The series of chosen kinds is another one than that of all kinds.
            let number = number + offset(&options.kinds);
            let case = Case { number, ..case };
            if done.contains(&number) {
                continue;
            }
            if options.cases.is_some_and(|most| begun.fetch_add(1, Ordering::Relaxed) >= most) {
                break;
            }
            let outcome = lane.run(&case);
            results.add(&outcome)?;
            say(&outcome)?;
            let failed = match &outcome.failure {
                Some(_) => failures.fetch_add(1, Ordering::Relaxed) + 1,
                None => {
                    failures.store(0, Ordering::Relaxed);
                    0
                }
            };
            if failed >= MOST_FAILURES {
                return Err("too many cases failed one after the other".into());
            }
        }
        Ok(())
    };
    in_lanes(lanes, work)
}

/// Does the work in all lanes at the same time, each with its number and its processors.
pub(crate) fn in_lanes(
    lanes: Vec<Vec<usize>>,
    work: impl Fn(usize, Vec<usize>) -> Result<()> + Sync,
) -> Result<()> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = lanes
            .into_iter()
            .enumerate()
            .map(|(number, processors)| scope.spawn(move || work(number, processors)))
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a lane died")?)
    })
}

/// Measures again what planted work does.
fn calibrate(options: &Options, root: &Path, program: &str) -> Result<()> {
    let shared = shared(options, root, program, 1)?;
    Lane::new(&shared, 0, perfbase(options, root, 0, processors())).recalibrate()
}

fn shared(options: &Options, root: &Path, program: &str, lanes: usize) -> Result<Shared> {
    Ok(Shared {
        root: root.to_owned(),
        published: published(&root.join("fetch"))?,
        program: program.to_owned(),
        seed: options.seed,
        lanes,
        slopes: Mutex::new(Slopes::new(root)),
    })
}

/// The command, for one lane: cargo lets one build at a time into a folder.
pub(crate) fn perfbase(
    options: &Options,
    root: &Path,
    lane: usize,
    processors: Vec<usize>,
) -> Perfbase {
    let target = root.join("build").join(lane.to_string());
    Perfbase { program: options.program.clone(), target, processors }
}

/// Where the numbers of a series of chosen kinds begin: far from all others.
fn offset(kinds: &[String]) -> u64 {
    let bytes = kinds.iter().flat_map(|kind| kind.bytes());
    let hash = bytes.fold(0_u64, |hash, byte| (hash * 31 + u64::from(byte)) % 999_983);
    hash * 1_000_000
}

/// The processors, shared out.
pub(crate) fn lanes(count: usize) -> Vec<Vec<usize>> {
    let all = processors();
    let count = count.min(all.len()).max(1);
    let mut lanes = vec![Vec::new(); count];
    for (index, processor) in all.into_iter().enumerate() {
        lanes[index % count].push(processor);
    }
    lanes
}

/// Compares everything again that is still there.
fn rescore(options: &Options, root: &Path, results: &Lines<Outcome>, program: &str) -> Result<()> {
    let perfbase = perfbase(options, root, 0, processors());
    let mut all = results.read()?;
    let slopes = Slopes::new(root);
    for outcome in all.iter_mut().filter(|outcome| outcome.score.is_some()) {
        if let Some(place) = &outcome.place
            && let Some(slope) = slopes.get(place)?
        {
            (outcome.truth, outcome.truth_error) = slope.change(outcome.steps);
        }
        let folder = folder_of(root, outcome.seed, outcome.case);
        if folder.exists() {
            let place = outcome.place.as_deref();
            outcome.score = Some(score(&perfbase, program, &folder, place, outcome.case)?);
        }
    }
    results.write(&all)
}

/// A hash of the executable: figures of two of them are not added up.
fn digest(program: &Path) -> Result<String> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in fs::read(program)? {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    Ok(format!("{hash:016x}"))
}

fn say(outcome: &Outcome) -> Result<()> {
    let said = match (&outcome.score, &outcome.failure) {
        (Some(score), _) => format!(
            "{} {:+.2} % ({}), functions: {}",
            score.verdict,
            100.0 * score.change.unwrap_or(f64::NAN),
            score.interval.map_or("no interval".to_owned(), |(low, high)| format!(
                "{:+.2} to {:+.2}",
                100.0 * low,
                100.0 * high
            )),
            score.changed.join(", ")
        ),
        (None, failure) => format!("FAILED {}", failure.as_deref().unwrap_or_default()),
    };
    writeln!(
        stderr(),
        "{:5} {:16} {:14} {:8} {:+.2} % {} | {said} | {:.0} s",
        outcome.case,
        outcome.kind,
        outcome.subject,
        outcome.change,
        100.0 * outcome.truth,
        outcome.place.as_deref().unwrap_or_default(),
        outcome.seconds
    )?;
    Ok(())
}
