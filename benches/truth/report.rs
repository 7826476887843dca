//! `docs/truth.md`: counts, intervals and goals, from the results and nothing else.

mod refactors;
mod tables;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::Result;
use crate::refactors::results::Outcome as Refactored;
use crate::results::{Outcome, Score};

/// A case with its score.
type Scored<'a> = (&'a Outcome, &'a Score);

/// Writes it. Only what this executable compared counts.
pub(crate) fn write(all: &[Outcome], refactors: &[Refactored], program: &str) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/truth.md");
    Ok(fs::write(path, text(all, refactors, program))?)
}

fn text(all: &[Outcome], refactors: &[Refactored], program: &str) -> String {
    let (scored, others) = scored(all, program);
    let mut text = String::from(INTRODUCTION);
    if scored.is_empty() {
        return text + "\nNothing has been run yet.\n";
    }
    text.push_str(&circumstances(all, &scored, others));
    text.push_str("\n## Goals\n\n");
    let refactored = refactors::scored(refactors, program);
    text.push_str(&tables::goals(&scored, refactors::goals(&refactored)));
    text.push_str(EQUAL);
    text.push_str(&tables::equal(&scored));
    text.push_str(CHANGED);
    text.push_str(&tables::changed(&scored));
    text.push_str(FUNCTIONS);
    text.push_str(&tables::functions(&scored));
    text.push_str(INTERVALS);
    text.push_str(&tables::intervals(&scored));
    text.push_str(SLOWED);
    text.push_str(&tables::slowed(&scored));
    text.push_str(&refactors::text(&refactored));
    text.push_str("\n## Wrong verdicts, one by one\n\n");
    text.push_str(&tables::wrong(&scored));
    text.push_str("\n## What was not run\n\n");
    text.push_str(&tables::missing(&scored));
    text
}

/// What counts, and how many cases another executable compared.
fn scored<'a>(all: &'a [Outcome], program: &str) -> (Vec<Scored<'a>>, usize) {
    let scored = all.iter().filter_map(|one| Some((one, one.score.as_ref()?)));
    let (own, others): (Vec<_>, Vec<_>) = scored.partition(|(_, score)| score.program == program);
    // Both sides have to be different programs, or there is nothing to be right about.
    (own.into_iter().filter(|(_, score)| !score.same_program).collect(), others.len())
}

fn circumstances(all: &[Outcome], scored: &[Scored<'_>], others: usize) -> String {
    let distinct = |of: fn(&Scored<'_>) -> String| -> String {
        let all: BTreeSet<String> = scored.iter().map(of).collect();
        all.into_iter().collect::<Vec<_>>().join("; ")
    };
    let hours: f64 = scored.iter().map(|(one, _)| one.seconds).sum::<f64>() / 3600.0;
    let mut text = format!(
        "\n{} cases, {hours:.1} hours of capturing. Machine: {}. Recorder: {}. Captures at a time, each on \
         processors of its own: {}. Subjects: {}.\n",
        scored.len(),
        distinct(|(_, score)| score.machine.clone()),
        distinct(|(_, score)| score.recorder.clone()),
        distinct(|(one, _)| one.lanes.to_string()),
        distinct(|(one, _)| format!("{} ({})", one.subject, one.harness)),
    );
    text.push_str(&busy(scored));
    let same = all.iter().filter_map(|one| one.score.as_ref()).filter(|s| s.same_program).count();
    let again: BTreeSet<(u64, u64)> =
        all.iter().filter(|one| one.score.is_some()).map(|one| (one.seed, one.case)).collect();
    let failed =
        all.iter().filter(|one| one.failure.is_some() && !again.contains(&(one.seed, one.case)));
    let left_out = [
        (failed.count(), "could not be captured or compared"),
        (same, "gave the very same program on both sides"),
        (others, "were compared by another build of `cargo perfbase`"),
    ];
    for (count, why) in left_out.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!("Left out: {count} cases that {why}.\n"));
    }
    text
}

/// How busy the machine was with other things.
fn busy(scored: &[Scored<'_>]) -> String {
    let mut loads: Vec<f64> = scored.iter().filter_map(|(one, _)| one.load).collect();
    loads.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (loads.first(), loads.last()) else { return String::new() };
    format!(
        "Load per processor (1: all of them busy, nobody waits): median {:.1}, from {least:.1} to {most:.1}.\n",
        loads[loads.len() / 2]
    )
}

const INTRODUCTION: &str = "# How often it is right

`cargo bench --bench truth` puts known changes into programs, has `cargo perfbase` capture and
compare them, and counts. This page is its output: all figures are counts with Wilson's interval at
95 % in brackets, and a goal that is missed stays.

Subjects are published crates with their own benchmarks, and one crate that is written for this,
whose functions have 1, 5, 20 and 50 % of its benchmark. What is planted is a chain of
multiplications in a named function: each build has some of it from the beginning, and a change is
another number of steps, so that code and addresses are the same on both sides. What a step is worth in each
place is measured by a change of about 30 %, in 40 pairs while cases run and in 160 when
`--calibrate` asks for it; its error is part of the judgement on intervals.

Equal programs are built twice with a difference that means nothing: another value of a constant
(*constant*; instructions and addresses are equal), or a function that is never called in front of
or behind the others (*layout*; code moves, and may well run at another speed).

Beside it, on the very same raw times: criterion's own rule (the first run of the base against the
last run of the new side, 20 samples each, its t-test at 5 % and its noise threshold of 1 %), and the
Mann–Whitney test over the medians of all runs at 5 %, as benchstat does. What they take for a
change is compared with what was planted in the same way.
";

const EQUAL: &str = "
## Equal programs

How often anything was called changed.

";
const CHANGED: &str = "
## Changed programs

*Found* is a verdict of the right sign; *inconclusive* is said to be so. The other rules have no
such word: they find a change or not.

";
const FUNCTIONS: &str = "
## The function that was changed

*First*: it heads the list of functions. *Named*: it is called slower or faster, whichever is true.
*Another*: any other function is called changed.

";
const SLOWED: &str = "
What is planted is known as what it costs on a machine that does nothing else: by the fastest batches
of each run. Others slow down what is around it more than a chain of multiplications, each of which
waits for the one before; the change that can be measured is smaller then, and the interval is one of
what was measured. Planted changes, paired, by how much longer the base's runs took typically than its
fastest batch of all:

";

const INTERVALS: &str = "
## Intervals

How often the 95 % interval of the benchmark's change holds the true change. For layouts the true
change is taken to be 0, which it need not be.

";
