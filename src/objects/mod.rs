//! ELF files, opened once and shared.
//!
//! [`Objects`] opens each file at most once and hands out references that live as long as itself,
//! so that unwinding and symbol lookup can borrow sections straight from the mapped file. A file
//! whose build id is not the one that was recorded has changed since then: it is never used, as
//! its addresses would mean something else.
//!
//! What is foreign may be damaged: every offset is checked against the file, and nothing is
//! allocated from a length that the file merely claims.
//!
//! Deliberately absent: demangling, DWARF (see `symbolize`), and 32-bit or big-endian files.

mod allocator;
mod cache;
mod code;
mod debug_file;
mod object;
mod plt;
mod symbols;
mod vdso;

pub use cache::{Objects, OpenError};
pub use object::{Architecture, Object, Section, Segment};
pub use symbols::Symbol;
