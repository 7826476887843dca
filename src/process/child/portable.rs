//! Elsewhere: the direct child only, asked every few milliseconds whether it has ended.

use std::io;
use std::process::{Child as StdChild, ChildStderr, ChildStdout, Command};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Ended;
use crate::process::command::Recipient;
use crate::process::output::Status;
use crate::process::session::Guard;

/// How often the child is looked at; also how late its end may be noticed.
const POLL: Duration = Duration::from_millis(2);

/// A child. Dropped before it is reaped, it is killed.
#[derive(Debug)]
pub(in crate::process) struct Child<'a> {
    child: Arc<Mutex<StdChild>>,
    /// Just before it was created.
    pub(in crate::process) started: Instant,
    reaped: bool,
    _guard: &'a Guard,
}

impl<'a> Child<'a> {
    /// Starts `command`; also returns the pipes that it asks for.
    pub(in crate::process) fn spawn(
        mut command: Command,
        guard: &'a Guard,
    ) -> io::Result<(Self, Option<ChildStdout>, Option<ChildStderr>)> {
        let started = Instant::now();
        let mut child = command.spawn()?;
        let pipes = (child.stdout.take(), child.stderr.take());
        let child = Arc::new(Mutex::new(child));
        Ok((Self { child, started, reaped: false, _guard: guard }, pipes.0, pipes.1))
    }

    /// A function that blocks until the child has ended and returns when that was.
    pub(in crate::process) fn waiter(
        &self,
        _on_stop: impl Fn() + Send + 'static,
    ) -> impl FnOnce() -> io::Result<Instant> + Send + 'static {
        let child = Arc::clone(&self.child);
        move || {
            loop {
                if lock(&child).try_wait()?.is_some() {
                    return Ok(Instant::now());
                }
                std::thread::sleep(POLL);
            }
        }
    }

    /// There are no signals here: a kill.
    pub(in crate::process) fn signal(&self, _signal: i32, _to: Recipient) {
        self.kill();
    }

    /// A kill.
    pub(in crate::process) fn terminate(&self) {
        self.kill();
    }

    /// Kills the child; fails harmlessly when it has ended.
    pub(in crate::process) fn kill(&self) {
        lock(&self.child).kill().ok();
    }

    /// Takes the status of a child that has ended.
    pub(in crate::process) fn reap(mut self) -> io::Result<Ended> {
        let status = lock(&self.child).wait()?;
        self.reaped = true;
        Ok(Ended { status: Status::Exited(status.code().unwrap_or(-1)), resources: None })
    }
}

impl Drop for Child<'_> {
    fn drop(&mut self) {
        if !self.reaped {
            self.kill();
        }
    }
}

fn lock(child: &Mutex<StdChild>) -> MutexGuard<'_, StdChild> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}
