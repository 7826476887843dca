//! The vocabulary: plain values that every stage passes on.
//!
//! Nothing here does IO, reads a clock or knows a file format; nothing is serialisable either
//! (formats have types of their own in `store` and `render::json`). Imports `std` only.
//!
//! The two big values are the two halves of a sample's life:
//!
//! * [`Recording`]: what a recorder saw in one run, as stacks of *addresses*;
//! * [`Profile`]: stacks of *functions* of one benchmark, all runs of it, each sample with its run.

mod audit;
mod capture;
mod category;
mod conditions;
mod count;
mod event;
mod few;
mod finding;
mod handle;
mod hash;
mod id;
mod ladder;
mod metric;
mod near;
mod pattern;
mod profile;
mod recording;
mod reference;
mod stack;
mod strings;
mod timing;
mod weight;

pub use audit::{AuditStatus, Audited, LastCapture};
pub use capture::{
    BenchmarkEntry, Beside, BesideEntry, Capture, Commit, Failure, Machine, ParityOutcome,
    ProfileSummary, RecorderInfo, Settings, Toolchain,
};
pub use category::Category;
pub use conditions::{Conditions, Meanwhile};
pub use count::{CountKind, CountRun, CountSummary};
pub use event::Event;
pub use few::SortFew;
pub use finding::{Area, Finding, Measured, Severity};
pub use handle::Handle;
pub use hash::{FastHasher, FastMap};
pub use id::{BenchmarkId, Harness, Label, LabelError, TargetKind};
pub use ladder::LadderLevel;
pub use metric::{Better, Metric, Metrics};
pub use near::near;
pub use pattern::Pattern;
pub use profile::{
    Body, Frame, FrameId, Function, FunctionId, Profile, ProfileBuilder, Sample, Scope, Totals,
};
pub use recording::{
    Health, Image, ImageId, ImageKind, Location, LocationId, RawSample, Recording, Thread, ThreadId,
};
pub use reference::{Pace, Part, Reading, Reference, Span};
pub use stack::{StackId, StackNode, StackTable};
pub use strings::{Names, StringId, Strings};
pub use timing::{
    Batch, Measurement, Mode, Resources, Run, Summary, TYPICAL, Throughput, ThroughputKind, Timing,
    usable,
};
pub use weight::Weight;
