//! Everything → plain view values: the one place that sorts, rounds, truncates and words.
//!
//! A view holds text that is ready to be laid out, and counts of what it left out. It knows no
//! output format: escaping, alignment, colour and shortening to a width belong to `render`.
//! Text that came from outside (names, messages, a child's stderr) is passed on as it is, and
//! must be made inert by whoever prints it.
//!
//! Deliberately absent: figures for machines. `render::json` takes those from the comparison
//! itself, unrounded.

mod audit;
mod baseline;
mod benchmark;
mod categories;
mod check;
mod counts;
mod diff;
mod distribution;
mod doctor;
mod explain;
mod flame;
mod functions;
mod gate;
mod hot;
mod ladder;
mod lead;
mod list;
mod name;
mod notes;
mod page;
mod paths;
mod patterns;
mod quantity;
mod refactor;
mod show;
mod totals;

pub use audit::{AuditRow, AuditView};
pub use baseline::{BaselineBenchmark, BaselineView, TierRow, TierView};
pub use benchmark::{BenchmarkView, FailureView, Measure};
pub use check::CheckView;
pub use counts::{CountView, count_lines};
pub use diff::{DiffView, SideView, ViewOptions};
pub use distribution::{Axis, DistributionView, PairsView, PercentileView, RunMark, SpreadView};
pub use doctor::{AreaView, DoctorInput, DoctorView, FindingView};
pub use explain::{Explained, explain};
pub use flame::{FlameFunction, FlameNode, FlameView, pruned};
pub use functions::{FunctionRow, GroupRow, ProfileView, by_change};
pub use gate::{GateView, RuleRow, message as rule_message};
pub use ladder::{LadderRow, LadderView};
pub use lead::Lead;
pub use list::{ListEntry, ListRow, ListView};
pub use name::shorten;
pub use notes::NoteView;
pub use page::{ChangeMark, PageBenchmark, PageView};
pub use paths::PathRow;
pub use patterns::PatternView;
pub use quantity::{
    NOT_AVAILABLE, Scale, bytes, count, interval, nanoseconds, quantity, ratio, share, signed,
};
pub use refactor::is_low_confidence;
pub use show::{
    BenchmarkShow, CountShow, HotPath, ShowBenchmark, ShowFunction, ShowInput, ShowOptions,
    ShowView, cost_of_benchmark,
};
pub use totals::totals_by_name;

/// How a reader should feel about something; drawn as colour where there is colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Faster, or well.
    Good,
    /// Slower, or failed.
    Bad,
    /// Mind this.
    Warn,
    /// Neither.
    Neutral,
}

impl Tone {
    /// The tone of a verdict.
    pub fn of(verdict: crate::diff::Verdict) -> Self {
        use crate::diff::Verdict;
        match verdict {
            Verdict::Faster => Self::Good,
            Verdict::Slower => Self::Bad,
            Verdict::Inconclusive => Self::Warn,
            Verdict::Unchanged | Verdict::New | Verdict::Vanished => Self::Neutral,
        }
    }
}
