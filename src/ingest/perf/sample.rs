//! Samples.

use super::attributes::{Attributes, sample_type};
use super::cursor::{Cursor, words};
use crate::objects::Architecture;
use crate::unwind::{Registers, StackCopy};

/// One sample, borrowed from the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample<'a> {
    pub(super) ip: u64,
    pub(super) pid: i32,
    pub(super) tid: i32,
    /// `u64::MAX` when times were not recorded: after everything else.
    pub(super) time: u64,
    pub(super) period: Option<u64>,
    /// Words of the call chain, with context markers; innermost frame first.
    pub(super) callchain: &'a [u8],
    /// The registers in user space, in order of the bits of the mask; of 64-bit code only.
    pub(super) registers: Option<&'a [u8]>,
    pub(super) stack: &'a [u8],
}

/// The id of the event that a sample belongs to, where samples carry one.
pub(super) fn event_id(event: &Attributes, body: &[u8]) -> Option<u64> {
    use sample_type::{ADDR, ID, IDENTIFIER, IP, TID, TIME};
    let before = if event.sample_type & IDENTIFIER != 0 {
        0
    } else if event.sample_type & ID != 0 {
        let before = [IP, TID, TIME, ADDR];
        8 * before.iter().filter(|&&bit| event.sample_type & bit != 0).count()
    } else {
        return None;
    };
    Cursor(body.get(before..)?).u64()
}

impl<'a> Sample<'a> {
    /// Parses the body of a sample; `None` when it is damaged.
    pub(super) fn parse(event: &Attributes, body: &'a [u8]) -> Option<Self> {
        use sample_type as bit;
        let has = |bit: u64| event.sample_type & bit != 0;
        let mut cursor = Cursor(body);
        let mut sample = Self { time: u64::MAX, ..Self::default() };
        if has(bit::IDENTIFIER) {
            cursor.u64()?;
        }
        if has(bit::IP) {
            sample.ip = cursor.u64()?;
        }
        if has(bit::TID) {
            (sample.pid, sample.tid) = (cursor.i32()?, cursor.i32()?);
        }
        if has(bit::TIME) {
            sample.time = cursor.u64()?;
        }
        for field in [bit::ADDR, bit::ID, bit::STREAM_ID, bit::CPU] {
            if has(field) {
                cursor.u64()?;
            }
        }
        if has(bit::PERIOD) {
            sample.period = Some(cursor.u64()?);
        }
        if has(bit::READ) {
            skip_counts(event.read_format, &mut cursor)?;
        }
        if has(bit::CALLCHAIN) {
            let count = cursor.u64()?;
            sample.callchain = cursor.items(count, 8)?;
        }
        if has(bit::RAW) {
            let size = cursor.u32()?;
            cursor.bytes_u64(u64::from(size))?;
        }
        if has(bit::BRANCH_STACK) {
            const HARDWARE_INDEX: u64 = 1 << 17;
            let count = cursor.u64()?;
            if event.branch_sample_type & HARDWARE_INDEX != 0 {
                cursor.u64()?;
            }
            cursor.items(count, 24)?;
        }
        if has(bit::REGS_USER) {
            const ABI_NONE: u64 = 0;
            const ABI_64: u64 = 2;
            let abi = cursor.u64()?;
            if abi != ABI_NONE {
                let count = u64::from(event.user_registers.count_ones());
                let registers = cursor.items(count, 8)?;
                sample.registers = (abi == ABI_64).then_some(registers);
            }
        }
        if has(bit::STACK_USER) {
            let size = cursor.u64()?;
            let stack = cursor.bytes_u64(size)?;
            if size != 0 {
                // Of the bytes copied only so many are the stack's.
                let used = cursor.u64()?;
                sample.stack =
                    &stack[..usize::try_from(used).unwrap_or(size as usize).min(stack.len())];
            }
        }
        Some(sample)
    }

    /// Registers and stack in user space; `None` when they were not recorded.
    pub(super) fn user(
        &self,
        event: &Attributes,
        architecture: Architecture,
    ) -> Option<(Registers, StackCopy<'a>)> {
        let values = self.registers?;
        let register = |number: u32| {
            let bit = 1u64.checked_shl(number)?;
            if event.user_registers & bit == 0 {
                return None;
            }
            let position = (event.user_registers & (bit - 1)).count_ones() as usize;
            words(values).nth(position)
        };
        // Numbers of `enum perf_event_x86_regs` and `perf_event_arm_regs`.
        let (pc, sp, fp, lr) = match architecture {
            Architecture::X86_64 => (register(8)?, register(7)?, register(6)?, 0),
            Architecture::Aarch64 => (register(32)?, register(31)?, register(29)?, register(30)?),
        };
        Some((Registers { pc, sp, fp, lr }, StackCopy { start: sp, bytes: self.stack }))
    }
}

/// Skips the counters in a sample (`struct read_format`).
fn skip_counts(format: u64, cursor: &mut Cursor<'_>) -> Option<()> {
    const TOTAL_TIME_ENABLED: u64 = 1 << 0;
    const TOTAL_TIME_RUNNING: u64 = 1 << 1;
    const ID: u64 = 1 << 2;
    const GROUP: u64 = 1 << 3;
    const LOST: u64 = 1 << 4;
    let words = |bits: &[u64]| bits.iter().filter(|&&bit| format & bit != 0).count() as u64;
    let times = words(&[TOTAL_TIME_ENABLED, TOTAL_TIME_RUNNING]);
    let per_counter = 1 + words(&[ID, LOST]);
    let counters = if format & GROUP != 0 { cursor.u64()? } else { 1 };
    cursor.items(times, 8)?;
    cursor.items(counters, 8 * per_counter)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(sample_type: u64) -> Attributes {
        Attributes { sample_type, user_registers: 0x1c0, ..Attributes::default() }
    }

    fn bytes(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    const DWARF: u64 = sample_type::IP
        | sample_type::TID
        | sample_type::TIME
        | sample_type::PERIOD
        | sample_type::CALLCHAIN
        | sample_type::REGS_USER
        | sample_type::STACK_USER;

    #[test]
    fn a_sample_with_a_stack() {
        // ip, pid 5 and tid 6, time, period, two words of call chain, ABI, bp sp ip, 16 bytes of
        // stack of which 8 are used.
        let body = bytes(&[
            0x11,
            6 << 32 | 5,
            99,
            1000,
            2,
            0xf0,
            0xf1,
            2,
            0xb0,
            0x5000,
            0x1234,
            16,
            77,
            88,
            8,
        ]);
        let sample = Sample::parse(&event(DWARF), &body).unwrap();
        assert_eq!((sample.ip, sample.pid, sample.tid, sample.time), (0x11, 5, 6, 99));
        assert_eq!(sample.period, Some(1000));
        assert_eq!(words(sample.callchain).collect::<Vec<_>>(), [0xf0, 0xf1]);
        let (registers, stack) = sample.user(&event(DWARF), Architecture::X86_64).unwrap();
        assert_eq!(registers, Registers { pc: 0x1234, sp: 0x5000, fp: 0xb0, lr: 0 });
        assert_eq!((stack.start, stack.bytes), (0x5000, bytes(&[77]).as_slice()));
        assert!(sample.user(&event(DWARF), Architecture::Aarch64).is_none());
        for length in 0..body.len() {
            assert!(Sample::parse(&event(DWARF), &body[..length]).is_none(), "{length}");
        }
    }

    #[test]
    fn lengths_that_overflow_are_damage() {
        let chain = event(sample_type::CALLCHAIN);
        for count in [u64::MAX, u64::MAX / 8 + 1, 1 << 32, 2] {
            assert!(Sample::parse(&chain, &bytes(&[count, 0])).is_none());
        }
        let stack = event(sample_type::STACK_USER);
        for size in [u64::MAX, 1 << 32, 17] {
            assert!(Sample::parse(&stack, &bytes(&[size, 0, 0])).is_none());
        }
    }

    #[test]
    fn more_used_than_copied_is_what_was_copied() {
        let event = event(sample_type::STACK_USER);
        let body = bytes(&[8, 77, u64::MAX]);
        assert_eq!(Sample::parse(&event, &body).unwrap().stack, bytes(&[77]));
    }

    #[test]
    fn ids_of_events() {
        let body = bytes(&[1, 2, 3, 4, 5]);
        assert_eq!(event_id(&event(sample_type::IDENTIFIER | DWARF), &body), Some(1));
        assert_eq!(event_id(&event(sample_type::ID | DWARF), &body), Some(4));
        assert_eq!(event_id(&event(DWARF), &body), None);
    }

    #[test]
    fn counters_are_skipped() {
        // A group of two counters with ids, and both times.
        let body = bytes(&[2, 10, 11, 1, 91, 2, 92, 0x77]);
        let mut cursor = Cursor(&body);
        skip_counts(0b1111, &mut cursor).unwrap();
        assert_eq!(cursor.u64(), Some(0x77));
        // One counter with id and lost samples, as perf 6 asks for.
        let mut cursor = Cursor(&body);
        skip_counts(0b1_0100, &mut cursor).unwrap();
        assert_eq!(cursor.u64(), Some(1));
    }
}
