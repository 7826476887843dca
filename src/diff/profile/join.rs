//! The functions of both sides under one numbering.

use std::sync::Arc;

use crate::diff::path::crate_and_module;
use crate::matching::{Matching, Pair};
use crate::model::{Category, FastMap, Handle, Profile};

/// A function of either side or of both: all functions of a profile with one name are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Label(u32);

impl Handle for Label {
    fn from_index(index: usize) -> Self {
        Self(index as u32)
    }
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// All names of both sides, and what they belong to.
#[derive(Debug, Default)]
pub(super) struct Joined<'a> {
    /// The name of each label.
    pub(super) names: Vec<&'a str>,
    /// The label of each function, by side.
    pub(super) labels: [Vec<Label>; 2],
    /// Crate, or image of code that is not Rust's, of each label.
    pub(super) crates: Groups,
    /// Module of each label, likewise.
    pub(super) modules: Groups,
    /// Category of each label; one without a name of those in none.
    pub(super) categories: Groups,
    /// Whether each label's crate is known by its name.
    pub(super) rust: Vec<bool>,
    /// The pair of each label whose sides have different names.
    pub(super) pairs: FastMap<usize, &'a Pair>,
}

/// Labels in groups.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// The name of each group.
    pub(super) names: Vec<Arc<str>>,
    /// The group of each label.
    pub(super) of: Vec<u32>,
    ids: FastMap<Arc<str>, u32>,
}

impl Groups {
    fn add(&mut self, name: &str) {
        let id = self.ids.get(name).copied().unwrap_or_else(|| {
            let (id, name) = (self.names.len() as u32, Arc::from(name));
            self.names.push(Arc::clone(&name));
            self.ids.insert(name, id);
            id
        });
        self.of.push(id);
    }
}

/// Numbers the functions of both sides: those that were matched have one number, and the name of
/// the new side.
pub(super) fn join<'a>(
    sides: [Option<&'a Profile>; 2],
    matching: &'a Matching,
    categories: &'a [Category],
) -> Joined<'a> {
    let mut joined = Joined::default();
    // What the base's functions are called on the new side.
    let pairs: FastMap<&str, &Pair> =
        matching.pairs.iter().map(|pair| (&*pair.base, pair)).collect();
    let apart: FastMap<&str, ()> = matching.apart.iter().map(|name| (&**name, ())).collect();
    // By name, and for names that stand for different functions by their side.
    let mut ids: FastMap<(&str, usize), Label> = FastMap::default();
    for (side, profile) in sides.into_iter().enumerate() {
        let Some(profile) = profile else { continue };
        // Names are interned: each is looked up once for each side, however many functions it has.
        let mut known: Vec<Option<Label>> = vec![None; profile.strings.len()];
        for function in &profile.functions {
            let label = *known[function.name.index()].get_or_insert_with(|| {
                let own = profile.strings.get(function.name);
                let pair = pairs.get(own).copied().filter(|_| side == 0);
                let name = pair.map_or(own, |pair| &*pair.new);
                let of_side = side + 1;
                let key = match pair {
                    Some(_) if apart.contains_key(name) => (name, 2),
                    None if apart.contains_key(name) => (name, of_side),
                    _ => (name, 0),
                };
                let label = *ids.entry(key).or_insert_with(|| {
                    let label = Label::from_index(joined.names.len());
                    joined.names.push(name);
                    let (krate, module) = crate_and_module(name);
                    joined.rust.push(krate.is_some());
                    let image = function.image.map_or("[unknown]", |id| profile.strings.get(id));
                    let krate = krate.unwrap_or(image);
                    let category =
                        categories.iter().find(|c| c.takes(name, krate, module.as_deref()));
                    joined.categories.add(category.map_or("", |c| &c.name));
                    joined.crates.add(krate);
                    joined.modules.add(module.as_deref().unwrap_or(image));
                    label
                });
                if let Some(pair) = pair {
                    joined.pairs.insert(label.index(), pair);
                }
                label
            });
            joined.labels[side].push(label);
        }
    }
    joined
}
