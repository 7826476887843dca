//! `report --html`: a page with everything that can be looked around in.

use super::Subject;
use crate::cli::reading::Reading;
use crate::diff;
use crate::error::Error;
use crate::render::html;
use crate::view::{PageView, ShowOptions};
use crate::workspace::Filter;

/// The whole page.
///
/// # Errors
/// Times that cannot be read.
pub(super) fn document(subject: &Subject<'_>) -> Result<String, Error> {
    let (base, new, compared) = match subject {
        Subject::Capture { shown, verdict, hot_share } => {
            let options = ShowOptions { hot_path: *hot_share, ..ShowOptions::default() };
            let view = PageView::of_capture(&shown.input(), verdict, &options);
            return Ok(html::report(&view));
        }
        Subject::Comparison { base, new, compared } => (base, new, compared),
    };
    let all = Filter::default();
    let (base, new) = (Reading::new(base, &all), Reading::new(new, &all));
    let view =
        PageView::of_comparison(&compared.comparison, &compared.verdict, &compared.options, |id| {
            diff::timings(id, &base, &new)
        });
    base.finish()?;
    new.finish()?;
    Ok(html::report(&view))
}
