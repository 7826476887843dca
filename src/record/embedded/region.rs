//! The shared memory, seen by who drains it.
//!
//! Everything in it may have been written by a process that went wrong: every length is compared
//! with what a slot holds, and all reading is by atomic words, so that a value is checked on the
//! copy that is used. The file is sealed: nobody can make it shorter under us.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use memmap2::{MmapOptions, MmapRaw};

use super::layout::{self, PAGE, lane, region, slot};

/// Size of a lane: at 997 samples a second of 16 KiB, a thread fills it in a second, and the
/// memory is used only as far as it is filled.
const LANE: usize = 16 << 20;
/// Processes that can be sampled at a time; others wait for a lane.
const LANES: usize = 64;

/// The memory, and how far each lane was read.
pub(super) struct Region {
    file: File,
    memory: MmapRaw,
    stack: usize,
    slots: u64,
}

/// What a lane's process says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counters {
    /// Slots that it took so far.
    pub(super) head: u64,
    /// Samples for which there was no slot.
    pub(super) lost: u64,
    /// CPU time that no sample stands for, in ns.
    pub(super) unseen: u64,
    /// See [`lane::STATE`].
    pub(super) state: u64,
    /// The process's name.
    pub(super) name: [u64; 2],
}

impl Region {
    /// Memory for samples every `period` ns with copies of `stack` bytes.
    pub(super) fn new(period: u64, stack: usize) -> io::Result<Self> {
        let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
        // SAFETY: the name ends with a zero.
        let file = unsafe { libc::memfd_create(c"perfbase-samples".as_ptr(), flags) };
        if file < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it was just opened and is nobody else's.
        let file = unsafe { File::from_raw_fd(file) };
        let length = PAGE + LANES * LANE;
        file.set_len(length as u64)?;
        let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        // SAFETY: no memory is involved.
        if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let memory = MmapOptions::new().len(length).map_raw(&file)?;
        let slots = layout::slots(LANE, stack) as u64;
        let this = Self { file, memory, stack, slots };
        this.word(region::PERIOD * 8).store(period, Relaxed);
        this.word(region::STACK * 8).store(stack as u64, Relaxed);
        this.word(region::LANE * 8).store(LANE as u64, Relaxed);
        this.word(region::LANES * 8).store(LANES as u64, Relaxed);
        this.word(region::MAGIC * 8).store(layout::MAGIC, Release);
        Ok(this)
    }

    /// The path by which processes of this user open the memory while this one lives.
    pub(super) fn path(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.file.as_raw_fd())
    }

    /// The numbers of all lanes.
    pub(super) fn lanes() -> std::ops::Range<usize> {
        0..LANES
    }

    /// The word at a multiple of 8 bytes.
    fn word(&self, offset: usize) -> &AtomicU64 {
        assert!(offset.is_multiple_of(8) && offset + 8 <= self.memory.len(), "inside the memory");
        // SAFETY: inside the mapping, which lives as long as `self` and whose file cannot shrink;
        // aligned, as mappings are to pages; and both sides use it as an atomic only.
        unsafe { AtomicU64::from_ptr(self.memory.as_mut_ptr().add(offset).cast()) }
    }

    fn start(lane: usize) -> usize {
        PAGE + lane * LANE
    }

    fn slot(&self, lane: usize, position: u64) -> usize {
        let index = (position % self.slots) as usize;
        Self::start(lane) + PAGE + index * layout::slot_size(self.stack)
    }

    /// The process that uses a lane.
    pub(super) fn owner(&self, lane: usize) -> Option<u32> {
        let owner = self.word((region::OWNERS + lane) * 8).load(Acquire);
        u32::try_from(owner).ok().filter(|&pid| pid != 0)
    }

    /// What the process of a lane says.
    pub(super) fn counters(&self, lane: usize) -> Counters {
        let get = |index: usize| self.word(Self::start(lane) + index * 8).load(Acquire);
        Counters {
            head: get(lane::HEAD),
            lost: get(lane::LOST),
            unseen: get(lane::UNSEEN),
            state: get(lane::STATE),
            name: [get(lane::NAME), get(lane::NAME + 1)],
        }
    }

    /// Appends the record at `position` of a lane to `bytes` and frees its slot; `None` when it is
    /// not filled yet.
    pub(super) fn take(&self, lane: usize, position: u64, bytes: &mut Vec<u8>) -> Option<()> {
        let start = self.slot(lane, position);
        let turn = self.word(start + slot::TURN);
        let filled = 2 * (position / self.slots) + 1;
        if turn.load(Acquire) != filled {
            return None;
        }
        let before = bytes.len();
        let mut copy = |from: usize, to: usize| {
            for offset in (from..to).step_by(8) {
                let word = self.word(start + offset).load(Relaxed);
                bytes.extend_from_slice(&word.to_ne_bytes());
            }
        };
        copy(slot::RECORD, slot::HEADER);
        // Kind and length are the first word behind the turn.
        let length = (self.word(start + slot::KIND).load(Relaxed) >> 32) as usize;
        let length = length.min(self.stack);
        copy(slot::HEADER, slot::HEADER + length.next_multiple_of(8));
        // The record says what was used.
        let stated = before + slot::LENGTH - slot::RECORD;
        bytes[stated..stated + 4].copy_from_slice(&(length as u32).to_ne_bytes());
        bytes.truncate(before + slot::HEADER - slot::RECORD + length);
        turn.store(filled + 1, Release);
        Some(())
    }

    /// Makes a lane as new for another process.
    pub(super) fn free(&self, lane: usize) -> io::Result<()> {
        let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        let (start, length) = (Self::start(lane) as libc::off_t, LANE as libc::off_t);
        // SAFETY: a part of our own file; mappings of it read zeros afterwards.
        if unsafe { libc::fallocate(self.file.as_raw_fd(), mode, start, length) } != 0 {
            return Err(io::Error::last_os_error());
        }
        self.word((region::OWNERS + lane) * 8).store(0, Release);
        Ok(())
    }

    /// How many slots a lane has.
    pub(super) fn slots(&self) -> u64 {
        self.slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Region {
        /// Fills the next slot of a lane, as an agent would.
        pub(super) fn fill(&self, lane: usize, kind: u32, length: u32, payload: &[u8]) {
            let head = self.word(Self::start(lane) + lane::HEAD * 8).fetch_add(1, Relaxed);
            let start = self.slot(lane, head);
            self.word(start + slot::KIND).store(u64::from(kind) | u64::from(length) << 32, Relaxed);
            for (index, word) in payload.chunks_exact(8).enumerate() {
                let word = u64::from_ne_bytes(word.try_into().unwrap());
                self.word(start + slot::HEADER + index * 8).store(word, Relaxed);
            }
            self.word(start + slot::TURN).store(2 * (head / self.slots) + 1, Release);
        }

        /// Makes a process the owner of a lane.
        pub(super) fn claim(&self, lane: usize, pid: u32) {
            self.word((region::OWNERS + lane) * 8).store(u64::from(pid), Release);
        }
    }

    const RECORD: usize = slot::HEADER - slot::RECORD;

    #[test]
    fn records_go_around_and_come_out_in_order() {
        let region = Region::new(1_000_000, 64 << 10).unwrap();
        let mut bytes = Vec::new();
        assert_eq!(region.take(3, 0, &mut bytes), None);
        for position in 0..3 * region.slots() {
            region.fill(3, slot::SAMPLE, 8, &position.to_ne_bytes());
            bytes.clear();
            region.take(3, position, &mut bytes).unwrap();
            assert_eq!(bytes.len(), RECORD + 8);
            assert_eq!(bytes[RECORD..], position.to_ne_bytes());
            assert_eq!(region.take(3, position, &mut bytes), None, "it was freed");
        }
        assert_eq!(region.counters(3).head, 3 * region.slots());
        region.claim(3, 77);
        assert_eq!(region.owner(3), Some(77));
        region.free(3).unwrap();
        assert_eq!((region.owner(3), region.counters(3)), (None, Counters::default()));
    }

    #[test]
    fn a_length_beyond_the_slot_is_cut() {
        let region = Region::new(1_000_000, 64).unwrap();
        let mut bytes = Vec::new();
        region.fill(0, slot::SAMPLE, u32::MAX, &[7; 64]);
        region.take(0, 0, &mut bytes).unwrap();
        assert_eq!(bytes.len(), RECORD + 64);
        assert_eq!(bytes[4..8], 64_u32.to_ne_bytes());
        // An odd length is what it says.
        region.fill(0, slot::MAPPINGS, 13, &[1; 64]);
        bytes.clear();
        region.take(0, 1, &mut bytes).unwrap();
        assert_eq!(bytes.len(), RECORD + 13);
    }
}
