//! Profiles for tests: stacks as words, outermost first, with their weights.

use super::{Kind, Options, Pattern, Work, find};
use crate::model::{Frame, Function, Profile, ProfileBuilder, Sample, Scope, Weight};

pub(super) fn profile(samples: &[(&str, u64)]) -> Profile {
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    for &(path, weight) in samples {
        let mut stack = None;
        for name in path.split(' ') {
            let name = builder.string(name);
            let function =
                builder.function(Function { name, system_name: name, file: None, image: None });
            let frame = builder.frame(Frame { function, line: 0, inlined: false });
            stack = Some(builder.stack(stack, frame));
        }
        let stack = stack.unwrap();
        builder.sample(Sample { stack, run: 0, scope: Scope::Benchmark, count: 1, weight });
    }
    // What is not the benchmark's must not count.
    let name = builder.string("harness");
    let function = builder.function(Function { name, system_name: name, file: None, image: None });
    let frame = builder.frame(Frame { function, line: 0, inlined: false });
    let stack = builder.stack(None, frame);
    builder.sample(Sample { stack, run: 0, scope: Scope::Harness, count: 1, weight: 1000 });
    builder.finish()
}

/// By name: `std::…` is the library's.
fn work(profile: &Profile) -> Vec<Work> {
    profile
        .functions
        .iter()
        .map(|function| match profile.strings.get(function.name) {
            "malloc" | "malloc_int" | "free" => Work::Allocation,
            "memcpy" => Work::Copying,
            "lock" => Work::Locks,
            name if name.starts_with("std::") => Work::Library,
            _ => Work::Own,
        })
        .collect()
}

pub(super) fn found(profile: &Profile, keep: impl Fn(&Kind) -> bool) -> Vec<Pattern> {
    let mut all = find(profile, &work(profile), &Options::default());
    all.retain(|pattern| keep(&pattern.kind));
    all
}

/// `path: own of total`, in percent.
pub(super) fn wide_of(profile: &Profile) -> Vec<String> {
    found(profile, |kind| matches!(kind, Kind::Wide { .. }))
        .into_iter()
        .map(|pattern| {
            let Kind::Wide { own, .. } = pattern.kind else { unreachable!() };
            let percent = |share: f64| (share * 100.0).round();
            format!("{}: {} of {}", pattern.path.join(" "), percent(own), percent(pattern.share))
        })
        .collect()
}
