//! What a report is on.

use crate::cli::compared::Compared;
use crate::cli::shown::Shown;
use crate::gate::Verdict;
use crate::store::StoredCapture;

/// One capture, or two compared.
pub(super) enum Subject<'a> {
    /// A capture, read and judged.
    Capture { shown: Shown<'a>, verdict: Verdict, hot_share: f64 },
    /// A comparison, judged.
    Comparison { base: &'a StoredCapture, new: &'a StoredCapture, compared: Box<Compared> },
}

impl Subject<'_> {
    /// `pre-refactor`, `pre-refactor → post-refactor`.
    pub(super) fn title(&self) -> String {
        match self {
            Self::Capture { shown, .. } => shown.input().capture.label.to_string(),
            Self::Comparison { base, new, .. } => {
                format!("{} → {}", base.capture().label, new.capture().label)
            }
        }
    }
}
