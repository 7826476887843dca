//! Which recorders a capture has: at most one that samples, and any that count.

use std::path::Path;

use super::args::{MeasureArgs, Profiler};
use super::sections::Section;
use crate::console::Console;
use crate::doctor::{self, Facts};
use crate::error::Error;
use crate::model::RecorderInfo;
use crate::process::Session;
use crate::record::{self, Recorder, Refusal, Tool, Valgrind, Wanted};

/// Recorders that were tried and work.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorders {
    /// Who samples.
    pub(super) sampler: Option<Recorder>,
    /// Who counts.
    pub(super) counters: Vec<Valgrind>,
}

/// What `--profiler` says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    sampler: Option<Wanted>,
    counters: Vec<Tool>,
}

impl Asked {
    /// # Errors
    /// Two that sample: they would disturb each other, and a benchmark has one profile of time.
    fn of(profilers: &[Profiler]) -> Result<Self, Error> {
        let mut asked = Self::default();
        for profiler in profilers {
            let (sampler, counter) = match profiler {
                Profiler::Auto => (Some(Wanted::Auto), None),
                Profiler::Perf => (Some(Wanted::Perf), None),
                Profiler::Samply => (Some(Wanted::Samply), None),
                Profiler::Embedded => (Some(Wanted::Embedded), None),
                Profiler::Callgrind => (None, Some(Tool::Callgrind)),
                Profiler::Dhat => (None, Some(Tool::Dhat)),
                Profiler::None => (None, None),
            };
            if let Some(sampler) = sampler {
                if asked.sampler.is_some_and(|before| before != sampler) {
                    return Err(Error::usage(
                        "two profilers that sample time cannot be in one capture",
                        "name one of auto, perf, samply and embedded; callgrind and dhat may be \
                         added to it",
                    ));
                }
                asked.sampler = Some(sampler);
            }
            asked.counters.extend(counter.filter(|counter| !asked.counters.contains(counter)));
        }
        Ok(asked)
    }
}

/// The recorders of each section; who is asked for by several is tried once.
///
/// # Errors
/// One that was asked for by name and does not work.
pub(super) fn of_sections(
    sections: &[Section],
    session: &Session,
    scratch: &Path,
    facts: &Facts,
    console: &Console,
) -> Result<Vec<Recorders>, Error> {
    let mut chosen: Vec<(&MeasureArgs, Recorders)> = Vec::new();
    let mut all = Vec::new();
    let counts =
        |section: &Section| section.arguments.measure.profiler.contains(&Profiler::Callgrind);
    if let Some(first) = sections.first()
        && first.arguments.measure.callgrind_args.is_some()
        && !sections.iter().any(counts)
    {
        return Err(Error::usage(
            "--callgrind-args without callgrind",
            "add --profiler auto,callgrind",
        ));
    }
    for section in sections {
        let measure = &section.arguments.measure;
        let is_alike = |other: &MeasureArgs| {
            other.profiler == measure.profiler
                && other.frequency == measure.frequency
                && other.samples() == measure.samples()
        };
        let known = chosen.iter().find(|(other, _)| is_alike(other));
        let recorders = match known {
            Some((_, recorders)) => recorders.clone(),
            None => {
                let recorders = choose(measure, session, scratch, facts, console)?;
                chosen.push((measure, recorders.clone()));
                recorders
            }
        };
        all.push(recorders);
    }
    Ok(all)
}

/// Options for a recorder need one that they are for.
///
/// # Errors
/// Where nobody is asked for that they are for.
pub(super) fn check<'a>(all: impl Iterator<Item = &'a MeasureArgs>) -> Result<(), Error> {
    let (mut has_options, mut has_callgrind) = (false, false);
    for measure in all {
        has_options |= measure.callgrind_args.is_some();
        has_callgrind |= measure.profiler.contains(&Profiler::Callgrind);
    }
    if has_options && !has_callgrind {
        return Err(Error::usage(
            "--callgrind-args without callgrind",
            "add --profiler auto,callgrind",
        ));
    }
    Ok(())
}

/// Finds the recorders and says which and why.
pub(super) fn choose(
    arguments: &MeasureArgs,
    session: &Session,
    scratch: &Path,
    facts: &Facts,
    console: &Console,
) -> Result<Recorders, Error> {
    let asked = Asked::of(&arguments.profiler)?;
    let mut options: Vec<String> = Vec::new();
    if let Some(words) = &arguments.callgrind_args {
        options = words.split_whitespace().map(str::to_owned).collect();
    }
    let mut counters = Vec::new();
    for tool in asked.counters {
        let own = if tool == Tool::Callgrind { &options[..] } else { &[] };
        match Valgrind::find(session, tool, own, scratch)? {
            Ok(valgrind) => counters.push(valgrind),
            Err(refusal) => return Err(refused(refusal, facts)),
        }
    }
    let sampler = match asked.sampler {
        // What nothing is measured with need not work.
        Some(wanted) if arguments.samples() => {
            sampler(wanted, arguments, session, scratch, facts, console)?
        }
        _ => None,
    };
    for info in counters.iter().map(Valgrind::info) {
        let RecorderInfo { name, version, event, stacks, .. } = info;
        console.status("Counting", &format!("{event} with {name} {version} ({stacks})"));
    }
    Ok(Recorders { sampler, counters })
}

fn sampler(
    wanted: Wanted,
    arguments: &MeasureArgs,
    session: &Session,
    scratch: &Path,
    facts: &Facts,
    console: &Console,
) -> Result<Option<Recorder>, Error> {
    let choice = record::choose(session, wanted, arguments.frequency, scratch)?;
    if choice.recorder.is_some() || wanted == Wanted::Auto {
        for refusal in &choice.refusals {
            let remedy = doctor::advice(refusal, facts);
            console.note(&format!("{}: {}; {remedy}", refusal.recorder, refusal.reason));
        }
    }
    if let Some(recorder) = choice.recorder {
        let info = recorder.info();
        console.status(
            "Profiling",
            &format!(
                "with {} {} ({}, {} Hz, {})",
                info.name, info.version, info.event, info.frequency_hz, info.stacks
            ),
        );
        return Ok(Some(recorder));
    }
    if wanted == Wanted::Auto {
        console.warning("no profiler works here: there will be timings, and no profiles");
        return Ok(None);
    }
    let refusal = choice.refusals.into_iter().next().expect("what was wanted was tried");
    Err(refused(refusal, facts))
}

fn refused(refusal: Refusal, facts: &Facts) -> Error {
    Error::NoRecorder {
        recorder: refusal.recorder.to_owned(),
        remedy: doctor::advice(&refusal, facts),
        reason: refusal.reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_samples_and_others_count() {
        let of = |profilers: &[Profiler]| Asked::of(profilers).unwrap();
        use Profiler::{Auto, Callgrind, Dhat, None, Perf, Samply};
        assert_eq!(of(&[Auto]), Asked { sampler: Some(Wanted::Auto), counters: vec![] });
        let both =
            Asked { sampler: Some(Wanted::Perf), counters: vec![Tool::Dhat, Tool::Callgrind] };
        assert_eq!(of(&[Dhat, Perf, Callgrind, Dhat]), both);
        assert_eq!(of(&[None]), Asked::default());
        assert_eq!(of(&[Callgrind]).sampler, Option::None);
        assert!(Asked::of(&[Perf, Samply]).is_err());
    }
}
