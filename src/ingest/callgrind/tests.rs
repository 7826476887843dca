use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::model::{Handle as _, Location};

/// Instructions by stack of addresses, outermost first.
type Stacks = BTreeMap<Vec<u64>, u64>;

fn stacks(recording: &Recording) -> Stacks {
    let address = |id: crate::model::LocationId| match recording.locations[id.index()] {
        Location::Image { address, .. } | Location::Unknown { address } => address,
        Location::Truncated => u64::MAX,
    };
    let mut all = Stacks::new();
    for sample in &recording.samples {
        assert_eq!(sample.count, sample.weight);
        let stack = recording.stacks.root_first(sample.stack).into_iter().map(address).collect();
        assert_eq!(all.insert(stack, sample.weight), None, "equal samples are merged");
    }
    assert_eq!(all.values().sum::<u64>(), recording.health.samples);
    all
}

fn reading(text: &str) -> Reading {
    parse(text.as_bytes(), &Objects::new()).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

fn error(text: &str) -> FormatError {
    parse(text.as_bytes(), &Objects::new()).unwrap_err()
}

fn expect(text: &str, expected: &[(&[u64], u64)]) {
    let expected: Stacks = expected.iter().map(|&(stack, cost)| (stack.to_vec(), cost)).collect();
    assert_eq!(stacks(&reading(text).recording), expected);
}

/// The example of callgrind's manual (3.1.4), with addresses instead of lines.
const MANUAL: &str = "events: Ir\npositions: instr\nfl=file1.c\nfn=main\n0x10 20\ncfn=func1\n\
    calls=1 0x50\n0x11 400\ncfi=file2.c\ncfn=func2\ncalls=3 0x20\n0x12 400\nfn=func1\n0x51 100\n\
    cfi=file2.c\ncfn=func2\ncalls=2 0x20\n0x52 300\nfl=file2.c\nfn=func2\n0x20 700\ntotals: 820\n";

#[test]
fn the_manuals_example() {
    expect(
        MANUAL,
        &[(&[0x10], 20), (&[0x11, 0x51], 100), (&[0x11, 0x52, 0x20], 300), (&[0x12, 0x20], 400)],
    );
}

#[test]
fn the_seeds_of_the_fuzzer() {
    // Numbered names, relative positions, parts, jumps; `work` calls itself.
    let text = include_str!("../../../tests/fuzz/seeds/callgrind/contexts");
    expect(
        text,
        &[
            (&[0x10], 1),
            (&[0x10, 0x100], 5),
            (&[0x10, 0x103], 2),
            (&[0x10, 0x108], 1),
            (&[0x10, 0x103, 0x200], 11),
            (&[0x10, 0x103, 0x204], 7),
        ],
    );
    // Several events, two positions, two places of one call, and a circle of `c` and `d`.
    let text = include_str!("../../../tests/fuzz/seeds/callgrind/columns");
    let reading = reading(text);
    let names: Vec<_> = reading.columns.iter().map(|column| column.event.name()).collect();
    assert_eq!(names, ["Dr", "Dw", "I1mr"]);
    let sums: Vec<u64> = reading.columns.iter().map(|column| column.counts.iter().sum()).collect();
    assert_eq!(sums, [4, 3, 11]);
    assert_eq!(reading.recording.health.samples, 1 + 5 + 1 + 4 + 8);
}

#[test]
fn events_that_nobody_knows_are_left_out() {
    let text = "positions: instr\nevents: sysTime D1mr Ir Xy\nfn=f\n1 9 2 5 1\n2 9 0 0 1\n3 0 7\n\
                totals: 18 9 5 2\n";
    let reading = reading(text);
    assert_eq!(reading.recording.health.samples, 5);
    let columns: Vec<_> = reading.columns.iter().map(|c| (c.event.name(), &c.counts[..])).collect();
    // Where only something unknown happened nothing is known to have.
    assert_eq!(columns, [("D1mr", &[2, 7][..])]);
    let weights: Vec<u64> = reading.recording.samples.iter().map(|sample| sample.weight).collect();
    assert_eq!(weights, [5, 0]);
    assert_eq!(reading.columns[0].samples(&reading.recording).len(), 2);
    // The same events in every part, the unknown ones too.
    let parts = text.replace("totals: 18 9 5 2\n", "totals: 18 9 5 2\nevents: Ir D1mr\n");
    assert!(matches!(error(&parts), FormatError::Events));
}

#[test]
fn what_happens_below_several_places_is_divided_among_them() {
    // `f` calls `g` from two places, 30 and 10; `g` does 3 of 40 itself, the rest in `h`.
    let text = "events: Ir\npositions: instr\nfn=f\n1 1\ncfn=g\ncalls=1 10\n2 30\ncfn=g\n\
        calls=1 10\n3 10\nfn=g\n10 3\ncfn=h\ncalls=1 20\n11 37\nfn=h\n20 18\n21 19\ntotals: 41\n";
    let found = stacks(&reading(text).recording);
    let below = |first| {
        found.iter().filter(|(stack, _)| stack[0] == first).map(|(_, cost)| cost).sum::<u64>()
    };
    assert_eq!((below(1), below(2), below(3)), (1, 30, 10), "what each call cost is exact");
    let of = |last| {
        found.iter().filter(|(stack, _)| stack.last() == Some(&last)).map(|(_, c)| c).sum::<u64>()
    };
    assert_eq!((of(10), of(20), of(21)), (3, 18, 19), "what each instruction cost is exact");
}

#[test]
fn circles_are_entered_once() {
    // 1 → a ⇄ b → c; `a` was entered from the root, and what the calls within the circle cost
    // counts inner calls again and again.
    let text = "events: Ir\npositions: instr\nfn=root\n1 1\ncfn=a\ncalls=1 10\n2 60\nfn=a\n10 10\n\
        cfn=b\ncalls=9 20\n11 300\nfn=b\n20 20\ncfn=a\ncalls=8 10\n21 250\ncfn=c\ncalls=2 30\n\
        22 30\nfn=c\n30 30\ntotals: 61\n";
    expect(text, &[(&[1], 1), (&[2, 10], 10), (&[2, 11, 20], 20), (&[2, 11, 22, 30], 30)]);
}

#[test]
fn a_thread_begins_where_nobody_called() {
    // `f` is called by main for 5, and begins a thread with the rest.
    let text = "events: Ir\npositions: instr\nfn=main\n1 1\ncfn=f\ncalls=1 10\n2 5\nfn=f\n10 20\n\
        totals: 21\n";
    expect(text, &[(&[1], 1), (&[2, 10], 5), (&[10], 15)]);
}

#[test]
fn names_may_be_defined_below_another_object() {
    let text = "events: Ir\npositions: instr\nob=(1) /no/a\nfn=(1) one\nfn=(2) two\n5 1\nob=(2) /no/b\n\
        fn=(1)\n5 2\nob=(1)\nfn=(3)\n5 4\ntotals: 7\n";
    let recording = reading(text).recording;
    let paths: Vec<_> = recording.images.iter().map(|image| &*image.path).collect();
    assert_eq!(paths, ["/no/a", "/no/b"]);
    let mut weights = [0, 0];
    for sample in &recording.samples {
        let location = recording.locations[recording.stacks.get(sample.stack).frame.index()];
        let Location::Image { image, address: 5 } = location else { panic!("{location:?}") };
        weights[image.index()] += sample.weight;
    }
    assert_eq!(weights, [5, 2]);
}

#[test]
fn what_does_not_add_up_is_refused() {
    assert!(matches!(
        error(&MANUAL.replace("820", "821")),
        FormatError::Sum { found: 820, stated: 821 }
    ));
    assert!(matches!(error(&MANUAL.replace("totals: 820\n", "")), FormatError::Cut));
    assert!(matches!(error(&MANUAL[..MANUAL.len() - 30]), FormatError::Cut));
    let headed = |sum: u64| {
        format!("summary: {sum}\n{}", MANUAL.replace("totals: 820\n", ""))
            .replace("summary", "events: Ir\nsummary")
    };
    assert_eq!(stacks(&reading(&headed(820)).recording).values().sum::<u64>(), 820);
    assert!(matches!(error(&headed(819)), FormatError::Sum { .. }));
    assert!(matches!(error(&headed(900)), FormatError::Cut));
    let much = format!("events: Ir\npositions: instr\nfn=f\n1 {0}\ntotals: {0}\n", u64::MAX);
    assert!(matches!(error(&much), FormatError::Weight));
}

#[test]
fn other_files_and_damaged_lines_are_told() {
    assert!(matches!(error(""), FormatError::Foreign));
    assert!(matches!(error("\x7fELF\x02\n"), FormatError::Foreign));
    assert!(matches!(error("version: 2\n"), FormatError::Foreign));
    assert!(matches!(error("events: Ir\nfn=f\n1 1\n"), FormatError::NoAddresses));
    assert!(matches!(error("events: Ir\npositions: line\n"), FormatError::NoAddresses));
    assert!(matches!(error("positions: instr\nevents: Dr\n"), FormatError::NoInstructions));
    let changed = "positions: instr\nevents: Ir\npart: 2\nevents: Ir Dr\n";
    assert!(matches!(error(changed), FormatError::Events));
    let head = "positions: instr\nevents: Ir\nfn=f\n";
    for bad in [
        "1 2 3",
        "1 x",
        "+1x 2",
        "-1 2",
        "calls=1 5\n1 1",
        "fn=(3",
        "ob=(3)",
        "1 99999999999999999999",
        "?",
        "fn",
        "cob=(9)",
    ] {
        let text = format!("{head}{bad}\n");
        assert!(matches!(error(&text), FormatError::Line { number: 4 | 5 }), "{bad}");
    }
    // What is not known is no reason to refuse.
    assert!(
        parse(format!("{head}1 1\nzz=1\nzz: 2\ntotals: 1\n").as_bytes(), &Objects::new()).is_ok()
    );
}

#[test]
fn processes_are_told_apart_and_killed_ones_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("callgrind.out");
    let objects = Objects::new();
    assert!(matches!(read(&output, &objects), Err(Error::Missing { .. })));
    let of = |pid: u32, command: &str| format!("pid: {pid}\ncmd: {command}\n{MANUAL}");
    std::fs::write(output.with_extension("out.8"), "").unwrap();
    assert!(matches!(read(&output, &objects), Err(Error::Missing { .. })));
    std::fs::write(output.with_extension("out.7"), of(7, "/x/app --test")).unwrap();
    std::fs::write(output.with_extension("out.11"), of(11, "child")).unwrap();
    let reading = read(&output, &objects).unwrap();
    let recording = reading.recording;
    let threads: Vec<_> =
        recording.threads.iter().map(|thread| (thread.pid, &*thread.process)).collect();
    assert_eq!(threads, [(7, "app"), (11, "child")]);
    for (index, _) in threads.iter().enumerate() {
        let own = recording.samples.iter().filter(|sample| sample.thread.index() == index);
        assert_eq!(own.map(|sample| sample.weight).sum::<u64>(), 820);
    }
    std::fs::write(output.with_extension("out.12"), "events: Dr\n").unwrap();
    assert!(matches!(read(&output, &objects), Err(Error::Format { .. })));
}

#[test]
fn many_placements_and_deep_stacks_stay_within_measure() {
    // Twenty levels of two places each are a million ways, and a chain of a thousand calls.
    let mut text = String::from("events: Ir\npositions: instr\n");
    let mut total = 0_u64;
    for level in 0..20_u64 {
        let below = (21 - level) * 1000;
        let _ = writeln!(text, "fn=(1{level})\n{level}0 1000");
        total += 1000;
        for place in 1..=2 {
            let half = (below - 1000) / 2;
            let _ = writeln!(text, "cfn=(1{})\ncalls=1 1\n{level}{place} {half}", level + 1);
        }
    }
    let _ = writeln!(text, "fn=(120)\n7 1000");
    total += 1000;
    for link in 0..1000_u64 {
        let _ = writeln!(
            text,
            "fn=chain{link}\n9{link} 1\ncfn=chain{}\ncalls=1 1\n8{link} {}",
            link + 1,
            1000 - link
        );
        total += 1;
    }
    let _ = writeln!(text, "fn=chain1000\n91000 1\ntotals: {}", total + 1);
    let recording = reading(&text).recording;
    assert_eq!(recording.health.samples, total + 1);
    assert!(recording.samples.len() < 30 * 64 + 1002);
    let depth =
        |sample: &crate::model::RawSample| recording.stacks.leaf_first(sample.stack).count();
    assert_eq!(recording.samples.iter().map(depth).max(), Some(513));
}

/// A tree of calls as callgrind sees it with every context apart: each node has its own cost, and
/// is called from one of two places of an earlier one.
fn tree() -> impl Strategy<Value = Vec<(u64, usize, u64)>> {
    proptest::collection::vec((0..50_u64, any::<prop::sample::Index>(), 0..2_u64), 1..40).prop_map(
        |nodes| {
            let parent =
                |at: usize, index: prop::sample::Index| if at == 0 { 0 } else { index.index(at) };
            let all = nodes.into_iter().enumerate();
            all.map(|(at, (cost, index, place))| (cost, parent(at, index), place)).collect()
        },
    )
}

/// What each node cost with all that it called.
fn inclusive(nodes: &[(u64, usize, u64)]) -> Vec<u64> {
    let mut sums: Vec<u64> = nodes.iter().map(|&(cost, ..)| cost).collect();
    for at in (1..nodes.len()).rev() {
        sums[nodes[at].1] += sums[at];
    }
    sums
}

/// The file for a tree, in which each node has the name of `name`.
fn file(nodes: &[(u64, usize, u64)], name: impl Fn(usize) -> usize) -> String {
    let sums = inclusive(nodes);
    let mut text = String::from("events: Ir\npositions: instr\n");
    for (at, &(cost, ..)) in nodes.iter().enumerate() {
        let own = name(at) as u64;
        let _ = writeln!(text, "fn=({own})\n{} {cost}", 100 * own);
        for (called, &(_, parent, place)) in nodes.iter().enumerate().skip(1) {
            if parent == at {
                let place = 100 * own + 1 + place;
                let _ =
                    writeln!(text, "cfn=({})\ncalls=1 1\n{place} {}", name(called), sums[called]);
            }
        }
    }
    let _ = writeln!(text, "totals: {}", sums[0]);
    text
}

proptest! {
    #[test]
    fn contexts_give_every_stack(nodes in tree()) {
        let mut expected = Stacks::new();
        for (at, &(cost, ..)) in nodes.iter().enumerate() {
            let mut stack = vec![100 * at as u64];
            let mut node = at;
            while node != 0 {
                let (_, parent, place) = nodes[node];
                stack.insert(0, 100 * parent as u64 + 1 + place);
                node = parent;
            }
            if cost > 0 {
                expected.insert(stack, cost);
            }
        }
        prop_assert_eq!(stacks(&reading(&file(&nodes, |at| at)).recording), expected);
    }

    #[test]
    fn without_contexts_costs_of_functions_stay_exact(nodes in tree(), names in 1..9_usize) {
        let text = file(&nodes, |at| at % names);
        let mut expected = BTreeMap::new();
        for (at, &(cost, ..)) in nodes.iter().enumerate() {
            *expected.entry(100 * (at % names) as u64).or_insert(0) += cost;
        }
        expected.retain(|_, cost| *cost > 0);
        let mut found = BTreeMap::new();
        for (stack, cost) in stacks(&reading(&text).recording) {
            *found.entry(stack[stack.len() - 1]).or_insert(0) += cost;
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_text_makes_it_panic(
        lines in proptest::collection::vec(
            "(ob|cob|fn|cfn|calls|jump|fl)=(\\([0-3]\\))?( ?[a-c1-3])?( [0-9])?|[+*-]?[0-9]? [0-9]{0,3}( [0-9])?|totals: [0-9]|part: 1",
            0..60,
        ),
    ) {
        let text = format!("positions: instr\nevents: Ir Dr\n{}\n", lines.join("\n"));
        let _ = parse(text.as_bytes(), &Objects::new());
    }
}
