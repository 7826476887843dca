//! Two captures → [`Comparison`].
//!
//! Both sides are always kept, and what is on one side only is `None` on the other. Where one
//! capture was made beside the other, what both sides gave in turns is compared by pairs of runs;
//! the rest from the stored captures, with what sessions differ by. Every change carries an
//! interval and the design that it comes from; a verdict needs a p-value adjusted for everything
//! that was tested beside it, and an effect that the design can resolve. `compare(x, x)` is all
//! zero and swapping the sides negates. The same inputs give the same result: the bootstrap's seed
//! is an option.
//!
//! Deliberately absent: thresholds of a project (a gate's business), wording and rounding (the
//! view's).

mod arms;
mod charge;
mod compare;
mod comparison;
mod count;
mod doubt;
#[cfg(test)]
mod fixture;
mod ladder;
mod notes;
mod options;
mod pace;
mod path;
mod profile;
mod resources;
mod side;
mod threads;
mod timing;
mod tree;

pub use arms::{BenchmarkTimings, timings};
pub use charge::charged;
pub use compare::{alone, compare, session_deviation};
pub use comparison::{
    BenchmarkDiff, Change, Comparison, Costs, CountDiff, CountSide, Design, Domain, FunctionDiff,
    GroupDiff, GroupKind, Matched, Moved, PathDiff, ProfileDiff, ProfileSide, RefactorDiff,
    ResourceDiff, TimingDiff, TimingSummary, Verdict,
};
pub use doubt::question;
pub use ladder::{LadderDiff, LadderSeries, Level, LevelChange, ladder_stops, ladders};
pub use options::Options;
pub use pace::pace;
pub use path::crate_and_module;
pub use side::{Loaded, Side};
pub use timing::{
    Distribution, Drawn, Percentile, Pool, Precision, RunSpread, differences, distribution,
    precision, summarize,
};
pub(crate) use timing::{lower_half_of, run_location};
pub use tree::{DiffNode, DiffTree};
