//! System calls: the agent asks nobody else.

use core::arch::asm;

#[cfg(target_arch = "x86_64")]
pub(crate) mod number {
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
pub(crate) mod number {
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
pub(crate) unsafe fn call(number: usize, arguments: [usize; 6]) -> isize {
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
pub(crate) unsafe fn call(number: usize, arguments: [usize; 6]) -> isize {
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

pub(crate) const ESRCH: isize = -3;
pub(crate) const EAGAIN: isize = -11;
pub(crate) const EINTR: isize = -4;

pub(crate) fn exit_thread() -> ! {
    loop {
        // SAFETY: ends this thread; its stack is never given back.
        unsafe { call(number::EXIT, [0; 6]) };
    }
}

/// Opens a file whose path ends with a zero, for reading or (`write`) for both.
pub(crate) fn open(path: &[u8], write: bool) -> isize {
    const AT_FDCWD: usize = -100_isize as usize;
    const O_CLOEXEC: usize = 0o2_000_000;
    let flags = O_CLOEXEC | if write { 2 } else { 0 };
    if path.last() != Some(&0) {
        return -22;
    }
    // SAFETY: the path ends with a zero.
    unsafe { call(number::OPENAT, [AT_FDCWD, path.as_ptr() as usize, flags, 0, 0, 0]) }
}

pub(crate) fn close(file: isize) {
    // SAFETY: descriptors are this thread's own.
    unsafe { call(number::CLOSE, [file as usize, 0, 0, 0, 0, 0]) };
}

pub(crate) fn read(file: isize, buffer: &mut [u8]) -> isize {
    let (start, length) = (buffer.as_mut_ptr() as usize, buffer.len());
    // SAFETY: the kernel writes into the buffer only.
    unsafe { call(number::READ, [file as usize, start, length, 0, 0, 0]) }
}

pub(crate) fn read_start(file: isize, buffer: &mut [u8]) -> isize {
    let (start, length) = (buffer.as_mut_ptr() as usize, buffer.len());
    // SAFETY: the kernel writes into the buffer only.
    unsafe { call(number::PREAD64, [file as usize, start, length, 0, 0, 0]) }
}

/// Shared memory of a file (`file >= 0`) or private memory.
pub(crate) fn map(length: usize, file: isize, offset: usize) -> Option<*mut u8> {
    const READ_WRITE: usize = 3;
    // MAP_SHARED; MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK.
    let flags = if file >= 0 { 0x01 } else { 0x02 | 0x20 | 0x4000 | 0x2_0000 };
    // SAFETY: the kernel chooses an address where nothing is.
    let at = unsafe { call(number::MMAP, [0, length, READ_WRITE, flags, file as usize, offset]) };
    (at > 0).then_some(at as *mut u8)
}

pub(crate) const MONOTONIC: usize = 1;
pub(crate) const PROCESS_CPU: usize = 2;
pub(crate) const THREAD_CPU: usize = 3;

/// The clock of the CPU time of a thread: `MAKE_THREAD_CPUCLOCK(tid, CPUCLOCK_SCHED)`.
pub(crate) const fn cpu_clock(tid: u32) -> usize {
    ((!(tid as i32)) << 3 | 6) as usize
}

/// A clock's time in ns.
#[inline(always)]
pub(crate) fn clock(id: usize) -> Option<u64> {
    let mut time = [0_u64; 2];
    // SAFETY: the kernel writes two words.
    let result = unsafe {
        call(number::CLOCK_GETTIME, [id as u32 as usize, time.as_mut_ptr() as usize, 0, 0, 0, 0])
    };
    (result == 0).then(|| time[0].wrapping_mul(1_000_000_000).wrapping_add(time[1]))
}

pub(crate) fn sleep_until(time: u64) {
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

pub(crate) fn own_pid() -> u32 {
    // SAFETY: without preconditions.
    unsafe { call(number::GETPID, [0; 6]) as u32 }
}

#[inline(always)]
pub(crate) fn own_tid() -> u32 {
    // SAFETY: without preconditions.
    unsafe { call(number::GETTID, [0; 6]) as u32 }
}
