//! `perf.data`, as `perf record` writes it.
//!
//! Two passes over the file, both through small buffers, so that a file of any size needs little
//! memory:
//!
//! 1. `scan` skips from record to record, keeps what changes the address spaces and names of
//!    processes, and notes where the file can be cut into chunks;
//! 2. `chunk` reads samples, in file order and in parallel, unwinds each in the address space
//!    that its process had at its time, and merges equal stacks. `merge` puts chunks together in
//!    the order of the file: the result does not depend on the number of threads.
//!
//! Samples need no sorting that way: only the few records about processes are sorted by time.
//!
//! Format: `tools/perf/Documentation/perf.data-file-format.txt` and
//! `include/uapi/linux/perf_event.h` of the kernel.
//!
//! Deliberately absent: pipe mode, compressed records, big-endian files, guests, branch stacks.

mod attributes;
mod chunk;
mod cursor;
mod error;
mod features;
mod files;
mod header;
mod merge;
mod process;
mod reader;
mod record;
mod sample;
mod scan;
mod space;
#[cfg(test)]
mod tests;
mod window;

pub use error::{Error, Note};
pub use reader::{Options, Reading, read};
