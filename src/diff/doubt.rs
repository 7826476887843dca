//! What must not be judged: the same program on both sides, and data that cannot carry a verdict.

use std::collections::BTreeMap;

use super::comparison::{BenchmarkDiff, Comparison, Verdict};
use crate::model::{BenchmarkId, Finding, Severity};

/// Adds what is known of each side's data, base first, to the notes; and takes back all verdicts on
/// what a finding refuses, unless they are forced. What is found on both sides becomes one note.
pub fn question(comparison: &mut Comparison, findings: [Vec<Finding>; 2], force: bool) {
    let mut notes: Vec<Finding> = Vec::new();
    let mut positions: BTreeMap<(&'static str, Option<BenchmarkId>), usize> = BTreeMap::new();
    for (side, of_side) in ["base", "new"].into_iter().zip(findings) {
        for mut finding in of_side {
            let key = (finding.check, finding.benchmark.clone());
            finding.found = format!("{side}: {}", finding.found);
            if force && finding.severity == Severity::Refuse {
                finding.severity = Severity::Warn;
                finding.consequence.push_str("; verdicts are given all the same, as asked");
            }
            match positions.get(&key) {
                Some(&position) => {
                    let note = &mut notes[position];
                    note.found = format!("{}; {}", note.found, finding.found);
                    if finding.severity >= note.severity {
                        note.severity = finding.severity;
                        note.consequence = finding.consequence;
                        note.measured = finding.measured;
                    }
                }
                None => {
                    positions.insert(key, notes.len());
                    notes.push(finding);
                }
            }
        }
    }
    let is_refused = |id: &BenchmarkId| {
        notes.iter().any(|note| {
            note.severity == Severity::Refuse && note.benchmark.as_ref().is_none_or(|of| of == id)
        })
    };
    for benchmark in &mut comparison.benchmarks {
        if is_refused(&benchmark.id) {
            settle(benchmark, |verdict| !matches!(verdict, Verdict::New | Verdict::Vanished));
        }
    }
    comparison.notes.extend(notes);
}

/// Takes back every verdict that calls something changed. The two sides ran the very same
/// program with the same arguments: whatever differs is chance, or lies outside the program (the
/// machine, files that it reads), and is no effect of a change of code. *Unchanged* stays.
pub(super) fn withdraw(benchmark: &mut BenchmarkDiff) {
    settle(benchmark, |verdict| verdict != Verdict::Unchanged);
}

/// Takes back the verdicts that are meant.
fn settle(benchmark: &mut BenchmarkDiff, is_meant: impl Fn(Verdict) -> bool) {
    let settle = |verdict: &mut Verdict| {
        if is_meant(*verdict) {
            *verdict = Verdict::Inconclusive;
        }
    };
    if let Some(timing) = &mut benchmark.timing {
        settle(&mut timing.verdict);
        timing.more_pairs = None;
    }
    benchmark.resources.iter_mut().filter_map(|r| r.verdict.as_mut()).for_each(settle);
    for count in &mut benchmark.counts {
        settle(&mut count.verdict);
    }
    let counted = benchmark.counts.iter_mut().filter_map(|count| count.profile.as_mut());
    for profile in benchmark.profile.iter_mut().chain(counted) {
        for function in &mut profile.functions {
            settle(&mut function.verdict);
            settle(&mut function.verdict_total);
            function.moved = None;
            function.same_code = false;
        }
        profile.refactors.iter_mut().for_each(|refactor| settle(&mut refactor.verdict));
        profile.hot_paths.iter_mut().for_each(|path| settle(&mut path.verdict));
        profile.groups.iter_mut().for_each(|group| settle(&mut group.verdict));
    }
}

#[cfg(test)]
mod tests {
    use crate::diff::fixture::{side, timing};
    use crate::diff::{Options, Verdict, compare};

    #[test]
    fn the_same_program_is_never_called_changed() {
        let verdict = |base: &str, new: &str, arguments: &[&str]| {
            let make = |times: [f64; 3], executable: &str| {
                let mut side = side(vec![(Some(timing(&times)), None)]);
                side.capture.benchmarks[0].executable = Some(executable.into());
                side
            };
            let base = make([100.0, 101.0, 102.0], base);
            let mut new = make([200.0, 201.0, 202.0], new);
            new.capture.settings.arguments = arguments.iter().map(ToString::to_string).collect();
            let comparison = compare(&base, &new, &Options::default());
            comparison.benchmarks[0].timing.as_ref().unwrap().verdict
        };
        assert_eq!(verdict("a", "b", &[]), Verdict::Slower);
        assert_eq!(verdict("a", "a", &[]), Verdict::Inconclusive);
        assert_eq!(verdict("a", "a", &["--size", "9"]), Verdict::Slower);
    }

    #[test]
    fn data_that_cannot_carry_a_verdict_get_none() {
        use crate::diff::fixture::id;
        use crate::model::{Area, Finding, Severity};
        let base = side(vec![
            (Some(timing(&[100.0, 101.0, 102.0])), None),
            (Some(timing(&[100.0, 101.0, 102.0])), None),
        ]);
        let new = side(vec![
            (Some(timing(&[200.0, 201.0, 202.0])), None),
            (Some(timing(&[100.0, 101.0, 102.0])), None),
        ]);
        let found = |severity, n: usize, figure| {
            Finding::new(Area::Quality, "wide", "P95/P50 is 2")
                .because(severity, "why")
                .of(&id(n))
                .measured(figure, 1.0)
        };
        let judged = |findings: [Vec<Finding>; 2], force| {
            let mut comparison = compare(&base, &new, &Options::default());
            super::question(&mut comparison, findings, force);
            let verdicts: Vec<Verdict> =
                comparison.benchmarks.iter().map(|b| b.timing.as_ref().unwrap().verdict).collect();
            (verdicts, comparison.notes)
        };
        let clear = vec![Verdict::Slower, Verdict::Unchanged];
        let warned = [vec![found(Severity::Warn, 0, 1.5)], vec![found(Severity::Warn, 0, 3.0)]];
        let (verdicts, notes) = judged(warned, false);
        assert_eq!((verdicts, notes.len()), (clear.clone(), 1));
        assert_eq!(notes[0].found, "base: P95/P50 is 2; new: P95/P50 is 2");
        let refused =
            || [vec![found(Severity::Warn, 0, 1.5)], vec![found(Severity::Refuse, 0, 3.0)]];
        let (verdicts, notes) = judged(refused(), false);
        assert_eq!(verdicts, [Verdict::Inconclusive, Verdict::Unchanged]);
        assert_eq!(notes[0].severity, Severity::Refuse);
        assert_eq!(notes[0].measured.unwrap().figure, 3.0);
        let (verdicts, notes) = judged(refused(), true);
        assert_eq!(verdicts, clear);
        assert!(notes[0].severity == Severity::Warn && notes[0].line().contains("as asked"));
        let mut all = found(Severity::Refuse, 0, 1.0);
        all.benchmark = None;
        let (verdicts, _) = judged([vec![all], Vec::new()], false);
        assert_eq!(verdicts, [Verdict::Inconclusive; 2], "also what is unchanged");
    }
}
