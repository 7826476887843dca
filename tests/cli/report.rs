//! `report`, `bundle` and `import`, on a capture that is in the sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sandbox::{Sandbox, assert_has};

/// A store with the capture `golden`, of which benchmarks were timed and profiled.
fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden/v1")
}

/// `cargo-perfbase` on that store, in a scratch folder.
fn on(profiles: &Path, sandbox: &Sandbox, words: &[&str]) -> Command {
    let mut command = sandbox.bare(&["--profiles"]);
    command.arg(profiles).args(words).current_dir(sandbox.folder());
    command
}

/// All files below a folder, with what is in them.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).expect("readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(folder).expect("below").to_owned();
                found.push((below, fs::read(path).expect("readable")));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn one_call_writes_all_formats() {
    let sandbox = Sandbox::new("report", "selection");
    let ended = sandbox.expect(
        on(
            &golden(),
            &sandbox,
            &[
                "report",
                "golden",
                "--csv",
                "g.csv",
                "--json",
                "g.json",
                "--svg",
                "svg",
                "--png",
                "png",
                "--markdown",
            ],
        ),
        0,
    );
    assert_has(
        &ended.stdout,
        &[
            "# Performance baseline: `golden`",
            "## Timings",
            "## Hot paths",
            "## Patterns found",
            "## Known limits of this capture",
            "cargo perfbase diff golden golden-again",
        ],
    );
    let read = |name: &str| fs::read_to_string(sandbox.folder().join(name)).expect("written");
    assert_has(&read("g.csv"), &["package,target,benchmark,", ",time,ns,"]);
    assert_has(&read("g-functions.csv"), &["package,target,benchmark,measure,unit,function,"]);
    let json: serde_json::Value = serde_json::from_str(&read("g.json")).expect("JSON");
    assert_eq!(json["schema"], "perfbase.show/1");
    let pictures = |folder: &str| files(&sandbox.folder().join(folder));
    let (svg, png) = (pictures("svg"), pictures("png"));
    assert!(!svg.is_empty() && svg.len() == png.len());
    for ((svg, _), (png, bytes)) in svg.iter().zip(&png) {
        assert_eq!(svg.file_stem(), png.file_stem());
        assert!(bytes.starts_with(b"\x89PNG"));
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let sandbox = Sandbox::new("report-refused", "selection");
    for (words, said) in [
        (&["report", "golden"][..], "--markdown"),
        (&["report", "golden", "--markdown", "-", "--json", "-"], "cannot both go to stdout"),
        (&["report", "golden", "--csv", "-"], "--format csv"),
        (&["report", "golden", "--html", "x", "--csv", "x"], "cannot both be in x"),
        (&["report", "golden", "--csv", "x.a", "--json", "x-functions.a"], "x-functions.a"),
        (&["report", "golden", "--svg", "-"], "--svg flamegraphs"),
        (&["bundle", "golden", "--output", "-"], "golden.tar.gz"),
        (&["report", "--markdown", "golden"], "report golden --markdown"),
        (&["report", "golden", "golden", "golden", "--json", "x"], "unexpected"),
        (&["bundle"], "LABEL"),
        (&["bundle", "golden", "golden"], "name each of them once"),
        (&["bundle", "nope"], "no capture `nope`"),
        (&["import", "nothing.tar.gz"], "could not read nothing.tar.gz"),
    ] {
        let ended = sandbox.run(&mut on(&golden(), &sandbox, words));
        assert_eq!(ended.status, Some(2), "{words:?}: {}", ended.stderr);
        assert!(ended.stdout.is_empty());
        assert_has(&ended.stderr, &[said]);
    }
    assert!(files(sandbox.folder()).is_empty(), "nothing is left behind");
    let empty = tempfile::tempdir().expect("a folder");
    let ended = sandbox.run(&mut on(empty.path(), &sandbox, &["report", "--csv", "x.csv"]));
    assert_eq!(ended.status, Some(2), "{}", ended.stderr);
    assert_has(&ended.stderr, &["needs two captures"]);
    sandbox.expect(on(&golden(), &sandbox, &["bundle", "golden"]), 0);
    sandbox.expect(on(empty.path(), &sandbox, &["import", "golden.tar.gz"]), 0);
    let ended = sandbox.run(&mut on(empty.path(), &sandbox, &["report", "--html", "x"]));
    assert_eq!(ended.status, Some(2), "{}", ended.stderr);
    assert_has(&ended.stderr, &["needs two captures", "cargo perfbase report golden"]);
    let words = ["report", "golden", "--json", "no/such/folder/x"];
    assert_eq!(sandbox.run(&mut on(&golden(), &sandbox, &words)).status, Some(110));
}

#[test]
fn a_bundle_is_checked_by_sha256sum_and_comes_back() {
    let sandbox = Sandbox::new("bundle", "selection");
    for name in ["a.tar.gz", "b.tar.gz"] {
        let words = ["bundle", "golden", "--output", name];
        sandbox.expect(on(&golden(), &sandbox, &words), 0);
    }
    let read = |name: &str| fs::read(sandbox.folder().join(name)).expect("written");
    assert!(read("a.tar.gz") == read("b.tar.gz"), "the same input, the same bytes");

    let tool = |program: &str, words: &[&str], folder: &Path| {
        let output = Command::new(program).args(words).current_dir(folder).output();
        let output = output.expect("every Linux has it");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && stderr.is_empty(), "{program}: {stderr}");
    };
    tool("tar", &["xzf", "a.tar.gz"], sandbox.folder());
    let unpacked = sandbox.folder().join("perfbase-bundle");
    tool("sha256sum", &["--check", "--strict", "--quiet", "SHA256SUMS"], &unpacked);
    for name in ["methodology.md", "baseline-golden.md", "baseline-golden.csv", "bundle.json"] {
        assert!(unpacked.join(name).is_file(), "{name}");
    }
    let original = files(&golden().join("golden"));
    assert_eq!(files(&unpacked.join("profiles/golden")), original);

    let there = sandbox.folder().join("there");
    sandbox.expect(on(&there, &sandbox, &["import", "a.tar.gz"]), 0);
    assert_eq!(files(&there.join("golden")), original);
    let again = sandbox.run(&mut on(&there, &sandbox, &["import", "a.tar.gz"]));
    assert_eq!(again.status, Some(2));
    assert_has(&again.stderr, &["exists already", "--label NAME", "--force"]);
    sandbox.expect(on(&there, &sandbox, &["import", "a.tar.gz", "--force"]), 0);
    sandbox.expect(on(&there, &sandbox, &["import", "a.tar.gz", "--label", "other"]), 0);
    let list = sandbox.expect(on(&there, &sandbox, &["list"]), 0).stdout;
    assert_has(&list, &["golden", "other"]);
}

#[test]
fn archives_that_are_no_bundles_leave_nothing() {
    let sandbox = Sandbox::new("bundle-refused", "selection");
    sandbox.expect(on(&golden(), &sandbox, &["bundle", "golden", "--output", "a.tar.gz"]), 0);
    let whole = fs::read(sandbox.folder().join("a.tar.gz")).expect("written");
    let write = |name: &str, bytes: &[u8]| {
        fs::write(sandbox.folder().join(name), bytes).expect("written");
    };
    write("cut.tar.gz", &whole[..whole.len() / 2]);
    // The real tool makes what ours does not.
    let folder = sandbox.folder().join("perfbase-bundle");
    fs::create_dir(&folder).expect("created");
    std::os::unix::fs::symlink("/etc/passwd", folder.join("bundle.json")).expect("linked");
    let tar = |name: &str, words: &[&str]| {
        let status = Command::new("tar")
            .args(["czPf", name])
            .args(words)
            .current_dir(sandbox.folder())
            .stderr(std::process::Stdio::null())
            .status();
        assert!(status.expect("every Linux has it").success());
    };
    tar("link.tar.gz", &["perfbase-bundle/bundle.json"]);
    write("evil", b"x");
    tar("outside.tar.gz", &["--transform", "s,evil,perfbase-bundle/../../evil,", "evil"]);
    tar("other.tar.gz", &["--transform", "s,evil,perfbase-bundle/evil,", "evil"]);
    let there = sandbox.folder().join("there");
    for (name, said) in [
        ("cut.tar.gz", "damaged or cut off"),
        ("link.tar.gz", "symbolic link"),
        ("outside.tar.gz", "not below perfbase-bundle/"),
        ("other.tar.gz", "no perfbase-bundle/bundle.json"),
    ] {
        let ended = sandbox.run(&mut on(&there, &sandbox, &["import", name]));
        assert_eq!(ended.status, Some(2), "{name}: {}", ended.stderr);
        assert_has(&ended.stderr, &["nothing was imported", said]);
        assert!(!there.exists(), "{name}");
    }
}
