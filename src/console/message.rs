//! Messages in cargo's style.

use std::error::Error;

use anstyle::{AnsiColor, Style};

use super::escape::{escape_line, escape_terminal};
use super::stream::{Console, Verbosity};

/// Columns of the verb of a status line, as in cargo.
const VERB_WIDTH: usize = 12;

pub(super) const STATUS: Style = AnsiColor::BrightGreen.on_default().bold();
const NOTE: Style = AnsiColor::BrightCyan.on_default().bold();
const WARNING: Style = AnsiColor::BrightYellow.on_default().bold();
const ERROR: Style = AnsiColor::BrightRed.on_default().bold();

impl Console {
    /// What is being done: `   Compiling …`. Not shown when quiet.
    pub fn status(&self, verb: &str, message: &str) {
        if self.verbosity() >= Verbosity::Normal {
            let line = format!("{} {}\n", self.verb(verb, STATUS), escape_line(message));
            self.write_stderr(&line);
        }
    }

    /// As [`Console::status`], when verbose only.
    pub fn verbose(&self, verb: &str, message: &str) {
        if self.verbosity() >= Verbosity::Verbose {
            self.status(verb, message);
        }
    }

    /// Good to know. Not shown when quiet.
    pub fn note(&self, message: &str) {
        if self.verbosity() >= Verbosity::Normal {
            self.write_stderr(&self.labelled("note", NOTE, message));
        }
    }

    /// Something that may mislead. Not shown when quiet.
    pub fn warning(&self, message: &str) {
        if self.verbosity() >= Verbosity::Normal {
            self.write_stderr(&self.labelled("warning", WARNING, message));
        }
    }

    /// What another program said of its failure, line by line as it is, but for what could harm
    /// a terminal. Shown in any case.
    pub fn foreign(&self, text: &str) {
        if !text.trim().is_empty() {
            self.write_stderr(&format!("{}\n", escape_terminal(text).trim_end()));
        }
    }

    /// An error, what caused it, and what to do about it.
    pub fn error(&self, error: &dyn Error, hint: Option<&str>) {
        let mut previous = error.to_string();
        let mut text = self.labelled("error", ERROR, &previous);
        let mut cause = error.source();
        while let Some(error) = cause {
            let message = error.to_string();
            // Some errors repeat their source in their own message.
            if !previous.ends_with(&message) {
                text.push_str(&self.labelled("caused by", ERROR, &message));
            }
            previous = message;
            cause = error.source();
        }
        if let Some(hint) = hint {
            text.push_str(&self.labelled("help", NOTE, hint));
        }
        self.write_stderr(&text);
    }

    /// A verb, right-aligned.
    pub(super) fn verb(&self, verb: &str, style: Style) -> String {
        let verb = escape_line(verb);
        let indent = VERB_WIDTH.saturating_sub(verb.chars().count());
        format!("{}{}", " ".repeat(indent), self.paint(&verb, style))
    }

    /// `label: message`; further lines are indented, so that they cannot pass for ours.
    fn labelled(&self, label: &str, style: Style, message: &str) -> String {
        let mut text = format!("{}:", self.paint(label, style));
        for (n, line) in escape_terminal(message).trim_end().split('\n').enumerate() {
            match (n, line.is_empty()) {
                (0, _) => text.push(' '),
                (_, true) => text.push('\n'),
                (_, false) => text.push_str("\n  "),
            }
            text.push_str(line);
        }
        text.push('\n');
        text
    }

    fn paint(&self, text: &str, style: Style) -> String {
        if self.colors_stderr() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::super::{ColorChoice, Options};
    use super::*;

    /// A buffer that is still readable when a console owns it.
    #[derive(Clone, Debug, Default)]
    pub(in crate::console) struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Shared {
        pub(in crate::console) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What `work` writes to stderr; it must write nothing to stdout.
    fn stderr(verbosity: Verbosity, color: ColorChoice, work: impl Fn(&Console)) -> String {
        let (out, err) = (Shared::default(), Shared::default());
        let options = Options { verbosity, color };
        work(&Console::from_streams(options, out.clone(), err.clone()));
        assert_eq!(out.text(), "");
        err.text()
    }

    fn plain(work: impl Fn(&Console)) -> String {
        stderr(Verbosity::Normal, ColorChoice::Never, work)
    }

    #[derive(Debug, thiserror::Error)]
    enum Layered {
        #[error("cannot capture `before`")]
        Outer { source: Box<Layered> },
        #[error("disk full: {source}")]
        Repeating { source: Box<Layered> },
        #[error("no space\nleft")]
        Inner,
    }

    #[test]
    fn verbs_are_right_aligned_as_in_cargo() {
        assert_eq!(plain(|c| c.status("Compiling", "foo v1.0")), "   Compiling foo v1.0\n");
        assert_eq!(plain(|c| c.status("Overlengthening", "x")), "Overlengthening x\n");
        assert_eq!(
            stderr(Verbosity::Normal, ColorChoice::Always, |c| c.status("Finished", "x")),
            "    \x1b[1m\x1b[92mFinished\x1b[0m x\n"
        );
    }

    #[test]
    fn an_error_shows_its_causes_and_a_hint() {
        let error = Layered::Outer {
            source: Box::new(Layered::Repeating { source: Box::new(Layered::Inner) }),
        };
        let text = plain(|c| c.error(&error, Some("free some space")));
        let expected = "error: cannot capture `before`\ncaused by: disk full: no space\n  left\n\
                        help: free some space\n";
        assert_eq!(text, expected);
        assert_eq!(
            stderr(Verbosity::Quiet, ColorChoice::Always, |c| c.error(&Layered::Inner, None)),
            "\x1b[1m\x1b[91merror\x1b[0m: no space\n  left\n"
        );
    }

    #[test]
    fn verbosity_is_heard() {
        let all = |console: &Console| {
            console.status("Status", "s");
            console.verbose("Verbose", "v");
            console.note("n");
            console.warning("w");
        };
        assert_eq!(stderr(Verbosity::Quiet, ColorChoice::Never, all), "");
        assert_eq!(plain(all), "      Status s\nnote: n\nwarning: w\n");
        let verbose = stderr(Verbosity::Verbose, ColorChoice::Never, all);
        assert_eq!(verbose, "      Status s\n     Verbose v\nnote: n\nwarning: w\n");
    }

    #[test]
    fn foreign_text_cannot_act_or_pass_for_ours() {
        let text = plain(|console| {
            console.status("Running", "a\nerror: b\x1b[2J");
            console.warning("a\nerror: b\u{202e}\n\nc\n");
        });
        let expected = "     Running a\\nerror: b\\u{1b}[2J\n\
                        warning: a\n  error: b\\u{202e}\n\n  c\n";
        assert_eq!(text, expected);
    }
}
