use super::*;
use crate::model::{
    Body, Frame, FrameId, Function, Profile, ProfileBuilder, Sample, Scope, Weight,
};

/// A profile of call paths `main > a::f > a::g` with their weights.
fn profile(samples: &[(&str, u64)]) -> Profile {
    with_bodies(samples, &[])
}

/// The same, with the machine code of some functions as a number.
fn with_bodies(samples: &[(&str, u64)], bodies: &[(&str, u64)]) -> Profile {
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    let frame = |builder: &mut ProfileBuilder, name: &str| -> FrameId {
        let id = builder.string(name);
        // `a::m::f` is in `src/m.rs`.
        let file = name.rsplit("::").nth(1).map(|m| builder.string(&format!("src/{m}.rs")));
        let function = builder.function(Function { name: id, system_name: id, file, image: None });
        if let Some((_, hash)) = bodies.iter().find(|(of, _)| *of == name) {
            builder.body(function, Body { hash: *hash, size: 200 });
        }
        builder.frame(Frame { function, line: 0, inlined: false })
    };
    for (path, weight) in samples {
        let mut stack = None;
        for name in path.split(" > ") {
            let frame = frame(&mut builder, name);
            stack = Some(builder.stack(stack, frame));
        }
        if let Some(stack) = stack {
            let weight = *weight;
            builder.sample(Sample { stack, run: 0, scope: Scope::Benchmark, count: 1, weight });
        }
    }
    builder.finish()
}

fn matched(base: &Profile, new: &Profile, hints: &Hints) -> Matching {
    let cost = |profile: &Profile| profile.total(Scope::Benchmark) as f64;
    let matching = match_functions([base, new], [cost(base), cost(new)], hints);
    // Whatever is matched, nobody is twice in it.
    for side in 0..2 {
        let mut names: Vec<&str> =
            matching.pairs.iter().map(|pair| [&*pair.base, &pair.new][side]).collect();
        names.extend(matching.unmatched[side].iter().map(|unmatched| &*unmatched.name));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
    matching
}

fn pairs(matching: &Matching) -> Vec<(&str, &str, Rule)> {
    matching.pairs.iter().map(|pair| (&*pair.base, &*pair.new, pair.rule)).collect()
}

fn groups(matching: &Matching) -> Vec<String> {
    let group = |group: &Group| {
        format!(
            "{} in {}: {} -> {} with {}",
            group.kind.as_str(),
            group.caller.as_deref().unwrap_or("-"),
            group.base.join("+"),
            group.new.join("+"),
            group.with.as_deref().unwrap_or("-"),
        )
    };
    matching.groups.iter().map(group).collect()
}

#[test]
fn equal_profiles_are_matched_by_name_alone() {
    let a = profile(&[("main > a::f > a::g", 5), ("main > a::f::{closure}", 4)]);
    assert_eq!(matched(&a, &a, &Hints::default()), Matching::default());
}

#[test]
fn renames_come_first_and_take_closures_along() {
    let base = profile(&[("main > a::f > a::f::{closure}", 50), ("main > a::g", 50)]);
    let new = profile(&[("main > a::g > a::g::{closure}", 50), ("main > a::h", 50)]);
    let hints = Hints { renames: vec!["a::f=a::g".parse().unwrap()], moved_files: Vec::new() };
    let matching = matched(&base, &new, &hints);
    assert_eq!(
        pairs(&matching)[..2],
        [("a::f", "a::g", Rule::Renamed), ("a::f::{closure}", "a::g::{closure}", Rule::Renamed)]
    );
    // The base's own `a::g` is not the new one.
    assert_eq!(matching.apart, ["a::g"]);
}

#[test]
fn the_same_code_is_the_same_function() {
    let base = with_bodies(
        &[("main > a::f", 50), ("main > a::x", 5), ("main > a::y", 5)],
        &[("a::f", 1), ("a::x", 2), ("a::y", 2)],
    );
    let new = with_bodies(
        &[("main > b::m::other", 20), ("main > q::one", 5), ("main > q::two", 5)],
        &[("b::m::other", 1), ("q::one", 2), ("q::two", 2)],
    );
    let matching = matched(&base, &new, &Hints::default());
    assert_eq!(pairs(&matching), [("a::f", "b::m::other", Rule::Body)]);
}

#[test]
fn what_has_a_path_in_its_name_goes_along_with_it() {
    let drop = "core::ptr::drop_in_place";
    let of = |path: &str, extra: &str| -> Vec<(String, u64)> {
        vec![
            (format!("main > {path}::Buffer::fill"), 50),
            (format!("main > {drop}<{path}::Buffer> > {extra}"), 30),
            (format!("main > <{path}::Buffer as core::fmt::Debug>::fmt > {path}::unseen"), 20),
        ]
    };
    let profile = |samples: &[(String, u64)], path: &str| {
        let samples: Vec<(&str, u64)> = samples.iter().map(|(p, w)| (&**p, *w)).collect();
        with_bodies(&samples, &[(&format!("{path}::Buffer::fill"), 1)])
    };
    let base = profile(&of("a::m", "free"), "a::m");
    let new = profile(&of("b", "free"), "b");
    let matching = matched(&base, &new, &Hints::default());
    assert_eq!(
        pairs(&matching),
        [
            (
                "<a::m::Buffer as core::fmt::Debug>::fmt",
                "<b::Buffer as core::fmt::Debug>::fmt",
                Rule::Body
            ),
            ("a::m::Buffer::fill", "b::Buffer::fill", Rule::Body),
            ("a::m::unseen", "b::unseen", Rule::Body),
            (
                "core::ptr::drop_in_place<a::m::Buffer>",
                "core::ptr::drop_in_place<b::Buffer>",
                Rule::Body
            ),
        ]
    );
    assert_eq!(matching.unmatched, [vec![], vec![]]);
}

#[test]
fn what_costs_nothing_is_put_together_with_nothing() {
    let one = profile(&[("main > a::g", 60)]);
    let two = profile(&[("main > a::wrapper > a::g", 60)]);
    for (base, new) in [(&one, &two), (&two, &one)] {
        assert_eq!(groups(&matched(base, new, &Hints::default())), Vec::<String>::new());
    }
}

#[test]
fn moved_files_tell_which_name_is_which() {
    let base = profile(&[("main > a::old::run > a::x::run", 50), ("main > a::new", 9)]);
    let new = profile(&[("main > b::fresh::run > a::x::run", 20), ("main > b::y::new", 9)]);
    let moved_files = vec![("src/old.rs".to_owned(), "crates/b/src/fresh.rs".to_owned())];
    let matching = matched(&base, &new, &Hints { moved_files, ..Hints::default() });
    assert_eq!(pairs(&matching)[0], ("a::old::run", "b::fresh::run", Rule::File));
}

#[test]
fn callers_and_callees_are_enough_when_there_are_three() {
    let with = |name: &str, own: u64| {
        let path = |rest: &str| format!("main > a::caller > {name}{rest}");
        let samples: Vec<(String, u64)> = vec![
            (path(""), own),
            (path(" > b::one"), 20),
            (path(" > b::two"), 10),
            ("main > a::caller > c::else".to_owned(), 40),
        ];
        let samples: Vec<(&str, u64)> = samples.iter().map(|(p, w)| (&**p, *w)).collect();
        profile(&samples)
    };
    // It got slower, and has another name altogether.
    let matching = matched(&with("a::work", 30), &with("z::Q::juggle", 80), &Hints::default());
    assert_eq!(pairs(&matching), [("a::work", "z::Q::juggle", Rule::Context)]);
    let [pair] = &matching.pairs[..] else { panic!() };
    assert!(pair.confidence > 0.9 && pair.runner_up.is_none(), "{pair:?}");
}

#[test]
fn who_calls_is_enough_where_nobody_else_is_left() {
    let samples = |name: &str, weights: [u64; 3], more: &[(&str, u64)]| -> Profile {
        let mut all: Vec<(String, u64)> = ["b::one", "b::two", "b::three"]
            .iter()
            .zip(weights)
            .map(|(callee, weight)| (format!("main > a::caller > {name} > {callee}"), weight))
            .collect();
        all.push(("main > a::caller > c::else".to_owned(), 40));
        all.extend(
            more.iter().map(|(path, weight)| (format!("main > a::caller > {path}"), *weight)),
        );
        profile(&all.iter().map(|(path, weight)| (&**path, *weight)).collect::<Vec<_>>())
    };
    // One of its callees takes five times as long, so that all weigh otherwise.
    let base = samples("a::work", [20, 20, 20], &[]);
    let matching = matched(&base, &samples("z::juggle", [300, 20, 20], &[]), &Hints::default());
    assert_eq!(pairs(&matching), [("a::work", "z::juggle", Rule::Context)]);
    // Two might be it.
    let two = samples(
        "z::juggle",
        [300, 20, 20],
        &[("z::other > b::one", 30), ("z::other > b::two", 30)],
    );
    assert_eq!(pairs(&matched(&base, &two, &Hints::default())), []);
}

#[test]
fn similar_names_count_where_the_caller_agrees() {
    let base = profile(&[("a::main > a::parse_line", 50), ("a::main > a::g", 50)]);
    let new = profile(&[("a::main > a::parse_text_line", 60), ("a::main > a::g", 50)]);
    let matching = matched(&base, &new, &Hints::default());
    assert_eq!(pairs(&matching), [("a::parse_line", "a::parse_text_line", Rule::Similar)]);
    // Two that are equally similar: none.
    let new = profile(&[
        ("a::main > a::parse_line1", 50),
        ("a::main > a::parse_line2", 50),
        ("a::main > a::g", 50),
    ]);
    assert_eq!(pairs(&matched(&base, &new, &Hints::default())), []);
}

#[test]
fn libraries_are_not_renamed() {
    let base = profile(&[("main > core::slice::sort", 50), ("main > memcpy", 50)]);
    let new = profile(&[("main > core::slice::sorts", 50), ("main > memmove", 50)]);
    let matching = matched(&base, &new, &Hints::default());
    assert_eq!((pairs(&matching), groups(&matching)), (vec![], vec![]));
    assert_eq!(matching.unmatched[0].len(), 2);
}

#[test]
fn what_is_left_over_is_put_together() {
    let whole = profile(&[("main > a::tokenize", 60), ("main > a::g", 40)]);
    let split =
        profile(&[("main > a::scan_words", 35), ("main > a::lookup", 25), ("main > a::g", 40)]);
    let hints = Hints::default();
    assert_eq!(
        groups(&matched(&whole, &split, &hints)),
        ["split in main: a::tokenize -> a::lookup+a::scan_words with -"]
    );
    assert_eq!(
        groups(&matched(&split, &whole, &hints)),
        ["merged in main: a::lookup+a::scan_words -> a::tokenize with -"]
    );
    let one = profile(&[("main > a::g", 60), ("main > a::h", 40)]);
    let two = profile(&[("main > a::g", 25), ("main > a::g > a::part", 35), ("main > a::h", 40)]);
    assert_eq!(groups(&matched(&one, &two, &hints)), ["extracted in a::g:  -> a::part with a::g"]);
    assert_eq!(groups(&matched(&two, &one, &hints)), ["inlined in a::g: a::part ->  with a::g"]);
    // Something new that nobody gave up is new.
    let more = profile(&[("main > a::g", 60), ("main > a::g > a::part", 35), ("main > a::h", 40)]);
    assert_eq!(groups(&matched(&one, &more, &hints)), Vec::<String>::new());
}
