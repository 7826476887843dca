//! A stored capture as one side of a comparison.

use std::borrow::Cow;
use std::sync::Mutex;

use crate::diff::Side;
use crate::model::{BenchmarkId, Capture, CountKind, Metrics, Profile, Timing};
use crate::store::{Arm, StoreError, StoredCapture};
use crate::workspace::Filter;

/// One side, read as it is asked for; keeps the first error.
pub(super) struct Reading<'a> {
    stored: &'a StoredCapture,
    capture: Capture,
    error: Mutex<Option<StoreError>>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(stored: &'a StoredCapture, filter: &Filter) -> Self {
        let mut capture = stored.capture().clone();
        capture.benchmarks.retain(|entry| filter.takes(&entry.id));
        Self { stored, capture, error: Mutex::new(None) }
    }

    /// The capture that is read.
    pub(super) fn stored(&self) -> &StoredCapture {
        self.stored
    }

    fn keep<T>(&self, result: Result<Option<T>, StoreError>) -> Option<T> {
        result.unwrap_or_else(|error| {
            self.error.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get_or_insert(error);
            None
        })
    }

    /// # Errors
    /// The first that came up.
    pub(super) fn finish(self) -> Result<(), StoreError> {
        let error = self.error.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        error.map_or(Ok(()), Err)
    }
}

impl Side for Reading<'_> {
    fn capture(&self) -> &Capture {
        &self.capture
    }
    fn timing(&self, id: &BenchmarkId) -> Option<Cow<'_, Timing>> {
        self.keep(self.stored.timing(id, Arm::Own)).map(Cow::Owned)
    }
    fn profile(&self, id: &BenchmarkId) -> Option<Cow<'_, Profile>> {
        self.keep(self.stored.profile(id, Arm::Own)).map(Cow::Owned)
    }
    fn timing_beside(&self, id: &BenchmarkId) -> Option<Cow<'_, Timing>> {
        self.keep(self.stored.timing(id, Arm::Base)).map(Cow::Owned)
    }
    fn profile_beside(&self, id: &BenchmarkId) -> Option<Cow<'_, Profile>> {
        self.keep(self.stored.profile(id, Arm::Base)).map(Cow::Owned)
    }
    fn count(&self, id: &BenchmarkId, kind: CountKind) -> Option<Cow<'_, Profile>> {
        self.keep(self.stored.count(id, Arm::Own, kind)).map(Cow::Owned)
    }
    fn count_beside(&self, id: &BenchmarkId, kind: CountKind) -> Option<Cow<'_, Profile>> {
        self.keep(self.stored.count(id, Arm::Base, kind)).map(Cow::Owned)
    }
    fn metrics(&self, id: &BenchmarkId) -> Option<Cow<'_, Metrics>> {
        self.keep(self.stored.metrics(id, Arm::Own)).map(Cow::Owned)
    }
    fn metrics_beside(&self, id: &BenchmarkId) -> Option<Cow<'_, Metrics>> {
        self.keep(self.stored.metrics(id, Arm::Base)).map(Cow::Owned)
    }
}
