//! samply: CPU time on macOS and Linux.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::perf::{complaint, quick};
use super::{Refusal, behind};
use crate::model::RecorderInfo;
use crate::process::{Command, ProcessError, Session, Status};

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
        let refuse = |reason: String, remedy: &str| {
            Ok(Err(Refusal { recorder: "samply", reason, remedy: remedy.to_owned() }))
        };
        let Ok(program) = which::which("samply") else {
            return refuse(
                "samply is not installed".to_owned(),
                "install it: cargo install --locked samply",
            );
        };
        let version = match quick(session, &program, &["--version"])? {
            Ok(output) => String::from_utf8_lossy(&output.stdout)
                .trim()
                .trim_start_matches("samply ")
                .to_owned(),
            Err(reason) => return refuse(reason, "reinstall it: cargo install --locked samply"),
        };
        let samply = Self { program, version, frequency };
        let file = scratch.join("probe.samply.json.gz");
        let probe = Command {
            timeout: Some(Duration::from_secs(20)),
            ..samply.wrap(&Command::new("true"), &file)
        };
        let reason = match session.run(&probe) {
            // It ends well even when it was not allowed to record; then there is no file.
            Ok(output) if output.status == Status::Exited(0) && file.is_file() => {
                return Ok(Ok(samply));
            }
            Ok(output) => complaint(&output),
            Err(error @ ProcessError::Interrupted { .. }) => return Err(error),
            Err(error) => error.to_string(),
        };
        // samply looks at the level even for root.
        refuse(reason, "allow it for this session: sudo sysctl kernel.perf_event_paranoid=1")
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
