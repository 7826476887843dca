//! Recordings of the real samply, checked against the program that was recorded.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "these are tests' own functions")]

use std::path::Path;
use std::process::Command;

use object::{Object, ObjectSegment, ObjectSymbol};
use perfbase::ingest::samply;
use perfbase::model::{Handle, ImageKind, Location, Recording, Weight};

/// `leaf` is called by `middle` only, once per round; then the program sleeps, which is no work.
const PROGRAM: &str = r#"
#[inline(never)]
#[unsafe(no_mangle)]
fn leaf(rounds: u64) -> u64 {
    let mut x = rounds | 1;
    for i in 0..rounds {
        x ^= x << 13;
        x ^= x >> 7;
        x = x.wrapping_add(std::hint::black_box(i));
    }
    x
}
#[inline(never)]
#[unsafe(no_mangle)]
fn middle(rounds: u64) -> u64 {
    leaf(rounds) + std::hint::black_box(1)
}
fn main() {
    let worker = std::thread::Builder::new().name("worker".to_owned());
    let worker = worker.spawn(|| std::hint::black_box(middle(80_000_000))).unwrap();
    std::hint::black_box(middle(80_000_000));
    worker.join().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(1));
}
"#;

/// Whether samply is here; without it the test is left out, or fails where tools are required.
fn has_samply() -> bool {
    let found = which::which("samply").is_ok();
    let required = std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(found || !required, "samply is required but not installed");
    if !found {
        println!("left out: samply is not installed");
    }
    found
}

/// Builds the program, for any address or (`static`) for the one that it is linked for.
fn build(folder: &Path, relocation: &str) -> std::path::PathBuf {
    let source = folder.join("program.rs");
    fs_err::write(&source, PROGRAM).unwrap();
    let executable = folder.join("program");
    let status = Command::new("rustc")
        .args(["--edition=2024", "-O", "-g", "-C", &format!("relocation-model={relocation}"), "-o"])
        .arg(&executable)
        .arg(&source)
        .status()
        .unwrap();
    assert!(status.success());
    executable
}

fn record(executable: &Path, output: &Path) -> Option<Recording> {
    let result = Command::new("samply")
        .args(["record", "--save-only", "--output"])
        .arg(output)
        .arg("--")
        .arg(executable)
        .output()
        .unwrap();
    if !result.status.success() {
        let stderr = String::from_utf8_lossy(&result.stderr);
        let required = std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|v| v == "1");
        assert!(!required, "samply may not record here: {stderr}");
        println!("left out: samply may not record here: {stderr}");
        return None;
    }
    Some(samply::read(output).unwrap())
}

#[test]
fn a_recording_has_the_programs_stacks_and_cpu_time() {
    if !has_samply() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, relocation) in [("profile.json", "pie"), ("profile.json.gz", "static")] {
        let executable = build(folder.path(), relocation);
        let Some(recording) = record(&executable, &folder.path().join(name)) else { return };
        check(&recording, &executable);
    }
}

fn check(recording: &Recording, executable: &Path) {
    assert_eq!(recording.weight, Weight::CpuTime);
    assert_eq!(recording.frequency, Some(1000.0));

    // The image is the executable, with the build id that is in the file.
    let image = recording
        .images
        .iter()
        .position(|image| Path::new(&image.path) == executable)
        .unwrap_or_else(|| panic!("{} is not among {:?}", executable.display(), recording.images));
    assert_eq!(recording.images[image].kind, ImageKind::File);
    let bytes = fs_err::read(executable).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let build_id = file.build_id().unwrap().map(<[u8]>::to_vec);
    assert_eq!(recording.images[image].build_id, build_id);

    // Addresses, callers' too, lie inside functions: a return address that were not yet one less
    // might be the first of the next function.
    let base = file.segments().map(|segment| segment.address()).min().unwrap();
    let range = |name: &str| {
        let symbol = file.symbols().find(|symbol| symbol.name() == Ok(name)).unwrap();
        let start = symbol.address() - base;
        start..start + symbol.size()
    };
    let (leaf, middle) = (range("leaf"), range("middle"));
    let (mut total, mut inside) = (0, 0);
    let mut by_thread = vec![0; recording.threads.len()];
    for sample in &recording.samples {
        total += sample.weight;
        let addresses: Vec<Option<u64>> = recording
            .stacks
            .leaf_first(sample.stack)
            .map(|location| match recording.locations[location.index()] {
                Location::Image { image: of, address } if of.index() == image => Some(address),
                _ => None,
            })
            .collect();
        let Some(Some(first)) = addresses.first() else { continue };
        if !leaf.contains(first) {
            continue;
        }
        let caller = addresses.get(1).copied().flatten().expect("leaf has a caller");
        assert!(middle.contains(&caller), "{caller:x} is not in {middle:x?}");
        inside += sample.weight;
        by_thread[sample.thread.index()] += sample.weight;
    }
    // Nearly all CPU time is in `leaf`; the rest, loading the program and starting its thread,
    // takes as long as the machine wants. The time asleep is not CPU time.
    assert!(inside > 0 && inside > total / 2, "{inside} of {total} ns");
    assert!(total - inside < 1_000_000_000, "{inside} of {total} ns, 1 s of them asleep");

    // The two threads have equal work; where one CPU is shared, CPU time still is equal.
    let name = |thread: &perfbase::model::Thread| thread.name.clone();
    let mut names: Vec<(String, u64)> =
        recording.threads.iter().map(name).zip(by_thread).filter(|(_, w)| *w > 0).collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!((&*names[0].0, &*names[1].0), ("program", "worker"));
    let count: u64 = recording.samples.iter().map(|sample| sample.count).sum();
    assert_eq!(count, recording.health.samples);
    assert!(recording.threads.iter().any(|thread| thread.pid == thread.tid));
    assert!(recording.threads.iter().all(|thread| thread.process == "program"));
}
