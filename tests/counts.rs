//! A program whose counts are known by construction (`fixtures/counted`), captured with the real
//! valgrind: the same program counts the same to the last digit, one more multiplication in a loop
//! is found in the inlined function that has it, and one more clone in the function that makes it.
//! The same by `ab`, of two commits; and what callgrind simulates of caches and branches.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Times that the loop of the fixture is run.
const LOOPS: f64 = 1000.0;

/// Bytes of the string that the fixture clones.
const BYTES: f64 = 12.0;

fn perfbase_command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
    command.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
    // What cargo sets for this test is not for the program's own build.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").arg("perfbase");
    command
}

fn perfbase(folder: &Path, arguments: &[&str]) -> Output {
    perfbase_command(folder).arg("--quiet").args(arguments).output().unwrap()
}

/// Counts the program in `folder`; `false` when valgrind does not work here.
fn capture(folder: &Path, label: &str) -> bool {
    let arguments = ["capture", "--label", label, "--profiler", "callgrind,dhat", "--runs", "0"];
    counts_here(folder, &[&arguments[..], &["--bench", "counts"]].concat())
}

fn counts_here(folder: &Path, arguments: &[&str]) -> bool {
    is_supported(&perfbase(folder, arguments))
}

/// Whether valgrind works here; then the command did.
fn is_supported(captured: &Output) -> bool {
    let stderr = String::from_utf8_lossy(&captured.stderr);
    if captured.status.code() == Some(96) {
        let required = std::env::var_os("PERFBASE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
        assert!(!required, "valgrind is required: {stderr}");
        left_out(&stderr);
        return false;
    }
    assert!(captured.status.success(), "{stderr}");
    true
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests is to know what did not run")]
fn left_out(reason: &str) {
    eprintln!("left out: valgrind does not work here: {reason}");
}

/// All that was counted of the one benchmark on both sides.
fn all_counts(folder: &Path, base: &str, new: &str) -> Vec<Value> {
    let diff = perfbase(folder, &["diff", base, new, "--format", "json"]);
    assert!(diff.status.success(), "{}", String::from_utf8_lossy(&diff.stderr));
    let mut diff: Value = serde_json::from_slice(&diff.stdout).unwrap();
    diff["benchmarks"][0]["counts"].take().as_array().unwrap().clone()
}

/// The same by measure, where nothing is simulated.
fn counts(folder: &Path, base: &str, new: &str) -> [Value; 3] {
    let counts: [Value; 3] = all_counts(folder, base, new).try_into().unwrap();
    let measures = counts.each_ref().map(|count| count["measure"].as_str().unwrap());
    assert_eq!(measures, ["instructions", "allocations", "bytes"]);
    counts
}

fn text(folder: &Path, base: &str, new: &str) -> String {
    String::from_utf8(perfbase(folder, &["diff", base, new]).stdout).unwrap()
}

/// Functions with another count than before, and by how much.
fn changed(count: &Value) -> Vec<(&str, f64)> {
    let functions = count["profile"]["functions"].as_array().unwrap();
    functions
        .iter()
        .map(|function| {
            let delta = function["delta_self_cost"].as_f64().unwrap();
            (function["name"].as_str().unwrap(), delta)
        })
        .filter(|(_, delta)| *delta != 0.0)
        .collect()
}

fn change(folder: &Path, from: &str, to: &str) {
    let path = folder.join("src/lib.rs");
    let source = fs_err::read_to_string(&path).unwrap();
    assert!(source.contains(from));
    fs_err::write(path, source.replacen(from, to, 1)).unwrap();
}

/// A folder with the program.
fn program() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/counted");
    for file in ["Cargo.toml", "src/lib.rs", "benches/counts.rs"] {
        let target = folder.path().join(file);
        fs_err::create_dir_all(target.parent().unwrap()).unwrap();
        fs_err::copy(fixture.join(file), target).unwrap();
    }
    folder
}

fn git(folder: &Path, arguments: &[&str]) {
    let name = ["-c", "user.name=a", "-c", "user.email=a@b"];
    let output = Command::new("git").args(name).args(arguments).current_dir(folder).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

#[test]
fn two_commits_differ_in_the_one_function_that_was_changed() {
    let folder = program();
    let folder = folder.path();
    fs_err::write(folder.join(".gitignore"), "/target\n/profiles\nCargo.lock\n").unwrap();
    git(folder, &["init", "--quiet"]);
    for tag in ["before", "after"] {
        git(folder, &["add", "."]);
        git(folder, &["commit", "--quiet", "-m", tag]);
        git(folder, &["tag", tag]);
        if tag == "before" {
            change(folder, "// more work", "let x = multiply(x);");
        }
    }
    let arguments = ["ab", "before", "after", "--profiler", "callgrind,dhat", "--runs", "0"];
    let labels = ["--base-label", "one", "--label", "other", "--bench", "counts"];
    if !counts_here(folder, &[&arguments[..], &labels].concat()) {
        return;
    }
    let [instructions, allocations, bytes] = counts(folder, "one", "other");
    assert_eq!((&instructions["delta"], &instructions["verdict"]), (&LOOPS.into(), &"more".into()));
    assert_eq!(changed(&instructions), [("counted::multiply", LOOPS)]);
    for count in [allocations, bytes] {
        assert_eq!((&count["delta"], &count["verdict"]), (&0.0.into(), &"equal".into()), "{count}");
    }
}

#[test]
fn simulated_caches_and_branches_are_stored_and_compared() {
    let folder = program();
    let folder = folder.path();
    let capture = |label: &str, options: &[&str]| {
        let plain = ["capture", "--label", label, "--profiler", "callgrind", "--runs", "0"];
        counts_here(folder, &[&plain[..], &["--bench", "counts"], options].concat())
    };
    // Of a size that does not depend on the machine.
    let simulated = "--callgrind-args=--cache-sim=yes --branch-sim=yes --I1=32768,8,64 \
                     --D1=32768,8,64 --LL=8388608,16,64";
    if !capture("plain", &[]) {
        return;
    }
    assert!(capture("one", &[simulated]));
    let measures = |counts: &[Value]| -> Vec<String> {
        counts.iter().map(|count| count["measure"].as_str().unwrap().to_owned()).collect()
    };
    // What the base lacks is counted of its executable.
    let since_plain = all_counts(folder, "plain", "one");
    let all = "instructions Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw Bc Bcm Bi Bim";
    assert_eq!(measures(&since_plain).join(" "), all);
    for count in &since_plain {
        assert_eq!((&count["delta"], &count["verdict"]), (&0.0.into(), &"equal".into()), "{count}");
        assert_eq!(count["recorder"], "callgrind");
    }

    // Each round of the loop reads once more, from one place.
    let read =
        "// SAFETY: it is there.\n    let x = x ^ unsafe { std::ptr::read_volatile(&READ) };";
    change(folder, "// more work", read);
    change(folder, "/// Inlined into", "static READ: u64 = 1;\n\n/// Inlined into");
    assert!(capture("reads", &[simulated]));
    let counted = all_counts(folder, "one", "reads");
    assert_eq!(measures(&counted).join(" "), all);
    let of = |measure: &str| counted.iter().find(|count| count["measure"] == measure).unwrap();
    let delta = |measure: &str| of(measure)["delta"].as_f64().unwrap();
    assert_eq!((delta("Dr"), delta("Bc")), (LOOPS, 0.0));
    let functions = changed(of("Dr"));
    let sum: f64 = functions.iter().map(|(_, delta)| delta).sum();
    assert_eq!(sum, LOOPS, "{functions:?}");
    assert!(functions.iter().any(|&(_, delta)| delta == LOOPS), "{functions:?}");
    assert!(delta("D1mr").abs() < 10.0, "it stays in the cache: {}", delta("D1mr"));
    let text = text(folder, "one", "reads");
    assert!(text.contains("simulated events: "), "{text}");
}

/// An allocator that takes no memory from `malloc`, under the name of one that is known.
const ALLOCATOR: &str = r#"
struct Bump;
static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
static mut ARENA: [u128; 1 << 16] = [0; 1 << 16];

#[no_mangle]
#[inline(never)]
pub extern "C" fn _rjem_malloc(size: usize) -> *mut u8 {
    let at = NEXT.fetch_add(size.next_multiple_of(16), std::sync::atomic::Ordering::Relaxed);
    assert!(at + size <= 1 << 20);
    // SAFETY: it lies within, and is given to nobody else.
    unsafe { (&raw mut ARENA).cast::<u8>().add(at) }
}

// SAFETY: memory is given once, and aligned for all that the program has.
unsafe impl std::alloc::GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: std::alloc::Layout) -> *mut u8 {
        _rjem_malloc(layout.size())
    }
    unsafe fn dealloc(&self, _: *mut u8, _: std::alloc::Layout) {}
}

#[global_allocator]
static ALLOCATOR: Bump = Bump;
"#;

#[test]
fn allocations_that_are_not_seen_are_not_counted() {
    let folder = program();
    let folder = folder.path();
    change(folder, "/// One multiplication.", &format!("{ALLOCATOR}\n/// One multiplication."));
    let mut command = perfbase_command(folder);
    command.args(["capture", "--label", "own", "--profiler", "callgrind,dhat", "--runs", "0"]);
    let captured = command.args(["--bench", "counts"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&captured.stderr);
    if !is_supported(&captured) {
        return;
    }
    assert!(stderr.contains("allocations of counted/counts are not counted"), "{stderr}");
    assert!(stderr.contains("it has jemalloc linked in"), "{stderr}");
    let shown = perfbase(folder, &["show", "own", "--format", "json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let counts = shown["benchmarks"][0]["counts"].as_array().unwrap();
    let weights: Vec<&Value> = counts.iter().map(|count| &count["weight"]).collect();
    assert_eq!(weights, ["instructions"]);
}

#[test]
fn every_change_is_found_to_the_last_digit_and_nothing_else() {
    let folder = program();
    let folder = folder.path();
    if !capture(folder, "one") {
        return;
    }
    assert!(capture(folder, "two"));
    for count in counts(folder, "one", "two") {
        assert_eq!(count["delta"], 0.0, "{count}");
        assert_eq!(count["verdict"], "equal");
        assert_eq!(count["base"]["repeatable"], true);
        assert_eq!(count["base"]["counts"], count["new"]["counts"]);
        assert_eq!(changed(&count), []);
    }
    let same = text(folder, "one", "two");
    assert!(same.contains("1 benchmark counted; instructions: 1 equal"), "{same}");
    assert!(same.contains("equal to the last digit: instructions of 1 benchmark"), "{same}");

    // A multiplication in the loop of a function that is inlined.
    change(folder, "// more work", "let x = multiply(x);");
    assert!(capture(folder, "multiplied"));
    let [instructions, allocations, bytes] = counts(folder, "two", "multiplied");
    assert_eq!(instructions["delta"], LOOPS, "{instructions}");
    assert_eq!(instructions["verdict"], "more");
    assert_eq!(changed(&instructions), [("counted::multiply", LOOPS)]);
    assert_eq!(instructions["profile"]["unexplained"], 0.0);
    let totals = instructions["profile"]["functions"].as_array().unwrap();
    let checksum = totals.iter().find(|f| f["name"] == "counted::checksum").unwrap();
    assert_eq!(checksum["delta_total_cost"], LOOPS);
    assert_eq!((&allocations["delta"], &bytes["delta"]), (&0.0.into(), &0.0.into()));
    let more = text(folder, "two", "multiplied");
    assert!(more.contains("+1,000 instructions"), "{more}");
    assert!(more.contains("counted::multiply +1,000 of +1,000"), "{more}");

    // A string more.
    change(folder, "// more strings", "black_box(name.clone());");
    assert!(capture(folder, "cloned"));
    let [instructions, allocations, bytes] = counts(folder, "multiplied", "cloned");
    assert_eq!(allocations["delta"], 1.0, "{allocations}");
    assert_eq!(changed(&allocations), [("counted::greet", 1.0)]);
    assert_eq!(bytes["delta"], BYTES);
    assert_eq!(changed(&bytes), [("counted::greet", BYTES)]);
    assert_eq!(instructions["verdict"], "more");
    // Back again is the same in the other direction.
    let [_, fewer, _] = counts(folder, "cloned", "multiplied");
    assert_eq!((&fewer["delta"], &fewer["verdict"]), (&(-1.0).into(), &"fewer".into()));
}
