//! What is known of one image's addresses.

use std::ops::Range;

use crate::model::{FastMap, StringId, Strings};
use crate::objects::Object;

use super::dwarf::Dwarf;
use super::names::{demangle, file_name};

/// A function, by handles of [`Resolved::strings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownFunction {
    pub(super) name: StringId,
    pub(super) system_name: StringId,
    pub(super) file: Option<StringId>,
    pub(super) image: Option<StringId>,
}

/// One function at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownFrame {
    /// Index of the function.
    pub(super) function: u32,
    pub(super) line: u32,
    pub(super) inlined: bool,
}

/// Functions found so far, of all images.
#[derive(Default)]
pub(super) struct Resolved {
    pub(super) strings: Strings,
    pub(super) functions: Vec<KnownFunction>,
    frames: Vec<KnownFrame>,
    /// By mangled name and image: a function has one file, the first that was seen.
    ids: FastMap<(StringId, Option<StringId>), u32>,
}

/// Frames of one address, as a range of all frames; outermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownAddress {
    frames: Range<u32>,
    /// Whether the innermost function is known.
    pub(super) known: bool,
}

impl Resolved {
    /// The frames of an address, outermost first.
    pub(super) fn frames(&self, address: &KnownAddress) -> &[KnownFrame] {
        &self.frames[address.frames.start as usize..address.frames.end as usize]
    }

    /// A function, added when it is new.
    pub(super) fn function(
        &mut self,
        system_name: &str,
        file: Option<&str>,
        image: Option<&str>,
    ) -> u32 {
        let system = self.strings.intern(system_name);
        let image = image.map(|image| self.strings.intern(image));
        if let Some(&known) = self.ids.get(&(system, image)) {
            let function = &mut self.functions[known as usize];
            if function.file.is_none() {
                function.file = file.map(|file| self.strings.intern(file));
            }
            return known;
        }
        let name = self.strings.intern(&demangle(system_name));
        let file = file.map(|file| self.strings.intern(file));
        let id = self.functions.len() as u32;
        self.functions.push(KnownFunction { name, system_name: system, file, image });
        self.ids.insert((system, image), id);
        id
    }

    /// An address with these frames, outermost first.
    pub(super) fn address(&mut self, frames: &[KnownFrame], known: bool) -> KnownAddress {
        let start = self.frames.len() as u32;
        self.frames.extend_from_slice(frames);
        KnownAddress { frames: start..self.frames.len() as u32, known }
    }

    /// An address with one frame of one function.
    pub(super) fn single(&mut self, name: &str, image: Option<&str>, known: bool) -> KnownAddress {
        let function = self.function(name, None, image);
        self.address(&[KnownFrame { function, line: 0, inlined: false }], known)
    }

    /// Looks up an address, relative to the base of `object`.
    pub(super) fn look_up(
        &mut self,
        object: &Object,
        dwarf: Option<&Dwarf<'_>>,
        image: &str,
        relative: u64,
    ) -> KnownAddress {
        let stated = relative.wrapping_add(object.base());
        let calls = dwarf.map(|dwarf| dwarf.calls(stated)).unwrap_or_default();
        if calls.is_empty() {
            return match object.symbol(stated) {
                Some(symbol) => self.single(symbol.name, Some(image), true),
                None => self.single(&format!("[unknown in {image}]"), Some(image), false),
            };
        }
        let mut frames = Vec::with_capacity(calls.len());
        for (depth, call) in calls.iter().rev().enumerate() {
            let function = self.function(&call.name, call.file, Some(image));
            // A line means something in the function's own file only.
            let own = self.functions[function as usize].file;
            let same = call.file.is_some_and(|file| own == self.strings.find(file));
            let line = if same { call.line } else { 0 };
            frames.push(KnownFrame { function, line, inlined: depth != 0 });
        }
        self.address(&frames, true)
    }
}

/// The name of an image in functions.
pub(super) fn image_name(path: &str) -> &str {
    file_name(path.strip_suffix(" (deleted)").unwrap_or(path))
}
