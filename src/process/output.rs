//! How a child ended, and what it left.

use std::fmt;
use std::time::Duration;

use crate::model::Resources;

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// By itself, with this exit status.
    Exited(i32),
    /// By this signal.
    Signaled(i32),
    /// It was killed when this time limit was over.
    TimedOut(Duration),
}

impl Status {
    /// Whether it ended by itself with exit status 0.
    pub fn success(self) -> bool {
        self == Self::Exited(0)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exit status {code}"),
            Self::Signaled(signal) => write!(f, "killed by {}", signal_name(*signal)),
            Self::TimedOut(limit) => write!(f, "no end after {} s", limit.as_secs_f64()),
        }
    }
}

/// What a child left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How it ended.
    pub status: Status,
    /// What was kept of its stdout.
    pub stdout: Vec<u8>,
    /// What was kept of its stderr.
    pub stderr: Vec<u8>,
    /// Whether the head of its stdout is missing from `stdout`.
    pub stdout_cut: bool,
    /// Whether the head of its stderr is missing from `stderr`.
    pub stderr_cut: bool,
    /// From its call of `exec` (on Windows: from before it was created) to its end.
    pub wall: Duration,
    /// What the system accounted to it *and* to those of its descendants that were waited for
    /// (`wait4`): a benchmark below `perf record` is included, a daemon is not. Peak memory is the
    /// largest of any one of them. `None` where the system does not tell.
    pub resources: Option<Resources>,
    /// Whether the signal of [`Command::stop`](super::Command::stop) was sent.
    pub stopped: bool,
}

const TAIL_LINES: usize = 20;
const TAIL_BYTES: usize = 4 << 10;

/// The last lines (20, at most 4 KiB) of a child's stderr, or of its stdout when there is nothing
/// on stderr, for a message. Escape sequences and control characters are removed, and of a line
/// that was overwritten (`\r`) the last state is kept.
pub fn failure_tail(output: &Output) -> String {
    let tail = text_tail(&output.stderr);
    if tail.is_empty() { text_tail(&output.stdout) } else { tail }
}

fn text_tail(bytes: &[u8]) -> String {
    // Escape sequences are cut out later, so look at more than is shown.
    let bytes = &bytes[bytes.len().saturating_sub(8 * TAIL_BYTES)..];
    let text = String::from_utf8_lossy(bytes);
    let text = anstream::adapter::strip_str(&text).to_string();
    let text = without_backtrace(&text);
    let text = text.trim_end();
    let first = text.rmatch_indices('\n').nth(TAIL_LINES - 1).map_or(0, |(at, _)| at + 1);
    let lines: Vec<String> = text[first..]
        .split('\n')
        .map(|line| {
            let last = line.rsplit('\r').find(|part| !part.is_empty()).unwrap_or_default();
            last.chars().filter(|&c| is_shown(c)).collect()
        })
        .collect();
    let mut tail = lines.join("\n");
    let mut cut = tail.len().saturating_sub(TAIL_BYTES);
    while !tail.is_char_boundary(cut) {
        cut += 1;
    }
    tail.drain(..cut);
    tail.trim().to_owned()
}

/// Leaves out the frames of Rust's backtraces: what a panic says stands before them, and would not
/// be among the last lines.
fn without_backtrace(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let words = line.trim();
        if words == "stack backtrace:" {
            inside = true;
            continue;
        }
        let number = words.split_once(": ").map(|(number, _)| number);
        let is_frame = number.is_some_and(|n| n.parse::<u32>().is_ok()) || words.starts_with("at ");
        inside &= is_frame;
        if !inside && !words.starts_with("note: Some details are omitted, run with `RUST_BACKTRACE")
        {
            kept.push_str(line);
        }
    }
    kept
}

/// Whether a character may be shown as it is: no control character but the tabulator, and no
/// character that changes the direction of the text around it (Unicode TR 9, explicit formatting).
fn is_shown(c: char) -> bool {
    let reorders = matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}')
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c);
    c == '\t' || !(c.is_control() || reorders)
}

/// `signal 11 (SIGSEGV)`
pub(super) fn signal_name(signal: i32) -> String {
    match known_signal(signal) {
        Some(name) => format!("signal {signal} ({name})"),
        None => format!("signal {signal}"),
    }
}

#[cfg(unix)]
fn known_signal(signal: i32) -> Option<&'static str> {
    signal_hook::low_level::signal_name(signal)
}

#[cfg(not(unix))]
fn known_signal(_: i32) -> Option<&'static str> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(stdout: &[u8], stderr: &[u8]) -> Output {
        Output {
            status: Status::Exited(1),
            stdout: stdout.to_vec(),
            stderr: stderr.to_vec(),
            stdout_cut: false,
            stderr_cut: false,
            wall: Duration::ZERO,
            resources: None,
            stopped: false,
        }
    }

    #[test]
    fn statuses_read_as_in_reports() {
        assert_eq!(Status::Exited(101).to_string(), "exit status 101");
        assert_eq!(Status::TimedOut(Duration::from_secs(600)).to_string(), "no end after 600 s");
        assert_eq!(Status::TimedOut(Duration::from_millis(250)).to_string(), "no end after 0.25 s");
        assert!(Status::Exited(0).success());
        assert!(!Status::TimedOut(Duration::ZERO).success());
    }

    #[cfg(unix)]
    #[test]
    fn signals_have_names() {
        assert_eq!(Status::Signaled(11).to_string(), "killed by signal 11 (SIGSEGV)");
        assert_eq!(Status::Signaled(9).to_string(), "killed by signal 9 (SIGKILL)");
        assert_eq!(Status::Signaled(60).to_string(), "killed by signal 60");
    }

    #[test]
    fn the_tail_prefers_stderr_and_has_twenty_lines() {
        let many: String = (1..=50).map(|n| format!("line {n}\n")).collect();
        let tail = failure_tail(&output(b"from stdout\n", many.as_bytes()));
        assert_eq!(tail.lines().count(), 20);
        assert!(tail.starts_with("line 31\n") && tail.ends_with("line 50"));
        assert_eq!(failure_tail(&output(b"from stdout\n", b" \n")), "from stdout");
        assert_eq!(failure_tail(&output(b"", b"")), "");
    }

    #[test]
    fn what_a_panic_says_is_not_lost_behind_its_frames() {
        let frames: String = (0..40)
            .map(|n| format!("  {n}: some::function\n             at ./lib.rs:{n}:5\n"))
            .collect();
        let raw = format!(
            "thread 'main' panicked at src/main.rs:3:5:\nno luck\nstack backtrace:\n{frames}note: \
             Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.\n7: \
             the end\n"
        );
        let expected = "thread 'main' panicked at src/main.rs:3:5:\nno luck\n7: the end";
        assert_eq!(failure_tail(&output(b"", raw.as_bytes())), expected);
    }

    #[test]
    fn the_tail_is_safe_for_a_terminal() {
        let raw = b"\x1b[1;31merror\x1b[0m: \x1b]0;title\x07bad\tthing\x00\x08 \xff\n";
        assert_eq!(failure_tail(&output(b"", raw)), "error: bad\tthing \u{fffd}");
        let raw = "10%\r50%\r100%\nsafe\u{202e}txt \u{9b}31m\r\n".as_bytes();
        assert_eq!(failure_tail(&output(b"", raw)), "100%\nsafetxt 31m");
    }

    #[test]
    fn the_tail_is_short_even_without_line_ends() {
        let raw = "é".repeat(100_000);
        let tail = failure_tail(&output(b"", raw.as_bytes()));
        assert!(tail.len() <= TAIL_BYTES && tail.len() > TAIL_BYTES - 4);
        assert!(tail.chars().all(|c| c == 'é'), "no half character at the cut");
    }
}
