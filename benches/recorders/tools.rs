//! The recorders that work here.

use std::path::{Path, PathBuf};
use std::process::Command;

use perfbase::process::{self, Session};
use perfbase::record::{self, Recorder, Stacks, Valgrind, Wanted};

const AGENT: &str = concat!(env!("OUT_DIR"), "/agent.so");
const FREQUENCY: u32 = 997;
const COPIES: &str = "16384";

/// One recorder.
pub(crate) enum Tool {
    /// perf or samply, as a capture runs them.
    Sampling(Recorder),
    /// Our own sampler.
    Embedded,
    /// callgrind or DHAT, as a capture runs them.
    Counting(Valgrind),
}

/// All that work here; of the others it is said why not.
#[expect(clippy::print_stderr, reason = "whoever reads the table is to know what is not in it")]
pub(crate) fn all(session: &Session, scratch: &Path) -> Vec<Tool> {
    let mut tools = vec![Tool::Embedded];
    for wanted in [Wanted::Perf, Wanted::Samply] {
        let choice =
            record::choose(session, wanted, FREQUENCY, scratch).expect("nobody interrupts");
        for refusal in choice.refusals {
            eprintln!("left out: {}: {}; {}", refusal.recorder, refusal.reason, refusal.remedy);
        }
        tools.extend(choice.recorder.map(Tool::Sampling));
    }
    for tool in record::Tool::ALL {
        match Valgrind::find(session, tool, &[], scratch).expect("nobody interrupts") {
            Ok(valgrind) => tools.push(Tool::Counting(valgrind)),
            Err(refusal) => {
                eprintln!("left out: {}: {}; {}", refusal.recorder, refusal.reason, refusal.remedy);
            }
        }
    }
    tools
}

impl Tool {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sampling(Recorder::Perf(_)) => "perf",
            Self::Sampling(Recorder::Samply(_)) => "samply",
            Self::Sampling(Recorder::Embedded(_)) | Self::Embedded => "embedded",
            Self::Counting(valgrind) => valgrind.tool().name(),
        }
    }

    /// Whether it counts everything instead of taking samples.
    pub(crate) fn counts(&self) -> bool {
        matches!(self, Self::Counting(_))
    }

    /// The command that records `target` into `output`.
    pub(crate) fn wrap(&self, target: &Command, output: &Path) -> Command {
        let mut wanted = process::Command::new(target.get_program());
        wanted.args = target.get_args().map(Into::into).collect();
        let wrapped = match self {
            Self::Sampling(recorder) => recorder.wrap(&wanted, output, Stacks::ALL[0]),
            Self::Counting(valgrind) => valgrind.wrap(&wanted, output),
            Self::Embedded => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
                command.arg("__embedded").arg(AGENT).arg(output);
                command.args([&FREQUENCY.to_string(), COPIES, "--"]);
                command.arg(target.get_program()).args(target.get_args());
                return command;
            }
        };
        let mut command = Command::new(PathBuf::from(wrapped.program));
        command.args(wrapped.args);
        for (name, value) in wrapped.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }
}
