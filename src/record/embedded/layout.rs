//! What agent and recorder share: where everything stands in the shared memory.
//!
//! Compiled twice: into this library, and into the agent, which has nothing but `core`. The
//! memory is one page that says what is wanted and who uses which lane, and then the lanes. A
//! lane belongs to one process at a time: a page with its counters, and a ring of slots of one
//! size. All numbers are native.
//!
//! A slot's first word says whose turn it is in which lap: `2 * lap` is free for the producer's
//! lap, `2 * lap + 1` is filled, and the consumer makes that `2 * (lap + 1)`. Memory that was
//! never touched is a free ring, therefore.

/// What the environment calls the path of the shared memory.
pub const VARIABLE: &str = "PERFBASE_SAMPLER";

/// First word of the memory: "PERFBAS" and the version of this layout.
pub const MAGIC: u64 = u64::from_be_bytes(*b"PERFBAS\x01");

/// Size of pages as far as this layout is concerned.
pub const PAGE: usize = 4096;

/// Words of 8 bytes in the first page.
pub mod region {
    /// [`super::MAGIC`].
    pub const MAGIC: usize = 0;
    /// Time between two looks at the threads, in ns.
    pub const PERIOD: usize = 1;
    /// How much of a stack is copied, in bytes.
    pub const STACK: usize = 2;
    /// Size of a lane in bytes, a multiple of pages.
    pub const LANE: usize = 3;
    /// How many lanes there are.
    pub const LANES: usize = 4;
    /// From here on one word for each lane: its process, 0 while it is free.
    pub const OWNERS: usize = 8;
}

/// Words in the first page of a lane.
pub mod lane {
    /// How many slots were given out to producers so far.
    pub const HEAD: usize = 0;
    /// Samples for which no slot was free.
    pub const LOST: usize = 1;
    /// CPU time of threads that ended before they were seen, in ns.
    pub const UNSEEN: usize = 2;
    /// The process's name, 16 bytes.
    pub const NAME: usize = 3;
    /// 1 once the process has all it needs for sampling; [`REFUSED`] plus a reason when it lacks something.
    pub const STATE: usize = 5;
    /// The process samples.
    pub const READY: u64 = 1;
    /// Added to the number of the error that keeps it from sampling.
    pub const REFUSED: u64 = 0x1_0000;
}

/// Offsets in a slot, in bytes.
pub mod slot {
    /// Whose turn it is, 8 bytes.
    pub const TURN: usize = 0;
    /// Where the part begins that the consumer writes to its file.
    pub const RECORD: usize = 8;
    /// [`SAMPLE`] or [`MAPPINGS`], 4 bytes.
    pub const KIND: usize = 8;
    /// Bytes behind the header, 4 bytes.
    pub const LENGTH: usize = 12;
    /// A sample's thread, or the number of a list of mappings; 4 bytes.
    pub const THREAD: usize = 16;
    /// Of a list of mappings: which part of it, and [`LAST`]; 4 bytes.
    pub const PART: usize = 20;
    /// CPU time that the sample stands for, in ns; 8 bytes.
    pub const WEIGHT: usize = 24;
    /// Address of the instruction, stack pointer, frame pointer, link register: 8 bytes each.
    pub const REGISTERS: usize = 32;
    /// The thread's name, 16 bytes.
    pub const NAME: usize = 64;
    /// Size of the header.
    pub const HEADER: usize = 80;

    /// A sample: behind the header are bytes of the stack, from the stack pointer on.
    pub const SAMPLE: u32 = 1;
    /// A part of the lines of `/proc/self/maps` that name executable memory.
    pub const MAPPINGS: u32 = 2;
    /// In [`PART`]: no further part follows.
    pub const LAST: u32 = 0x8000_0000;
}

/// Size of a slot for copies of `stack` bytes.
pub const fn slot_size(stack: usize) -> usize {
    (slot::HEADER + stack).next_multiple_of(64)
}

/// How many slots a lane has.
pub const fn slots(lane: usize, stack: usize) -> usize {
    lane.saturating_sub(PAGE) / slot_size(stack)
}
