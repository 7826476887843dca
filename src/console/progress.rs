//! How far long work is, and how long it may still take.

use std::fmt;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::escape::escape_line;
use super::message::STATUS;
use super::stream::{Console, Verbosity};

/// Without a terminal, steps that begin sooner than this after a line get none: logs are read
/// later, and by people.
const PAUSE: Duration = Duration::from_secs(10);

/// Work in steps. On a terminal a bar in cargo's style, elsewhere a line now and then, nothing
/// when quiet. Dropped, it disappears from the terminal.
///
/// ```text
///    Recording [=====>               ] 2/12 1m02s, about 4m left: parse/large
/// ```
pub struct Progress<'a> {
    console: &'a Console,
    display: Display,
    total: u64,
    /// Steps begun.
    begun: u64,
    start: Instant,
    /// Between two lines.
    pause: Duration,
}

enum Display {
    Bar(ProgressBar),
    Lines {
        /// When the last one was written.
        last: Option<Instant>,
    },
    Nothing,
}

impl Console {
    /// Begins work of `total` steps; `verb` as in [`Console::status`]. While one bar is live,
    /// another progress shows as lines.
    pub fn progress(&self, verb: &str, total: usize) -> Progress<'_> {
        let total = total as u64;
        let display = if self.verbosity() == Verbosity::Quiet {
            Display::Nothing
        } else {
            self.start_bar(verb, total).map_or(Display::Lines { last: None }, Display::Bar)
        };
        Progress { console: self, display, total, begun: 0, start: Instant::now(), pause: PAUSE }
    }

    fn start_bar(&self, verb: &str, total: u64) -> Option<ProgressBar> {
        let mut bar = self.bar();
        if bar.live.is_some() {
            return None;
        }
        let template = "{prefix} [{bar:25}] {pos}/{len} {time}: {wide_msg}";
        // The template is tested; without a bar, lines are as good.
        let style = ProgressStyle::with_template(template).ok()?;
        let style = style.progress_chars("=> ").with_key("time", write_time);
        let live = ProgressBar::with_draw_target(Some(total), self.progress_target()?)
            .with_style(style)
            .with_prefix(self.verb(verb, STATUS));
        // The time goes on; more often would take CPU time from what is being measured.
        live.enable_steady_tick(Duration::from_secs(1));
        bar.live = Some(live.clone());
        Some(live)
    }
}

impl Progress<'_> {
    /// Begins the next step, and so ends the one before.
    pub fn step(&mut self, message: &str) {
        self.begun += 1;
        let done = self.begun - 1;
        let message = escape_line(message);
        match &mut self.display {
            // While the bar is suspended, somebody holds its lock.
            Display::Bar(bar) if !self.console.bar().is_suspended => {
                bar.set_position(done);
                bar.set_message(message.into_owned());
            }
            Display::Lines { last } if last.is_none_or(|last| last.elapsed() >= self.pause) => {
                *last = Some(Instant::now());
                let time = Time { elapsed: self.start.elapsed(), done, total: self.total };
                let (n, total) = (self.begun, self.total);
                self.console.write_stderr(&format!("[{n}/{total}] {message}  {time}\n"));
            }
            Display::Bar(_) | Display::Lines { .. } | Display::Nothing => {}
        }
    }
}

impl Progress<'_> {
    /// One of the steps to come is not to be done after all.
    pub fn leave_out(&mut self) {
        self.total = self.total.saturating_sub(1).max(self.begun);
        if let Display::Bar(bar) = &self.display
            && !self.console.bar().is_suspended
        {
            bar.set_length(self.total);
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Display::Bar(bar) = &self.display {
            self.console.bar().live = None;
            bar.finish_and_clear();
        }
    }
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (begun, total) = (self.begun, self.total);
        f.debug_struct("Progress").field("begun", &begun).field("total", &total).finish()
    }
}

fn write_time(state: &ProgressState, f: &mut dyn fmt::Write) {
    let time = Time {
        elapsed: state.elapsed(),
        done: state.pos(),
        total: state.len().unwrap_or(state.pos()),
    };
    // A bar without a time is still one.
    write!(f, "{time}").ok();
}

/// Time passed, and the rest by the rule of three.
struct Time {
    elapsed: Duration,
    done: u64,
    total: u64,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Precise(self.elapsed))?;
        // In the first step, and in the first second, nobody knows.
        if self.done > 0 && self.done < self.total && self.elapsed.as_secs() > 0 {
            let share = (self.total - self.done) as f64 / self.done as f64;
            let rest = Duration::try_from_secs_f64(self.elapsed.as_secs_f64() * share);
            write!(f, ", about {} left", Rough(rest.unwrap_or(Duration::MAX)))?;
        }
        Ok(())
    }
}

/// `42s`, `1m02s`, `1h05m`
struct Precise(Duration);

impl fmt::Display for Precise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0..60 => write!(f, "{seconds}s"),
            60..3600 => write!(f, "{}m{:02}s", seconds / 60, seconds % 60),
            _ => write!(f, "{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        }
    }
}

/// As precise as an estimate can be: `8s`, `40s`, `4m`, `1h05m`.
struct Rough(Duration);

impl fmt::Display for Rough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        if seconds < 10.0 {
            write!(f, "{}s", seconds.ceil().max(1.0))
        } else if seconds < 57.5 {
            write!(f, "{}s", (seconds / 5.0).round() * 5.0)
        } else if seconds < 3570.0 {
            write!(f, "{}m", (seconds / 60.0).round())
        } else {
            let minutes = ((seconds / 300.0).round() * 5.0) as u64;
            write!(f, "{}h{:02}m", minutes / 60, minutes % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use indicatif::{ProgressDrawTarget, TermLike};

    use super::super::message::tests::Shared;
    use super::super::{ColorChoice, Options};
    use super::*;

    fn time(elapsed: u64, done: u64, total: u64) -> String {
        Time { elapsed: Duration::from_secs(elapsed), done, total }.to_string()
    }

    #[test]
    fn the_rest_is_estimated_from_what_is_done() {
        assert_eq!(time(62, 0, 12), "1m02s");
        assert_eq!(time(62, 2, 12), "1m02s, about 5m left");
        assert_eq!(time(0, 1, 2), "0s");
        assert_eq!(time(59, 12, 12), "59s");
        assert_eq!(time(3_900, 1, 2), "1h05m, about 1h05m left");
        assert_eq!(time(1, 3, 4), "1s, about 1s left");
        assert_eq!(time(32, 1, 2), "32s, about 30s left");
        assert_eq!(time(u64::MAX, 1, u64::MAX).split(',').count(), 2);
    }

    #[test]
    fn estimates_do_not_jump_between_units() {
        let rough = |seconds| Rough(Duration::from_secs_f64(seconds)).to_string();
        assert_eq!(rough(9.99), "10s");
        assert_eq!(rough(10.0), "10s");
        assert_eq!(rough(57.4), "55s");
        assert_eq!(rough(57.5), "1m");
        assert_eq!(rough(3_569.0), "59m");
        assert_eq!(rough(3_570.0), "1h00m");
    }

    fn console(verbosity: Verbosity) -> (Console, Shared) {
        let err = Shared::default();
        let options = Options { verbosity, color: ColorChoice::Never };
        (Console::from_streams(options, Shared::default(), err.clone()), err)
    }

    /// Lines without their times, which are as long as the machine wants.
    fn steps(text: &str) -> Vec<&str> {
        text.lines().map(|line| line.split("  ").next().unwrap()).collect()
    }

    #[test]
    fn without_a_terminal_there_is_a_line_now_and_then() {
        let (console, err) = console(Verbosity::Normal);
        let mut progress = console.progress("Recording", 4);
        progress.pause = Duration::MAX;
        progress.step("first");
        progress.step("too soon");
        progress.pause = Duration::ZERO;
        progress.step("third\n\x1b");
        progress.step("last");
        drop(progress);
        assert_eq!(steps(&err.text()), ["[1/4] first", "[3/4] third\\n\\u{1b}", "[4/4] last"]);
    }

    #[test]
    fn steps_that_are_left_out_do_not_count() {
        let (console, err) = console(Verbosity::Normal);
        let mut progress = console.progress("Recording", 3);
        progress.pause = Duration::ZERO;
        progress.step("first");
        progress.leave_out();
        progress.step("second");
        progress.leave_out();
        drop(progress);
        assert_eq!(steps(&err.text()), ["[1/3] first", "[2/2] second"]);
    }

    #[test]
    fn quiet_is_quiet() {
        let (console, err) = console(Verbosity::Quiet);
        console.progress("Recording", 2).step("first");
        assert_eq!(err.text(), "");
    }

    /// A terminal: lines above the cursor's, which is the last one, and that one.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl Screen {
        /// What is on it, without the bar's time, which is as long as the machine wants.
        fn text(&self) -> String {
            let screen = self.0.lock().unwrap();
            let timeless = |line: &str| match line
                .split_once("] ")
                .map(|(bar, rest)| (bar.to_owned(), rest.split_once(' '), rest.split_once(": ")))
            {
                Some((bar, Some((position, _)), Some((_, message)))) => {
                    format!("{bar}] {position}: {message}")
                }
                _ => line.to_owned(),
            };
            let lines: Vec<_> = screen.split('\n').map(|line| timeless(line.trim_end())).collect();
            lines.join("\n").trim_end().to_owned()
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, n: usize) -> io::Result<()> {
            assert_eq!(n, 0, "a bar of one line needs no way up");
            Ok(())
        }

        fn move_cursor_down(&self, n: usize) -> io::Result<()> {
            assert_eq!(n, 0);
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(&format!("{text}\n"))
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            let mut screen = self.0.lock().unwrap();
            let start = screen.rfind('\n').map_or(0, |at| at + 1);
            screen.truncate(start);
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.write_str(std::str::from_utf8(bytes).unwrap())?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn terminal() -> (Console, Screen) {
        let screen = Screen::default();
        let options = Options { verbosity: Verbosity::Normal, color: ColorChoice::Never };
        let drawn = screen.clone();
        let console = Console::from_streams(options, Shared::default(), screen.clone())
            .with_target(move || ProgressDrawTarget::term_like(Box::new(drawn.clone())));
        (console, screen)
    }

    #[test]
    fn lines_appear_above_the_bar_and_the_bar_goes_away() {
        let (console, screen) = terminal();
        let mut progress = console.progress("Recording", 4);
        progress.step("first");
        progress.step("second");
        console.status("Skipped", "third");
        let bar = "   Recording [======>                  ] 1/4: second";
        assert_eq!(screen.text(), format!("     Skipped third\n{bar}"));
        console.warning("careful");
        assert_eq!(screen.text(), format!("     Skipped third\nwarning: careful\n{bar}"));
        drop(progress);
        console.status("Finished", "all");
        assert_eq!(screen.text(), "     Skipped third\nwarning: careful\n    Finished all");
    }

    #[test]
    fn others_may_write_while_the_bar_is_suspended() {
        let (console, screen) = terminal();
        let mut progress = console.progress("Recording", 2);
        progress.step("first");
        let result = console.suspend(|| {
            screen.write_line("from a child").unwrap();
            console.status("Nested", "status");
            progress.step("unseen");
            console.suspend(|| 7)
        });
        assert_eq!(result, 7);
        let expected = "from a child\n      Nested status\n   Recording [";
        assert!(screen.text().starts_with(expected), "{}", screen.text());
        assert!(screen.text().ends_with("0/2: first"), "{}", screen.text());
    }

    #[test]
    fn a_second_progress_shows_as_lines_above_the_first() {
        let (console, screen) = terminal();
        let mut outer = console.progress("Recording", 2);
        outer.step("outer");
        console.progress("Reading", 1).step("inner");
        let text = screen.text();
        let (line, bar) = text.split_once('\n').unwrap();
        assert!(line.starts_with("[1/1] inner  ") && bar.starts_with("   Recording ["), "{text}");
    }
}
