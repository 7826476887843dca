//! `report --markdown`: of one capture its baseline document, of two a pull request's comment.

use super::Subject;
use crate::render::markdown;
use crate::view::{BaselineView, CheckView};

/// The whole document.
pub(super) fn document(subject: &Subject<'_>) -> String {
    match subject {
        Subject::Capture { shown, checked, hot_share } => {
            let input = shown.input();
            let view = BaselineView::new(&input, *hot_share);
            let check = CheckView::new(input.capture, &checked.verdict, &checked.ladders, true);
            markdown::baseline(&view, &check)
        }
        Subject::Comparison { compared, .. } => markdown::diff(&compared.view()),
    }
}
