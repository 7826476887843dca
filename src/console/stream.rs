//! The two streams and what is known about them.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anstream::AutoStream;
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::color::{ColorChoice, is_dumb};

/// How much is shown on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// What is being done, remarks and warnings.
    #[default]
    Normal,
    /// Command lines and decisions too.
    Verbose,
}

/// How a [`Console`] is to behave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How much is shown on stderr.
    pub verbosity: Verbosity,
    /// When to use colours.
    pub color: ColorChoice,
}

/// Columns of a report when stdout is no terminal.
const STDOUT_WIDTH: usize = 100;
/// Columns of messages when stderr is no terminal.
const STDERR_WIDTH: usize = 80;

/// The terminal, or what stands for it.
pub struct Console {
    verbosity: Verbosity,
    stdout: Mutex<Box<dyn Write + Send>>,
    stderr: Mutex<Box<dyn Write + Send>>,
    colors_stdout: bool,
    colors_stderr: bool,
    width: fn() -> (Option<usize>, Option<usize>),
    /// Where a progress bar is drawn; `None` for plain lines.
    target: Option<Box<dyn Fn() -> ProgressDrawTarget + Send + Sync>>,
    bar: Mutex<Bar>,
}

/// The progress bar on the screen, if there is one.
#[derive(Default)]
pub(super) struct Bar {
    pub(super) live: Option<ProgressBar>,
    /// Whether the screen belongs to somebody else at the moment.
    pub(super) is_suspended: bool,
}

impl Console {
    /// The process's stdout and stderr.
    pub fn new(options: Options) -> Self {
        let variable = |name: &str| std::env::var_os(name);
        let stdout = io::stdout();
        let stderr = io::stderr();
        let is_terminal = stderr.is_terminal();
        let colors_stdout = options.color.resolve(&variable, stdout.is_terminal());
        let colors_stderr = options.color.resolve(&variable, is_terminal);
        // These only translate for old Windows consoles, and change nothing elsewhere.
        let stdout: Box<dyn Write + Send> =
            if colors_stdout { Box::new(AutoStream::always(stdout)) } else { Box::new(stdout) };
        let stderr: Box<dyn Write + Send> =
            if colors_stderr { Box::new(AutoStream::always(stderr)) } else { Box::new(stderr) };
        let target: Option<Box<dyn Fn() -> ProgressDrawTarget + Send + Sync>> =
            if is_terminal && !is_dumb(&variable) {
                Some(Box::new(|| ProgressDrawTarget::stderr_with_hz(10)))
            } else {
                None
            };
        Self {
            verbosity: options.verbosity,
            stdout: Mutex::new(stdout),
            stderr: Mutex::new(stderr),
            colors_stdout,
            colors_stderr,
            width: terminal_widths,
            target,
            bar: Mutex::default(),
        }
    }

    /// A console that writes to buffers (or any other streams), which count as terminals neither
    /// for width nor for progress; for colours only when `options` ask for them.
    pub fn from_streams(
        options: Options,
        stdout: impl Write + Send + 'static,
        stderr: impl Write + Send + 'static,
    ) -> Self {
        let colors = options.color.resolve(&|_: &str| None::<OsString>, false);
        Self {
            verbosity: options.verbosity,
            stdout: Mutex::new(Box::new(stdout)),
            stderr: Mutex::new(Box::new(stderr)),
            colors_stdout: colors,
            colors_stderr: colors,
            width: || (None, None),
            target: None,
            bar: Mutex::default(),
        }
    }

    /// Makes progress bars appear on `target`, as on a terminal.
    #[cfg(test)]
    pub(super) fn with_target(
        mut self,
        target: impl Fn() -> ProgressDrawTarget + Send + Sync + 'static,
    ) -> Self {
        self.target = Some(Box::new(target));
        self
    }

    /// How much is shown on stderr.
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Whether reports on stdout may have colours.
    pub fn colors_stdout(&self) -> bool {
        self.colors_stdout
    }

    /// Whether messages on stderr have colours; for children that inherit it.
    pub fn colors_stderr(&self) -> bool {
        self.colors_stderr
    }

    /// Columns for reports on stdout: the terminal's, or 100.
    pub fn width(&self) -> usize {
        (self.width)().0.unwrap_or(STDOUT_WIDTH)
    }

    /// Columns for messages on stderr: the terminal's, or 80.
    pub fn width_stderr(&self) -> usize {
        (self.width)().1.unwrap_or(STDERR_WIDTH)
    }

    /// Writes a report to stdout as it is. Foreign text in it must have been escaped, and it may
    /// have colours only where [`Console::colors_stdout`] allows them.
    ///
    /// # Errors
    ///
    /// When the stream cannot be written; not when its reader has gone away.
    pub fn write_stdout(&self, text: &str) -> io::Result<()> {
        self.above_bar(|| {
            let mut stdout = lock(&self.stdout);
            let result = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
            match result {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                result => result,
            }
        })
    }

    /// Hides the progress bar while `work` runs, as when a child writes to our terminal.
    pub fn suspend<T>(&self, work: impl FnOnce() -> T) -> T {
        let live = {
            let mut bar = lock(&self.bar);
            if bar.is_suspended {
                None
            } else {
                bar.is_suspended = bar.live.is_some();
                bar.live.clone()
            }
        };
        let Some(live) = live else { return work() };
        let resume = Resume(self);
        let result = live.suspend(work);
        drop(resume);
        result
    }

    /// Writes whole lines to stderr. Nobody can be told when that fails.
    pub(super) fn write_stderr(&self, lines: &str) {
        self.above_bar(|| {
            let mut stderr = lock(&self.stderr);
            stderr.write_all(lines.as_bytes()).and_then(|()| stderr.flush()).ok();
        });
    }

    pub(super) fn progress_target(&self) -> Option<ProgressDrawTarget> {
        self.target.as_ref().map(|target| target())
    }

    pub(super) fn bar(&self) -> MutexGuard<'_, Bar> {
        lock(&self.bar)
    }

    /// Runs `write` while no bar is on the screen.
    fn above_bar<T>(&self, write: impl FnOnce() -> T) -> T {
        let bar = lock(&self.bar);
        match &bar.live {
            Some(live) if !bar.is_suspended => live.suspend(write),
            _ => write(),
        }
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console")
            .field("verbosity", &self.verbosity)
            .field("colors_stdout", &self.colors_stdout)
            .field("colors_stderr", &self.colors_stderr)
            .finish_non_exhaustive()
    }
}

/// Ends a suspension, also when the work panics.
struct Resume<'a>(&'a Console);

impl Drop for Resume<'_> {
    fn drop(&mut self) {
        lock(&self.0.bar).is_suspended = false;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Columns of stdout and stderr, where they are terminals.
fn terminal_widths() -> (Option<usize>, Option<usize>) {
    let width = |size: Option<(terminal_size::Width, _)>| {
        // A terminal that does not know its size says 0.
        size.map(|(width, _)| usize::from(width.0)).filter(|&width| width > 0)
    };
    (
        width(terminal_size::terminal_size_of(io::stdout())),
        width(terminal_size::terminal_size_of(io::stderr())),
    )
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::Shared;
    use super::*;

    /// Fails as it is told.
    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn reports_are_written_as_they_are() {
        let stdout = Shared::default();
        let console = Console::from_streams(Options::default(), stdout.clone(), Shared::default());
        console.write_stdout("a\tb\x1b[1m\n").unwrap();
        assert_eq!(stdout.text(), "a\tb\x1b[1m\n");
        assert_eq!((console.width(), console.width_stderr()), (100, 80));
        assert!(!console.colors_stdout() && !console.colors_stderr());
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let write = |kind| {
            Console::from_streams(Options::default(), Failing(kind), Failing(kind))
                .write_stdout("x\n")
                .map_err(|error| error.kind())
        };
        assert_eq!(write(io::ErrorKind::BrokenPipe), Ok(()));
        assert_eq!(write(io::ErrorKind::StorageFull), Err(io::ErrorKind::StorageFull));
    }
}
