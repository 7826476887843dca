//! What a reader has to know before any number.

mod conditions;
mod counts;
mod design;

use std::fmt::Display;

use crate::model::{BenchmarkEntry, BenchmarkId, Capture, Machine};

use conditions::on_conditions;
use counts::{on_counters, on_counts};
use design::{on_design, on_weights};

use super::arms::{entry, holder};
use super::comparison::{BenchmarkDiff, Level, Note, ProfileSide};

/// From this share on unknown samples are worth a note.
const UNKNOWN: f64 = 0.01;
/// From this share on samples without all their callers are worth a note.
const TRUNCATED: f64 = 0.03;
/// From this share on lost samples are worth a note.
const LOST: f64 = 0.005;
/// Below this number of samples a side's profile says little.
const FEW_SAMPLES: u64 = 500;
/// Below this number of runs the spread between runs is hardly known.
const FEW_RUNS: usize = 3;

/// How alike two machines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Machines {
    /// As far as is known, one and the same.
    Same,
    /// The same CPU, in another machine (or another share of it).
    Alike,
    /// Another CPU: times have nothing to do with each other.
    Different,
}

/// Compares machines. A CPU that one side does not know makes them alike only.
pub(super) fn machines(base: &Machine, new: &Machine) -> Machines {
    if base.cpu != new.cpu {
        let is_known = !base.cpu.is_empty() && !new.cpu.is_empty();
        return if is_known { Machines::Different } else { Machines::Alike };
    }
    // What the kernel keeps for itself changes a little from version to version.
    let memory = base.memory_bytes.abs_diff(new.memory_bytes) as f64;
    let same_memory = memory <= 0.02 * base.memory_bytes.max(new.memory_bytes) as f64;
    if base.cores == new.cores && base.os == new.os && same_memory {
        Machines::Same
    } else {
        Machines::Alike
    }
}

/// All notes: on the captures, then on benchmarks.
pub(super) fn notes(base: &Capture, new: &Capture, benchmarks: &[BenchmarkDiff]) -> Vec<Note> {
    let mut notes = Notes::default();
    let in_turns = |benchmark: &&BenchmarkDiff| {
        benchmark.timing.as_ref().is_some_and(|timing| timing.design.pairs().is_some())
    };
    let all_in_turns = benchmarks.iter().filter(|b| b.timing.is_some()).all(|b| in_turns(&b));
    if holder(base, new).is_some() {
        on_design(base, new, benchmarks, &mut notes);
    }
    // Measured in turns is measured on one machine.
    if !all_in_turns || benchmarks.is_empty() {
        on_machines(base, new, &mut notes);
        on_conditions(base, new, &mut notes);
    }
    on_builds(base, new, &mut notes);
    on_sources(base, new, &mut notes);
    if !all_in_turns || benchmarks.is_empty() {
        on_recording(base, new, &mut notes);
    }
    on_counters(base, new, &mut notes);
    on_programs(base, new, &mut notes);
    on_weights(base, new, &mut notes);
    for benchmark in benchmarks {
        on_benchmark(benchmark, &mut notes);
        on_counts(benchmark, &mut notes);
    }
    notes.0
}

#[derive(Default)]
struct Notes(Vec<Note>);

impl Notes {
    fn add(&mut self, level: Level, kind: &'static str, message: String) {
        self.0.push(Note { level, kind, message, benchmark: None });
    }

    fn on(&mut self, id: &BenchmarkId, level: Level, kind: &'static str, message: String) {
        self.0.push(Note { level, kind, message, benchmark: Some(id.clone()) });
    }

    /// A note where two values differ.
    fn differ<T: PartialEq + Display>(
        &mut self,
        (level, kind): (Level, &'static str),
        what: &str,
        (base, new): (T, T),
        consequence: &str,
    ) {
        if base != new {
            self.add(level, kind, format!("{what}: {base} before, {new} now. {consequence}"));
        }
    }
}

fn on_machines(base: &Capture, new: &Capture, notes: &mut Notes) {
    let (a, b) = (&base.machine, &new.machine);
    if machines(a, b) == Machines::Different {
        notes.add(
            Level::Refuse,
            "machine",
            format!(
                "Another CPU: {} before, {} now. Times are not compared; shares are.",
                a.cpu, b.cpu
            ),
        );
    } else {
        let consequence = "Times may differ for that alone.";
        notes.differ((Level::Warn, "machine"), "Another CPU", (&a.cpu, &b.cpu), consequence);
        notes.differ(
            (Level::Warn, "machine"),
            "Other operating systems",
            (&a.os, &b.os),
            consequence,
        );
        notes.differ(
            (Level::Warn, "machine"),
            "Numbers of CPUs differ",
            (a.cores, b.cores),
            "Benchmarks with threads may differ for that alone.",
        );
        notes.differ(
            (Level::Info, "machine"),
            "Kernels differ",
            (&a.kernel, &b.kernel),
            "System calls and page faults may cost something else.",
        );
    }
}

fn on_builds(base: &Capture, new: &Capture, notes: &mut Notes) {
    let consequence = "A change may come from that, not from the code.";
    let (a, b) = (&base.settings, &new.settings);
    notes.differ(
        (Level::Warn, "toolchain"),
        "Compilers differ",
        (&base.toolchain.rustc, &new.toolchain.rustc),
        consequence,
    );
    notes.differ(
        (Level::Warn, "target"),
        "Built for different targets",
        (&base.toolchain.target, &new.toolchain.target),
        consequence,
    );
    notes.differ(
        (Level::Warn, "profile"),
        "Build profiles differ",
        (&a.profile, &b.profile),
        consequence,
    );
    let list = |features: &[String]| {
        let mut features = features.to_vec();
        features.sort();
        if features.is_empty() { "default".to_owned() } else { features.join(",") }
    };
    notes.differ(
        (Level::Warn, "features"),
        "Features differ",
        (list(&a.features), list(&b.features)),
        consequence,
    );
    let flags = |flags: &Option<String>| match flags {
        Some(flags) if !flags.trim().is_empty() => flags.clone(),
        _ => "none".to_owned(),
    };
    notes.differ(
        (Level::Warn, "rustflags"),
        "RUSTFLAGS differ",
        (flags(&a.rustflags), flags(&b.rustflags)),
        consequence,
    );
    let arguments = |arguments: &[String]| match arguments {
        [] => "none".to_owned(),
        all => all.join(" "),
    };
    notes.differ(
        (Level::Warn, "arguments"),
        "Benchmarks were given different arguments",
        (arguments(&a.arguments), arguments(&b.arguments)),
        "They may not have measured the same thing.",
    );
}

fn on_sources(base: &Capture, new: &Capture, notes: &mut Notes) {
    for (capture, side) in [(base, "base"), (new, "new")] {
        if capture.commit.as_ref().is_some_and(|commit| commit.dirty) {
            notes.add(
                Level::Warn,
                "dirty",
                format!(
                    "The {side} capture was made with changes that were not committed. Its commit alone does not give the same program."
                ),
            );
        }
    }
    // Where the programs are the same, that is said instead.
    if let (Some(a), Some(b)) = (&base.commit, &new.commit)
        && a.hash == b.hash
        && !are_programs_equal(base, new)
    {
        let consequence = if a.dirty || b.dirty {
            "They differ by what was not committed, if at all."
        } else {
            "Whatever differs is not the code."
        };
        notes.add(
            Level::Info,
            "commit",
            format!("Both captures are of commit {}. {consequence}", short(&a.hash)),
        );
    }
}

/// The first ten characters of a hash.
fn short(hash: &str) -> String {
    hash.chars().take(10).collect()
}

fn on_recording(base: &Capture, new: &Capture, notes: &mut Notes) {
    notes.differ(
        (Level::Info, "perfbase"),
        "Made by different versions of perfbase",
        (&base.perfbase, &new.perfbase),
        "Names and harness frames may be treated differently.",
    );
    if base.settings.runs != new.settings.runs {
        notes.add(
            Level::Info,
            "runs",
            format!(
                "Numbers of runs differ: {} before, {} now. The side with fewer limits what can be found.",
                base.settings.runs, new.settings.runs
            ),
        );
    }
    let (Some(a), Some(b)) = (&base.recorder, &new.recorder) else {
        if base.recorder.is_some() != new.recorder.is_some() {
            let side = if base.recorder.is_some() { "new" } else { "base" };
            notes.add(
                Level::Warn,
                "recorder",
                format!("The {side} capture has no profiles. Functions cannot be compared."),
            );
        }
        return;
    };
    let consequence = "Shares of functions may differ for that alone.";
    notes.differ((Level::Warn, "recorder"), "Recorders differ", (&a.name, &b.name), consequence);
    if a.name == b.name {
        notes.differ(
            (Level::Info, "recorder"),
            "Versions of the recorder differ",
            (&a.version, &b.version),
            consequence,
        );
    }
    notes.differ(
        (Level::Warn, "event"),
        "Sampled events differ",
        (&a.event, &b.event),
        consequence,
    );
    notes.differ(
        (Level::Info, "frequency"),
        "Sampling frequencies in Hz differ",
        (a.frequency_hz, b.frequency_hz),
        "Shares and costs do not depend on it; the finer side resolves more.",
    );
    notes.differ(
        (Level::Warn, "stacks"),
        "Stacks were taken differently",
        (&a.stacks, &b.stacks),
        "Totals and paths may differ for that alone.",
    );
}

/// Whether a benchmark ran the very same program with the same arguments on both sides.
pub(super) fn same_program(base: &Capture, new: &Capture, id: &BenchmarkId) -> bool {
    if let Some(side) = holder(base, new)
        && let Some(entry) = entry([base, new][side], id)
        && let Some(beside) = &entry.beside
        && base.settings.arguments == new.settings.arguments
    {
        // What ran, not what was stored under that name.
        return entry.executable.is_some() && entry.executable == beside.executable;
    }
    let executable = |capture: &'_ Capture| {
        let entry = capture.benchmarks.iter().find(|entry| entry.id == *id)?;
        entry.executable.clone()
    };
    base.settings.arguments == new.settings.arguments
        && executable(base).is_some_and(|one| executable(new) == Some(one))
}

/// Benchmarks of both sides.
fn pairs<'a>(
    base: &'a Capture,
    new: &'a Capture,
) -> impl Iterator<Item = (&'a BenchmarkEntry, &'a BenchmarkEntry)> {
    let other = |a: &BenchmarkEntry| new.benchmarks.iter().find(|b| b.id == a.id);
    base.benchmarks.iter().filter_map(move |a| Some((a, other(a)?)))
}

/// Whether all benchmarks of both sides, of which there are some, ran the very same program.
fn are_programs_equal(base: &Capture, new: &Capture) -> bool {
    pairs(base, new).count() > 0 && pairs(base, new).all(|(a, _)| same_program(base, new, &a.id))
}

/// Benchmarks whose programs are equal on both sides.
fn on_programs(base: &Capture, new: &Capture, notes: &mut Notes) {
    let equal: Vec<&BenchmarkId> = pairs(base, new)
        .filter(|(a, _)| same_program(base, new, &a.id))
        .map(|(a, _)| &a.id)
        .collect();
    if equal.is_empty() {
        return;
    }
    // The same program from another commit: either nothing that matters changed, or the build
    // did not see the change.
    let other_commit = match (&base.commit, &new.commit) {
        (Some(a), Some(b)) => a.hash != b.hash,
        _ => false,
    };
    let hint = if other_commit {
        " although their commits differ: check that the change is in what was built"
    } else {
        ""
    };
    if are_programs_equal(base, new) {
        notes.add(
            Level::Info,
            "program",
            format!(
                "The two captures measured the same program{hint}. Whatever differs is chance, or lies outside it."
            ),
        );
    } else {
        for id in equal {
            let message = format!(
                "Both sides measured the same program{hint}. Whatever differs is chance, or lies outside it."
            );
            notes.on(id, Level::Info, "program", message);
        }
    }
}

fn on_benchmark(benchmark: &BenchmarkDiff, notes: &mut Notes) {
    let id = &benchmark.id;
    for (failure, side) in [(&benchmark.base_failure, "base"), (&benchmark.new_failure, "new")] {
        if let Some(failure) = failure {
            notes.on(
                id,
                Level::Warn,
                "failure",
                format!(
                    "It failed on the {side} side while {}: {}. What is missing cannot be compared.",
                    failure.stage, failure.status
                ),
            );
        }
    }
    if let Some(timing) = &benchmark.timing
        && let (Some(base), Some(new)) = (&timing.base, &timing.new)
    {
        let fewest = base.runs.min(new.runs);
        if fewest < FEW_RUNS && timing.design.pairs().is_none() {
            let runs = if fewest == 1 { "1 run" } else { "2 runs" };
            notes.on(
                    id,
                    Level::Warn,
                    "runs",
                    format!(
                        "Only {runs} on one side: how much runs differ is hardly known. At least {FEW_RUNS} are needed for a narrow interval."
                    ),
                );
        }
        if base.percentiles_are_bounds != new.percentiles_are_bounds {
            notes.on(
                    id,
                    Level::Warn,
                    "harness",
                    "One side has samples, the other a summary only. Their percentiles are not comparable.".to_owned(),
                );
        }
    }
    if let Some(profile) = &benchmark.profile {
        if let (Some(_), Some(_), None) = (&profile.base, &profile.new, profile.unit) {
            notes.on(
                id,
                Level::Warn,
                "cost",
                "Functions are compared by share only: no comparable cost per iteration is known. A share also falls when another function grows.".to_owned(),
            );
        }
        for (side, name) in [(&profile.base, "base"), (&profile.new, "new")] {
            if let Some(side) = side {
                on_health(id, side, name, notes);
            }
        }
    }
}

fn on_health(id: &BenchmarkId, side: &ProfileSide, name: &str, notes: &mut Notes) {
    if side.samples < FEW_SAMPLES {
        notes.on(
            id,
            Level::Warn,
            "samples",
            format!(
                "The {name} profile has {} samples. Only large changes of large functions can be seen.",
                side.samples
            ),
        );
    }
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    if side.unknown_share > UNKNOWN {
        notes.on(
            id,
            Level::Warn,
            "unknown",
            format!(
                "{} of the {name} profile's samples are in unknown functions. Their cost cannot be attributed.",
                percent(side.unknown_share)
            ),
        );
    }
    if side.truncated_share > TRUNCATED {
        notes.on(
            id,
            Level::Warn,
            "truncated",
            format!(
                "{} of the {name} profile's stacks are cut off. Totals of callers are too low.",
                percent(side.truncated_share)
            ),
        );
    }
    let lost = side.lost as f64 / (side.samples + side.lost).max(1) as f64;
    if lost > LOST {
        notes.on(
            id,
            Level::Warn,
            "lost",
            format!(
                "The recorder lost {} of the {name} side's samples. Shares may be biased.",
                percent(lost)
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::fixture::{capture, id, profile, side, timing};
    use crate::diff::{Options, Verdict, compare};
    use crate::model::{Commit, Failure, Health, Scope};

    /// Level and kind of the notes on two captures without benchmarks.
    fn kinds(change: impl FnOnce(&mut Capture)) -> Vec<(Level, &'static str)> {
        let base = capture();
        let mut new = capture();
        change(&mut new);
        notes(&base, &new, &[]).into_iter().map(|note| (note.level, note.kind)).collect()
    }

    #[test]
    fn each_difference_is_told() {
        assert_eq!(kinds(|_| ()), []);
        assert_eq!(kinds(|c| c.machine.cpu = "other".into()), [(Level::Refuse, "machine")]);
        assert_eq!(kinds(|c| c.machine.cpu = String::new()), [(Level::Warn, "machine")]);
        assert_eq!(kinds(|c| c.machine.cores = 2), [(Level::Warn, "machine")]);
        assert_eq!(kinds(|c| c.machine.kernel = "7".into()), [(Level::Info, "machine")]);
        assert_eq!(kinds(|c| c.toolchain.rustc = "2".into()), [(Level::Warn, "toolchain")]);
        assert_eq!(kinds(|c| c.toolchain.target = "arm".into()), [(Level::Warn, "target")]);
        assert_eq!(kinds(|c| c.settings.profile = "dev".into()), [(Level::Warn, "profile")]);
        assert_eq!(kinds(|c| c.settings.features = vec!["x".into()]), [(Level::Warn, "features")]);
        assert_eq!(
            kinds(|c| c.settings.rustflags = Some("-g".into())),
            [(Level::Warn, "rustflags")]
        );
        assert_eq!(kinds(|c| c.settings.rustflags = Some(String::new())), []);
        assert_eq!(
            kinds(|c| c.settings.arguments = vec!["x".into()]),
            [(Level::Warn, "arguments")]
        );
        assert_eq!(kinds(|c| c.settings.runs = 9), [(Level::Info, "runs")]);
        assert_eq!(kinds(|c| c.perfbase = "9".into()), [(Level::Info, "perfbase")]);
        assert_eq!(kinds(|c| c.recorder = None), [(Level::Warn, "recorder")]);
        let commit = |dirty| Some(Commit { hash: "0123456789abcdef".into(), dirty });
        assert_eq!(kinds(|c| c.commit = commit(true)), [(Level::Warn, "dirty")]);
    }

    #[test]
    fn recorders_are_compared_in_all_that_matters() {
        let recorder = |change: fn(&mut crate::model::RecorderInfo)| {
            kinds(|capture| capture.recorder.iter_mut().for_each(change))
        };
        assert_eq!(recorder(|r| r.event = "cycles".into()), [(Level::Warn, "event")]);
        assert_eq!(recorder(|r| r.frequency_hz = 100.0), [(Level::Info, "frequency")]);
        assert_eq!(recorder(|r| r.stacks = "copies".into()), [(Level::Warn, "stacks")]);
        assert_eq!(recorder(|r| r.version = "7".into()), [(Level::Info, "recorder")]);
        assert_eq!(recorder(|r| r.name = "samply".into()), [(Level::Warn, "recorder")]);
    }

    #[test]
    fn one_commit_on_both_sides_and_one_program() {
        let make = |hash: &str, executable: &str| {
            let mut side = side(vec![(None, None), (None, None)]);
            side.capture.commit = Some(Commit { hash: hash.into(), dirty: false });
            side.capture.benchmarks[0].executable = Some("same".into());
            side.capture.benchmarks[1].executable = Some(executable.into());
            side
        };
        let notes = |a, b| compare(&a, &b, &Options::default()).notes;
        let all = notes(make("a", "x"), make("a", "x"));
        assert_eq!(all.len(), 1, "one program is more than one commit");
        assert_eq!((all[0].kind, &all[0].benchmark), ("program", &None));
        let some = notes(make("a", "x"), make("a", "y"));
        assert_eq!(some.len(), 2);
        assert_eq!((some[0].kind, some[1].kind), ("commit", "program"));
        assert_eq!(some[1].benchmark, Some(id(0)));
        let one = notes(make("a", "x"), make("b", "y"));
        assert_eq!(one.len(), 1);
        assert_eq!((one[0].kind, &one[0].benchmark), ("program", &Some(id(0))));
        assert!(one[0].message.contains("although their commits differ"), "{}", one[0].message);
    }

    #[test]
    fn another_cpu_leaves_shares_only() {
        let samples: Vec<(&[&str], u32, Scope, u64)> =
            (0..3).map(|run| (&["main"][..], run, Scope::Benchmark, 1000)).collect();
        let make = |time: f64| {
            let times = timing(&[time, time, time]);
            side(vec![(Some(times), Some((profile(&samples), vec![Some(time); 3])))])
        };
        let base = make(100.0);
        let mut new = make(200.0);
        new.capture.machine.cpu = "other".into();
        let comparison = compare(&base, &new, &Options::default());
        assert_eq!(comparison.notes[0].level, Level::Refuse);
        let benchmark = &comparison.benchmarks[0];
        let timing = benchmark.timing.as_ref().unwrap();
        assert_eq!((timing.change, timing.verdict), (None, Verdict::Inconclusive));
        assert_eq!(timing.new.unwrap().p50, 200.0);
        let profile = benchmark.profile.as_ref().unwrap();
        assert_eq!((profile.unit, profile.delta), (None, None));
        assert_eq!(profile.functions[0].new.unwrap().total_share, 1.0);
        assert_eq!(profile.functions[0].new.unwrap().total_cost, None);
        assert_eq!(profile.functions[0].verdict, Verdict::Unchanged);
    }

    #[test]
    fn poor_recordings_and_failures_are_told() {
        let samples: Vec<(&[&str], u32, Scope, u64)> = vec![(&["main"], 0, Scope::Benchmark, 100)];
        let mut new = side(vec![(Some(timing(&[1.0])), Some((profile(&samples), vec![None])))]);
        let entry = &mut new.capture.benchmarks[0];
        entry.failure = Some(Failure {
            stage: "timing run 2".into(),
            status: "exit status 101".into(),
            output: String::new(),
        });
        entry.profile.as_mut().unwrap().health =
            Health { samples: 100, lost: 1, truncated: 4, unknown: 2, throttled: 0 };
        let base = side(vec![(Some(timing(&[1.0, 1.0, 1.0])), None)]);
        let comparison = compare(&base, &new, &Options::default());
        let kinds: Vec<&str> = comparison.notes.iter().map(|note| note.kind).collect();
        assert_eq!(kinds, ["failure", "runs", "samples", "unknown", "truncated", "lost"]);
        assert!(comparison.notes.iter().all(|note| note.benchmark == Some(id(0))));
        assert!(comparison.benchmarks[0].new_failure.is_some());
    }
}
