//! The workspace that the book's commands are run in.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::marked::Mark;

const FILES: [(&str, &str); 7] = [
    (
        "Cargo.toml",
        "[package]\nname = \"shop\"\nversion = \"1.2.0\"\nedition = \"2021\"\n[workspace]\n\
         [[bench]]\nname = \"parse\"\nharness = false\n[[bench]]\nname = \"count\"\nharness = \
         false\n",
    ),
    (
        "src/lib.rs",
        "#[inline(never)]\npub fn words(text: &str, rounds: u32) -> usize {\n    let mut n = 0;\n    \
         for _ in 0..rounds {\n        n += std::hint::black_box(text).split(' ').count();\n    }\n    \
         n\n}\n\npub fn orders() -> usize {\n    words(&\"one order \".repeat(2_000), 30)\n}\n",
    ),
    (
        "src/main.rs",
        "fn main() {\n    for _ in 0..20 {\n        println!(\"{}\", shop::orders());\n    }\n}\n",
    ),
    ("benches/parse.rs", "fn main() {\n    std::hint::black_box(shop::orders());\n}\n"),
    (
        "benches/count.rs",
        "fn main() {\n    std::hint::black_box(shop::words(\"a b c\", 10_000));\n}\n",
    ),
    (
        "tests/orders.rs",
        "#[test]\nfn an_order_is_summed_up() {\n    assert_eq!(shop::orders() % 2, 0);\n}\n",
    ),
    (".gitignore", "target\nprofiles\n"),
];

/// Stands before the real one: the same commands, with fewer and shorter runs than a reader has
/// unless they say themselves how many and how long.
const SHORTER: &str = r#"#!/bin/bash
words=() added=()
while test $# -gt 0; do
  case "$1" in
    --max-time) words+=(--max-time 2); shift 2 ;;
    *) words+=("$1"); shift ;;
  esac
done
case "${words[1]}" in
  capture | ab)
    for option in "--runs 2" "--time 0.02" "--profile-time 0.2"; do
      [[ " ${words[*]} " == *" ${option% *} "* ]] || added+=($option)
    done
    [[ " ${words[*]} " == *" --runs 0 "* ]] || added+=(--profile-runs 1) ;;
esac
exec "$REAL" "${words[@]:0:2}" "${added[@]}" "${words[@]:2}"
"#;

/// A repository with a `main` branch, a tag and another branch.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
    mark: Mark,
}

impl Workspace {
    pub(crate) fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let workspace = Self { folder, mark: Mark::new(name) };
        for (name, text) in FILES {
            workspace.write(name, text);
        }
        let wrapper = workspace.folder.path().join("bin/cargo-perfbase");
        fs::create_dir_all(wrapper.parent().expect("it has one")).expect("created");
        fs::write(&wrapper, SHORTER).expect("written");
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).expect("permitted");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["generate-lockfile", "--offline", "--quiet"]).current_dir(workspace.root());
        assert!(cargo.status().expect("cargo").success());
        workspace.git("init --quiet --initial-branch=main");
        workspace.commit();
        workspace.git("tag v1.2.0");
        workspace.write("README.md", "A shop.\n");
        workspace.commit();
        workspace.git("checkout --quiet -b topic");
        workspace.write("benches/count.rs", &FILES[4].1.replace("10_000", "90_000"));
        workspace.commit();
        workspace.git("checkout --quiet main");
        workspace
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("created");
        fs::write(path, text).expect("written");
    }

    fn git(&self, arguments: &str) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(arguments.split(' '));
        assert!(git.current_dir(self.root()).status().expect("git").success(), "git {arguments}");
    }

    fn commit(&self) {
        self.git("add .");
        self.git("commit --quiet --message change");
    }

    /// Runs a line as a reader's shell would; its exit status, and what it printed.
    pub(crate) fn run(&self, line: &str) -> (Option<i32>, String) {
        let bin = self.folder.path().join("bin");
        let path = std::env::var("PATH").expect("there is one");
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-o", "pipefail", "-c", line])
            .current_dir(self.root())
            .stdin(Stdio::null())
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("REAL", env!("CARGO_BIN_EXE_cargo-perfbase"))
            .env("CARGO_NET_OFFLINE", "true");
        for variable in ["CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_TERM_COLOR", "NO_COLOR"] {
            bash.env_remove(variable);
        }
        self.mark.put_on(&mut bash);
        let output = bash.output().expect("bash");
        self.mark.assert_nobody_left();
        let printed = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&printed).into_owned())
    }
}

/// Whether a tool can be used; it has to be where all tools are required.
pub(crate) fn can_use(tool: &str) -> bool {
    let words: &[&str] = match tool {
        "perf" => &["record", "--quiet", "--output", "/dev/null", "--", "true"],
        _ => &["--version"],
    };
    let mut command = Command::new(tool);
    command.args(words).current_dir(Path::new("/tmp")).stdout(Stdio::null()).stderr(Stdio::null());
    let can = command.status().is_ok_and(|status| status.success());
    let required = std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(can || !required, "{tool} cannot be used");
    if !can {
        left_out(tool);
    }
    can
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests is to know what did not run")]
fn left_out(tool: &str) {
    eprintln!("left out: {tool} cannot be used here");
}
