//! `report --markdown`: of one capture its baseline document, of two a pull request's comment.

use camino::Utf8Path;

use super::Subject;
use crate::cli::pictures;
use crate::render::markdown;
use crate::view::{BaselineView, GateView};

/// The whole document, for the file `to`. `pictures`: where flamegraphs are written, with their
/// ending.
pub(super) fn document(
    subject: &Subject<'_>,
    to: &Utf8Path,
    pictures: Option<(&Utf8Path, &str)>,
) -> String {
    match subject {
        Subject::Capture { shown, verdict, hot_share } => {
            let input = shown.input();
            let view = BaselineView::new(&input, *hot_share);
            let ids = input.capture.benchmarks.iter().map(|entry| &entry.id);
            let gate = GateView::new(verdict, ids, true);
            let drawn = pictures::of_capture(&input);
            markdown::baseline(&view, gate.as_ref(), &|id| {
                let (folder, ending) = pictures?;
                let picture = drawn.iter().find(|picture| picture.of == id)?;
                // From the document's folder, where the pictures are below it.
                let folder = match to.parent() {
                    Some(parent) if parent != "" => folder.strip_prefix(parent).unwrap_or(folder),
                    _ => folder,
                };
                Some(folder.join(format!("{}.{ending}", picture.name)).into_string())
            })
        }
        Subject::Comparison { compared, .. } => markdown::diff(&compared.view()),
    }
}
