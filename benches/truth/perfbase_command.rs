//! The command under test.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

/// The executable, and where and on what it runs.
#[derive(Clone)]
pub(crate) struct Perfbase {
    pub(crate) program: PathBuf,
    /// Build products of the subjects.
    pub(crate) target: PathBuf,
    /// The processors that captures may use.
    pub(crate) processors: Vec<usize>,
}

impl Perfbase {
    /// Captures a benchmark of a target.
    pub(crate) fn capture(
        &self,
        (target, benchmark): (&str, &str),
        sources: &Path,
        profiles: &Path,
        label: &str,
        more: &[&str],
    ) -> Result<()> {
        let mut command = self.command();
        command
            .args(["capture", "--force", "--label", label, "--profiles"])
            .arg(profiles)
            .args(["--bench", target, "--exact", benchmark])
            .args(more)
            .current_dir(sources)
            .env("CARGO_TARGET_DIR", &self.target);
        output(command).map(|_| ())
    }

    /// Compares `base` and `new`, as JSON; as somebody would who is in `folder`.
    pub(crate) fn diff(&self, profiles: &Path, folder: &Path) -> Result<serde_json::Value> {
        let mut command = self.command();
        command.args(["diff", "base", "new", "--format", "json", "--profiles"]).arg(profiles);
        command.current_dir(folder);
        Ok(serde_json::from_slice(&output(command)?)?)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // What cargo says of this benchmark is none of the subjects'.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        // SAFETY: the set is plain data, and both calls are async-signal-safe.
        unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            for &processor in &self.processors {
                libc::CPU_SET(processor, &mut set);
            }
            command.pre_exec(move || match libc::sched_setaffinity(0, size_of_val(&set), &set) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            });
        }
        command.stdin(Stdio::null());
        command
    }
}

fn output(mut command: Command) -> Result<Vec<u8>> {
    let output = command.output()?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let tail: Vec<&str> = text.lines().rev().take(12).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        return Err(format!("{}: {}", output.status, tail.join("\n")).into());
    }
    Ok(output.stdout)
}
