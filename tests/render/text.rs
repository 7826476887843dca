//! Text for terminals.

use perfbase::render::text::{DisplayDiff, Layout};
use perfbase::view::{DiffView, ViewOptions};

use crate::example;

fn diff(width: usize, options: &ViewOptions) -> String {
    let view = DiffView::new(&example::comparison(), options);
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
