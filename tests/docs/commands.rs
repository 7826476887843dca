//! Every command of the book works as it stands.

use crate::page::{self, Block};
use crate::workspace::{Workspace, can_use};

/// What is not run, and why.
const NOT_RUN: [(&str, &str); 9] = [
    ("ci.md", "it asks GitHub"),
    ("field-notes.md", "of published crates as they were"),
    ("field-notes.md", "of published crates as they were"),
    ("field-notes.md", "of published crates as they were"),
    ("quality.md", "it builds the sources of this program"),
    ("quality.md", "it takes minutes, and says something else on each machine"),
    ("questions.md", "it changes the machine"),
    ("start.md", "it installs this very program"),
    ("statistics.md", "it takes an hour in the sources of this program"),
];

/// A test for each page with commands.
macro_rules! pages {
    ($($name:ident: $page:literal,)*) => {
        $(#[test]
        fn $name() {
            run($page);
        })*

        /// Pages that have a test.
        const TESTED: &[&str] = &[$($page),*];
    };
}

pages! {
    audit: "audit.md",
    baseline: "baseline.md",
    ci: "ci.md",
    configuration: "configuration.md",
    counts: "counts.md",
    flamegraph: "flamegraph.md",
    formats: "formats.md",
    questions: "questions.md",
    refactor: "refactor.md",
    report: "report.md",
    start: "start.md",
}

/// Runs a page's commands, one after the other, in one workspace.
fn run(page: &str) {
    let workspace = Workspace::new(&format!("docs-{page}"));
    for Block { commands, skip, needs, status } in page::blocks(&page::read(page)) {
        if skip.is_some() {
            continue;
        }
        if needs.is_some_and(|tool| !can_use(&tool)) {
            // What follows goes on from it.
            return;
        }
        for (at, command) in commands.iter().enumerate() {
            let expected = if at + 1 == commands.len() { status } else { 0 };
            let (status, printed) = workspace.run(command);
            assert_eq!(status, Some(expected), "{page}: {command}\n{printed}");
        }
    }
}

#[test]
fn all_pages_with_commands_are_run() {
    let mut skipped = Vec::new();
    for page in page::all() {
        let blocks = page::blocks(&page::read(&page));
        skipped.extend(blocks.iter().filter_map(|block| Some((page.clone(), block.skip.clone()?))));
        let has_some = blocks.iter().any(|block| block.skip.is_none());
        assert_eq!(has_some, TESTED.contains(&&*page), "{page}: to be listed in `pages!`, or not");
    }
    let skipped: Vec<(&str, &str)> = skipped.iter().map(|(page, why)| (&**page, &**why)).collect();
    assert_eq!(skipped, NOT_RUN, "whatever is not run is listed here");
}
