//! The leading facts: which benchmark changed most, and which function did it.

use std::collections::{HashMap, HashSet};

use crate::diff::{BenchmarkDiff, CountDiff, FunctionDiff, ProfileDiff, RefactorDiff, Verdict};
use crate::model::SortFew as _;

use super::Tone;
use super::counts;
use super::diff::{Names, Outcome};
use super::functions::{scale, significant};
use super::name::segments;
use super::quantity::{self, Scale};

/// How many facts a headline holds.
const MOST: usize = 3;

/// One fact: `parse/large +8.4 % [+6.1, +10.8]: hash::fnv +79.0 µs of +83.0 µs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lead {
    /// The benchmark's name.
    pub benchmark: String,
    /// Its relative change, with the interval.
    pub change: String,
    /// What that means to the reader.
    pub tone: Tone,
    /// The function that added most to the change in its direction, where profiles tell.
    pub function: Option<String>,
    /// What that function added, of the benchmark's change; empty without `function`.
    pub part: String,
}

/// The largest changes in the direction that matters most: slower, else faster. Then what was
/// counted of benchmarks whose times tell nothing.
pub(super) fn leads(ordered: &[&BenchmarkDiff], names: &Names) -> Vec<Lead> {
    let mut leads = timed(ordered, names);
    let tells = |benchmark: &BenchmarkDiff| {
        matches!(
            Outcome::of(benchmark),
            Outcome::Judged(Verdict::Slower | Verdict::Faster) | Outcome::Failed
        )
    };
    let mut counted: Vec<(f64, Lead)> = ordered
        .iter()
        .filter(|benchmark| !tells(benchmark))
        .filter_map(|benchmark| {
            let count = counts::first_change(benchmark)?;
            let size = (1.0 + count.ratio()?).ln().abs();
            Some((size, of_count(benchmark, count, names)?))
        })
        .collect();
    // A stable sort: equal ones stay in order.
    counted.sort_few_by(|(a, _), (b, _)| b.total_cmp(a));
    leads.extend(counted.into_iter().map(|(_, lead)| lead).take(MOST));
    leads
}

/// What was counted says that something changed: `parse/large +1,300 instructions (+1.2 %)`.
fn of_count(benchmark: &BenchmarkDiff, count: &CountDiff, names: &Names) -> Option<Lead> {
    let delta = count.delta?;
    let scale = Scale::counted("", delta.fract() == 0.0);
    let ratio = count.ratio().filter(|ratio| ratio.is_finite());
    let ratio = ratio.map_or("there were none".to_owned(), quantity::ratio);
    let what = counts::noun(count.measure, delta);
    let (function, part) =
        count.profile.as_ref().and_then(|profile| culprit(profile, delta)).unzip();
    Some(Lead {
        benchmark: names.short(&benchmark.id),
        change: format!("{} {what} ({ratio})", scale.signed(delta)),
        tone: Tone::of(count.verdict),
        function,
        part: part.unwrap_or_default(),
    })
}

fn timed(ordered: &[&BenchmarkDiff], names: &Names) -> Vec<Lead> {
    [Verdict::Slower, Verdict::Faster]
        .into_iter()
        .map(|verdict| {
            ordered
                .iter()
                .filter(|b| Outcome::of(b) == Outcome::Judged(verdict))
                .filter_map(|b| lead(b, names))
                .take(MOST)
                .collect::<Vec<_>>()
        })
        .find(|leads| !leads.is_empty())
        .unwrap_or_default()
}

fn lead(benchmark: &BenchmarkDiff, names: &Names) -> Option<Lead> {
    let timing = benchmark.timing.as_ref()?;
    let change = timing.change?;
    let (function, part) =
        benchmark.profile.as_ref().and_then(|profile| culprit(profile, change.ratio)).unzip();
    Some(Lead {
        benchmark: names.short(&benchmark.id),
        change: format!(
            "{} {}",
            quantity::ratio(change.ratio),
            quantity::interval(change.interval)
        ),
        tone: Tone::of(timing.verdict),
        function,
        part: part.unwrap_or_default(),
    })
}

/// The function whose self cost changed most in the direction of the benchmark. Its verdict must
/// not contradict that: what the data cannot tell is not a headline.
fn culprit(profile: &ProfileDiff, direction: f64) -> Option<(String, String)> {
    let (unit, delta) = (profile.unit?, profile.delta?);
    if delta * direction <= 0.0 {
        return None;
    }
    let charges = Charges::new(profile);
    if profile.is_exact {
        let scale = scale(profile);
        let (name, change) = charges.most(direction)?;
        let part = format!("{} of {}", scale.signed(change), scale.signed(delta));
        return Some((name.to_owned(), part));
    }
    let signed = |value: f64| quantity::signed(unit, value);
    let change = |f: &FunctionDiff| f.delta_self.unwrap_or(0.0) * direction.signum();
    // What changed places in a refactor counts as a whole.
    let together = |r: &&RefactorDiff| r.delta.unwrap_or(0.0) * direction.signum();
    let refactor = profile
        .refactors
        .iter()
        .filter(|r| matches!(r.verdict, Verdict::Slower | Verdict::Faster))
        .max_by(|a, b| together(a).total_cmp(&together(b)));
    let best = profile
        .functions
        .iter()
        .filter(|f| significant(f) && f.refactor.is_none())
        .max_by(|a, b| change(a).total_cmp(&change(b)));
    if let Some(refactor) = refactor
        && together(&refactor) > best.map_or(0.0, change)
    {
        let name = refactor.new.iter().chain(&refactor.with).chain(&refactor.base).next()?;
        let part = format!("{}, {}", part(&signed, refactor.delta?, delta), refactor.kind.as_str());
        return Some((name.clone(), part));
    }
    let best = best?;
    let own = best.delta_self.filter(|own| own * direction > 0.0)?;
    let caller = charges.caller(best);
    // What a function does that was taken out of another one it did there before.
    let is_moved =
        |name: &str| profile.functions.iter().any(|f| *f.name == *name && f.refactor.is_some());
    if caller.is_some_and(|(name, _)| is_moved(name)) {
        return None;
    }
    if let Some((caller, whole)) = caller.filter(|(_, whole)| whole * direction > 0.0) {
        // What of the caller's it is, without its path.
        let within = segments(&best.name).pop().unwrap_or_default();
        let part = format!("{}, in {within}", part(&signed, whole, delta));
        return Some((caller.to_owned(), part));
    }
    Some((best.name.to_string(), part(&signed, own, delta)))
}

/// A function's change beside the benchmark's, of the same direction: a part of it, or as much,
/// since more than the whole would read like a mistake.
fn part(signed: &impl Fn(f64) -> String, own: f64, whole: f64) -> String {
    if own.abs() < whole.abs() {
        format!("{} of {}", signed(own), signed(whole))
    } else {
        format!("{}, the benchmark {}", signed(own), signed(whole))
    }
}

/// Changes of self cost, with what functions of the standard library, the C library and the kernel do
/// charged to whoever calls them: `rotate_left` and `malloc` are no headlines.
struct Charges<'a> {
    profile: &'a ProfileDiff,
    library: HashSet<&'a str>,
    /// For each node of the tree the name that its weight is charged to.
    to: Vec<&'a str>,
    /// What each of those changed by.
    changes: HashMap<&'a str, f64>,
}

impl<'a> Charges<'a> {
    fn new(profile: &'a ProfileDiff) -> Self {
        let library: HashSet<&str> = profile
            .functions
            .iter()
            .filter(|f| {
                matches!(f.krate.as_deref(), None | Some("core" | "alloc" | "std" | "__rustc"))
            })
            .map(|f| &*f.name)
            .collect();
        let tree = &profile.tree;
        let mut to: Vec<&str> = Vec::with_capacity(tree.nodes.len());
        let mut changes: HashMap<&str, f64> = HashMap::new();
        for node in &tree.nodes {
            let name = tree.names.get(node.name);
            let charged = match node.parent {
                Some(parent) if library.contains(name) => to[parent as usize],
                _ => name,
            };
            to.push(charged);
            *changes.entry(charged).or_default() += node.selfs[1] - node.selfs[0];
        }
        Self { profile, library, to, changes }
    }

    /// For a function of a library the one that calls it most, and by how much that one changed with
    /// all that libraries do for it. `None` for other functions, and where no caller is known.
    fn caller(&self, of: &FunctionDiff) -> Option<(&'a str, f64)> {
        if !self.library.contains(&*of.name) {
            return None;
        }
        let tree = &self.profile.tree;
        let mut parts: HashMap<&str, f64> = HashMap::new();
        for (node, to) in tree.nodes.iter().zip(&self.to) {
            if *tree.names.get(node.name) == *of.name {
                *parts.entry(to).or_default() += (node.selfs[1] - node.selfs[0]).abs();
            }
        }
        let (name, _) = parts
            .into_iter()
            .filter(|(name, _)| !self.library.contains(name))
            .max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| b.0.cmp(a.0)))?;
        self.changes.get_key_value(name).map(|(name, change)| (*name, *change))
    }

    /// Who changed most in this direction.
    fn most(&self, direction: f64) -> Option<(&'a str, f64)> {
        let signed = |change: &f64| change * direction.signum();
        self.changes
            .iter()
            .filter(|(_, change)| signed(change) > 0.0)
            .max_by(|a, b| signed(a.1).total_cmp(&signed(b.1)).then_with(|| b.0.cmp(a.0)))
            .map(|(name, change)| (*name, *change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Costs, Design, DiffNode, DiffTree, Matched};
    use crate::model::Weight;

    fn function(name: &str, krate: &str, delta: f64) -> FunctionDiff {
        let costs = |cost| Costs {
            self_share: 0.1,
            total_share: 0.1,
            self_cost: Some(cost),
            total_cost: Some(cost),
        };
        FunctionDiff {
            name: name.into(),
            krate: Some(krate.into()),
            module: None,
            file: None,
            line: None,
            base: Some(costs(10.0)),
            new: Some(costs(10.0 + delta)),
            delta_self: Some(delta),
            delta_total: Some(delta),
            interval_self: None,
            interval_total: None,
            estimate_self: None,
            estimate_total: None,
            verdict: Verdict::Slower,
            verdict_total: Verdict::Slower,
            matched: Matched::exact(),
            refactor: None,
            moved: None,
            same_code: false,
        }
    }

    #[test]
    fn the_library_works_for_its_caller() {
        let mut tree = DiffTree::default();
        let mut names = crate::model::Strings::default();
        let mut node = |parent, name: &str, selfs: [f64; 2]| {
            let name = names.intern(name);
            tree.nodes.push(DiffNode { parent, name, selfs, totals: selfs });
            Some(tree.nodes.len() as u32 - 1)
        };
        let main = node(None, "app::main", [1.0, 1.0]);
        let parse = node(main, "app::parse", [5.0, 8.0]);
        let rotate = node(parse, "u64::rotate_left", [0.0, 2.0]);
        node(rotate, "core::intrinsics::rotate_left", [0.0, 20.0]);
        let other = node(main, "app::other", [5.0, 5.0]);
        node(other, "core::intrinsics::rotate_left", [3.0, 2.0]);
        tree.names = names.into();
        let functions = vec![
            function("core::intrinsics::rotate_left", "core", 19.0),
            function("app::parse", "app", 3.0),
            function("u64::rotate_left", "core", 2.0),
        ];
        let profile = ProfileDiff {
            weight: Weight::CpuTime,
            unit: Some("ns"),
            base: None,
            new: None,
            functions,
            hot_paths: Vec::new(),
            groups: Vec::new(),
            delta: Some(24.0),
            unexplained: 0.0,
            unexplained_interval: None,
            design: Design::Stored,
            is_exact: false,
            tree,
            matching: Default::default(),
            refactors: Vec::new(),
            unmatched: [0.0; 2],
        };
        assert_eq!(
            Charges::new(&profile).caller(&profile.functions[0]),
            Some(("app::parse", 25.0))
        );
        assert_eq!(Charges::new(&profile).caller(&profile.functions[1]), None);
    }
}
