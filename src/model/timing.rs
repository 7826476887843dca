//! Times of one benchmark, with no profiler attached.

use super::reference::Reference;

/// All timed runs of one benchmark.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timing {
    /// In the order in which they ran.
    pub runs: Vec<Run>,
    /// Work done per iteration, where the harness declares it.
    pub throughput: Option<Throughput>,
}

/// One process-level repetition: the unit of independence.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// What was measured in it.
    pub measurement: Measurement,
    /// Wall time of the whole process or processes, in ns.
    pub wall_ns: u64,
    /// What the system accounted to the process; `None` where it does not tell.
    pub resources: Option<Resources>,
    /// How fast the machine was before and after it; `None` where that was not looked at.
    pub reference: Option<Reference>,
}

/// Per-iteration times of one run.
#[derive(Clone, Debug, PartialEq)]
pub enum Measurement {
    /// Raw samples.
    Batches {
        /// How the batches were sized.
        mode: Mode,
        /// In the order in which they ran; never empty.
        batches: Vec<Batch>,
    },
    /// The harness prints a summary only. All in ns per iteration.
    Summary(Summary),
}

/// How criterion (or we) sized batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All batches have the same number of iterations.
    Flat,
    /// Batch k has k·d iterations.
    Linear,
    /// Each batch is one execution of the whole process.
    Process,
}

impl Mode {
    /// What a batch's time per iteration counts for beside others of its run. In linear mode as
    /// much as it has iterations: it is the mean of that many, and large batches would be
    /// underrepresented otherwise.
    pub fn weight(self, batch: &Batch) -> f64 {
        match self {
            Self::Linear => batch.iterations,
            Self::Flat | Self::Process => 1.0,
        }
    }
}

/// Some iterations timed together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batch {
    /// How many iterations; above 0.
    pub iterations: f64,
    /// Their time together in ns.
    pub nanoseconds: f64,
}

impl Batch {
    /// ns per iteration.
    pub fn per_iteration(&self) -> f64 {
        self.nanoseconds / self.iterations
    }
}

/// Batches with fewer iterations than this share of the run's largest are dropped: criterion's
/// first ones carry the timer's own cost and bias the minimum by about one percent.
const SMALLEST_BATCH: f64 = 0.1;

/// The quantile of a run's batches that is its typical time: below what disturbs them, which is most
/// of them on a busy machine, and above the luckiest.
pub const TYPICAL: f64 = 0.15;

/// The batches of a run that are worth looking at.
pub fn usable(batches: &[Batch]) -> impl Iterator<Item = &Batch> {
    let largest = batches.iter().map(|batch| batch.iterations).fold(0.0, f64::max);
    batches.iter().filter(move |batch| {
        batch.iterations > 0.0
            && batch.iterations >= SMALLEST_BATCH * largest
            && batch.nanoseconds > 0.0
            && batch.per_iteration().is_finite()
    })
}

/// A summary printed by a harness that keeps its samples to itself; ns per iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Fastest sample (divan).
    pub min: Option<f64>,
    /// Median sample.
    pub median: f64,
    /// Mean (divan).
    pub mean: Option<f64>,
    /// Slowest sample (divan).
    pub max: Option<f64>,
    /// Largest minus smallest sample (libtest's `+/-`).
    pub spread: Option<f64>,
    /// How many samples it sums up, where told.
    pub samples: Option<u64>,
    /// How many iterations in all, where told.
    pub iterations: Option<u64>,
}

/// What the operating system accounted to a process (`getrusage`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// CPU time in user mode, ns.
    pub user_ns: u64,
    /// CPU time in the kernel, ns.
    pub system_ns: u64,
    /// Largest resident set, bytes.
    pub peak_rss_bytes: u64,
    /// Page faults without IO.
    pub minor_faults: u64,
    /// Page faults with IO.
    pub major_faults: u64,
    /// Times that it gave up the CPU.
    pub voluntary_switches: u64,
    /// Times that the CPU was taken from it.
    pub involuntary_switches: u64,
}

/// Work done per iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throughput {
    /// How much.
    pub amount: u64,
    /// Of what.
    pub kind: ThroughputKind,
}

/// What a [`Throughput`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThroughputKind {
    /// Bytes.
    Bytes,
    /// Elements.
    Elements,
    /// Bits.
    Bits,
}

impl ThroughputKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Bytes, Self::Elements, Self::Bits];

    /// Its name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Elements => "elements",
            Self::Bits => "bits",
        }
    }
}
