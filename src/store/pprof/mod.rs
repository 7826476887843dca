//! pprof's `profile.proto`, written and read.
//!
//! One profile of one benchmark becomes one gzip-compressed protobuf message that pprof,
//! speedscope, Firefox Profiler, Pyroscope and Parca open. Names, files and lines are inside, so
//! that nobody needs the executable.
//!
//! What is kept: everything that a [`Profile`](crate::model::Profile) holds and a sample reaches.
//! Decoding what was encoded gives the same profile, its tables in another order. Three things
//! have no place in the format, and are therefore as the format has them: an outermost frame is
//! never inlined, an inlined function belongs to the image of the function that it was inlined
//! into, and empty file and image names mean none.
//!
//! The reader takes files of other tools, too, as long as they weigh something that we know.
//! It never panics, never allocates from a length that it has not checked, and stops at fixed
//! limits, however small the compressed file was.
//!
//! Deliberately absent: addresses, which mean nothing without the executable, and merging or
//! scaling of profiles.

mod decode;
mod encode;
mod error;
mod gzip;
mod ids;
mod limits;
mod message;
mod tables;
#[cfg(test)]
mod tests;
mod values;
mod walk;
mod wire;

pub use decode::decode;
pub use encode::{Meta, encode};
pub use error::PprofError;

/// How the comment begins by which a file of ours is known; its major version follows.
const MARK: &str = "perfbase.profile/";
/// The mark with the version that is written.
const VERSION_MARK: &str = "perfbase.profile/1";
/// The newest version that is read.
const VERSION: u32 = 1;
/// The label with a sample's run.
const RUN: &str = "run";
/// The label that tells the benchmark's own work from what surrounds it.
const SCOPE: &str = "scope";
/// The value of [`SCOPE`] on samples of the harness.
const HARNESS: &str = "harness";
/// The type and unit of the first value of each sample.
const SAMPLES: (&str, &str) = ("samples", "count");

/// Type and unit of the number of samples beside this weight: blocks have a name of their own.
fn count_type(weight: crate::model::Weight) -> (&'static str, &'static str) {
    use crate::model::Weight;
    match weight {
        Weight::AllocatedBytes => (Weight::Allocations.kind(), Weight::Allocations.unit()),
        _ => SAMPLES,
    }
}
