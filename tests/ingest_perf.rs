//! From a program to its profile with the real perf: recorded, read, unwound, symbolicated, and
//! compared with what the program is known to do.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use perfbase::ingest::perf::{self, Note, Options, Reading};
use perfbase::model::{Handle as _, Health, Profile, ProfileBuilder, Sample, Weight};
use perfbase::objects::Objects;
use perfbase::symbolize::{Symbolizer, TRUNCATED};

/// Longer than the 15 bytes that Linux keeps of a process's name.
const EXECUTABLE: &str = "workload-with-a-long-name";

/// Bodies differ in a constant, as equal functions would be merged into one.
/// `heavy` does exactly three times the work of `light`, `Even` as much as `Odd`, interleaved so
/// that a change of the CPU's speed meets all alike.
const SOURCE: &str = r#"
use std::hint::black_box;

#[inline(always)]
fn inlined_step(x: u64) -> u64 {
    let mut y = x;
    for i in 0..64u64 { y = y.rotate_left(7) ^ black_box(i); }
    y
}
#[inline(never)]
fn spin(n: u64) -> u64 {
    let mut x = n;
    for _ in 0..n { x = inlined_step(x); }
    x
}
#[inline(never)]
fn heavy(unit: u64) -> u64 { spin(black_box(3 * unit)).wrapping_add(1) }
#[inline(never)]
fn light(unit: u64) -> u64 { spin(black_box(unit)).wrapping_add(2) }

trait Kind { const ADD: u64; fn unit(&self) -> u64; }
struct Even(u64);
struct Odd(u64);
impl Kind for Even { const ADD: u64 = 3; #[inline] fn unit(&self) -> u64 { self.0 } }
impl Kind for Odd { const ADD: u64 = 4; #[inline] fn unit(&self) -> u64 { self.0 } }
#[inline(never)]
fn generic<K: Kind>(kind: &K) -> u64 { spin(black_box(kind.unit())).wrapping_add(K::ADD) }

#[inline(never)]
fn descend(depth: u64, unit: u64) -> u64 {
    if depth == 0 { spin(black_box(unit)) } else { descend(black_box(depth - 1), unit).wrapping_add(5) }
}
#[inline(never)]
fn in_thread(unit: u64) -> u64 { spin(black_box(unit)).wrapping_add(6) }
#[inline(never)]
fn in_child(unit: u64) -> u64 { spin(black_box(unit)).wrapping_add(7) }

fn main() {
    let unit = 60_000;
    if std::env::args().nth(1).as_deref() == Some("child") {
        for _ in 0..20 { black_box(in_child(unit)); }
        return;
    }
    let thread = std::thread::Builder::new().name("second".into()).spawn(move || {
        for _ in 0..40 { black_box(in_thread(unit)); }
    }).unwrap();
    for _ in 0..50 {
        black_box(heavy(unit));
        black_box(light(unit));
        black_box(generic(&Even(unit)));
        black_box(generic(&Odd(unit)));
        black_box(descend(20, unit));
    }
    let own = std::env::current_exe().unwrap();
    assert!(std::process::Command::new(own).arg("child").status().unwrap().success());
    let script = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
    assert!(std::process::Command::new("sh").args(["-c", script]).status().unwrap().success());
    thread.join().unwrap();
}
"#;

/// The recordings that all tests read.
struct Fixture {
    /// Removed with the process's other temporary files.
    _folder: tempfile::TempDir,
    dwarf: PathBuf,
    frame_pointers: PathBuf,
}

/// `None` when perf cannot record here.
fn fixture() -> Option<&'static Fixture> {
    static FIXTURE: OnceLock<Result<Fixture, String>> = OnceLock::new();
    match FIXTURE.get_or_init(record) {
        Ok(fixture) => Some(fixture),
        Err(reason) => {
            let required = std::env::var("PERFBASE_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
            assert!(!required, "perf is required: {reason}");
            print_left_out(reason);
            None
        }
    }
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests is to know what did not run")]
fn print_left_out(reason: &str) {
    eprintln!("left out: {reason}");
}

fn record() -> Result<Fixture, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let source = folder.path().join("workload.rs");
    std::fs::write(&source, SOURCE).map_err(|error| error.to_string())?;
    let executable = folder.path().join(EXECUTABLE);
    let compiled = Command::new(std::env::var("RUSTC").unwrap_or("rustc".to_owned()))
        .args(["-O", "-g", "--edition=2021", "--crate-name=workload", "-o"])
        .args([&executable, &source])
        .output()
        .map_err(|error| format!("rustc: {error}"))?;
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let with_frame_pointers = folder.path().join("frame-pointers");
    let compiled = Command::new(std::env::var("RUSTC").unwrap_or("rustc".to_owned()))
        .args(["-O", "-g", "--edition=2021", "--crate-name=workload"])
        .args(["-Cforce-frame-pointers=yes", "-o"])
        .args([&with_frame_pointers, &source])
        .output()
        .map_err(|error| format!("rustc: {error}"))?;
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let dwarf = folder.path().join("dwarf.data");
    perf_record("dwarf,16384", &dwarf, &executable)?;
    let frame_pointers = folder.path().join("fp.data");
    perf_record("fp", &frame_pointers, &with_frame_pointers)?;
    Ok(Fixture { _folder: folder, dwarf, frame_pointers })
}

fn perf_record(call_graph: &str, data: &Path, executable: &Path) -> Result<(), String> {
    let output = Command::new("perf")
        .args(["record", "-F", "997", "-e", "cpu-clock", "--call-graph", call_graph, "-o"])
        .arg(data)
        .arg("--")
        .arg(executable)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("perf: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("perf record: {}", String::from_utf8_lossy(&output.stderr)))
}

fn read(data: &Path, objects: &Objects, threads: usize) -> Reading {
    let options = Options { threads: std::num::NonZeroUsize::new(threads) };
    perf::read(data, objects, options).expect("perf.data is readable")
}

fn profile(data: &Path, executable: &str) -> (Profile, Health, Reading) {
    let objects = Objects::new();
    let reading = read(data, &objects, 2);
    let mut builder = ProfileBuilder::new(reading.recording.weight);
    let health = Symbolizer::new(&objects).append(&reading.recording, 0, executable, &mut builder);
    (builder.finish(), health, reading)
}

/// Names on a sample's stack, innermost first; empty for one that ended in the kernel.
fn names(profile: &Profile, sample: &Sample) -> Vec<String> {
    let innermost = profile.functions[profile.function_of(sample.stack).index()];
    if innermost.image.is_some_and(|image| profile.strings.get(image) == "[kernel]") {
        return Vec::new();
    }
    profile
        .stacks
        .leaf_first(sample.stack)
        .map(|frame| profile.name(profile.frames[frame.index()].function).to_owned())
        .collect()
}

/// Samples in user space whose stacks satisfy `accept`.
fn count(profile: &Profile, accept: impl Fn(&[String]) -> bool) -> u64 {
    let matching = profile.samples.iter().filter(|sample| accept(&names(profile, sample)));
    matching.map(|sample| sample.count).sum()
}

fn has(stack: &[String], name: &str) -> bool {
    stack.iter().any(|function| function == name)
}

/// Four standard errors of a share `p` estimated from `n` samples.
fn error(p: f64, n: u64) -> f64 {
    4.0 * (p * (1.0 - p) / n as f64).sqrt()
}

/// Whether a stack is one of the program itself, in user space.
fn is_own(stack: &[String]) -> bool {
    stack.last().is_some_and(|outermost| !outermost.starts_with("[process "))
}

/// Whether the program is at work, all of which `spin` does. The rest, loading the program and
/// starting its threads, takes as long as the machine wants.
fn is_at_work(stack: &[String]) -> bool {
    is_own(stack) && has(stack, "workload::spin")
}

/// Whether a stack begins where a process or thread of Rust's does.
fn begins_at_entry(stack: &[String]) -> bool {
    has(stack, "workload::main") || stack.iter().any(|name| name.contains("thread_start"))
}

#[test]
fn a_known_program_is_seen_as_it_is() {
    let Some(fixture) = fixture() else { return };
    let (profile, health, reading) = profile(&fixture.dwarf, EXECUTABLE);
    assert_eq!(profile.weight, Weight::CpuTime);
    assert_eq!(reading.recording.event, "cpu-clock");
    assert_eq!(reading.recording.frequency, Some(997.0));
    assert_eq!(reading.notes, []);
    let all: u64 = profile.samples.iter().map(|sample| sample.count).sum();
    assert_eq!(all, health.samples);
    assert!(all > 500, "{all} samples");

    // Each sample stands for 1/997 s of CPU time.
    let total = profile.total(perfbase::model::Scope::Benchmark) as f64;
    assert!((total / (all as f64 * 1e9 / 997.0) - 1.0).abs() < 0.05, "{total} ns, {all} samples");

    // Unwound through an executable without frame pointers, to main or the thread's start.
    let own = count(&profile, is_own);
    let work = count(&profile, is_at_work);
    let whole = count(&profile, |s| is_at_work(s) && begins_at_entry(s) && !has(s, TRUNCATED));
    assert!(work > 400, "{work} of {own} of {all}");
    assert!(whole as f64 >= 0.99 * work as f64, "{whole} of {work} are whole");
    // What is neither work nor start-up would be work whose function was not found.
    let unknown = count(&profile, |s| is_own(s) && s[0].starts_with("[unknown"));
    assert!(own - work < own / 4, "{work} of {own} are work");
    assert!(unknown < own / 20, "{unknown} of {own} are unknown");
    let truncated: u64 = profile
        .samples
        .iter()
        .filter(|sample| {
            let mut frames = profile.stacks.leaf_first(sample.stack);
            frames.any(|frame| profile.name(profile.frames[frame.index()].function) == TRUNCATED)
        })
        .map(|sample| sample.count)
        .sum();
    assert_eq!(truncated, health.truncated);

    // Known costs.
    let heavy = count(&profile, |s| has(s, "workload::heavy"));
    let light = count(&profile, |s| has(s, "workload::light"));
    let share = heavy as f64 / (heavy + light) as f64;
    assert!((share - 0.75).abs() < error(0.75, heavy + light), "{heavy} : {light}");
    let generic = count(&profile, |s| s.iter().any(|name| name.starts_with("workload::generic")));
    let share = generic as f64 / (generic + light) as f64;
    assert!((share - 2.0 / 3.0).abs() < error(2.0 / 3.0, generic + light), "{generic} : {light}");

    // Recursion is kept as it is: 20 calls and the one that ends it.
    let depth = |s: &[String]| s.iter().filter(|name| *name == "workload::descend").count();
    let descend = count(&profile, |s| depth(s) > 0);
    let deep = count(&profile, |s| depth(s) == 21);
    assert!(deep as f64 > 0.97 * descend as f64 && deep > 20, "{deep} of {descend}");
}

#[test]
fn inlined_calls_are_frames() {
    let Some(fixture) = fixture() else { return };
    let (profile, ..) = profile(&fixture.dwarf, EXECUTABLE);
    let mut seen = 0;
    let mut in_spin = 0;
    let mut with_lines = 0;
    for sample in &profile.samples {
        let frames: Vec<_> = profile
            .stacks
            .leaf_first(sample.stack)
            .map(|frame| profile.frames[frame.index()])
            .collect();
        for pair in frames.windows(2) {
            if profile.name(pair[0].function) == "workload::inlined_step" {
                assert!(pair[0].inlined);
                assert_eq!(profile.name(pair[1].function), "workload::spin");
                assert!(!pair[1].inlined);
                let file = profile.functions[pair[0].function.index()].file.unwrap();
                assert!(profile.strings.get(file).ends_with("/workload.rs"));
                // `inlined_step` stands on lines 4 to 9 of the source, `spin` on 10 to 15; some
                // instructions belong to no line.
                assert!(matches!(pair[0].line, 0 | 4..=9), "line {}", pair[0].line);
                assert!(matches!(pair[1].line, 0 | 10..=15), "line {}", pair[1].line);
                if pair[0].line != 0 && pair[1].line != 0 {
                    with_lines += sample.count;
                }
                seen += sample.count;
            }
        }
        in_spin += if frames.iter().any(|f| profile.name(f.function) == "workload::spin") {
            sample.count
        } else {
            0
        };
    }
    assert!(seen as f64 > 0.5 * in_spin as f64, "{seen} of {in_spin}");
    assert!(with_lines as f64 > 0.9 * seen as f64, "{with_lines} of {seen}");
    let spin = profile.functions.iter().find(|f| profile.strings.get(f.name) == "workload::spin");
    let system_name = profile.strings.get(spin.unwrap().system_name);
    assert!(system_name.starts_with("_R") || system_name.starts_with("_ZN"), "{system_name}");
    assert_eq!(spin.unwrap().image.map(|image| profile.strings.get(image)), Some(EXECUTABLE));
}

#[test]
fn threads_and_children_are_there() {
    let Some(fixture) = fixture() else { return };
    let (profile, _, reading) = profile(&fixture.dwarf, EXECUTABLE);
    let threads = &reading.recording.threads;
    let comm = &EXECUTABLE[..15];
    assert!(threads.iter().any(|t| t.name == "second" && t.process == comm && t.pid != t.tid));
    let pids: std::collections::BTreeSet<i32> =
        threads.iter().filter(|t| t.process == comm).map(|t| t.pid).collect();
    assert!(pids.len() >= 2, "{threads:?}");
    // The child is the same program, the shell is another.
    let child = count(&profile, |s| has(s, "workload::in_child"));
    assert!(child > 5, "{child}");
    assert_eq!(count(&profile, |s| { has(s, "workload::in_child") && !is_own(s) }), 0);
    let thread = count(&profile, |s| has(s, "workload::in_thread"));
    assert!(thread > 10, "{thread}");
    let shell = count(&profile, |s| s.last().is_some_and(|name| name == "[process sh]"));
    assert!(shell > 5, "{shell}");
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    let Some(fixture) = fixture() else { return };
    let objects = Objects::new();
    let one = read(&fixture.dwarf, &objects, 1).recording;
    for threads in [2, 5] {
        let other = read(&fixture.dwarf, &Objects::new(), threads).recording;
        assert_eq!(one.images, other.images);
        assert_eq!(one.locations, other.locations);
        assert_eq!(one.stacks.nodes(), other.stacks.nodes());
        assert_eq!(one.threads, other.threads);
        assert_eq!(one.samples, other.samples);
        assert_eq!(one.health, other.health);
    }
}

#[test]
fn frame_pointers_serve_as_well() {
    let Some(fixture) = fixture() else { return };
    let (profile, health, _) = profile(&fixture.frame_pointers, "frame-pointers");
    let work = count(&profile, is_at_work);
    let whole = count(&profile, |s| is_at_work(s) && begins_at_entry(s) && !has(s, TRUNCATED));
    assert!(work > 400 && whole as f64 >= 0.97 * work as f64, "{whole} of {work}, {health:?}");
    let heavy = count(&profile, |s| has(s, "workload::heavy"));
    let light = count(&profile, |s| has(s, "workload::light"));
    let share = heavy as f64 / (heavy + light) as f64;
    assert!((share - 0.75).abs() < error(0.75, heavy + light), "{heavy} : {light}");
}

#[test]
fn cut_and_unfinished_files_are_read_as_far_as_they_go() {
    let Some(fixture) = fixture() else { return };
    let whole = std::fs::read(&fixture.dwarf).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("perf.data");
    let samples = |bytes: &[u8]| {
        std::fs::write(&data, bytes).unwrap();
        let reading = read(&data, &Objects::new(), 2);
        assert!(
            reading.notes.iter().any(|note| matches!(note, Note::Truncated { .. })),
            "{:?}",
            reading.notes
        );
        reading.recording.health.samples
    };
    let all = read(&fixture.dwarf, &Objects::new(), 2).recording.health.samples;

    // perf was killed: it never wrote the size of the records, nor what follows them.
    let size = u64::from_le_bytes(whole[48..56].try_into().unwrap());
    let offset = u64::from_le_bytes(whole[40..48].try_into().unwrap());
    let mut killed = whole[..(offset + size) as usize].to_vec();
    killed[48..56].fill(0);
    assert_eq!(samples(&killed), all);
    // The disk was full.
    let half = samples(&whole[..whole.len() / 2]);
    assert!(half > all / 3 && half < all, "{half} of {all}");
}

#[test]
fn damaged_stacks_and_registers_are_survived() {
    let Some(fixture) = fixture() else { return };
    let whole = std::fs::read(&fixture.dwarf).unwrap();
    let offset = u64::from_le_bytes(whole[40..48].try_into().unwrap()) as usize;
    let mut part = whole[..whole.len().min(600_000)].to_vec();
    part[48..56].fill(0);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("perf.data");
    let objects = Objects::new();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        // xorshift64, Marsaglia 2003.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut samples = 0;
    for round in 0..60 {
        let mut damaged = part.clone();
        // Mostly in the bodies of samples: one word in a few hundred.
        for _ in 0..damaged.len() / 2000 {
            let at = offset + (random() as usize) % (damaged.len() - offset - 8);
            let at = if round % 2 == 0 { at.next_multiple_of(8) } else { at };
            let word = match random() % 4 {
                0 => random(),
                1 => u64::MAX - random() % 64,
                2 => random() % 64,
                _ => 0x7fff_ffff_f000 + random() % 4096,
            };
            if let Some(target) = damaged.get_mut(at..at + 8) {
                target.copy_from_slice(&word.to_le_bytes());
            }
        }
        std::fs::write(&data, &damaged).unwrap();
        if let Ok(reading) = perf::read(&data, &objects, Options::default()) {
            samples += reading.recording.health.samples;
        }
    }
    assert!(samples > 60, "{samples}");
}
