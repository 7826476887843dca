//! What is known of a capture beside its timings and profiles.

use super::conditions::Conditions;
use super::count::{CountKind, CountSummary};
use super::id::{BenchmarkId, Harness, Label};
use super::recording::Health;
use super::weight::Weight;

/// A capture: who, when, where, how, and the index of its benchmarks.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    /// Its name.
    pub label: Label,
    /// Distinguishes captures that carried the same label at different times; hexadecimal.
    pub id: String,
    /// When it began, RFC 3339 in UTC.
    pub time: String,
    /// The version of `cargo-perfbase` that made it.
    pub perfbase: String,
    /// The commit checked out, where there is one.
    pub commit: Option<Commit>,
    /// The compiler.
    pub toolchain: Toolchain,
    /// Where it ran.
    pub machine: Machine,
    /// How it was asked for.
    pub settings: Settings,
    /// Who sampled the profiles, but for those of benchmarks that name another one; `None` where
    /// nothing was sampled.
    pub recorder: Option<RecorderInfo>,
    /// Who counted instructions or allocations, in the order asked for.
    pub counters: Vec<RecorderInfo>,
    /// The capture whose executables were run in turns with this one's, if any.
    pub beside: Option<Beside>,
    /// Its benchmarks, ordered by id.
    pub benchmarks: Vec<BenchmarkEntry>,
    /// Commands that tell whether the program is right, as they ended when it was made.
    pub parities: Vec<ParityOutcome>,
}

impl Capture {
    /// The entry of a benchmark.
    pub fn entry(&self, id: &BenchmarkId) -> Option<&BenchmarkEntry> {
        self.benchmarks.iter().find(|entry| entry.id == *id)
    }

    /// Who sampled a benchmark's profile, or would have.
    pub fn recorder_of(&self, id: &BenchmarkId) -> Option<&RecorderInfo> {
        self.entry(id).and_then(|entry| entry.recorder.as_ref()).or(self.recorder.as_ref())
    }
}

/// How a command ended that tells whether the program is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParityOutcome {
    /// The rule's id.
    pub id: String,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// How it ended (`exit status 0`).
    pub status: String,
    /// Hash of what it printed to stdout, hexadecimal.
    pub output: String,
}

/// A git commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Full hash.
    pub hash: String,
    /// Whether tracked files differed from it.
    pub dirty: bool,
}

/// The compiler that built the executables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toolchain {
    /// `rustc 1.95.0 (59807616e 2026-04-14)`
    pub rustc: String,
    /// The target triple built for.
    pub target: String,
}

/// The machine, as far as it matters for comparing; nothing that names it or its owner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Machine {
    /// The CPU's model name.
    pub cpu: String,
    /// Logical CPUs that this process may use.
    pub cores: u32,
    /// Main memory in bytes.
    pub memory_bytes: u64,
    /// Operating system (`linux`).
    pub os: String,
    /// Kernel release.
    pub kernel: String,
    /// The state it was in when the capture began.
    pub conditions: Conditions,
}

/// How a capture was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// The command line after `cargo perfbase`, with paths below the home folder shortened.
    pub command: Vec<String>,
    /// cargo's profile that executables were built with, and what it was based on.
    pub profile: String,
    /// Features asked for; `*` for all, `-default` for none of the default ones.
    pub features: Vec<String>,
    /// `RUSTFLAGS` in force, where set by the environment.
    pub rustflags: Option<String>,
    /// Arguments for the benchmarks.
    pub arguments: Vec<String>,
    /// Runs of each pass.
    pub runs: u32,
}

/// A recorder and its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct RecorderInfo {
    /// `perf`, `samply`, `callgrind`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The event sampled or counted.
    pub event: String,
    /// Samples asked for per second of CPU time; 0 where that is not known, and of a counter.
    pub frequency_hz: f64,
    /// How stacks were taken (`stack copies of 16384 bytes`, `frame pointers`).
    pub stacks: String,
}

/// The capture that another one was measured beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its label at that time.
    pub label: Label,
    /// Its id.
    pub id: String,
    /// How many times at most it was looked at whether there are pairs enough: 1 where their number
    /// was fixed beforehand. Each look is a chance to be wrong.
    pub looks: u32,
    /// Orders of the same functions that the pairs are of, one after the other and as many pairs of
    /// each; 1 where nothing was shuffled.
    pub layouts: u32,
}

/// One benchmark of a capture.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchmarkEntry {
    /// Which.
    pub id: BenchmarkId,
    /// What runs it.
    pub harness: Harness,
    /// Its folder below the capture's, with `/` between names.
    pub folder: String,
    /// Hash of the executable's loaded code, so that equal programs are known as equal.
    pub executable: Option<String>,
    /// Whether it has timings.
    pub timed: bool,
    /// Whether each of its timed runs was bound to one processor; `None` where that is not known.
    pub is_bound: Option<bool>,
    /// Who sampled its profile, where that is another one than the capture's.
    pub recorder: Option<RecorderInfo>,
    /// Its sampled profile, in figures.
    pub profile: Option<ProfileSummary>,
    /// What was counted of it, in figures; at most one of a kind, ordered by kind.
    pub counts: Vec<CountSummary>,
    /// What went wrong, if anything did.
    pub failure: Option<Failure>,
    /// What the base's executable gave when it was run in turns with this one: its run i and the
    /// run i of this benchmark are a pair. `None` where the benchmark was measured alone.
    pub beside: Option<BesideEntry>,
}

impl BenchmarkEntry {
    /// What was counted of one kind.
    pub fn count(&self, kind: CountKind) -> Option<&CountSummary> {
        self.counts.iter().find(|count| count.kind == kind)
    }
}

impl BesideEntry {
    /// What was counted of one kind.
    pub fn count(&self, kind: CountKind) -> Option<&CountSummary> {
        self.counts.iter().find(|count| count.kind == kind)
    }
}

/// The base's side of a benchmark that was measured in pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct BesideEntry {
    /// Hash of the executable's loaded code.
    pub executable: Option<String>,
    /// Whether it has timings.
    pub timed: bool,
    /// Its sampled profile, in figures.
    pub profile: Option<ProfileSummary>,
    /// What was counted of it, in figures; at most one of a kind, ordered by kind.
    pub counts: Vec<CountSummary>,
    /// What went wrong, if anything did.
    pub failure: Option<Failure>,
}

/// A stored profile of samples, in figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileSummary {
    /// What its weights count.
    pub weight: Weight,
    /// Runs in it.
    pub runs: u32,
    /// Weight of the benchmark's own work, in the weight's unit.
    pub benchmark_weight: u64,
    /// Weight of harness and start-up.
    pub harness_weight: u64,
    /// How well it was recorded.
    pub health: Health,
    /// Time per iteration of each profiled run in ns, in order of runs: what the benchmark's weight
    /// stands for. Of a whole process that is the part of its time without harness and start-up.
    /// `None` where the harness does not tell while it is being profiled.
    pub iteration_ns: Vec<Option<f64>>,
}

/// Why a benchmark has no result, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was being done (`listing`, `timing run 2`, `profiling run 1`).
    pub stage: String,
    /// How it ended (`exit status 101`, `killed by signal 11 (SIGSEGV)`, `no answer for 600 s`).
    pub status: String,
    /// The tail of its stderr (or stdout, when stderr is empty).
    pub output: String,
}
