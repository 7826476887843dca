//! Two captures → [`Comparison`].

mod comparison;
mod tree;

pub use comparison::{
    BenchmarkDiff, Change, Comparison, Costs, FunctionDiff, GroupDiff, GroupKind, Level, Matched,
    Note, PathDiff, ProfileDiff, ProfileSide, ResourceDiff, TimingDiff, TimingSummary, Verdict,
};
pub use tree::{DiffNode, DiffTree};
