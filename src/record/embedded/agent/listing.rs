//! Which threads there are, and which of them run.

use core::sync::atomic::Ordering::{Relaxed, Release};

use super::kernel::{MONOTONIC, call, clock, close, cpu_clock, number, open, read_start};
use super::sampler::Sampler;
use super::text::{number_at, path_of, task_path};
use super::threads::{THREADS, Thread};

impl Sampler {
    /// Brings the list of threads up to date.
    pub(crate) fn scan(&mut self, now: u64) {
        let directory = open(b"/proc/self/task\0", false);
        if directory < 0 {
            return;
        }
        for &index in self.order.get(..self.count).unwrap_or_default() {
            if let Some(thread) = THREADS.get(index as usize) {
                thread.alive.store(0, Relaxed);
            }
        }
        let mut buffer = [0_u8; 8192];
        // The kernel lists threads in the order of their making, as the list before did.
        let (mut at, mut free) = (0, 0);
        let before = self.count;
        loop {
            let start = buffer.as_mut_ptr() as usize;
            let length = buffer.len();
            // SAFETY: the kernel writes into the buffer.
            let count =
                unsafe { call(number::GETDENTS64, [directory as usize, start, length, 0, 0, 0]) };
            if count <= 0 {
                break;
            }
            let mut rest = buffer.get(..count as usize).unwrap_or_default();
            // `struct linux_dirent64`: inode, offset, length of the entry, type, name.
            while let Some(&[low, high]) = rest.get(16..18) {
                let size = usize::from(u16::from_le_bytes([low, high]));
                let tid = rest.get(19..size).map_or(0, number_at);
                rest = match rest.get(size..) {
                    Some(rest) if size > 19 => rest,
                    _ => break,
                };
                if tid != 0 && tid != self.tid {
                    self.meet(tid, before, &mut at, &mut free);
                }
            }
        }
        close(directory);
        self.forget();
        if now != 0 {
            // No more than half a hundredth of a CPU goes into looking for threads.
            let spent = clock(MONOTONIC).unwrap_or(now).saturating_sub(now);
            self.next_scan = now + (200 * spent).max(self.period / 2);
        }
    }

    /// A thread that the directory lists.
    pub(crate) fn meet(&mut self, tid: u32, before: usize, at: &mut usize, free: &mut usize) {
        let is = |position: usize| {
            let index = self.order.get(position).copied().unwrap_or(0);
            THREADS.get(index as usize).filter(|thread| thread.tid.load(Relaxed) == tid)
        };
        let mut found = None;
        for position in (*at..before).chain(0..(*at).min(before)) {
            if let Some(thread) = is(position) {
                *at = position + 1;
                found = Some(thread);
                break;
            }
        }
        if let Some(thread) = found {
            thread.alive.store(1, Relaxed);
            return;
        }
        while let Some(thread) = THREADS.get(*free) {
            *free += 1;
            if thread.tid.load(Relaxed) != 0 {
                continue;
            }
            let Some(place) = self.order.get_mut(self.count) else { return };
            *place = (*free - 1) as u16;
            self.count += 1;
            for zero in [&thread.seen, &thread.sampled, &thread.extra, &thread.pc] {
                zero.store(0, Relaxed);
            }
            thread.pending.store(0, Relaxed);
            thread.age.store(0, Relaxed);
            thread.new.store(1, Relaxed);
            thread.alive.store(1, Relaxed);
            thread.named.store(0, Relaxed);
            thread.samples.store(0, Relaxed);
            thread.stat.store(0, Relaxed);
            thread.idle.store(0, Relaxed);
            thread.tid.store(tid, Release);
            return;
        }
    }

    /// Removes threads that ended.
    pub(crate) fn forget(&mut self) {
        let mut kept = 0;
        for position in 0..self.count {
            let index = self.order.get(position).copied().unwrap_or(0);
            let Some(thread) = THREADS.get(index as usize) else { continue };
            if thread.alive.load(Relaxed) != 0 {
                if let Some(place) = self.order.get_mut(kept) {
                    *place = index;
                    kept += 1;
                }
                continue;
            }
            // What its samples stood for is accounted for; the rest is unseen.
            let sampled = thread.sampled.load(Relaxed) as i64;
            self.accounted = self.accounted.wrapping_add(sampled);
            self.accounted = self.accounted.wrapping_sub(thread.extra.swap(0, Relaxed) as i64);
            let stat = thread.stat.swap(0, Relaxed);
            if stat > 0 {
                close(stat as isize - 1);
            }
            thread.tid.store(0, Release);
        }
        self.count = kept;
    }
}

/// Whether a thread runs or is about to, rather than waits for something.
pub(crate) fn runs(thread: &Thread, tid: u32) -> bool {
    // Its clock goes on while it runs on another CPU.
    if clock(cpu_clock(tid)).is_some_and(|now| now != thread.seen.load(Relaxed)) {
        return true;
    }
    let mut stat = thread.stat.load(Relaxed) as isize - 1;
    if stat < 0 {
        let mut path = [0_u8; 40];
        task_path(&mut path, tid, b"/stat\0");
        stat = open(&path_of(&path), false);
        if stat < 0 {
            return false;
        }
        thread.stat.store(stat as u32 + 1, Relaxed);
    }
    let mut text = [0_u8; 48];
    let length = read_start(stat, &mut text).max(0) as usize;
    let text = text.get(..length).unwrap_or_default();
    // `tid (name) R …`, and a name may hold anything.
    let behind = text.iter().rposition(|&byte| byte == b')');
    behind.and_then(|at| text.get(at + 2)) == Some(&b'R')
}
