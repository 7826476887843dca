//! What a comparison reads.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::{BenchmarkId, Capture, Profile, Timing};

/// One side of a comparison. Timings and profiles are asked for once each, by several threads, so
/// that a store can load them as they are needed.
pub trait Side: Sync {
    /// The capture.
    fn capture(&self) -> &Capture;
    /// Times of one benchmark.
    fn timing(&self, id: &BenchmarkId) -> Option<Cow<'_, Timing>>;
    /// The profile of one benchmark.
    fn profile(&self, id: &BenchmarkId) -> Option<Cow<'_, Profile>>;
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
}
