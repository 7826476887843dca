//! `[[limit]]`, `[[objective]]`, `[[claim]]`, `[[invariant]]`: what has to hold.

use super::document::{At, Table};
use super::measure::{Measure, Unit};
use super::quantity::Bound;
use crate::model::Pattern;

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

/// Patterns under a key.
pub(super) fn patterns(table: &Table<'_>, key: &'static str) -> Vec<Pattern> {
    table.texts(key).into_iter().map(|text| Pattern::new(text.value)).collect()
}

/// All rules. Ids are unique over all kinds, also those of parity commands.
pub(super) fn rules(table: &Table<'_>) -> Vec<Rule> {
    type Read = fn(&Table<'_>) -> Option<Test>;
    let kinds: [(&'static str, &'static str, Read); 4] = [
        ("limit", "[[limit]]", limit),
        ("objective", "[[objective]]", objective),
        ("claim", "[[claim]]", claim),
        ("invariant", "[[invariant]]", invariant),
    ];
    let mut ids: Vec<String> = Vec::new();
    let mut rules = Vec::new();
    for parity in table.tables("parity", "[[parity]]") {
        ids.extend(unique(&parity, &ids));
    }
    for (key, what, read) in kinds {
        for (index, table) in table.tables(key, what).iter().enumerate() {
            let id = unique(table, &ids).unwrap_or_else(|| format!("{key}-{}", index + 1));
            ids.push(id.clone());
            let test = read(table);
            table.finish();
            rules.extend(test.map(|test| Rule { id, test }));
        }
    }
    rules
}

fn unique(table: &Table<'_>, ids: &[String]) -> Option<String> {
    let id = table.text("id")?;
    if ids.iter().any(|other| other == id.value) {
        table.problem(id.at, format!("there is another rule with the id `{}`", id.value));
    }
    Some(id.value.to_owned())
}

/// Which benchmarks a rule is about: all where it names none.
fn benchmarks(table: &Table<'_>) -> Vec<Pattern> {
    let named = patterns(table, "benchmarks");
    if named.is_empty() { vec![Pattern::new("*")] } else { named }
}

/// `at-most` or `at-least`, one of them.
fn bound(table: &Table<'_>) -> Option<(Direction, At<Bound>)> {
    let sides = [
        (Direction::AtMost, table.quantity("at-most")),
        (Direction::AtLeast, table.quantity("at-least")),
    ];
    match sides {
        [(_, Some(_)), (_, Some(least))] => {
            table.problem(least.at, "a rule has `at-most` or `at-least`, not both");
            None
        }
        [(_, None), (_, None)] => {
            if !table.has("at-most") && !table.has("at-least") {
                table
                    .problem(table.at(), format!("{} needs `at-most` or `at-least`", table.what()));
            }
            None
        }
        [most, least] => {
            let (direction, text) = if most.1.is_some() { most } else { least };
            let text = text?;
            match Bound::parse(&text.value) {
                Ok(bound) => Some((direction, At { value: bound, at: text.at })),
                Err(message) => {
                    table.problem(text.at, message);
                    None
                }
            }
        }
    }
}

fn limit(table: &Table<'_>) -> Option<Test> {
    let benchmarks = benchmarks(table);
    let parts = [
        (PartKind::Function, "function"),
        (PartKind::Module, "module"),
        (PartKind::Crate, "crate"),
        (PartKind::Category, "category"),
    ];
    let hot = table.quantity("new-hot-path");
    let allocations = table.quantity("new-allocations");
    let of = table.one_of("of", &["self", "total"]);
    let named: Vec<(PartKind, &'static str, Vec<Pattern>)> = parts
        .into_iter()
        .map(|(kind, key)| (kind, key, patterns(table, key)))
        .filter(|(_, _, names)| !names.is_empty())
        .collect();
    let subjects = named.len() + usize::from(hot.is_some()) + usize::from(allocations.is_some());
    // Asked for by one kind of limit only; no other one takes them for a slip.
    let others = ["measure", "metric", "at-most", "at-least"].map(|key| (key, table.has(key)));
    if subjects > 1 {
        table.problem(
            table.at(),
            "a [[limit]] is about one of `function`, `module`, `crate`, `category`, \
             `new-hot-path` and `new-allocations`",
        );
        return None;
    }
    if named.is_empty() && of.is_some() {
        table.problem(
            table.place_of("of"),
            "`of` needs a `function`, `module`, `crate` or `category` that it is about",
        );
    }
    if hot.is_some() || allocations.is_some() {
        for (key, _) in others.into_iter().filter(|(_, is_there)| *is_there) {
            table.problem(
                table.place_of(key),
                format!("a limit on what is new goes without `{key}`"),
            );
        }
    }
    if let Some(text) = hot {
        return match Bound::parse(&text.value) {
            Ok(Bound::Share(share)) if share > 0.0 && share < 1.0 => {
                Some(Test::NewHotPath { benchmarks, share })
            }
            _ => {
                table.problem(text.at, "`new-hot-path` is a share of the benchmark, as \"5%\"");
                None
            }
        };
    }
    if let Some(text) = allocations {
        return match Bound::parse(&text.value) {
            Ok(Bound::Amount(most, Unit::Plain | Unit::Bytes)) if most >= 0.0 => {
                Some(Test::NewAllocations { benchmarks, most })
            }
            _ => {
                table.problem(text.at, "`new-allocations` is a number of them per iteration");
                None
            }
        };
    }
    if let Some((kind, _, names)) = named.into_iter().next() {
        let (direction, bound) = bound(table)?;
        let weighing = if of == Some("self") { Weighing::Own } else { Weighing::Total };
        if matches!(bound.value, Bound::Change(_))
            && weighing == Weighing::Total
            && kind != PartKind::Function
        {
            table.problem(
                bound.at,
                format!("a change of a {} is known `of = \"self\"` only", kind.as_str()),
            );
        }
        let bound = bound.value;
        return Some(Test::Part(Part { benchmarks, kind, names, weighing, direction, bound }));
    }
    let measure = Measure::of(table, Measure::Time);
    let (direction, bound) = bound(table)?;
    let change = match bound.value {
        Bound::Change(change) => Some(change),
        Bound::Noise => None,
        Bound::Share(_) | Bound::Amount(..) => {
            table.problem(
                bound.at,
                "a limit on a benchmark's change is written with its sign, as \"+10%\", or \
                 \"noise\"; a target for one capture is an [[objective]]",
            );
            return None;
        }
    };
    Some(Test::Limit(Limit { benchmarks, measure, direction, change }))
}

fn objective(table: &Table<'_>) -> Option<Test> {
    let benchmarks = benchmarks(table);
    let measure = Measure::of(table, Measure::P50);
    if let Some(succeeds) = table.boolean("succeeds") {
        if !succeeds {
            table.problem(table.place_of("succeeds"), "`succeeds` can be true only");
        }
        for key in ["at-most", "at-least", "measure", "metric"] {
            if table.has(key) {
                table.problem(table.place_of(key), format!("`succeeds` goes without `{key}`"));
            }
        }
        return Some(Test::Objective(Objective { benchmarks, target: None }));
    }
    let (direction, bound) = bound(table)?;
    let (value, unit) = match (bound.value, &measure) {
        (Bound::Amount(value, unit), _) => (value, unit),
        // 10 % more is a plain number here: a spread, a tail's ratio.
        (Bound::Share(share), Measure::Spread | Measure::Tail | Measure::Metric(_)) => {
            (share, Unit::Plain)
        }
        _ => {
            table.problem(
                bound.at,
                "an objective is an amount, as \"10 µs\"; a limit on the change from another \
                 capture is a [[limit]]",
            );
            return None;
        }
    };
    if let Some(expected) = measure.unit().filter(|expected| *expected != unit) {
        table.problem(
            bound.at,
            format!("`{}` is {}, not {}", measure.name(), spoken(expected), spoken(unit)),
        );
    }
    let target = Some((measure, direction, value, unit));
    Some(Test::Objective(Objective { benchmarks, target }))
}

fn spoken(unit: Unit) -> &'static str {
    match unit {
        Unit::Nanoseconds => "a time, as \"10 µs\"",
        Unit::Bytes => "an amount of memory, as \"10 MB\"",
        Unit::PerSecond => "a rate, as \"90 /s\"",
        Unit::Plain => "a plain number",
    }
}

fn claim(table: &Table<'_>) -> Option<Test> {
    let measure = Measure::of(table, Measure::P50);
    let numerator = operand(table, "numerator", &measure);
    let denominator = operand(table, "denominator", &measure);
    let (direction, bound) = bound(table)?;
    let ratio = match bound.value {
        Bound::Amount(ratio, Unit::Plain) if ratio > 0.0 => ratio,
        Bound::Share(ratio) if ratio > 0.0 => ratio,
        _ => {
            table.problem(bound.at, "a claim is about a ratio above 0, as 1000 or 0.2");
            return None;
        }
    };
    let (numerator, denominator) = (numerator?, denominator?);
    if let (Some(a), Some(b)) = (numerator.measure.unit(), denominator.measure.unit())
        && a != b
    {
        table.problem(
            table.place_of("denominator"),
            format!(
                "`{}` and `{}` have different units, and no ratio",
                numerator.measure.name(),
                denominator.measure.name()
            ),
        );
    }
    Some(Test::Claim(Claim { numerator, denominator, direction, ratio }))
}

/// A benchmark's name, or a table that says which figure of which capture as well.
fn operand(table: &Table<'_>, key: &'static str, default: &Measure) -> Option<Operand> {
    let Some(given) = table.text_or_table(key) else {
        if !table.has(key) {
            table.problem(table.at(), format!("{} needs a `{key}`", table.what()));
        }
        return None;
    };
    match given {
        Ok(name) => Some(Operand {
            benchmark: Pattern::new(name.value),
            measure: default.clone(),
            side: Side::New,
        }),
        Err(inner) => {
            let benchmark = inner.text("benchmark");
            let measure = Measure::of(&inner, default.clone());
            let side = match inner.one_of("capture", &["base", "new"]) {
                Some("base") => Side::Base,
                _ => Side::New,
            };
            inner.finish();
            if !inner.has("benchmark") {
                inner.problem(inner.at(), format!("`{key}` needs a `benchmark`"));
            }
            Some(Operand { benchmark: Pattern::new(benchmark?.value), measure, side })
        }
    }
}

fn invariant(table: &Table<'_>) -> Option<Test> {
    let measure = Measure::of(table, Measure::P50);
    let (ascending, alike) = (patterns(table, "ascending"), patterns(table, "alike"));
    let within = table.quantity("within");
    let (benchmarks, order) = match (ascending.is_empty(), alike.is_empty()) {
        (false, true) => {
            if let Some(within) = within {
                table.problem(within.at, "`within` goes with `alike`");
            }
            (ascending, Order::Ascending)
        }
        (true, false) => {
            let Some(within) = within else {
                table.problem(table.at(), "`alike` needs `within`, as \"3 ms\" or \"5%\"");
                return None;
            };
            let order = match Bound::parse(&within.value) {
                Ok(Bound::Share(share)) => Order::AlikeWithinShare(share),
                Ok(Bound::Amount(amount, unit)) => {
                    if let Some(expected) = measure.unit().filter(|expected| *expected != unit) {
                        let (name, expected) = (measure.name(), spoken(expected));
                        table.problem(
                            within.at,
                            format!("`{name}` is {expected}, not {}", spoken(unit)),
                        );
                    }
                    Order::AlikeWithin(amount, unit)
                }
                _ => {
                    table.problem(
                        within.at,
                        "`within` is an amount or a share, as \"3 ms\" or \"5%\"",
                    );
                    return None;
                }
            };
            (alike, order)
        }
        _ => {
            table.problem(table.at(), "[[invariant]] needs one of `ascending` and `alike`");
            return None;
        }
    };
    if benchmarks.len() < 2 {
        table.problem(table.at(), "an invariant is about two benchmarks or more");
    }
    Some(Test::Invariant(Invariant { benchmarks, measure, order }))
}
