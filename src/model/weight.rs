//! What a sample's weight counts.

/// The type and unit of the weights of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// Nanoseconds of CPU time that a sample stands for.
    CpuTime,
    /// CPU cycles, from a hardware counter.
    Cycles,
    /// Instructions executed.
    Instructions,
    /// Bytes allocated.
    AllocatedBytes,
    /// Blocks allocated.
    Allocations,
}

impl Weight {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::CpuTime, Self::Cycles, Self::Instructions, Self::AllocatedBytes, Self::Allocations];

    /// The type, as pprof names it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::CpuTime => "cpu",
            Self::Cycles => "cycles",
            Self::Instructions => "instructions",
            Self::AllocatedBytes => "alloc_space",
            Self::Allocations => "alloc_objects",
        }
    }

    /// The unit, as pprof names it.
    pub fn unit(self) -> &'static str {
        match self {
            Self::CpuTime => "nanoseconds",
            Self::Cycles | Self::Instructions | Self::Allocations => "count",
            Self::AllocatedBytes => "bytes",
        }
    }

    /// The unit of costs per iteration. Cycles are taken for time, which they are in proportion.
    pub fn cost_unit(self) -> &'static str {
        match self {
            Self::CpuTime | Self::Cycles => "ns",
            Self::Instructions => "instructions",
            Self::AllocatedBytes => "bytes",
            Self::Allocations => "allocations",
        }
    }

    /// The weight with this type, as pprof names it.
    pub fn from_kind(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|weight| weight.kind() == kind)
    }
}
