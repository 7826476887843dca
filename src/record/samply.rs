//! samply: CPU time on macOS and Linux.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::tool::{self, Failed};
use super::{Refusal, behind, perf};
use crate::model::RecorderInfo;
use crate::process::{Command, ProcessError, Session};

/// A samply that was tried and works.
#[derive(Clone, Debug)]
pub struct Samply {
    program: PathBuf,
    version: String,
    frequency: u32,
}

impl Samply {
    /// Finds samply and tries it.
    ///
    /// # Errors
    /// The outer error is the user's interrupt.
    pub fn find(
        session: &Session,
        frequency: u32,
        scratch: &Path,
    ) -> Result<Result<Self, Refusal>, ProcessError> {
        let install = "install it: cargo install --locked samply";
        let (program, version) = match tool::find(session, "samply", install)? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let samply = Self { program, version, frequency };
        let file = scratch.join("probe.samply.json.gz");
        let probe = samply.wrap(&Command::new("true"), &file);
        let failed = match tool::attempt(session, probe)? {
            // It ends well even when it was not allowed to record; then there is no file.
            Ok(_) if file.is_file() => return Ok(Ok(samply)),
            Ok(output) => Failed::of(&output),
            Err(failed) => failed,
        };
        // samply looks at the level even for root.
        let (remedy, cause) = (perf::ALLOW.to_owned(), failed.cause());
        Ok(Err(Refusal { recorder: "samply", reason: failed.reason, remedy, cause }))
    }

    pub(super) fn wrap(&self, target: &Command, output: &Path) -> Command {
        let mut options: Vec<OsString> =
            ["record", "--save-only", "--rate"].map(OsString::from).into();
        options.push(self.frequency.to_string().into());
        options.push("--output".into());
        options.push(output.into());
        behind(&self.program, options, target)
    }

    pub(super) fn info(&self) -> RecorderInfo {
        RecorderInfo {
            name: "samply".to_owned(),
            version: self.version.clone(),
            event: "cpu-clock".to_owned(),
            frequency_hz: f64::from(self.frequency),
            stacks: "stack copies, unwound by samply".to_owned(),
        }
    }
}
