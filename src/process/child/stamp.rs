//! When a child called `exec`, told by the child itself.
//!
//! The parent cannot see it: forking takes longer the more memory the parent has, which is noise
//! in the time of a short process.

use std::io;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

/// A page shared with a child, and the time at which it was made.
#[derive(Debug)]
pub(super) struct Stamp {
    page: NonNull<libc::timespec>,
    made: Instant,
    made_raw: Duration,
}

/// The child's side of a [`Stamp`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(NonNull<libc::timespec>);

// SAFETY: it is only written to in the forked child, where there is one thread.
unsafe impl Send for Mark {}
// SAFETY: as above.
unsafe impl Sync for Mark {}

impl Stamp {
    pub(super) fn new() -> io::Result<Self> {
        let size = size_of::<libc::timespec>();
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_SHARED | libc::MAP_ANON;
        // SAFETY: a new mapping, chosen by the kernel, zeroed: valid for a `timespec`.
        let page = unsafe { libc::mmap(std::ptr::null_mut(), size, access, kind, -1, 0) };
        if page == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let page = NonNull::new(page.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        let made = Instant::now();
        Ok(Self { page, made, made_raw: duration(now()) })
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.page)
    }

    /// When the child set its mark. To be called when `exec` is known to have happened.
    pub(super) fn time(&self) -> Instant {
        // SAFETY: the page is mapped as long as `self` exists, and the child, the only writer,
        // has replaced its memory.
        let marked = unsafe { self.page.as_ptr().read_volatile() };
        self.made + duration(marked).saturating_sub(self.made_raw)
    }
}

impl Drop for Stamp {
    fn drop(&mut self) {
        // SAFETY: mapped by `new` with this size; the children that have it too have copies.
        unsafe { libc::munmap(self.page.as_ptr().cast(), size_of::<libc::timespec>()) };
    }
}

impl Mark {
    /// Notes the time. Async-signal-safe.
    ///
    /// # Safety
    ///
    /// The [`Stamp`] must exist, or must have existed when this process was forked; nobody else
    /// may be writing or reading.
    pub(super) unsafe fn set(self) {
        // SAFETY: as the caller promises, the mapping is there.
        unsafe { self.0.as_ptr().write_volatile(now()) };
    }
}

fn now() -> libc::timespec {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the reference outlives the call, which cannot fail for this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time
}

fn duration(time: libc::timespec) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_lies_between_what_was_before_and_after() {
        let before = Instant::now();
        let stamp = Stamp::new().unwrap();
        std::thread::sleep(Duration::from_millis(20));
        // SAFETY: `stamp` exists, and this is the only thread that knows it.
        unsafe { stamp.mark().set() };
        let after = Instant::now();
        let time = stamp.time();
        assert!(
            time >= before + Duration::from_millis(19) && time <= after + Duration::from_millis(1)
        );
    }

    #[test]
    fn without_a_mark_it_is_the_beginning() {
        let stamp = Stamp::new().unwrap();
        assert_eq!(stamp.time(), stamp.made);
    }
}
