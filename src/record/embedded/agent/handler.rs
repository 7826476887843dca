//! The handler: takes one sample, and nothing more.

use core::ffi::c_void;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::kernel::{THREAD_CPU, call, clock, number, own_tid};
use super::layout::{lane, slot};
use super::ring::{LANE, PERIOD, PID, STACK_BYTES, Slot, word};
use super::threads::{BLOCKED, THREADS};

/// What tells our signals from others.
pub(crate) const MARK: u32 = 0x5eed_9e4f;

/// The beginning of `siginfo_t` as far as it is needed.
#[repr(C)]
pub(crate) struct Info {
    pub(crate) signal: i32,
    pub(crate) error: i32,
    pub(crate) code: i32,
    pub(crate) _padding: i32,
    pub(crate) pid: u32,
    pub(crate) uid: u32,
    pub(crate) index: u32,
    pub(crate) mark: u32,
    pub(crate) _rest: [u64; 12],
}

pub(crate) const SI_QUEUE: i32 = -1;

/// The interrupted registers: instruction, stack, frame, link.
///
/// # Safety
/// `context` is what the kernel gave to a handler.
#[inline(always)]
pub(crate) unsafe fn registers(context: *const c_void) -> [u64; 4] {
    // SAFETY: offsets are those of `ucontext_t` in the kernel's interface.
    let at = |offset: usize| unsafe { context.byte_add(offset).cast::<u64>().read() };
    #[cfg(target_arch = "x86_64")]
    // `uc_mcontext` is at 40: r8 … r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip.
    return [at(40 + 16 * 8), at(40 + 15 * 8), at(40 + 10 * 8), 0];
    #[cfg(target_arch = "aarch64")]
    // `uc_mcontext` is at 176: fault address, x0 … x30, sp, pc.
    return [at(184 + 32 * 8), at(184 + 31 * 8), at(184 + 29 * 8), at(184 + 30 * 8)];
}

/// Makes a call once more that the signal ended. The kernel does so itself, but for calls that
/// wait for a time or for one of many things: those end with `EINTR`. As only threads that run get
/// a signal, the wait has just begun.
///
/// # Safety
/// `context` is what the kernel gave to a handler.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) unsafe fn repeat_call(context: *mut c_void) {
    /// `poll`, `select`, `nanosleep`, `futex`, `clock_nanosleep`, `epoll_wait`, `pselect6`,
    /// `ppoll`, `epoll_pwait`.
    const CALLS: [u32; 9] = [7, 23, 35, 202, 230, 232, 270, 271, 281];
    const LENGTH: u64 = 7;
    const PAGE: u64 = super::layout::PAGE as u64;
    // SAFETY: offsets are those of `ucontext_t` in the kernel's interface.
    let (result, next) = unsafe {
        (context.byte_add(40 + 13 * 8).cast::<isize>(), context.byte_add(40 + 16 * 8).cast::<u64>())
    };
    // SAFETY: as above.
    let (result, place) = unsafe { (result.read(), next.read()) };
    // Within the page that the thread is about to run.
    if result != super::kernel::EINTR || place % PAGE < LENGTH {
        return;
    }
    let before = (place - LENGTH) as *const [u8; 7];
    // SAFETY: code that runs can be read on this processor.
    let code = unsafe { before.read_unaligned() };
    // mov eax, number; syscall
    if let [0xb8, a, b, c, d, 0x0f, 0x05] = code
        && CALLS.contains(&u32::from_le_bytes([a, b, c, d]))
    {
        // SAFETY: as above.
        unsafe { next.write(place - LENGTH) };
    }
}

/// Nothing: the first argument of the call is lost on this processor.
///
/// # Safety
/// None is needed.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub(crate) unsafe fn repeat_call(_: *mut c_void) {}

pub(crate) extern "C" fn handle(_signal: i32, info: *const Info, context: *mut c_void) {
    // SAFETY: the kernel gives a `siginfo_t`.
    let info = unsafe { &*info };
    if info.code != SI_QUEUE || info.mark != MARK {
        // Somebody else's; nothing is what happens without a handler.
        return;
    }
    let lane = LANE.load(Acquire);
    let Some(thread) = THREADS.get(info.index as usize) else { return };
    let tid = own_tid();
    if lane.is_null() || thread.tid.load(Relaxed) != tid {
        return;
    }
    let now = clock(THREAD_CPU).unwrap_or(0);
    let mut weight = now.wrapping_sub(thread.sampled.load(Relaxed));
    if thread.age.load(Relaxed) >= BLOCKED {
        // The thread blocked the signal for a while. What it did then is not known, and not this.
        let period = PERIOD.load(Relaxed).max(1);
        let lost = weight / period;
        weight = weight.min(period);
        // SAFETY: a word of the lane's first page.
        unsafe { word(lane, lane::LOST) }.fetch_add(lost.saturating_sub(1), Relaxed);
    }
    // SAFETY: the kernel gives the context.
    let registers = unsafe { registers(context) };
    if let Some(mut slot) = Slot::take(lane) {
        slot.put(slot::KIND, slot::SAMPLE);
        slot.put(slot::THREAD, tid);
        slot.put(slot::PART, 0_u32);
        slot.put(slot::WEIGHT, weight.wrapping_add(thread.extra.swap(0, Relaxed)));
        slot.put(slot::REGISTERS, registers);
        slot.put(slot::NAME, [thread.name[0].load(Relaxed), thread.name[1].load(Relaxed)]);
        // The kernel copies, because it stops where memory ends instead of faulting.
        let bytes = STACK_BYTES.load(Relaxed);
        // SAFETY: a slot has that many bytes behind its header.
        let target = [unsafe { slot.start.add(slot::HEADER) } as usize, bytes];
        let source = [registers[1] as usize, bytes];
        let [to, from] = [target.as_ptr() as usize, source.as_ptr() as usize];
        let pid = PID.load(Relaxed) as usize;
        // SAFETY: the kernel writes into the slot only.
        let copied = unsafe { call(number::PROCESS_VM_READV, [pid, to, 1, from, 1, 0]) };
        slot.put(slot::LENGTH, copied.max(0) as u32);
        slot.hand_over();
    }
    // SAFETY: the kernel gives the context.
    unsafe { repeat_call(context) };
    thread.pc.store(registers[0], Relaxed);
    thread.samples.fetch_add(1, Relaxed);
    thread.new.store(0, Relaxed);
    // The time that this took is nobody's.
    thread.sampled.store(clock(THREAD_CPU).unwrap_or(now), Relaxed);
    thread.pending.store(0, Release);
}
