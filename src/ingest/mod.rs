//! What tools wrote → tables.
//!
//! One module per format. Harnesses' results become [`Measurement`](crate::model::Measurement)s,
//! recorders' files become [`Recording`](crate::model::Recording)s of addresses.
//!
//! Everything here reads bytes that others wrote: nothing panics on them, nothing is allocated
//! from a length that was not checked, and the parsers proper take bytes or text, not paths, so
//! that a fuzzer reaches them. Absent on purpose: looking up symbols (`symbolize`) and any
//! opinion on which frames matter (`normalize`).

pub mod callgrind;
pub mod criterion;
pub mod dhat;
pub mod divan;
pub mod embedded;
pub mod libtest;
pub mod metrics;
pub mod perf;
mod processes;
pub mod samply;

use processes::files_of_processes;
