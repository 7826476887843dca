//! The functions of both sides under one numbering.

use std::sync::Arc;

use crate::diff::path::crate_and_module;
use crate::matching::{Matching, Pair};
use crate::model::{Category, FastMap, Handle, Names, Profile, StringId};

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
    /// All names.
    pub(super) names: Names,
    /// The name of each label. Two labels have one name where it stands for different functions.
    pub(super) texts: Vec<StringId>,
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
        // Functions of one group often come in a row.
        if let Some(&last) = self.of.last()
            && *self.names[last as usize] == *name
        {
            self.of.push(last);
            return;
        }
        let id = self.ids.get(name).copied().unwrap_or_else(|| {
            let (id, name) = (self.names.len() as u32, Arc::from(name));
            self.names.push(Arc::clone(&name));
            self.ids.insert(name, id);
            id
        });
        self.of.push(id);
    }
}

impl<'a> Joined<'a> {
    /// How many labels there are.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The name of a label.
    pub(super) fn name(&self, label: usize) -> &str {
        self.names.get(self.texts[label])
    }

    /// Another label, for a function with this name.
    fn add(&mut self, text: StringId, image: Option<&str>, categories: &[Category]) -> Label {
        let label = Label::from_index(self.texts.len());
        self.texts.push(text);
        let name = self.names.get(text);
        let (krate, module) = crate_and_module(name);
        self.rust.push(krate.is_some());
        let image = image.unwrap_or("[unknown]");
        let krate = krate.unwrap_or(image);
        let category = categories.iter().find(|c| c.takes(name, krate, module.as_deref()));
        self.categories.add(category.map_or("", |c| &c.name));
        self.crates.add(krate);
        self.modules.add(module.as_deref().unwrap_or(image));
        label
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
    // Names that stand for different functions on the two sides.
    let mut apart: FastMap<&str, Option<StringId>> =
        matching.apart.iter().map(|name| (&**name, None)).collect();
    // The labels of the base's functions: of those that were renamed by the name that they have on
    // the new side, of the others by their own.
    let mut renamed: FastMap<&str, Label> = FastMap::default();
    let mut kept: Vec<Option<Label>> = vec![None; sides[0].map_or(0, |base| base.strings.len())];
    for (side, profile) in sides.into_iter().enumerate() {
        let Some(profile) = profile else { continue };
        // Names are interned: each is looked up once for each side, however many functions it has.
        let mut known: Vec<Option<Label>> = vec![None; profile.strings.len()];
        joined.labels[side].reserve(profile.functions.len());
        for function in &profile.functions {
            let label = *known[function.name.index()].get_or_insert_with(|| {
                let own = profile.strings.get(function.name);
                let pair = pairs.get(own).copied().filter(|_| side == 0);
                let name = pair.map_or(own, |pair| &*pair.new);
                let is_apart = apart.contains_key(name);
                let is_kept = side == 0 && pair.is_none();
                // The label that has the name already: of a function that was renamed to it, or of
                // the base's own, unless the name stands for different functions.
                let there = match (is_kept, is_apart) {
                    (true, true) => None,
                    (true, false) | (false, true) => renamed.get(name).copied(),
                    (false, false) => renamed
                        .get(name)
                        .copied()
                        .or_else(|| kept[sides[0]?.strings.find(name)?.index()]),
                };
                let label = there.unwrap_or_else(|| {
                    let new_text = || match pair {
                        Some(pair) => pair.new.as_str().into(),
                        None => profile.strings.shared(function.name),
                    };
                    let text = match apart.get_mut(name) {
                        Some(text) => *text.get_or_insert_with(|| joined.names.push(new_text())),
                        None => joined.names.push(new_text()),
                    };
                    let image = function.image.map(|image| profile.strings.get(image));
                    joined.add(text, image, categories)
                });
                match pair {
                    Some(pair) => {
                        renamed.insert(name, label);
                        joined.pairs.insert(label.index(), pair);
                    }
                    None if is_kept && !is_apart => kept[function.name.index()] = Some(label),
                    None => {}
                }
                label
            });
            joined.labels[side].push(label);
        }
    }
    joined
}
