//! The thread that decides which threads get a signal, and when.

use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::handler::{Info, MARK, SI_QUEUE};
use super::kernel::{
    EAGAIN, ESRCH, MONOTONIC, PROCESS_CPU, call, clock, close, cpu_clock, map, number, open,
    own_pid, own_tid, sleep_until,
};
use super::layout::{self, PAGE, lane, region};
use super::listing::runs;
use super::mappings::Mappings;
use super::ring::{LANE, PERIOD, PID, SLOTS, STACK_BYTES, word};
use super::signals::{is_ours, take_signal};
use super::text::{name, named, variable};
use super::threads::{MOST, THREADS, Thread};

pub(crate) struct Sampler {
    pub(crate) pid: u32,
    pub(crate) tid: u32,
    pub(crate) uid: u32,
    pub(crate) lane: *mut u8,
    pub(crate) lane_size: usize,
    pub(crate) populated: usize,
    pub(crate) period: u64,
    pub(crate) signal: usize,
    /// Entries in use, in the order of the directory.
    pub(crate) order: [u16; MOST],
    pub(crate) count: usize,
    pub(crate) next_scan: u64,
    /// CPU time of the process that samples or live threads account for, beyond their clocks.
    pub(crate) accounted: i64,
    pub(crate) mappings: Mappings,
}

/// Big values live in the sampler's memory, not on its small stack.
pub(crate) static mut SAMPLER: Sampler = Sampler {
    pid: 0,
    tid: 0,
    uid: 0,
    lane: core::ptr::null_mut(),
    lane_size: 0,
    populated: 0,
    period: 0,
    signal: 0,
    order: [0; MOST],
    count: 0,
    next_scan: 0,
    accounted: 0,
    mappings: Mappings { ranges: [(0, 0); 256], count: 0, hash: 0, number: 0, next: 0, soon: 0 },
};

impl Sampler {
    pub(crate) fn new() -> Option<&'static mut Self> {
        let mut path = [0; 4096];
        let length = variable(&mut path)?;
        let path = path.get(..length)?;
        let pid = own_pid();
        let started = clock(MONOTONIC)?;

        let file = open(path, true);
        if file < 0 {
            return None;
        }
        let header = map(PAGE, file, 0)?;
        // SAFETY: the page is mapped, or the file is too short and none of ours; see below.
        let config = |index| unsafe { word(header, index) }.load(Relaxed);
        if config(region::MAGIC) != layout::MAGIC {
            return None;
        }
        let [period, stack, lane_size, lanes] =
            [region::PERIOD, region::STACK, region::LANE, region::LANES].map(config);
        let (stack, lane_size) = (stack as usize, lane_size as usize);
        let most = (PAGE / 8 - region::OWNERS) as u64;
        if period == 0 || stack % 8 != 0 || lane_size % PAGE != 0 || lanes > most {
            return None;
        }
        // All lanes may be taken for a moment by processes that ended.
        let index = loop {
            let free = (0..lanes as usize).find(|&lane| {
                // SAFETY: there are that many words in the page.
                let owner = unsafe { word(header, region::OWNERS + lane) };
                owner.compare_exchange(0, u64::from(pid), AcqRel, Relaxed).is_ok()
            });
            match free {
                Some(lane) => break lane,
                None => sleep_until(clock(MONOTONIC)? + 2_000_000),
            }
        };
        let lane = map(lane_size, file, PAGE + index * lane_size)?;
        close(file);
        // SAFETY: mapped above.
        unsafe { call(number::MUNMAP, [header as usize, PAGE, 0, 0, 0, 0]) };

        // SAFETY: there is one sampler in a process.
        let this = unsafe { &mut *(&raw mut SAMPLER) };
        this.pid = pid;
        this.tid = own_tid();
        // SAFETY: without preconditions.
        this.uid = unsafe { call(number::GETUID, [0; 6]) as u32 };
        this.lane = lane;
        this.lane_size = lane_size;
        this.populated = 0;
        this.period = period;
        this.next_scan = 0;
        this.mappings.count = 0;
        this.mappings.hash = 0;
        this.mappings.next = 0;
        // In the child of a fork these are the parent's. The table is large: what was never used
        // is not touched.
        for &index in this.order.get(..this.count).unwrap_or_default() {
            if let Some(thread) = THREADS.get(index as usize) {
                thread.tid.store(0, Relaxed);
            }
        }
        this.count = 0;
        PERIOD.store(period, Relaxed);
        STACK_BYTES.store(stack, Relaxed);
        SLOTS.store(layout::slots(lane_size, stack), Relaxed);
        PID.store(pid, Relaxed);
        let [low, high] = name(b"/proc/self/comm\0");
        // SAFETY: words of the lane's first page.
        unsafe {
            word(lane, lane::NAME).store(low, Relaxed);
            word(lane, lane::NAME + 1).store(high, Relaxed);
        }
        // Whether stacks can be copied at all here.
        let (mut copy, own) = (0_u64, MARK as u64);
        let target = [core::ptr::from_mut(&mut copy) as usize, 8];
        let source = [core::ptr::from_ref(&own) as usize, 8];
        let [to, from] = [target.as_ptr() as usize, source.as_ptr() as usize];
        // SAFETY: eight bytes are copied from one variable to another.
        let copied = unsafe { call(number::PROCESS_VM_READV, [pid as usize, to, 1, from, 1, 0]) };
        // SAFETY: a word of the lane's first page.
        let state = unsafe { word(lane, lane::STATE) };
        if copied != 8 {
            state.store(lane::REFUSED + copied.unsigned_abs() as u64, Release);
            return None;
        }
        let Some(signal) = take_signal() else {
            state.store(lane::REFUSED, Release);
            return None;
        };
        this.signal = signal;
        // In the child of a fork and after an exec, the process's clock has a history.
        let main = clock(cpu_clock(pid)).unwrap_or(0);
        this.accounted = clock(PROCESS_CPU).unwrap_or(0).wrapping_sub(main) as i64;
        this.phase(started);
        this.write_mappings(started);
        LANE.store(lane, Release);
        state.store(lane::READY, Release);
        Some(this)
    }

    /// Chooses when ticks are, at random, so that processes that end soon are not all seen at the
    /// same moments.
    pub(crate) fn phase(&mut self, started: u64) {
        let mut mixed = started ^ (u64::from(self.pid) << 32);
        mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let phase = (mixed >> 32) % self.period;
        self.next_scan = started + phase;
    }

    pub(crate) fn run(&mut self) {
        let mut next = self.next_scan;
        // A first sample stands for a whole period, as any: a process that ends within one is
        // seen by as many ticks as its length has of it.
        let early =
            self.period.saturating_sub(next.saturating_sub(clock(MONOTONIC).unwrap_or(next)));
        self.scan(0);
        for &index in self.order.get(..self.count).unwrap_or_default() {
            let Some(thread) = THREADS.get(index as usize) else { continue };
            let now = clock(cpu_clock(thread.tid.load(Relaxed))).unwrap_or(0);
            thread.seen.store(now, Relaxed);
            thread.sampled.store(now.wrapping_sub(early), Relaxed);
            thread.new.store(0, Relaxed);
        }
        loop {
            sleep_until(next);
            let Some(now) = clock(MONOTONIC) else { return };
            // Ticks that are missed are missed; samples weigh what they stand for.
            let missed = now.saturating_sub(next) / self.period;
            next += (missed + 1) * self.period;
            if !is_ours(self.signal) {
                match take_signal() {
                    Some(signal) => self.signal = signal,
                    None => return,
                }
            }
            self.tick(now);
        }
    }

    pub(crate) fn tick(&mut self, now: u64) {
        if now >= self.next_scan {
            self.scan(now);
        }
        self.populate();
        let many = self.count > 64;
        let tick = (now / self.period) as u32;
        let (mut moved, mut unseen, mut strange) = (false, None, false);
        for position in 0..self.count {
            let index = self.order.get(position).copied().unwrap_or(0);
            let Some(thread) = THREADS.get(index as usize) else { continue };
            let idle = thread.idle.load(Relaxed);
            // With many threads, those that sleep are looked at less often.
            let every = if !many || idle < 16 {
                1
            } else if idle < 256 {
                4
            } else {
                16
            };
            if tick.wrapping_add(u32::from(index)) % every != 0 {
                continue;
            }
            let tid = thread.tid.load(Relaxed);
            let Some(cpu) = clock(cpu_clock(tid)) else { continue };
            if thread.seen.swap(cpu, Relaxed) == cpu {
                thread.idle.store(idle.saturating_add(1), Relaxed);
                continue;
            }
            thread.idle.store(0, Relaxed);
            moved = true;
            if thread.pending.load(Acquire) != 0 {
                // Blocked by the thread; or lost, where the kernel had no memory for it.
                let age = thread.age.load(Relaxed).saturating_add(1);
                thread.age.store(age, Relaxed);
                if age % 64 != 0 {
                    continue;
                }
            }
            strange |= !self.is_known(thread.pc.load(Relaxed));
            let mut due = cpu.wrapping_sub(thread.sampled.load(Relaxed)) as i64;
            if thread.new.load(Relaxed) != 0 {
                let unseen = *unseen.get_or_insert_with(|| self.unseen());
                due = due.saturating_add(unseen.max(0));
            }
            if due < self.period as i64 / 2 || !runs(thread, tid) {
                continue;
            }
            if thread.new.load(Relaxed) != 0
                && let Some(left) = &mut unseen
            {
                // What threads used that ended unseen goes to those that were seen in time.
                let part = (*left).clamp(0, 16 * self.period as i64);
                thread.extra.fetch_add(part as u64, Relaxed);
                self.accounted += part;
                *left -= part;
            }
            self.send(thread, tid, index);
        }
        if (strange && now >= self.mappings.soon) || now >= self.mappings.next {
            if moved {
                self.write_mappings(now);
                let left = self.unseen().max(0) as u64;
                // SAFETY: a word of the lane's first page.
                unsafe { word(self.lane, lane::UNSEEN) }.store(left, Relaxed);
            }
        }
    }

    /// CPU time of threads that ended before a sample could be taken, in ns; at most what it is.
    pub(crate) fn unseen(&self) -> i64 {
        // Asked first, so that what threads use meanwhile does not count.
        let process = clock(PROCESS_CPU).unwrap_or(0) as i64;
        let mut known = clock(cpu_clock(self.tid)).unwrap_or(0) as i64;
        for &index in self.order.get(..self.count).unwrap_or_default() {
            if let Some(thread) = THREADS.get(index as usize) {
                let now = clock(cpu_clock(thread.tid.load(Relaxed)));
                let now = now.unwrap_or_else(|| thread.sampled.load(Relaxed));
                known = known.wrapping_add(now as i64);
            }
        }
        process.wrapping_sub(known).wrapping_sub(self.accounted)
    }

    pub(crate) fn send(&self, thread: &Thread, tid: u32, index: u16) {
        let samples = thread.samples.load(Relaxed);
        if samples >= thread.named.load(Relaxed) {
            let [low, high] = named(tid);
            thread.name[0].store(low, Relaxed);
            thread.name[1].store(high, Relaxed);
            thread.named.store(samples.saturating_add(1).saturating_mul(4), Relaxed);
        }
        if thread.pending.swap(1, AcqRel) == 0 {
            thread.age.store(0, Relaxed);
        }
        let info = Info {
            signal: self.signal as i32,
            error: 0,
            code: SI_QUEUE,
            _padding: 0,
            pid: self.pid,
            uid: self.uid,
            index: u32::from(index),
            mark: MARK,
            _rest: [0; 12],
        };
        let at = core::ptr::from_ref(&info) as usize;
        let [pid, tid] = [self.pid as usize, tid as usize];
        // SAFETY: the kernel copies what it is given.
        let sent = unsafe { call(number::RT_TGSIGQUEUEINFO, [pid, tid, self.signal, at, 0, 0]) };
        if sent == ESRCH || sent == EAGAIN {
            thread.pending.store(0, Relaxed);
        }
    }

    /// Makes the memory of the next samples present, so that handlers do not wait for it.
    pub(crate) fn populate(&mut self) {
        const AHEAD: usize = 512 << 10;
        const POPULATE_WRITE: usize = 23;
        if self.populated >= self.lane_size {
            return;
        }
        let size = layout::slot_size(STACK_BYTES.load(Relaxed));
        // SAFETY: a word of the lane's first page.
        let head = unsafe { word(self.lane, lane::HEAD) }.load(Relaxed);
        let needed =
            PAGE.saturating_add((head as usize).saturating_mul(size)).saturating_add(AHEAD);
        if self.populated >= needed {
            return;
        }
        let end = (self.populated + AHEAD).min(self.lane_size);
        // SAFETY: a part of the lane; a kernel that does not know this changes nothing.
        unsafe {
            let start = self.lane.add(self.populated) as usize;
            call(number::MADVISE, [start, end - self.populated, POPULATE_WRITE, 0, 0, 0]);
        }
        self.populated = end;
    }
}
