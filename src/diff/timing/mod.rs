//! Times of two captures.
//!
//! Where both sides ran in turns a pair of runs is the unit of independence, and their ratio is
//! free of whatever lasts longer than a pair. Of two stored captures a run is the unit of independence; a session (a capture) is what runs have in common. Two
//! sessions of one program differ by more than their runs say, so that more runs of stored
//! captures make *more* false alarms when only the runs are looked at. What is said here
//! therefore always carries the deviation between sessions, and below a floor nothing is called
//! faster or slower.

mod change;
mod distribution;
mod location;
mod paired;
#[cfg(test)]
mod paired_simulation;
mod pool;
mod precision;
#[cfg(test)]
mod simulation;
mod summary;

use super::comparison::TimingSummary;
pub(super) use change::{Deviation, FLOOR, compare, verdict};
pub use distribution::{Distribution, Percentile, RunSpread, distribution};
pub(super) use location::{Location, locate};
pub(crate) use location::{lower_half_of, run_location};
pub use paired::differences;
pub(super) use paired::{
    FEWEST_PAIRS, Repeated, compare_paired, halved, locate_pairs, more_pairs,
    verdict as verdict_on_pairs,
};
pub use pool::{Drawn, Pool};
pub use precision::{Precision, precision};
pub use summary::summarize;
