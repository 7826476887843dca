//! What a comparison reads.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::{BenchmarkId, Capture, CountKind, Metrics, Profile, Timing};

/// One side of a comparison. Timings and profiles are asked for once each, by several threads, so
/// that a store can load them as they are needed.
pub trait Side: Sync {
    /// The capture.
    fn capture(&self) -> &Capture;
    /// Times of one benchmark.
    fn timing(&self, id: &BenchmarkId) -> Option<Cow<'_, Timing>>;
    /// The sampled profile of one benchmark.
    fn profile(&self, id: &BenchmarkId) -> Option<Cow<'_, Profile>>;
    /// Times of the base's executable, measured in turns with this capture's: run i of both is a
    /// pair.
    fn timing_beside(&self, id: &BenchmarkId) -> Option<Cow<'_, Timing>>;
    /// The profile of the base's executable, recorded in turns likewise.
    fn profile_beside(&self, id: &BenchmarkId) -> Option<Cow<'_, Profile>>;
    /// What was counted of one benchmark.
    fn count(&self, id: &BenchmarkId, kind: CountKind) -> Option<Cow<'_, Profile>>;
    /// What was counted of the base's executable.
    fn count_beside(&self, id: &BenchmarkId, kind: CountKind) -> Option<Cow<'_, Profile>>;
    /// Numbers that one benchmark reports of itself: run i is that of its times.
    fn metrics(&self, _id: &BenchmarkId) -> Option<Cow<'_, Metrics>> {
        None
    }
    /// The same of the base's executable, measured in turns.
    fn metrics_beside(&self, _id: &BenchmarkId) -> Option<Cow<'_, Metrics>> {
        None
    }
}

/// A side that is in memory.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The capture.
    pub capture: Capture,
    /// Times by benchmark.
    pub timings: BTreeMap<BenchmarkId, Timing>,
    /// Profiles by benchmark.
    pub profiles: BTreeMap<BenchmarkId, Profile>,
    /// Times of the base's executables by benchmark.
    pub timings_beside: BTreeMap<BenchmarkId, Timing>,
    /// Profiles of the base's executables by benchmark.
    pub profiles_beside: BTreeMap<BenchmarkId, Profile>,
    /// What was counted, by benchmark and kind.
    pub counts: BTreeMap<(BenchmarkId, CountKind), Profile>,
    /// What was counted of the base's executables.
    pub counts_beside: BTreeMap<(BenchmarkId, CountKind), Profile>,
    /// Numbers that benchmarks report of themselves.
    pub metrics: BTreeMap<BenchmarkId, Metrics>,
    /// The same of the base's executables.
    pub metrics_beside: BTreeMap<BenchmarkId, Metrics>,
}

impl Loaded {
    /// A capture without any data.
    pub fn new(capture: Capture) -> Self {
        Self {
            capture,
            timings: BTreeMap::new(),
            profiles: BTreeMap::new(),
            timings_beside: BTreeMap::new(),
            profiles_beside: BTreeMap::new(),
            counts: BTreeMap::new(),
            counts_beside: BTreeMap::new(),
            metrics: BTreeMap::new(),
            metrics_beside: BTreeMap::new(),
        }
    }
}

impl Side for Loaded {
    fn capture(&self) -> &Capture {
        &self.capture
    }
    fn timing(&self, id: &BenchmarkId) -> Option<Cow<'_, Timing>> {
        self.timings.get(id).map(Cow::Borrowed)
    }
    fn profile(&self, id: &BenchmarkId) -> Option<Cow<'_, Profile>> {
        self.profiles.get(id).map(Cow::Borrowed)
    }
    fn timing_beside(&self, id: &BenchmarkId) -> Option<Cow<'_, Timing>> {
        self.timings_beside.get(id).map(Cow::Borrowed)
    }
    fn profile_beside(&self, id: &BenchmarkId) -> Option<Cow<'_, Profile>> {
        self.profiles_beside.get(id).map(Cow::Borrowed)
    }
    fn count(&self, id: &BenchmarkId, kind: CountKind) -> Option<Cow<'_, Profile>> {
        self.counts.get(&(id.clone(), kind)).map(Cow::Borrowed)
    }
    fn count_beside(&self, id: &BenchmarkId, kind: CountKind) -> Option<Cow<'_, Profile>> {
        self.counts_beside.get(&(id.clone(), kind)).map(Cow::Borrowed)
    }
    fn metrics(&self, id: &BenchmarkId) -> Option<Cow<'_, Metrics>> {
        self.metrics.get(id).map(Cow::Borrowed)
    }
    fn metrics_beside(&self, id: &BenchmarkId) -> Option<Cow<'_, Metrics>> {
        self.metrics_beside.get(id).map(Cow::Borrowed)
    }
}
