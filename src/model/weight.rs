//! What a sample's weight counts.

use super::event::Event;

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
    /// Something that was simulated.
    Event(Event),
}

impl Weight {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::CpuTime, Self::Cycles, Self::Instructions, Self::AllocatedBytes, Self::Allocations]
            .into_iter()
            .chain(Event::ALL.map(Self::Event))
    }

    /// The type, as pprof names it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::CpuTime => "cpu",
            Self::Cycles => "cycles",
            Self::Instructions => "instructions",
            Self::AllocatedBytes => "alloc_space",
            Self::Allocations => "alloc_objects",
            Self::Event(event) => event.name(),
        }
    }

    /// The unit, as pprof names it.
    pub fn unit(self) -> &'static str {
        match self {
            Self::CpuTime => "nanoseconds",
            Self::Cycles | Self::Instructions | Self::Allocations | Self::Event(_) => "count",
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
            Self::Event(event) => event.name(),
        }
    }

    /// The weight with this type, as pprof names it.
    pub fn from_kind(kind: &str) -> Option<Self> {
        Self::all().find(|weight| weight.kind() == kind)
    }
}
