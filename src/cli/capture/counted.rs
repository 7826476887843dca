//! What was counted of a benchmark → what is stored of it.

use crate::model::{CountKind, CountRun, CountSummary, Handle, Profile, Scope, SortFew as _};

use super::counting::Counted;

/// Counts of one kind, as they are stored.
pub(super) struct Counts {
    pub(super) profile: Profile,
    pub(super) summary: CountSummary,
}

impl Counts {
    /// `normalize` gives comparable names, and tells the benchmark's own work from the harness's.
    pub(super) fn of(counted: &Counted, normalize: impl Fn(&Profile) -> Profile) -> Self {
        let profile = normalize(counted.profile.profile());
        let unfreed = counted.unfreed.as_ref().map(|unfreed| normalize(unfreed.profile()));
        let number = counted.peak_bytes.len();
        let is_repeatable = (number > 1).then(|| is_repeatable(&profile, number));
        let runs = counted
            .peak_bytes
            .iter()
            .enumerate()
            .map(|(run, &peak_bytes)| {
                let of = |profile: &Profile, scope| of_run(profile, run, scope);
                let (benchmark_weight, count) = of(&profile, Scope::Benchmark);
                CountRun {
                    benchmark_weight,
                    harness_weight: of(&profile, Scope::Harness).0,
                    blocks: if counted.kind == CountKind::Allocations { count } else { 0 },
                    peak_bytes,
                    unfreed_bytes: unfreed.as_ref().map(|kept| of(kept, Scope::Benchmark).0),
                }
            })
            .collect();
        let mut profile = profile;
        if is_repeatable == Some(true) {
            // The others say the same.
            profile.samples.retain(|sample| sample.run == 0);
        }
        let summary = CountSummary {
            kind: counted.kind,
            iterations: counted.iterations,
            runs,
            is_repeatable,
        };
        Self { profile, summary }
    }
}

/// Weight and count of one run's samples of one scope.
fn of_run(profile: &Profile, run: usize, scope: Scope) -> (u64, u64) {
    let samples = profile.samples.iter();
    samples
        .filter(|sample| sample.run as usize == run && sample.scope == scope)
        .fold((0, 0), |(weight, count), sample| (weight + sample.weight, count + sample.count))
}

/// Whether so many runs have the same weight and count on each stack of the benchmark's own.
fn is_repeatable(profile: &Profile, runs: usize) -> bool {
    let mut runs = vec![Vec::new(); runs];
    for sample in &profile.samples {
        if sample.scope == Scope::Benchmark
            && let Some(run) = runs.get_mut(sample.run as usize)
        {
            run.push((sample.stack.index(), sample.weight, sample.count));
        }
    }
    runs.iter_mut().for_each(|run| run.sort_few());
    runs.windows(2).all(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Frame, Function, ProfileBuilder, Sample, Weight};

    /// Samples of `f` in the benchmark and `g` in the harness: by run.
    fn counted(samples: &[(u32, u64, u64)]) -> Counted {
        let mut builder = ProfileBuilder::new(Weight::AllocatedBytes);
        let mut stacks = Vec::new();
        for name in ["f", "g"] {
            let name = builder.string(name);
            let function =
                builder.function(Function { name, system_name: name, file: None, image: None });
            let frame = builder.frame(Frame { function, line: 0, inlined: false });
            stacks.push(builder.stack(None, frame));
        }
        for &(run, own, harness) in samples {
            let scopes = [Scope::Benchmark, Scope::Harness];
            for ((stack, scope), weight) in stacks.iter().zip(scopes).zip([own, harness]) {
                builder.sample(Sample { stack: *stack, run, scope, weight, count: 1 });
            }
        }
        Counted {
            kind: CountKind::Allocations,
            iterations: 1,
            profile: builder,
            unfreed: None,
            peak_bytes: vec![None; samples.len()],
        }
    }

    #[test]
    fn runs_that_are_the_same_are_stored_once() {
        let counts = |samples: &[_]| Counts::of(&counted(samples), Profile::clone);
        let same = counts(&[(0, 100, 7), (1, 100, 8)]);
        assert_eq!(same.summary.is_repeatable, Some(true));
        assert_eq!((same.profile.samples.len(), same.profile.runs()), (2, 1));
        let [first, second] = &same.summary.runs[..] else { panic!("there are two runs") };
        assert_eq!((first.benchmark_weight, first.harness_weight, first.blocks), (100, 7, 1));
        assert_eq!(second.harness_weight, 8);

        let other = counts(&[(0, 100, 7), (1, 101, 7)]);
        assert_eq!(other.summary.is_repeatable, Some(false));
        assert_eq!(other.profile.runs(), 2);
        assert_eq!(other.summary.per_iteration(Weight::AllocatedBytes), (100.0, 101.0));

        assert_eq!(counts(&[(0, 100, 7)]).summary.is_repeatable, None);
        // The last run saw nothing of the benchmark, and no run after it is there to show it.
        assert_eq!(counts(&[(0, 100, 7), (1, 0, 7)]).summary.is_repeatable, Some(false));
    }
}
