//! The functions of two profiles, paired up across a refactor.
//!
//! A cascade, from what is certain to what is likely; each [`Pair`] carries its [`Rule`] and a
//! confidence, and what a rule has paired no later one takes apart:
//!
//! 0. the user's renames ([`Rename`]);
//! 1. the same canonical name;
//! 2. the same machine code, which no other function of either side has;
//! 3. the same name in a file that the version control saw moved;
//! 4. the same callers and callees, weighed by how much of the function passes through them;
//! 5. a similar name, where what little is known of callers and callees agrees;
//! 6. what is left over below one caller, as a [`Group`]: split, merged, extracted, inlined.
//!
//! What is named after a matched function follows it: its closures, and of a type or module that has
//! another path now all that has this path in its name. A pair needs each side to be the other's best, by a
//! margin: what is ambiguous is left unmatched, and why is kept.
//!
//! Invariants: a function is in one pair at most; two equal profiles are paired by name alone;
//! exchanging the sides (and turning the hints round) exchanges the sides of every pair. Costs are
//! read and never written: a match changes labels only.
//!
//! Deliberately absent: whether anything got slower (`diff`), and asking git (`cli`).

mod along;
mod body;
mod cascade;
mod context;
mod file;
mod graph;
mod group;
mod hints;
mod name;
mod similarity;
mod state;
#[cfg(test)]
mod tests;

pub use cascade::match_functions;
pub use group::{Group, GroupKind};
pub use hints::{Hints, Rename, RenameError};

/// Why two functions are taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The user says so.
    Renamed,
    /// The same canonical name.
    Name,
    /// The same machine code.
    Body,
    /// The same name in a file that was moved.
    File,
    /// The same callers and callees.
    Context,
    /// A similar name, called alike.
    Similar,
}

impl Rule {
    /// Its name in reports and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Renamed => "rename rule",
            Self::Name => "name",
            Self::Body => "machine code",
            Self::File => "moved file",
            Self::Context => "callers and callees",
            Self::Similar => "similar name",
        }
    }
}

/// Two functions taken for one.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Its canonical name in the base.
    pub base: String,
    /// Its canonical name on the new side.
    pub new: String,
    /// Why.
    pub rule: Rule,
    /// How sure that is, up to 1.
    pub confidence: f64,
    /// What the rule saw, in words.
    pub evidence: String,
    /// The next best candidate on the new side, with how well it would have matched.
    pub runner_up: Option<(String, f64)>,
}

/// A function without a counterpart.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmatched {
    /// Its canonical name.
    pub name: String,
    /// Its part of the benchmark's weight, without what it calls.
    pub self_share: f64,
    /// What kept it unmatched, in words.
    pub reason: String,
    /// The best candidate on the other side, with how well it would have matched.
    pub best: Option<(String, f64)>,
}

/// What became of the functions of two profiles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matching {
    /// Pairs of different names, ordered by the base's. Functions of one name on both sides are a
    /// pair as well, unless their name is in `apart`.
    pub pairs: Vec<Pair>,
    /// Names on both sides that are no pair, since a rename gave one of them to another; ordered.
    pub apart: Vec<String>,
    /// Functions left over on either side, base and new, ordered by name.
    pub unmatched: [Vec<Unmatched>; 2],
    /// What was left over, put together.
    pub groups: Vec<Group>,
}

impl Matching {
    /// The pair with a name on one of its sides (0: base).
    pub fn pair(&self, side: usize, name: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| [&pair.base, &pair.new][side] == name)
    }
}
