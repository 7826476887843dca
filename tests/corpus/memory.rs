//! Counts what is allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What no small input may make a parser allocate, in bytes at a time.
pub(crate) const LIMIT: usize = 64 << 20;

/// The system's allocator, which counts for each thread.
struct Counting;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn add(bytes: isize) {
    // Not while a thread ends.
    let _ = NOW.try_with(|now| {
        now.set(now.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(now.get())));
    });
}

// SAFETY: everything is passed on to `System` as it is; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size().cast_signed());
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // While it moves, both exist.
        add(size.cast_signed());
        add(-layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        add(-layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that `work` had allocated at a time, in this thread.
pub(crate) fn peak_of(work: impl FnOnce()) -> usize {
    let before = NOW.get();
    PEAK.set(before);
    work();
    usize::try_from(PEAK.get() - before).expect("the peak is never below the start")
}

#[test]
fn the_peak_is_counted() {
    assert_eq!(peak_of(|| ()), 0);
    let peak = peak_of(|| {
        drop(std::hint::black_box(vec![0_u8; 3 << 20]));
        drop(std::hint::black_box(vec![1_u8; 2 << 20]));
    });
    assert!((3 << 20..4 << 20).contains(&peak), "{peak}");
    let peak = peak_of(|| {
        assert!(Vec::<u8>::new().try_reserve_exact(usize::MAX >> 2).is_err());
    });
    assert!(peak >= usize::MAX >> 2, "what is asked for counts, not what is touched: {peak}");
}
