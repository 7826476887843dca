//! Commits checked out beside the user's files, with real git.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use perfbase::process::Session;
use perfbase::workspace::{Folders, GitError, Repository, Worktree};

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"])
        .args(["-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A repository of two commits, with something of everything in the user's checkout.
struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("repo");
        fs::create_dir_all(root.join("sub/src")).unwrap();
        git(&root, &["init", "--quiet"]);
        for (text, tag) in [("one", "v1.0.0"), ("two", "v2.0.0")] {
            fs::write(root.join("sub/src/lib.rs"), text).unwrap();
            git(&root, &["add", "."]);
            git(&root, &["commit", "--quiet", "-m", &format!("Say {text}")]);
            git(&root, &["tag", tag]);
        }
        fs::write(root.join("sub/src/lib.rs"), "stashed").unwrap();
        git(&root, &["stash", "--quiet"]);
        fs::write(root.join("sub/src/lib.rs"), "staged").unwrap();
        git(&root, &["add", "."]);
        fs::write(root.join("sub/src/lib.rs"), "changed").unwrap();
        fs::write(root.join("untracked"), "mine").unwrap();
        // A hook that would tell.
        let hook = root.join(".git/hooks/post-checkout");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, "#!/bin/sh\ntouch \"$(git rev-parse --git-common-dir)/hook-ran\"\n")
            .unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&hook, mode).unwrap();
        Self { folder }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("repo").canonicalize().unwrap()
    }

    fn worktrees(&self) -> PathBuf {
        self.folder.path().join("worktrees")
    }

    /// All that is the user's.
    fn state(&self) -> Vec<String> {
        let root = self.root();
        let mut state: Vec<String> = [
            &["status", "--porcelain", "--branch"][..],
            &["stash", "list"],
            &["diff", "--cached"],
            &["diff"],
            &["worktree", "list"],
            &["branch", "-a"],
            &["reflog"],
            &["config", "--list", "--local"],
        ]
        .iter()
        .map(|words| git(&root, words))
        .collect();
        let mut files: Vec<String> = fs::read_dir(root.join(".git"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        state.push(files.join(" "));
        state
    }

    /// The checkouts that are there.
    fn left(&self) -> Vec<PathBuf> {
        let folders = |path: &Path| -> Vec<PathBuf> {
            let entries = fs::read_dir(path).map(|all| all.flatten().map(|e| e.path()).collect());
            let mut all: Vec<PathBuf> = entries.unwrap_or_default();
            all.retain(|path| path.is_dir());
            all
        };
        folders(&self.worktrees()).iter().flat_map(|path| folders(path)).collect()
    }
}

#[test]
fn a_commit_stands_beside_and_nothing_of_the_users_changes() {
    let sandbox = Sandbox::new();
    let session = Session::without_reaper().unwrap();
    let before = sandbox.state();
    let folders = Folders::find(&session, &sandbox.root().join("sub")).unwrap();
    assert_eq!(folders.root, sandbox.root());
    assert_eq!(folders.common, sandbox.root().join(".git"));
    assert_eq!(folders.prefix, Path::new("sub"));
    let repository = Repository::new(&session, &folders);
    let (one, two) = (repository.commit("v1.0.0").unwrap(), repository.commit("HEAD").unwrap());
    assert_eq!((&*one.subject, one.short.len()), ("Say one", 7));
    assert!(one.hash.starts_with(&one.short) && one.hash.len() == 40);
    assert_eq!(repository.between(&one, &two).unwrap(), std::slice::from_ref(&two));
    assert!(repository.between(&two, &one).unwrap().is_empty());
    assert!(repository.is_ancestor(&one, &two).unwrap());
    assert!(!repository.is_ancestor(&two, &one).unwrap());
    assert!(repository.is_dirty().unwrap());

    let first = Worktree::add(&repository, &sandbox.worktrees(), &one).unwrap();
    let file = first.path().join("sub/src/lib.rs");
    assert_eq!(fs::read_to_string(&file).unwrap(), "one");
    let seconds = |path: &Path| {
        let time = fs::metadata(path).unwrap().modified().unwrap();
        time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
    };
    assert_eq!(seconds(&file), one.time);
    assert_eq!(git(first.path(), &["rev-parse", "HEAD"]).trim(), one.hash);
    assert_eq!(git(first.path(), &["status", "--porcelain"]), "");
    let path = first.path().to_owned();

    // The same commit again while somebody has it, and another one.
    let again = Worktree::add(&repository, &sandbox.worktrees(), &one).unwrap();
    let second = Worktree::add(&repository, &sandbox.worktrees(), &two).unwrap();
    assert_ne!(again.path(), first.path());
    assert_eq!(again.name(), format!("{}-2", first.name()));
    assert_eq!(fs::read_to_string(second.path().join("sub/src/lib.rs")).unwrap(), "two");
    drop(first);
    assert!(!path.exists() && again.path().is_dir() && second.path().is_dir());
    drop((again, second));
    assert_eq!(sandbox.left(), [] as [PathBuf; 0]);
    assert_eq!(sandbox.state(), before);
    // A commit has the same place every time.
    let first = Worktree::add(&repository, &sandbox.worktrees(), &one).unwrap();
    assert_eq!(first.path(), path);
}

#[test]
fn what_a_killed_process_left_is_removed() {
    let sandbox = Sandbox::new();
    let session = Session::without_reaper().unwrap();
    let before = sandbox.state();
    let folders = Folders::find(&session, &sandbox.root()).unwrap();
    let repository = Repository::new(&session, &folders);
    let (one, two) = (repository.commit("v1.0.0").unwrap(), repository.commit("v2.0.0").unwrap());
    let left = Worktree::add(&repository, &sandbox.worktrees(), &one).unwrap();
    let path = left.path().to_owned();
    // Its lock goes with its process; its files and what git notes stay. git locks a worktree
    // that it is still writing.
    let notes = sandbox.root().join(".git/worktrees").join(left.name());
    assert!(notes.is_dir());
    let kept = sandbox.folder.path().join("kept");
    git(sandbox.folder.path(), &["clone", "--quiet", "repo", "kept"]);
    fs::create_dir_all(sandbox.folder.path().join("aside")).unwrap();
    let aside = |path: &Path| sandbox.folder.path().join("aside").join(path.file_name().unwrap());
    let copy = |from: &Path, to: &Path| {
        assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
    };
    copy(&path, &aside(&path));
    copy(&notes, &kept.join("notes"));
    drop(left);
    copy(&aside(&path), &path);
    fs::create_dir_all(notes.parent().unwrap()).unwrap();
    copy(&kept.join("notes"), &notes);
    fs::write(notes.join("locked"), "initializing").unwrap();
    // And one whose files were not even begun.
    let unborn = notes.with_file_name("unborn");
    copy(&kept.join("notes"), &unborn);
    let gone = path.with_file_name("0123456789abcdef").join(".git");
    fs::write(unborn.join("gitdir"), format!("{}\n", gone.display())).unwrap();
    // Somebody else's, which is none of ours.
    let own = sandbox.folder.path().join("own");
    git(&sandbox.root(), &["worktree", "add", "--quiet", "--detach", own.to_str().unwrap()]);
    assert_eq!(git(&sandbox.root(), &["worktree", "list"]).lines().count(), 4);

    let other = Worktree::add(&repository, &sandbox.worktrees(), &two).unwrap();
    assert!(!path.exists() && !notes.exists() && !unborn.exists());
    drop(other);
    assert_eq!(git(&sandbox.root(), &["worktree", "list"]).lines().count(), 2);
    git(&sandbox.root(), &["worktree", "remove", own.to_str().unwrap()]);
    let mut after = sandbox.state();
    // Git itself leaves this folder.
    let last = after.len() - 1;
    after[last] = after[last].replace(" worktrees", "").replace(" hook-ran", "");
    assert_eq!(after, before);
}

#[test]
fn submodules_come_from_this_machine() {
    let sandbox = Sandbox::new();
    let session = Session::without_reaper().unwrap();
    let root = sandbox.root();
    git(&root, &["reset", "--quiet", "--hard"]);
    let library = sandbox.folder.path().join("library");
    git(sandbox.folder.path(), &["clone", "--quiet", "repo", "library"]);
    git(&root, &["submodule", "--quiet", "add", library.to_str().unwrap(), "vendor/lib"]);
    git(&root, &["commit", "--quiet", "-m", "Add a submodule"]);
    git(&root, &["tag", "v3"]);
    // A commit that was made elsewhere and never fetched.
    fs::write(library.join("sub/src/lib.rs"), "three").unwrap();
    git(&library, &["commit", "--quiet", "-am", "Three"]);
    let missing = git(&library, &["rev-parse", "HEAD"]);
    let info = format!("160000,{},vendor/lib", missing.trim());
    git(&root, &["update-index", "--cacheinfo", &info]);
    git(&root, &["commit", "--quiet", "-m", "Update it"]);
    // The remote is gone: no network is needed.
    fs::rename(&library, sandbox.folder.path().join("elsewhere")).unwrap();
    let before = sandbox.state();
    let modules = root.join(".git/modules/vendor/lib");
    let config = fs::read_to_string(modules.join("config")).unwrap();

    let folders = Folders::find(&session, &root).unwrap();
    let repository = Repository::new(&session, &folders);
    let with = repository.commit("v3").unwrap();
    let checkout = Worktree::add(&repository, &sandbox.worktrees(), &with).unwrap();
    let text = fs::read_to_string(checkout.path().join("vendor/lib/sub/src/lib.rs"));
    assert_eq!(text.unwrap(), "two");
    assert_eq!(git(checkout.path(), &["status", "--porcelain"]), "");
    drop(checkout);
    let head = repository.commit("HEAD").unwrap();
    let refused = Worktree::add(&repository, &sandbox.worktrees(), &head).unwrap_err();
    assert!(matches!(&refused, GitError::Submodule { path, .. } if path == "vendor/lib"));
    assert!(refused.hint().unwrap().contains("vendor/lib"));

    assert_eq!(sandbox.left(), [] as [PathBuf; 0]);
    assert_eq!(sandbox.state(), before);
    assert_eq!(fs::read_to_string(modules.join("config")).unwrap(), config);
    assert!(!modules.join("worktrees").exists());
}

#[test]
fn unknown_names_are_told_with_near_ones() {
    let sandbox = Sandbox::new();
    let session = Session::without_reaper().unwrap();
    let folders = Folders::find(&session, &sandbox.root()).unwrap();
    let repository = Repository::new(&session, &folders);
    let hint = |name: &str| {
        let error = repository.commit(name).unwrap_err();
        assert_eq!(error.to_string(), format!("there is no commit `{name}`"));
        error.hint().unwrap()
    };
    assert_eq!(hint("mian"), "did you mean main?");
    assert_eq!(hint("v1.0.1"), "did you mean v1.0.0 or v2.0.0?");
    assert!(hint("--all").contains("git log"));
    assert!(hint("").contains("git log"));
    assert!(hint("HEAD^{tree}").contains("git log"));

    let shallow = sandbox.folder.path().join("shallow");
    let url = format!("file://{}", sandbox.root().display());
    git(sandbox.folder.path(), &["clone", "--quiet", "--depth=1", &url, "shallow"]);
    let folders = Folders::find(&session, &shallow).unwrap();
    let error = Repository::new(&session, &folders).commit("HEAD~1").unwrap_err();
    assert!(error.hint().unwrap().contains("--unshallow"));

    let outside = tempfile::tempdir().unwrap();
    let error = Folders::find(&session, outside.path()).unwrap_err();
    assert!(matches!(error, GitError::NoRepository { .. }));
}
