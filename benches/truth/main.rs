//! How often `cargo perfbase` is right: known changes are put into programs, captured and compared.
//!
//! ```text
//! cargo bench --bench truth                          cases until it is stopped
//! cargo bench --bench truth -- --hours 8             none begins after eight hours
//! cargo bench --bench truth -- --cases 40            so many
//! cargo bench --bench truth -- minute equal-stored   only cases of these kinds
//! cargo bench --bench truth -- --refactors           programs that are refactored, each with and
//!                                                    without a slowdown; names of programs choose
//! cargo bench --bench truth -- --check               whether all refactors still compile
//! cargo bench --bench truth -- --report              docs/truth.md from what there is
//! cargo bench --bench truth -- --rescore             compares what was captured again
//! cargo bench --bench truth -- --calibrate           measures the planted work again, more exactly;
//!                                                    `--rescore` then goes by that
//!       --lanes N           captures at a time, each on processors of its own [default: 1]
//!       --rounds N          how often all refactors are done [default: 1]
//!       --counts            counts the refactors' instructions, and leaves times for later
//!       --program PATH      the executable to test [default: the one that cargo built]
//!       --seed N            another series of cases
//! ```
//!
//! Everything is below `<target>/truth`: copies of the subjects, what was captured, and
//! `results.jsonl` with one line for each case. It can be stopped at any time and goes on where it
//! was. What each case is follows from the seed and its number alone, and kinds of cases are drawn
//! at random, so that the first hundred are a fair sample of all.
//!
//! It never fails for a wrong verdict: goals stand beside the figures in `docs/truth.md`.

#[cfg(target_os = "linux")]
mod calibration;
#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
mod lane;
#[cfg(target_os = "linux")]
mod lines;
#[cfg(target_os = "linux")]
mod options;
#[cfg(target_os = "linux")]
mod perfbase_command;
#[cfg(target_os = "linux")]
mod plant;
#[cfg(target_os = "linux")]
mod refactors;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod results;
#[cfg(target_os = "linux")]
mod rules;
#[cfg(target_os = "linux")]
mod score;
#[cfg(target_os = "linux")]
mod series;
#[cfg(target_os = "linux")]
mod subjects;
#[cfg(target_os = "linux")]
mod tally;

/// Whatever goes wrong ends the benchmark with a message.
#[cfg(target_os = "linux")]
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[cfg(target_os = "linux")]
fn main() -> Result<()> {
    series::run(&options::Options::parse(std::env::args().skip(1))?)
}

#[cfg(not(target_os = "linux"))]
fn main() {}
