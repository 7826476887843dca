//! A session: what all runs of one command share.

#[cfg(unix)]
use std::io;
#[cfg(target_os = "linux")]
use std::path::Path;
use std::process::ExitCode;

use super::ProcessError;
use super::interrupt::Interrupt;
#[cfg(target_os = "linux")]
use super::{orphans, reaper::Reaper};

/// The hidden first argument that makes our executable a reaper; see [`reaper_main`].
pub const REAPER_ARGUMENT: &str = "__reaper";

/// Starts children and answers for them. Make one per command that starts any; it may be shared
/// by threads.
#[derive(Debug)]
pub struct Session {
    interrupt: Interrupt,
    pub(super) guard: Guard,
}

impl Session {
    /// Catches signals, and on Linux adopts orphans and starts the reaper from our own
    /// executable, whose `main` has to call [`reaper_main`] when its first argument is
    /// [`REAPER_ARGUMENT`].
    ///
    /// # Errors
    ///
    /// [`ProcessError::Signals`] and [`ProcessError::Reaper`].
    pub fn start() -> Result<Self, ProcessError> {
        #[cfg(target_os = "linux")]
        // This link holds even when the file was replaced by a newer one meanwhile.
        return Self::with_reaper(Path::new("/proc/self/exe"));
        #[cfg(not(target_os = "linux"))]
        return Self::without_reaper();
    }

    /// As [`Session::start`], with the reaper from another executable: for tests, whose own
    /// executable is none.
    ///
    /// # Errors
    ///
    /// As [`Session::start`].
    #[cfg(target_os = "linux")]
    pub fn with_reaper(executable: &Path) -> Result<Self, ProcessError> {
        let mut session = Self::without_reaper()?;
        let reaper = Reaper::start(executable).map_err(|source| ProcessError::Reaper { source })?;
        session.guard.reaper = Some(reaper);
        Ok(session)
    }

    /// Without a reaper: children survive when we are ended by SIGKILL.
    ///
    /// # Errors
    ///
    /// [`ProcessError::Signals`].
    pub fn without_reaper() -> Result<Self, ProcessError> {
        let interrupt = Interrupt::install().map_err(|source| ProcessError::Signals { source })?;
        #[cfg(target_os = "linux")]
        orphans::adopt();
        Ok(Self { interrupt, guard: Guard::default() })
    }

    /// The signal that asked us to stop, if one did.
    pub fn interrupted(&self) -> Option<i32> {
        self.interrupt.signal()
    }

    /// For loops between runs.
    ///
    /// # Errors
    ///
    /// [`ProcessError::Interrupted`] after a signal that asked us to stop.
    pub fn check(&self) -> Result<(), ProcessError> {
        match self.interrupted() {
            Some(signal) => Err(ProcessError::Interrupted { signal }),
            None => Ok(()),
        }
    }
}

/// What keeps children from surviving us.
#[derive(Debug, Default)]
pub(super) struct Guard {
    #[cfg(target_os = "linux")]
    reaper: Option<Reaper>,
}

#[cfg(target_os = "linux")]
impl Guard {
    /// How a child makes itself known to the reaper.
    pub(super) fn registration(&self) -> super::reaper::Registration {
        self.reaper.as_ref().map(Reaper::registration).unwrap_or_default()
    }

    /// Starts a child, so that nobody takes it for an orphan.
    pub(super) fn spawn(
        &self,
        command: &mut std::process::Command,
    ) -> io::Result<std::process::Child> {
        orphans::spawn(command, orphans::Kind::Run)
    }

    /// The group is gone: the reaper must not touch who gets its number next. To be called while
    /// the leader is still a zombie.
    pub(super) fn unregister(&self, pid: libc::pid_t) {
        if let Some(reaper) = &self.reaper {
            reaper.unregister(pid);
        }
    }

    /// The child was reaped.
    pub(super) fn forget(&self, pid: libc::pid_t) {
        orphans::forget(pid);
    }

    /// Kills descendants that came to us because their parents died.
    pub(super) fn sweep(&self) {
        orphans::sweep();
    }
}

/// A child's way to the reaper, where there is no reaper.
#[cfg(all(unix, not(target_os = "linux")))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Registration;

#[cfg(all(unix, not(target_os = "linux")))]
impl Registration {
    pub(super) fn register_self(self) {}
}

#[cfg(all(unix, not(target_os = "linux")))]
impl Guard {
    pub(super) fn registration(&self) -> Registration {
        Registration
    }

    pub(super) fn spawn(
        &self,
        command: &mut std::process::Command,
    ) -> io::Result<std::process::Child> {
        command.spawn()
    }

    pub(super) fn unregister(&self, _pid: libc::pid_t) {}

    pub(super) fn forget(&self, _pid: libc::pid_t) {}
}

#[cfg(not(target_os = "linux"))]
impl Guard {
    pub(super) fn sweep(&self) {}
}

/// The whole life of a reaper: waits for its parent's end, then kills the groups that are still
/// registered, with all their descendants. Does nothing outside Linux.
pub fn reaper_main() -> ExitCode {
    #[cfg(target_os = "linux")]
    super::reaper::main();
    ExitCode::SUCCESS
}
