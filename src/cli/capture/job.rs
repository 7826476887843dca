//! One benchmark of one executable on its way through a capture.

use super::counting::Counted;
use crate::build::Executable;
use crate::model::{
    BenchmarkId, Failure, Harness, Health, Metrics, Profile, ProfileBuilder, ProfileSummary, Scope,
    Timing,
};
use crate::normalize::Own;
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
    /// Numbers that it reports of itself.
    pub(super) metrics: Metrics,
    /// Its profiled runs, symbolicated and merged, before normalising.
    pub(super) profile: Option<ProfileBuilder>,
    /// How well those were recorded.
    pub(super) health: Health,
    /// Time per iteration of each of those, in ns.
    pub(super) iteration_ns: Vec<Option<f64>>,
    /// What was counted of it, in the order of the counters.
    pub(super) counts: Vec<Counted>,
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
            metrics: Metrics::default(),
            profile: None,
            health: Health::default(),
            iteration_ns: Vec::new(),
            counts: Vec::new(),
            failure: None,
        }
    }

    /// The harness that runs it.
    pub(super) fn harness(&self) -> Harness {
        self.executable.harness
    }

    /// What the harness calls it.
    pub(super) fn listed_name(&self) -> &str {
        self.listed.as_ref().map_or(&self.id.benchmark, |listed| &listed.name)
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

    /// Its normalised profile in figures.
    pub(super) fn summary(&self, profile: &Profile, own: &Own) -> ProfileSummary {
        ProfileSummary {
            weight: profile.weight,
            runs: u32::try_from(self.iteration_ns.len()).unwrap_or(u32::MAX),
            benchmark_weight: profile.total(Scope::Benchmark),
            harness_weight: profile.total(Scope::Harness),
            health: own.health(self.health),
            iteration_ns: if self.is_whole_process() {
                own_times(profile, &self.iteration_ns)
            } else {
                self.iteration_ns.clone()
            },
        }
    }
}

/// The benchmark's own part of the times of whole processes, run by run. Functions have shares of
/// that part, and would else be charged for start-up and harness.
fn own_times(profile: &Profile, times: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut weights = vec![[0_u64; 2]; times.len()];
    for sample in &profile.samples {
        if let Some([own, all]) = weights.get_mut(sample.run as usize) {
            *all += sample.weight;
            *own += if sample.scope == Scope::Benchmark { sample.weight } else { 0 };
        }
    }
    let part = |(time, [own, all]): (&Option<f64>, [u64; 2])| {
        time.filter(|_| all > 0).map(|time| time * own as f64 / all as f64)
    };
    times.iter().zip(weights).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Frame, Function, Sample, Weight};

    #[test]
    fn start_up_is_nobodys_cost() {
        let mut builder = ProfileBuilder::new(Weight::CpuTime);
        let name = builder.string("f");
        let function = Function { name, system_name: name, file: None, image: None };
        let function = builder.function(function);
        let frame = builder.frame(Frame { function, line: 0, inlined: false });
        let stack = builder.stack(None, frame);
        for (run, weight, scope) in
            [(0, 10, Scope::Benchmark), (0, 30, Scope::Harness), (1, 20, Scope::Benchmark)]
        {
            builder.sample(Sample { stack, run, weight, count: 1, scope });
        }
        let times = [Some(800.0), Some(900.0), Some(1000.0), None];
        let own = own_times(&builder.finish(), &times);
        assert_eq!(own, [Some(200.0), Some(900.0), None, None]);
    }
}
