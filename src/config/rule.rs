//! `[[limit]]`, `[[objective]]`, `[[claim]]`, `[[invariant]]`: what has to hold.

mod claim;
mod invariant;
mod limit;
mod objective;
mod read;

use super::measure::{Measure, Unit};
use super::quantity::Bound;
use crate::model::Pattern;

pub(super) use read::{patterns, rules};

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name, unique in the file.
    pub id: String,
    /// What it asks for.
    pub test: Test,
}

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A limit on the change of a figure.
    Limit(Limit),
    /// A limit on a part of the program.
    Part(Part),
    /// No path gets hot that was not there: the total share from which on it is hot.
    NewHotPath {
        /// Which benchmarks.
        benchmarks: Vec<Pattern>,
        /// From 0 to 1.
        share: f64,
    },
    /// No hot path allocates more than it did, by so many allocations per iteration.
    NewAllocations {
        /// Which benchmarks.
        benchmarks: Vec<Pattern>,
        /// Allocations, or bytes where the recorder counts those.
        most: f64,
    },
    /// A figure of one capture.
    Objective(Objective),
    /// A ratio of two figures.
    Claim(Claim),
    /// Figures that have an order.
    Invariant(Invariant),
}

/// A limit on the change of a figure from the base to the new capture.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Which benchmarks.
    pub benchmarks: Vec<Pattern>,
    /// Which figure.
    pub measure: Measure,
    /// From which side it is limited.
    pub direction: Direction,
    /// The change that is allowed, relative; `None` for what noise explains.
    pub change: Option<f64>,
}

/// A limit on functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which benchmarks.
    pub benchmarks: Vec<Pattern>,
    /// Functions, modules, crates or categories.
    pub kind: PartKind,
    /// Which of them: each by itself.
    pub names: Vec<Pattern>,
    /// Whether what they call counts.
    pub weighing: Weighing,
    /// From which side it is limited.
    pub direction: Direction,
    /// A share, a cost, or a change of cost.
    pub bound: Bound,
}

/// What a [`Part`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Functions.
    Function,
    /// Modules.
    Module,
    /// Crates.
    Crate,
    /// Categories.
    Category,
}

impl PartKind {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Module => "module",
            Self::Crate => "crate",
            Self::Category => "category",
        }
    }
}

/// Whether what a function calls counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighing {
    /// The function alone.
    Own,
    /// With all that it calls.
    Total,
}

/// From which side a figure is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It may not be above.
    AtMost,
    /// It may not be below.
    AtLeast,
}

impl Direction {
    /// `≤`, `≥`.
    pub fn sign(self) -> &'static str {
        match self {
            Self::AtMost => "≤",
            Self::AtLeast => "≥",
        }
    }
}

/// A target for one capture.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Which benchmarks.
    pub benchmarks: Vec<Pattern>,
    /// What is asked of each; `None` that it ends well.
    pub target: Option<(Measure, Direction, f64, Unit)>,
}

/// A ratio between two figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What is divided.
    pub numerator: Operand,
    /// What it is divided by.
    pub denominator: Operand,
    /// From which side the ratio is limited.
    pub direction: Direction,
    /// The ratio.
    pub ratio: f64,
}

/// One figure of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// Its name; a pattern that takes one benchmark only.
    pub benchmark: Pattern,
    /// Which figure.
    pub measure: Measure,
    /// Of which capture.
    pub side: Side,
}

/// One of the two captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one compared against.
    Base,
    /// The one that is judged.
    New,
}

/// Figures that have an order whatever the code does: where they have not, the measurement is
/// questioned.
#[derive(Clone, Debug, PartialEq)]
pub struct Invariant {
    /// Benchmarks, each a pattern that takes one only.
    pub benchmarks: Vec<Pattern>,
    /// Which figure of them.
    pub measure: Measure,
    /// How they relate.
    pub order: Order,
}

/// How the figures of an [`Invariant`] relate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// Each is at most the next.
    Ascending,
    /// The largest is at most so much above the smallest, relative.
    AlikeWithinShare(f64),
    /// The largest is at most so much above the smallest.
    AlikeWithin(f64, Unit),
}
