//! What a recorder saw in one run: stacks of addresses, before any symbol is looked up.

use super::handle::handle;
use super::stack::{StackId, StackTable};
use super::weight::Weight;

handle!(
    /// An [`Image`] of a [`Recording`].
    ImageId
);
handle!(
    /// A [`Location`] of a [`Recording`].
    LocationId
);
handle!(
    /// A [`Thread`] of a [`Recording`].
    ThreadId
);

/// One run's samples.
#[derive(Clone, Debug)]
pub struct Recording {
    /// What the samples' weights count.
    pub weight: Weight,
    /// The event sampled, as the recorder names it (`cpu-clock`, `cycles`).
    pub event: String,
    /// Samples per second of CPU time that were asked for, in Hz.
    pub frequency: Option<f64>,
    /// The files whose code appears in stacks.
    pub images: Vec<Image>,
    /// Distinct code addresses.
    pub locations: Vec<Location>,
    /// Call stacks of locations.
    pub stacks: StackTable<LocationId>,
    /// The threads that samples belong to.
    pub threads: Vec<Thread>,
    /// Samples, equal ones merged.
    pub samples: Vec<RawSample>,
    /// How well it was recorded.
    pub health: Health,
}

impl Recording {
    /// What all samples of a sound recording weigh at most, and how many there are at most: two
    /// years of CPU time in ns. A hundred recordings of it still add up without overflow.
    pub const MAX_WEIGHT: u64 = 1 << 56;

    /// Whether counts and weights stay within [`Self::MAX_WEIGHT`]. Who reads recordings checks
    /// it, so that nobody who adds up samples has to.
    pub fn is_within_limits(&self) -> bool {
        let within = |number: fn(&RawSample) -> u64| {
            let sum = self.samples.iter().map(number).fold(0_u64, u64::saturating_add);
            sum <= Self::MAX_WEIGHT
        };
        within(|sample| sample.count) && within(|sample| sample.weight)
    }

    /// A recording without samples.
    pub fn new(weight: Weight, event: impl Into<String>, frequency: Option<f64>) -> Self {
        Self {
            weight,
            event: event.into(),
            frequency,
            images: Vec::new(),
            locations: Vec::new(),
            stacks: StackTable::default(),
            threads: Vec::new(),
            samples: Vec::new(),
            health: Health::default(),
        }
    }
}

/// A file (or part of the kernel) mapped into a sampled process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Image {
    /// Where the file was when it was recorded, or the kernel's name for it.
    pub path: String,
    /// What it is.
    pub kind: ImageKind,
    /// The GNU build id that the recorder noted, if any.
    pub build_id: Option<Vec<u8>>,
}

/// What an [`Image`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageKind {
    /// An executable or shared library on disk.
    File,
    /// The kernel or one of its modules; addresses are absolute.
    Kernel,
    /// The virtual shared object that the kernel maps into each process.
    Vdso,
    /// Memory without a file: generated code.
    Anonymous,
}

/// One code address, as it is to be looked up: a return address is already one less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// Inside an image. `address` is relative to the image's base, i.e. to the virtual address
    /// of its first loaded segment; absolute for [`ImageKind::Kernel`].
    Image {
        /// Which image.
        image: ImageId,
        /// Relative address in bytes.
        address: u64,
    },
    /// In no known image.
    Unknown {
        /// Absolute address.
        address: u64,
    },
    /// Not an address: stands as outermost frame of a stack whose callers are not known because
    /// the copy of the stack ended, or unwinding broke.
    Truncated,
}

/// A thread that was sampled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Thread {
    /// Process id.
    pub pid: i32,
    /// Thread id; the main thread's equals `pid` on Linux.
    pub tid: i32,
    /// The thread's name.
    pub name: String,
    /// The process's name.
    pub process: String,
}

/// Equal samples of one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawSample {
    /// Where.
    pub stack: StackId,
    /// Whose.
    pub thread: ThreadId,
    /// How many samples.
    pub count: u64,
    /// Their summed weight, in the recording's unit.
    pub weight: u64,
}

/// How well a recording was recorded, or of a profile the benchmark's own part. All are counts of
/// samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Samples read.
    pub samples: u64,
    /// Samples that the recorder reports as lost.
    pub lost: u64,
    /// Samples whose outermost frames are missing (see [`Location::Truncated`]).
    pub truncated: u64,
    /// Samples whose innermost frame has no known function.
    pub unknown: u64,
    /// Times that the kernel throttled sampling.
    pub throttled: u64,
}

impl std::ops::AddAssign for Health {
    fn add_assign(&mut self, other: Self) {
        self.samples = self.samples.saturating_add(other.samples);
        self.lost = self.lost.saturating_add(other.lost);
        self.truncated = self.truncated.saturating_add(other.truncated);
        self.unknown = self.unknown.saturating_add(other.unknown);
        self.throttled = self.throttled.saturating_add(other.throttled);
    }
}
