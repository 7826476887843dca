//! What a user means by a selection of targets, benchmarks and arguments, and where they are.
//!
//! [`Selection`] holds cargo's own selection flags; [`Filter`] picks benchmarks by name; the
//! listing and argument functions know how each harness is asked for its benchmarks, how one of
//! them is run alone and which of the user's arguments it understands. [`provenance`] notes
//! commit, compiler and machine.
//!
//! All of it is pure but `provenance`, which asks other programs. Nothing
//! here builds (see `build`) or runs a benchmark (see `record`).

mod arguments;
mod filter;
mod listing;
pub mod provenance;
mod selection;

pub use arguments::{Split, exact_arguments, split_arguments};
pub use filter::Filter;
pub use listing::{
    ListAttempt, ListError, Listed, ListedKind, list_attempts, list_ignored_arguments, parse_list,
};
pub use selection::Selection;
