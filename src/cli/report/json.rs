//! `report --json`: what `diff` and `show` write with `--format json`.

use super::Subject;
use crate::render::json;

/// The whole report.
pub(super) fn document(subject: &Subject<'_>) -> String {
    match subject {
        Subject::Capture { shown, .. } => json::show(&shown.input()),
        Subject::Comparison { compared, .. } => json::diff(&compared.comparison, &compared.verdict),
    }
}
