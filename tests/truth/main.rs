//! Refactors that are known: a program before and after a dozen of them (`fixtures/refactor`), with
//! and without a slowdown in everything that was touched. What is matched, and what is said of it,
//! is what was done.
//!
//! The executables are built and symbolized as benchmarks are. Their profiles are exact: the
//! program is executed one instruction at a time, and each counts for the call stack that it was
//! executed in. The same build gives the same profile each time.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;
mod steps;
mod verdicts;
