//! Faults on purpose, for tests.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Lets a change fail.
#[derive(Debug)]
pub(super) struct Faults {
    /// Changes so far.
    steps: AtomicUsize,
    /// The change that fails, from 0.
    at: usize,
    /// Whether all that follow fail, too, as when the process was killed.
    killed: bool,
    /// Whether folders cannot be exchanged.
    pub(super) no_exchange: bool,
}

impl Faults {
    pub(super) fn new(at: usize, killed: bool, no_exchange: bool) -> Self {
        Self { steps: AtomicUsize::new(0), at, killed, no_exchange }
    }

    pub(super) fn step(&self) -> io::Result<()> {
        let step = self.steps.fetch_add(1, Ordering::Relaxed);
        if step == self.at || (self.killed && step > self.at) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// Whether the fault came to pass.
    pub(super) fn happened(&self) -> bool {
        self.steps.load(Ordering::Relaxed) > self.at
    }
}
