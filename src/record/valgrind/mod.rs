//! valgrind: exact counts of instructions (callgrind) and of allocations (dhat).
//!
//! A program that valgrind runs does the same each time, so that nothing has to be sampled: one
//! execution of a routine is enough, and its counts do not depend on what else the machine does.
//! Everything is counted, start-up and harness too; `normalize` tells them apart by their stacks,
//! as it does for samples. Toggling the collection at the harness's loop would lose what other
//! threads do, and count setup.
//!
//! valgrind writes one file for each process, with its number behind the name that was asked for.

mod simulated;
mod tool;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use self::simulated::simulated;
use super::tool::{self as program, Failed};
use super::{Cause, Refusal, behind};
use crate::model::{Event, RecorderInfo};
use crate::process::{Command, ProcessError, Session};

pub use tool::Tool;

/// How to get valgrind.
const INSTALL: &str = "install it (Debian, Ubuntu: apt install valgrind; \
                       Fedora: dnf install valgrind)";

/// A tool of valgrind that was tried and works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Valgrind {
    tool: Tool,
    program: PathBuf,
    version: String,
    /// The user's own options for valgrind.
    arguments: Vec<String>,
}

impl Valgrind {
    /// Iterations of a benchmark that its counts stand for: harnesses are told to run a routine
    /// once (see `workspace::once_arguments`), and whole processes run once.
    pub const ITERATIONS: u32 = 1;

    /// Finds valgrind and tries one of its tools, with the user's `arguments` (such as
    /// `--cache-sim=yes`) before our own, which win.
    ///
    /// # Errors
    /// The outer error is the user's interrupt.
    pub fn find(
        session: &Session,
        tool: Tool,
        arguments: &[String],
        scratch: &Path,
    ) -> Result<Result<Self, Refusal>, ProcessError> {
        let recorder = tool.name();
        let refuse = |reason: String, remedy: String, cause| {
            Ok(Err(Refusal { recorder, reason, remedy, cause }))
        };
        if !cfg!(target_os = "linux") {
            let reason = format!("{recorder} is tried on Linux only");
            return refuse(reason, "count on Linux".to_owned(), Cause::Elsewhere);
        }
        let (program, version) = match program::find(session, "valgrind", INSTALL)? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(Refusal { recorder, ..refusal })),
        };
        let version = version.trim_start_matches('-').to_owned();
        let valgrind = Self { tool, program, version, arguments: arguments.to_vec() };
        let output = scratch.join(format!("probe.{}", valgrind.file_name()));
        let probe = valgrind.wrap(&Command::new("true"), &output);
        let failed = match program::attempt(session, probe)? {
            Ok(_) if wrote(&output) => return Ok(Ok(valgrind)),
            Ok(output) => Failed::of(&output),
            Err(failed) => failed,
        };
        let (cause, remedy) = (failed.cause(), valgrind.retry());
        refuse(failed.reason, remedy, cause)
    }

    /// Which tool it is.
    pub fn tool(&self) -> Tool {
        self.tool
    }

    /// What it counts beside, by the user's options.
    pub fn events(&self) -> Vec<Event> {
        match self.tool {
            Tool::Callgrind => simulated(&self.arguments),
            Tool::Dhat => Vec::new(),
        }
    }

    /// The command that runs `target` and has each of its processes write a file `OUTPUT.PID`.
    pub fn wrap(&self, target: &Command, output: &Path) -> Command {
        let mut options: Vec<OsString> = Vec::new();
        options.push(format!("--tool={}", self.tool.name()).into());
        options.extend(self.arguments.iter().map(OsString::from));
        options.extend(self.tool.options(output));
        // What the target runs, and what a runner of the user's runs, is counted too. Names are
        // wanted as they are in symbol tables.
        options.extend(["--trace-children=yes", "--demangle=no", "--vgdb=no"].map(OsString::from));
        let mut command = behind(&self.program, options, target);
        for (name, value) in ENVIRONMENT {
            command = command.env(name, value);
        }
        command
    }

    /// The name that the files begin with.
    pub fn file_name(&self) -> &'static str {
        match self.tool {
            Tool::Callgrind => "callgrind.out",
            Tool::Dhat => "dhat.out",
        }
    }

    /// Its name and settings. There is no frequency: nothing is sampled.
    pub fn info(&self) -> RecorderInfo {
        RecorderInfo {
            name: self.tool.name().to_owned(),
            version: self.version.clone(),
            event: self.tool.event().to_owned(),
            frequency_hz: 0.0,
            stacks: self.tool.stacks(),
        }
    }

    /// What may tell more of a tool that fails.
    fn retry(&self) -> String {
        let mut words = vec![format!("valgrind --tool={}", self.tool.name())];
        words.extend(self.arguments.iter().cloned());
        words.push("true".to_owned());
        format!("see what it says of itself: {}", words.join(" "))
    }
}

/// What would else move counts: functions bound at their first call instead of at the start, and
/// tests that take turns on several threads.
const ENVIRONMENT: [(&str, &str); 2] = [("LD_BIND_NOW", "1"), ("RUST_TEST_THREADS", "1")];

/// Whether a process wrote a file whose name begins with `output`.
fn wrote(output: &Path) -> bool {
    let Some((folder, name)) = output.parent().zip(output.file_name()) else { return false };
    let Ok(entries) = fs_err::read_dir(folder) else { return false };
    let name = name.to_string_lossy();
    entries.flatten().any(|entry| {
        let found = entry.file_name().to_string_lossy().starts_with(&*name);
        found && entry.metadata().is_ok_and(|file| file.len() > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valgrind(tool: Tool) -> Valgrind {
        let arguments = vec!["--cache-sim=yes".to_owned()];
        Valgrind { tool, program: "valgrind".into(), version: "3.19.0".to_owned(), arguments }
    }

    #[test]
    fn the_target_and_its_environment_stay_what_they_were() {
        let target = Command::new("bench").arg("--test").env("KEY", "value");
        for tool in Tool::ALL {
            let wrapped = valgrind(tool).wrap(&target, Path::new("/x/50%/out"));
            assert_eq!(wrapped.program, "valgrind");
            let words: Vec<_> = wrapped.args.iter().map(|word| word.to_str().unwrap()).collect();
            assert_eq!(words[0], format!("--tool={}", tool.name()));
            assert_eq!(words[1], "--cache-sim=yes");
            assert_eq!(words[words.len() - 3..], ["--", "bench", "--test"]);
            // valgrind would expand a lone percent sign.
            let file = format!("--{}-out-file=/x/50%%/out.%p", tool.name());
            assert!(words.contains(&&*file), "{words:?}");
            assert!(wrapped.env.contains(&("KEY".into(), Some("value".into()))));
            assert!(wrapped.env.contains(&("LD_BIND_NOW".into(), Some("1".into()))));
        }
    }

    #[test]
    fn what_fails_can_be_tried_by_hand() {
        let hint = valgrind(Tool::Dhat).retry();
        assert_eq!(hint, "see what it says of itself: valgrind --tool=dhat --cache-sim=yes true");
    }
}
