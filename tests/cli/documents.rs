//! Files that `diff` writes.

use std::fs;

use crate::sandbox::{Sandbox, assert_has};

#[test]
fn a_report_can_be_a_file() {
    let sandbox = Sandbox::new("documents", "selection");
    let file = sandbox.folder().join("report.md");
    let path = file.to_str().expect("it is text");

    // A folder that is not there is told before anything else, even before missing captures.
    let missing = sandbox.folder().join("no/such/report.md");
    let missing = missing.to_str().expect("it is text");
    for option in ["--output", "--svg"] {
        let ended = sandbox.expect(sandbox.command(&["diff", option, missing]), 110);
        assert_has(&ended.stderr, &["could not write", "report.md", "No such file"]);
    }
    // One that would have had nothing in it does not appear, and one that was there stays.
    sandbox.expect(sandbox.command(&["diff", "--output", path]), 2);
    assert!(!file.exists());
    fs::write(&file, "from last week\n".repeat(1000)).expect("written");
    sandbox.expect(sandbox.command(&["diff", "--output", path]), 2);
    assert_has(&fs::read_to_string(&file).expect("readable"), &["from last week"]);

    for label in ["a", "b"] {
        sandbox.expect(sandbox.capture(label, &["--bench", "e2e_latency"]), 0);
    }
    let words = ["diff", "a", "b", "--format", "markdown", "--output", path];
    let ended = sandbox.expect(sandbox.command(&words), 0);
    assert_eq!(ended.stdout, "");
    let written = fs::read_to_string(&file).expect("readable");
    assert_has(&written, &["e2e_latency"]);
    assert!(!written.contains("from last week"));

    // Without profiles there is nothing to draw, and no empty picture.
    let svg = sandbox.folder().join("diff.svg");
    let words = ["diff", "--svg", svg.to_str().expect("it is text")];
    let ended = sandbox.expect(sandbox.command(&words), 0);
    assert_has(&ended.stderr, &["nothing to draw"]);
    assert!(!svg.exists());
}
