//! What is matched, and what is said of it.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use perfbase::diff::{Loaded, Options, ProfileDiff, Verdict, compare};
use perfbase::matching::{GroupKind, Hints, Rule};

use crate::program::capture;

/// Functions that are one: their names before and after, and the rule that has to find them, where
/// the code did not change and where it did.
const PAIRS: [(&str, &str, Rule, Rule); 7] = [
    ("app::rename::checksum", "app::rename::fingerprint", Rule::Body, Rule::Context),
    ("app::old_home::blend_rows", "app::new_home::blend_rows", Rule::Body, Rule::Context),
    ("app::hashing::fold_words", "parts::hash_impl::fold_words", Rule::Context, Rule::Context),
    ("app::closure::run::{closure}", "app::closure::advance", Rule::Context, Rule::Context),
    ("app::method::rotate_all", "app::method::Ring::rotate_all", Rule::Body, Rule::Context),
    ("app::balance::settle", "app::accounts::settle", Rule::File, Rule::File),
    ("app::similar::sum_columns", "app::similar::sum_all_columns", Rule::Similar, Rule::Similar),
];

/// What git says of the one file that was moved.
fn moved() -> Options {
    let from = "tests/fixtures/refactor/moved/before.rs".to_owned();
    let to = "tests/fixtures/refactor/moved/after.rs".to_owned();
    let hints = Hints { renames: Vec::new(), moved_files: vec![(from, to)] };
    Options { hints, ..Options::default() }
}

/// Kind, functions before, functions after, and the one with a counterpart that gave or took.
type Regrouped =
    (GroupKind, &'static [&'static str], &'static [&'static str], Option<&'static str>);

/// Functions that changed places together.
const GROUPS: [Regrouped; 5] = [
    (
        GroupKind::Split,
        &["app::split::tokenize"],
        &["app::split::look_up", "app::split::scan_words"],
        None,
    ),
    (
        GroupKind::Merged,
        &["app::merge::collect", "app::merge::flush"],
        &["app::merge::stream"],
        None,
    ),
    (GroupKind::Extracted, &[], &["app::extract::second_half"], Some("app::extract::encode")),
    (GroupKind::Inlined, &["app::inline::prepare"], &[], Some("app::inline::decode")),
    (
        GroupKind::Inlined,
        &["app::concurrency::accumulate::{closure}", "app::concurrency::block_on"],
        &[],
        Some("app::concurrency::accumulate"),
    ),
];

/// What really came and went.
const NEW: &str = "app::control::telemetry";
const VANISHED: &str = "app::control::validate";

/// Matched by name, and slower in the variant with slowdowns.
const DYNAMIC: &str = "<app::dynamic::Square as app::dynamic::Shape>::area";

/// The program before, after, and after with slowdowns.
fn captures() -> &'static [Loaded; 3] {
    static CAPTURES: OnceLock<[Loaded; 3]> = OnceLock::new();
    CAPTURES.get_or_init(|| [capture(&[]), capture(&["new"]), capture(&["new", "slow"])])
}

fn diff(base: usize, new: usize, options: &Options) -> ProfileDiff {
    let captures = captures();
    compare(&captures[base], &captures[new], options).benchmarks.remove(0).profile.unwrap()
}

/// Checks that exactly what was planted was found: a precision and a recall of 1.
fn all_is_found(diff: &ProfileDiff, slow: bool) {
    let found: BTreeSet<_> =
        diff.matching.pairs.iter().map(|pair| (&*pair.base, &*pair.new, pair.rule)).collect();
    let planted: BTreeSet<_> = PAIRS
        .iter()
        .map(|&(base, new, equal, changed)| (base, new, if slow { changed } else { equal }))
        .collect();
    assert_eq!(found, planted);
    let found: BTreeSet<_> = diff
        .refactors
        .iter()
        .map(|r| (r.kind, r.base.clone(), r.new.clone(), r.with.clone()))
        .collect();
    let owned = |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
    let planted: BTreeSet<_> = GROUPS
        .iter()
        .map(|&(kind, base, new, with)| {
            (kind, owned(base), owned(new), with.map(ToOwned::to_owned))
        })
        .collect();
    assert_eq!(found, planted);
}

/// Functions of the program with a verdict.
fn with_verdict(diff: &ProfileDiff, verdict: Verdict) -> BTreeSet<&str> {
    let own = |name: &str| name.contains("app::") || name.contains("parts::");
    let functions = diff.functions.iter().filter(|f| f.verdict == verdict);
    functions.map(|f| &*f.name).filter(|name| own(name)).collect()
}

#[test]
fn a_refactor_is_no_change() {
    let diff = diff(0, 1, &moved());
    all_is_found(&diff, false);
    assert_eq!(with_verdict(&diff, Verdict::New), BTreeSet::from([NEW]));
    assert_eq!(with_verdict(&diff, Verdict::Vanished), BTreeSet::from([VANISHED]));
    assert_eq!(with_verdict(&diff, Verdict::Slower), BTreeSet::new());
    assert_eq!(with_verdict(&diff, Verdict::Faster), BTreeSet::new());
    for refactor in &diff.refactors {
        assert_eq!(refactor.verdict, Verdict::Unchanged, "{refactor:?}");
    }
    // What became hot is what is new; no path is gone that only goes by another name.
    for path in &diff.hot_paths {
        let last = path.path.last().unwrap();
        match path.verdict {
            Verdict::New => assert!(path.path.iter().any(|name| name == NEW), "{path:?}"),
            Verdict::Vanished => panic!("{last} is there: {path:?}"),
            _ => {}
        }
    }
    let [base, new] = diff.unmatched;
    assert!(base > 0.005 && new > 0.01 && base.max(new) < 0.05, "{base} {new}");
}

#[test]
fn slowdowns_are_found_beneath_a_refactor() {
    let diff = diff(0, 2, &moved());
    all_is_found(&diff, true);
    let slower = with_verdict(&diff, Verdict::Slower);
    for (_, new, ..) in PAIRS {
        assert!(slower.contains(new), "{new} is not slower: {slower:?}");
        let function = diff.functions.iter().find(|f| *f.name == *new).unwrap();
        let (base, new) = (function.base.unwrap(), function.new.unwrap());
        let ratio = new.self_cost.unwrap() / base.self_cost.unwrap();
        assert!((ratio - 1.5).abs() < 0.02, "{}: {ratio}", function.name);
    }
    assert!(slower.contains(DYNAMIC));
    for refactor in &diff.refactors {
        assert_eq!(refactor.verdict, Verdict::Slower, "{refactor:?}");
        // Only half of what was extracted or inlined does more.
        let whole = !matches!(
            refactor.with.as_deref(),
            Some("app::extract::encode" | "app::inline::decode")
        );
        let ratio = refactor.new_cost / refactor.base_cost;
        assert!((ratio - if whole { 1.5 } else { 1.25 }).abs() < 0.02, "{refactor:?}: {ratio}");
    }
    assert_eq!(with_verdict(&diff, Verdict::New), BTreeSet::from([NEW]));
    assert_eq!(with_verdict(&diff, Verdict::Vanished), BTreeSet::from([VANISHED]));
    assert_eq!(with_verdict(&diff, Verdict::Faster), BTreeSet::new());
}

#[test]
fn without_the_version_control_names_tell_of_a_moved_file() {
    for new in [1, 2] {
        let diff = diff(0, new, &Options::default());
        let pair = diff.matching.pair(0, "app::balance::settle").unwrap();
        assert_eq!((&*pair.new, pair.rule), ("app::accounts::settle", Rule::Similar));
    }
}

#[test]
fn the_way_back_is_the_way_there() {
    let (there, back) = (diff(0, 2, &Options::default()), diff(2, 0, &Options::default()));
    let pairs = |diff: &ProfileDiff, turned: bool| -> BTreeSet<(String, String, Rule)> {
        let pairs = diff.matching.pairs.iter();
        pairs
            .map(|p| match turned {
                true => (p.new.clone(), p.base.clone(), p.rule),
                false => (p.base.clone(), p.new.clone(), p.rule),
            })
            .collect()
    };
    assert_eq!(pairs(&there, false), pairs(&back, true));
    let groups = |diff: &ProfileDiff, sides: [usize; 2]| -> BTreeSet<[Vec<String>; 2]> {
        let sides = |r: [&Vec<String>; 2]| [r[sides[0]].clone(), r[sides[1]].clone()];
        diff.refactors.iter().map(|r| sides([&r.base, &r.new])).collect()
    };
    assert_eq!(groups(&there, [0, 1]), groups(&back, [1, 0]));
    assert!((there.delta.unwrap() + back.delta.unwrap()).abs() < 1e-6);
}

#[test]
fn the_same_build_is_matched_by_name_alone() {
    let diff = diff(1, 1, &Options::default());
    assert_eq!(diff.matching, Default::default());
    assert_eq!(diff.unmatched, [0.0; 2]);
    assert!(diff.functions.iter().all(|f| f.delta_self == Some(0.0)));
    // The code of everything that is not inlined is known.
    let profile = captures()[1].profiles.values().next().unwrap();
    let names: BTreeSet<&str> = profile.bodies.iter().map(|(f, _)| profile.name(*f)).collect();
    assert!(names.contains("app::rename::fingerprint") && names.len() > 10, "{names:?}");
}

#[test]
fn a_rename_of_the_users_comes_first() {
    let renames = vec!["app::control::validate=app::control::telemetry".parse().unwrap()];
    let hints = Hints { renames, moved_files: Vec::new() };
    let ruled = diff(0, 1, &Options { hints, ..Options::default() });
    let function = ruled.functions.iter().find(|f| *f.name == *NEW).unwrap();
    assert_eq!(function.matched.rule, Some(Rule::Renamed));
    assert_eq!(function.matched.from.as_deref(), Some(VANISHED));
    assert!(function.interval_self.unwrap().0 > 0.0, "it does more: {function:?}");
    let plain = diff(0, 1, &Options::default());
    let total =
        |diff: &ProfileDiff| -> f64 { diff.functions.iter().filter_map(|f| f.delta_self).sum() };
    assert!((total(&ruled) - total(&plain)).abs() < 1e-6);
    assert_eq!((ruled.delta, ruled.unexplained), (plain.delta, plain.unexplained));
}
