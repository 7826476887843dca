//! `perfbase.list/1`: the captures of a store.

use serde::Serialize;

use crate::view::ListEntry;

use super::capture::Capture;
use super::write;

/// Captures as `perfbase.list/1`, in the order given.
pub fn list(entries: &[ListEntry<'_>]) -> String {
    let captures = entries
        .iter()
        .map(|entry| Entry {
            capture: entry.capture.into(),
            benchmarks: entry.capture.benchmarks.len(),
            failed: entry.capture.benchmarks.iter().filter(|b| b.failure.is_some()).count(),
            bytes: entry.bytes,
        })
        .collect();
    write(&List { schema: "perfbase.list/1", captures })
}

#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    captures: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    capture: Capture<'a>,
    benchmarks: usize,
    failed: usize,
    bytes: u64,
}
