//! Which named group each function of a profile belongs to, and what it is for.

use crate::diff::crate_and_module;
use crate::model::{Category, Handle, Profile, Scope};
use crate::patterns::Work;

use super::quantity;
use super::show::{Figures, ShowFunction};

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

/// Crates that work for whoever calls them.
const LIBRARIES: [&str; 5] = ["core", "alloc", "std", "hashbrown", "__rustc"];

/// What each function is for, by the categories of these names.
pub(super) fn work(profile: &Profile, categories: &[Category]) -> Vec<Work> {
    of_functions(profile, categories)
        .into_iter()
        .zip(&profile.functions)
        .map(|(category, function)| match category.map(|index| &*categories[index].name) {
            Some("allocation") => Work::Allocation,
            Some("copying") => Work::Copying,
            Some("locks") => Work::Locks,
            _ => match crate_and_module(profile.strings.get(function.name)).0 {
                Some(krate) if !LIBRARIES.contains(&krate) => Work::Own,
                _ => Work::Library,
            },
        })
        .collect()
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
    order.sort_by_key(|&(_, weight)| std::cmp::Reverse(weight));
    let row = |(name, weight): (&str, u64)| ShowFunction {
        name: name.to_owned(),
        share: quantity::share(figures.share(weight)),
        cost: figures.cost(weight),
    };
    order.into_iter().map(row).collect()
}
