//! Stubs of the procedure linkage table, named after the functions that they jump to.
//!
//! A stub loads its target from a slot of the global offset table, and a relocation of that slot
//! names the function. The slot is read off the stub's instructions: the order of stubs and of
//! relocations differs between linkers.

use object::elf::{R_AARCH64_GLOB_DAT, R_AARCH64_JUMP_SLOT, R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT};
use object::{Object as _, ObjectSymbol as _, ObjectSymbolTable as _, RelocationFlags};

use crate::model::FastMap;

use super::object::{Architecture, Object};

/// One stub.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stub {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) name: String,
}

/// All stubs of a file: `name@plt`, or `[plt]` where the target has no name.
pub(super) fn stubs(object: &Object) -> Vec<Stub> {
    let slots = slots(object);
    let mut stubs = Vec::new();
    for section in [".plt", ".plt.sec", ".plt.got", ".iplt"] {
        let Some(header) = object.section(section) else { continue };
        let Some(bytes) = object.section_data(section) else { continue };
        let mut at = header.address;
        for stub in bytes.chunks(STUB_SIZE) {
            let slot = match object.architecture() {
                Architecture::X86_64 => x86_64_slot(stub, at),
                Architecture::Aarch64 => aarch64_slot(stub, at),
            };
            let name = slot
                .and_then(|slot| slots.get(&slot))
                .map_or_else(|| "[plt]".to_owned(), |name| format!("{name}@plt"));
            let end = at.saturating_add(stub.len() as u64);
            stubs.push(Stub { start: at, end, name });
            at = end;
        }
    }
    stubs
}

/// Bytes of a stub on both architectures (`.plt.got` of old linkers has 8, which decode alike).
const STUB_SIZE: usize = 16;

/// Names by the address of the slot that holds the function's address.
fn slots(object: &Object) -> FastMap<u64, &str> {
    let mut slots = FastMap::default();
    let Some(elf) = object.elf() else { return slots };
    let Some(relocations) = elf.dynamic_relocations() else { return slots };
    let Some(symbols) = elf.dynamic_symbol_table() else { return slots };
    for (slot, relocation) in relocations {
        let RelocationFlags::Elf { r_type } = relocation.flags() else { continue };
        let jumps = match object.architecture() {
            Architecture::X86_64 => matches!(r_type, R_X86_64_JUMP_SLOT | R_X86_64_GLOB_DAT),
            Architecture::Aarch64 => matches!(r_type, R_AARCH64_JUMP_SLOT | R_AARCH64_GLOB_DAT),
        };
        let object::RelocationTarget::Symbol(index) = relocation.target() else { continue };
        if jumps && let Ok(symbol) = symbols.symbol_by_index(index) {
            let offset = name_in(object.data(), symbol.name_bytes().unwrap_or_default());
            if let Some(name) = offset {
                slots.insert(slot, name);
            }
        }
    }
    slots
}

/// The same name, borrowed from `data` itself.
fn name_in<'o>(data: &'o [u8], name: &[u8]) -> Option<&'o str> {
    let offset = (name.as_ptr() as usize).checked_sub(data.as_ptr() as usize)?;
    let name = data.get(offset..offset.checked_add(name.len())?)?;
    // Every stub gets a copy.
    std::str::from_utf8(name).ok().filter(|name| (1..=4096).contains(&name.len()))
}

/// The slot of `jmp *slot(%rip)`: `ff 25` and a distance from the next instruction.
fn x86_64_slot(stub: &[u8], address: u64) -> Option<u64> {
    let at = stub.windows(2).position(|two| two == [0xff, 0x25])?;
    let distance = i32::from_le_bytes(stub.get(at + 2..at + 6)?.try_into().ok()?);
    Some(address.wrapping_add(at as u64 + 6).wrapping_add_signed(i64::from(distance)))
}

/// The slot of `adrp x16, page; ldr x17, [x16, #offset]`.
fn aarch64_slot(stub: &[u8], address: u64) -> Option<u64> {
    let words: Vec<u32> = stub
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes(word.try_into().expect("chunks of four")))
        .collect();
    let (index, adrp) =
        words.iter().enumerate().find(|(_, word)| *word & 0x9f00_001f == 0x9000_0010)?;
    let load = words.get(index + 1).filter(|word| *word & 0xffc0_03ff == 0xf940_0211)?;
    let pages = ((adrp >> 29) & 3) | ((adrp >> 3) & 0x1f_fffc);
    // 21 bits with a sign, in pages.
    let pages = i64::from((pages << 11).cast_signed() >> 11);
    let page = (address.wrapping_add(index as u64 * 4) & !0xfff).wrapping_add_signed(pages << 12);
    Some(page.wrapping_add(u64::from((load >> 10) & 0xfff) * 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x86_64_stub() {
        // jmp *0x2fe2(%rip) at 0x1020 → 0x1026 + 0x2fe2.
        let stub = [0xff, 0x25, 0xe2, 0x2f, 0, 0, 0x68, 0, 0, 0, 0, 0xe9, 0, 0, 0, 0];
        assert_eq!(x86_64_slot(&stub, 0x1020), Some(0x4008));
        // endbr64; bnd jmp *…
        let stub = [0xf3, 0x0f, 0x1e, 0xfa, 0xf2, 0xff, 0x25, 0x75, 0x2f, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(x86_64_slot(&stub, 0x1050), Some(0x1050 + 11 + 0x2f75));
        assert_eq!(x86_64_slot(&[0xff, 0x25, 1], 0), None);
    }

    #[test]
    fn aarch64_stub() {
        // adrp x16, 0x1f000; ldr x17, [x16, #4008]; add x16, x16, #4008; br x17, at 0x5d0
        // (encodings from binutils' documentation of the AArch64 PLT).
        let words: [u32; 4] = [0xf000_00f0, 0xf947_d611, 0x913e_a210, 0xd61f_0220];
        let stub: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(aarch64_slot(&stub, 0x5d0), Some(0x1_f000 + 4008));
        assert_eq!(aarch64_slot(&stub[..4], 0x5d0), None);
    }
}
