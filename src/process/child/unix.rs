//! Unix: a process group per child, `waitid` to learn of its end, `wait4` to reap it.
//!
//! Its end is learned *without* reaping it: until [`Child::reap`], the kernel keeps the zombie and
//! therefore its process id, so that no signal sent to the group can hit a stranger.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{ChildStderr, ChildStdout, Command};
use std::time::{Duration, Instant};

use super::Ended;
use super::stamp::Stamp;
use crate::model::Resources;
use crate::process::command::Recipient;
use crate::process::output::Status;
use crate::process::session::Guard;

/// The changes that a waiter is told of.
const CHANGES: i32 =
    if cfg!(target_os = "linux") { libc::WEXITED | libc::WSTOPPED } else { libc::WEXITED };

/// A child that leads a process group. Dropped before it is reaped, it is killed.
#[derive(Debug)]
pub(in crate::process) struct Child<'a> {
    pid: libc::pid_t,
    /// When it called `exec`.
    pub(in crate::process) started: Instant,
    reaped: bool,
    guard: &'a Guard,
}

impl<'a> Child<'a> {
    /// Starts `command`; also returns the pipes that it asks for.
    pub(in crate::process) fn spawn(
        mut command: Command,
        guard: &'a Guard,
    ) -> io::Result<(Self, Option<ChildStdout>, Option<ChildStderr>)> {
        let registration = guard.registration();
        let stamp = Stamp::new()?;
        let mark = stamp.mark();
        // SAFETY: the closure runs in the forked child and makes async-signal-safe calls only:
        // setpgid, signal, getpid, send, clock_gettime. It does not allocate. `stamp` is alive.
        unsafe {
            command.pre_exec(move || {
                if libc::setpgid(0, 0) != 0 {
                    return Err(io::Error::last_os_error());
                }
                // A shell starts background jobs with SIGINT ignored, and what is ignored stays so
                // across `exec`; a child must hear our signals.
                for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGQUIT] {
                    libc::signal(signal, libc::SIG_DFL);
                }
                registration.register_self();
                mark.set();
                Ok(())
            });
        }
        // Returns when `exec` has succeeded.
        let mut child = guard.spawn(&mut command)?;
        let started = stamp.time();
        let pipes = (child.stdout.take(), child.stderr.take());
        let pid = libc::pid_t::try_from(child.id()).map_err(io::Error::other)?;
        Ok((Self { pid, started, reaped: false, guard }, pipes.0, pipes.1))
    }

    /// A function that blocks until the child has ended and returns when that was. On Linux, it
    /// calls `on_stop` when the terminal stopped the child.
    pub(in crate::process) fn waiter(
        &self,
        on_stop: impl Fn() + Send + 'static,
    ) -> impl FnOnce() -> io::Result<Instant> + Send + 'static {
        let pid = self.pid;
        move || {
            loop {
                let info = wait_id(pid, CHANGES | libc::WNOWAIT);
                let now = Instant::now();
                let info = match info {
                    Ok(info) => info,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                };
                if info.si_code != libc::CLD_STOPPED {
                    return Ok(now);
                }
                // SAFETY: this field is filled in for a child's changes.
                let signal = unsafe { info.si_status() };
                // Takes notice of the stop, or we would see it for ever.
                wait_id(pid, libc::WSTOPPED | libc::WNOHANG)?;
                if matches!(signal, libc::SIGTTIN | libc::SIGTTOU) {
                    on_stop();
                }
            }
        }
    }

    /// Sends a signal; whether anybody is left to get it does not matter.
    pub(in crate::process) fn signal(&self, signal: i32, to: Recipient) {
        let target = match to {
            Recipient::Leader => self.pid,
            Recipient::Group => -self.pid,
        };
        // SAFETY: no memory is involved. The id is ours until the child is reaped.
        unsafe { libc::kill(target, signal) };
    }

    /// Asks the group to end.
    pub(in crate::process) fn terminate(&self) {
        self.signal(libc::SIGTERM, Recipient::Group);
    }

    /// Kills the group, and on Linux all descendants.
    pub(in crate::process) fn kill(&self) {
        #[cfg(target_os = "linux")]
        crate::process::tree::kill(|process| process.group == self.pid || process.pid == self.pid);
        self.signal(libc::SIGKILL, Recipient::Group);
    }

    /// Kills what is left of the group of a child that has ended, and takes its status.
    pub(in crate::process) fn reap(mut self) -> io::Result<Ended> {
        self.release();
        let mut status = 0;
        // SAFETY: an all-zero `rusage` is valid; both references outlive the calls.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        loop {
            // SAFETY: as above.
            let result = unsafe { libc::wait4(self.pid, &mut status, 0, &mut usage) };
            if result == self.pid {
                break;
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        self.guard.forget(self.pid);
        Ok(Ended { status: decode(status), resources: Some(resources(&usage)) })
    }

    fn release(&mut self) {
        self.signal(libc::SIGKILL, Recipient::Group);
        self.guard.unregister(self.pid);
        self.reaped = true;
    }
}

impl Drop for Child<'_> {
    fn drop(&mut self) {
        if self.reaped {
            return;
        }
        self.kill();
        self.release();
        // A killed process ends soon; one that hangs in the kernel is left to init.
        let deadline = Instant::now() + Duration::from_secs(2);
        while Instant::now() < deadline {
            // SAFETY: a null status is allowed.
            let result = unsafe { libc::waitpid(self.pid, std::ptr::null_mut(), libc::WNOHANG) };
            if result != 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        self.guard.forget(self.pid);
    }
}

fn wait_id(pid: libc::pid_t, flags: i32) -> io::Result<libc::siginfo_t> {
    // SAFETY: an all-zero `siginfo_t` is valid, and outlives the call.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        match libc::waitid(libc::P_PID, pid as libc::id_t, &mut info, flags) {
            0 => Ok(info),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

fn decode(status: i32) -> Status {
    if libc::WIFSIGNALED(status) {
        Status::Signaled(libc::WTERMSIG(status))
    } else {
        Status::Exited(libc::WEXITSTATUS(status))
    }
}

fn resources(usage: &libc::rusage) -> Resources {
    // macOS counts bytes, everybody else KiB.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    Resources {
        user_ns: nanoseconds(usage.ru_utime),
        system_ns: nanoseconds(usage.ru_stime),
        peak_rss_bytes: count(usage.ru_maxrss).saturating_mul(unit),
        minor_faults: count(usage.ru_minflt),
        major_faults: count(usage.ru_majflt),
        voluntary_switches: count(usage.ru_nvcsw),
        involuntary_switches: count(usage.ru_nivcsw),
    }
}

fn nanoseconds(time: libc::timeval) -> u64 {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(micros * 1_000)
}

fn count(value: libc::c_long) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
