//! What the source of a bench target says of itself, by looking at its text.
//!
//! No parser of the language: a scanner that knows comments, strings and brackets is enough to
//! find functions, the bodies that harnesses measure, and whether anything stands in them. Macros
//! are not expanded and other files are not read, so what cannot be seen is never held against a
//! benchmark: [`Look::nothing`] is given only where everything that there is does nothing.
//!
//! Text of any kind is taken; nothing here fails or recurses.

mod function;
mod idle;
mod look;
mod measured;
mod says;
mod scan;

pub use look::{Look, look};
