//! The agent: a shared library that samples the process which it is preloaded into.
//!
//! Compiled apart by `build.rs`, without the standard library, and linked with nothing: it works
//! with any C library. A thread of its own does everything but take the samples: it wakes by a
//! monotonic clock, looks which threads run, and sends each of them a signal. The handler copies
//! registers and the top of the stack into a slot of the shared ring and returns.
//!
//! What makes it invisible to the process:
//! * No function of the C library is called but the one that registers a handler for `fork`, once.
//!   The thread is made by the system call, so that the library keeps its fast paths for
//!   processes with one thread.
//! * The thread has a table of file descriptors of its own, and blocks all signals.
//! * Threads that wait are left alone, since signals end some system calls early. The call that a
//!   thread makes just when its signal is under way is made once more where that can be done.
//! * The signal is one that does nothing where no handler is set; so none can kill a process that
//!   resets its handlers, or a program that takes its place.
//! * Whatever fails, the thread ends and the process goes on.

#![no_std]

use core::arch::{asm, global_asm};
use core::ffi::c_void;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};

#[path = "layout.rs"]
#[expect(dead_code, reason = "the recorder needs the rest")]
mod layout;

use layout::{PAGE, lane, region, slot};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // Nothing here panics; what could is checked before. A thread that stands still does no harm.
    loop {
        core::hint::spin_loop();
    }
}

// ---------------------------------------------------------------------------------------------
// The kernel
// ---------------------------------------------------------------------------------------------

#[cfg(target_arch = "x86_64")]
mod number {
    pub const READ: usize = 0;
    pub const CLOSE: usize = 3;
    pub const MMAP: usize = 9;
    pub const MUNMAP: usize = 11;
    pub const RT_SIGACTION: usize = 13;
    pub const RT_SIGPROCMASK: usize = 14;
    pub const RT_SIGRETURN: usize = 15;
    pub const PREAD64: usize = 17;
    pub const MADVISE: usize = 28;
    pub const GETPID: usize = 39;
    pub const CLONE: usize = 56;
    pub const EXIT: usize = 60;
    pub const GETUID: usize = 102;
    pub const PRCTL: usize = 157;
    pub const GETTID: usize = 186;
    pub const GETDENTS64: usize = 217;
    pub const CLOCK_GETTIME: usize = 228;
    pub const CLOCK_NANOSLEEP: usize = 230;
    pub const OPENAT: usize = 257;
    pub const RT_TGSIGQUEUEINFO: usize = 297;
    pub const PROCESS_VM_READV: usize = 310;
    pub const CLOSE_RANGE: usize = 436;
}

#[cfg(target_arch = "aarch64")]
mod number {
    pub const OPENAT: usize = 56;
    pub const CLOSE: usize = 57;
    pub const GETDENTS64: usize = 61;
    pub const READ: usize = 63;
    pub const PREAD64: usize = 67;
    pub const EXIT: usize = 93;
    pub const CLOCK_GETTIME: usize = 113;
    pub const CLOCK_NANOSLEEP: usize = 115;
    pub const RT_SIGACTION: usize = 134;
    pub const RT_SIGPROCMASK: usize = 135;
    pub const RT_SIGRETURN: usize = 139;
    pub const PRCTL: usize = 167;
    pub const GETPID: usize = 172;
    pub const GETUID: usize = 174;
    pub const GETTID: usize = 178;
    pub const MUNMAP: usize = 215;
    pub const CLONE: usize = 220;
    pub const MMAP: usize = 222;
    pub const MADVISE: usize = 233;
    pub const RT_TGSIGQUEUEINFO: usize = 240;
    pub const PROCESS_VM_READV: usize = 270;
    pub const CLOSE_RANGE: usize = 436;
}

/// A system call; a negative result is an error's number.
///
/// # Safety
/// What the call does to memory must be sound.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn call(number: usize, arguments: [usize; 6]) -> isize {
    let result: isize;
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: the registers that the kernel changes are named.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// A system call; a negative result is an error's number.
///
/// # Safety
/// What the call does to memory must be sound.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
unsafe fn call(number: usize, arguments: [usize; 6]) -> isize {
    let result: isize;
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: the kernel changes no register but x0.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") a as isize => result,
            in("x1") b, in("x2") c, in("x3") d, in("x4") e, in("x5") f,
            options(nostack),
        );
    }
    result
}

// What the compiler takes for granted. Hidden, so that nobody else gets them from here.
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".globl memcpy",
    ".hidden memcpy",
    "memcpy:",
    "mov rax, rdi",
    "mov rcx, rdx",
    "rep movsb",
    "ret",
    ".globl memset",
    ".hidden memset",
    "memset:",
    "mov r8, rdi",
    "mov eax, esi",
    "mov rcx, rdx",
    "rep stosb",
    "mov rax, r8",
    "ret",
    ".globl rust_eh_personality",
    ".hidden rust_eh_personality",
    "rust_eh_personality:",
    "ud2",
);

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".globl memcpy",
    ".hidden memcpy",
    "memcpy:",
    "mov x3, x0",
    "1: cbz x2, 2f",
    "ldrb w4, [x1], #1",
    "strb w4, [x3], #1",
    "sub x2, x2, #1",
    "b 1b",
    "2: ret",
    ".globl memset",
    ".hidden memset",
    "memset:",
    "mov x3, x0",
    "1: cbz x2, 2f",
    "strb w1, [x3], #1",
    "sub x2, x2, #1",
    "b 1b",
    "2: ret",
    ".globl rust_eh_personality",
    ".hidden rust_eh_personality",
    "rust_eh_personality:",
    "brk 1",
);

// Where signal handlers return to, and how the fork handler is registered: by the C library's own
// function if it has one (glibc's name, then the standard's), else not at all.
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".weak __register_atfork",
    ".weak pthread_atfork",
    ".globl perfbase_agent_return",
    ".hidden perfbase_agent_return",
    "perfbase_agent_return:",
    "mov eax, {sigreturn}",
    "syscall",
    "ud2",
    ".globl perfbase_agent_atfork",
    ".hidden perfbase_agent_atfork",
    "perfbase_agent_atfork:",
    "mov rdx, rdi",
    "xor edi, edi",
    "xor esi, esi",
    "xor ecx, ecx",
    "mov rax, qword ptr [rip + __register_atfork@GOTPCREL]",
    "test rax, rax",
    "jnz 1f",
    "mov rax, qword ptr [rip + pthread_atfork@GOTPCREL]",
    "test rax, rax",
    "jz 2f",
    "1: jmp rax",
    "2: ret",
    sigreturn = const number::RT_SIGRETURN,
);

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".weak __register_atfork",
    ".weak pthread_atfork",
    ".globl perfbase_agent_return",
    ".hidden perfbase_agent_return",
    "perfbase_agent_return:",
    "mov x8, {sigreturn}",
    "svc 0",
    "brk 1",
    ".globl perfbase_agent_atfork",
    ".hidden perfbase_agent_atfork",
    "perfbase_agent_atfork:",
    "mov x2, x0",
    "mov x0, xzr",
    "mov x1, xzr",
    "mov x3, xzr",
    "adrp x16, :got:__register_atfork",
    "ldr x16, [x16, :got_lo12:__register_atfork]",
    "cbnz x16, 1f",
    "adrp x16, :got:pthread_atfork",
    "ldr x16, [x16, :got_lo12:pthread_atfork]",
    "cbz x16, 2f",
    "1: br x16",
    "2: ret",
    sigreturn = const number::RT_SIGRETURN,
);

unsafe extern "C" {
    fn perfbase_agent_return();
    fn perfbase_agent_atfork(child: extern "C" fn());
}

/// Starts `sampler` as a thread on `stack` (its end) and returns in the thread that calls.
///
/// # Safety
/// The stack belongs to nobody else, and `sampler` uses no thread-local variable.
unsafe fn spawn(stack: *mut u8) -> isize {
    const VM: usize = 0x100;
    const FS: usize = 0x200;
    const SIGHAND: usize = 0x800;
    const THREAD: usize = 0x1_0000;
    const SYSVSEM: usize = 0x4_0000;
    // Not CLONE_FILES: the thread gets a copy of the table of file descriptors. Not CLONE_SETTLS.
    let flags = VM | FS | SIGHAND | THREAD | SYSVSEM;
    let result: isize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the child never returns from `sampler`, so it never sees the caller's stack.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "call {sampler}",
            "ud2",
            "2:",
            sampler = sym sampler,
            inlateout("rax") number::CLONE as isize => result,
            in("rdi") flags, in("rsi") stack, in("rdx") 0, in("r10") 0, in("r8") 0,
            lateout("rcx") _, lateout("r11") _,
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        asm!(
            "svc 0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x30, xzr",
            "bl {sampler}",
            "brk 1",
            "2:",
            sampler = sym sampler,
            in("x8") number::CLONE,
            inlateout("x0") flags as isize => result,
            in("x1") stack, in("x2") 0, in("x3") 0, in("x4") 0,
            lateout("x30") _,
        );
    }
    result
}

const ESRCH: isize = -3;
const EAGAIN: isize = -11;
const EINTR: isize = -4;

fn exit_thread() -> ! {
    loop {
        // SAFETY: ends this thread; its stack is never given back.
        unsafe { call(number::EXIT, [0; 6]) };
    }
}

/// Opens a file whose path ends with a zero, for reading or (`write`) for both.
fn open(path: &[u8], write: bool) -> isize {
    const AT_FDCWD: usize = -100_isize as usize;
    const O_CLOEXEC: usize = 0o2_000_000;
    let flags = O_CLOEXEC | if write { 2 } else { 0 };
    if path.last() != Some(&0) {
        return -22;
    }
    // SAFETY: the path ends with a zero.
    unsafe { call(number::OPENAT, [AT_FDCWD, path.as_ptr() as usize, flags, 0, 0, 0]) }
}

fn close(file: isize) {
    // SAFETY: descriptors are this thread's own.
    unsafe { call(number::CLOSE, [file as usize, 0, 0, 0, 0, 0]) };
}

fn read(file: isize, buffer: &mut [u8]) -> isize {
    let (start, length) = (buffer.as_mut_ptr() as usize, buffer.len());
    // SAFETY: the kernel writes into the buffer only.
    unsafe { call(number::READ, [file as usize, start, length, 0, 0, 0]) }
}

fn read_start(file: isize, buffer: &mut [u8]) -> isize {
    let (start, length) = (buffer.as_mut_ptr() as usize, buffer.len());
    // SAFETY: the kernel writes into the buffer only.
    unsafe { call(number::PREAD64, [file as usize, start, length, 0, 0, 0]) }
}

/// Shared memory of a file (`file >= 0`) or private memory.
fn map(length: usize, file: isize, offset: usize) -> Option<*mut u8> {
    const READ_WRITE: usize = 3;
    // MAP_SHARED; MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK.
    let flags = if file >= 0 { 0x01 } else { 0x02 | 0x20 | 0x4000 | 0x2_0000 };
    // SAFETY: the kernel chooses an address where nothing is.
    let at = unsafe { call(number::MMAP, [0, length, READ_WRITE, flags, file as usize, offset]) };
    (at > 0).then_some(at as *mut u8)
}

const MONOTONIC: usize = 1;
const PROCESS_CPU: usize = 2;
const THREAD_CPU: usize = 3;

/// The clock of the CPU time of a thread: `MAKE_THREAD_CPUCLOCK(tid, CPUCLOCK_SCHED)`.
const fn cpu_clock(tid: u32) -> usize {
    ((!(tid as i32)) << 3 | 6) as usize
}

/// A clock's time in ns.
#[inline(always)]
fn clock(id: usize) -> Option<u64> {
    let mut time = [0_u64; 2];
    // SAFETY: the kernel writes two words.
    let result = unsafe {
        call(number::CLOCK_GETTIME, [id as u32 as usize, time.as_mut_ptr() as usize, 0, 0, 0, 0])
    };
    (result == 0).then(|| time[0].wrapping_mul(1_000_000_000).wrapping_add(time[1]))
}

fn sleep_until(time: u64) {
    const ABSOLUTE: usize = 1;
    let until = [time / 1_000_000_000, time % 1_000_000_000];
    loop {
        let at = until.as_ptr() as usize;
        // SAFETY: two words are read.
        let result = unsafe { call(number::CLOCK_NANOSLEEP, [MONOTONIC, ABSOLUTE, at, 0, 0, 0]) };
        if result != EINTR {
            return;
        }
    }
}

fn own_pid() -> u32 {
    // SAFETY: without preconditions.
    unsafe { call(number::GETPID, [0; 6]) as u32 }
}

#[inline(always)]
fn own_tid() -> u32 {
    // SAFETY: without preconditions.
    unsafe { call(number::GETTID, [0; 6]) as u32 }
}

// ---------------------------------------------------------------------------------------------
// Threads
// ---------------------------------------------------------------------------------------------

/// A thread of the process. The sampler makes entries and removes them; a handler touches the one
/// that its signal names.
struct Thread {
    /// 0 while the entry is free.
    tid: AtomicU32,
    /// Whether a signal is under way.
    pending: AtomicU8,
    /// For how many ticks it has been.
    age: AtomicU8,
    /// Whether no sample was taken yet.
    new: AtomicU8,
    /// Whether it is in the directory still.
    alive: AtomicU8,
    /// Its CPU clock when it was looked at last.
    seen: AtomicU64,
    /// Its CPU clock up to which it is accounted for by samples.
    sampled: AtomicU64,
    /// What its next sample stands for beside that, in ns.
    extra: AtomicU64,
    /// Where its last sample was.
    pc: AtomicU64,
    name: [AtomicU64; 2],
    /// How many samples it had when its name was read.
    named: AtomicU32,
    samples: AtomicU32,
    /// The descriptor of its opened `stat` plus one; 0 for none, so that the table is all zeros.
    stat: AtomicU32,
    /// For how many looks it has not run.
    idle: AtomicU32,
}

impl Thread {
    const FREE: Self = Self {
        tid: AtomicU32::new(0),
        pending: AtomicU8::new(0),
        age: AtomicU8::new(0),
        new: AtomicU8::new(0),
        alive: AtomicU8::new(0),
        seen: AtomicU64::new(0),
        sampled: AtomicU64::new(0),
        extra: AtomicU64::new(0),
        pc: AtomicU64::new(0),
        name: [const { AtomicU64::new(0) }; 2],
        named: AtomicU32::new(0),
        samples: AtomicU32::new(0),
        stat: AtomicU32::new(0),
        idle: AtomicU32::new(0),
    };
}

/// Ticks in which a thread ran without taking its signal, from which on it blocks it.
const BLOCKED: u8 = 8;

/// Threads beyond these are not sampled; their time is counted as unseen.
const MOST: usize = 4096;
static THREADS: [Thread; MOST] = [Thread::FREE; MOST];

/// The lane of this process; null while there is none.
static LANE: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
static SLOTS: AtomicUsize = AtomicUsize::new(0);
static STACK_BYTES: AtomicUsize = AtomicUsize::new(0);
static PERIOD: AtomicU64 = AtomicU64::new(0);
static PID: AtomicU32 = AtomicU32::new(0);
/// The lower end of the sampler's stack.
static STACK: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
const STACK_SIZE: usize = 64 << 10;

/// A word of shared memory.
///
/// # Safety
/// `base` points to shared memory that reaches beyond the word, and stays.
#[inline(always)]
unsafe fn word<'a>(base: *mut u8, index: usize) -> &'a AtomicU64 {
    // SAFETY: as said; pages and slots are aligned to 8 bytes.
    unsafe { AtomicU64::from_ptr(base.add(8 * index).cast()) }
}

/// A slot that was given out: nobody else writes to it until it is handed over.
struct Slot {
    start: *mut u8,
    turn: u64,
}

impl Slot {
    /// The next free slot; `None`, counted, where there is none.
    #[inline(always)]
    fn take(lane: *mut u8) -> Option<Self> {
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
    fn put<T>(&mut self, offset: usize, value: T) {
        // SAFETY: callers name offsets of the header.
        unsafe { self.start.add(offset).cast::<T>().write_unaligned(value) };
    }

    /// Gives it to the consumer.
    #[inline(always)]
    fn hand_over(self) {
        // SAFETY: a slot begins with its turn.
        unsafe { word(self.start, 0) }.store(self.turn + 1, Release);
    }
}

// ---------------------------------------------------------------------------------------------
// The handler
// ---------------------------------------------------------------------------------------------

/// What tells our signals from others.
const MARK: u32 = 0x5eed_9e4f;

/// The beginning of `siginfo_t` as far as it is needed.
#[repr(C)]
struct Info {
    signal: i32,
    error: i32,
    code: i32,
    _padding: i32,
    pid: u32,
    uid: u32,
    index: u32,
    mark: u32,
    _rest: [u64; 12],
}

const SI_QUEUE: i32 = -1;

/// The interrupted registers: instruction, stack, frame, link.
///
/// # Safety
/// `context` is what the kernel gave to a handler.
#[inline(always)]
unsafe fn registers(context: *const c_void) -> [u64; 4] {
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
unsafe fn repeat_call(context: *mut c_void) {
    /// `poll`, `select`, `nanosleep`, `futex`, `clock_nanosleep`, `epoll_wait`, `pselect6`,
    /// `ppoll`, `epoll_pwait`.
    const CALLS: [u32; 9] = [7, 23, 35, 202, 230, 232, 270, 271, 281];
    const LENGTH: u64 = 7;
    // SAFETY: offsets are those of `ucontext_t` in the kernel's interface.
    let (result, next) = unsafe {
        (context.byte_add(40 + 13 * 8).cast::<isize>(), context.byte_add(40 + 16 * 8).cast::<u64>())
    };
    // SAFETY: as above.
    let (result, place) = unsafe { (result.read(), next.read()) };
    // Within the page that the thread is about to run.
    if result != EINTR || place % (PAGE as u64) < LENGTH {
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
unsafe fn repeat_call(_: *mut c_void) {}

extern "C" fn handle(_signal: i32, info: *const Info, context: *mut c_void) {
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

/// The kernel's `struct sigaction`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Action {
    handler: usize,
    flags: usize,
    restorer: usize,
    mask: u64,
}

fn action(signal: usize, new: Option<&Action>) -> Option<Action> {
    let mut old = Action { handler: 0, flags: 0, restorer: 0, mask: 0 };
    let new = new.map_or(0, |new| core::ptr::from_ref(new) as usize);
    let place = core::ptr::from_mut(&mut old) as usize;
    // SAFETY: both are of the kernel's shape; the handler follows the rules of handlers.
    let result = unsafe { call(number::RT_SIGACTION, [signal, new, place, 8, 0, 0]) };
    (result == 0).then_some(old)
}

/// Signals to use, best first: those that do nothing without a handler cannot kill anybody, not
/// even the program that an `exec` puts in this one's place. SIGURG, SIGWINCH, and real-time
/// signals from the middle, far from those that libraries take at both ends.
const SIGNALS: [usize; 5] = [23, 28, 50, 51, 52];

/// Takes the first signal that the process does not use.
fn take_signal() -> Option<usize> {
    const SA_SIGINFO: usize = 4;
    const SA_RESTORER: usize = 0x400_0000;
    const SA_ONSTACK: usize = 0x800_0000;
    const SA_RESTART: usize = 0x1000_0000;
    let ours = Action {
        handler: handle as *const () as usize,
        flags: SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_RESTART,
        restorer: perfbase_agent_return as *const () as usize,
        // Nothing interrupts the handler: signal stacks are small.
        mask: u64::MAX,
    };
    for signal in SIGNALS {
        // SIG_DFL or SIG_IGN, or ours from before a fork.
        if let Some(old) = action(signal, None)
            && (old.handler <= 1 || old.handler == ours.handler)
            && action(signal, Some(&ours)).is_some()
        {
            return Some(signal);
        }
    }
    None
}

fn is_ours(signal: usize) -> bool {
    action(signal, None).is_some_and(|now| now.handler == handle as *const () as usize)
}

// ---------------------------------------------------------------------------------------------
// The sampler
// ---------------------------------------------------------------------------------------------

#[used]
#[unsafe(link_section = ".init_array")]
static START: extern "C" fn() = start;

extern "C" fn start() {
    // SAFETY: the C library's own function, with a handler that does nothing but system calls.
    unsafe { perfbase_agent_atfork(in_child) };
    if let Some(stack) = map(STACK_SIZE, -1, 0) {
        STACK.store(stack, Relaxed);
        start_sampler();
    }
}

/// In the child of a fork, whose only thread this is.
extern "C" fn in_child() {
    // The lane is the parent's.
    LANE.store(core::ptr::null_mut(), Release);
    if !STACK.load(Relaxed).is_null() {
        start_sampler();
    }
}

fn start_sampler() {
    const SET: usize = 2;
    let (all, mut before) = (u64::MAX, 0_u64);
    let (new, old) =
        (core::ptr::from_ref(&all) as usize, core::ptr::from_mut(&mut before) as usize);
    // SAFETY: masks are words; the thread inherits that all signals are blocked. The stack is the
    // sampler's alone: in the child of a fork, the parent's sampler does not exist.
    unsafe {
        call(number::RT_SIGPROCMASK, [SET, new, old, 8, 0, 0]);
        spawn(STACK.load(Relaxed).add(STACK_SIZE));
        call(number::RT_SIGPROCMASK, [SET, old, 0, 8, 0, 0]);
    }
}

extern "C" fn sampler() -> ! {
    // Copies of the process's descriptors would keep its pipes open.
    // SAFETY: the table is this thread's own.
    let closed = unsafe { call(number::CLOSE_RANGE, [0, u32::MAX as usize, 0, 0, 0, 0]) };
    if closed < 0 {
        for file in 0..1024 {
            close(file);
        }
    }
    const SET_NAME: usize = 15;
    const SET_TIMERSLACK: usize = 29;
    // SAFETY: the name ends with a zero.
    unsafe {
        call(number::PRCTL, [SET_NAME, c"perfbase-sample".as_ptr() as usize, 0, 0, 0, 0]);
        call(number::PRCTL, [SET_TIMERSLACK, 1, 0, 0, 0, 0]);
    }
    if let Some(sampler) = Sampler::new() {
        sampler.run();
    }
    exit_thread()
}

/// Executable memory as last reported.
struct Mappings {
    ranges: [(u64, u64); 256],
    count: usize,
    hash: u64,
    number: u32,
    next: u64,
}

struct Sampler {
    pid: u32,
    tid: u32,
    uid: u32,
    lane: *mut u8,
    lane_size: usize,
    populated: usize,
    period: u64,
    signal: usize,
    /// Entries in use, in the order of the directory.
    order: [u16; MOST],
    count: usize,
    next_scan: u64,
    /// CPU time of the process that samples or live threads account for, beyond their clocks.
    accounted: i64,
    mappings: Mappings,
}

/// Big values live in the sampler's memory, not on its small stack.
static mut SAMPLER: Sampler = Sampler {
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
    mappings: Mappings { ranges: [(0, 0); 256], count: 0, hash: 0, number: 0, next: 0 },
};

/// Value of a variable in the environment that the program was started with, with a zero behind it.
fn variable(buffer: &mut [u8; 4096]) -> Option<usize> {
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

impl Sampler {
    fn new() -> Option<&'static mut Self> {
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
        this.count = 0;
        this.next_scan = 0;
        this.mappings.count = 0;
        this.mappings.hash = 0;
        this.mappings.next = 0;
        for thread in &THREADS {
            thread.tid.store(0, Relaxed);
        }
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
    fn phase(&mut self, started: u64) {
        let mut mixed = started ^ (u64::from(self.pid) << 32);
        mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let phase = (mixed >> 32) % self.period;
        self.next_scan = started + phase;
    }

    fn run(&mut self) {
        let mut next = self.next_scan;
        // A first sample stands for a whole period, as any: a process that ends within one is
        // seen by as many ticks as its length has of it.
        let early =
            self.period.saturating_sub(next.saturating_sub(clock(MONOTONIC).unwrap_or(next)));
        self.scan(0);
        for thread in THREADS.iter().filter(|thread| thread.tid.load(Relaxed) != 0) {
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

    fn tick(&mut self, now: u64) {
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
        if strange || now >= self.mappings.next {
            if moved {
                self.write_mappings(now);
                let left = self.unseen().max(0) as u64;
                // SAFETY: a word of the lane's first page.
                unsafe { word(self.lane, lane::UNSEEN) }.store(left, Relaxed);
            }
        }
    }

    /// CPU time of threads that ended before a sample could be taken, in ns; at most what it is.
    fn unseen(&self) -> i64 {
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

    fn send(&self, thread: &Thread, tid: u32, index: u16) {
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

    /// Brings the list of threads up to date.
    fn scan(&mut self, now: u64) {
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
    fn meet(&mut self, tid: u32, before: usize, at: &mut usize, free: &mut usize) {
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
    fn forget(&mut self) {
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

    /// Makes the memory of the next samples present, so that handlers do not wait for it.
    fn populate(&mut self) {
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

    // -----------------------------------------------------------------------------------------
    // Mappings
    // -----------------------------------------------------------------------------------------

    fn is_known(&self, pc: u64) -> bool {
        let ranges = self.mappings.ranges.get(..self.mappings.count).unwrap_or_default();
        pc == 0
            || ranges.len() == self.mappings.ranges.len()
            || ranges.iter().any(|&(start, end)| (start..end).contains(&pc))
    }

    /// Reports what executable memory there is, unless nothing changed.
    fn write_mappings(&mut self, now: u64) {
        let mut text = Lines::new();
        if !text.read() {
            return;
        }
        let mappings = &mut self.mappings;
        let spent = clock(MONOTONIC).unwrap_or(now).saturating_sub(now);
        // Every 20 ms, unless that is more than a two-hundredth of the time.
        mappings.next = now + (200 * spent).max(20_000_000);
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
struct Lines {
    ranges: &'static mut [(u64, u64); 256],
    found: usize,
    text: &'static mut [u8; TEXT],
    length: usize,
    hash: u64,
}

/// Most text of mappings that is reported: several hundred libraries.
const TEXT: usize = 64 << 10;

impl Lines {
    fn new() -> Self {
        static mut RANGES: [(u64, u64); 256] = [(0, 0); 256];
        static mut BUFFER: [u8; TEXT] = [0; TEXT];
        // SAFETY: there is one sampler in a process, which has one such value at a time.
        let (ranges, text) = unsafe { (&mut *(&raw mut RANGES), &mut *(&raw mut BUFFER)) };
        Self { ranges, found: 0, text, length: 0, hash: 0xcbf2_9ce4_8422_2325 }
    }

    fn bytes(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }

    fn read(&mut self) -> bool {
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
    fn line(&mut self, line: &[u8]) {
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
fn hexadecimal(text: &[u8]) -> (u64, &[u8]) {
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

/// The decimal number that a text begins with; 0 where it begins with something else.
fn number_at(text: &[u8]) -> u32 {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |value: u32, digit| value.wrapping_mul(10).wrapping_add(u32::from(digit - b'0')))
}

/// Whether a thread runs or is about to, rather than waits for something.
fn runs(thread: &Thread, tid: u32) -> bool {
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

/// Writes `/proc/self/task/TID` and what follows.
fn task_path(path: &mut [u8; 40], tid: u32, rest: &[u8]) {
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
fn path_of(path: &[u8; 40]) -> &[u8] {
    let end = path.iter().position(|&byte| byte == 0).unwrap_or(0);
    path.get(..=end).unwrap_or_default()
}

/// A thread's name.
fn named(tid: u32) -> [u64; 2] {
    let mut path = [0_u8; 40];
    task_path(&mut path, tid, b"/comm\0");
    name(path_of(&path))
}

/// A name from a file, filled up with zeros.
fn name(path: &[u8]) -> [u64; 2] {
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
