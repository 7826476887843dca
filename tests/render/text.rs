//! Text for terminals.

use perfbase::config::default_categories;
use perfbase::gate::Verdict;
use perfbase::render::csv;
use perfbase::render::text::{DisplayDiff, DisplayList, DisplayShow, Layout, Styles};
use perfbase::view::{
    DiffView, ListEntry, ListView, ShowBenchmark, ShowInput, ShowOptions, ShowView, ViewOptions,
};

use crate::example;

fn diff(width: usize, options: &ViewOptions) -> String {
    let view = DiffView::new(&example::comparison(), &Verdict::default(), options);
    DisplayDiff { view: &view, layout: Layout::plain(width) }.to_string()
}

#[test]
fn diff_in_80_columns() {
    let text = diff(80, &ViewOptions::default());
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn diff_in_120_columns() {
    let text = diff(120, &ViewOptions { top: 3, ..ViewOptions::default() });
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn call_paths_are_told_when_asked_for() {
    let options = ViewOptions { call_paths: true, ..ViewOptions::default() };
    let text = diff(80, &options);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let path = "codec::parse_large → jsonette::de::from_slice → jsonette::hash::fnv";
    assert!(text.contains(&format!("  by these calls\n    {path}\n")), "{text}");
    assert!(!diff(80, &ViewOptions::default()).contains("by these calls"));
}

#[test]
fn list() {
    let captures = [
        example::capture("pre-refactor", "28903981", false),
        example::capture("post-refactor", "41f7aa02", true),
    ];
    let entries: Vec<_> =
        captures.iter().map(|capture| ListEntry { capture, bytes: 81_920 }).collect();
    let view = ListView::new(&entries);
    let text = DisplayList { view: &view, layout: Layout::plain(80) }.to_string();
    insta::assert_snapshot!(text);
}

#[test]
fn show() {
    let capture = example::capture("pre-refactor", "28903981", false);
    let (timing, profile) = (example::runs(), example::stacks());
    let full = ShowBenchmark {
        entry: &capture.benchmarks[2],
        timing: Some(&timing),
        summary: Some(example::summary(982_100.0)),
        profile: Some(&profile),
        counts: &[],
    };
    let failed = ShowBenchmark {
        entry: &capture.benchmarks[1],
        timing: None,
        summary: None,
        profile: None,
        counts: &[],
    };
    let input = ShowInput {
        capture: &capture,
        benchmarks: vec![full, failed],
        ladders: &[],
        findings: &example::findings(),
        categories: &default_categories(),
    };
    let view = ShowView::new(&input, &ShowOptions::default());
    let text = DisplayShow { view: &view, layout: Layout::plain(80) }.to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_headline_fits_narrow_windows() {
    for width in [40, 60, 80] {
        let text = diff(width, &ViewOptions::default());
        let headline: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
        assert!(headline.len() > 2, "{text}");
        let longest = headline.iter().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= width, "{longest} in {width}:\n{}", headline.join("\n"));
    }
}

#[test]
fn names_are_inert() {
    for name in example::HOSTILE {
        let comparison = example::hostile(&name());
        let view = DiffView::new(&comparison, &Verdict::default(), &ViewOptions::default());
        let text = DisplayDiff { view: &view, layout: Layout::plain(80) }.to_string();
        assert!(!text.contains(example::is_active), "{text}");
        assert!(text.len() < 20_000, "{}", text.len());
        // A line for each function that is beyond chance, and one that says what the star means.
        assert_eq!(text.lines().filter(|line| line.contains(" * ")).count(), 4, "{text}");
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let view = DiffView::new(&example::comparison(), &Verdict::default(), &ViewOptions::default());
    let layout = Layout { width: 80, styles: Styles::colored() };
    let colored = DisplayDiff { view: &view, layout }.to_string();
    assert!(colored.contains("\x1b[31m"));
    let bare: String = colored
        .split('\x1b')
        .enumerate()
        .map(|(index, part)| if index == 0 { part } else { part.split_once('m').unwrap().1 })
        .collect();
    assert_eq!(bare, diff(80, &ViewOptions::default()));
}

#[test]
fn names_in_captures_are_inert_in_all_formats() {
    for name in example::HOSTILE {
        let name = name();
        let (capture, timing, profile) = example::hostile_capture(&name);
        let full = ShowBenchmark {
            entry: &capture.benchmarks[0],
            timing: Some(&timing),
            summary: Some(example::summary(982_100.0)),
            profile: Some(&profile),
            counts: &[],
        };
        let input = ShowInput {
            capture: &capture,
            benchmarks: vec![full],
            ladders: &[],
            findings: &[],
            categories: &default_categories(),
        };
        let view = ShowView::new(&input, &ShowOptions::default());
        let text = DisplayShow { view: &view, layout: Layout::plain(80) }.to_string();
        assert!(!text.contains(example::is_active), "{name:.40}: {text}");
        let json = perfbase::render::json::show(&input);
        assert!(!json.contains(example::is_active), "{name:.40}");
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["benchmarks"][0]["benchmark"], *name);
        let tables = [csv::show_benchmarks(&input), csv::show_functions(&input)];
        for table in tables {
            assert!(!table.replace("\r\n", "").contains(example::is_active), "{name:.40}");
            // The failure, the times; each name of the profile.
            assert_eq!(crate::csv::parse(&table).len(), 3, "{name:.40}");
        }
    }
}
