//! Flamegraphs, read back with an XML parser.

use std::collections::BTreeMap;

use perfbase::diff::{DiffNode, DiffTree};
use perfbase::render::flamegraph::{
    DifferentialOptions, FlamegraphOptions, differential, flamegraph,
};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::example;

/// A frame as a viewer sees it.
#[derive(Clone, Debug, PartialEq)]
struct Frame {
    title: String,
    fill: String,
    label: String,
    x: u64,
    width: u64,
}

/// The frames of a picture, by the name in their title. Panics unless it is well-formed.
fn frames(svg: &str) -> BTreeMap<String, Frame> {
    assert!(!svg.contains(|c: char| c.is_control() && !c.is_ascii_whitespace()));
    let mut reader = Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let (mut inside, mut element) = (false, Vec::new());
    let mut frames: Vec<Frame> = Vec::new();
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(start) => {
                let name = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
                inside |= attribute(&start, "id").as_deref() == Some("frames");
                if inside && name == "g" {
                    frames.push(Frame {
                        title: String::new(),
                        fill: String::new(),
                        label: String::new(),
                        x: 0,
                        width: 0,
                    });
                }
                element.push(name);
            }
            Event::Empty(rect) if inside => {
                let frame = frames.last_mut().unwrap();
                frame.fill = attribute(&rect, "fill").unwrap();
                frame.x = attribute(&rect, "fg:x").unwrap().parse().unwrap();
                frame.width = attribute(&rect, "fg:w").unwrap().parse().unwrap();
            }
            Event::Text(text) if inside => {
                add(&mut frames, &element, &text.decode().unwrap());
            }
            Event::GeneralRef(reference) if inside => {
                let resolved = match reference.resolve_char_ref().unwrap() {
                    Some(c) => c.to_string(),
                    None => quick_xml::escape::resolve_xml_entity(&reference.decode().unwrap())
                        .expect("a known entity")
                        .to_owned(),
                };
                add(&mut frames, &element, &resolved);
            }
            Event::End(_) => {
                element.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(element.is_empty());
    frames
        .into_iter()
        .map(|frame| (frame.title.rsplit_once(" (").unwrap().0.to_owned(), frame))
        .collect()
}

fn add(frames: &mut [Frame], element: &[String], text: &str) {
    match element.last().map(String::as_str) {
        Some("title") => frames.last_mut().unwrap().title.push_str(text),
        Some("text") => frames.last_mut().unwrap().label.push_str(text),
        _ => {}
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let value = element.try_get_attribute(name).unwrap()?.value;
    Some(String::from_utf8(value.into_owned()).unwrap())
}

type Row<'a> = (Option<u32>, &'a str, [f64; 2]);

/// A tree from self weights.
fn tree(rows: &[Row<'_>]) -> DiffTree {
    let mut tree = DiffTree::default();
    let mut names = perfbase::model::Strings::default();
    for &(parent, name, selfs) in rows {
        let name = names.intern(name);
        tree.nodes.push(DiffNode { parent, name, selfs, totals: selfs });
    }
    tree.names = names.into();
    for index in (0..tree.nodes.len()).rev() {
        if let Some(parent) = tree.nodes[index].parent {
            let totals = tree.nodes[index].totals;
            tree.nodes[parent as usize].totals[0] += totals[0];
            tree.nodes[parent as usize].totals[1] += totals[1];
        }
    }
    tree
}

const ROWS: [Row<'_>; 6] = [
    (None, "main", [10_000.0, 10_000.0]),
    (Some(0), "parent", [20_000.0, 20_000.0]),
    (Some(1), "leaf", [30_000.0, 38_000.0]),
    (Some(0), "steady", [30_000.0, 30_000.0]),
    (Some(0), "gone", [10_000.0, 0.0]),
    (Some(0), "come", [0.0, 9_000.0]),
];

fn drawn(rows: &[Row<'_>]) -> BTreeMap<String, Frame> {
    let options = DifferentialOptions { title: "parse/large", unit: Some("ns") };
    frames(&differential(&tree(rows), &options))
}

/// Red, green, blue.
fn channels(fill: &str) -> [u8; 3] {
    let digits = fill.strip_prefix('#').unwrap();
    [0, 2, 4].map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
}

#[test]
fn callers_of_what_grew_are_red() {
    let frames = drawn(&ROWS);
    assert_eq!(frames["leaf"].fill, frames["parent"].fill);
    let [red, green, blue] = channels(&frames["parent"].fill);
    assert!(red == 255 && green < 200 && green == blue, "{red} {green} {blue}");
    assert_eq!(frames["steady"].fill, "#ffffff");
    assert_eq!(frames["parent"].title, "parent (50.00 µs → 58.00 µs, +8.00 µs, +16.0 %)");
    assert_eq!(frames["come"].title, "come (new: 9.000 µs)");
    assert_eq!(frames["gone"].title, "gone (vanished: 10.00 µs)");
    assert_ne!(frames["come"].fill, frames["gone"].fill);
    // 100 µs and 107 µs: the vanished 10 µs take room as well.
    let whole = frames["all"].width as f64;
    assert!((frames["gone"].width as f64 / whole - 10.0 / 117.0).abs() < 1e-5);
    assert_eq!(frames["main"].title, "main (100.0 µs → 107.0 µs, +7.00 µs, +7.0 %)");
}

#[test]
fn swapped_sides_mirror_colours() {
    let swapped: Vec<_> = ROWS.iter().map(|&(p, name, [a, b])| (p, name, [b, a])).collect();
    let (there, back) = (drawn(&ROWS), drawn(&swapped));
    for name in ["all", "main", "parent", "leaf", "steady"] {
        let [red, green, blue] = channels(&there[name].fill);
        assert_eq!(channels(&back[name].fill), [blue, green, red], "{name}");
        assert_eq!((there[name].x, there[name].width), (back[name].x, back[name].width));
    }
    assert_eq!(there["come"].fill, back["gone"].fill);
    assert_eq!(there["gone"].fill, back["come"].fill);
}

#[test]
fn equal_sides_are_white() {
    let rows: Vec<_> = ROWS.iter().map(|&(p, name, [a, _])| (p, name, [a, a])).collect();
    let frames = drawn(&rows);
    assert!(!frames.contains_key("come"));
    for (name, frame) in &frames {
        assert_eq!(frame.fill, "#ffffff", "{name}");
    }
}

#[test]
fn shares_are_told_in_points() {
    let tree = tree(&[(None, "main", [0.25, 0.25]), (Some(0), "leaf", [0.75, 0.5])]);
    let svg = differential(&tree, &DifferentialOptions { title: "x", unit: None });
    assert_eq!(
        frames(&svg)["leaf"].title,
        "leaf (75.0 % → 50.0 %, \u{2212}25.0 points, \u{2212}33.3 %)"
    );
}

#[test]
fn a_profile() {
    let options = FlamegraphOptions::new("parse/large", Some(("ns", 982_100.0)));
    let svg = flamegraph(&example::stacks(), &options);
    assert_eq!(svg, flamegraph(&example::stacks(), &options));
    let frames = frames(&svg);
    assert_eq!(frames["jsonette::hash::fnv"].title, "jsonette::hash::fnv (306.4 µs, 31.2 %)");
    assert_eq!(frames["jsonette::hash::fnv"].label, "jsonette::hash::fnv");
    assert_eq!(frames["all"].title, "all (982.1 µs, 100.0 %)");
    let whole = frames["all"].width as f64;
    assert!((frames["jsonette::hash::fnv"].width as f64 / whole - 0.312).abs() < 1e-5);
    // Callees stand above their caller.
    let (caller, callee) = (&frames["jsonette::de::from_slice"], &frames["jsonette::hash::fnv"]);
    assert!(caller.x <= callee.x && callee.x + callee.width <= caller.x + caller.width);
}

#[test]
fn large_profiles_give_small_pictures() {
    let name = |level: usize, n: usize| format!("some_crate::module_{level}::function_number_{n}");
    let stacks: Vec<(Vec<String>, u64)> = (0..3000)
        .map(|n| (vec![name(0, 0), name(1, n % 7), name(2, n % 89), name(3, n)], 1 + n as u64))
        .collect();
    let borrowed: Vec<(Vec<&str>, u64)> = stacks
        .iter()
        .map(|(path, weight)| (path.iter().map(String::as_str).collect(), *weight))
        .collect();
    let stacks: Vec<(&[&str], u64)> = borrowed.iter().map(|(p, w)| (&**p, *w)).collect();
    let svg = flamegraph(&example::profile_of(&stacks), &FlamegraphOptions::new("many", None));
    assert!(svg.len() < 50_000, "{}", svg.len());
    assert!(frames(&svg).len() > 60);
}

#[test]
fn recursion_is_folded_where_it_would_take_all_the_room() {
    // As rayon's: 60 levels of ten functions, each of which does some work by way of `work`.
    let plumbing: Vec<String> = (0..10).map(|n| format!("pool::join::function_{n}")).collect();
    let stacks: Vec<Vec<&str>> = (1..60)
        .map(|depth| {
            let calls = plumbing.iter().cycle().take(10 * depth).map(String::as_str);
            std::iter::once("main").chain(calls).chain(["own::work"]).collect()
        })
        .collect();
    let stacks: Vec<(&[&str], u64)> = stacks.iter().map(|path| (&**path, 10)).collect();
    let profile = example::profile_of(&stacks);
    let svg = flamegraph(&profile, &FlamegraphOptions::new("deep", None));
    assert!(svg.contains("; recursion folded<"));
    let drawn = frames(&svg);
    assert_eq!(drawn.len(), 1 + 1 + 10 + 1, "all, main, the pool's, work");
    for frame in drawn.values() {
        assert!(frame.title.ends_with("(100.0 %)"), "{}", frame.title);
    }
    // Where there is room, everything is as deep as it was.
    let some = example::profile_of(&stacks[..3]);
    let svg = flamegraph(&some, &FlamegraphOptions::new("shallow", None));
    assert!(!svg.contains("recursion folded"));
    assert_eq!(svg.matches("<title>pool::join::function_0 (").count(), 3);
}

#[test]
fn a_picture_keeps_to_its_bytes() {
    let name = |n: usize| format!("some_crate::module_{}::function_number_{n}", n % 7);
    let names: Vec<String> = (0..1000).map(name).collect();
    // Four chains of frames that are all wide enough to matter, and no recursion.
    let stacks: Vec<Vec<&str>> = (0..4)
        .map(|chain| names[250 * chain..250 * (chain + 1)].iter().map(String::as_str).collect())
        .collect();
    let stacks: Vec<(&[&str], u64)> = stacks.iter().zip(100..).map(|(p, w)| (&**p, w)).collect();
    let profile = example::profile_of(&stacks);
    for bytes in [30_000, 60_000, 100_000] {
        let options = FlamegraphOptions { bytes, ..FlamegraphOptions::new("wide", None) };
        let svg = flamegraph(&profile, &options);
        assert!((bytes / 2..bytes).contains(&svg.len()), "{} of {bytes}", svg.len());
    }
}

#[test]
fn nothing_is_a_picture_too() {
    let svg = differential(&DiffTree::default(), &DifferentialOptions { title: "a&b", unit: None });
    let mut reader = Reader::from_str(&svg);
    while !matches!(reader.read_event().expect("well-formed"), Event::Eof) {}
    assert!(svg.contains("a&amp;b: no samples"));
}

#[test]
fn names_are_inert() {
    for name in example::HOSTILE {
        let name = name();
        let tree = tree(&[(None, "main", [10.0, 10.0]), (Some(0), &name, [80.0, 90.0])]);
        let options = DifferentialOptions { title: &name, unit: Some("ns") };
        let profile = example::profile_of(&[(&["main", &name], 90), (&["main"], 10)]);
        for svg in [
            differential(&tree, &options),
            flamegraph(&profile, &FlamegraphOptions::new(&name, None)),
        ] {
            assert_eq!(frames(&svg).len(), 3, "{name:.40}");
            // The one script is inferno's.
            assert_eq!(svg.matches("<script").count(), 1, "{name:.40}");
            assert!(!svg.contains(example::is_active), "{name:.40}");
            assert!(svg.len() < 30_000, "{name:.40} {}", svg.len());
        }
    }
}
