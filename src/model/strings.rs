//! Interned strings.

use std::sync::Arc;

use super::handle::{Handle, handle};
use super::hash::FastMap;

handle!(
    /// A string in [`Strings`].
    StringId
);

/// A table of distinct strings; handles are given in order of first use.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    all: Vec<Arc<str>>,
    ids: FastMap<Arc<str>, StringId>,
}

impl Strings {
    /// The handle of `text`, added when it is new.
    pub fn intern(&mut self, text: &str) -> StringId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = StringId::from_index(self.all.len());
        let text: Arc<str> = text.into();
        self.all.push(text.clone());
        self.ids.insert(text, id);
        id
    }

    /// The handle of `text` if it is in the table.
    pub fn find(&self, text: &str) -> Option<StringId> {
        self.ids.get(text).copied()
    }

    /// The string behind a handle of this table.
    pub fn get(&self, id: StringId) -> &str {
        &self.all[id.index()]
    }

    /// The same, to keep.
    pub fn shared(&self, id: StringId) -> Arc<str> {
        Arc::clone(&self.all[id.index()])
    }

    /// All strings in order of their handles.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.all.iter().map(|text| &**text)
    }

    /// How many distinct strings there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether nothing was interned yet.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
