//! Whether the machine was slower during some of a benchmark's runs, by the reference kernel.

use std::collections::BTreeMap;

use crate::model::{Finding, Part, Reference, Severity, Timing};
use crate::stats::{median, quantile, sorted};

use super::{finding, percent};

/// From this logarithm on above what is usual, before and after a run, the machine was slower.
const SLOWER: f64 = 0.05;
/// Share of runs up to which they do not matter: a benchmark is judged by its faster runs.
const SHARE: f64 = 0.2;
/// One run proves nothing.
const FEWEST: usize = 2;

/// What the parts of each kernel usually take in a capture, as logarithms.
pub(super) struct Usual<'a>(BTreeMap<&'a str, [f64; 2]>);

impl<'a> Usual<'a> {
    /// The lower quartile of all readings of a capture: benchmarks take turns, so that a slow state
    /// that lasts for all runs of one is seen beside the others.
    pub(super) fn of(timings: impl Iterator<Item = &'a Timing>) -> Self {
        let mut readings: BTreeMap<&str, [Vec<f64>; 2]> = BTreeMap::new();
        let references = timings.flat_map(|timing| &timing.runs);
        for reference in references.filter_map(|run| run.reference.as_ref()) {
            let parts = readings.entry(&reference.kernel).or_default();
            for reading in [reference.before, reference.after] {
                for (of_part, part) in parts.iter_mut().zip(Part::ALL) {
                    of_part.push(logarithm(reading.of(part)));
                }
            }
        }
        let usual = |parts: [Vec<f64>; 2]| parts.map(|part| quantile(&sorted(&part), 0.25));
        Self(readings.into_iter().map(|(kernel, parts)| (kernel, usual(parts))).collect())
    }

    /// By how much the parts took longer than usual all through a run, as logarithms.
    fn excess(&self, reference: &Reference) -> Option<[f64; 2]> {
        let usual = self.0.get(&*reference.kernel)?;
        let excess = |at: usize| logarithm(reference.lasting(Part::ALL[at])) - usual[at];
        Some([excess(0), excess(1)])
    }
}

/// A time of 0 ns, which no file of ours has, counts as 1 ns.
fn logarithm(nanoseconds: u64) -> f64 {
    (nanoseconds.max(1) as f64).ln()
}

/// Runs during which the machine was slower than usual.
pub(super) fn on_state(timing: &Timing, usual: &Usual<'_>, findings: &mut Vec<Finding>) {
    let known = timing.runs.iter().filter_map(|run| {
        let reference = run.reference.as_ref()?;
        Some((reference.after.cpu, usual.excess(reference)?))
    });
    let (slow, others): (Vec<_>, Vec<_>) =
        known.partition(|(_, excess)| excess.iter().any(|&part| part > SLOWER));
    let n = slow.len() + others.len();
    let share = slow.len() as f64 / n as f64;
    if slow.len() < FEWEST || share <= SHARE {
        return;
    }
    let middle = |of: fn(&[f64; 2]) -> f64| {
        let values: Vec<f64> = slow.iter().map(|(_, excess)| of(excess)).collect();
        median(&values).unwrap_or_default()
    };
    let size = middle(|excess| excess[0].max(excess[1]));
    // Where it is that one processor and others are not.
    let cpu = slow[0].0.filter(|_| {
        slow.iter().all(|(cpu, _)| *cpu == slow[0].0)
            && others.iter().any(|(cpu, _)| *cpu != slow[0].0)
    });
    let place = cpu.map_or(String::new(), |cpu| format!(", all on CPU {cpu}"));
    let found = format!(
        "during {} of {n} runs the machine took {} longer for a fixed piece of work{place}",
        slow.len(),
        percent(size.exp_m1()),
    );
    let consequence = if middle(|excess| excess[0]) > SLOWER {
        "its clock fell, or somebody shared its core: the runs may be slower for that alone"
    } else {
        "somebody shared its core, perhaps outside of this system: the runs may be slower for that \
         alone"
    };
    findings.push(finding("slow-state", Severity::Warn, found, consequence).measured(share, SHARE));
}
