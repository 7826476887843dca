//! The threads of the process.

use core::sync::atomic::{AtomicU8, AtomicU32, AtomicU64};

/// A thread of the process. The sampler makes entries and removes them; a handler touches the one
/// that its signal names.
pub(crate) struct Thread {
    /// 0 while the entry is free.
    pub(crate) tid: AtomicU32,
    /// Whether a signal is under way.
    pub(crate) pending: AtomicU8,
    /// For how many ticks it has been.
    pub(crate) age: AtomicU8,
    /// Whether no sample was taken yet.
    pub(crate) new: AtomicU8,
    /// Whether it is in the directory still.
    pub(crate) alive: AtomicU8,
    /// Its CPU clock when it was looked at last.
    pub(crate) seen: AtomicU64,
    /// Its CPU clock up to which it is accounted for by samples.
    pub(crate) sampled: AtomicU64,
    /// What its next sample stands for beside that, in ns.
    pub(crate) extra: AtomicU64,
    /// Where its last sample was.
    pub(crate) pc: AtomicU64,
    pub(crate) name: [AtomicU64; 2],
    /// How many samples it had when its name was read.
    pub(crate) named: AtomicU32,
    pub(crate) samples: AtomicU32,
    /// The descriptor of its opened `stat` plus one; 0 for none, so that the table is all zeros.
    pub(crate) stat: AtomicU32,
    /// For how many looks it has not run.
    pub(crate) idle: AtomicU32,
}

impl Thread {
    pub(crate) const FREE: Self = Self {
        tid: AtomicU32::new(0),
        pending: AtomicU8::new(0),
        age: AtomicU8::new(0),
        new: AtomicU8::new(0),
        alive: AtomicU8::new(0),
        seen: AtomicU64::new(0),
        sampled: AtomicU64::new(0),
        extra: AtomicU64::new(0),
        pc: AtomicU64::new(0),
        name: [const { AtomicU64::new(0) }; 2],
        named: AtomicU32::new(0),
        samples: AtomicU32::new(0),
        stat: AtomicU32::new(0),
        idle: AtomicU32::new(0),
    };
}

/// Ticks in which a thread ran without taking its signal, from which on it blocks it.
pub(crate) const BLOCKED: u8 = 8;

/// Threads beyond these are not sampled; their time is counted as unseen.
pub(crate) const MOST: usize = 4096;
pub(crate) static THREADS: [Thread; MOST] = [Thread::FREE; MOST];
