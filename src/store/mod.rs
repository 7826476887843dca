//! The `profiles/` folder: layout, versions, locks, atomic commit.

pub mod pprof;
