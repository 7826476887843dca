//! `report --markdown`: a pull request's comment.

use super::Subject;
use crate::error::Error;
use crate::render::markdown;

/// The whole document.
///
/// # Errors
/// For one capture.
pub(super) fn document(subject: &Subject<'_>) -> Result<String, Error> {
    match subject {
        Subject::Capture(..) => Err(Error::usage(
            "a document in markdown is of two captures",
            "name both: cargo perfbase report BASE NEW --markdown",
        )),
        Subject::Comparison { compared, .. } => Ok(markdown::diff(&compared.view())),
    }
}
