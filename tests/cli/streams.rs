//! What goes where: results to stdout, the rest to stderr; colours, silence, closed pipes.

use std::process::Command;

use crate::sandbox::{Sandbox, assert_has};

#[test]
fn results_go_to_stdout_and_the_rest_to_stderr() {
    let sandbox = Sandbox::new("streams", "selection");
    let words = ["--bench", "e2e_latency"];
    let ended = sandbox.expect(sandbox.capture("a", &words), 0);
    assert_has(&ended.stdout, &["selection/e2e_latency/e2e_latency  P50 "]);
    assert_has(
        &ended.stderr,
        &["Building", "Measuring 1 benchmark: 1 timing run; about", "Stored a in"],
    );
    // Neither a bar nor a colour: this is no terminal.
    assert!(!ended.stderr.contains('\r') && !ended.stderr.contains('\u{1b}'), "{}", ended.stderr);

    let mut quiet = sandbox.capture("b", &words);
    quiet.arg("--quiet");
    let quiet = sandbox.expect(quiet, 0);
    assert_eq!(quiet.stderr, "");
    assert_has(&quiet.stdout, &["selection/e2e_latency/e2e_latency  P50 "]);

    colours(&sandbox);
    closed_pipes(&sandbox);

    let json = sandbox.expect(sandbox.command(&["list", "--format", "json"]), 0);
    assert_eq!(json.stderr, "");
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    let labels: Vec<_> =
        json["captures"].as_array().expect("an array").iter().map(|c| &c["label"]).collect();
    assert_eq!(labels, ["b", "a"], "newest first");
}

fn colours(sandbox: &Sandbox) {
    let has = |words: &[&str], environment: &[(&str, &str)]| {
        let mut command = sandbox.command(words);
        command.envs(environment.iter().copied());
        sandbox.expect(command, 0).stdout.contains('\u{1b}')
    };
    for words in [&["list"][..], &["show", "a"], &["diff", "a", "b", "--all"]] {
        let with = |option: &str| -> Vec<String> {
            words.iter().map(|word| (*word).to_owned()).chain([option.to_owned()]).collect()
        };
        let (always, never) = (with("--color=always"), with("--color=never"));
        let always: Vec<&str> = always.iter().map(String::as_str).collect();
        let never: Vec<&str> = never.iter().map(String::as_str).collect();
        assert!(!has(words, &[]), "{words:?}: no terminal");
        assert!(has(&always, &[]), "{words:?}");
        assert!(has(words, &[("CARGO_TERM_COLOR", "always")]), "{words:?}");
        assert!(!has(&never, &[("CARGO_TERM_COLOR", "always")]), "{words:?}");
        assert!(!has(words, &[("NO_COLOR", "1")]), "{words:?}");
    }
    let mut command = sandbox.command(&["show", "nope", "--color=always"]);
    let ended = sandbox.run(&mut command);
    assert!(ended.stderr.contains("\u{1b}["), "{}", ended.stderr);
}

fn closed_pipes(sandbox: &Sandbox) {
    for words in [&["list"][..], &["show", "a"], &["diff"], &["--help"], &["capture", "--help"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = sandbox.command(words);
        let output = command.stdout(writer).output().expect("it starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {stderr}");
        assert!(!stderr.contains("error") && !stderr.contains("panicked"), "{stderr}");
    }
}

#[test]
fn a_full_stdout_is_told() {
    let sandbox = Sandbox::new("full", "selection");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let mut command: Command = sandbox.command(&["list", "--format", "json"]);
    let output = command.stdout(full).output().expect("it starts");
    assert_eq!(output.status.code(), Some(110));
    assert_has(&String::from_utf8_lossy(&output.stderr), &["could not write to stdout"]);
}
