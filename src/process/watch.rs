//! Watching one child: threads that wait for its end and read its streams tell the thread that
//! runs it, which alone acts.

use std::io::{self, Read};
use std::process::{ChildStderr, ChildStdout};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::child::Child;
use super::collect::{Lines, Tail};
use super::command::{Capture, Command};

/// How long a silent pipe is waited for after the child's end: somebody who escaped holds it.
const SILENCE: Duration = Duration::from_secs(1);
/// How long one that is not silent is.
const CHATTER: Duration = Duration::from_secs(10);

/// Which stream a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The child's stdout.
    Stdout,
    /// The child's stderr.
    Stderr,
}

enum Event {
    /// The child has ended, at this time.
    Ended(io::Result<Instant>),
    /// The terminal stopped the child.
    Stopped,
    Line(Source, String),
    /// A stream has ended.
    Closed,
}

/// What is known of a child under way. The threads end with the child and its streams; one whose
/// stream a survivor holds open is left behind when this is dropped, with nothing to do.
pub(super) struct Watch {
    events: Receiver<Event>,
    stdout: Arc<Mutex<Tail>>,
    stderr: Arc<Mutex<Tail>>,
    /// Streams that have not ended.
    open: usize,
    is_stopped: bool,
}

impl Watch {
    pub(super) fn start(
        child: &Child<'_>,
        command: &Command,
        stdout: Option<ChildStdout>,
        stderr: Option<ChildStderr>,
    ) -> io::Result<Self> {
        // A full channel makes the child wait for whoever takes its lines.
        let (sender, events) = mpsc::sync_channel(256);
        let stopped = sender.clone();
        let wait = child.waiter(move || {
            stopped.send(Event::Stopped).ok();
        });
        let ended = sender.clone();
        background(move || {
            ended.send(Event::Ended(wait())).ok();
        })?;
        let mut watch = Self {
            events,
            stdout: Arc::new(Mutex::new(Tail::new(command.stdout.kept()))),
            stderr: Arc::new(Mutex::new(Tail::new(command.stderr.kept()))),
            open: 0,
            is_stopped: false,
        };
        if let Some(pipe) = stdout {
            watch.read(pipe, Source::Stdout, command.stdout, &sender)?;
        }
        if let Some(pipe) = stderr {
            watch.read(pipe, Source::Stderr, command.stderr, &sender)?;
        }
        Ok(watch)
    }

    /// Starts a thread that reads `pipe` to its end.
    fn read(
        &mut self,
        pipe: impl Read + Send + 'static,
        source: Source,
        capture: Capture,
        events: &SyncSender<Event>,
    ) -> io::Result<()> {
        let tail = match source {
            Source::Stdout => &self.stdout,
            Source::Stderr => &self.stderr,
        };
        let tail = Arc::clone(tail);
        let events = events.clone();
        let lines = (capture == Capture::Lines).then_some(source);
        background(move || {
            read(pipe, &tail, lines, &events);
            // Nobody listens any more: then it does not matter.
            events.send(Event::Closed).ok();
        })?;
        self.open += 1;
        Ok(())
    }

    /// Whether the terminal stopped the child.
    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    /// Waits for the next event, at most until `until`; returns the child's end when that is it.
    pub(super) fn next(
        &mut self,
        until: Instant,
        on_line: &mut impl FnMut(Source, &str),
    ) -> Option<io::Result<Instant>> {
        match self.events.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Event::Ended(ended)) => return Some(ended),
            Ok(Event::Line(source, line)) => on_line(source, &line),
            Ok(Event::Closed) => self.open -= 1,
            Ok(Event::Stopped) => self.is_stopped = true,
            Err(RecvTimeoutError::Timeout) => {}
            // The waiter sends its event before it ends, so it panicked.
            Err(RecvTimeoutError::Disconnected) => {
                return Some(Err(io::Error::other("the waiting thread is gone")));
            }
        }
        None
    }

    /// Waits for the ends of the streams, as long as that is reasonable.
    pub(super) fn drain(&mut self, on_line: &mut impl FnMut(Source, &str)) {
        let chatter = Instant::now() + CHATTER;
        while self.open > 0 {
            let until = (Instant::now() + SILENCE).min(chatter);
            let wait = until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(wait) {
                Ok(Event::Line(source, line)) => on_line(source, &line),
                Ok(Event::Closed) => self.open -= 1,
                Ok(Event::Ended(_) | Event::Stopped) => {}
                Err(_) => return,
            }
            if wait.is_zero() {
                return;
            }
        }
    }

    /// What was kept of a stream so far, and whether its head is missing.
    pub(super) fn take(&self, source: Source) -> (Vec<u8>, bool) {
        let tail = match source {
            Source::Stdout => &self.stdout,
            Source::Stderr => &self.stderr,
        };
        tail.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn background(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().stack_size(256 << 10).spawn(work).map(drop)
}

fn read(
    mut pipe: impl Read,
    tail: &Mutex<Tail>,
    lines: Option<Source>,
    events: &SyncSender<Event>,
) {
    let mut splitter = Lines::default();
    // As much as a pipe holds.
    let mut chunk = vec![0; 64 << 10];
    loop {
        let read = match pipe.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        tail.lock().unwrap_or_else(PoisonError::into_inner).push(&chunk[..read]);
        if let Some(source) = lines
            && !splitter.push(&chunk[..read], |line| events.send(Event::Line(source, line)).is_ok())
        {
            return;
        }
    }
    if let Some(source) = lines
        && let Some(line) = splitter.finish()
    {
        events.send(Event::Line(source, line)).ok();
    }
}
