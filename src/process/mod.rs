//! The only place that starts children.
//!
//! A [`Session`] is made once per command that starts children; [`Session::run`] runs a
//! [`Command`] to its end and returns an [`Output`]. Invariants:
//!
//! * Every child leads a process group of its own. Whatever ends a run (its own end, a time
//!   limit, a signal to us), nothing of that group is alive when `run` returns.
//! * On Linux we are a *child subreaper*: a descendant that left the group by `setsid` and lost
//!   its parent becomes our child and is killed after the run too.
//! * On Linux a *reaper*, our own executable started with [`REAPER_ARGUMENT`], outlives us and
//!   kills what we leave behind when we are ended by SIGKILL.
//! * `run` never waits for a pipe that a survivor holds open for more than about a second after
//!   the child's end.
//!
//! Weaker elsewhere: other Unix systems have process groups only (no reaper, and a descendant
//! that left the group survives); on Windows the direct child alone is killed, nothing is
//! accounted, and Ctrl-C ends us as it ends any console program.
//!
//! Deliberately absent: input to children (their stdin is null), shells, asynchronous
//! executors, and any knowledge of what the children are.

mod affinity;
mod child;
mod collect;
mod command;
mod crowd;
mod error;
mod interrupt;
#[cfg(target_os = "linux")]
mod orphans;
mod output;
#[cfg(target_os = "linux")]
mod reaper;
mod run;
mod session;
#[cfg(target_os = "linux")]
mod tree;
mod watch;

pub use affinity::{on_processor, processors};
pub use command::{Capture, Command, Recipient, Stop, display_command};
pub use crowd::crowd;
pub use error::ProcessError;
pub use output::{Output, Status, failure_tail};
pub use session::{REAPER_ARGUMENT, Session, reaper_main};
pub use watch::Source;
