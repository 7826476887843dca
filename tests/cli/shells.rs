//! Completions and manual pages, read by those who they are for.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::sandbox::{Sandbox, assert_has};

/// Whether a tool is there; it has to be where all tools are required.
fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").stdout(Stdio::null()).status().is_ok();
    let required = std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(found || !required, "{tool} is missing");
    if !found {
        left_out(tool);
    }
    found
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests is to know what did not run")]
fn left_out(tool: &str) {
    eprintln!("left out: there is no {tool}");
}

/// What bash offers for the last word of a line, given the words as readline does.
fn offered(script: &Path, line: &[&str]) -> String {
    let complete = r#"
        # Somebody else's, as cargo has one.
        _cargo() { COMPREPLY=(of-cargo); }
        complete -F _cargo cargo
        source "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
        [[ "$(complete -p "$1")" =~ -F\ ([^ ]+) ]]
        "${BASH_REMATCH[1]}" "$1" "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
        printf '%s ' "${COMPREPLY[@]}"
    "#;
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-c", complete, "bash"]).arg(script).args(line);
    let output = bash.output().expect("bash");
    assert!(output.status.success() && output.stderr.is_empty(), "{line:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[test]
fn bash_completes_both_ways_to_call_it() {
    let sandbox = Sandbox::new("completions", "selection");
    let script = sandbox.expect(sandbox.bare(&["completions", "bash"]), 0).stdout;
    let file = sandbox.folder().join("perfbase.bash");
    fs::write(&file, script).expect("written");
    for words in [&["cargo", "perfbase"][..], &["cargo-perfbase"]] {
        let offered = |more: &[&str]| offered(&file, &[words, more].concat());
        assert_eq!(offered(&["capt"]), "capture");
        assert_has(&offered(&[""]), &["capture", "diff", "completions", "doctor"]);
        assert_has(&offered(&["diff", "--"]), &["--format", "--svg", "--profiles"]);
        assert_eq!(offered(&["diff", "--format", "m"]), "markdown");
        assert_eq!(offered(&["completions", "z"]), "zsh");
    }
    assert_eq!(offered(&file, &["cargo", "b"]), "of-cargo", "what is not ours goes on");
}

#[test]
fn every_shell_has_completions() {
    let sandbox = Sandbox::new("shells", "selection");
    for (shell, part) in [
        ("zsh", "_cargo-perfbase()"),
        ("fish", "complete -c cargo-perfbase"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = sandbox.expect(sandbox.bare(&["completions", shell]), 0).stdout;
        assert_has(&script, &[part, "capture"]);
    }
    sandbox.expect(sandbox.bare(&["completions", "tcsh"]), 2);
}

#[test]
fn manual_pages_are_read_without_complaint() {
    let sandbox = Sandbox::new("man", "selection");
    let folder = sandbox.folder().join("man1");
    let to = folder.to_str().expect("it is text");
    let ended = sandbox.expect(sandbox.bare(&["man", to]), 0);
    assert_has(&ended.stderr, &["Wrote", "man1"]);
    let main = sandbox.expect(sandbox.bare(&["man"]), 0).stdout;
    let stored = fs::read_to_string(folder.join("cargo-perfbase.1")).expect("written");
    assert_eq!(main, stored);
    let mut pages: Vec<_> = fs::read_dir(&folder)
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    pages.sort();
    let commands = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli"));
    assert_eq!(pages.len(), commands.expect("they are there").count(), "one for each command");
    if !has("groff") {
        return;
    }
    for page in &pages {
        let output = Command::new("groff")
            .args(["-man", "-ww", "-Tutf8", "-P-cbou"])
            .arg(page)
            .output()
            .expect("groff");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaints.is_empty(), "{page:?}: {complaints}");
        let text = String::from_utf8_lossy(&output.stdout);
        assert_has(&text, &["SYNOPSIS", "EXAMPLES", "cargo perfbase"]);
    }
}
