//! The functions that symbol tables name.

use object::elf::{STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE};
use object::{LittleEndian, Object as _, ObjectSymbol as _};

use super::object::Object;
use super::plt;

/// A function of an [`Object`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol<'o> {
    /// Its mangled name.
    pub name: &'o str,
    /// Its first stated address.
    pub start: u64,
    /// The stated address after its last byte.
    pub end: u64,
}

/// Where a name is.
#[derive(Debug, PartialEq, Eq)]
enum Name {
    /// In the file.
    File { offset: usize, length: usize },
    /// Made up: a stub of the linkage table.
    Made(Box<str>),
}

#[derive(Debug)]
struct Entry {
    start: u64,
    end: u64,
    name: Name,
}

/// The functions of a file, ordered by their start.
#[derive(Debug, Default)]
pub(super) struct SymbolTable {
    entries: Vec<Entry>,
}

/// A symbol before the best of each address is chosen. Fields are ordered by importance: the
/// smallest of those with the same start wins.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate<'a> {
    start: u64,
    untyped: bool,
    unsized_: bool,
    binding: u8,
    underscores: usize,
    name: &'a str,
    size: u64,
}

impl SymbolTable {
    /// Reads both symbol tables and the linkage table.
    pub(super) fn read(object: &Object) -> Self {
        let Some(elf) = object.elf() else { return Self::default() };
        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        for symbol in elf.symbols().chain(elf.dynamic_symbols()) {
            let kind = symbol.elf_symbol().st_type();
            if !matches!(kind, STT_FUNC | STT_GNU_IFUNC | STT_NOTYPE) || !symbol.is_definition_at()
            {
                continue;
            }
            // Mapping symbols of Arm (`$x`) and local labels name no function.
            let name = symbol.name().unwrap_or_default();
            if name.is_empty() || name.starts_with(['$', '.']) {
                continue;
            }
            candidates.push(Candidate {
                start: symbol.address(),
                untyped: kind == STT_NOTYPE,
                unsized_: symbol.size() == 0,
                binding: if symbol.is_local() { 2 } else { u8::from(symbol.is_weak()) },
                underscores: name.bytes().take_while(|&byte| byte == b'_').count(),
                name,
                size: symbol.size(),
            });
        }
        candidates.sort_unstable();
        candidates.dedup_by_key(|candidate| candidate.start);
        let mut code: Vec<(u64, u64)> = object
            .sections()
            .iter()
            .filter(|section| section.executable)
            .map(|section| (section.address, section.address.saturating_add(section.size)))
            .collect();
        code.sort_unstable();
        let mut table = Self { entries: entries(object.data(), &candidates, &code) };
        for stub in plt::stubs(object) {
            table.entries.push(Entry {
                start: stub.start,
                end: stub.end,
                name: Name::Made(stub.name.into()),
            });
        }
        table.entries.sort_by_key(|entry| entry.start);
        table
    }

    /// The function that holds `address`.
    pub(super) fn find<'o>(&'o self, object: &'o Object, address: u64) -> Option<Symbol<'o>> {
        /// Functions may be nested (hot part, entry points of assembly), but not deeply.
        const NESTING: usize = 16;
        let after = self.entries.partition_point(|entry| entry.start <= address);
        let entry =
            self.entries[..after].iter().rev().take(NESTING).find(|entry| address < entry.end)?;
        let name = match &entry.name {
            Name::File { offset, length } => {
                std::str::from_utf8(object.data().get(*offset..offset + length)?).ok()?
            }
            Name::Made(name) => name,
        };
        Some(Symbol { name, start: entry.start, end: entry.end })
    }
}

/// Keeps symbols that lie in code, and gives those without a size an end: the next symbol or the
/// end of the section. A label inside a function of known size is no function.
fn entries(data: &[u8], candidates: &[Candidate<'_>], code: &[(u64, u64)]) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(candidates.len());
    let mut covered = 0;
    for (index, candidate) in candidates.iter().enumerate() {
        let start = candidate.start;
        let section = code.partition_point(|&(first, _)| first <= start).checked_sub(1);
        let Some(&(_, section_end)) = section.and_then(|section| code.get(section)) else {
            continue;
        };
        if start >= section_end || (candidate.unsized_ && start < covered) {
            continue;
        }
        let end = if candidate.unsized_ {
            let next = candidates[index + 1..].iter().map(|next| next.start).next();
            next.map_or(section_end, |next| next.min(section_end))
        } else {
            start.saturating_add(candidate.size).min(section_end)
        };
        if !candidate.unsized_ {
            covered = covered.max(end);
        }
        // Names are borrowed from the file's string tables.
        let offset = (candidate.name.as_ptr() as usize).wrapping_sub(data.as_ptr() as usize);
        let name = Name::File { offset, length: candidate.name.len() };
        entries.push(Entry { start, end, name });
    }
    entries
}

/// Whether a symbol stands for something in this file at an address of its own.
trait DefinitionAt {
    fn is_definition_at(&self) -> bool;
}

impl DefinitionAt for object::read::elf::ElfSymbol64<'_, '_, LittleEndian> {
    fn is_definition_at(&self) -> bool {
        !self.is_undefined() && self.address() != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(start: u64, size: u64, name: &str) -> Candidate<'_> {
        Candidate {
            start,
            untyped: false,
            unsized_: size == 0,
            binding: 0,
            underscores: 0,
            name,
            size,
        }
    }

    #[test]
    fn ends_come_from_sizes_neighbours_and_sections() {
        let code = [(0x100, 0x200), (0x300, 0x340)];
        let candidates = [
            candidate(0x80, 0x10, "outside"),
            candidate(0x100, 0x20, "sized"),
            candidate(0x110, 0, "label"),
            candidate(0x140, 0, "until_next"),
            candidate(0x150, 0x1000, "too_long"),
            candidate(0x300, 0, "until_end"),
        ];
        let found: Vec<_> =
            entries(&[], &candidates, &code).iter().map(|e| (e.start, e.end)).collect();
        assert_eq!(found, [(0x100, 0x120), (0x140, 0x150), (0x150, 0x200), (0x300, 0x340)]);
    }

    #[test]
    fn the_best_name_of_an_address_wins() {
        let mut all = [
            Candidate { binding: 1, ..candidate(1, 4, "weak") },
            Candidate { underscores: 2, ..candidate(1, 4, "__global") },
            candidate(1, 4, "global"),
            Candidate { untyped: true, ..candidate(1, 0, "label") },
        ];
        all.sort_unstable();
        assert_eq!(all[0].name, "global");
        assert_eq!(all[3].name, "label");
    }
}
