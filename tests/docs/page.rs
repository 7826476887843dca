//! What a page of the book shows: commands, rules, links, headings.
//!
//! Comments of the form `<!-- test: … -->`, which readers do not see, tell about the next block of
//! commands: `skip, REASON`, `needs TOOL`, `status N` (how its last command ends); or have a command
//! run that stands for what the reader does by hand: `run COMMAND`.

use std::fs;
use std::path::{Path, PathBuf};

/// Commands that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) commands: Vec<String>,
    /// Why they are not run.
    pub(crate) skip: Option<String>,
    /// A tool without which they cannot be run.
    pub(crate) needs: Option<String>,
    /// How the last of them ends.
    pub(crate) status: i32,
}

/// What lines of indented code begin with when they are commands.
const PROGRAMS: [&str; 13] = [
    "cargo", "cd", "curl", "gh", "git", "go", "mdbook", "perf", "samply", "source", "sudo", "tar",
    "valgrind",
];

/// The book's folder.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// All pages, as paths below the book's folder, in order.
pub(crate) fn all() -> Vec<String> {
    let mut pages = Vec::new();
    let mut folders = vec![folder()];
    while let Some(one) = folders.pop() {
        for entry in fs::read_dir(one).expect("a folder") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let below = path.strip_prefix(folder()).expect("it is below");
                pages.push(below.to_str().expect("it is text").to_owned());
            }
        }
    }
    pages.sort();
    pages
}

/// A page's text.
pub(crate) fn read(page: &str) -> String {
    fs::read_to_string(folder().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// The commands of a text.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut next = Block::default();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            fence = if fence.is_some() { None } else { Some(info.trim()) };
            finish(&mut next, &mut blocks);
            continue;
        }
        // A line that ends so goes on in the next.
        let unfinished = next.commands.last_mut().and_then(|last| {
            let length = last.strip_suffix('\\')?.trim_end().len();
            last.truncate(length);
            Some(last)
        });
        if let Some(last) = unfinished {
            last.push(' ');
            last.push_str(line.trim());
            continue;
        }
        match fence {
            Some("console") => next.commands.extend(line.strip_prefix("$ ").map(str::to_owned)),
            Some(_) => {}
            None => {
                if let Some(told) = line.trim().strip_prefix("<!-- test: ") {
                    finish(&mut next, &mut blocks);
                    let told = told.strip_suffix(" -->").expect("it ends on the same line");
                    directive(told, &mut next, &mut blocks);
                } else if let Some(code) = line.strip_prefix("    ") {
                    next.commands.extend(command(code));
                } else if !line.trim().is_empty() {
                    finish(&mut next, &mut blocks);
                }
            }
        }
    }
    finish(&mut next, &mut blocks);
    assert_eq!(next, Block::default(), "a comment has no block");
    blocks
}

fn directive(told: &str, next: &mut Block, blocks: &mut Vec<Block>) {
    let (what, rest) = told.split_once(' ').expect("it says what");
    match what {
        "run" => blocks.push(Block { commands: vec![rest.to_owned()], ..Default::default() }),
        "skip," => next.skip = Some(rest.to_owned()),
        "needs" => next.needs = Some(rest.to_owned()),
        "status" => next.status = rest.parse().expect("a number"),
        _ => panic!("`{told}` means nothing"),
    }
}

/// A block that has commands is complete.
fn finish(next: &mut Block, blocks: &mut Vec<Block>) {
    if !next.commands.is_empty() {
        blocks.push(std::mem::take(next));
    }
}

/// A line of indented code, if it is a command.
fn command(code: &str) -> Option<String> {
    let line = code.strip_prefix("$ ").unwrap_or(code);
    let is_variable = |word: &&str| word.contains('=') && word.starts_with(char::is_uppercase);
    let program = line.split(' ').find(|word| !is_variable(word))?;
    PROGRAMS.contains(&program).then(|| line.to_owned())
}

/// The texts of fenced blocks of a language.
pub(crate) fn fenced(text: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside: Option<(bool, String)> = None;
    for line in text.lines() {
        match (&mut inside, line.strip_prefix("```")) {
            (None, Some(info)) => inside = Some((info.trim() == language, String::new())),
            (Some(_), Some(_)) => found.extend(inside.take().filter(|(is, _)| *is).map(|b| b.1)),
            (Some((_, text)), None) => text.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
    }
    found
}

/// A text without code, in which nothing is a link.
pub(crate) fn prose(text: &str) -> String {
    let mut prose = String::new();
    let mut is_fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if !is_fenced && !line.starts_with("    ") {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    let outside =
        |(at, part): (usize, &str)| if at % 2 == 0 { part.to_owned() } else { "`".into() };
    prose.split('`').enumerate().map(outside).collect()
}

/// The targets of links and pictures.
pub(crate) fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let target = |rest: &str| rest.split(')').next().unwrap_or_default().to_owned();
    prose.split("](").skip(1).map(target).collect()
}

/// Inline code of a text.
pub(crate) fn inline(text: &str) -> Vec<String> {
    let without_fences: String = text
        .split("```")
        .step_by(2)
        .flat_map(str::lines)
        .filter(|line| !line.starts_with("    "))
        .map(|line| format!("{line} "))
        .collect();
    without_fences.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What links within a page may name: its headings, as mdBook and GitHub name them.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    let heading = |line: &str| {
        let heading = line.strip_prefix('#')?.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        Some(kept.map(|c| if c == ' ' { '-' } else { c }).collect())
    };
    text.lines().filter_map(heading).collect()
}

#[test]
fn commands_are_found() {
    let text = "# A\n\n    cargo a\n    …\n    B=1 cargo b   # why\n    perfbase.toml:3\n\ntext\n\n\
                <!-- test: run sed x -->\n<!-- test: status 3 -->\n```console\n$ c \\\n   | d\nsaid\n$ e\n\
                ```\n\n```toml\ncargo = 1\n```\n<!-- test: skip, no -->\n    $ sudo f\n";
    let block = |commands: &[&str]| Block {
        commands: commands.iter().map(|&command| command.to_owned()).collect(),
        ..Default::default()
    };
    let expected = [
        block(&["cargo a", "B=1 cargo b   # why"]),
        block(&["sed x"]),
        Block { status: 3, ..block(&["c | d", "e"]) },
        Block { skip: Some("no".into()), ..block(&["sudo f"]) },
    ];
    assert_eq!(blocks(text), expected);
    assert_eq!(fenced(text, "toml"), ["cargo = 1\n"]);
    assert_eq!(anchors("# `a` b: C-d\n"), ["a-b-c-d"]);
    assert_eq!(links("[a](b.md) `[c](d)` [e](f#g)\n\n    [h](i)\n"), ["b.md", "f#g"]);
    assert_eq!(inline("a `b c\nd` e\n```\n`f`\n```\n`g`\n"), ["b c d", "g"]);
}
