//! Who is charged for an allocation.

use crate::model::{FastMap, FunctionId, Handle, Profile, Sample};

use super::path::crate_and_module;

/// Crates that allocate because somebody told them to. hashbrown is the standard library's map.
const LIBRARIES: [&str; 5] = ["core", "alloc", "std", "hashbrown", "__rustc"];

/// A profile of allocations in which these are charged to the function that asked for them. Every
/// one is made by `malloc`, below a vector or a string: that says nothing. What the standard
/// library and code of other languages allocate goes to their nearest caller that is neither, where
/// there is one. Weights stay as they are, as do all stacks above.
pub fn charged(profile: &Profile) -> Profile {
    let is_library: Vec<bool> = (0..profile.functions.len())
        .map(|index| match crate_and_module(profile.name(FunctionId::from_index(index))).0 {
            Some(krate) => LIBRARIES.contains(&krate),
            None => true,
        })
        .collect();
    let mut charged = Profile { samples: Vec::new(), ..profile.clone() };
    let mut known: FastMap<_, usize> = FastMap::default();
    for sample in &profile.samples {
        let mut stack = Some(sample.stack);
        while let Some(at) = stack
            && is_library[profile.function_of(at).index()]
        {
            stack = profile.stacks.get(at).parent;
        }
        let stack = stack.unwrap_or(sample.stack);
        let key = (stack, sample.run, sample.scope);
        let index = *known.entry(key).or_insert_with(|| {
            charged.samples.push(Sample { stack, count: 0, weight: 0, ..*sample });
            charged.samples.len() - 1
        });
        charged.samples[index].count += sample.count;
        charged.samples[index].weight += sample.weight;
    }
    charged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::fixture::profile;
    use crate::model::Scope;

    #[test]
    fn the_caller_of_the_library_is_charged() {
        let stacks: [(&[&str], u32, Scope, u64); 5] = [
            (
                &["a::run", "<alloc::vec::Vec<T> as core::clone::Clone>::clone", "malloc"],
                0,
                Scope::Benchmark,
                2,
            ),
            (&["a::run", "alloc::alloc::alloc"], 0, Scope::Benchmark, 3),
            (&["a::run", "std::thread::spawn", "b::work", "calloc"], 0, Scope::Benchmark, 5),
            (&["std::rt::init", "malloc"], 0, Scope::Benchmark, 7),
            (&["a::run", "malloc"], 0, Scope::Harness, 11),
        ];
        let profile = profile(&stacks);
        let charged = charged(&profile);
        let found: Vec<(&str, u64, Scope)> = charged
            .samples
            .iter()
            .map(|s| (charged.name(charged.function_of(s.stack)), s.count, s.scope))
            .collect();
        assert_eq!(
            found,
            [
                ("a::run", 5, Scope::Benchmark),
                ("b::work", 5, Scope::Benchmark),
                // Nobody else is there.
                ("malloc", 7, Scope::Benchmark),
                ("a::run", 11, Scope::Harness),
            ]
        );
        assert_eq!(charged.total(Scope::Benchmark), profile.total(Scope::Benchmark));
    }
}
