//! Which named group each function of a profile belongs to, and what it is for.

use std::collections::HashSet;

use crate::diff::crate_and_module;
use crate::model::{Category, Function, Handle, Profile, Scope, SortFew as _};
use crate::patterns::Work;

use super::quantity;
use super::show::ShowFunction;
use super::totals::Figures;

/// The category of each function, as an index; a function belongs to the first that takes it.
fn of_functions(profile: &Profile, categories: &[Category]) -> Vec<Option<usize>> {
    profile
        .functions
        .iter()
        .map(|function| {
            let name = profile.strings.get(function.name);
            let image = function.image.map_or("[unknown]", |id| profile.strings.get(id));
            let (krate, module) = crate_and_module(name);
            let krate = krate.unwrap_or(image);
            categories.iter().position(|one| one.takes(name, krate, module.as_deref()))
        })
        .collect()
}

/// Crates that work for whoever calls them, wherever their sources lie.
const LIBRARIES: [&str; 5] = ["core", "alloc", "std", "hashbrown", "__rustc"];

/// What each function is for: by the categories of these names, else by whether it is of a crate
/// from a registry.
pub(super) fn work(profile: &Profile, categories: &[Category]) -> Vec<Work> {
    let krate = |function: &Function| crate_and_module(profile.strings.get(function.name)).0;
    let mut libraries: HashSet<&str> = LIBRARIES.into();
    for function in &profile.functions {
        let file = function.file.map(|file| profile.strings.get(file));
        // The type's crate may be another than that of the code, so names have to agree as well.
        if let (Some(krate), Some(package)) = (krate(function), file.and_then(of_registry))
            && package.replace('-', "_") == krate
        {
            libraries.insert(krate);
        }
    }
    of_functions(profile, categories)
        .into_iter()
        .zip(&profile.functions)
        .map(|(category, function)| match category.map(|index| &*categories[index].name) {
            Some("allocation") => Work::Allocation,
            Some("copying") => Work::Copying,
            Some("locks") => Work::Locks,
            _ => match krate(function) {
                Some(krate) if !libraries.contains(krate) => Work::Own,
                _ => Work::Library,
            },
        })
        .collect()
}

/// The package of a source file that came from a registry: `serde-1.0.200/src/lib.rs` → `serde`.
fn of_registry(file: &str) -> Option<&str> {
    let (folder, _) = file.split_once('/')?;
    let is_version = |at: usize| {
        let mut numbers = folder[at + 1..].splitn(3, '.');
        let is_number = |text: Option<&str>| {
            text.is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
        };
        is_number(numbers.next()) && is_number(numbers.next()) && numbers.next().is_some()
    };
    let (at, _) = folder.match_indices('-').find(|&(at, _)| is_version(at))?;
    Some(&folder[..at])
}

/// A category with less of the benchmark is left out.
const NOTABLE_CATEGORY: f64 = 0.01;

/// Self weight by category, heaviest first.
pub(super) fn in_categories(
    profile: &Profile,
    categories: &[Category],
    figures: &Figures,
) -> Vec<ShowFunction> {
    let of_function = of_functions(profile, categories);
    let mut weights = vec![0_u64; categories.len()];
    for sample in profile.samples.iter().filter(|sample| sample.scope == Scope::Benchmark) {
        if let Some(category) = of_function[profile.function_of(sample.stack).index()] {
            weights[category] += sample.weight;
        }
    }
    let mut order: Vec<(&str, u64)> =
        categories.iter().map(|one| &*one.name).zip(weights).collect();
    order.retain(|(_, weight)| figures.share(*weight) >= NOTABLE_CATEGORY);
    order.sort_few_by_key(|&(_, weight)| std::cmp::Reverse(weight));
    let row = |(name, weight): (&str, u64)| ShowFunction {
        name: name.to_owned(),
        share: quantity::share(figures.share(weight)),
        cost: figures.cost(weight),
    };
    order.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_registry_name_their_package() {
        for (file, package) in [
            ("serde-1.0.200/src/lib.rs", Some("serde")),
            ("rayon-core-1.13.0/src/registry.rs", Some("rayon-core")),
            ("wasi-0.11.0+wasi-snapshot-preview1/src/lib.rs", Some("wasi")),
            ("src/lib.rs", None),
            ("crates/app-2/src/lib.rs", None),
            ("app-2/src/lib.rs", None),
            ("lib.rs", None),
        ] {
            assert_eq!(of_registry(file), package, "{file}");
        }
    }
}
