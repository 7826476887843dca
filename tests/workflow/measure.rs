//! The workflow that measures, run as a runner would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::{Project, library};
use crate::runner::{Job, Runner};

/// What would change the machine, or ask the network.
const FAKES: [(&str, &str); 2] = [
    ("sudo", "echo \"sudo $*\" >> \"$LOG\"\n"),
    (
        "cargo",
        r#"if test "$1" != install; then exec "$REAL_CARGO" "$@"; fi
echo "cargo $* ($RUSTUP_TOOLCHAIN)" >> "$LOG"
mkdir -p "$HOME/.cargo-perfbase/bin"
ln -sf "$PERFBASE_BINARY" "$HOME/.cargo-perfbase/bin/cargo-perfbase"
"#,
    ),
];

fn runner(project: &Project, event: &str, commit: &str) -> Runner {
    let folder = project.folder().join(event);
    fs::create_dir_all(&folder).expect("created");
    Runner::new(&folder, &project.workspace(), &FAKES)
        .with("GITHUB_EVENT_NAME", event)
        .with("GITHUB_SHA", commit)
        .context("github.event_name", event)
}

/// The job for a commit; the runner is there for what it left.
fn run(project: &Project, event: &str, commit: &str) -> (Job, Runner) {
    let workflow = project.workflow("perfbase.yml");
    let mut runner = runner(project, event, commit);
    let job = runner.run(&workflow, |action, with| {
        if action.starts_with("actions/checkout@") {
            project.check_out(commit, &with["fetch-depth"].to_string());
        } else {
            assert!(action.starts_with("actions/cache@"), "{action}");
        }
        true
    });
    (job, runner)
}

/// Fails unless all files are in the artifact.
#[track_caller]
fn assert_holds(job: &Job, artifact: &str, files: &[&str]) {
    let uploaded = job.artifacts.iter().find(|(name, _)| name == artifact);
    let (_, path) = uploaded.unwrap_or_else(|| panic!("{artifact} is not in {job:#?}"));
    for file in files {
        let size = fs::metadata(path.join(file)).map_or(0, |file| file.len());
        assert!(size > 0, "{file} is missing in {}: {job:#?}", path.display());
    }
}

/// How many flamegraphs are in an artifact.
fn pictures(artifact: &Path) -> usize {
    let files = fs::read_dir(artifact.join("flamegraphs")).expect("it is there");
    let name = |file: std::io::Result<fs::DirEntry>| file.expect("readable").file_name();
    files.map(name).filter(|name| name.to_string_lossy().ends_with(".svg")).count()
}

/// The files of an artifact's bundle, which has to be one that can be taken in again.
fn bundled(project: &Project, artifact: &Path, label: &[&str]) -> Vec<String> {
    let bundle = artifact.join("bundle.tar.gz");
    let list = Command::new("tar").arg("-tzf").arg(&bundle).output().expect("tar");
    let import = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"))
        .arg("import")
        .arg(&bundle)
        .arg("--profiles")
        .arg(project.folder().join("imported"))
        .args(label)
        .output()
        .expect("it starts");
    assert!(list.status.success() && import.status.success(), "{list:?} {import:?}");
    String::from_utf8_lossy(&list.stdout).lines().map(str::to_owned).collect()
}

const SPIN: &str = "p/spin/spin";

#[test]
fn a_pull_request_is_compared_with_its_base() {
    let project = Project::new("");
    project.init();
    project.commit();
    let [_, merge] = project.pull_request(|project| {
        project.write("src/lib.rs", &format!("// Faster or slower?\n{}", library(2_000_000)));
    });
    let (job, runner) = run(&project, "pull_request", &merge);
    for (name, status, printed) in &job.ran {
        assert_eq!(*status, 0, "{name}: {printed}");
    }
    let summary = runner.read("summary.md");
    assert!(summary.contains("spin") && summary.contains("GO"), "{summary}");
    assert_holds(&job, "perfbase", &["report.md", "report.html", "bundle.tar.gz"]);
    let bundled = bundled(&project, &job.artifacts[0].1, &[]);
    for file in ["head/P/flamegraph.svg", "base/P/timing.json", "head/P/base-timing.json"] {
        // The last one, since both ran in turns.
        let file = format!("profiles/{}", file.replace('P', SPIN));
        assert!(bundled.iter().any(|name| name.ends_with(&file)), "{file}: {bundled:#?}");
    }
    let (_, comment) = &job.artifacts[1];
    assert_eq!(fs::read_to_string(comment).expect("a file"), summary);
    // What was installed, and that it is the one that ran.
    let log = runner.read("log");
    let version = env!("CARGO_PKG_VERSION");
    assert!(log.contains(&format!("cargo-perfbase@{version} (stable)")), "{log}");
    assert!(log.contains("apt-get install") && log.contains("valgrind"), "{log}");
    assert_commits(&project, &merge);
}

/// That the sides are the merge and its first parent.
fn assert_commits(project: &Project, merge: &str) {
    let profiles = project.folder().join("pull_request/temp/profiles");
    let hash = |label: &str| {
        let index = fs::read(profiles.join(label).join("capture.json")).expect("it is stored");
        let index: serde_json::Value = serde_json::from_slice(&index).expect("JSON");
        assert_eq!(index["commit"]["dirty"], false, "{label}");
        index["commit"]["hash"].as_str().expect("a hash").to_owned()
    };
    assert_eq!(hash("head"), merge);
    let log = fs::read_to_string(project.workspace().join(".git/logs/HEAD")).expect("a log");
    assert!(log.contains(&hash("base")) && hash("base") != merge, "{log}");
}

#[test]
fn a_slower_one_is_a_no_go() {
    // In a folder of the repository, with a name that has to be quoted.
    let project = Project::new("some where");
    project.init();
    project.commit();
    let [_, merge] =
        project.pull_request(|project| project.write("src/lib.rs", &library(16_000_000)));
    let (job, runner) = run(&project, "pull_request", &merge);
    assert_eq!(job.status("Gate"), Some(100), "{job:#?}");
    assert!(job.printed("Gate").contains("NO-GO"));
    let others = job.ran.iter().filter(|(name, ..)| name != "Gate");
    others.for_each(|(name, status, printed)| assert_eq!(*status, 0, "{name}: {printed}"));
    let summary = runner.read("summary.md");
    assert!(summary.contains("NO-GO") && summary.contains("time"), "{summary}");
    // All is there to see why.
    assert_holds(&job, "perfbase", &["report.md", "report.html", "bundle.tar.gz"]);
    assert!(pictures(&job.artifacts[0].1) >= 1, "{job:#?}");
    assert_eq!(job.artifacts.len(), 2);
}

#[test]
fn the_first_benchmark_has_no_base_and_main_gets_a_baseline() {
    let project = Project::new("");
    project.init();
    project.remove("Cargo.toml");
    project.remove("perfbase.toml");
    project.commit();
    let manifest = "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                    [workspace]\n[[bench]]\nname = \"spin\"\nharness = false\n";
    let [_, merge] = project.pull_request(|project| project.write("Cargo.toml", manifest));
    let (job, runner) = run(&project, "pull_request", &merge);
    assert!(job.printed("Capture the base").contains("::warning"), "{job:#?}");
    assert_eq!(job.status("Gate"), Some(0), "{job:#?}");
    assert!(runner.read("summary.md").contains("spin"));
    assert_eq!(job.artifacts.len(), 2);

    fs::remove_dir_all(project.workspace()).expect("removed");
    let (job, runner) = run(&project, "push", &merge);
    assert_eq!(job.status("Capture the base"), None);
    assert_eq!(job.status("Gate"), Some(0), "{job:#?}");
    assert!(runner.read("summary.md").contains("spin"));
    assert_holds(&job, "perfbase-baseline", &["report.md", "report.html", "bundle.tar.gz"]);
    assert!(pictures(&job.artifacts[0].1) >= 1, "{job:#?}");
    bundled(&project, &job.artifacts[0].1, &["--label", "main"]);
    assert_eq!(job.artifacts.len(), 1, "nobody comments on a push");
}

#[test]
fn what_does_not_build_fails_at_once() {
    let project = Project::new("");
    project.init();
    project.commit();
    let [_, merge] = project.pull_request(|project| project.write("src/lib.rs", "fn"));
    let (job, _) = run(&project, "pull_request", &merge);
    assert_eq!(job.status("Capture the base"), Some(0));
    assert_eq!((job.status("Capture"), job.status("Report")), (Some(101), None), "{job:#?}");
    // There is nothing to keep, and nothing is said in a comment.
    assert_eq!(job.artifacts.len(), 0);
}

#[test]
fn without_perf_and_valgrind_it_goes_on() {
    let project = Project::new("");
    project.init();
    let workflow = project.workflow("perfbase.yml");
    let steps = workflow["jobs"]["measure"]["steps"].as_array().expect("steps");
    let install = steps.iter().find(|step| step["name"] == "Install perf and valgrind");
    let mut alone = workflow.clone();
    alone["jobs"]["measure"]["steps"] = serde_json::json!([install.expect("it is there")]);
    // Nothing can be installed, and nothing is there.
    let fakes = [("sudo", "exit 1\n"), ("uname", "echo 6.0\n")];
    let folder = project.folder().join("bare");
    let bash = which("bash");
    let mut runner = Runner::new(&folder, project.folder(), &fakes);
    std::os::unix::fs::symlink(bash, folder.join("fakes/bash")).expect("linked");
    let only = folder.join("fakes");
    runner = runner.with("PATH", only.to_str().expect("it is text"));
    let job = runner.run(&alone, |_, _| true);
    assert_eq!(job.status("Install perf and valgrind"), Some(0), "{job:#?}");
    assert_eq!(runner.read("env"), "PERFBASE_PROFILER=auto\n");
    assert_eq!(job.printed("Install perf and valgrind").matches("::").count(), 4, "{job:#?}");
}

fn which(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("there is one");
    let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
    found.find(|file| file.is_file()).expect("it is there")
}
