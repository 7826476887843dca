//! Debug information of one file.

use std::sync::Arc;

use addr2line::Context;
use addr2line::gimli::{self, DwarfSections, EndianSlice, LittleEndian, SectionId};

use crate::objects::Object;

/// Debug information, parsed unit by unit as addresses ask for it.
pub(super) struct Dwarf<'o> {
    context: Context<Slice<'o>>,
}

type Slice<'o> = EndianSlice<'o, LittleEndian>;

/// Parses the abbreviations of all units in parallel: that is most of the work of reading an
/// index. What cannot be parsed is left to whoever wants it.
fn read_abbreviations(dwarf: &mut gimli::Dwarf<Slice<'_>>) {
    /// Too few units for a thread.
    const FEW: usize = 64;
    let mut offsets = Vec::new();
    let mut units = dwarf.units();
    while let Ok(Some(unit)) = units.next() {
        offsets.push(unit.debug_abbrev_offset());
    }
    offsets.sort_unstable_by_key(|offset| offset.0);
    offsets.dedup();
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
    let share = offsets.len().div_ceil(threads).max(FEW);
    let section = &dwarf.debug_abbrev;
    let parse = |offsets: &[gimli::DebugAbbrevOffset]| -> Vec<_> {
        let parse = |&offset| Some((offset, Arc::new(section.abbreviations(offset).ok()?)));
        offsets.iter().filter_map(parse).collect()
    };
    let parsed: Vec<_> = std::thread::scope(|scope| {
        let (own, others) = offsets.split_at(share.min(offsets.len()));
        let others: Vec<_> =
            others.chunks(share).map(|others| scope.spawn(|| parse(others))).collect();
        let mut parsed = parse(own);
        for thread in others {
            parsed.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        parsed
    });
    for (offset, abbreviations) in parsed {
        dwarf.abbreviations_cache.set::<Slice<'_>>(offset, abbreviations);
    }
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
        let mut dwarf = sections.borrow(|data| EndianSlice::new(data, LittleEndian));
        read_abbreviations(&mut dwarf);
        Some(Self { context: Context::from_dwarf(dwarf).ok()? })
    }

    /// The functions at a stated address, innermost first: those inlined, and then the one that
    /// they were inlined into. Empty when nothing is known.
    pub(super) fn calls(&self, address: u64) -> Vec<Call<'_>> {
        let mut calls = Vec::new();
        // No function has the last address: its end would have none. addr2line counts on that.
        if address == u64::MAX {
            return calls;
        }
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
