//! The only place that writes to the terminal.
//!
//! A [`Console`] owns stdout and stderr and is passed by reference; tests make one of buffers.
//! Reports go to stdout, everything else to stderr, in cargo's style. Invariants:
//!
//! * Nothing that is shown on stderr contains a control character or a bidirectional override of
//!   foreign origin: every text goes through [`escape_terminal`] or [`escape_line`].
//! * What is printed while a progress bar is live appears above it.
//! * A reader of stdout that went away is no error.
//!
//! Deliberately absent: the layout of reports (`render` has that; what it writes to stdout is
//! written as it is), prompts, and log levels beyond quiet, normal and verbose.

mod color;
mod escape;
mod message;
mod progress;
mod stream;

pub use color::ColorChoice;
pub use escape::{escape_line, escape_terminal};
pub use progress::Progress;
pub use stream::{Console, Options, Verbosity};
