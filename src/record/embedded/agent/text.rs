//! Reading and writing the few texts that are needed.

use super::kernel::{close, open, read};
use super::layout;

/// Value of a variable in the environment that the program was started with, with a zero behind it.
pub(crate) fn variable(buffer: &mut [u8; 4096]) -> Option<usize> {
    let file = open(b"/proc/self/environ\0", false);
    if file < 0 {
        return None;
    }
    let name = layout::VARIABLE.as_bytes();
    // How much of `NAME=` matched in this entry; `usize::MAX` when something did not.
    let (mut matched, mut length) = (0, 0);
    let mut chunk = [0_u8; 1024];
    loop {
        let count = read(file, &mut chunk);
        if count <= 0 {
            close(file);
            return None;
        }
        for &byte in chunk.get(..count as usize).unwrap_or_default() {
            if matched == name.len() + 1 {
                *buffer.get_mut(length)? = byte;
                length += 1;
                if byte == 0 {
                    close(file);
                    return Some(length);
                }
            } else if byte == 0 {
                matched = 0;
            } else if matched != usize::MAX {
                let expected = name.get(matched).copied().unwrap_or(b'=');
                matched = if byte == expected { matched + 1 } else { usize::MAX };
            }
        }
    }
}

/// The decimal number that a text begins with; 0 where it begins with something else.
pub(crate) fn number_at(text: &[u8]) -> u32 {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |value: u32, digit| value.wrapping_mul(10).wrapping_add(u32::from(digit - b'0')))
}

/// Writes `/proc/self/task/TID` and what follows.
pub(crate) fn task_path(path: &mut [u8; 40], tid: u32, rest: &[u8]) {
    let mut digits = [0_u8; 10];
    let (mut value, mut at) = (tid, digits.len());
    while value > 0 && at > 0 {
        at -= 1;
        if let Some(digit) = digits.get_mut(at) {
            *digit = b'0' + (value % 10) as u8;
        }
        value /= 10;
    }
    let parts = [b"/proc/self/task/".as_slice(), digits.get(at..).unwrap_or_default(), rest];
    let bytes = parts.iter().flat_map(|part| part.iter());
    for (to, &from) in path.iter_mut().zip(bytes) {
        *to = from;
    }
}

/// A path up to and including the first zero.
pub(crate) fn path_of(path: &[u8; 40]) -> &[u8] {
    let end = path.iter().position(|&byte| byte == 0).unwrap_or(0);
    path.get(..=end).unwrap_or_default()
}

/// A thread's name.
pub(crate) fn named(tid: u32) -> [u64; 2] {
    let mut path = [0_u8; 40];
    task_path(&mut path, tid, b"/comm\0");
    name(path_of(&path))
}

/// A name from a file, filled up with zeros.
pub(crate) fn name(path: &[u8]) -> [u64; 2] {
    let mut bytes = [0_u8; 16];
    let file = open(path, false);
    if file >= 0 {
        let length = read(file, &mut bytes).max(0) as usize;
        close(file);
        // The line's end.
        if let Some(last) = bytes.get_mut(length.saturating_sub(1)) {
            *last = 0;
        }
    }
    let [mut low, mut high] = [[0_u8; 8]; 2];
    low.copy_from_slice(bytes.get(..8).unwrap_or(&[0; 8]));
    high.copy_from_slice(bytes.get(8..).unwrap_or(&[0; 8]));
    [u64::from_ne_bytes(low), u64::from_ne_bytes(high)]
}
