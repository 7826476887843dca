//! Which signal is used.

use super::assembly::perfbase_agent_return;
use super::handler::handle;
use super::kernel::{call, number};

/// The kernel's `struct sigaction`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Action {
    pub(crate) handler: usize,
    pub(crate) flags: usize,
    pub(crate) restorer: usize,
    pub(crate) mask: u64,
}

pub(crate) fn action(signal: usize, new: Option<&Action>) -> Option<Action> {
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
pub(crate) const SIGNALS: [usize; 5] = [23, 28, 50, 51, 52];

/// Takes the first signal that the process does not use.
pub(crate) fn take_signal() -> Option<usize> {
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

pub(crate) fn is_ours(signal: usize) -> bool {
    action(signal, None).is_some_and(|now| now.handler == handle as *const () as usize)
}
