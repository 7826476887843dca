//! Which stored capture a new one is measured against, side by side.
//!
//! A choice and nothing else: what is stored, what is planned and which executables can still be
//! run are arguments, so that the rules can be read and tested by themselves.

use std::collections::HashMap;

use crate::model::{BenchmarkEntry, BenchmarkId, Capture, Harness};

/// A capture whose executables can be run beside the new ones.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cli) struct Base<'a, T> {
    /// The capture.
    pub(in crate::cli) capture: &'a Capture,
    /// What runs each planned benchmark of it, in the order of the plan.
    pub(in crate::cli) runnable: Vec<(BenchmarkId, T)>,
    /// Planned benchmarks that cannot be run in pairs, and why, in the order of the plan.
    pub(in crate::cli) alone: Vec<(BenchmarkId, String)>,
    /// What differs and does not stand in the way, for one line each.
    pub(in crate::cli) remarks: Vec<String>,
}

/// Chooses the base: among the captures that are comparable and have planned benchmarks that can
/// be run, the newest that has at least half as many of them as the one that has most. So a
/// capture of a single benchmark in between is not taken for the base of a whole suite, and a
/// benchmark that is new or failed once does not matter.
///
/// `captures` are newest first. `find` gives what runs a stored benchmark (its kept executable),
/// or why there is none; it is asked once per executable.
///
/// # Errors
/// Why there is none, for one line: what is wrong with the newest capture.
pub(in crate::cli) fn choose<'a, T: Clone>(
    captures: &'a [Capture],
    new: &Capture,
    planned: &[(BenchmarkId, Harness)],
    mut find: impl FnMut(&BenchmarkEntry) -> Result<T, String>,
) -> Result<Base<'a, T>, String> {
    let mut reason = None;
    let mut found: Vec<Base<'a, T>> = Vec::new();
    // One of the same label is about to be replaced or added to, and is no base for itself.
    for capture in captures.iter().filter(|capture| capture.label != new.label) {
        match against(capture, new, planned, &mut find) {
            Ok(base) => {
                let is_all = base.alone.is_empty();
                found.push(base);
                if is_all {
                    // None has more.
                    break;
                }
            }
            Err(why) => {
                reason.get_or_insert_with(|| format!("{}: {why}", capture.label));
            }
        }
    }
    let most = found.iter().map(|base| base.runnable.len()).max().unwrap_or(0);
    found
        .into_iter()
        .find(|base| base.runnable.len() * 2 >= most)
        .ok_or_else(|| reason.unwrap_or_else(|| "there is no other capture yet".to_owned()))
}

/// One capture as base, whether it is the newest or was asked for.
///
/// # Errors
/// Why it cannot be, for one line.
pub(in crate::cli) fn against<'a, T: Clone>(
    capture: &'a Capture,
    new: &Capture,
    planned: &[(BenchmarkId, Harness)],
    find: &mut impl FnMut(&BenchmarkEntry) -> Result<T, String>,
) -> Result<Base<'a, T>, String> {
    if let Some(reason) = incomparable(capture, new) {
        return Err(reason);
    }
    let mut known: HashMap<(&str, &str, &str), Result<T, String>> = HashMap::new();
    let mut base =
        Base { capture, runnable: Vec::new(), alone: Vec::new(), remarks: remarks(capture, new) };
    for (id, harness) in planned {
        let entry = capture.entry(id);
        let found = match entry {
            None => Err(format!("it is not in {}", capture.label)),
            Some(entry) if entry.harness != *harness => {
                Err(format!("it was run by {}, and is by {harness} now", entry.harness))
            }
            Some(entry) if !entry.timed && entry.counts.is_empty() => {
                Err("it failed then".to_owned())
            }
            Some(entry) => match &entry.executable {
                None => Err("its executable was not kept".to_owned()),
                Some(digest) => {
                    let key = (&**digest, &*entry.id.package, &*entry.id.target);
                    known.entry(key).or_insert_with(|| find(entry)).clone()
                }
            },
        };
        match found {
            Ok(arm) => base.runnable.push((id.clone(), arm)),
            Err(why) => base.alone.push((id.clone(), why)),
        }
    }
    if base.runnable.is_empty() {
        return Err(why_none(&base.alone));
    }
    Ok(base)
}

/// The reason that most benchmarks have.
fn why_none(alone: &[(BenchmarkId, String)]) -> String {
    let count = |why: &str| alone.iter().filter(|(_, other)| other == why).count();
    // The first of those that are equally frequent.
    match alone.iter().rev().max_by_key(|(_, why)| count(why)) {
        Some((_, why)) if count(why) == alone.len() => why.clone(),
        Some((id, why)) => format!("none of its benchmarks can be run again ({id}: {why})"),
        None => "nothing is planned".to_owned(),
    }
}

/// What makes times of two captures incomparable, also when they are taken side by side.
fn incomparable(base: &Capture, new: &Capture) -> Option<String> {
    let differs = |what: &str, base: &str, new: &str| {
        (base != new).then(|| format!("it was made {what} {}, not {}", shown(base), shown(new)))
    };
    differs("on", &base.machine.os, &new.machine.os)
        .or_else(|| differs("on", &base.machine.cpu, &new.machine.cpu))
        .or_else(|| differs("for", &base.toolchain.target, &new.toolchain.target))
        .or_else(|| differs("with profile", &base.settings.profile, &new.settings.profile))
        .or_else(|| {
            let words = |capture: &Capture| capture.settings.arguments.join(" ");
            let what = "with benchmark arguments";
            differs(what, &words(base), &words(new))
        })
}

fn shown(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// What differs and may be just what is to be compared.
fn remarks(base: &Capture, new: &Capture) -> Vec<String> {
    let differs = |what: &str, base: &str, new: &str| {
        (base != new).then(|| format!("another {what}: {} → {}", shown(base), shown(new)))
    };
    let features = |capture: &Capture| capture.settings.features.join(" ");
    let flags = |capture: &Capture| capture.settings.rustflags.clone().unwrap_or_default();
    [
        differs("compiler", &base.toolchain.rustc, &new.toolchain.rustc),
        differs("set of features", &features(base), &features(new)),
        differs("RUSTFLAGS", &flags(base), &flags(new)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Machine, Settings, Toolchain};

    fn id(name: &str) -> BenchmarkId {
        BenchmarkId { package: "p".into(), target: "t".into(), benchmark: name.into() }
    }

    fn capture(label: &str, benchmarks: &[&str]) -> Capture {
        let entry = |name: &&str| BenchmarkEntry {
            is_bound: None,
            recorder: None,
            id: id(name),
            harness: Harness::Criterion,
            folder: String::new(),
            executable: Some(format!("digest of {label}")),
            timed: true,
            counts: Vec::new(),
            profile: None,
            failure: None,
            beside: None,
        };
        Capture {
            label: label.parse().unwrap(),
            id: label.into(),
            time: String::new(),
            perfbase: String::new(),
            commit: None,
            toolchain: Toolchain { rustc: "rustc 1".into(), target: "x86_64-a-linux".into() },
            machine: Machine { cpu: "Xeon".into(), os: "linux".into(), ..Machine::default() },
            settings: Settings { profile: "bench".into(), ..Settings::default() },
            counters: Vec::new(),
            recorder: None,
            beside: None,
            parities: Vec::new(),
            benchmarks: benchmarks.iter().map(entry).collect(),
        }
    }

    fn plan(names: &[&str]) -> Vec<(BenchmarkId, Harness)> {
        names.iter().map(|name| (id(name), Harness::Criterion)).collect()
    }

    /// Every kept executable but those of some captures.
    fn all_but(gone: &[&str]) -> impl FnMut(&BenchmarkEntry) -> Result<String, String> {
        let gone: Vec<String> = gone.iter().map(|label| format!("digest of {label}")).collect();
        move |entry| {
            let digest = entry.executable.clone().unwrap();
            if gone.contains(&digest) { Err("gone".to_owned()) } else { Ok(digest) }
        }
    }

    fn label<'a>(chosen: &'a Result<Base<'_, String>, String>) -> &'a str {
        chosen.as_ref().map_or_else(|why| &**why, |base| base.capture.label.as_str())
    }

    #[test]
    fn the_newest_that_can_be_run() {
        let captures = [capture("c", &["x"]), capture("b", &["x"]), capture("a", &["x"])];
        let new = capture("new", &[]);
        let chosen = |gone: &[&str]| choose(&captures, &new, &plan(&["x"]), all_but(gone));
        assert_eq!(label(&chosen(&[])), "c");
        assert_eq!(label(&chosen(&["c"])), "b");
        assert_eq!(label(&chosen(&["c", "b"])), "a");
        assert_eq!(chosen(&["c", "b", "a"]), Err("c: gone".to_owned()));
        let base = chosen(&[]).unwrap();
        assert_eq!(base.runnable, [(id("x"), "digest of c".to_owned())]);
        assert!(base.alone.is_empty() && base.remarks.is_empty());
        let none = choose(&[], &new, &plan(&["x"]), all_but(&[]));
        assert_eq!(none, Err("there is no other capture yet".to_owned()));
        // One of the same label is no base for itself.
        let again = capture("c", &[]);
        assert_eq!(label(&choose(&captures, &again, &plan(&["x"]), all_but(&[]))), "b");
    }

    #[test]
    fn one_benchmark_in_between_is_no_base_of_a_suite() {
        let captures = [capture("one", &["x"]), capture("suite", &["w", "x", "y", "z"])];
        let new = capture("new", &[]);
        let suite = choose(&captures, &new, &plan(&["w", "x", "y", "z"]), all_but(&[]));
        assert_eq!(label(&suite), "suite");
        assert_eq!(label(&choose(&captures, &new, &plan(&["x"]), all_but(&[]))), "one");
        // One that is new does not matter, nor one that failed.
        let mut newest = capture("newest", &["w", "x", "y", "z"]);
        newest.benchmarks[1].timed = false;
        let captures = [newest, captures[1].clone()];
        let chosen = choose(&captures, &new, &plan(&["v", "w", "x", "y", "z"]), all_but(&[]));
        assert_eq!(label(&chosen), "newest");
        let base = chosen.unwrap();
        assert_eq!(base.runnable.len(), 3);
        let alone = [(id("v"), "it is not in newest".into()), (id("x"), "it failed then".into())];
        assert_eq!(base.alone, alone);
    }

    #[test]
    fn what_is_measured_otherwise_is_no_base() {
        type Change = fn(&mut Capture);
        let changes: [(Change, &str); 5] = [
            (|c| c.machine.cpu = "EPYC".into(), "old: it was made on EPYC, not Xeon"),
            (|c| c.machine.os = "macos".into(), "old: it was made on macos, not linux"),
            (
                |c| c.toolchain.target = "wasm".into(),
                "old: it was made for wasm, not x86_64-a-linux",
            ),
            (|c| c.settings.profile = "dev".into(), "old: it was made with profile dev, not bench"),
            (
                |c| c.settings.arguments = vec!["--quick".into()],
                "old: it was made with benchmark arguments --quick, not none",
            ),
        ];
        let new = capture("new", &[]);
        for (change, expected) in changes {
            let mut old = capture("old", &["x"]);
            change(&mut old);
            let captures = [old, capture("older", &["y"])];
            let chosen = choose(&captures, &new, &plan(&["x"]), all_but(&[]));
            assert_eq!(chosen, Err(expected.to_owned()));
        }
        let captures = [capture("old", &["x"])];
        let plan = [(id("x"), Harness::Divan)];
        let chosen = choose(&captures, &new, &plan, all_but(&[]));
        assert_eq!(chosen, Err("old: it was run by criterion, and is by divan now".to_owned()));
    }

    #[test]
    fn what_may_be_the_very_question_is_said() {
        let mut old = capture("old", &["x"]);
        old.toolchain.rustc = "rustc 0".into();
        old.settings.features = vec!["simd".into()];
        old.settings.rustflags = Some("-Copt-level=1".into());
        // The kernel of then does not matter: both sides run on that of now.
        old.machine.kernel = "5".into();
        let captures = [old];
        let base = choose(&captures, &capture("new", &[]), &plan(&["x"]), all_but(&[])).unwrap();
        assert_eq!(
            base.remarks,
            [
                "another compiler: rustc 0 → rustc 1",
                "another set of features: simd → none",
                "another RUSTFLAGS: -Copt-level=1 → none"
            ]
        );
    }

    #[test]
    fn executables_are_asked_for_once() {
        let captures = [capture("old", &["x", "y", "z"])];
        let mut asked = 0;
        let chosen = choose(&captures, &capture("new", &[]), &plan(&["x", "y", "z"]), |_| {
            asked += 1;
            Ok(asked)
        });
        assert_eq!(chosen.unwrap().runnable.len(), 3);
        assert_eq!(asked, 1);
        let mut mixed = capture("old", &["x", "y", "z"]);
        mixed.benchmarks[2].executable = None;
        let captures = [mixed];
        let plan = plan(&["x", "y", "z"]);
        let none = choose(&captures, &capture("new", &[]), &plan, all_but(&["old"]));
        let expected = "old: none of its benchmarks can be run again (p/t/x: gone)";
        assert_eq!(none, Err(expected.to_owned()));
    }
}
