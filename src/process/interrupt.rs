//! Requests from outside to stop.
//!
//! The handlers are installed once and stay for the life of the process. While a session exists,
//! the first SIGINT, SIGTERM or SIGHUP is noted; a second one has its default effect and ends us
//! at once, and so has any when no session exists. A signal that is ignored when we start
//! (`nohup`) stays ignored.

#[cfg(unix)]
mod signals {
    use std::io;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use signal_hook::flag;

    /// The first signal that asked us to stop; 0 for none.
    static SIGNAL: AtomicUsize = AtomicUsize::new(0);
    /// Whether the next signal has its default effect.
    static DEFAULT: AtomicBool = AtomicBool::new(true);
    /// Sessions that exist; `None` before the handlers are installed.
    static SESSIONS: Mutex<Option<usize>> = Mutex::new(None);

    pub(super) fn acquire() -> io::Result<()> {
        let mut sessions = SESSIONS.lock().unwrap_or_else(|poison| poison.into_inner());
        if sessions.is_none() {
            // When it is ignored, the kernel reaps children before we can ask how they ended.
            if is_ignored(libc::SIGCHLD)? {
                // SAFETY: the default action runs no code of ours.
                unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
            }
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
                if !is_ignored(signal)? {
                    // Actions run in this order; the first one ends us when it applies.
                    flag::register_conditional_default(signal, &DEFAULT)?;
                    flag::register_usize(signal, &SIGNAL, signal as usize)?;
                    flag::register(signal, &DEFAULT)?;
                }
            }
        }
        *sessions = Some(sessions.unwrap_or(0) + 1);
        // After a signal, the default stays in force.
        DEFAULT.store(false, Ordering::SeqCst);
        if SIGNAL.load(Ordering::SeqCst) != 0 {
            DEFAULT.store(true, Ordering::SeqCst);
        }
        Ok(())
    }

    pub(super) fn release() {
        let mut sessions = SESSIONS.lock().unwrap_or_else(|poison| poison.into_inner());
        let left = sessions.unwrap_or(0).saturating_sub(1);
        *sessions = Some(left);
        if left == 0 {
            DEFAULT.store(true, Ordering::SeqCst);
        }
    }

    pub(super) fn signal() -> Option<i32> {
        match SIGNAL.load(Ordering::SeqCst) {
            0 => None,
            signal => i32::try_from(signal).ok(),
        }
    }

    fn is_ignored(signal: i32) -> io::Result<bool> {
        // SAFETY: an all-zero `sigaction` is a valid value of that plain C struct, and the call
        // with a null second argument only writes the current one to it.
        let current = unsafe {
            let mut current: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, std::ptr::null(), &mut current) != 0 {
                return Err(io::Error::last_os_error());
            }
            current
        };
        Ok(current.sa_sigaction == libc::SIG_IGN)
    }
}

/// Notes signals as long as it lives.
#[derive(Debug)]
pub(super) struct Interrupt(());

impl Interrupt {
    pub(super) fn install() -> std::io::Result<Self> {
        #[cfg(unix)]
        signals::acquire()?;
        Ok(Self(()))
    }

    /// The signal that asked us to stop.
    #[cfg(unix)]
    pub(super) fn signal(&self) -> Option<i32> {
        signals::signal()
    }

    /// The signal that asked us to stop.
    #[cfg(not(unix))]
    pub(super) fn signal(&self) -> Option<i32> {
        None
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        #[cfg(unix)]
        signals::release();
    }
}
