//! The ring of slots in the shared memory, as its producers see it.

use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};

use super::layout::{self, PAGE, lane};

/// The lane of this process; null while there is none.
pub(crate) static LANE: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
pub(crate) static SLOTS: AtomicUsize = AtomicUsize::new(0);
pub(crate) static STACK_BYTES: AtomicUsize = AtomicUsize::new(0);
pub(crate) static PERIOD: AtomicU64 = AtomicU64::new(0);
pub(crate) static PID: AtomicU32 = AtomicU32::new(0);

/// A word of shared memory.
///
/// # Safety
/// `base` points to shared memory that reaches beyond the word, and stays.
#[inline(always)]
pub(crate) unsafe fn word<'a>(base: *mut u8, index: usize) -> &'a AtomicU64 {
    // SAFETY: as said; pages and slots are aligned to 8 bytes.
    unsafe { AtomicU64::from_ptr(base.add(8 * index).cast()) }
}

/// A slot that was given out: nobody else writes to it until it is handed over.
pub(crate) struct Slot {
    pub(crate) start: *mut u8,
    pub(crate) turn: u64,
}

impl Slot {
    /// The next free slot; `None`, counted, where there is none.
    #[inline(always)]
    pub(crate) fn take(lane: *mut u8) -> Option<Self> {
        let slots = SLOTS.load(Relaxed) as u64;
        if slots == 0 {
            return None;
        }
        let size = layout::slot_size(STACK_BYTES.load(Relaxed));
        // SAFETY: the lane is mapped for the rest of the process's life.
        let head = unsafe { word(lane, lane::HEAD) };
        let mut position = head.load(Relaxed);
        // Bounded, as everything in a handler is. Each turn is lost to another thread's success.
        for _ in 0..64 {
            let (lap, index) = (position / slots, (position % slots) as usize);
            // SAFETY: there are that many slots behind the lane's first page.
            let start = unsafe { lane.add(PAGE + index * size) };
            // SAFETY: a slot begins with its turn.
            let turn = unsafe { word(start, 0) }.load(Acquire);
            if turn == 2 * lap {
                match head.compare_exchange_weak(position, position + 1, Relaxed, Relaxed) {
                    Ok(_) => return Some(Self { start, turn }),
                    Err(now) => position = now,
                }
            } else if turn < 2 * lap {
                // Not read yet since the lap before.
                break;
            } else {
                position = head.load(Relaxed);
            }
        }
        // SAFETY: as above.
        unsafe { word(lane, lane::LOST) }.fetch_add(1, Relaxed);
        None
    }

    #[inline(always)]
    pub(crate) fn put<T>(&mut self, offset: usize, value: T) {
        // SAFETY: callers name offsets of the header.
        unsafe { self.start.add(offset).cast::<T>().write_unaligned(value) };
    }

    /// Gives it to the consumer.
    #[inline(always)]
    pub(crate) fn hand_over(self) {
        // SAFETY: a slot begins with its turn.
        unsafe { word(self.start, 0) }.store(self.turn + 1, Release);
    }
}
