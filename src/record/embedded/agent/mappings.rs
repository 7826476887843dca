//! What executable memory the process has.

use core::sync::atomic::Ordering::Relaxed;

use super::kernel::{MONOTONIC, clock, close, open, read};
use super::layout::slot;
use super::ring::{STACK_BYTES, Slot};
use super::sampler::Sampler;

/// Executable memory as last reported.
pub(crate) struct Mappings {
    pub(crate) ranges: [(u64, u64); 256],
    pub(crate) count: usize,
    pub(crate) hash: u64,
    pub(crate) number: u32,
    /// When they are read again in any case, and when at the earliest.
    pub(crate) next: u64,
    pub(crate) soon: u64,
}

impl Sampler {
    pub(crate) fn is_known(&self, pc: u64) -> bool {
        let ranges = self.mappings.ranges.get(..self.mappings.count).unwrap_or_default();
        pc == 0
            || ranges.len() == self.mappings.ranges.len()
            || ranges.iter().any(|&(start, end)| (start..end).contains(&pc))
    }

    /// Reports what executable memory there is, unless nothing changed.
    pub(crate) fn write_mappings(&mut self, now: u64) {
        let mut text = Lines::new();
        if !text.read() {
            return;
        }
        let mappings = &mut self.mappings;
        let spent = clock(MONOTONIC).unwrap_or(now).saturating_sub(now);
        // Every 20 ms, unless that is more than a two-hundredth of the time.
        mappings.next = now + (200 * spent).max(20_000_000);
        mappings.soon = now + 20 * spent;
        if text.hash == mappings.hash {
            return;
        }
        mappings.count = 0;
        for &range in text.ranges.get(..text.found).unwrap_or_default() {
            if let Some(place) = mappings.ranges.get_mut(mappings.count) {
                *place = range;
                mappings.count += 1;
            }
        }
        mappings.number = mappings.number.wrapping_add(1);
        let bytes = text.bytes();
        let size = STACK_BYTES.load(Relaxed).max(64);
        let parts = bytes.chunks(size).len() as u32;
        for (part, bytes) in bytes.chunks(size).enumerate() {
            // Without a free slot another time; the reader waits for all parts.
            let Some(mut slot) = Slot::take(self.lane) else { return };
            let part = part as u32;
            slot.put(slot::KIND, slot::MAPPINGS);
            slot.put(slot::LENGTH, bytes.len() as u32);
            slot.put(slot::THREAD, mappings.number);
            slot.put(slot::PART, if part + 1 == parts { part | slot::LAST } else { part });
            slot.put(slot::WEIGHT, 0_u64);
            slot.put(slot::REGISTERS, [0_u64; 4]);
            slot.put(slot::NAME, [0_u64; 2]);
            // SAFETY: a slot has `size` bytes behind its header.
            unsafe {
                let target = slot.start.add(slot::HEADER);
                core::ptr::copy_nonoverlapping(bytes.as_ptr(), target, bytes.len());
            }
            slot.hand_over();
        }
        mappings.hash = text.hash;
    }
}

/// The lines of `/proc/self/maps` that name executable memory.
pub(crate) struct Lines {
    pub(crate) ranges: &'static mut [(u64, u64); 256],
    pub(crate) found: usize,
    pub(crate) text: &'static mut [u8; TEXT],
    pub(crate) length: usize,
    pub(crate) hash: u64,
}

/// Most text of mappings that is reported: several hundred libraries.
pub(crate) const TEXT: usize = 64 << 10;

impl Lines {
    pub(crate) fn new() -> Self {
        static mut RANGES: [(u64, u64); 256] = [(0, 0); 256];
        static mut BUFFER: [u8; TEXT] = [0; TEXT];
        // SAFETY: there is one sampler in a process, which has one such value at a time.
        let (ranges, text) = unsafe { (&mut *(&raw mut RANGES), &mut *(&raw mut BUFFER)) };
        Self { ranges, found: 0, text, length: 0, hash: 0xcbf2_9ce4_8422_2325 }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }

    pub(crate) fn read(&mut self) -> bool {
        let file = open(b"/proc/self/maps\0", false);
        if file < 0 {
            return false;
        }
        let mut chunk = [0_u8; 4096];
        let mut line = [0_u8; 1024];
        let mut length = 0;
        loop {
            let count = read(file, &mut chunk);
            if count <= 0 {
                break;
            }
            for &byte in chunk.get(..count as usize).unwrap_or_default() {
                if let Some(place) = line.get_mut(length) {
                    *place = byte;
                    length += 1;
                }
                if byte == b'\n' {
                    self.line(line.get(..length).unwrap_or_default());
                    length = 0;
                }
            }
        }
        close(file);
        true
    }

    /// `start-end rwxp offset device inode path`.
    pub(crate) fn line(&mut self, line: &[u8]) {
        let (start, line_rest) = hexadecimal(line);
        let (end, rest) = hexadecimal(line_rest.get(1..).unwrap_or_default());
        // A line longer than the buffer has lost its end.
        if rest.get(3) != Some(&b'x') || line.last() != Some(&b'\n') {
            return;
        }
        let Some(place) = self.text.get_mut(self.length..self.length + line.len()) else { return };
        for (to, &from) in place.iter_mut().zip(line) {
            *to = from;
            self.hash = (self.hash ^ u64::from(from)).wrapping_mul(0x100_0000_01b3);
        }
        self.length += line.len();
        if let Some(place) = self.ranges.get_mut(self.found) {
            *place = (start, end);
            self.found += 1;
        }
    }
}

/// A hexadecimal number and what follows it.
pub(crate) fn hexadecimal(text: &[u8]) -> (u64, &[u8]) {
    let (mut value, mut length) = (0_u64, 0);
    for &byte in text {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => break,
        };
        value = value << 4 | u64::from(digit);
        length += 1;
    }
    (value, text.get(length..).unwrap_or_default())
}
