//! Call trees to look around in: every function along every path, with both sides' self weights,
//! and what is to be said of each function.
//!
//! Weights stay numbers: a reader zooms, and whatever is looked at has to be summed up again. The
//! [`Scale`] that they are to be read in comes along, so that they are rounded alike everywhere.
//! Invariant: the nodes' weights sum to the whole on both sides; what is left out is a node.
//!
//! Deliberately absent: widths, colours and pixels.

mod node;
mod order;

use std::collections::HashMap;

use crate::diff::{FunctionDiff, ProfileDiff, crate_and_module};
use crate::matching::Rule;
use crate::model::{
    CountSummary, Function, Handle, Names, Profile, Scope, StackId, StackTable, Weight,
};

use super::functions::{basis, is_beyond_chance, scale, significant};
use super::quantity::Scale;
use super::show::listed;
use super::{counts, name, refactor};

pub use node::{FlameNode, pruned};

/// More nodes are not kept: beyond, the narrowest are left out, and said to be.
const MOST_NODES: usize = 1_500_000;

/// Longest name, in characters, and longest name that labels are cut from.
const NAME: usize = 1500;
const SHORT: usize = 56;

/// The call tree of one benchmark, of one measure.
#[derive(Clone, Debug, PartialEq)]
pub struct FlameView {
    /// What is weighed: `CPU time`, `instructions`, …
    pub measure: &'static str,
    /// How costs are to be read; `None` where only shares are known, and weights are those.
    pub scale: Option<Scale>,
    /// Whether everything was counted: then every change is one.
    pub is_exact: bool,
    /// Which sides there are: base and new.
    pub sides: [bool; 2],
    /// The weight of all nodes, base and new.
    pub whole: [f64; 2],
    /// What the figures rest on.
    pub basis: String,
    /// The functions, those with most nodes first.
    pub functions: Vec<FlameFunction>,
    /// Callers first: each followed by all that it calls; callees of one caller by name.
    pub nodes: Vec<FlameNode>,
}

/// A function of either side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlameFunction {
    /// Its name, on the new side where it is there.
    pub name: String,
    /// The same with what is least telling left out.
    pub short: String,
    /// Its crate or library; empty when unknown.
    pub group: String,
    /// `src/lib.rs:12`; empty when unknown.
    pub place: String,
    /// On which sides it is.
    pub on: [bool; 2],
    /// What it was called in the base, and how that is known; empty for the same name.
    pub was: String,
    /// What a refactor made of it, or that it is new; empty for nothing.
    pub remark: String,
    /// Interval of the change of its self cost, and of its total cost; empty when unknown.
    pub intervals: [String; 2],
    /// Whether those changes are beyond chance.
    pub is_significant: [bool; 2],
}

impl FlameView {
    /// The merged tree of both sides.
    pub fn of_comparison(profile: &ProfileDiff) -> Self {
        let tree = &profile.tree;
        let nodes = tree.nodes.iter().map(|node| node::Given {
            parent: node.parent.map_or(node::NONE, |parent| parent),
            name: node.name.index() as u32,
            selfs: node.selfs,
        });
        let known: HashMap<&str, &FunctionDiff> =
            profile.functions.iter().rev().map(|function| (&*function.name, function)).collect();
        let scale = scale(profile);
        let function = |name: &str| match known.get(name) {
            Some(function) => of_function(function, profile, scale),
            None => named(name),
        };
        Self {
            measure: measure(profile.weight),
            scale: profile.unit.is_some().then_some(scale),
            is_exact: profile.is_exact,
            sides: [profile.base.is_some(), profile.new.is_some()],
            basis: basis(profile),
            ..Self::new(nodes.collect(), &tree.names, function)
        }
    }

    /// The tree of one capture's sampled profile. `cost` is that of an iteration, in ns.
    pub fn of_profile(profile: &Profile, cost: Option<f64>, basis: String) -> Self {
        let whole = profile.total(Scope::Benchmark).max(1) as f64;
        let unit = cost.unwrap_or(1.0) / whole;
        Self {
            scale: cost.map(|cost| Scale::parts("ns", cost)),
            basis,
            ..Self::of_one(profile, unit)
        }
    }

    /// The tree of what was counted in one capture.
    pub fn of_count(summary: &CountSummary, profile: &Profile) -> Self {
        let (profile, measure) = listed(summary.kind, profile);
        let runs = f64::from(profile.runs().max(1)) * summary.iterations.max(1) as f64;
        let is_whole = (profile.total(Scope::Benchmark) as f64 / runs).fract() == 0.0;
        Self {
            scale: Some(Scale::counted(measure.cost_unit(), is_whole)),
            is_exact: true,
            basis: counts::count_lines(summary).join("; "),
            ..Self::of_one(&profile, 1.0 / runs)
        }
    }

    fn of_one(profile: &Profile, unit: f64) -> Self {
        let mut weights = vec![0.0; profile.stacks.len()];
        for sample in profile.samples.iter().filter(|sample| sample.scope == Scope::Benchmark) {
            weights[sample.stack.index()] += sample.weight as f64 * unit;
        }
        // Frames differ in their lines as well; a function called along one path is one node.
        let mut tree = StackTable::default();
        let mut became: Vec<StackId> = Vec::with_capacity(weights.len());
        let mut selfs: Vec<f64> = Vec::new();
        for (node, weight) in profile.stacks.nodes().iter().zip(weights) {
            let name = profile.functions[profile.frames[node.frame.index()].function.index()].name;
            let parent = node.parent.map(|parent| became[parent.index()]);
            let id = tree.push(parent, name);
            selfs.resize(selfs.len().max(id.index() + 1), 0.0);
            selfs[id.index()] += weight;
            became.push(id);
        }
        let nodes = tree.nodes().iter().zip(selfs).map(|(node, own)| node::Given {
            parent: node.parent.map_or(node::NONE, |parent| parent.index() as u32),
            name: node.frame.index() as u32,
            selfs: [0.0, own],
        });
        let mut first: HashMap<&str, &Function> = HashMap::new();
        for function in &profile.functions {
            first.entry(profile.strings.get(function.name)).or_insert(function);
        }
        let function = |name: &str| {
            let mut found = named(name);
            if let Some(function) = first.get(name) {
                let text = |id| profile.strings.get(id).to_owned();
                found.place = function.file.map_or(String::new(), text);
            }
            FlameFunction { on: [false, true], ..found }
        };
        Self {
            measure: measure(profile.weight),
            sides: [false, true],
            ..Self::new(nodes.collect(), &profile.strings, function)
        }
    }

    fn new(
        given: Vec<node::Given>,
        names: &Names,
        function: impl Fn(&str) -> FlameFunction,
    ) -> Self {
        let ordered = order::ordered(&given, names);
        let nodes = pruned(&ordered.nodes, MOST_NODES).unwrap_or(ordered.nodes);
        let whole = nodes
            .iter()
            .fold([0.0; 2], |sum, node| [sum[0] + node.selfs[0], sum[1] + node.selfs[1]]);
        Self {
            measure: "",
            scale: None,
            is_exact: false,
            sides: [true; 2],
            whole,
            basis: String::new(),
            functions: ordered.names.iter().map(|&name| function(names.get(name))).collect(),
            nodes,
        }
    }
}

fn measure(weight: Weight) -> &'static str {
    match weight {
        Weight::CpuTime => "CPU time",
        other => counts::name(other),
    }
}

fn named(text: &str) -> FlameFunction {
    FlameFunction {
        name: name::shorten(text, NAME),
        short: name::shorten(text, SHORT),
        group: crate_and_module(text).0.unwrap_or_default().to_owned(),
        on: [true; 2],
        ..FlameFunction::default()
    }
}

fn of_function(function: &FunctionDiff, profile: &ProfileDiff, scale: Scale) -> FlameFunction {
    let place = function.file.as_ref().map_or(String::new(), |file| {
        function.line.map_or(file.to_string(), |line| format!("{file}:{line}"))
    });
    let was = match (function.matched.rule, &function.matched.from) {
        (Some(rule), Some(from)) if rule != Rule::Name => format!(
            "{}, by {}, {:.0} % sure",
            name::shorten(from, NAME),
            rule.as_str(),
            function.matched.confidence * 100.0
        ),
        _ => String::new(),
    };
    let interval = |ends: Option<(f64, f64)>| {
        let ends = ends.filter(|(low, high)| !profile.is_exact || low != high);
        ends.map_or(String::new(), |ends| scale.interval(ends))
    };
    FlameFunction {
        group: function.krate.as_deref().unwrap_or_default().to_owned(),
        place,
        on: [function.base.is_some(), function.new.is_some()],
        was,
        remark: refactor::remark(function, profile).unwrap_or_default(),
        intervals: [interval(function.interval_self), interval(function.interval_total)],
        is_significant: [
            significant(function),
            is_beyond_chance(function.verdict_total, function.interval_total),
        ],
        ..named(&function.name)
    }
}
