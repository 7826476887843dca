//! What `diff` says of a refactor, held against what was done.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use perfbase::store::Store;
use serde_json::Value;

use super::results::{Planted, Score, View};
use super::truth::is_of;
use super::{Refactor, Truth};
use crate::Result;
use crate::perfbase_command::Perfbase;

/// Functions with less of the benchmark are not reported as changed.
pub(crate) const REPORTED: f64 = 0.005;

/// Compares `base` and `new` below `folder`: in the repository beside them, and away from it.
pub(crate) fn score(
    perfbase: &Perfbase,
    program: &str,
    folder: &Path,
    refactor: &Refactor,
    is_slow: bool,
) -> Result<Score> {
    let profiles = folder.join("profiles");
    let aided = perfbase.diff(&profiles, &folder.join("repository"))?;
    let unaided = perfbase.diff(&profiles, &profiles)?;
    let benchmark = &aided["benchmarks"][0];
    let counts = unaided["benchmarks"][0]["counts"].as_array().cloned().unwrap_or_default();
    let counts = counts.into_iter().find(|count| count["measure"] == "instructions");
    let slow = is_slow.then_some(refactor.slow.function);
    let seen = |profile: &Value| profile.is_object().then(|| view(profile, &refactor.truth, slow));
    let store = Store::open(&profiles)?;
    let [base, new] = [store.read(&"base".parse()?)?, store.read(&"new".parse()?)?];
    let digest = |side: &perfbase::store::StoredCapture| {
        side.capture().benchmarks.first().and_then(|entry| entry.executable.clone())
    };
    let instructions = counts
        .as_ref()
        .and_then(|count| Some(count["new"]["count"].as_f64()? / count["base"]["count"].as_f64()?));
    Ok(Score {
        perfbase: program.to_owned(),
        machine: new.capture().machine.cpu.clone(),
        same_program: digest(&base).is_some() && digest(&base) == digest(&new),
        verdict: text(&benchmark["timing"]["verdict"]),
        change: benchmark["timing"]["change"].as_f64(),
        instructions,
        sampled: seen(&benchmark["profile"]),
        unaided: seen(&unaided["benchmarks"][0]["profile"]),
        counted: counts.as_ref().and_then(|count| seen(&count["profile"])),
    })
}

/// A function of either side or of both, as it is reported.
struct Function<'a> {
    value: &'a Value,
    /// Its names, before and after.
    names: [Option<String>; 2],
    share: f64,
}

impl<'a> Function<'a> {
    fn new(value: &'a Value) -> Self {
        let name = text(&value["name"]);
        let is_there = |side: &str| !value[side].is_null();
        let other = match value["match"]["rule"].as_str() {
            None | Some("name") => None,
            Some(_) => value["match"]["from"].as_str(),
        };
        let before = other.map_or(name.clone(), ToOwned::to_owned);
        let share = |side: &str| value[side]["total_share"].as_f64().unwrap_or(0.0);
        Self {
            value,
            names: [is_there("base").then_some(before), is_there("new").then_some(name)],
            share: share("base").max(share("new")),
        }
    }

    /// A name of either side.
    fn is(&self, is_it: impl Fn(&str) -> bool) -> bool {
        self.names.iter().flatten().any(|name| is_it(name))
    }
}

fn view(profile: &Value, truth: &Truth, slow: Option<&str>) -> View {
    let values = profile["functions"].as_array().map_or(&[][..], Vec::as_slice);
    let functions: Vec<Function<'_>> = values.iter().map(Function::new).collect();
    let groups = profile["refactors"].as_array().map_or(&[][..], Vec::as_slice);
    let mut view = View::default();
    let members: Vec<Members> = groups.iter().map(Members::new).collect();
    pairs(&functions, &members, truth, &mut view);
    regroupings(&functions, &members, truth, &mut view);
    claims(profile, &functions, groups, &mut view);
    if let Some(slow) = slow {
        slowest(&functions, groups, slow, &mut view);
    }
    view
}

/// What was paired, and what should have been.
fn pairs(functions: &[Function<'_>], groups: &[Members], truth: &Truth, view: &mut View) {
    let mut shares: [BTreeMap<&str, f64>; 2] = Default::default();
    let mut paired = BTreeSet::new();
    for function in functions {
        for (side, name) in function.names.iter().enumerate() {
            if let Some(name) = name {
                shares[side].insert(name, function.share);
            }
        }
        let [Some(base), Some(new)] = &function.names else { continue };
        paired.insert((base.as_str(), new.as_str()));
        let rule = text(&function.value["match"]["rule"]);
        let pair = format!("{base} = {new} ({rule}, {:.1} %)", 100.0 * function.share);
        match (base == new, truth.relates(base, new)) {
            (true, true) => view.same += 1,
            (false, true) => view.right.push(pair),
            (_, false) => view.wrong.push(pair),
        }
    }
    for (&base, &share) in &shares[0] {
        let expected = truth.after(base);
        let Some((&new, &other)) = shares[1].get_key_value(expected.as_str()) else { continue };
        let is_paired = paired.contains(&(base, new));
        if base != new {
            let together =
                groups.iter().any(|group| group.base.contains(base) && group.new.contains(new));
            view.planted.push(Planted {
                name: format!("{base} = {new}"),
                share: share.max(other),
                found: is_paired || together,
                paired: is_paired,
            });
        } else if !is_paired && truth.group_of(base).is_none() {
            view.torn.push(base.to_owned());
        }
    }
}

/// What was put together, and what should have been.
fn regroupings(functions: &[Function<'_>], groups: &[Members], truth: &Truth, view: &mut View) {
    for group in groups.iter().filter(|group| !group.is_right(truth)) {
        view.wrong_groups.push(format!("{}: {}", group.kind, group.names().join(", ")));
    }
    for function in functions {
        let name = match &function.names {
            [Some(base), None] => base,
            [None, Some(new)] => new,
            // Paired across a regrouping: found.
            [Some(base), Some(new)] if base != new && truth.group_of(new).is_some() => {
                let name = format!("{base} = {new}");
                let found = truth.relates(base, new);
                view.regrouped.push(Planted { name, share: function.share, found, paired: found });
                continue;
            }
            _ => continue,
        };
        let Some(group) = truth.group_of(name) else { continue };
        // Closures of what is still there come and go with inlining.
        let (before, after) = truth.regrouped[group];
        if before.iter().chain(after).all(|member| member != name) {
            continue;
        }
        let found = groups.iter().any(|group| group.names().contains(&name.as_str()));
        let (name, share) = (name.clone(), function.share);
        view.regrouped.push(Planted { name, share, found, paired: false });
    }
}

/// What is called changed.
fn claims(profile: &Value, functions: &[Function<'_>], groups: &[Value], view: &mut View) {
    for function in functions {
        if function.share >= REPORTED && function.value["moved"].is_null() {
            let verdict = text(&function.value["verdict"]);
            if is_change(&verdict) {
                view.called.push(format!("{verdict} {}", text(&function.value["name"])));
            }
        }
    }
    for group in groups {
        let verdict = text(&group["verdict"]);
        if is_change(&verdict) {
            let names: Vec<String> = names(group).into_iter().collect();
            view.called.push(format!("{verdict} {} {}", text(&group["kind"]), names.join(", ")));
        }
    }
    for path in profile["hot_paths"].as_array().into_iter().flatten() {
        if matches!(path["verdict"].as_str(), Some("new" | "vanished")) {
            let last = path["path"].as_array().and_then(|names| names.last());
            view.paths.push(format!(
                "{} {}",
                text(&path["verdict"]),
                last.map_or(String::new(), text)
            ));
        }
    }
}

/// Whether what was made slower is what changed most; what changed places counts as a whole.
fn slowest(functions: &[Function<'_>], groups: &[Value], slow: &str, view: &mut View) {
    let is_slow = |name: &str| is_of(name, &[slow]);
    let delta = |value: &Value| value["delta_self_cost"].as_f64().unwrap_or(0.0);
    let has_direction = |value: &Value| {
        let bound = |at: usize| value["interval_self"][at].as_f64();
        is_change(&text(&value["verdict"]))
            || bound(0).zip(bound(1)).is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    };
    // Name, change, whether its direction is known, whether it is the one, whether it is called so.
    let mut all: Vec<(String, f64, bool, bool, bool)> = Vec::new();
    for function in functions.iter().filter(|f| f.value["match"]["refactor"].is_null()) {
        let value = function.value;
        let named = matches!(value["verdict"].as_str(), Some("slower"));
        let is_it = function.is(is_slow);
        all.push((text(&value["name"]), delta(value), has_direction(value), is_it, named));
    }
    for group in groups {
        let names = names(group);
        let is_it = names.iter().any(|name| is_slow(name));
        let named = group["verdict"] == "slower";
        let label = names.into_iter().collect::<Vec<_>>().join(", ");
        all.push((label, delta(group), has_direction(group), is_it, named));
    }
    view.is_named = all.iter().any(|(.., is_it, named)| *is_it && *named);
    let first = all.iter().max_by(|a, b| a.2.cmp(&b.2).then(a.1.abs().total_cmp(&b.1.abs())));
    view.is_first = first.is_some_and(|first| first.3);
    view.first = first.map(|first| first.0.clone());
    let is_other = |called: &&String| {
        !called.split([' ', ',']).any(is_slow)
            && !all.iter().any(|(name, .., is_it, _)| *is_it && called.contains(name.as_str()))
    };
    view.others = view.called.iter().filter(is_other).cloned().collect();
}

/// The members of a group.
fn names(group: &Value) -> BTreeSet<String> {
    let members = Members::new(group);
    members.names().into_iter().map(ToOwned::to_owned).collect()
}

/// The members of a group, by side.
struct Members {
    kind: String,
    base: BTreeSet<String>,
    new: BTreeSet<String>,
    with: Option<String>,
}

impl Members {
    fn new(group: &Value) -> Self {
        let list = |key: &str| -> BTreeSet<String> {
            group[key].as_array().into_iter().flatten().map(text).collect()
        };
        let with = group["with"].as_str().map(ToOwned::to_owned);
        Self { kind: text(&group["kind"]), base: list("base"), new: list("new"), with }
    }

    fn names(&self) -> Vec<&str> {
        self.base.iter().chain(&self.new).chain(&self.with).map(String::as_str).collect()
    }

    /// Whether all of them were put together by one change of the sources, or are one function
    /// before and after.
    fn is_right(&self, truth: &Truth) -> bool {
        let groups: BTreeSet<Option<usize>> =
            self.names().into_iter().map(|name| truth.group_of(name)).collect();
        let is_regrouping = groups.len() == 1 && !groups.contains(&None);
        let is_one = self.with.is_none()
            && self.base.len() == 1
            && self.base.iter().all(|base| self.new.iter().all(|new| truth.relates(base, new)));
        is_regrouping || is_one && self.new.len() == 1
    }
}

fn is_change(verdict: &str) -> bool {
    matches!(verdict, "slower" | "faster" | "new" | "vanished")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
