//! A repository with a pull request, as `actions/checkout` leaves it on a runner.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The package: a program that takes `ROUNDS` rounds.
const MANIFEST: &str = "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
    [workspace]\n[[bench]]\nname = \"spin\"\nharness = false\n";
const BENCH: &str = "fn main() { p::work(p::ROUNDS); }\n";
/// Instructions are exact where valgrind is; times are far from the limit on any machine.
const RULES: &str = r#"
[[capture]]
name = "spin"
bench = "spin"
runs = 6
profile-runs = 2
profile-time = 0.1

[[limit]]
id = "instructions"
measure = "instructions"
at-most = "+10%"

[[limit]]
id = "time"
at-most = "+150%"
"#;

/// The library with so many rounds.
pub(crate) fn library(rounds: u32) -> String {
    format!(
        "pub const ROUNDS: u32 = {rounds};\n#[inline(never)]\npub fn work(n: u32) {{\n    for i in \
         0..n {{\n        std::hint::black_box(i);\n    }}\n}}\n"
    )
}

/// Two repositories: where pull requests go, and the runner's.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    /// The workspace's folder in the repository.
    below: &'static str,
}

impl Project {
    /// With a main branch of one commit, in which the workspace lies in the folder `below`.
    pub(crate) fn new(below: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let project = Self { folder, below };
        fs::create_dir_all(project.origin().join(below)).expect("created");
        project.git(&project.origin(), &["init", "--quiet", "--initial-branch=trunk"]);
        // So that it gives out any commit, as GitHub does.
        project.git(&project.origin(), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        for (name, text) in
            [("Cargo.toml", MANIFEST), ("benches/spin.rs", BENCH), ("perfbase.toml", RULES)]
        {
            project.write(name, text);
        }
        project.write("src/lib.rs", &library(2_000_000));
        project.write(".gitignore", "target\n");
        project
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where pull requests go.
    pub(crate) fn origin(&self) -> PathBuf {
        self.folder().join("origin")
    }

    /// `GITHUB_WORKSPACE`
    pub(crate) fn workspace(&self) -> PathBuf {
        self.folder().join("work")
    }

    /// Changes a file of the workspace; `commit` keeps it.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.origin().join(self.below).join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("created");
        fs::write(path, text).expect("written");
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.origin().join(self.below).join(name)).expect("removed");
    }

    /// The workflows, written into the repository by the program itself.
    #[track_caller]
    pub(crate) fn init(&self) {
        self.try_init(&[]).expect("they are written");
    }

    /// What it says, as an error where it fails.
    pub(crate) fn try_init(&self, options: &[&str]) -> Result<String, String> {
        let output = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"))
            .args(["perfbase", "init", "--github"])
            .args(options)
            .current_dir(self.origin().join(self.below))
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(said) } else { Err(said) }
    }

    /// One of the two.
    pub(crate) fn workflow(&self, name: &str) -> Value {
        let path = self.origin().join(".github/workflows").join(name);
        serde_saphyr::from_str(&fs::read_to_string(path).expect("it was written")).expect("YAML")
    }

    pub(crate) fn commit(&self) -> String {
        self.git(&self.origin(), &["add", "."]);
        self.git(&self.origin(), &["commit", "--quiet", "--message", "change"]);
        self.git(&self.origin(), &["rev-parse", "HEAD"])
    }

    /// A branch with what `change` does, merged to be tried; its commit and that of the merge.
    pub(crate) fn pull_request(&self, change: impl FnOnce(&Self)) -> [String; 2] {
        let origin = self.origin();
        self.git(&origin, &["checkout", "--quiet", "-b", "topic"]);
        change(self);
        let head = self.commit();
        self.git(&origin, &["checkout", "--quiet", "trunk"]);
        // Meanwhile somebody else changed something.
        self.write("README.md", "other\n");
        self.commit();
        self.git(&origin, &["checkout", "--quiet", "--detach"]);
        self.git(&origin, &["merge", "--quiet", "--no-ff", "--message", "try", "topic"]);
        let merge = self.git(&origin, &["rev-parse", "HEAD"]);
        self.git(&origin, &["checkout", "--quiet", "trunk"]);
        [head, merge]
    }

    /// What `actions/checkout` does.
    pub(crate) fn check_out(&self, commit: &str, depth: &str) {
        let work = self.workspace();
        fs::create_dir_all(&work).expect("created");
        self.git(&work, &["init", "--quiet"]);
        let origin = format!("file://{}", self.origin().display());
        self.git(&work, &["remote", "add", "origin", &origin]);
        self.git(&work, &["fetch", "--quiet", "--no-tags", "--depth", depth, "origin", commit]);
        self.git(&work, &["checkout", "--quiet", "--force", "--detach", commit]);
    }

    pub(crate) fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "advice.detachedHead=false"])
            .args(arguments)
            .current_dir(folder)
            .output()
            .expect("git");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }
}
