//! What stands out in one profile, and is worth a look before anything is optimised: a function
//! that does much itself, recursion, work that is in crumbs, allocations and locks where it is hot.
//!
//! Each pattern comes with its share of the benchmark and the call path to it. A pattern is a
//! place to look at, no verdict: nothing here is compared with anything. Shares are of the
//! benchmark's own weight, callees included, and recursion counts once.
//!
//! Deliberately absent: words and advice, which `view` has; and what a function is for, which
//! whoever asks says by [`Work`].

mod crumbs;
mod recursion;
mod service;
mod tree;
mod wide;

use crate::model::Profile;

pub use tree::{CallTree, Node};

/// What a function is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// The program's own.
    Own,
    /// Libraries', and other languages': it is called for by somebody.
    Library,
    /// Gets and frees memory.
    Allocation,
    /// Copies and clones.
    Copying,
    /// Waits for others, or keeps them out.
    Locks,
}

/// Something that stands out.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// What.
    pub kind: Kind,
    /// Share of the benchmark.
    pub share: f64,
    /// The call path to it, outermost first.
    pub path: Vec<String>,
}

/// What stands out.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A function that does most of its work itself: a wide flat bar.
    Wide {
        /// Share that is its own, on all paths.
        own: f64,
        /// What it is for.
        work: Work,
    },
    /// A function that calls itself, directly or by others.
    Recursion {
        /// Deepest nesting that was seen: how often it stands on one stack.
        deepest: usize,
        /// Mean nesting, by weight.
        mean: f64,
        /// What it goes through until it is called again, itself first.
        cycle: Vec<String>,
    },
    /// Many callees, none of which is large.
    Crumbs {
        /// How many callees.
        callees: usize,
        /// Share of the largest.
        largest: f64,
    },
    /// Work for the program's own work, such as allocation: its share below a hot function.
    Service {
        /// Of which kind.
        work: Work,
        /// The function of that kind that is called most, by weight.
        called: String,
    },
}

/// From which shares on something stands out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Total share of a hot path.
    pub hot: f64,
    /// Self share of a wide flat bar.
    pub wide: f64,
    /// Share of allocations, copies and locks below one function.
    pub service: f64,
}

impl Default for Options {
    /// A path is hot from 5 % on; twice that in one function is a bar that anybody sees in a
    /// flamegraph; services are overhead, and 2 % of that in one place can be had by mending it.
    fn default() -> Self {
        Self { hot: 0.05, wide: 0.10, service: 0.02 }
    }
}

/// Everything that stands out, by kind and the largest of each first. `work` says what each
/// function of the profile is for, in their order.
pub fn find(profile: &Profile, work: &[Work], options: &Options) -> Vec<Pattern> {
    let tree = CallTree::new(profile);
    if tree.whole() == 0 {
        return Vec::new();
    }
    let mut found = wide::find(profile, &tree, work, options);
    found.extend(recursion::find(profile, &tree, work, options));
    found.extend(crumbs::find(profile, &tree, options));
    found.extend(service::find(profile, &tree, work, options));
    found
}

#[cfg(test)]
mod testing;
