//! The book as a whole: its contents, links and examples.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::page;

#[test]
fn the_contents_have_each_page_once() {
    let mut listed = page::links(&page::read("SUMMARY.md"));
    listed.push("SUMMARY.md".to_owned());
    listed.sort();
    assert_eq!(listed, page::all());
}

/// A path without `..`, so that pages outside of the book can be told.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{}", path.display()),
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: Vec<PathBuf> = page::all().iter().map(|p| page::folder().join(p)).collect();
    pages.extend(["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(|name| root.join(name)));
    let mut followed = 0;
    for path in pages {
        let text = fs::read_to_string(&path).expect("readable");
        for link in page::links(&text).iter().filter(|link| !link.contains("://")) {
            let told = format!("{} in {}", link, path.display());
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path.clone(),
                file => plain(&path.parent().expect("a folder").join(file)),
            };
            assert!(target.exists(), "{told}");
            let is_of_book = path.starts_with(page::folder());
            assert!(!is_of_book || target.starts_with(page::folder()), "{told} leaves the book");
            if !anchor.is_empty() {
                let anchors = page::anchors(&fs::read_to_string(&target).expect("readable"));
                assert!(anchors.iter().any(|known| known == anchor), "{told}: {anchors:?}");
            }
            followed += 1;
        }
    }
    assert!(followed > 50, "{followed}");
}

#[test]
fn rules_shown_are_right() {
    let mut seen = 0;
    for page in page::all() {
        for text in page::fenced(&page::read(&page), "toml") {
            let config = perfbase::config::parse(&page, &text);
            config.unwrap_or_else(|error| panic!("{page}: {error}\n{text}"));
            seen += 1;
        }
    }
    assert!(seen >= 2, "{seen}");
}

/// Commands within sentences are not run, since they have names for what a reader puts in; but
/// there are no others than these commands and options.
#[test]
fn commands_within_sentences_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts: Vec<(String, String)> =
        page::all().into_iter().map(|page| (page.clone(), page::read(&page))).collect();
    let readme = fs::read_to_string(root.join("README.md")).expect("readable");
    texts.push(("README.md".to_owned(), readme));
    let mut seen = 0;
    for (page, text) in texts {
        for code in page::inline(&text) {
            let Some(line) = code.trim().strip_prefix("cargo perfbase ") else { continue };
            let line = line.split(" -- ").next().unwrap_or_default();
            let mut words = line.split([' ', '=', ',', '`', '[', ']']).filter(|w| !w.is_empty());
            let command = words.next().unwrap_or_default();
            if command.starts_with(char::is_lowercase) {
                let help = fs::read_to_string(root.join(format!("docs/cli/{command}.txt")));
                let help = help.unwrap_or_else(|error| panic!("{page}: `{code}`: {error}"));
                for option in words.filter(|word| word.starts_with("--")) {
                    assert!(help.contains(option), "{page}: `{code}` has no {option}");
                }
                seen += 1;
            }
        }
    }
    assert!(seen >= 8, "{seen}");
}
