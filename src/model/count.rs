//! What was counted of a benchmark, and not sampled.

use super::event::Event;
use super::weight::Weight;

/// What a recorder that leaves nothing out counts. A benchmark has at most one profile of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountKind {
    /// Instructions executed.
    Instructions,
    /// Heap memory that was asked for: bytes are a sample's weight, blocks its count.
    Allocations,
    /// What was simulated beside instructions.
    Event(Event),
}

impl CountKind {
    /// What recorders count without being asked for more.
    pub const PLAIN: [Self; 2] = [Self::Instructions, Self::Allocations];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::PLAIN.into_iter().chain(Event::ALL.map(Self::Event))
    }

    /// What the weights of such a profile count.
    pub fn weight(self) -> Weight {
        match self {
            Self::Instructions => Weight::Instructions,
            Self::Allocations => Weight::AllocatedBytes,
            Self::Event(event) => Weight::Event(event),
        }
    }

    /// What a recorder's information says that it counts.
    pub fn event(self) -> &'static str {
        match self {
            Self::Instructions | Self::Event(_) => "instructions",
            Self::Allocations => "allocations",
        }
    }

    /// The kind whose profiles have this weight.
    pub fn of(weight: Weight) -> Option<Self> {
        Self::all().find(|kind| kind.weight() == weight)
    }

    /// All that such a profile can be compared by.
    pub fn measures(self) -> impl Iterator<Item = Weight> {
        let blocks = (self == Self::Allocations).then_some(Weight::Allocations);
        blocks.into_iter().chain([self.weight()])
    }
}

/// A stored profile of counts, in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountSummary {
    /// What was counted.
    pub kind: CountKind,
    /// Iterations of the benchmark that the counts of one run stand for; at least 1.
    pub iterations: u64,
    /// What each run counted, in their order; never empty.
    pub runs: Vec<CountRun>,
    /// Whether all runs counted the same for each stack of the benchmark's own: the profile then
    /// has one of them, else all. `None` where there was one run only.
    pub is_repeatable: Option<bool>,
}

/// What one run counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountRun {
    /// Instructions, bytes or events of the benchmark's own work, all iterations.
    pub benchmark_weight: u64,
    /// Those of harness and start-up.
    pub harness_weight: u64,
    /// Blocks that the benchmark's own work allocated; 0 for all but allocations.
    pub blocks: u64,
    /// Most bytes that the process held at one time; `None` for all but allocations.
    pub peak_bytes: Option<u64>,
    /// Bytes that the benchmark's own work never freed; `None` for all but allocations.
    pub unfreed_bytes: Option<u64>,
}

impl CountRun {
    /// What the benchmark's own work has of a measure.
    pub fn of(&self, measure: Weight) -> u64 {
        if measure == Weight::Allocations { self.blocks } else { self.benchmark_weight }
    }
}

impl CountSummary {
    /// Smallest and largest number of a measure per iteration, over the runs.
    pub fn per_iteration(&self, measure: Weight) -> (f64, f64) {
        let of = self.runs.iter().map(|run| run.of(measure));
        let (low, high) = of.fold((u64::MAX, 0), |(low, high), n| (low.min(n), high.max(n)));
        let iterations = self.iterations.max(1) as f64;
        (low.min(high) as f64 / iterations, high as f64 / iterations)
    }
}
