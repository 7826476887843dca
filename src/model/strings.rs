//! Interned strings.

use std::ops::Deref;
use std::sync::Arc;

use super::handle::{Handle, handle};
use super::hash::FastMap;

handle!(
    /// A string in [`Strings`].
    StringId
);

/// A list of distinct strings.
#[derive(Clone, Debug, Default)]
pub struct Names {
    all: Vec<Arc<str>>,
}

impl Names {
    /// The handle of a string that is not in the list yet.
    pub fn push(&mut self, text: Arc<str>) -> StringId {
        self.all.push(text);
        StringId::from_index(self.all.len() - 1)
    }

    /// The string behind a handle of this list.
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

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// A list of distinct strings that finds each; handles are given in order of first use.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    names: Names,
    ids: FastMap<Arc<str>, StringId>,
}

impl Strings {
    /// The handle of `text`, added when it is new.
    pub fn intern(&mut self, text: &str) -> StringId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let text: Arc<str> = text.into();
        let id = self.names.push(text.clone());
        self.ids.insert(text, id);
        id
    }

    /// The handle of `text` if it is in the list.
    pub fn find(&self, text: &str) -> Option<StringId> {
        self.ids.get(text).copied()
    }
}

impl Deref for Strings {
    type Target = Names;

    fn deref(&self) -> &Names {
        &self.names
    }
}

impl From<Strings> for Names {
    fn from(strings: Strings) -> Self {
        strings.names
    }
}
