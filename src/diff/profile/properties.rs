//! What holds for any two profiles.

use proptest::prelude::*;

use crate::diff::comparison::{Costs, GroupKind, ProfileDiff, Verdict};
use crate::diff::fixture::{in_turns, profile, side};
use crate::diff::{Loaded, Options, compare};
use crate::matching::Hints;
use crate::model::Scope;

/// Names that functions may have: of crates, modules and libraries.
const NAMES: [&str; 8] = [
    "main",
    "a::run",
    "a::b::f",
    "a::b::g",
    "c::f",
    "memcpy",
    "<a::b::T as c::D>::m",
    "c::f::{{closure}}",
];

/// Names that the same functions may have after a refactor.
const RENAMED: [&str; 8] = [
    "main",
    "a::start",
    "a::m::f",
    "a::b::gather",
    "c::f",
    "memcpy",
    "<a::m::T as c::D>::m",
    "c::f::{closure}",
];

type Samples = Vec<(Vec<usize>, u32, bool, u64)>;

/// Samples of up to three runs, each with its time per iteration, or none of them.
fn capture() -> impl Strategy<Value = (Samples, Option<[f64; 3]>)> {
    let path = prop::collection::vec(0..NAMES.len(), 1..6);
    let sample = (path, 0..3_u32, prop::bool::weighted(0.9), 1..200_u64);
    (prop::collection::vec(sample, 1..30), prop::option::of(prop::array::uniform3(1.0..1e6_f64)))
}

fn load(capture: &(Samples, Option<[f64; 3]>)) -> Loaded {
    load_as(&NAMES, capture)
}

fn load_as(names: &[&str; 8], (samples, times): &(Samples, Option<[f64; 3]>)) -> Loaded {
    let paths: Vec<Vec<&str>> =
        samples.iter().map(|(path, ..)| path.iter().map(|&n| names[n]).collect()).collect();
    let samples: Vec<(&[&str], u32, Scope, u64)> = samples
        .iter()
        .zip(&paths)
        .map(|(&(_, run, counts, n), path)| {
            (&path[..], run, if counts { Scope::Benchmark } else { Scope::Harness }, n)
        })
        .collect();
    let times = times.map_or(vec![None; 3], |times| times.map(Some).to_vec());
    side(vec![(None, Some((profile(&samples), times)))])
}

/// Both in turns, the second one new.
fn load_pair(base: &(Samples, Option<[f64; 3]>), new: &(Samples, Option<[f64; 3]>)) -> [Loaded; 2] {
    let data = |side: &(Samples, Option<[f64; 3]>)| {
        let mut loaded = load(side);
        let profile = loaded.profiles.pop_first().unwrap().1;
        let times = loaded.capture.benchmarks[0].profile.as_ref().unwrap().iteration_ns.clone();
        (None, Some((profile, times)))
    };
    in_turns(vec![[data(base), data(new)]])
}

fn diff(base: &Loaded, new: &Loaded) -> Option<ProfileDiff> {
    compare(base, new, &Options::default()).benchmarks.remove(0).profile
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

fn is_change(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Unchanged | Verdict::Inconclusive)
}

fn sum(costs: impl Iterator<Item = Option<Costs>>, value: fn(&Costs) -> f64) -> f64 {
    costs.flatten().map(|costs| value(&costs)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn selves_sum_to_the_whole_and_changes_to_the_change(a in capture(), b in capture()) {
        let Some(diff) = diff(&load(&a), &load(&b)) else { return Ok(()) };
        let crates = || diff.groups.iter().filter(|group| group.kind == GroupKind::Crate);
        let roots = || diff.tree.nodes.iter().filter(|node| node.parent.is_none());
        for (side, figures) in [&diff.base, &diff.new].into_iter().enumerate() {
            let of_functions: Vec<Option<Costs>> =
                diff.functions.iter().map(|f| [f.base, f.new][side]).collect();
            let of_crates: Vec<Option<Costs>> = crates().map(|g| [g.base, g.new][side]).collect();
            let Some(figures) = figures else {
                prop_assert!(of_functions.iter().all(Option::is_none));
                continue;
            };
            let whole = figures.cost.unwrap_or(1.0);
            for costs in [of_functions, of_crates] {
                prop_assert!(near(sum(costs.iter().copied(), |c| c.self_share), 1.0));
                if figures.cost.is_some() {
                    prop_assert!(near(sum(costs.iter().copied(), |c| c.self_cost.unwrap()), whole));
                }
                // Not matched is never zero, and what is there has weight.
                for costs in costs.iter().flatten() {
                    prop_assert!(costs.total_share > 0.0 && costs.total_share < 1.0 + 1e-9);
                    prop_assert!(costs.self_share <= costs.total_share + 1e-9);
                }
            }
            prop_assert!(near(diff.tree.nodes.iter().map(|n| n.selfs[side]).sum(), whole));
            prop_assert!(near(roots().map(|n| n.totals[side]).sum(), whole));
        }
        prop_assert_eq!(diff.delta.is_some(), diff.unit.is_some() && diff.base.is_some() && diff.new.is_some());
        if let Some(delta) = diff.delta {
            let functions: f64 = diff.functions.iter().map(|f| f.delta_self.unwrap()).sum();
            let groups: f64 = crates().map(|group| group.delta_self.unwrap()).sum();
            let scale = 1e-9 * (diff.base.unwrap().cost.unwrap() + diff.new.unwrap().cost.unwrap());
            prop_assert!((functions + diff.unexplained - delta).abs() <= scale);
            prop_assert!(diff.unexplained.abs() <= scale);
            prop_assert!((groups - delta).abs() <= scale);
        }
    }

    #[test]
    fn a_match_changes_labels_and_never_costs(a in capture(), b in capture()) {
        let (a, b) = (load(&a), load_as(&RENAMED, &b));
        let Some(plain) = diff(&a, &b) else { return Ok(()) };
        let back = diff(&b, &a).unwrap();
        let hints = |renames: &[&str]| Hints {
            renames: renames.iter().map(|rename| rename.parse().unwrap()).collect(),
            moved_files: Vec::new(),
        };
        let ruled = |renames: &[&str]| {
            let options = Options { hints: hints(renames), ..Options::default() };
            compare(&a, &b, &options).benchmarks.remove(0).profile.unwrap()
        };
        // Swapping sides swaps every pair, and what is left over.
        let mirrored: Vec<(&str, &str)> = {
            let pairs = back.matching.pairs.iter();
            let mut pairs: Vec<_> = pairs.map(|p| (&*p.new, &*p.base)).collect();
            pairs.sort_unstable();
            pairs
        };
        let pairs: Vec<(&str, &str)> =
            plain.matching.pairs.iter().map(|p| (&*p.base, &*p.new)).collect();
        prop_assert_eq!(pairs, mirrored);
        prop_assert_eq!(plain.refactors.len(), back.refactors.len());
        prop_assert_eq!(plain.unmatched, [back.unmatched[1], back.unmatched[0]]);
        for diff in [&plain, &ruled(&["a::run=a::start"]), &ruled(&["a::**=c::**", "c=a", "main=a::start"])] {
            for (side, figures) in [&diff.base, &diff.new].into_iter().enumerate() {
                let Some(figures) = figures else { continue };
                let costs = || diff.functions.iter().map(|f| [f.base, f.new][side]);
                prop_assert!(near(sum(costs(), |c| c.self_share), 1.0));
                if let Some(whole) = figures.cost {
                    prop_assert!(near(sum(costs(), |c| c.self_cost.unwrap()), whole));
                }
            }
            prop_assert_eq!(diff.delta, plain.delta);
            // The same self costs on each side, under whatever labels.
            for side in 0..2 {
                let selfs = |diff: &ProfileDiff| {
                    let all = diff.functions.iter().filter_map(|f| [f.base, f.new][side]);
                    let mut all: Vec<f64> = all.map(|costs| costs.self_share).collect();
                    all.sort_by(f64::total_cmp);
                    all
                };
                let (these, those) = (selfs(diff), selfs(&plain));
                prop_assert_eq!(these.len(), those.len());
                prop_assert!(these.iter().zip(&those).all(|(a, b)| near(*a, *b)));
            }
            // A function is in one pair at most, and in one group at most.
            for side in 0..2 {
                let mut names: Vec<&str> =
                    diff.matching.pairs.iter().map(|p| [&*p.base, &p.new][side]).collect();
                names.extend(diff.refactors.iter().flat_map(|r| [&r.base, &r.new][side]).map(|n| &**n));
                let all = names.len();
                names.sort_unstable();
                names.dedup();
                prop_assert_eq!(names.len(), all);
            }
        }
    }

    #[test]
    fn a_profile_against_itself_changes_nothing(a in capture()) {
        let side = load(&a);
        let Some(diff) = diff(&side, &side) else { return Ok(()) };
        for function in &diff.functions {
            prop_assert!(function.delta_self.unwrap_or(0.0) == 0.0);
            prop_assert!(function.delta_total.unwrap_or(0.0) == 0.0);
            prop_assert!(!is_change(function.verdict));
            prop_assert_eq!(function.base, function.new);
        }
        prop_assert!(diff.groups.iter().all(|group| !is_change(group.verdict)));
        prop_assert!(diff.hot_paths.iter().all(|path| !is_change(path.verdict)));
        prop_assert!(diff.tree.nodes.iter().all(|node| node.selfs[0] == node.selfs[1]));
        prop_assert_eq!(diff.unexplained, 0.0);
        prop_assert_eq!(&diff.matching, &Default::default());
        prop_assert_eq!(diff.unmatched, [0.0; 2]);
    }

    #[test]
    fn pairs_keep_what_any_profiles_keep(a in capture(), b in capture()) {
        let [base, new] = load_pair(&a, &b);
        let Some(diff) = diff(&base, &new) else { return Ok(()) };
        for (side, figures) in [&diff.base, &diff.new].into_iter().enumerate() {
            let Some(figures) = figures else { continue };
            let whole = figures.cost.unwrap_or(1.0);
            let selfs: f64 = diff.tree.nodes.iter().map(|node| node.selfs[side]).sum();
            prop_assert!(near(selfs, whole), "{selfs} {whole}");
            let shares = sum(diff.functions.iter().map(|f| [f.base, f.new][side]), |c| c.self_share);
            prop_assert!(near(shares, 1.0));
        }
        if let Some(delta) = diff.delta {
            let functions: f64 = diff.functions.iter().map(|f| f.delta_self.unwrap()).sum();
            let scale = 1e-9 * (diff.base.unwrap().cost.unwrap() + diff.new.unwrap().cost.unwrap());
            prop_assert!((functions + diff.unexplained - delta).abs() <= scale);
        }
        // Equal arms change nothing.
        let [base, new] = load_pair(&a, &a);
        let Some(same) = self::diff(&base, &new) else { return Ok(()) };
        let scale = 1e-9 * same.base.as_ref().unwrap().cost.unwrap_or(1.0);
        for function in &same.functions {
            prop_assert!(function.delta_self.unwrap_or(0.0).abs() <= scale);
            prop_assert!(!is_change(function.verdict));
        }
    }

    #[test]
    fn swapping_sides_negates(a in capture(), b in capture(), paired in prop::bool::ANY) {
        let [a, b] = if paired { load_pair(&a, &b) } else { [load(&a), load(&b)] };
        let (there, back) = (diff(&a, &b), diff(&b, &a));
        let (Some(there), Some(back)) = (there, back) else { return Ok(()) };
        prop_assert_eq!(there.design, back.design);
        let opposite = |verdict| match verdict {
            Verdict::Slower => Verdict::Faster,
            Verdict::Faster => Verdict::Slower,
            Verdict::New => Verdict::Vanished,
            Verdict::Vanished => Verdict::New,
            same => same,
        };
        prop_assert_eq!(there.functions.len(), back.functions.len());
        // A function that was matched under another name goes by that one there.
        let name_there = |name: &str| {
            let function = there.functions.iter().find(|f| *f.name == *name).unwrap();
            // One that has weight on one side only is matched all the same.
            let is_one = !there.matching.apart.iter().any(|apart| apart == name);
            let pair = there.matching.pair(1, name).filter(|_| is_one);
            let other = function.matched.from.clone().or(pair.map(|pair| pair.base.clone()));
            other.unwrap_or_else(|| name.to_owned())
        };
        for function in &there.functions {
            let other = back.functions.iter().find(|f| *f.name == *name_there(&function.name)).unwrap();
            prop_assert_eq!(function.base.is_some(), other.new.is_some());
            prop_assert_eq!(function.verdict, opposite(other.verdict));
            let negated = |a: Option<f64>, b: Option<f64>| match (a, b) {
                (Some(a), Some(b)) => near(a, -b),
                (a, b) => a == b,
            };
            prop_assert!(negated(function.delta_self, other.delta_self));
            prop_assert!(negated(function.delta_total, other.delta_total));
            let low = |interval: Option<(f64, f64)>| interval.map(|interval| interval.0);
            let high = |interval: Option<(f64, f64)>| interval.map(|interval| interval.1);
            prop_assert!(negated(low(function.interval_self), high(other.interval_self)));
        }
        prop_assert_eq!(there.hot_paths.len(), back.hot_paths.len());
        for path in &there.hot_paths {
            let names: Vec<String> = path.path.iter().map(|name| name_there(name)).collect();
            let other = back.hot_paths.iter().find(|p| p.path == names).unwrap();
            prop_assert_eq!(path.verdict, opposite(other.verdict));
        }
    }
}

const BENCH: Scope = Scope::Benchmark;

#[test]
fn totals_of_a_parent_whose_children_changed() {
    // Recursion: a calls itself. The child b grows from 10 to 30 of 100 ns, in all three runs.
    let capture = |child: u64, time: f64| {
        let samples: Vec<(&[&str], u32, Scope, u64)> = (0..3)
            .flat_map(|run| {
                [
                    (&["main", "a", "a"][..], run, BENCH, 9000),
                    (&["main", "a", "a", "b"][..], run, BENCH, child),
                ]
            })
            .collect();
        side(vec![(None, Some((profile(&samples), vec![Some(time); 3])))])
    };
    let diff = diff(&capture(1000, 100.0), &capture(3000, 120.0)).unwrap();
    let function = |name: &str| diff.functions.iter().find(|f| *f.name == *name).unwrap();
    let (a, b) = (function("a"), function("b"));
    assert!((b.delta_self.unwrap() - 20.0).abs() < 1e-9);
    assert_eq!(b.verdict, Verdict::Slower);
    assert_eq!(&*diff.functions[0].name, "b");
    assert!(a.delta_self.unwrap().abs() < 1e-9);
    assert!((a.delta_total.unwrap() - 20.0).abs() < 1e-9);
    assert!((a.new.unwrap().total_cost.unwrap() - 120.0).abs() < 1e-9);
    assert!(!is_change(a.verdict));
    // main and the outer a are a chain that the inner a stands for; b is hot in itself.
    let paths: Vec<String> = diff.hot_paths.iter().map(|path| path.path.join(";")).collect();
    assert_eq!(paths, ["main;a;a", "main;a;a;b"]);
    assert!((diff.delta.unwrap() - 20.0).abs() < 1e-9);
}

#[test]
fn a_hot_function_on_one_side_is_new_and_a_rare_one_is_not() {
    let capture = |extra: &'static str, samples: u64, time: f64| {
        let samples: Vec<(&[&str], u32, Scope, u64)> = (0..3)
            .flat_map(|run| {
                [
                    (&["main", "a"][..], run, BENCH, 1000),
                    (&["main", "b"][..], run, BENCH, 1000),
                    (&["main", "c"][..], run, BENCH, 1000),
                ]
            })
            .chain((0..3).map(|run| {
                let path: &[&str] = match extra {
                    "x" => &["main", "x"],
                    _ => &["main", "y"],
                };
                (path, run, BENCH, samples)
            }))
            .collect();
        side(vec![(None, Some((profile(&samples), vec![Some(time); 3])))])
    };
    let verdict = |diff: &ProfileDiff, name: &str| {
        diff.functions.iter().find(|f| *f.name == *name).unwrap().verdict
    };
    let hot = diff(&capture("x", 1000, 1000.0), &capture("y", 1000, 1000.0)).unwrap();
    assert_eq!(verdict(&hot, "x"), Verdict::Vanished);
    assert_eq!(verdict(&hot, "y"), Verdict::New);
    let verdicts =
        |path: &str| hot.hot_paths.iter().find(|p| p.path.join(";") == path).map(|p| p.verdict);
    assert_eq!(verdicts("main;x"), Some(Verdict::Vanished));
    assert_eq!(verdicts("main;y"), Some(Verdict::New));
    assert!(hot.functions.iter().find(|f| &*f.name == "y").unwrap().base.is_none());
    let rare = diff(&capture("x", 1, 1000.0), &capture("y", 1, 1000.0)).unwrap();
    assert_eq!(verdict(&rare, "x"), Verdict::Inconclusive);
    assert_eq!(verdict(&rare, "y"), Verdict::Inconclusive);
}

#[test]
fn what_the_profiled_runs_did_not_see_is_unexplained() {
    // The timing runs say +50 ns, the profiled ones +30.
    let capture = |timed: f64, profiled: f64| {
        let samples: Vec<(&[&str], u32, Scope, u64)> =
            (0..3).map(|run| (&["main"][..], run, BENCH, 1000)).collect();
        let times = crate::diff::fixture::timing(&[timed; 3]);
        side(vec![(Some(times), Some((profile(&samples), vec![Some(profiled); 3])))])
    };
    let diff = diff(&capture(100.0, 110.0), &capture(150.0, 140.0)).unwrap();
    assert!((diff.delta.unwrap() - 50.0).abs() < 1e-9);
    assert!((diff.functions[0].delta_self.unwrap() - 30.0).abs() < 1e-9);
    assert!((diff.unexplained - 20.0).abs() < 1e-9);
}
