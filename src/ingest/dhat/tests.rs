use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::model::{Handle as _, Location, LocationId};

/// Bytes and blocks by stack, outermost first; addresses are relative where they are in a file.
type Stacks = HashMap<Vec<Location>, (u64, u64)>;

fn stacks(recording: &Recording) -> Stacks {
    let location = |id: LocationId| recording.locations[id.index()];
    let mut all = Stacks::new();
    for sample in &recording.samples {
        let stack = recording.stacks.root_first(sample.stack).into_iter().map(location).collect();
        let before = all.insert(stack, (sample.weight, sample.count));
        assert_eq!(before, None, "equal samples are merged");
    }
    assert_eq!(all.values().map(|(_, blocks)| blocks).sum::<u64>(), recording.health.samples);
    all
}

/// A profile with these points, each with bytes, blocks and frames, of which all else is a part.
fn profile(points: &[(u64, u64, &[usize])], frames: &[&str]) -> String {
    let points: Vec<String> = points
        .iter()
        .map(|(bytes, blocks, frames)| {
            format!(
                r#"{{"tb":{bytes},"tbk":{blocks},"tl":1,"mb":{},"mbk":1,"gb":{},"gbk":1,
                "eb":0,"ebk":0,"rb":1,"wb":1,"acc":[-3,1],"fs":{frames:?}}}"#,
                bytes / 2,
                bytes / 4
            )
        })
        .collect();
    format!(
        r#"{{"dhatFileVersion":2,"mode":"heap","verb":"Allocated","bklt":true,"cmd":"/x/app --test",
        "pid":7,"te":9,"tg":5,"pps":[{}],"ftbl":{frames:?}}}"#,
        points.join(",")
    )
}

/// This test's own executable, as it would be in memory, and the log that says so.
fn own(bias: u64) -> (String, u64, u64) {
    let path = std::env::current_exe().unwrap();
    let objects = Objects::new();
    let object = objects.open(&path, None).unwrap();
    let code = object.segments().iter().find(|segment| segment.executable).unwrap();
    let path = path.to_str().unwrap();
    let log = format!(
        "--7-- Reading syms from {path}\n--7--    svma 0x{:x}, avma 0x{:x}\n",
        code.address,
        code.address + bias
    );
    (log, code.address + bias, code.address - object.base())
}

#[test]
#[cfg(target_os = "linux")]
fn addresses_become_those_of_files_and_what_is_nowhere_is_left_out() {
    let (log, actual, relative) = own(0x10_0000);
    let at = |offset: u64| format!("0x{:X}: f::g (lib.rs:1)", actual + offset);
    let (inner, outer) = (at(0x10), at(0x20));
    let frames = ["[root]", &inner, &outer, "0x1FFF0006A7: ???", "0x37: ???"];
    // What unwinding found beyond the first function is none; the two are one stack.
    let text = profile(&[(64, 2, &[1, 2, 3, 4]), (6, 1, &[1, 2]), (8, 1, &[3])], &frames);
    let reading = parse(text.as_bytes(), log.as_bytes(), &Objects::new()).unwrap();
    let image = crate::model::ImageId::from_index(0);
    let location = |offset| Location::Image { image, address: relative + offset };
    let unknown = Location::Unknown { address: 0x1F_FF00_06A7 };
    let expected =
        Stacks::from([(vec![location(0x20), location(0x10)], (70, 3)), (vec![unknown], (8, 1))]);
    assert_eq!(stacks(&reading.allocated), expected);
    assert_eq!(stacks(&reading.most)[&vec![unknown]], (4, 1));
    assert_eq!(stacks(&reading.peak)[&vec![location(0x20), location(0x10)]], (16 + 1, 2));
    assert_eq!(stacks(&reading.kept), Stacks::new());
    let thread = &reading.allocated.threads[0];
    assert_eq!((thread.pid, &*thread.process), (7, "app"));
    assert_eq!(reading.allocated.weight, Weight::AllocatedBytes);
}

#[test]
#[cfg(target_os = "linux")]
fn the_function_in_the_place_of_malloc_is_valgrinds() {
    let folder = tempfile::tempdir().unwrap();
    let preloaded = folder.path().join("vgpreload_dhat-amd64-linux.so");
    std::fs::copy(std::env::current_exe().unwrap(), &preloaded).unwrap();
    let (log, actual, relative) = own(0x10_0000);
    let (other, replaced, _) = own(0x7000_0000);
    let path = std::env::current_exe().unwrap();
    let other = other.replace(path.to_str().unwrap(), preloaded.to_str().unwrap());
    let frames = [format!("0x{replaced:X}: malloc"), format!("0x{actual:X}: f")];
    let frames = frames.each_ref().map(String::as_str);
    let text = profile(&[(5, 1, &[0, 1])], &frames);
    let log = format!("{log}{other}");
    let reading = parse(text.as_bytes(), log.as_bytes(), &Objects::new()).unwrap();
    let image = crate::model::ImageId::from_index(0);
    let stack = vec![Location::Image { image, address: relative }];
    assert_eq!(stacks(&reading.allocated), Stacks::from([(stack, (5, 1))]));
}

#[test]
fn a_stack_that_is_as_deep_as_it_gets_begins_in_the_middle() {
    let frames: Vec<String> = (0..500).map(|at| format!("0x{at:X}: f")).collect();
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    let deep: Vec<usize> = (0..500).collect();
    let text = profile(&[(1, 1, &deep), (2, 1, &deep[..499])], &frames);
    let reading = parse(text.as_bytes(), b"", &Objects::new()).unwrap();
    let all = stacks(&reading.allocated);
    let truncated = all.iter().filter(|(stack, _)| stack[0] == Location::Truncated);
    assert_eq!(truncated.map(|(_, counts)| *counts).collect::<Vec<_>>(), [(1, 1)]);
}

#[test]
fn what_is_no_profile_of_the_heap_is_refused() {
    let objects = Objects::new();
    let error = |text: &str| parse(text.as_bytes(), b"", &objects).unwrap_err();
    for text in ["", "{}", "[]", "null", r#"{"dhatFileVersion":2}"#] {
        assert!(matches!(error(text), FormatError::Json(_)), "{text}");
    }
    let good = profile(&[(1, 1, &[0])], &["[root]"]);
    assert!(parse(good.as_bytes(), b"", &objects).is_ok());
    for (from, to) in [("heap", "copy"), ("Version\":2", "Version\":3")] {
        assert!(matches!(error(&good.replace(from, to)), FormatError::Version { .. }));
    }
    assert!(matches!(error(&good.replace("[0]", "[1]")), FormatError::Frame { index: 0 }));
    let much = profile(&[(u64::MAX, 1, &[0])], &["[root]"]);
    assert!(matches!(error(&much), FormatError::Weight));
}

#[test]
fn processes_that_were_only_forked_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("dhat.out");
    let objects = Objects::new();
    let write = |pid: u32, log: &str| {
        let text = profile(&[(8, 1, &[0])], &["[root]"]);
        std::fs::write(output.with_extension(format!("out.{pid}")), text).unwrap();
        std::fs::write(output.with_extension(format!("out.{pid}.log")), log).unwrap();
    };
    assert!(matches!(read(&output, &objects), Err(Error::Missing { .. })));
    write(8, "==8== Parent PID: 7\n");
    assert!(matches!(read(&output, &objects), Err(Error::Missing { .. })));
    let tool = "--7-- Reading syms from /usr/libexec/valgrind/dhat-amd64-linux\n\
        --7--    svma 0x0058001000, avma 0x0058001000\n";
    write(7, tool);
    let reading = read(&output, &objects).unwrap();
    assert_eq!(reading.allocated.threads.len(), 1);
    assert_eq!(reading.allocated.health.samples, 1);
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_panics(
        points in proptest::collection::vec(
            (0..100_u64, 0..9_u64, proptest::collection::vec(0..6_usize, 0..5)),
            0..20,
        ),
        frames in proptest::collection::vec("(0x[0-9A-F]{1,17}: )?[a-z:]{0,3}", 6),
    ) {
        let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
        let all: Vec<(u64, u64, &[usize])> =
            points.iter().map(|(bytes, blocks, stack)| (*bytes, *blocks, &**stack)).collect();
        let text = profile(&all, &frames);
        let reading = parse(text.as_bytes(), b"", &Objects::new()).unwrap();
        let found = stacks(&reading.allocated);
        let bytes: u64 = found.values().map(|(bytes, _)| bytes).sum();
        prop_assert_eq!(bytes, points.iter().map(|(bytes, ..)| bytes).sum::<u64>());
    }
}
