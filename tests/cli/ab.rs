//! `ab`: two commits, or one and the working tree, with real repositories.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sandbox::{Ended, Sandbox, assert_has};

/// A repository of a program that takes `N` rounds, beside its sandbox.
struct Project {
    sandbox: Sandbox,
    root: PathBuf,
}

impl Project {
    /// Two commits, `v1` and `v2`, and a change that is not committed.
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name, "selection");
        let root = fs::canonicalize(sandbox.folder()).expect("it is there").join("repo");
        let project = Self { sandbox, root };
        project.file(
            "Cargo.toml",
            "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n\
             [[bench]]\nname = \"spin\"\nharness = false\n",
        );
        project.file(
            "benches/spin.rs",
            "fn main() { for i in 0..p::N { std::hint::black_box(i); } }\n",
        );
        project.file(".gitignore", "Cargo.lock\n");
        project.git(&["init", "--quiet"]);
        for n in [1_u32, 2] {
            project.commit(&format!("v{n}"), &format!("pub const N: u32 = {n}_000;\n"));
        }
        project.file("src/lib.rs", "pub const N: u32 = 3_000;\n");
        project
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("created");
        fs::write(path, text).expect("written");
    }

    fn commit(&self, tag: &str, library: &str) {
        self.file("src/lib.rs", library);
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "-m", &format!("Make {tag}")]);
        self.git(&["tag", tag]);
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(arguments)
            .current_dir(&self.root)
            .output()
            .expect("git");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// `cargo perfbase ab` in the repository.
    fn ab(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(&["ab", "--profiler", "none"]);
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("CARGO_HOME", self.sandbox.folder().join("cargo"))
            .env("CARGO_TARGET_DIR", self.sandbox.folder().join("target"));
        command
    }

    fn run(&self, arguments: &[&str], status: i32) -> Ended {
        let mut command = self.ab(&["--time", "0.01"]);
        command.args(arguments);
        self.sandbox.expect(command, status)
    }

    /// The user's state, as git sees it.
    fn state(&self) -> String {
        let words = [
            &["status", "--porcelain", "--branch"][..],
            &["stash", "list"],
            &["diff", "HEAD"],
            &["worktree", "list"],
            &["reflog"],
        ];
        words.iter().map(|words| self.git(words)).collect()
    }

    /// Folders of checkouts that are there.
    fn checkouts(&self) -> usize {
        let folder = self.sandbox.folder().join("cargo/perfbase/worktrees");
        let below = |path: &Path| -> Vec<PathBuf> {
            let entries = fs::read_dir(path).map(|all| all.flatten().map(|e| e.path()).collect());
            let mut all: Vec<PathBuf> = entries.unwrap_or_default();
            all.retain(|path| path.is_dir());
            all
        };
        below(&folder).iter().map(|path| below(path).len()).sum()
    }
}

#[test]
fn two_commits_are_measured_in_turns_and_nothing_else_changes() {
    let project = Project::new("ab-two");
    project.git(&["stash", "--quiet"]);
    project.file("src/lib.rs", "pub const N: u32 = 4_000;\n");
    let before = project.state();
    let names = ["--base-label", "one", "--label", "two"];
    let ended = project.run(&[&["v1", "v2", "--runs", "6"][..], &names].concat(), 0);
    assert_has(&ended.stdout, &["one", "two", "spin"]);
    assert_eq!((project.state(), project.checkouts()), (before.clone(), 0));

    let (one, two) = (project.sandbox.index("one"), project.sandbox.index("two"));
    let hash = |name: &str| project.git(&["rev-parse", name]).trim().to_owned();
    assert_eq!(
        (&one["commit"]["hash"], &two["commit"]["hash"]),
        (&hash("v1").into(), &hash("v2").into())
    );
    assert_eq!((&one["commit"]["dirty"], &two["commit"]["dirty"]), (&false.into(), &false.into()));
    assert_eq!(two["base"]["id"], one["id"]);
    let entry = |index: &serde_json::Value| index["benchmarks"][0].clone();
    assert_ne!(entry(&one)["executable"], entry(&two)["executable"]);
    assert_eq!(entry(&two)["base"]["executable"], entry(&one)["executable"]);

    // The working tree, in which git does not see the lock file; and what was built is there yet.
    project.git(&["checkout", "--quiet", "--", "."]);
    project.file("src/lib.rs", "pub const N: u32 = 5_000;\n");
    let before = project.state();
    let ended = project.run(&["v1", "--runs", "6"], 0);
    assert!(!ended.stderr.contains(&format!("Compiling p v0.1.0 ({}", "/cargo/")));
    assert_eq!(ended.stderr.matches("Compiling p ").count(), 1, "{}", ended.stderr);
    assert_eq!((project.state(), project.checkouts()), (before, 0));
    let tree = project.sandbox.index("working-tree");
    assert_eq!(
        (&tree["commit"]["hash"], &tree["commit"]["dirty"]),
        (&hash("HEAD").into(), &true.into())
    );
    assert_ne!(entry(&tree)["executable"], entry(&two)["executable"]);
    let short = &hash("v1")[..7];
    assert_eq!(entry(&project.sandbox.index(short))["executable"], entry(&one)["executable"]);
    // Its own captures are replaced, others are not.
    project.run(&["v1", "--runs", "6"], 0);
    let path = project.sandbox.profiles().join("working-tree/capture.json");
    let index = fs::read_to_string(&path).expect("it is stored");
    fs::write(&path, index.replace("\"ab\"", "\"capture\"")).expect("written");
    let refused = project.run(&["v1", "--runs", "6"], 2);
    assert_has(&refused.stderr, &["`working-tree` exists already", "--force"]);
    assert!(!refused.stderr.contains("Building"));
}

#[test]
fn what_cannot_be_compared_is_told_before_any_build() {
    let project = Project::new("ab-told");
    let told = |arguments: &[&str], parts: &[&str]| {
        let ended = project.run(arguments, 2);
        assert_has(&ended.stderr, parts);
        assert!(!ended.stderr.contains("Building"), "{}", ended.stderr);
        assert_eq!(project.checkouts(), 0);
    };
    told(&["v3"], &["there is no commit `v3`", "did you mean v1 or v2"]);
    told(&["v1", "v3"], &["there is no commit `v3`"]);
    told(&["v2", "v2"], &["the two refs are the same commit"]);
    told(&["v1", "--base-label", "x", "--label", "x"], &["both captures would be called `x`"]);
    told(&["v2", "v1", "--steps"], &["is no ancestor of", "merge-base"]);
    told(&["v2", "v2", "--steps"], &["there is no commit behind"]);
    told(&["v1", "--manifest-path", "/etc/hostname"], &["is not in the repository"]);

    // The same commit twice is how one sees the scatter.
    let ended = project.run(&["v2", "v2", "--label", "again", "--runs", "6"], 0);
    assert_has(&ended.stderr, &["the two refs are the same commit"]);
    assert_has(&ended.stdout, &["measured the same program"]);

    // Not in a repository; a folder that is not in the commit.
    let mut outside = project.ab(&["v1"]);
    outside.current_dir(project.sandbox.folder());
    let ended = project.sandbox.expect(outside, 2);
    assert_has(&ended.stderr, &["is in no git repository"]);
    project.file(
        "fresh/Cargo.toml",
        "[package]\nname = \"fresh\"\nversion = \"0.0.0\"\n[workspace]\n",
    );
    project.file("fresh/src/lib.rs", "");
    let mut inside = project.ab(&["v1"]);
    inside.current_dir(project.root.join("fresh"));
    let ended = project.sandbox.expect(inside, 2);
    assert_has(&ended.stderr, &["there is no folder fresh in"]);

    // Sources that a checkout elsewhere does not find.
    let other = project.sandbox.folder().join("other");
    fs::create_dir_all(other.join("src")).expect("created");
    fs::write(other.join("src/lib.rs"), "").expect("written");
    fs::write(other.join("Cargo.toml"), "[package]\nname = \"other\"\nversion = \"0.0.0\"\n")
        .expect("written");
    let manifest = fs::read_to_string(project.root.join("Cargo.toml")).expect("readable");
    project.file(
        "Cargo.toml",
        &format!("{manifest}[dependencies]\nother = {{ path = \"../other\" }}\n"),
    );
    project.commit("v3", "pub const N: u32 = 6;\n");
    told(&["v3"], &["path dependency outside of the repository", "other"]);
}

#[test]
fn a_workspace_in_a_folder_of_the_repository() {
    let project = Project::new("ab-folder");
    project.git(&["reset", "--quiet", "--hard"]);
    fs::create_dir_all(project.root.join("rust")).expect("created");
    for name in ["Cargo.toml", "benches", "src"] {
        project.git(&["mv", name, "rust/"]);
    }
    project.git(&["commit", "--quiet", "-m", "Move"]);
    project.file("rust/src/lib.rs", "pub const N: u32 = 7_000;\n");
    for (folder, words) in [
        ("rust", &[][..]),
        (".", &["--manifest-path", "rust/Cargo.toml"]),
        ("rust/src", &["--manifest-path", "../Cargo.toml"]),
    ] {
        let mut command = project.ab(&[&["HEAD", "--runs", "6", "--force"][..], words].concat());
        command.current_dir(project.root.join(folder));
        project.sandbox.expect(command, 0);
        let index = project.sandbox.index("working-tree");
        let entry = &index["benchmarks"][0];
        assert_eq!(entry["folder"], "p/spin/spin", "{folder}: {index}");
        assert_ne!(entry["executable"], entry["base"]["executable"]);
    }
}

#[test]
fn whoever_is_killed_leaves_nothing_for_long() {
    let project = Project::new("ab-killed");
    let before = project.state();
    let mut child =
        project.ab(&["v1", "v2", "--runs", "1000", "--time", "5"]).spawn().expect("it starts");
    let stderr = BufReader::new(child.stderr.take().expect("it is a pipe"));
    let is_measuring = |line: &String| line.contains("Measuring");
    let seen: Vec<String> =
        stderr.lines().map_while(Result::ok).take_while(|line| !is_measuring(line)).collect();
    assert_eq!(project.checkouts(), 2, "{seen:#?}");
    child.kill().expect("it lives");
    child.wait().expect("it is ours");
    // Processes are gone at once, files with the next run.
    project.run(&["v1", "--runs", "6"], 0);
    assert_eq!((project.state(), project.checkouts()), (before, 0));
    assert!(!project.sandbox.profiles().join("v1").exists());
}

#[test]
fn each_step_of_a_range() {
    let project = Project::new("ab-steps");
    project.commit("broken", "pub const N: u32 = ;\n");
    project.commit("v3", "pub const N: u32 = 30_000;\n");
    let ended = project.run(&["v1", "--steps", "--runs", "6"], 101);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let short = |name: &str| project.git(&["rev-parse", "--short=7", name]).trim().to_owned();
    let starts: Vec<String> =
        ["v2", "broken", "v3"].iter().map(|name| format!("{}  Make {name}", short(name))).collect();
    let steps: Vec<&&str> = lines.iter().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(steps.len(), 3, "{lines:#?}");
    for (line, start) in steps.iter().zip(&starts) {
        assert!(line.starts_with(start), "{lines:#?}");
    }
    assert_has(&ended.stdout, &["not measured"]);
    // The one after the broken one is measured against the last that could be built.
    let parent = project.sandbox.index(&format!("{}@parent", short("v3")));
    assert_eq!(parent["commit"]["hash"], project.git(&["rev-parse", "v2"]).trim());
    assert_eq!(project.checkouts(), 0);
    // A commit in which there is nothing to measure ends nothing.
    let ended = project.run(&["v1", "v2", "--steps", "--benchmark", "none-such"], 101);
    assert_has(&ended.stdout, &["Make v2", "not measured: no benchmark or test matches none-such"]);
    let refused = project.run(&["v1", "--steps", "--label", "x"], 2);
    assert_has(&refused.stderr, &["cannot be used with"]);
    // Labels of all steps are looked at first.
    let name = format!("{}@parent/capture.json", short("v3"));
    let path = project.sandbox.profiles().join(name);
    let index = fs::read_to_string(&path).expect("it is stored");
    fs::write(&path, index.replace("\"ab\"", "\"capture\"")).expect("written");
    let refused = project.run(&["v1", "--steps"], 2);
    assert_has(&refused.stderr, &["@parent` exists already"]);
    assert!(!refused.stderr.contains("Building"), "{}", refused.stderr);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn several_layouts_of_the_same_code() {
    let project = Project::new("ab-layouts");
    // The compiler's wrapper is not for the benchmark.
    let check = "assert!(std::env::var_os(\"RUSTC_WORKSPACE_WRAPPER\").is_none());";
    project
        .file("benches/spin.rs", &format!("fn main() {{ {check} std::hint::black_box(p::N); }}\n"));
    project
        .file("src/bin/prog.rs", &format!("fn main() {{ {check} std::hint::black_box(p::N); }}\n"));
    project.commit("v3", "pub const N: u32 = 3;\n");
    project.file("src/lib.rs", "pub const N: u32 = 4;\n");
    let before = project.state();
    let words = ["v3", "--layouts", "2", "--runs", "12", "--bench", "spin", "--bin", "prog"];
    let ended = project.run(&words, 0);
    assert_has(
        &ended.stdout,
        &["Layouts:", "p/spin/spin: ", "p/bin-prog/prog: ", "over 2 layouts"],
    );
    assert_has(&ended.stderr, &["Building working-tree, layout 2"]);
    assert_eq!((project.state(), project.checkouts()), (before, 0));
    let timing = fs::read(project.sandbox.profiles().join("working-tree/p/spin/spin/timing.json"));
    let timing: serde_json::Value = serde_json::from_slice(&timing.expect("stored")).expect("JSON");
    assert_eq!(timing["runs"].as_array().expect("an array").len(), 12, "six of each layout");
    let new = project.sandbox.index("working-tree");
    assert_eq!(new["settings"]["runs"], 12);
    // Each capture has all benchmarks, of its own executables.
    let base = project.sandbox.index(&project.git(&["rev-parse", "v3"])[..7]);
    let entries = |index: &serde_json::Value| index["benchmarks"].as_array().cloned();
    let (of_base, of_new) = (entries(&base).expect("a list"), entries(&new).expect("a list"));
    assert_eq!((of_base.len(), of_new.len()), (2, 2));
    for (base, new) in of_base.iter().zip(&of_new) {
        assert_eq!(base["folder"], new["folder"]);
        assert_ne!(base["executable"], new["executable"]);
        assert_eq!(base["executable"], new["base"]["executable"]);
    }
}

#[test]
fn a_program_that_is_wrong_is_no_improvement() {
    let project = Project::new("ab-parity");
    project.file(
        "perfbase.toml",
        "[[parity]]\nid = \"answers\"\n\
         command = [\"cargo\", \"run\", \"--quiet\", \"--example\", \"answer\"]\n\
         same-output = true\n\
         [[limit]]\nat-most = \"+1000%\"\n",
    );
    project.file("examples/answer.rs", "fn main() { println!(\"{}\", p::ANSWER); }\n");
    let answer = |n: u32, answer: u32| {
        format!("pub const N: u32 = {n};\npub const ANSWER: u32 = {answer};\n")
    };
    project.commit("right", &answer(3_000, 42));
    project.commit("wrong", &answer(2_000, 41));
    project.commit("crashes", &answer(1_000, 42));
    project.file("examples/answer.rs", "fn main() { panic!(\"lost {}\", p::ANSWER); }\n");

    let wrong = project.run(&["right", "wrong", "--runs", "2", "--label", "two"], 100);
    assert_has(&wrong.stderr, &["whether two is right"]);
    assert_has(&wrong.stdout, &["NO-GO", "printed different things", "answers failed"]);
    let index = project.sandbox.index("two");
    assert_eq!(index["parities"][0]["id"], "answers");
    assert_eq!(index["parities"][0]["succeeded"], true);

    // What is not committed is tried where it lies.
    let crashed = project.run(&["right", "--runs", "2", "--label", "three"], 100);
    assert_has(&crashed.stderr, &["answers failed: exit status 101", "lost 42"]);
    assert_has(&crashed.stdout, &["NO-GO", "exit status 101 in three"]);
    assert_eq!(project.sandbox.index("three")["parities"][0]["succeeded"], false);

    let right = project.run(&["right", "crashes", "--runs", "2", "--label", "four"], 0);
    assert_has(&right.stdout, &["cargo run --quiet --example answer"]);

    let steps = project.run(&["right", "crashes", "--steps", "--runs", "1"], 0);
    assert_has(&steps.stdout, &["Make wrong", "does not count: answers: ", "Make crashes"]);
}
