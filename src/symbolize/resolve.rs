//! What is known of one image's addresses.

use std::ops::Range;

use crate::model::{Body, FastMap, Image, ImageKind, StringId, Strings};
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
    /// The file that `line` is in; not always the function's own.
    pub(super) file: Option<StringId>,
    pub(super) line: u32,
    pub(super) inlined: bool,
}

/// Functions found so far, of all images.
#[derive(Default)]
pub(super) struct Resolved {
    pub(super) strings: Strings,
    pub(super) functions: Vec<KnownFunction>,
    frames: Vec<KnownFrame>,
    /// By mangled name and image.
    ids: FastMap<(StringId, Option<StringId>), u32>,
    /// The machine code of functions.
    pub(super) bodies: FastMap<u32, Vec<Body>>,
    /// Where functions begin that were looked at already, by image.
    hashed: FastMap<(StringId, u64), ()>,
    /// Files seen of functions that have none yet, with how much speaks for each.
    votes: FastMap<u32, Vec<(StringId, u32)>>,
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
    fn function(&mut self, system_name: &str, image: Option<&str>) -> u32 {
        let system = self.strings.intern(system_name);
        let image = image.map(|image| self.strings.intern(image));
        if let Some(&known) = self.ids.get(&(system, image)) {
            return known;
        }
        let name = self.strings.intern(&demangle(system_name));
        let id = self.functions.len() as u32;
        self.functions.push(KnownFunction { name, system_name: system, file: None, image });
        self.ids.insert((system, image), id);
        id
    }

    /// Notes that a part of a function is in `file`.
    fn vote(&mut self, function: u32, file: StringId, weight: u32) {
        if self.functions[function as usize].file.is_some() {
            return;
        }
        let votes = self.votes.entry(function).or_default();
        match votes.iter_mut().find(|(voted, _)| *voted == file) {
            Some((_, votes)) => *votes += weight,
            None => votes.push((file, weight)),
        }
    }

    /// Gives each function that has no file yet the one that most speaks for. Instructions that
    /// the optimiser moved can carry the file of something that was inlined and is gone.
    pub(super) fn settle_files(&mut self) {
        for (function, votes) in std::mem::take(&mut self.votes) {
            let best = votes
                .iter()
                .max_by_key(|&&(file, votes)| (votes, std::cmp::Reverse(self.strings.get(file))));
            self.functions[function as usize].file = best.map(|&(file, _)| file);
        }
    }

    /// An address with these frames, outermost first.
    pub(super) fn address(&mut self, frames: &[KnownFrame], known: bool) -> KnownAddress {
        let start = self.frames.len() as u32;
        self.frames.extend_from_slice(frames);
        KnownAddress { frames: start..self.frames.len() as u32, known }
    }

    /// An address with one frame of one function.
    pub(super) fn single(&mut self, name: &str, image: Option<&str>, known: bool) -> KnownAddress {
        let function = self.function(name, image);
        self.address(&[KnownFrame { function, file: None, line: 0, inlined: false }], known)
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
            let function = self.function(&call.name, Some(image));
            let file = call.file.map(|file| self.strings.intern(file));
            if let Some(file) = file {
                // The place of a call that was inlined is noted by itself, and is right.
                let is_call = depth + 1 != calls.len();
                self.vote(function, file, if is_call { 8 } else { 1 });
            }
            frames.push(KnownFrame { function, file, line: call.line, inlined: depth != 0 });
        }
        if let Some(outermost) = frames.first() {
            self.hash(object, image, stated, outermost.function);
        }
        self.address(&frames, true)
    }

    /// Notes the machine code at an address as that of `function`, which holds it.
    fn hash(&mut self, object: &Object, image: &str, stated: u64, function: u32) {
        let Some(start) = object.symbol(stated).map(|symbol| symbol.start) else { return };
        let image = self.strings.intern(image);
        if self.hashed.insert((image, start), ()).is_none()
            && let Some(body) = object.body(stated)
        {
            self.bodies.entry(function).or_default().push(body);
        }
    }
}

/// The name of an image in functions.
pub(super) fn image_name(image: &Image) -> &str {
    match image.kind {
        ImageKind::File => file_name(image.path.strip_suffix(" (deleted)").unwrap_or(&image.path)),
        // `//anon`, `[heap]`: perf's and the kernel's names for what has none.
        _ => &image.path,
    }
}
