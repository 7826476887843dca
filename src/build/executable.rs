//! An executable, with all that is needed to run it.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::model::{Harness, TargetKind};
use crate::process::{Capture, Command};
use crate::workspace::{Listed, ListedKind};

/// An executable as cargo would run it:
/// `cd <cwd> && env -i <env> <runner…> <path> <arguments…> <the user's arguments…>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executable {
    /// The package's name.
    pub package: String,
    /// The package's version.
    pub package_version: String,
    /// The folder of the package's `Cargo.toml`.
    pub manifest_dir: PathBuf,
    /// What kind of target it is.
    pub kind: TargetKind,
    /// The target's name.
    pub name: String,
    /// The executable file.
    pub path: PathBuf,
    /// The directory that it runs in.
    pub cwd: PathBuf,
    /// The complete environment, not to be mixed with this process's own.
    pub env: Vec<(OsString, OsString)>,
    /// The user's own runner and its arguments; empty without one.
    pub runner: Vec<String>,
    /// What cargo puts before the user's arguments, such as `--bench`.
    pub arguments: Vec<OsString>,
    /// What runs its benchmarks.
    pub harness: Harness,
    /// The harness's version (`0.7.0`), where the build used but one. criterion 0.3 takes whole
    /// seconds only, for example.
    pub harness_version: Option<String>,
    /// Hash of its loaded code and constants, so that equal programs are known as equal.
    pub digest: Option<String>,
    /// Built for `cargo bench` with libtest's harness, of which only `#[bench]`es count.
    pub only_benches: bool,
}

impl Executable {
    /// The command that runs it as cargo would, with these arguments in place of cargo's own: the
    /// user's runner in front, in its folder, and with its environment only.
    pub fn command(&self, arguments: impl IntoIterator<Item = OsString>) -> Command {
        let mut words = self.runner.iter().map(OsString::from);
        let own = self.path.clone().into_os_string();
        let (program, behind): (OsString, Vec<OsString>) = match words.next() {
            Some(runner) => (runner, words.chain([own]).collect()),
            None => (own, Vec::new()),
        };
        Command::new(program)
            .args(behind)
            .args(arguments)
            .env_replace(self.env.iter().cloned())
            .cwd(&self.cwd)
            .stdout(Capture::WHOLE)
            .stderr(Capture::LAST)
    }

    /// Whether something that it lists is a benchmark of ours, too.
    pub fn counts(&self, listed: &Listed) -> bool {
        !self.only_benches || listed.kind == ListedKind::Bench
    }
}
