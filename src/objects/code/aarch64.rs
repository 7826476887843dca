//! 64-bit Arm: every instruction has four bytes.

use super::Operand;

/// How many instructions after `adrp` the rest of an address is looked for.
const REACH: usize = 32;

/// Gives every operand that depends on a place, and says how many instructions there are; `None`
/// for code of no whole number of instructions.
///
/// Arm ARM, C4.1: branches, and the loading of addresses by `adrp` with the low twelve bits in a
/// following `add` or load.
pub(super) fn operands(code: &[u8], give: &mut impl FnMut(Operand)) -> Option<usize> {
    let words = code.chunks_exact(4);
    if !words.remainder().is_empty() {
        return None;
    }
    // For each register the number of the instruction that loaded a page's address into it.
    let mut pages: [Option<usize>; 32] = [None; 32];
    for (index, word) in words.enumerate() {
        let word = u32::from_le_bytes(word.try_into().ok()?);
        let mut operand = |mask: u32, distance: Option<i64>| {
            let target = distance.map(|distance| index as i64 * 4 + distance * 4);
            give(Operand { offset: index * 4, mask, size: 4, target });
        };
        let (to, from) = ((word & 31) as usize, (word >> 5 & 31) as usize);
        if word & 0x7c00_0000 == 0x1400_0000 {
            // `b`, `bl`
            operand(0x03ff_ffff, Some(signed(word, 0, 26)));
        } else if word & 0xff00_0000 == 0x5400_0000 || word & 0x7e00_0000 == 0x3400_0000 {
            // `b.cond`, `cbz`, `cbnz`
            operand(0x00ff_ffe0, Some(signed(word, 5, 19)));
        } else if word & 0x7e00_0000 == 0x3600_0000 {
            // `tbz`, `tbnz`
            operand(0x0007_ffe0, Some(signed(word, 5, 14)));
        } else if word & 0x1f00_0000 == 0x1000_0000 {
            // `adr`, `adrp`
            operand(0x60ff_ffe0, None);
            pages[to] = Some(index);
        } else if word & 0x3b00_0000 == 0x1800_0000 {
            // `ldr` of a literal
            operand(0x00ff_ffe0, None);
        } else if word & 0xff80_0000 == 0x9100_0000 || word & 0x3b00_0000 == 0x3900_0000 {
            // `add` with an immediate; loads and stores with an unsigned offset
            if pages[from].is_some_and(|page| index - page <= REACH) {
                operand(0x003f_fc00, None);
            }
        }
    }
    Some(code.len() / 4)
}

/// The signed number of `bits` bits that begins at bit `low`.
fn signed(word: u32, low: u32, bits: u32) -> i64 {
    let up = 32 - low - bits;
    i64::from(((word << up) as i32) >> (32 - bits))
}
