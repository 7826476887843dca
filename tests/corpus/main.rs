//! Bytes that others wrote, at their worst: what fuzzing found, and lengths that are lies.
//!
//! `tests/fuzz` has the fuzz targets. They and these tests call the same functions, so that
//! whatever was found once is looked at again by every `cargo test`.

mod hostile;
mod memory;
#[expect(unreachable_pub, reason = "the fuzz targets use them")]
mod parsers;
mod replay;
