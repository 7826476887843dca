//! What is measured when cargo's own words choose it.

use crate::sandbox::{Sandbox, assert_has};

const LINEAR: &str = "selection/test-e2e_tests/e2e::rust::simple::test_linear";

/// Captures with these words after `capture` and gives the ids that were measured, and stderr.
fn captured(sandbox: &Sandbox, label: &str, words: &str) -> (Vec<String>, String) {
    let words: Vec<&str> = words.split_whitespace().collect();
    // Cargo's words come first, where people put them.
    let mut command = sandbox.command(&["capture"]);
    let at = words.iter().position(|&word| word == "--").unwrap_or(words.len());
    command.args(&words[..at]);
    command.args(["--label", label, "--profiler", "none", "--runs", "1", "--time", "0.05"]);
    command.args(&words[at..]);
    let ended = sandbox.expect(command, 0);
    (sandbox.ids(label), ended.stderr)
}

#[test]
fn targets_are_chosen_as_for_cargo() {
    let sandbox = Sandbox::new("targets", "selection");
    let benches = ["selection/e2e_latency/e2e_latency", "selection/other/other"];
    let ids = |label: &str, words: &str| captured(&sandbox, label, words).0;
    assert_eq!(ids("all", ""), benches);
    assert_eq!(ids("bench", "--bench e2e_latency -- --profile-time=1"), benches[..1]);
    assert_eq!(ids("filter", "latency"), benches[..1]);
    assert_eq!(
        ids("sql", "--package tasker-shared --features benchmarks sql_functions"),
        ["tasker-shared/sql_functions/sql_functions"]
    );
    assert_eq!(ids("package", "-p tasker-shared"), ["tasker-shared/state/state"]);
    // Options of one harness do not make another one fail, as they do with `cargo bench`.
    assert_eq!(ids("warm", "-- --warm-up-time 1"), benches);
}

#[test]
fn tests_are_chosen_as_for_cargo() {
    let sandbox = Sandbox::new("tests", "selection");
    let name = "--test e2e_tests e2e::rust::simple::test_linear";
    let both = [LINEAR.to_owned(), format!("{LINEAR}_too")];
    assert_eq!(captured(&sandbox, "part", name).0, both);
    assert_eq!(captured(&sandbox, "shown", &format!("{name} -- --nocapture")).0, both);
    assert_eq!(captured(&sandbox, "exact", &format!("{name} --exact")).0, both[..1]);
    assert_eq!(captured(&sandbox, "behind", &format!("{name} -- --exact")).0, both[..1]);
    let all = [
        "selection/lib/tests::works",
        "selection/lib/tests::works_more",
        "selection/test-e2e_tests/e2e::rust::mixed::test_diamond",
        &both[0],
        &both[1],
    ];
    assert_eq!(captured(&sandbox, "all", "--tests --all-features").0, all);
}

#[test]
fn the_command_may_stand_behind_capture() {
    let sandbox = Sandbox::new("words", "selection");
    let latency = ["selection/e2e_latency/e2e_latency"];
    let (ids, stderr) = captured(&sandbox, "a", "cargo bench --bench e2e_latency");
    assert_eq!(ids, latency);
    assert_has(&stderr, &["note: capturing what `cargo bench` would run"]);
    assert_eq!(captured(&sandbox, "b", "bench --bench e2e_latency").0, latency);
    let (ids, stderr) = captured(
        &sandbox,
        "c",
        "cargo test --release --test e2e_tests e2e::rust::simple::test_linear -- --exact",
    );
    assert_eq!(ids, [LINEAR]);
    assert_has(&stderr, &["note: --release changes nothing"]);
    let (ids, _) = captured(&sandbox, "d", "test test_diamond");
    assert_eq!(ids, ["selection/test-e2e_tests/e2e::rust::mixed::test_diamond"]);

    let refused = sandbox.expect(sandbox.command(&["capture", "cargo", "run"]), 2);
    assert_has(&refused.stderr, &["`cargo run`", "help: capture `cargo bench`"]);
}

#[test]
fn a_name_that_nothing_has_is_told() {
    let sandbox = Sandbox::new("nothing", "selection");
    let ended = sandbox.expect(sandbox.capture("x", &["no_such_name"]), 2);
    assert_has(&ended.stderr, &["no benchmark or test matches no_such_name", "e2e_latency"]);
    let ended = sandbox.expect(sandbox.capture("x", &["--bench", "no_such_target"]), 2);
    assert_has(&ended.stderr, &["no bench target named `no_such_target`", "e2e_latency"]);
    for (words, told) in [
        (["-p", "no_such_package"], "no_such_package"),
        (["--features", "no_such_feature"], "no_such_feature"),
    ] {
        for quiet in [&[][..], &["--quiet"]] {
            let mut command = sandbox.capture("x", &words);
            command.args(quiet);
            let ended = sandbox.expect(command, 2);
            assert_has(&ended.stderr, &["cargo does not have what is selected", told]);
        }
    }
    assert!(!sandbox.profiles().join("x").exists());
}

#[test]
fn a_manifest_may_be_elsewhere() {
    let sandbox = Sandbox::new("manifest", "selection");
    let manifest = sandbox.fixture().join("Cargo.toml");
    let manifest = manifest.to_str().expect("it is text");
    let mut command = sandbox.capture("x", &["--manifest-path", manifest, "latency"]);
    command.current_dir(sandbox.folder());
    sandbox.expect(command, 0);

    let mut command = sandbox.capture("y", &[]);
    command.current_dir(sandbox.folder());
    let ended = sandbox.expect(command, 2);
    assert_has(&ended.stderr, &["could not find `Cargo.toml`", "help: ", "--manifest-path"]);
    let elsewhere = ["--manifest-path", "no/Cargo.toml"];
    let ended = sandbox.expect(sandbox.capture("y", &elsewhere), 2);
    assert_has(&ended.stderr, &["there is no package or workspace", "no/Cargo.toml"]);
}

/// A package of its own, with this bench.
fn package(sandbox: &Sandbox, bench: Option<&str>) -> std::path::PathBuf {
    use std::fs::{create_dir_all, write};
    let folder = sandbox.folder().join("package");
    create_dir_all(folder.join("src")).expect("created");
    let manifest = "[package]\nname = \"alone\"\nedition = \"2021\"\n[workspace]\n";
    write(folder.join("Cargo.toml"), manifest).expect("written");
    write(folder.join("src/lib.rs"), "#[test]\nfn tests() {}\n").expect("written");
    if let Some(source) = bench {
        create_dir_all(folder.join("benches")).expect("created");
        write(folder.join("benches/broken.rs"), source).expect("written");
    }
    folder
}

#[test]
fn a_package_without_benchmarks_is_told() {
    let sandbox = Sandbox::new("empty", "selection");
    let folder = package(&sandbox, None);
    let mut command = sandbox.capture("x", &[]);
    command.current_dir(&folder);
    let ended = sandbox.expect(command, 2);
    assert_has(&ended.stderr, &["there is nothing to measure", "help:", "--test"]);
}

#[test]
fn a_build_that_fails_shows_why() {
    let sandbox = Sandbox::new("broken", "selection");
    let folder = package(&sandbox, Some("fn main() { not_there(); }\n"));
    for quiet in [&[][..], &["--quiet"]] {
        let mut command = sandbox.capture("x", quiet);
        command.current_dir(&folder);
        let ended = sandbox.expect(command, 101);
        assert_has(&ended.stderr, &["cannot find function `not_there`", "error: `", "failed"]);
    }
    // Without `--profiles`, the folder stands beside the manifest; nothing is left in it.
    let mut command = sandbox.bare(&["capture", "--label", "x"]);
    command.current_dir(folder.join("src"));
    sandbox.expect(command, 101);
    assert!(folder.join("profiles").is_dir() && !folder.join("profiles/x").exists());
}
