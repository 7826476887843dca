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

mod assembly;
mod handler;
mod kernel;
#[path = "../layout.rs"]
#[expect(dead_code, reason = "the recorder needs the rest")]
mod layout;
mod listing;
mod mappings;
mod ring;
mod sampler;
mod signals;
mod text;
mod threads;

use core::sync::atomic::AtomicPtr;
use core::sync::atomic::Ordering::{Relaxed, Release};

use assembly::{perfbase_agent_atfork, spawn};
use kernel::{call, close, exit_thread, map, number};
use ring::LANE;
use sampler::Sampler;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // Nothing here panics; what could is checked before. A thread that stands still does no harm.
    loop {
        core::hint::spin_loop();
    }
}

/// The lower end of the sampler's stack.
static STACK: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
const STACK_SIZE: usize = 64 << 10;

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
