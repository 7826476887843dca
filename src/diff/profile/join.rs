//! The functions of both sides under one numbering.

use crate::diff::path::crate_and_module;
use crate::model::{FastMap, Handle, Profile};

/// A function, as known by its name: all functions of a profile with that name are one.
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
    pub(super) crates: Groups<'a>,
    /// Module of each label, likewise.
    pub(super) modules: Groups<'a>,
    /// Whether each label's crate is known by its name.
    pub(super) rust: Vec<bool>,
}

/// Labels in groups.
#[derive(Debug, Default)]
pub(super) struct Groups<'a> {
    /// The name of each group.
    pub(super) names: Vec<std::borrow::Cow<'a, str>>,
    /// The group of each label.
    pub(super) of: Vec<u32>,
    ids: FastMap<std::borrow::Cow<'a, str>, u32>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, name: std::borrow::Cow<'a, str>) {
        let next = self.names.len() as u32;
        let id = *self.ids.entry(name.clone()).or_insert(next);
        if id == next {
            self.names.push(name);
        }
        self.of.push(id);
    }
}

/// Numbers the functions of both sides by name.
pub(super) fn join<'a>(sides: [Option<&'a Profile>; 2]) -> Joined<'a> {
    let mut joined = Joined::default();
    let mut ids: FastMap<&str, Label> = FastMap::default();
    for (side, profile) in sides.into_iter().enumerate() {
        let Some(profile) = profile else { continue };
        // Names are interned: each is looked up once for each side, however many functions it has.
        let mut known: Vec<Option<Label>> = vec![None; profile.strings.len()];
        for function in &profile.functions {
            let label = *known[function.name.index()].get_or_insert_with(|| {
                let name = profile.strings.get(function.name);
                *ids.entry(name).or_insert_with(|| {
                    let label = Label::from_index(joined.names.len());
                    joined.names.push(name);
                    let (krate, module) = crate_and_module(name);
                    joined.rust.push(krate.is_some());
                    let image = function.image.map_or("[unknown]", |id| profile.strings.get(id));
                    joined.crates.add(krate.unwrap_or(image).into());
                    joined.modules.add(module.map_or_else(|| image.into(), Into::into));
                    label
                })
            });
            joined.labels[side].push(label);
        }
    }
    joined
}
