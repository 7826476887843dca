//! One run: from the start of a child to the end of everything that it started.

use std::io;
use std::process::{self, ChildStderr, ChildStdout, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::affinity;
use super::child::Child;
use super::command::{Capture, Command};
use super::error::ProcessError;
use super::output::{Output, Status};
use super::session::Session;
use super::watch::{Source, Watch};

/// How soon a signal to us is noticed.
const TICK: Duration = Duration::from_millis(50);
/// How long a killed child may take to end; longer, and it hangs in the kernel.
const DEATH: Duration = Duration::from_secs(10);

/// Why waiting is over.
enum End {
    /// The child has ended, at this time.
    Ended(io::Result<Instant>),
    TimedOut(Duration),
    /// For good, with what to return.
    Failed(ProcessError),
}

impl Session {
    /// Runs a child to its end. A child that fails is no error: see [`Output::status`]. Lines of
    /// [`Capture::Lines`] are dropped, but for the tail.
    ///
    /// # Errors
    ///
    /// [`ProcessError`] when the child could not be started, or when we are asked to stop.
    pub fn run(&self, command: &Command) -> Result<Output, ProcessError> {
        self.run_lines(command, |_, _| {})
    }

    /// As [`Session::run`]; `on_line` gets each line, without its line end and with U+FFFD for
    /// bytes that are not UTF-8, while the child runs and on the calling thread. A child that
    /// writes faster than `on_line` returns is made to wait.
    ///
    /// # Errors
    ///
    /// As [`Session::run`].
    pub fn run_lines(
        &self,
        command: &Command,
        on_line: impl FnMut(Source, &str),
    ) -> Result<Output, ProcessError> {
        self.check()?;
        Run::start(self, command)?.finish(on_line)
    }
}

/// A child under way.
struct Run<'a> {
    command: &'a Command,
    session: &'a Session,
    child: Child<'a>,
    watch: Watch,
}

impl<'a> Run<'a> {
    fn start(session: &'a Session, command: &'a Command) -> Result<Self, ProcessError> {
        let spawn_error = |source| spawn_error(command, source);
        if let Some(folder) = command.cwd.as_deref().filter(|folder| !folder.is_dir()) {
            return Err(ProcessError::Folder {
                command: command.display(),
                folder: folder.to_owned(),
            });
        }
        let (child, stdout, stderr) = spawn(session, command).map_err(spawn_error)?;
        // From here on, dropping `child` kills it.
        let watch = Watch::start(&child, command, stdout, stderr).map_err(spawn_error)?;
        Ok(Self { command, session, child, watch })
    }

    fn finish(mut self, mut on_line: impl FnMut(Source, &str)) -> Result<Output, ProcessError> {
        let mut stopped = false;
        let end = self.wait(&mut stopped, &mut on_line);
        let (ended, timed_out, failed) = match end {
            End::Ended(ended) => (Some(ended), None, None),
            End::TimedOut(limit) => (self.kill(&mut on_line), Some(limit), None),
            End::Failed(error) => (self.kill(&mut on_line), None, Some(error)),
        };
        let Self { command, session, child, mut watch } = self;
        let started = child.started;
        // A child that cannot be killed (it hangs in the kernel) is left alone.
        let ended = match ended.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into())) {
            Ok(at) => child.reap().map(|ended| (at, ended)),
            Err(error) => {
                drop(child);
                Err(error)
            }
        };
        if !command.keep_daemons {
            session.guard.sweep();
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let (at, ended) =
            ended.map_err(|source| ProcessError::Wait { command: command.display(), source })?;
        watch.drain(&mut on_line);
        let (stdout, stdout_cut) = watch.take(Source::Stdout);
        let (stderr, stderr_cut) = watch.take(Source::Stderr);
        Ok(Output {
            status: timed_out.map_or(ended.status, Status::TimedOut),
            stdout,
            stderr,
            stdout_cut,
            stderr_cut,
            wall: at.saturating_duration_since(started),
            resources: ended.resources,
            stopped,
        })
    }

    /// Waits until the child has ended or must be ended.
    fn wait(&mut self, stopped: &mut bool, on_line: &mut impl FnMut(Source, &str)) -> End {
        // A limit beyond the clock's range is none.
        let deadline = |limit: Duration| self.child.started.checked_add(limit);
        let limit = self.command.timeout.and_then(|limit| Some((deadline(limit)?, limit)));
        let mut stop = self.command.stop.and_then(|stop| Some((deadline(stop.after)?, stop)));
        loop {
            if let Err(error) = self.session.check() {
                return End::Failed(error);
            }
            if self.watch.is_stopped() {
                return End::Failed(ProcessError::Terminal { command: self.command.display() });
            }
            let now = Instant::now();
            if let Some((_, stop)) = stop.take_if(|(at, _)| *at <= now) {
                self.child.signal(stop.signal, stop.to);
                *stopped = true;
            }
            let mut until = now + TICK;
            if let Some((at, limit)) = limit {
                if at <= now {
                    return End::TimedOut(limit);
                }
                until = until.min(at);
            }
            if let Some((at, _)) = stop {
                until = until.min(at);
            }
            if let Some(ended) = self.watch.next(until, on_line) {
                return End::Ended(ended);
            }
        }
    }

    /// Ends the child and all that belongs to it; `None` when it does not end.
    fn kill(&mut self, on_line: &mut impl FnMut(Source, &str)) -> Option<io::Result<Instant>> {
        if let Some(grace) = self.command.grace {
            self.child.terminate();
            if let Some(ended) = self.wait_ended(grace, on_line) {
                return Some(ended);
            }
        }
        self.child.kill();
        self.wait_ended(DEATH, on_line)
    }

    fn wait_ended(
        &mut self,
        limit: Duration,
        on_line: &mut impl FnMut(Source, &str),
    ) -> Option<io::Result<Instant>> {
        let until = Instant::now() + limit;
        while Instant::now() < until {
            let ended = self.watch.next(until, on_line);
            if ended.is_some() {
                return ended;
            }
        }
        None
    }
}

/// Starts the child.
fn spawn<'a>(
    session: &'a Session,
    command: &Command,
) -> io::Result<(Child<'a>, Option<ChildStdout>, Option<ChildStderr>)> {
    let mut tries = 0;
    loop {
        match Child::spawn(system_command(command), &session.guard) {
            // Somebody forked while the file was being written, and has not called `exec` yet.
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && tries < 20 => {
                tries += 1;
                thread::sleep(Duration::from_millis(10));
            }
            result => return result,
        }
    }
}

fn system_command(command: &Command) -> process::Command {
    let mut system = process::Command::new(&command.program);
    system.args(&command.args).stdin(Stdio::null());
    system.stdout(stdio(command.stdout)).stderr(stdio(command.stderr));
    if command.clear_env {
        system.env_clear();
    }
    for (name, value) in &command.env {
        match value {
            Some(value) => system.env(name, value),
            None => system.env_remove(name),
        };
    }
    if let Some(folder) = &command.cwd {
        system.current_dir(folder);
    }
    if let Some(cpu) = command.cpu {
        affinity::bind(&mut system, cpu);
    }
    system
}

fn stdio(capture: Capture) -> Stdio {
    match capture {
        Capture::Null => Stdio::null(),
        Capture::Inherit => Stdio::inherit(),
        Capture::Whole { .. } | Capture::Lines => Stdio::piped(),
    }
}

fn spawn_error(command: &Command, source: io::Error) -> ProcessError {
    let program = || command.program.to_string_lossy().into_owned();
    match source.kind() {
        io::ErrorKind::NotFound => ProcessError::NotFound { program: program() },
        io::ErrorKind::PermissionDenied => ProcessError::PermissionDenied { program: program() },
        _ => ProcessError::Spawn { command: command.display(), source },
    }
}
