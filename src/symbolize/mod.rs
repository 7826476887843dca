//! Addresses → functions, files, lines and inlined calls.
//!
//! A [`Symbolizer`] looks each distinct address of an image up once, however many recordings it
//! appears in: first in DWARF, which knows what was inlined, then in symbol tables. Stacks are
//! built of whole chains of inlined calls, outermost first, so that a profile shows the calls that
//! the source has.
//!
//! Nothing is attributed by guess: an address beyond the end of a function, or in a file that
//! changed since it was recorded, is unknown and is counted as such.
//!
//! Deliberately absent: names of C++ and Swift are left mangled; source text; comparison of names
//! (see `normalize`).

mod dwarf;
mod kernel;
mod names;
mod resolve;
mod symbolizer;

pub use symbolizer::{Symbolizer, TRUNCATED};
