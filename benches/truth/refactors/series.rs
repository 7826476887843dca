//! All refactors, one after the other, each with and without a slowdown; then all of them again.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::results::{FILE, Outcome, View, last};
use super::score::score;
use super::sources::Sources;
use super::{PROGRAMS, Program, Refactor};
use perfbase::stats::Random;

use crate::calibration::{FIRST_STEP_NS, shortest};
use crate::lane::load;
use crate::lines::Lines;
use crate::options::Options;
use crate::perfbase_command::Perfbase;
use crate::plant::WAITS_NS;
use crate::subjects::{SUBJECTS, copy_all, published};
use crate::{Result, series};

/// By how much a benchmark is made slower; those of less than 100 ns by more, since waits take long.
pub(crate) const SLOWER: f64 = 0.15;

/// A refactor, with or without a slowdown.
#[derive(Clone, Copy)]
struct Case {
    number: usize,
    program: &'static Program,
    refactor: &'static Refactor,
    is_slow: bool,
}

/// All cases.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for program in PROGRAMS {
        for refactor in program.refactors {
            for is_slow in [false, true] {
                cases.push(Case { number: cases.len(), program, refactor, is_slow });
            }
        }
    }
    cases
}

/// The order in which they are done: a part of them is a fair sample of all.
fn shuffled(mut cases: Vec<Case>, seed: u64) -> Vec<Case> {
    let mut random = Random::new(seed);
    for at in (1..cases.len()).rev() {
        cases.swap(at, random.below(at + 1));
    }
    cases
}

/// What is known of each case.
pub(crate) fn known(root: &Path) -> Result<Vec<Outcome>> {
    Ok(last(Lines::new(root, FILE).read()?))
}

/// Captures what was not captured yet.
pub(crate) fn measure(options: &Options, root: &Path, program: &str) -> Result<()> {
    let results = Lines::new(root, FILE);
    let known = known(root)?;
    // What was only counted is done again with times.
    let is_done = |one: &&Outcome| {
        one.score.as_ref().is_some_and(|score| options.counts_only || score.sampled.is_some())
    };
    let done: HashSet<(u64, usize)> =
        known.iter().filter(is_done).map(|one| (one.round, one.number)).collect();
    let lanes = series::lanes(options.lanes);
    let published = published(&root.join("fetch"))?;
    let cases = shuffled(cases(), options.seed);
    let (next, begun) = (AtomicU64::new(0), AtomicU64::new(0));
    let clock = Instant::now();
    let writing = Mutex::new(());
    let work = |number: usize, processors: Vec<usize>| -> Result<()> {
        let perfbase = series::perfbase(options, root, number, processors);
        let folder = root.join("lanes").join(number.to_string()).join("refactors");
        let mut lane = Lane {
            perfbase,
            folder,
            root,
            published: &published,
            counts_only: options.counts_only,
            ready: HashMap::new(),
        };
        while options.time.is_none_or(|time| clock.elapsed() < time) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let round = at / cases.len() as u64;
            let case = cases[at as usize % cases.len()];
            if round >= options.rounds {
                break;
            }
            let is_chosen = options.kinds.is_empty()
                || options.kinds.iter().any(|name| *name == case.program.name);
            if done.contains(&(round, case.number)) || !is_chosen {
                continue;
            }
            if options.cases.is_some_and(|most| begun.fetch_add(1, Ordering::Relaxed) >= most) {
                break;
            }
            let outcome = lane.run(case, round, program);
            let _guard = writing.lock().map_err(|_| "another lane died")?;
            results.add(&outcome)?;
            say(&outcome)?;
        }
        Ok(())
    };
    series::in_lanes(lanes, work)
}

/// Does all edits, and has cargo check what comes of them; says which do not do.
pub(crate) fn check(root: &Path) -> Result<()> {
    let published = published(&root.join("fetch"))?;
    let mut wrong = 0;
    for program in PROGRAMS {
        let subject = SUBJECTS.iter().position(|subject| Some(subject.name) == program.subject);
        let from = subject.and_then(|index| published[index].as_deref());
        let folder = root.join("check").join(program.name);
        let sources = Sources::new(program, from, folder)?;
        for case in cases().iter().filter(|case| case.program.name == program.name) {
            let done = sources.refactor(case.refactor, case.is_slow.then_some(1));
            let done = done.and_then(|()| {
                let mut command = std::process::Command::new("cargo");
                command.args(["check", "--quiet", "--bench", program.target]);
                command.env("CARGO_TARGET_DIR", root.join("build/check"));
                let output = command.current_dir(sources.folder()).output()?;
                match output.status.success() {
                    true => Ok(()),
                    false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
                }
            });
            if let Err(error) = done {
                wrong += 1;
                let kind = case.refactor.kind.as_str();
                writeln!(stderr(), "{} {} {kind}: {error}", case.number, program.name)?;
            }
        }
    }
    match wrong {
        0 => Ok(()),
        _ => Err(format!("{wrong} refactors do not compile").into()),
    }
}

/// Compares everything again that is still there.
pub(crate) fn rescore(perfbase: &Perfbase, root: &Path, program: &str) -> Result<()> {
    let mut all = known(root)?;
    let cases = cases();
    for outcome in all.iter_mut().filter(|outcome| outcome.score.is_some()) {
        let folder = folder_of(root, outcome.round, outcome.number);
        if let Some(case) = cases.get(outcome.number).filter(|_| folder.exists()) {
            outcome.score = Some(score(perfbase, program, &folder, case.refactor, case.is_slow)?);
        }
    }
    Lines::new(root, FILE).write(&all)
}

/// Where a case is kept: `profiles`, and `repository` with both sides' sources.
fn folder_of(root: &Path, round: u64, number: usize) -> PathBuf {
    root.join("refactors").join(format!("{round}-{number}"))
}

struct Lane<'a> {
    perfbase: Perfbase,
    folder: PathBuf,
    root: &'a Path,
    published: &'a [Option<PathBuf>],
    counts_only: bool,
    /// Sources of programs whose base was captured by this process.
    ready: HashMap<&'static str, Sources>,
}

impl Lane<'_> {
    /// Does a case. What goes wrong in it is part of the outcome.
    fn run(&mut self, case: Case, round: u64, program: &str) -> Outcome {
        let clock = Instant::now();
        let mut outcome = Outcome {
            number: case.number,
            round,
            program: case.program.name.to_owned(),
            kind: case.refactor.kind.as_str().to_owned(),
            slow: case.is_slow,
            seconds: 0.0,
            load: None,
            failure: None,
            score: None,
        };
        match self.measure(case, round, program) {
            Ok(score) => {
                // The kept copy of equal code is one of both, and names functions as the newer does.
                if score.same_program {
                    self.ready.remove(case.program.name);
                }
                outcome.score = Some(score);
            }
            Err(error) => outcome.failure = Some(error.to_string()),
        }
        outcome.load = load();
        outcome.seconds = clock.elapsed().as_secs_f64();
        outcome
    }

    fn measure(&mut self, case: Case, round: u64, digest: &str) -> Result<super::results::Score> {
        self.prepare(case.program)?;
        let sources = &self.ready[case.program.name];
        let base = self.base(case.program);
        let steps = match case.is_slow {
            true => {
                let time = shortest(&base, "base")?;
                let calls = case.refactor.slow.calls as f64;
                let steps = (SLOWER * time / calls - WAITS_NS) / FIRST_STEP_NS;
                Some(steps.max(1.0) as u64)
            }
            false => None,
        };
        sources.refactor(case.refactor, steps)?;
        let folder = folder_of(self.root, round, case.number);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let profiles = folder.join("profiles");
        copy_all(&base.join("base"), &profiles.join("base"))?;
        let more: &[&str] = match self.counts_only {
            true => &["--against", "none", "--runs", "0", "--profiler", "callgrind"],
            false => &[
                "--against",
                "base",
                "--runs",
                "16",
                "--profile-runs",
                "6",
                "--profiler",
                "auto,callgrind",
            ],
        };
        self.capture(case.program, sources.folder(), &profiles, "new", more)?;
        copy_all(&sources.folder().join(".git"), &folder.join("repository/.git"))?;
        score(&self.perfbase, digest, &folder, case.refactor, case.is_slow)
    }

    /// Has a program's sources, and a capture of its base whose executable can be run.
    fn prepare(&mut self, program: &'static Program) -> Result<()> {
        if self.ready.contains_key(program.name) {
            return Ok(());
        }
        let subject = SUBJECTS.iter().position(|subject| Some(subject.name) == program.subject);
        let from = subject.and_then(|index| self.published[index].as_deref());
        let sources = Sources::new(program, from, self.folder.join("sources").join(program.name))?;
        let few = ["--against", "none", "--runs", "3", "--profiler", "callgrind"];
        self.capture(program, sources.folder(), &self.base(program), "base", &few)?;
        self.ready.insert(program.name, sources);
        Ok(())
    }

    fn capture(
        &self,
        program: &Program,
        sources: &Path,
        profiles: &Path,
        label: &str,
        more: &[&str],
    ) -> Result<()> {
        let benchmark = (program.target, program.benchmark);
        self.perfbase.capture(benchmark, sources, profiles, label, more)
    }

    /// The store of the base.
    fn base(&self, program: &Program) -> PathBuf {
        self.folder.join("bases").join(program.name)
    }
}

fn say(outcome: &Outcome) -> Result<()> {
    let said = match (&outcome.score, &outcome.failure) {
        (Some(score), _) => format!(
            "{} {:+.1} %, instructions ×{:.3}; {}",
            score.verdict,
            100.0 * score.change.unwrap_or(f64::NAN),
            score.instructions.unwrap_or(f64::NAN),
            score.unaided.as_ref().or(score.counted.as_ref()).map_or(String::new(), seen),
        ),
        (None, failure) => format!("FAILED {}", failure.as_deref().unwrap_or_default()),
    };
    writeln!(
        stderr(),
        "{:3} {:18} {:20} {} {said} | {:.0} s",
        outcome.number,
        outcome.program,
        outcome.kind,
        if outcome.slow { "slow" } else { "    " },
        outcome.seconds
    )?;
    Ok(())
}

fn seen(view: &View) -> String {
    let found = |all: &[super::results::Planted]| {
        format!("{}/{}", all.iter().filter(|one| one.found).count(), all.len())
    };
    format!(
        "planted {}, regrouped {}, wrong {:?} {:?}, called {:?}, first {:?} {}",
        found(&view.planted),
        found(&view.regrouped),
        view.wrong,
        view.wrong_groups,
        view.called,
        view.first,
        view.is_first
    )
}
