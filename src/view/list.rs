//! The view of a store: one row for each capture.

use crate::model::Capture;

use super::diff::{plural, short_commit, short_time};
use super::{NOT_AVAILABLE, quantity};

/// A capture as `list` finds it.
#[derive(Clone, Copy, Debug)]
pub struct ListEntry<'a> {
    /// What was captured.
    pub capture: &'a Capture,
    /// What its folder takes on disk.
    pub bytes: u64,
}

/// All captures, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListView {
    /// One for each.
    pub rows: Vec<ListRow>,
}

/// One capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// Its name.
    pub label: String,
    /// When it began, to the minute, UTC.
    pub time: String,
    /// Short hash, with `+dirty`.
    pub commit: String,
    /// How many benchmarks it has, and how many of them failed: `12 (1 failed)`.
    pub benchmarks: String,
    /// Whether any failed.
    pub failed: bool,
    /// Who recorded profiles, and who counted; `timings only` for none.
    pub recorder: String,
    /// What it takes on disk.
    pub size: String,
}

impl ListView {
    /// Words a list.
    pub fn new(entries: &[ListEntry<'_>]) -> Self {
        Self { rows: entries.iter().map(row).collect() }
    }

    /// `3 captures`
    pub fn summary(&self) -> String {
        plural(self.rows.len() as u64, "capture")
    }
}

fn row(entry: &ListEntry<'_>) -> ListRow {
    let capture = entry.capture;
    let failed = capture.benchmarks.iter().filter(|b| b.failure.is_some()).count();
    let number = quantity::count(capture.benchmarks.len() as u64);
    let recorders: Vec<&str> =
        capture.recorder.iter().chain(&capture.counters).map(|r| &*r.name).collect();
    ListRow {
        label: capture.label.to_string(),
        time: short_time(&capture.time),
        commit: short_commit(capture).unwrap_or(NOT_AVAILABLE.to_owned()),
        benchmarks: if failed > 0 { format!("{number} ({failed} failed)") } else { number },
        failed: failed > 0,
        recorder: if recorders.is_empty() {
            "timings only".to_owned()
        } else {
            recorders.join(", ")
        },
        size: quantity::bytes(entry.bytes as f64),
    }
}
