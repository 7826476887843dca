//! A hash of what of an executable is loaded, so that equal programs are known as equal.

use object::{Object, ObjectSection, SectionFlags, SectionKind};

/// FNV-1a with 128 bits (Fowler, Noll, Vo; `draft-eastlake-fnv`). Chance alone makes two of 2⁴⁰
/// programs equal with probability below 2⁻⁴⁸; nobody gains from making them so on purpose.
struct Fnv(u128);

impl Fnv {
    const PRIME: u128 = (1 << 88) + 0x13b;

    fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(Self::PRIME);
        }
    }

    fn add_number(&mut self, number: u64) {
        self.add(&number.to_le_bytes());
    }
}

/// The hash of code, constants and initial data, in hexadecimal. It does not depend on debug
/// information, symbols, notes (such as the build id, which covers all of those) or times.
/// `None` when there is nothing to hash, or a section cannot be read.
pub(super) fn digest(file: &object::File<'_>) -> Option<String> {
    let mut hash = Fnv::new();
    let mut sections = 0;
    for section in file.sections() {
        if !is_loaded(&section) {
            continue;
        }
        let name = section.name_bytes().unwrap_or_default();
        let data = section.data().ok()?;
        hash.add_number(name.len() as u64);
        hash.add(name);
        hash.add_number(section.address());
        // The size in memory is larger than the data of a section that begins as zeros.
        hash.add_number(section.size());
        hash.add_number(data.len() as u64);
        hash.add(data);
        sections += 1;
    }
    (sections > 0).then(|| format!("{:032x}", hash.0))
}

/// The [`digest`] of an executable file.
pub(super) fn of_file(file: &std::fs::File) -> Option<String> {
    // SAFETY: nobody writes to kept executables: they are replaced by rename.
    let map = unsafe { memmap2::Mmap::map(file) }.ok()?;
    digest(&object::File::parse(&*map).ok()?)
}

/// The hash of some bytes, in hexadecimal.
pub(super) fn of_bytes(bytes: &[u8]) -> String {
    let mut hash = Fnv::new();
    hash.add(bytes);
    format!("{:032x}", hash.0)
}

fn is_loaded(section: &object::Section<'_, '_>) -> bool {
    if section.name_bytes().is_ok_and(|name| name.starts_with(b".debug")) {
        // `.debug_gdb_scripts` is loaded, in spite of its name.
        return false;
    }
    if section.kind() == SectionKind::Note {
        return false;
    }
    match section.flags() {
        SectionFlags::Elf { sh_flags, .. } => sh_flags.0 & object::elf::SHF_ALLOC.0 != 0,
        _ => matches!(
            section.kind(),
            SectionKind::Text
                | SectionKind::Data
                | SectionKind::ReadOnlyData
                | SectionKind::ReadOnlyDataWithRel
                | SectionKind::ReadOnlyString
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        // From the test vectors of `draft-eastlake-fnv`.
        let hash = |text: &str| {
            let mut hash = Fnv::new();
            hash.add(text.as_bytes());
            format!("{:032x}", hash.0)
        };
        assert_eq!(hash(""), "6c62272e07bb014262b821756295c58d");
        assert_eq!(hash("a"), "d228cb696f1a8caf78912b704e4a8964");
        assert_eq!(hash("foobar"), "343e1662793c64bf6f0d3597ba446f18");
    }
}
