//! Commands that tell whether the program is right, run where its sources are.

use std::ffi::OsString;
use std::hash::Hasher;
use std::path::Path;

use crate::config::Parity;
use crate::console::Console;
use crate::error::Error;
use crate::model::{FastHasher, ParityOutcome};
use crate::process::{Capture, Command, Output, Session, Status, failure_tail};

/// A command of `perfbase.toml` in a folder.
pub(super) fn command(words: &[String], folder: &Path) -> Command {
    let (program, rest) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
    Command::new(program)
        .args(rest.iter().map(OsString::from))
        .cwd(folder)
        .stdout(Capture::WHOLE)
        .stderr(Capture::LAST)
}

/// Runs all of them in a workspace. What they build goes to `target_directory` where the workspace
/// is a checkout: two checkouts must not share one.
///
/// # Errors
/// Only when the user interrupts: a command that fails is an outcome.
pub(super) fn outcomes(
    parities: &[Parity],
    workspace: &Path,
    target_directory: Option<&Path>,
    session: &Session,
    console: &Console,
) -> Result<Vec<ParityOutcome>, Error> {
    let mut outcomes = Vec::new();
    for parity in parities {
        console.status("Checking", &format!("{}: {}", parity.id, parity.command.join(" ")));
        let mut command = command(&parity.command, workspace).timeout(parity.timeout);
        if let Some(folder) = target_directory {
            command = command.env("CARGO_TARGET_DIR", folder);
        }
        let outcome = match session.run(&command) {
            Ok(output) => outcome(&output),
            Err(error) => {
                session.check()?;
                Err((error.to_string(), String::new()))
            }
        };
        outcomes.push(match outcome {
            Ok((status, output)) => {
                ParityOutcome { id: parity.id.clone(), succeeded: true, status, output }
            }
            Err((status, tail)) => {
                let tail = if tail.is_empty() { tail } else { format!("\n{tail}") };
                console.warning(&format!("{} failed: {status}{tail}", parity.id));
                let output = String::new();
                ParityOutcome { id: parity.id.clone(), succeeded: false, status, output }
            }
        });
    }
    Ok(outcomes)
}

/// How it ended and a hash of what it printed; else how, and the tail of what it said.
fn outcome(output: &Output) -> Result<(String, String), (String, String)> {
    let status = output.status.to_string();
    if output.status != Status::Exited(0) {
        return Err((status, failure_tail(output)));
    }
    let mut hasher = FastHasher::default();
    hasher.write(&output.stdout);
    Ok((status, format!("{:016x}", hasher.finish())))
}
