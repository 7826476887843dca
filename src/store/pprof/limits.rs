//! How large a profile may be.

/// What the reader accepts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes after inflating.
    pub(super) inflated: usize,
    /// Entries of each table: strings, functions, locations, mappings, and lines in all.
    pub(super) entries: usize,
    /// Bytes of one sample's message.
    pub(super) sample: usize,
    /// Nodes in the tree of stacks.
    pub(super) stacks: usize,
    /// Frames looked at while stacks are built: a location with many lines, used by many samples,
    /// could otherwise keep the reader busy for hours.
    pub(super) steps: usize,
}

/// Far above what any benchmark records (300,000 distinct stacks of 25 frames inflate to 15 MB),
/// and low enough that a bomb ends within about a gigabyte of memory.
pub(super) const LIMITS: Limits = Limits {
    inflated: 512 << 20,
    entries: 1 << 24,
    sample: 1 << 24,
    stacks: 1 << 24,
    steps: 1 << 29,
};

/// Runs: from here on, a label `run` means something else.
pub(super) const RUNS: i64 = 1 << 16;
