//! Notes on how the two sides were measured.

use super::{Notes, same_program};
use crate::diff::arms::holder;
use crate::diff::comparison::{BenchmarkDiff, Verdict};
use crate::diff::timing::FEWEST_PAIRS;
use crate::model::{BenchmarkEntry, Capture, Severity};

/// From this change on it is not for the layout of the code alone: identical code in shuffled order
/// of sections moved by up to 3.1 % (standard deviation 1.4 %).
const LAYOUT: f64 = 0.03;

/// How benchmarks of a capture that was made beside the other were measured.
pub(super) fn on_design(
    base: &Capture,
    new: &Capture,
    benchmarks: &[BenchmarkDiff],
    notes: &mut Notes,
) {
    let in_turns =
        |b: &BenchmarkDiff| b.timing.as_ref().is_some_and(|t| t.design.pairs().is_some());
    let any_in_turns = benchmarks.iter().any(in_turns);
    if any_in_turns {
        notes.add(
        Severity::Note,
        "design",
        "Both sides' executables ran in turns: changes are those of pairs of runs, in which the machine's state is the same.".to_owned(),
    );
    }
    let small = benchmarks
        .iter()
        .filter(|b| !same_program(base, new, &b.id))
        .filter_map(|b| b.timing.as_ref())
        .filter(|timing| matches!(timing.verdict, Verdict::Slower | Verdict::Faster))
        .any(|timing| {
            timing.change.is_some_and(|change| change.ratio.ln_1p().abs() < LAYOUT.ln_1p())
        });
    if small {
        notes.add(
            Severity::Note,
            "layout",
            "The layout of an executable can move identical code by up to 3 %: a change below that is one of the executables measured, and may not be the source's.".to_owned(),
        );
    }
    for benchmark in benchmarks {
        let id = &benchmark.id;
        let entry = holder(base, new).and_then(|side| [base, new][side].entry(id));
        if let Some(failure) = entry.and_then(|e| e.beside.as_ref()?.failure.as_ref()) {
            notes.on(
                id,
                Severity::Warn,
                "beside",
                format!(
                    "The base's executable failed in its turns while {}: {}. What is missing is taken from the stored capture.",
                    failure.stage, failure.status
                ),
            );
        }
        match &benchmark.timing {
            Some(timing) if timing.base.is_some() && timing.new.is_some() => {
                match timing.design.pairs() {
                    None if any_in_turns => notes.on(
                        id,
                        Severity::Note,
                        "design",
                        "It was not measured in turns: the stored captures are compared, with what sessions differ by.".to_owned(),
                    ),
                    Some(pairs) if pairs < FEWEST_PAIRS => notes.on(
                        id,
                        Severity::Warn,
                        "runs",
                        format!("Only {pairs} pairs of runs: at least {FEWEST_PAIRS} are needed for a verdict."),
                    ),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// Profiles of both sides that count different things.
pub(super) fn on_weights(base: &Capture, new: &Capture, notes: &mut Notes) {
    for b in &new.benchmarks {
        let weight = |entry: &BenchmarkEntry| entry.profile.as_ref().map(|p| p.weight);
        if let (Some(before), Some(now)) = (base.entry(&b.id).and_then(weight), weight(b))
            && before != now
            && b.beside.as_ref().and_then(|beside| beside.profile.as_ref()).is_none()
        {
            notes.on(
                &b.id,
                Severity::Refuse,
                "recorder",
                format!(
                    "Its profiles count different things ({} before, {} now). Functions are not compared.",
                    before.kind(),
                    now.kind()
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::diff::fixture::{in_turns, profile, side, timing};
    use crate::diff::{Loaded, Options, Verdict, compare};
    use crate::model::{Failure, Scope, Severity, Weight};

    /// Two captures in turns: the new program takes `times` as long as the base's.
    fn pair(times: f64, pairs: usize) -> [Loaded; 2] {
        let base: Vec<f64> = (0..pairs).map(|i| 100.0 + (i % 3) as f64 * 0.1).collect();
        let new: Vec<f64> = base.iter().map(|t| t * times).collect();
        in_turns(vec![[(Some(timing(&base)), None), (Some(timing(&new)), None)]])
    }

    fn kinds([base, new]: &[Loaded; 2]) -> (Verdict, Vec<(Severity, &'static str)>) {
        let comparison = compare(base, new, &Options::default());
        let kinds = comparison.notes.iter().map(|note| (note.severity, note.check)).collect();
        (comparison.benchmarks[0].timing.as_ref().unwrap().verdict, kinds)
    }

    #[test]
    fn small_changes_may_be_layout_and_few_pairs_say_nothing() {
        let design = (Severity::Note, "design");
        assert_eq!(kinds(&pair(1.2, 10)), (Verdict::Slower, vec![design]));
        let layout = (Severity::Note, "layout");
        assert_eq!(kinds(&pair(1.02, 10)), (Verdict::Slower, vec![design, layout]));
        assert_eq!(kinds(&pair(1.0, 10)), (Verdict::Unchanged, vec![design]));
        let few = (Severity::Warn, "runs");
        assert_eq!(kinds(&pair(1.2, 5)), (Verdict::Inconclusive, vec![design, few]));
        // In turns is on one machine, wherever the base was captured.
        let [mut base, new] = pair(1.2, 10);
        base.capture.machine.cpu = "other".into();
        assert_eq!(kinds(&[base, new]), (Verdict::Slower, vec![design]));
    }

    #[test]
    fn the_same_program_in_turns_is_known_by_what_ran() {
        let [base, mut new] = pair(1.02, 10);
        let entry = &mut new.capture.benchmarks[0];
        entry.executable = Some("a".into());
        entry.beside.as_mut().unwrap().executable = Some("a".into());
        let (verdict, notes) = kinds(&[base, new]);
        assert_eq!(verdict, Verdict::Inconclusive);
        assert_eq!(notes, [(Severity::Note, "design"), (Severity::Note, "program")]);
    }

    #[test]
    fn what_has_no_turns_is_compared_from_the_captures() {
        let [mut base, mut new] = pair(1.2, 10);
        new.timings_beside.clear();
        base.timings = new.timings.clone();
        let beside = new.capture.benchmarks[0].beside.as_mut().unwrap();
        beside.failure = Some(Failure {
            stage: "timing run 1".into(),
            status: "exit status 1".into(),
            output: String::new(),
        });
        let comparison = compare(&base, &new, &Options::default());
        let timing = comparison.benchmarks[0].timing.as_ref().unwrap();
        assert_eq!(timing.design.pairs(), None);
        assert_eq!(timing.verdict, Verdict::Unchanged);
        assert_eq!(timing.change.unwrap().ratio, 0.0);
        assert_eq!(comparison.notes[0].check, "beside");
    }

    #[test]
    fn time_and_instructions_are_never_mixed() {
        let make = |weight: Weight| {
            let samples: Vec<(&[&str], u32, Scope, u64)> =
                vec![(&["main"][..], 0, Scope::Benchmark, 1000)];
            let mut profile = profile(&samples);
            profile.weight = weight;
            side(vec![(None, Some((profile, vec![Some(100.0)])))])
        };
        let (time, instructions) = (make(Weight::CpuTime), make(Weight::Instructions));
        let comparison = compare(&time, &instructions, &Options::default());
        assert!(comparison.benchmarks[0].profile.is_none());
        let refused = |severity| comparison.notes.iter().any(|note| note.severity == severity);
        assert!(refused(Severity::Refuse), "{:?}", comparison.notes);
    }
}
