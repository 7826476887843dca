//! The recorder inside the process, against programs that make its life hard
//! (`fixtures/sampled.rs`): what they do must not change, and what they did must be seen.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use perfbase::ingest::embedded;
use perfbase::model::{ProfileBuilder, Recording, Weight};
use perfbase::objects::Objects;
use perfbase::symbolize::Symbolizer;
use tempfile::TempDir;

/// The agent as this crate's executable carries it.
const AGENT: &str = concat!(env!("OUT_DIR"), "/agent.so");

/// The fixtures, compiled once.
struct Programs {
    folder: TempDir,
}

static PROGRAMS: LazyLock<Programs> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let compile = |words: &[&str], source: &str, to: &str| {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut command = Command::new(rustc);
        command.args(["--edition", "2024", "-O", "-g"]).args(words);
        command.arg(fixtures.join(source)).arg("-o").arg(folder.path().join(to));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    compile(&[], "sampled.rs", "sampled");
    compile(&["-C", "panic=abort"], "sampled.rs", "aborts");
    compile(&["--crate-type", "cdylib"], "sampled_library.rs", "library.so");
    Programs { folder }
});

impl Programs {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// How a program ended under the recorder, and what was seen of it.
struct Seen {
    output: Output,
    recording: Recording,
    functions: Vec<(String, u64, u64)>,
}

impl Seen {
    /// CPU time in ns that all samples stand for.
    fn weight(&self) -> f64 {
        self.recording.samples.iter().map(|sample| sample.weight).sum::<u64>() as f64
    }

    /// Share of the weight in stacks with a function whose name contains this.
    fn total(&self, name: &str) -> f64 {
        let weights = self.functions.iter().filter(|(stack, ..)| stack.contains(name));
        weights.map(|&(_, weight, _)| weight).sum::<u64>() as f64 / self.weight()
    }

    /// The program ended well, and samples stand for about this many ms of CPU time.
    fn used(self, milliseconds: f64) -> Self {
        assert!(self.output.status.success(), "{}", self.stderr());
        self.weighs(milliseconds)
    }

    fn weighs(self, milliseconds: f64) -> Self {
        let seen = self.weight() / 1e6;
        // Start-up is seen, too, and on a busy machine it takes its time; and there the sampler may
        // get no turn in the last moments.
        let within = milliseconds * 0.85 - 40.0..milliseconds * 1.25 + 60.0;
        assert!(within.contains(&seen), "{seen} ms instead of {milliseconds}: {}", self.stderr());
        self
    }

    fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

/// A program under the recorder: `FREQUENCY`, size of copies, and what is to be run.
fn command(file: &Path, frequency: u32, stack: u32, program: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
    // Printing a backtrace takes longer than what is measured.
    command.env_remove("RUST_BACKTRACE");
    command.arg("__embedded").arg(AGENT).arg(file);
    command.arg(frequency.to_string()).arg(stack.to_string()).arg("--").arg(program).args(words);
    command
}

/// A machine that is busy with other things takes turns from the sampler, or from the program, and
/// then nothing that is counted is right. So what has to hold has to hold in one of five tries; what
/// the recorder does wrong is wrong in all of them.
fn in_one_of_five(check: impl Fn() + std::panic::RefUnwindSafe) {
    let failed = (0..4).all(|_| std::panic::catch_unwind(&check).is_err());
    if failed {
        check();
    }
}

/// One program at a time: each wants the processors for itself.
static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn run(words: &[&str]) -> Seen {
    run_as(997, 16_384, "sampled", words)
}

fn run_as(frequency: u32, stack: u32, program: &str, words: &[&str]) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("samples");
    let program = PROGRAMS.path(program);
    let alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let output = command(&file, frequency, stack, &program, words).output().unwrap();
    drop(alone);
    let objects = Objects::new();
    let recording = embedded::read(&file, &objects).unwrap_or_else(|error| {
        panic!("{error:?}: {}", String::from_utf8_lossy(&output.stderr));
    });
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    Symbolizer::new(&objects).append(&recording, 0, "sampled", &mut builder);
    let profile = builder.finish();
    let functions = profile.samples.iter().map(|sample| {
        let stack = profile.stacks.root_first(sample.stack);
        let names = stack.into_iter().map(|frame| {
            let function = profile.frames[perfbase::model::Handle::index(frame)].function;
            let function = profile.functions[perfbase::model::Handle::index(function)];
            profile.strings.get(function.name).to_owned()
        });
        (names.collect::<Vec<_>>().join(";"), sample.weight, sample.count)
    });
    let functions = functions.collect();
    Seen { output, recording, functions }
}

#[test]
fn one_thread_is_seen_for_what_it_used() {
    in_one_of_five(|| {
        let seen = run(&["burn", "400"]).used(400.0);
        assert!(seen.total("burn") > 0.9, "{}", seen.total("burn"));
        let health = seen.recording.health;
        assert!(health.truncated * 50 < health.samples, "{health:?}");
        assert!(health.samples < 1000, "{health:?}");
    });
}

#[test]
fn the_rate_is_not_the_kernels() {
    in_one_of_five(|| {
        // 400 ms at 997 Hz; a timer on CPU time gives CONFIG_HZ, 250 on many kernels: 100. On a busy
        // machine the sampler misses ticks, but not always.
        let tries = (0..8).map(|_| run(&["burn", "400"]).recording.health.samples);
        let best = tries.inspect(|samples| assert!(*samples > 20, "{samples}")).max();
        assert!(best > Some(200), "{best:?}");
    });
}

#[test]
fn stacks_are_as_deep_as_the_copy() {
    in_one_of_five(|| {
        let shallow = run_as(997, 16_384, "sampled", &["deep", "20"]).used(300.0);
        assert!(shallow.total("main;") > 0.9, "{}", shallow.total("main;"));
        // 96 bytes and more in each of 1000 frames.
        let cut = run(&["deep", "1000"]).used(300.0);
        let health = cut.recording.health;
        assert!(health.truncated * 10 > health.samples * 9, "{health:?}");
        assert!(cut.total("main;") < 0.1, "{}", cut.total("main;"));
    });
}

#[test]
fn threads_that_come_and_go_are_not_forgotten() {
    in_one_of_five(|| {
        let seen = run(&["threads", "100"]).used(400.0);
        assert!(seen.total("burn") > 0.5, "{}", seen.total("burn"));
        let seen = run(&["parallel", "8"]).used(8.0 * 300.0);
        assert!(seen.total("burn") > 0.9, "{}", seen.total("burn"));
    });
}

#[test]
fn who_sleeps_weighs_nothing() {
    in_one_of_five(|| {
        let seen = run(&["sleep"]).used(300.0);
        assert!(seen.total("sleep") < 0.2, "{}", seen.total("sleep"));
    });
}

#[test]
fn children_are_seen() {
    in_one_of_five(|| {
        let seen = run(&["fork"]).used(300.0);
        let child = seen.total("in_child");
        assert!((0.3..0.7).contains(&child), "{child}");
        run(&["forks"]).used(300.0);
    });
}

#[test]
fn a_program_that_takes_another_ones_place_lives() {
    in_one_of_five(|| {
        let seen = run(&["exec", "100"]);
        assert!(seen.output.status.success(), "{:?} {}", seen.output.status, seen.stderr());
        assert!(seen.total("burn") > 0.3, "{}", seen.total("burn"));
    });
}

#[test]
fn signals_of_the_programs_own_stay_its_own() {
    in_one_of_five(|| {
        run(&["sigprof"]).used(400.0);
        let seen = run(&["signals"]);
        assert!(seen.output.status.success(), "{}", seen.stderr());
        // What it did meanwhile is not known, and not charged to whoever unblocks them.
        let seen = run(&["blocked"]).used(100.0);
        assert!(seen.total("burn") > 0.8, "{}", seen.total("burn"));
        assert!((100..300).contains(&seen.recording.health.lost), "{:?}", seen.recording.health);
    });
}

#[test]
fn waiting_is_not_interrupted() {
    let seen = run(&["waits"]);
    assert!(seen.output.status.success(), "{}", seen.stderr());
    let seen = run(&["pipe"]);
    assert!(seen.output.status.success(), "{}", seen.stderr());
}

#[test]
fn allocators_loaders_and_handlers_can_be_sampled() {
    in_one_of_five(|| {
        run(&["malloc"]).used(600.0);
        let library = PROGRAMS.path("library.so");
        let library = library.to_str().unwrap();
        let seen = run(&["dlopen", library, "1", "300"]).used(300.0);
        assert!(seen.total("main;") > 0.8, "{}", seen.total("main;"));
        assert!(seen.total("burn_in_library") > 0.8, "{}", seen.total("burn_in_library"));
        // The loader itself.
        let seen = run(&["dlopen", library, "500", "0"]);
        assert!(seen.output.status.success(), "{}", seen.stderr());
        let seen = run(&["handler"]).used(150.0);
        assert!(seen.total("in_handler") > 0.6, "{}", seen.total("in_handler"));
    });
}

#[test]
fn however_it_ends_its_samples_stay_and_so_does_its_end() {
    in_one_of_five(|| {
        let seen = run(&["_exit"]).weighs(100.0);
        assert_eq!(seen.output.status.code(), Some(7));
        let seen = run(&["abort"]).weighs(100.0);
        assert_eq!(seen.output.status.signal(), Some(6));
        let seen = run(&["killed"]).weighs(100.0);
        assert_eq!(seen.output.status.signal(), Some(9));
        let seen = run(&["panic"]).weighs(100.0);
        assert_eq!(seen.output.status.code(), Some(101));
        assert!(seen.stderr().contains("on purpose"));
        let seen = run_as(997, 16_384, "aborts", &["panic"]).weighs(100.0);
        assert_eq!(seen.output.status.signal(), Some(6));
        let seen = run(&["overflow"]);
        assert_eq!(seen.output.status.signal(), Some(6), "{}", seen.stderr());
        assert!(seen.stderr().contains("has overflowed its stack"), "{}", seen.stderr());
    });
}

#[test]
fn a_full_buffer_costs_samples_and_nothing_else() {
    in_one_of_five(|| {
        let seen = run_as(50_000, 65_528, "sampled", &["parallel", "8"]);
        assert!(seen.output.status.success(), "{}", seen.stderr());
        // How many there is room for depends on the machine; none is counted twice.
        let health = seen.recording.health;
        assert!(health.samples > 100, "{health:?}");
        assert!(seen.weight() / 1e6 < 8.0 * 300.0 * 1.3, "{}", seen.weight());
    });
}

#[test]
fn the_program_sees_nothing_of_it() {
    let seen = run(&["looks"]);
    assert!(seen.output.status.success(), "{}", seen.stderr());
    // It has the files that it has without, and gets the same numbers for the next ones.
    let alone = Command::new(PROGRAMS.path("sampled")).arg("looks").output().unwrap();
    assert_eq!(seen.output.stdout, alone.stdout);
    assert_eq!(seen.stderr(), "");
}

#[test]
fn the_users_own_library_is_loaded_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("samples");
    let library = PROGRAMS.path("library.so");
    let program = PROGRAMS.path("sampled");
    let mut command = command(&file, 997, 64, &program, &["preload"]);
    let output = command.env("LD_PRELOAD", &library).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.trim(), format!("{AGENT}:{}", library.display()));
    let left: Vec<_> = fs_err::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "the file that was asked for, and no other: {left:?}");
}

#[test]
fn the_agent_needs_nobody() {
    use object::{Object as _, ObjectSymbol as _};
    let bytes = fs_err::read(AGENT).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let mut needed: Vec<&str> = Vec::new();
    for symbol in file.dynamic_symbols() {
        // Nothing of it takes the place of anybody's symbol, and it goes without all of these.
        assert!(symbol.is_undefined() && symbol.is_weak(), "{symbol:?}");
        needed.push(symbol.name().unwrap());
    }
    needed.sort_unstable();
    assert_eq!(needed, ["__register_atfork", "pthread_atfork"]);
}

/// A capture of `fixtures/known-costs`, and what it says of the one benchmark.
fn capture(words: &[&str], alter: impl FnOnce(&mut Command)) -> (Output, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/known-costs");
    for file in ["Cargo.toml", "src/lib.rs", "benches/costs.rs"] {
        let target = folder.path().join(file);
        fs_err::create_dir_all(target.parent().unwrap()).unwrap();
        fs_err::copy(fixture.join(file), target).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perfbase"));
    command.current_dir(folder.path()).env("CARGO_TARGET_DIR", folder.path().join("target"));
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command.args(["perfbase", "capture", "--label", "x", "--bench", "costs", "--runs", "1"]);
    command.args(["--time", "0.1", "--profile-time", "0.5"]).args(words);
    alter(&mut command);
    let output = command.output().unwrap();
    let index = fs_err::read(folder.path().join("profiles/x/capture.json")).unwrap_or_default();
    (output, serde_json::from_slice(&index).unwrap_or_default())
}

/// Takes `perf_event_open` and `ptrace` away from whatever a command starts, as containers do.
fn forbid_profilers(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    let instruction =
        |code: u32, k: u32, jt: u8, jf: u8| libc::sock_filter { code: code as u16, jt, jf, k };
    let (load, equal, end) = (
        libc::BPF_LD | libc::BPF_W | libc::BPF_ABS,
        libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
        libc::BPF_RET | libc::BPF_K,
    );
    let mut filter = vec![
        // The number of the call is first in `struct seccomp_data`.
        instruction(load, 0, 0, 0),
        instruction(equal, libc::SYS_perf_event_open as u32, 2, 0),
        instruction(equal, libc::SYS_ptrace as u32, 1, 0),
        instruction(end, libc::SECCOMP_RET_ALLOW, 0, 0),
        instruction(end, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32, 0, 0),
    ];
    let install = move || {
        let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
        // SAFETY: two system calls, the second of which reads the filter.
        let failed = unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
                || libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program)
                    != 0
        };
        if failed { Err(std::io::Error::last_os_error()) } else { Ok(()) }
    };
    // SAFETY: the closure allocates nothing.
    unsafe { command.pre_exec(install) };
}

#[test]
fn a_locked_machine_gets_profiles_all_the_same() {
    let (output, index) = capture(&["--profiler", "auto"], forbid_profilers);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    for recorder in ["perf: ", "samply: "] {
        let note = format!("note: {recorder}");
        assert!(stderr.lines().any(|line| line.starts_with(&note)), "{stderr}");
    }
    assert!(stderr.contains("Profiling with embedded "), "{stderr}");
    let profile = &index["benchmarks"][0]["profile"];
    assert!(profile["health"]["samples"].as_u64().unwrap() > 10, "{index}");
    assert_eq!(index["recorder"]["name"], "embedded", "{index}");
}

#[test]
fn a_static_program_is_told_before_it_runs() {
    let (output, index) = capture(&["--profiler", "embedded"], |command| {
        command.env("RUSTFLAGS", "-C target-feature=+crt-static");
    });
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(101), "{stderr}");
    assert!(stderr.contains("it is statically linked"), "{stderr}");
    assert!(stderr.contains("--profiler perf"), "{stderr}");
    assert_eq!(index["benchmarks"][0]["timed"], true, "{index}");
}
