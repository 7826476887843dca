//! Tables for spreadsheets and data frames, as RFC 4180 has them.
//!
//! One table is one file with one row of headings: benchmarks, or functions. Figures are unrounded
//! and without units, which have a column of their own; what is not known is empty. A spreadsheet
//! takes a cell for a formula by its first character: text that begins so gets an apostrophe
//! before it, numbers are left as they are.
//!
//! Deliberately absent: notes, rules and paths, which are no tables; JSON has them.

mod diff;
mod show;
mod table;

pub use diff::{diff_benchmarks, diff_functions};
pub use show::{show_benchmarks, show_functions};
