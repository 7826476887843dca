//! What is shown of one capture, read.

use super::quality;
use super::reading::Reading;
use crate::config::Config;
use crate::diff::{self, LadderSeries};
use crate::error::Error;
use crate::model::{BenchmarkEntry, Category, Finding, Profile, Timing};
use crate::store::{Arm, StoredCapture};
use crate::view::{ShowBenchmark, ShowInput};
use crate::workspace::Filter;

/// A capture with whatever was measured of some of its benchmarks.
pub(super) struct Shown<'a> {
    stored: &'a StoredCapture,
    benchmarks: Vec<Read<'a>>,
    ladders: Vec<LadderSeries>,
    findings: Vec<Finding>,
    categories: &'a [Category],
}

/// What was read of one benchmark.
struct Read<'a> {
    entry: &'a BenchmarkEntry,
    timing: Option<Timing>,
    profile: Option<Profile>,
    counts: Vec<Profile>,
}

impl<'a> Shown<'a> {
    /// Reads the benchmarks with any of `patterns` in their names; all without patterns.
    ///
    /// # Errors
    /// What cannot be read, and patterns that no benchmark has in its name.
    pub(super) fn read(
        stored: &'a StoredCapture,
        patterns: &[String],
        config: &'a Config,
    ) -> Result<Self, Error> {
        let filter = Filter { patterns: patterns.to_vec(), exact: false };
        let all = &stored.capture().benchmarks;
        let mut benchmarks = Vec::new();
        for entry in all.iter().filter(|entry| filter.takes(&entry.id)) {
            let timing = stored.timing(&entry.id, Arm::Own)?;
            let profile = stored.profile(&entry.id, Arm::Own)?;
            let mut counts = Vec::new();
            for summary in &entry.counts {
                counts.extend(stored.count(&entry.id, Arm::Own, summary.kind)?);
            }
            benchmarks.push(Read { entry, timing, profile, counts });
        }
        if benchmarks.is_empty() && !patterns.is_empty() {
            let known: Vec<String> = all.iter().map(|entry| entry.id.to_string()).collect();
            return Err(Error::usage(
                format!("no benchmark of this capture has {} in its name", patterns.join(" or ")),
                format!("it has: {}", known.join(", ")),
            ));
        }
        let side = Reading::new(stored, &filter);
        let ladders = diff::ladders(&side);
        side.finish()?;
        let findings = quality::of_capture(stored, config)?;
        Ok(Self { stored, benchmarks, ladders, findings, categories: &config.categories })
    }

    /// The same as views take it.
    pub(super) fn input(&self) -> ShowInput<'_> {
        let benchmarks = self
            .benchmarks
            .iter()
            .map(|read| ShowBenchmark {
                entry: read.entry,
                timing: read.timing.as_ref(),
                summary: read.timing.as_ref().and_then(diff::summarize),
                profile: read.profile.as_ref(),
                counts: &read.counts,
            })
            .collect();
        ShowInput {
            capture: self.stored.capture(),
            benchmarks,
            ladders: &self.ladders,
            findings: &self.findings,
            categories: self.categories,
        }
    }
}
