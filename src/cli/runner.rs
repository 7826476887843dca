//! Lets `build` and `workspace` start their tools through the session.

use std::io;

use crate::console::Console;
use crate::process::{Capture, Command, ProcessError, Session, Source};
use crate::workspace::{Invocation, Outcome, Runner, StderrMode, Stream};

/// A session as a [`Runner`]; keeps the error that ended a run, for the exit status.
pub(super) struct SessionRunner<'a> {
    pub(super) session: &'a Session,
    /// Where to say what is run, when all is to be said.
    pub(super) console: Option<&'a Console>,
    pub(super) error: Option<ProcessError>,
}

impl Runner for SessionRunner<'_> {
    fn run(
        &mut self,
        invocation: &Invocation,
        on_line: &mut dyn FnMut(Stream, &str),
    ) -> io::Result<Outcome> {
        let command = Command {
            args: invocation.arguments.clone(),
            env: invocation.environment.clone(),
            cwd: invocation.directory.clone(),
            stdout: Capture::Lines,
            stderr: match invocation.stderr {
                StderrMode::Lines => Capture::Lines,
                StderrMode::Inherit => Capture::Inherit,
            },
            // cargo may start a compiler cache that serves later builds too.
            keep_daemons: true,
            ..Command::new(&invocation.program)
        };
        if let Some(console) = self.console {
            console.verbose("Running", &command.display());
        }
        let output = self.session.run_lines(&command, &mut |source, line: &str| match source {
            Source::Stdout => on_line(Stream::Stdout, line),
            Source::Stderr => on_line(Stream::Stderr, line),
        });
        match output {
            Ok(output) => {
                Ok(Outcome { success: output.status.success(), status: output.status.to_string() })
            }
            Err(error) => {
                let kind = match &error {
                    ProcessError::NotFound { .. } => io::ErrorKind::NotFound,
                    _ => io::ErrorKind::Other,
                };
                let told = io::Error::new(kind, error.to_string());
                if matches!(error, ProcessError::Interrupted { .. }) {
                    self.error = Some(error);
                }
                Err(told)
            }
        }
    }
}
