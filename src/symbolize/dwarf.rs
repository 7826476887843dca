//! Debug information of one file.

use addr2line::Context;
use addr2line::gimli::{DwarfSections, EndianSlice, LittleEndian, SectionId};

use crate::objects::Object;

/// Debug information, parsed unit by unit as addresses ask for it.
pub(super) struct Dwarf<'o> {
    context: Context<EndianSlice<'o, LittleEndian>>,
}

/// One function at an address, borrowed from the debug information.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    /// Mangled name.
    pub(super) name: std::borrow::Cow<'a, str>,
    /// The file and line in it: of the instruction, or of the call to the next function.
    pub(super) file: Option<&'a str>,
    pub(super) line: u32,
}

impl<'o> Dwarf<'o> {
    /// Reads the index of `object`'s debug information; `None` when it has none.
    pub(super) fn open(object: &'o Object) -> Option<Self> {
        let object = object.with_debug_info()?;
        let sections = DwarfSections::load(|id: SectionId| {
            let data = object.section_data(id.name()).unwrap_or_default();
            Ok::<_, std::convert::Infallible>(data)
        })
        .ok()?;
        let dwarf = sections.borrow(|data| EndianSlice::new(data, LittleEndian));
        Some(Self { context: Context::from_dwarf(dwarf).ok()? })
    }

    /// The functions at a stated address, innermost first: those inlined, and then the one that
    /// they were inlined into. Empty when nothing is known.
    pub(super) fn calls(&self, address: u64) -> Vec<Call<'_>> {
        let mut calls = Vec::new();
        let Ok(mut frames) = self.context.find_frames(address).skip_all_loads() else {
            return calls;
        };
        while let Ok(Some(frame)) = frames.next() {
            let name = frame.function.as_ref().map(|function| function.name.to_string_lossy());
            let Some(name) = name.filter(|name| !name.is_empty()) else { continue };
            let location = frame.location.as_ref();
            calls.push(Call {
                name,
                file: location.and_then(|location| location.file),
                line: location.and_then(|location| location.line).unwrap_or(0),
            });
        }
        calls
    }
}
