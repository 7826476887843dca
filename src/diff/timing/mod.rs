//! Times of two stored captures.
//!
//! A run is the unit of independence; a session (a capture) is what runs have in common. Two
//! sessions of one program differ by more than their runs say, so that more runs of stored
//! captures make *more* false alarms when only the runs are looked at. What is said here
//! therefore always carries the deviation between sessions, and below a floor nothing is called
//! faster or slower.

mod change;
mod location;
#[cfg(test)]
mod simulation;
mod summary;

pub(super) use change::{Deviation, FLOOR, compare, verdict};
pub(super) use location::{Location, locate};
#[cfg(test)]
pub(super) use simulation::repeated;
pub use summary::summarize;
