//! Hashes of functions' machine code that stay the same when nothing but addresses changed.
//!
//! A function that was renamed or moved is compiled to the same instructions, but what it calls
//! and the data that it reads lie elsewhere. Operands that depend on where things are laid out are
//! therefore taken for zero before hashing: distances to other functions and to data. Distances
//! within the function stay, for they are its shape.
//!
//! Deliberately absent: what instructions mean. Only their lengths and the places of such operands
//! are known; code that cannot be divided into instructions has no hash.

mod aarch64;
mod x86_64;

use crate::model::Body;

use super::object::Architecture;

/// Fewer instructions than these are too likely to be equal by chance: wrappers, getters.
const FEWEST_INSTRUCTIONS: usize = 10;

/// The largest function that is hashed, in bytes. Larger ones are tables, or made up.
const LARGEST: usize = 1 << 20;

/// An operand that depends on where something lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Operand {
    /// Where it begins in the code.
    offset: usize,
    /// Its bytes, with ones where it depends on the place, in the code's byte order.
    mask: u32,
    /// How many bytes it has.
    size: usize,
    /// For a jump or call: the place in the code that it leads to, which may be outside.
    target: Option<i64>,
}

/// The body of a function with this code; `None` when it is too small to be told from others, or
/// cannot be divided into instructions.
pub(super) fn body(architecture: Architecture, code: &[u8]) -> Option<Body> {
    if code.len() > LARGEST {
        return None;
    }
    let mut masked = code.to_vec();
    let mut mask = |operand: Operand| {
        let inside = operand
            .target
            .is_some_and(|target| usize::try_from(target).is_ok_and(|target| target < code.len()));
        // A function that calls itself does so by its first byte, which is a place of its own.
        if !inside
            && let Some(bytes) = masked.get_mut(operand.offset..operand.offset + operand.size)
        {
            for (byte, mask) in bytes.iter_mut().zip(operand.mask.to_le_bytes()) {
                *byte &= !mask;
            }
        }
    };
    let instructions = match architecture {
        Architecture::X86_64 => x86_64::operands(code, &mut mask)?,
        Architecture::Aarch64 => aarch64::operands(code, &mut mask)?,
    };
    (instructions >= FEWEST_INSTRUCTIONS)
        .then(|| Body { hash: fnv(&masked), size: code.len() as u32 })
}

/// FNV-1a with 64 bits (`draft-eastlake-fnv`).
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests;
