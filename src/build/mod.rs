//! From a selection of cargo targets to executables that can be run exactly as cargo would.
//!
//! Cargo builds and then "runs" every executable, with `cargo-perfbase __runner` as its target
//! runner: that notes program, arguments, directory and environment in a file and exits with 0.
//! So everything that cargo decides (environment of build scripts and `[env]`, library paths,
//! working directory) is cargo's own answer, and nothing has run.
//!
//! Names and line tables are switched on by `--config` for this one build. The user's files are never
//! edited, and a higher debug level of theirs stays.
//!
//! Deliberately not here: running executables (also for listing their benchmarks), and asking
//! what a name means (`workspace`).

mod calls;
mod cargo;
mod digest;
mod error;
mod executable;
mod harness;
mod in_force;
mod inventory;
pub mod kept;
mod layout;
mod messages;
mod operation;
mod record;
mod runner_setting;
mod settings;
mod steps;
mod unit_graph;

pub use error::BuildError;
pub use executable::Executable;
pub use in_force::{InForce, in_force};
pub use inventory::{BenchTarget, Hidden, Inventory, inventory};
pub use layout::{layout_main, layout_seed};
pub use messages::{Artifact, Message, parse_message};
pub use operation::{Build, Layout, Options, Places, build, places, workspace_root};
pub use record::{RUNNER_COMMAND, runner_main};
