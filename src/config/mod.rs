//! `perfbase.toml` → what a team captures, and the rules that it judges by.
//!
//! Every key is optional. A file is read to its end: all that is wrong with it is said at once,
//! each with line and column, and an unknown key with the nearest known one. Values are plain data
//! afterwards; nothing in here opens a file, knows what was measured, or judges.
//!
//! Deliberately absent: reading the file (the caller does), environment variables that override
//! keys, and files that include others.

mod category;
mod document;
mod error;
mod measure;
mod metric;
mod parity;
mod plan;
mod quantity;
mod rename;
mod rule;
mod template;

pub use category::default_categories;
pub use error::{ConfigError, Problem};
pub use measure::{Measure, Unit};
pub use metric::{MetricFormat, MetricSource};
pub use parity::Parity;
pub use plan::{Entry, Ladder};
pub use quantity::Bound;
pub use rename::Renaming;
pub use rule::{
    Claim, Direction, Invariant, Limit, Objective, Operand, Order, Part, PartKind, Rule, Side,
    Test, Weighing,
};

pub use template::{TemplateTarget, template};

use crate::model::Category;
use document::Document;

/// The file's name beside a workspace's `Cargo.toml`.
pub const FILE: &str = "perfbase.toml";

/// What a `perfbase.toml` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// What is captured where nothing is selected, in the order of the file.
    pub plan: Vec<Entry>,
    /// Groups of functions: the team's own before the shipped ones. A function belongs to the first
    /// that takes it.
    pub categories: Vec<Category>,
    /// What goes by another name in newer captures.
    pub renames: Vec<Renaming>,
    /// Where benchmarks report numbers of their own.
    pub metrics: Vec<MetricSource>,
    /// Commands that have to succeed on both sides.
    pub parities: Vec<Parity>,
    /// What has to hold, in the order of kinds and of the file.
    pub rules: Vec<Rule>,
    /// Whether a rule that cannot be decided is a NO-GO.
    pub fail_inconclusive: Option<bool>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            plan: Vec::new(),
            categories: default_categories(),
            renames: Vec::new(),
            metrics: Vec::new(),
            parities: Vec::new(),
            rules: Vec::new(),
            fail_inconclusive: None,
        }
    }
}

/// Reads the text of a file that is called `name` in messages.
///
/// # Errors
/// All that is wrong with it.
pub fn parse(name: &str, text: &str) -> Result<Config, ConfigError> {
    Document::read(name, text, |table| {
        let gate = table.table("gate");
        let fail_inconclusive = gate.and_then(|gate| {
            let word = gate.one_of("inconclusive", &["pass", "fail"]);
            gate.finish();
            word.map(|word| word == "fail")
        });
        let own = category::categories(table);
        let shipped = table.boolean("default-categories").unwrap_or(true);
        let categories = category::with_defaults(own, shipped);
        Config {
            plan: plan::plan(table),
            renames: rename::renames(table),
            metrics: metric::metrics(table),
            parities: parity::parities(table),
            rules: rule::rules(table, &categories),
            categories,
            fail_inconclusive,
        }
    })
}
