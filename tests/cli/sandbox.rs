//! A `profiles` folder of its own for each test, and fixtures that all tests share.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::marked::Mark;

/// What the tests of this file share: copies of the fixtures and what is built of them.
fn shared() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli")
}

/// A place for captures of a fixture.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
    fixture: PathBuf,
    mark: Mark,
}

/// How a command ended and what it said.
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    /// For captures of `tests/fixtures/<fixture>`; `name` is the test's.
    pub(crate) fn new(name: &str, fixture: &str) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            fixture: fixture_copy(fixture),
            mark: Mark::new(name),
        }
    }

    /// A scratch folder of the test.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where captures go.
    pub(crate) fn profiles(&self) -> PathBuf {
        self.folder.path().join("profiles")
    }

    /// The fixture's folder.
    pub(crate) fn fixture(&self) -> &Path {
        &self.fixture
    }

    /// `cargo-perfbase` in the fixture's folder.
    pub(crate) fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
        command
            .args(arguments)
            .current_dir(&self.fixture)
            .env("CARGO_TARGET_DIR", shared().join("target"))
            .env("CARGO_NET_OFFLINE", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for variable in ["NO_COLOR", "CARGO_TERM_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUSTFLAGS"]
        {
            command.env_remove(variable);
        }
        self.mark.put_on(&mut command);
        command
    }

    /// As [`Self::bare`], with the sandbox's own `profiles` folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(&["--profiles"]);
        command.arg(self.profiles()).args(arguments);
        command
    }

    /// A capture that takes no longer than necessary, without profiles.
    pub(crate) fn capture(&self, label: &str, arguments: &[&str]) -> Command {
        let mut command = self.command(&["capture", "--label", label, "--profiler", "none"]);
        command.args(["--runs", "1", "--time", "0.1"]).args(arguments);
        command
    }

    /// Runs to the end; panics with what was said when the status is another one.
    pub(crate) fn expect(&self, mut command: Command, status: i32) -> Ended {
        let ended = self.run(&mut command);
        let Ended { stdout, stderr, .. } = &ended;
        assert_eq!(ended.status, Some(status), "{command:?}\n{stdout}\n{stderr}");
        ended
    }

    /// Runs to the end; whoever is left of it then is a failure.
    pub(crate) fn run(&self, command: &mut Command) -> Ended {
        let output = command.output().expect("it starts");
        self.mark.assert_nobody_left();
        Ended {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The index of a stored capture.
    pub(crate) fn index(&self, label: &str) -> serde_json::Value {
        let path = self.profiles().join(label).join("capture.json");
        serde_json::from_slice(&fs::read(path).expect("it is stored")).expect("JSON")
    }

    /// The ids of a stored capture's benchmarks, and what each failed of.
    pub(crate) fn benchmarks(&self, label: &str) -> Vec<(String, Option<String>)> {
        let json = self.expect(self.command(&["show", label, "--format", "json"]), 0).stdout;
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        json["benchmarks"]
            .as_array()
            .expect("an array")
            .iter()
            .map(|benchmark| {
                let id = text(&benchmark["id"]).expect("an id");
                (id, text(&benchmark["failure"]["status"]))
            })
            .collect()
    }

    /// The ids of a stored capture's benchmarks.
    pub(crate) fn ids(&self, label: &str) -> Vec<String> {
        self.benchmarks(label).into_iter().map(|(id, _)| id).collect()
    }
}

/// Fails unless `text` has all of `parts`.
#[track_caller]
pub(crate) fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

/// A copy of a fixture outside the sources, where cargo may write its lock file. Files that are
/// there already are left alone, so that nothing is built twice.
fn fixture_copy(name: &str) -> PathBuf {
    static COPYING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = COPYING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    let to = shared().join(name);
    copy(&from, &to);
    to
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for entry in fs::read_dir(from).expect("readable").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            if entry.file_name() != "target" {
                copy(&from, &to);
            }
            continue;
        }
        let wanted = fs::read(&from).expect("readable");
        match fs::read(&to) {
            Ok(there) if there == wanted => {}
            Ok(_) => fs::write(&to, wanted).expect("written"),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::write(&to, wanted).expect("written");
            }
            Err(error) => panic!("{}: {error}", to.display()),
        }
    }
}
