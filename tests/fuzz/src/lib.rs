//! Parsers under test. They are shared with `tests/corpus`, which replays what was found here.

#[path = "../../corpus/parsers.rs"]
pub mod parsers;
