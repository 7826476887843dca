//! Markdown for comments.

use perfbase::diff::Comparison;
use perfbase::gate::Verdict;
use perfbase::render::markdown;
use perfbase::view::{DiffView, ViewOptions};

use crate::example;

fn comment(comparison: &Comparison, options: &ViewOptions) -> String {
    markdown::diff(&DiffView::new(comparison, &Verdict::default(), options))
}

#[test]
fn diff() {
    insta::assert_snapshot!(comment(&example::comparison(), &ViewOptions::default()));
}

#[test]
fn a_comment_is_bounded_and_whole() {
    let mut comparison = example::comparison();
    let model = comparison.benchmarks[2].clone();
    for n in 0..900 {
        let mut benchmark = model.clone();
        benchmark.id =
            example::id(&format!("parse/number {n:04} with quite a long name of its own"));
        comparison.benchmarks.push(benchmark);
        let mut note = comparison.notes[1].clone();
        note.found.push_str(&n.to_string());
        comparison.notes.push(note);
    }
    let text = comment(&comparison, &ViewOptions { all: true, ..ViewOptions::default() });
    assert!(text.chars().count() <= 65_536, "{}", text.chars().count());
    assert!(text.chars().count() > 50_000, "{}", text.chars().count());
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    // Every row of the table has all its cells.
    let rows = text.lines().filter(|line| line.starts_with("| `parse/number"));
    assert!(rows.clone().count() > 100);
    assert!(rows.into_iter().all(|row| row.matches('|').count() == 8));
    for left_out in ["more notes", "more benchmarks were left out", "do not fit in here"] {
        assert!(text.contains(left_out), "{left_out}");
    }
}

#[test]
fn long_names_fit_as_well() {
    let mut comparison = example::comparison();
    let model = comparison.benchmarks[2].clone();
    let long = format!("crate::f::<{}u8{}>::g", "Vec<".repeat(1666), ">".repeat(1666));
    assert!(long.len() > 8_000);
    for n in 0..500 {
        let mut benchmark = model.clone();
        benchmark.id = example::id(&format!("{n:03} {long}"));
        for function in &mut benchmark.profile.as_mut().unwrap().functions {
            function.name = format!("{long}::{n}").into();
        }
        let mut note = comparison.notes[1].clone();
        (note.benchmark, note.check) = (Some(benchmark.id.clone()), "features");
        comparison.notes.push(note);
        comparison.benchmarks.push(benchmark);
    }
    for all in [false, true] {
        let text = comment(&comparison, &ViewOptions { all, ..ViewOptions::default() });
        let length = text.chars().count();
        assert!((30_000..=65_536).contains(&length), "{length}");
        assert!(text.contains("more benchmarks were left out"), "{}", &text[..3000]);
        // Sentences and rows are whole.
        assert!(text.ends_with(".\n") || text.ends_with(">\n"), "{:?}", &text[text.len() - 60..]);
        for line in text.lines().filter(|line| line.starts_with('|')) {
            assert!(line.ends_with('|'), "{line}");
        }
    }
}

#[test]
fn names_are_inert() {
    for name in example::HOSTILE {
        let plain = comment(&example::hostile("name"), &ViewOptions::default());
        let text = comment(&example::hostile(&name()), &ViewOptions::default());
        let name = name();
        assert!(!text.contains(example::is_active), "{name:.40}");
        // An escaped bracket opens no link.
        let outside = without_code(&text).replace("\\]", "");
        for tag in ["<script", "<img", "]("] {
            assert!(!outside.contains(tag), "{name:.40}: {outside}");
        }
        // No line, cell or fold more or less than for a name that behaves.
        let lines = |text: &str| text.lines().count();
        let folds = |text: &str| (without_code(text).matches("details>").count(), lines(text));
        assert_eq!(folds(&text), folds(&plain), "{name:.40}\n{text}");
        for (line, model) in text.lines().zip(plain.lines()).filter(|(_, m)| m.starts_with('|')) {
            let cells = |row: &str| row.replace("\\|", "").matches('|').count();
            assert_eq!(cells(line), cells(model), "{name:.40}: {line}");
        }
    }
}

/// What is left without code spans and indented code.
fn without_code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("    "));
    lines
        .map(|line| line.replace("\\`", "").split('`').step_by(2).collect::<String>() + "\n")
        .collect()
}
