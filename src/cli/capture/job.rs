//! One benchmark on its way through a capture.

use crate::build::Executable;
use crate::model::{
    BenchmarkEntry, BenchmarkId, Failure, Harness, Health, ProfileBuilder, ProfileSummary, Scope,
    Timing,
};
use crate::record::Stacks;
use crate::workspace::{Listed, Split};

/// A benchmark, how to run it, and what is known of it so far.
pub(super) struct Job<'a> {
    /// Its name.
    pub(super) id: BenchmarkId,
    /// The executable that holds it.
    pub(super) executable: &'a Executable,
    /// As the harness lists it; `None` for a whole process.
    pub(super) listed: Option<Listed>,
    /// The user's arguments that concern it.
    pub(super) split: &'a Split,
    /// Its timed runs.
    pub(super) timing: Timing,
    /// How its stacks are taken; `None` before its first profiled run.
    pub(super) stacks: Option<Stacks>,
    /// Its profiled runs, symbolicated and merged, before normalising.
    pub(super) profile: Option<ProfileBuilder>,
    /// How well those were recorded.
    pub(super) health: Health,
    /// Time per iteration of each of those, in ns.
    pub(super) iteration_ns: Vec<Option<f64>>,
    /// The first thing that went wrong; nothing is run after it.
    pub(super) failure: Option<Failure>,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        id: BenchmarkId,
        executable: &'a Executable,
        listed: Option<Listed>,
        split: &'a Split,
    ) -> Self {
        Self {
            id,
            executable,
            listed,
            split,
            timing: Timing::default(),
            stacks: None,
            profile: None,
            health: Health::default(),
            iteration_ns: Vec::new(),
            failure: None,
        }
    }

    /// The harness that runs it.
    pub(super) fn harness(&self) -> Harness {
        self.executable.harness
    }

    /// Whether a run of it is as many executions of the whole process as fit into the time: the
    /// harness repeats and times nothing itself.
    pub(super) fn is_whole_process(&self) -> bool {
        use crate::workspace::ListedKind::Test;
        match self.harness() {
            Harness::Process => true,
            Harness::Libtest => self.listed.as_ref().is_none_or(|listed| listed.kind == Test),
            Harness::Criterion | Harness::Divan => false,
        }
    }

    /// Notes what went wrong, unless something did before.
    pub(super) fn fail(&mut self, stage: String, status: String, output: String) {
        self.failure.get_or_insert(Failure { stage, status, output });
    }

    /// Its entry in the capture's index. `profile` is the normalised one.
    pub(super) fn entry(
        &self,
        folder: String,
        profile: Option<&crate::model::Profile>,
    ) -> BenchmarkEntry {
        BenchmarkEntry {
            id: self.id.clone(),
            harness: self.harness(),
            folder,
            executable: self.executable.digest.clone(),
            timed: !self.timing.runs.is_empty(),
            profile: profile.map(|profile| ProfileSummary {
                weight: profile.weight,
                runs: u32::try_from(self.iteration_ns.len()).unwrap_or(u32::MAX),
                benchmark_weight: profile.total(Scope::Benchmark),
                harness_weight: profile.total(Scope::Harness),
                health: self.health,
                iteration_ns: self.iteration_ns.clone(),
            }),
            failure: self.failure.clone(),
        }
    }
}
