//! The view of one capture that was judged by itself.

use crate::diff::LadderSeries;
use crate::gate::Verdict;
use crate::model::Capture;

use super::diff::SideView;
use super::gate::GateView;
use super::ladder::LadderView;

/// A capture judged, worded.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckView {
    /// Which capture.
    pub side: SideView,
    /// What its rules say; `None` where no rule needs one capture only.
    pub gate: Option<GateView>,
    /// Benchmarks at several levels of load.
    pub ladders: Vec<LadderView>,
}

impl CheckView {
    /// Words it.
    pub fn new(capture: &Capture, verdict: &Verdict, ladders: &[LadderSeries], all: bool) -> Self {
        let ids = capture.benchmarks.iter().map(|one| &one.id);
        Self {
            side: SideView::new(capture),
            gate: GateView::new(verdict, ids.clone(), all),
            ladders: ladders.iter().map(|one| LadderView::new(one, ids.clone())).collect(),
        }
    }
}
