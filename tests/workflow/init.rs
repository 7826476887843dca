//! `init --github` itself: where it writes, and what it leaves alone.

use std::fs;

use crate::project::Project;

#[test]
fn it_knows_the_main_branch() {
    let project = Project::new("");
    project.init();
    let branch = |event: &str| project.workflow("perfbase.yml")["on"][event]["branches"].clone();
    assert_eq!(branch("push"), serde_json::json!(["trunk"]), "the one that is checked out");
    // In a clone it is that of the other side, whatever is checked out.
    project.git(&project.origin(), &["checkout", "--quiet", "-b", "topic"]);
    let of_origin = ["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/it's/main"];
    project.git(&project.origin(), &of_origin);
    assert!(project.try_init(&["--force"]).is_ok());
    assert_eq!(branch("pull_request"), serde_json::json!(["it's/main"]));
}

#[test]
fn it_replaces_nothing_unasked() {
    let project = Project::new("below");
    let folder = project.origin().join(".github/workflows");
    fs::create_dir_all(&folder).expect("created");
    fs::write(folder.join("perfbase-comment.yml"), "mine").expect("written");
    let error = project.try_init(&[]).expect_err("one is there");
    assert!(error.contains("perfbase-comment.yml is there already"), "{error}");
    assert!(error.contains("--force"), "{error}");
    assert!(!folder.join("perfbase.yml").exists(), "all or nothing");
    let said = project.try_init(&["--force"]).expect("it may");
    assert!(said.contains("perfbase.toml") && said.contains("trunk"), "{said}");
    assert!(folder.join("perfbase.yml").is_file());
    assert_ne!(fs::read_to_string(folder.join("perfbase-comment.yml")).expect("there"), "mine");
    // Where there is no repository, there is nowhere to put it.
    fs::rename(project.origin().join(".git"), project.folder().join("gone")).expect("renamed");
    let error = project.try_init(&["--force"]).expect_err("no repository");
    assert!(error.contains("git repository"), "{error}");
}
