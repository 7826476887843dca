//! From what a recorder wrote to a stored profile, by the same steps as in a capture.

use std::path::Path;
use std::time::Instant;

use perfbase::ingest;
use perfbase::model::{Harness, Profile, ProfileBuilder, Recording, Scope};
use perfbase::normalize::{self, Roots};
use perfbase::objects::Objects;
use perfbase::record::{Recorder, Tool as Valgrinds};
use perfbase::render::flamegraph::{FlamegraphOptions, flamegraph};
use perfbase::store::pprof::{Meta, encode};
use perfbase::symbolize::Symbolizer;

use super::tools::Tool;

/// What each part of the program costs, as a share.
const SHARES: [(&str, f64); 3] = [("work::sixty", 0.6), ("work::thirty", 0.3), ("work::ten", 0.1)];

/// What a recording is worth.
pub(crate) struct Quality {
    pub(crate) samples_per_second: f64,
    /// Share of samples with all callers.
    pub(crate) whole: f64,
    /// Share of samples whose function is not known.
    pub(crate) unknown: f64,
    pub(crate) samples: f64,
    /// What each of the parts weighs, of [`SHARES`].
    parts: [f64; 3],
    /// Seconds from the recorder's file to the stored bytes and the picture.
    pub(crate) seconds: f64,
    pub(crate) bytes: f64,
}

/// Reads, symbolicates, names, encodes and draws; `cpu` is what the program used, in ns.
pub(crate) fn read(tool: &Tool, file: &Path, cpu: f64) -> Quality {
    let start = Instant::now();
    let objects = Objects::new();
    let recording = recording(tool, file, &objects);
    let mut builder = ProfileBuilder::new(recording.weight);
    let health = Symbolizer::new(&objects).append(&recording, 0, "work", &mut builder);
    let (profile, _) = normalize::normalize(builder.profile(), Harness::Process, &Roots::default());
    let bytes = encode(&profile, &Meta::default()).expect("it can be stored").len() as f64;
    let picture = flamegraph(&profile, &FlamegraphOptions::new("work", None));
    let seconds = start.elapsed().as_secs_f64();
    assert!(picture.contains("sixty"), "the picture has the function that costs most");

    let samples = health.samples as f64;
    Quality {
        samples_per_second: samples / (cpu / 1e9),
        whole: 1.0 - health.truncated as f64 / samples,
        unknown: health.unknown as f64 / samples,
        samples,
        parts: SHARES.map(|(name, _)| total(&profile, name)),
        seconds,
        bytes,
    }
}

/// The largest difference of a share from what it has to be, over several runs.
pub(crate) fn error(runs: &[Quality]) -> f64 {
    let weigh = |part: usize| runs.iter().map(|run| run.parts[part]).sum::<f64>();
    let all: f64 = (0..SHARES.len()).map(weigh).sum();
    let errors = (0..SHARES.len()).map(|part| (weigh(part) / all - SHARES[part].1).abs());
    errors.fold(0.0, f64::max)
}

/// The standard deviation of the share of 0.6 in the samples of several runs.
pub(crate) fn chance(runs: &[Quality]) -> f64 {
    let samples: f64 = runs.iter().map(|run| run.samples).sum();
    (0.6 * 0.4 / samples).sqrt()
}

fn recording(tool: &Tool, file: &Path, objects: &Objects) -> Recording {
    let why = "the recorder's own file is read";
    match tool {
        Tool::Embedded | Tool::Sampling(Recorder::Embedded(_)) => {
            ingest::embedded::read(file, objects).expect(why)
        }
        Tool::Sampling(Recorder::Samply(_)) => ingest::samply::read(file).expect(why),
        Tool::Sampling(Recorder::Perf(_)) => {
            ingest::perf::read(file, objects, ingest::perf::Options::default())
                .expect(why)
                .recording
        }
        Tool::Counting(valgrind) => match valgrind.tool() {
            Valgrinds::Callgrind => ingest::callgrind::read(file, objects).expect(why).recording,
            Valgrinds::Dhat => ingest::dhat::read(file, objects).expect(why).allocated,
        },
    }
}

/// Weight of the stacks that a function is on.
fn total(profile: &Profile, name: &str) -> f64 {
    let totals = profile.totals(|sample| sample.scope == Scope::Benchmark);
    let functions = profile.functions.iter().zip(totals);
    functions
        .filter(|(function, _)| profile.strings.get(function.name) == name)
        .map(|(_, totals)| totals.total_weight as f64)
        .sum()
}
