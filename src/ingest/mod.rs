//! Recorders' files → tables.
//!
//! One module for each format. A reader turns bytes into a [`Recording`](crate::model::Recording)
//! of addresses, or into a profile where the format carries names. Whatever a file claims is
//! checked against what it holds; no input makes a reader panic or allocate without bound.

pub mod perf;
