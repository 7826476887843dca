//! What a reader has to know before any number.

mod builds;
mod conditions;
mod counts;
mod design;
mod machines;
mod programs;
mod recording;

use std::fmt::Display;

use crate::model::{Area, BenchmarkId, Capture, Finding, Severity};

pub(super) use machines::{Machines, machines};
pub(super) use programs::same_program;

use builds::{on_builds, on_sources};
use conditions::on_conditions;
use counts::{on_counters, on_counts};
use design::{on_design, on_weights};
use machines::on_machines;
use programs::on_programs;
use recording::{on_benchmark, on_entries, on_recording};

use super::arms::holder;
use super::comparison::BenchmarkDiff;

/// All notes: on the captures, then on benchmarks.
pub(super) fn notes(base: &Capture, new: &Capture, benchmarks: &[BenchmarkDiff]) -> Vec<Finding> {
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
        if !in_turns(&benchmark) {
            on_entries(base, new, &benchmark.id, &mut notes);
        }
        on_benchmark(benchmark, &mut notes);
        on_counts(benchmark, &mut notes);
    }
    notes.0
}

#[derive(Default)]
struct Notes(Vec<Finding>);

impl Notes {
    fn add(&mut self, severity: Severity, check: &'static str, found: String) {
        self.0.push(Finding { severity, ..Finding::new(Area::Comparison, check, found) });
    }

    fn on(&mut self, id: &BenchmarkId, severity: Severity, check: &'static str, found: String) {
        self.add(severity, check, found);
        self.0.last_mut().expect("one was added").benchmark = Some(id.clone());
    }

    /// A note where two values differ.
    fn differ<T: PartialEq + Display>(
        &mut self,
        (severity, check): (Severity, &'static str),
        what: &str,
        (base, new): (T, T),
        consequence: &str,
    ) {
        if base != new {
            self.add(severity, check, format!("{what}: {base} before, {new} now. {consequence}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::fixture::{capture, id, profile, side, timing};
    use crate::diff::{Options, Verdict, compare};
    use crate::model::{Commit, Failure, RecorderInfo, Scope};

    /// Level and kind of the notes on two captures without benchmarks.
    fn kinds(change: impl FnOnce(&mut Capture)) -> Vec<(Severity, &'static str)> {
        let base = capture();
        let mut new = capture();
        change(&mut new);
        notes(&base, &new, &[]).into_iter().map(|note| (note.severity, note.check)).collect()
    }

    #[test]
    fn each_difference_is_told() {
        assert_eq!(kinds(|_| ()), []);
        assert_eq!(kinds(|c| c.machine.cpu = "other".into()), [(Severity::Refuse, "machine")]);
        assert_eq!(kinds(|c| c.machine.cpu = String::new()), [(Severity::Warn, "machine")]);
        assert_eq!(kinds(|c| c.machine.cores = 2), [(Severity::Warn, "machine")]);
        assert_eq!(kinds(|c| c.machine.kernel = "7".into()), [(Severity::Note, "machine")]);
        assert_eq!(kinds(|c| c.toolchain.rustc = "2".into()), [(Severity::Warn, "toolchain")]);
        assert_eq!(kinds(|c| c.toolchain.target = "arm".into()), [(Severity::Warn, "target")]);
        assert_eq!(kinds(|c| c.settings.profile = "dev".into()), [(Severity::Warn, "profile")]);
        assert_eq!(
            kinds(|c| c.settings.features = vec!["x".into()]),
            [(Severity::Warn, "features")]
        );
        assert_eq!(
            kinds(|c| c.settings.rustflags = Some("-g".into())),
            [(Severity::Warn, "rustflags")]
        );
        assert_eq!(kinds(|c| c.settings.rustflags = Some(String::new())), []);
        assert_eq!(
            kinds(|c| c.settings.arguments = vec!["x".into()]),
            [(Severity::Warn, "arguments")]
        );
        assert_eq!(kinds(|c| c.settings.runs = 9), [(Severity::Note, "runs")]);
        assert_eq!(kinds(|c| c.perfbase = "9".into()), [(Severity::Note, "perfbase")]);
        assert_eq!(kinds(|c| c.recorder = None), [(Severity::Warn, "recorder")]);
        let commit = |dirty| Some(Commit { hash: "0123456789abcdef".into(), dirty });
        assert_eq!(kinds(|c| c.commit = commit(true)), [(Severity::Warn, "dirty")]);
    }

    #[test]
    fn recorders_are_compared_in_all_that_matters() {
        let recorder = |change: fn(&mut crate::model::RecorderInfo)| {
            kinds(|capture| capture.recorder.iter_mut().for_each(change))
        };
        assert_eq!(recorder(|r| r.event = "cycles".into()), [(Severity::Warn, "event")]);
        assert_eq!(recorder(|r| r.frequency_hz = 100.0), [(Severity::Note, "frequency")]);
        assert_eq!(recorder(|r| r.stacks = "copies".into()), [(Severity::Warn, "stacks")]);
        assert_eq!(recorder(|r| r.version = "7".into()), [(Severity::Note, "recorder")]);
        assert_eq!(recorder(|r| r.name = "samply".into()), [(Severity::Warn, "recorder")]);
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
        assert_eq!((all[0].check, &all[0].benchmark), ("program", &None));
        let some = notes(make("a", "x"), make("a", "y"));
        assert_eq!(some.len(), 2);
        assert_eq!((some[0].check, some[1].check), ("commit", "program"));
        assert_eq!(some[1].benchmark, Some(id(0)));
        let one = notes(make("a", "x"), make("b", "y"));
        assert_eq!(one.len(), 1);
        assert_eq!((one[0].check, &one[0].benchmark), ("program", &Some(id(0))));
        assert!(one[0].found.contains("although their commits differ"), "{}", one[0].found);
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
        assert_eq!(comparison.notes[0].severity, Severity::Refuse);
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
    fn another_binding_and_another_recorder_of_one_benchmark_are_told() {
        let samples: Vec<(&[&str], u32, Scope, u64)> = vec![(&["main"], 0, Scope::Benchmark, 100)];
        let make = |is_bound, recorder: Option<&str>| {
            let times = timing(&[1.0, 1.0, 1.0]);
            let mut side = side(vec![(Some(times), Some((profile(&samples), vec![None])))]);
            let usual = side.capture.recorder.clone();
            let entry = &mut side.capture.benchmarks[0];
            entry.is_bound = is_bound;
            entry.recorder = usual
                .filter(|_| recorder.is_some())
                .map(|one| RecorderInfo { name: recorder.unwrap_or_default().into(), ..one });
            side
        };
        let notes = |a: (Option<bool>, Option<&str>), b: (Option<bool>, Option<&str>)| {
            let notes = compare(&make(a.0, a.1), &make(b.0, b.1), &Options::default()).notes;
            let known = |note: &Finding| ["bound", "recorder"].contains(&note.check);
            let told = notes.into_iter().filter(known).collect::<Vec<_>>();
            assert!(told.iter().all(|note| note.benchmark == Some(id(0))));
            told.iter().map(|note| note.found.clone()).collect::<Vec<_>>().join(" ")
        };
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(notes((yes, None), (yes, None)), "");
        // Captures of before it was stored.
        assert_eq!(notes((None, None), (no, None)), "");
        let told = notes((yes, None), (no, None));
        assert!(told.contains("each before, and were not now"), "{told}");
        let told = notes((no, None), (yes, None));
        assert!(told.contains("each now, and were not before"), "{told}");
        let told = notes((yes, None), (yes, Some("samply")));
        assert!(told.contains("by samply"), "{told}");
        assert_eq!(notes((yes, Some("samply")), (yes, Some("samply"))), "");
    }

    #[test]
    fn failures_and_few_runs_are_told() {
        let samples: Vec<(&[&str], u32, Scope, u64)> = vec![(&["main"], 0, Scope::Benchmark, 100)];
        let mut new = side(vec![(Some(timing(&[1.0])), Some((profile(&samples), vec![None])))]);
        let entry = &mut new.capture.benchmarks[0];
        entry.failure = Some(Failure {
            stage: "timing run 2".into(),
            status: "exit status 101".into(),
            output: String::new(),
        });
        let base = side(vec![(Some(timing(&[1.0, 1.0, 1.0])), None)]);
        let comparison = compare(&base, &new, &Options::default());
        let kinds: Vec<&str> = comparison.notes.iter().map(|note| note.check).collect();
        assert_eq!(kinds, ["failure", "runs"]);
        assert!(comparison.notes.iter().all(|note| note.benchmark == Some(id(0))));
        assert!(comparison.benchmarks[0].new_failure.is_some());
    }
}
