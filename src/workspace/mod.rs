//! What a user means by a selection of targets, benchmarks and arguments, and where they are.
//!
//! [`Selection`] holds cargo's own selection flags; [`Filter`] picks benchmarks by name; the
//! listing and argument functions know how each harness is asked for its benchmarks, how one of
//! them is run alone and which of the user's arguments it understands. [`provenance`] notes
//! commit, compiler and machine.
//!
//! [`Repository`] says which commits are meant, and [`Worktree`] checks one out beside the user's
//! own files. [`look`] tells what the source of a bench target says of itself.
//!
//! All of it is pure but `provenance`, `git` and `worktree`, which ask other programs. Nothing
//! here builds (see `build`) or runs a benchmark (see `record`).

mod arguments;
mod filter;
mod git;
mod listing;
mod moves;
pub mod provenance;
mod selection;
mod source;
mod worktree;

pub use arguments::{Split, exact_arguments, once_arguments, split_arguments};
pub use filter::Filter;
pub use git::{Folders, GitError, Repository, Revision};
pub use listing::{
    ListAttempt, ListError, Listed, ListedKind, list_attempts, list_ignored_arguments, parse_list,
};
pub use moves::moved_files;
pub use selection::Selection;
pub use source::{Look, look};
pub use worktree::Worktree;
