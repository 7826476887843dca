//! Children as they really behave: exits, signals, time limits, escapes, and our own death.
//!
//! On Linux only: they look into `/proc` and use `setsid(1)`.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use perfbase::model::Resources;
use perfbase::process::{
    Capture, Command, Output, ProcessError, Recipient, Session, Source, Status, Stop, failure_tail,
};

/// Orphans are killed when no other run is going on, so one test at a time.
static TURN: Mutex<()> = Mutex::new(());

struct Fixture {
    session: Session,
    _turn: MutexGuard<'static, ()>,
}

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fixture() -> Fixture {
    let turn = turn();
    Fixture { session: session(), _turn: turn }
}

fn session() -> Session {
    Session::with_reaper(Path::new(env!("CARGO_BIN_EXE_cargo-perfbase"))).unwrap()
}

fn shell(script: &str) -> Command {
    Command::new("sh").args(["-c", script])
}

impl Fixture {
    fn run(&self, script: &str) -> Output {
        self.session.run(&shell(script)).unwrap()
    }
}

/// Whether a process exists and is no zombie.
fn is_alive(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(") ").unwrap().1.starts_with(['Z', 'X']))
}

fn wait_until(limit: Duration, condition: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !condition() {
        if start.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

fn words(bytes: &[u8]) -> Vec<String> {
    String::from_utf8(bytes.to_vec()).unwrap().split_whitespace().map(str::to_owned).collect()
}

/// Within this, at the latest, happens what does not wait for a [`FOREVER`]: a busy machine may be
/// slow, but not that slow.
const SOON: Duration = Duration::from_secs(120);

/// Seconds that something sleeps which has to be killed.
const FOREVER: u32 = 1000;

/// What `try_it` gives within the first limit that is long enough for it: how far a child gets in
/// a time, nobody knows beforehand.
fn with_growing_limit<T>(mut try_it: impl FnMut(Duration) -> Option<T>) -> T {
    let mut limit = Duration::from_millis(300);
    loop {
        if let Some(result) = try_it(limit) {
            return result;
        }
        limit *= 2;
        assert!(limit < SOON, "the child does not begin");
    }
}

#[test]
fn exit_status_and_streams_are_told() {
    let output = fixture().run("echo out; echo err >&2; exit 101");
    assert_eq!(output.status, Status::Exited(101));
    assert_eq!(output.stdout, b"out\n");
    assert_eq!(output.stderr, b"err\n");
    assert!(!output.stdout_cut && !output.stderr_cut && !output.stopped);
    assert_eq!(failure_tail(&output), "err");
}

#[test]
fn a_signal_is_told() {
    let output = fixture().run("kill -SEGV $$");
    assert_eq!(output.status.to_string(), "killed by signal 11 (SIGSEGV)");
}

#[test]
fn stdin_is_empty_and_the_environment_as_asked() {
    let fixture = fixture();
    assert_eq!(fixture.run("cat").stdout, b"");
    let command = shell("echo $ONLY; echo ${HOME-none}").env_replace([("ONLY", "this")]);
    assert_eq!(fixture.session.run(&command).unwrap().stdout, b"this\nnone\n");
    let command = shell("echo ${ONLY-none} ${PATH+some}").env("ONLY", "x").env_remove("ONLY");
    assert_eq!(fixture.session.run(&command).unwrap().stdout, b"none some\n");
    let folder = tempfile::tempdir().unwrap();
    let command = shell("pwd -P").cwd(folder.path());
    let expected = folder.path().canonicalize().unwrap();
    let stdout = fixture.session.run(&command).unwrap().stdout;
    assert_eq!(words(&stdout), [expected.to_str().unwrap()]);
}

#[test]
fn what_cannot_be_started_says_why() {
    let fixture = fixture();
    let error = fixture.session.run(&Command::new("no-such-program-here")).unwrap_err();
    assert_eq!(error.to_string(), "program `no-such-program-here` was not found");
    assert!(error.hint().unwrap().contains("PATH"));
    let error = fixture.session.run(&Command::new("/etc/passwd")).unwrap_err();
    assert!(matches!(error, ProcessError::PermissionDenied { .. }), "{error:?}");
    let error = fixture.session.run(&shell("true").cwd("/no/such folder")).unwrap_err();
    assert!(matches!(error, ProcessError::Folder { .. }), "{error:?}");
    assert!(error.to_string().contains("sh -c true"), "{error}");
}

#[test]
fn a_time_limit_kills_grandchildren_too() {
    let fixture = fixture();
    let grandchild = with_growing_limit(|limit| {
        let script = format!("sleep {FOREVER} & echo $!; sleep {FOREVER}");
        let output = fixture.session.run(&shell(&script).timeout(limit)).unwrap();
        assert_eq!(output.status, Status::TimedOut(limit));
        assert!(output.wall >= limit && output.wall < limit + SOON);
        words(&output.stdout).first().cloned()
    });
    assert!(!is_alive(&grandchild));
}

#[test]
fn grace_lets_a_child_end_properly() {
    let fixture = fixture();
    let mut command = shell("trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done");
    command.grace = Some(SOON);
    let stdout = with_growing_limit(|limit| {
        command.timeout = Some(limit);
        let output = fixture.session.run(&command).unwrap();
        assert_eq!(output.status, Status::TimedOut(limit));
        (!output.stdout.is_empty()).then_some(output.stdout)
    });
    assert_eq!(stdout, b"up\nbye\n");
}

#[test]
fn a_stop_is_no_time_out() {
    let fixture = fixture();
    let script = "trap 'echo written; exit 0' INT; echo up; while :; do sleep 0.05; done";
    let output = with_growing_limit(|after| {
        let mut command = shell(script).timeout(after + SOON);
        command.stop = Some(Stop { after, signal: libc::SIGINT, to: Recipient::Leader });
        let output = fixture.session.run(&command).unwrap();
        assert!(output.stopped && output.wall >= after, "{output:?}");
        // Before its trap, the signal kills it.
        (!output.stdout.is_empty()).then_some(output)
    });
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"up\nwritten\n");

    let output = fixture.session.run(&shell("exit 0")).unwrap();
    assert!(!output.stopped);
}

#[test]
fn who_wants_the_terminal_is_not_waited_for() {
    let fixture = fixture();
    // What the kernel sends to a background process that reads from its terminal.
    let error = fixture.session.run(&shell("kill -TTIN $$; echo on")).unwrap_err();
    assert!(matches!(error, ProcessError::Terminal { .. }), "{error:?}");
    // Another stop may have its reasons. Nobody knows when it is stopped.
    let output = fixture.run("(while sleep 0.1; do kill -CONT $$; done) & kill -STOP $$; exit 7");
    assert_eq!(output.status, Status::Exited(7));
}

#[test]
fn a_survivor_that_holds_stdout_open_is_killed_and_not_waited_for() {
    let fixture = fixture();
    let start = Instant::now();
    let output = fixture.run(&format!("sleep {FOREVER} & echo $!"));
    assert!(start.elapsed() < SOON);
    assert!(output.status.success());
    assert!(!is_alive(&words(&output.stdout)[0]));
}

/// Starts a process in a session of its own, tells its id, and waits until it is there.
fn daemon() -> String {
    format!(
        "setsid sh -c 'echo $$; exec sleep {FOREVER}' & \
         until [ \"$(cat /proc/$!/comm)\" = sleep ]; do sleep 0.05; done"
    )
}

#[test]
fn leaving_the_group_is_no_escape() {
    let fixture = fixture();
    // The grandchild is orphaned as soon as it has a session of its own.
    let output = fixture.run(&daemon());
    assert!(output.status.success());
    assert!(!is_alive(&words(&output.stdout)[0]));

    let grandchild = with_growing_limit(|limit| {
        let script = format!("setsid sh -c 'echo $$; sleep {FOREVER}' & sleep {FOREVER}");
        let output = fixture.session.run(&shell(&script).timeout(limit)).unwrap();
        assert_eq!(output.status, Status::TimedOut(limit));
        words(&output.stdout).first().cloned()
    });
    assert!(!is_alive(&grandchild));
}

#[test]
fn a_daemon_may_be_kept_and_its_pipe_is_given_up() {
    let fixture = fixture();
    let mut command = shell(&format!("{}; sleep {FOREVER} & echo $!", daemon()));
    command.keep_daemons = true;
    let start = Instant::now();
    let output = fixture.session.run(&command).unwrap();
    assert!(start.elapsed() < SOON, "it holds our pipe open");
    let [daemon, member] = words(&output.stdout).try_into().unwrap();
    assert!(is_alive(&daemon));
    assert!(wait_until(SOON, || !is_alive(&member)), "it has not left the group");
    // The next run that keeps none finds it.
    fixture.run("true");
    assert!(!is_alive(&daemon));
}

#[test]
fn large_output_keeps_its_end() {
    let fixture = fixture();
    let script = "head -c 3000000 /dev/zero; echo end; seq 1 100000 >&2";
    let mut command = shell(script).stdout(Capture::Whole { limit: 1_000_000 });
    command.stderr = Capture::LAST;
    let output = fixture.session.run(&command).unwrap();
    assert_eq!(output.stdout.len(), 1_000_000);
    assert!(output.stdout_cut && output.stdout.ends_with(b"\0end\n"));
    assert_eq!(output.stderr.len(), Capture::TAIL);
    assert!(output.stderr_cut && output.stderr.ends_with(b"\n99999\n100000\n"));

    let output = fixture.session.run(&shell("echo x").stdout(Capture::Null)).unwrap();
    assert_eq!((output.stdout, output.stdout_cut), (Vec::new(), false));
}

#[test]
fn lines_come_in_order_from_the_stream_asked_for() {
    let fixture = fixture();
    let command = shell("seq 1 20000; echo quiet >&2; printf last").stdout(Capture::Lines);
    let mut lines = Vec::new();
    let on_line = |source, line: &str| {
        assert_eq!(source, Source::Stdout);
        lines.push(line.to_owned());
    };
    let output = fixture.session.run_lines(&command, on_line).unwrap();
    let expected: Vec<String> =
        (1..=20_000).map(|n| n.to_string()).chain(["last".to_owned()]).collect();
    assert_eq!(lines, expected);
    assert_eq!(output.stderr, b"quiet\n");
    assert!(output.stdout.ends_with(b"\n20000\nlast"));
}

#[test]
fn resources_are_those_of_the_child_and_its_descendants() {
    let fixture = fixture();
    // A grandchild spins for 0.3 s of CPU time.
    let spin = "import time\nwhile time.process_time() < 0.3: pass";
    let output = fixture.session.run(&shell(&format!("python3 -c '{spin}'; true"))).unwrap();
    assert!(output.status.success(), "{}", failure_tail(&output));
    let resources = output.resources.unwrap();
    let cpu = |resources: &Resources| Duration::from_nanos(resources.user_ns + resources.system_ns);
    // A little less, as kernels round.
    const SPIN: Duration = Duration::from_millis(290);
    assert!((SPIN..SOON).contains(&cpu(&resources)) && output.wall >= SPIN, "{resources:?}");
    // An interpreter has between 1 MB and 1 GB.
    assert!((1_000_000..1_000_000_000).contains(&resources.peak_rss_bytes), "{resources:?}");
    assert!(resources.minor_faults > 0);

    let idle = fixture.run("sleep 0.3").resources.unwrap();
    // Sleeping is no CPU time, and what the child before used is not this one's.
    assert!(cpu(&idle) < SPIN, "{idle:?}");
    assert!(idle.voluntary_switches > 0);
}

#[test]
fn the_wall_time_is_the_child_s_and_not_that_of_its_pipes() {
    let fixture = fixture();
    // The survivor holds the pipe open until it is killed.
    let output = fixture.run(&format!("sleep {FOREVER} & sleep 0.2"));
    assert!(output.wall >= Duration::from_millis(200) && output.wall < SOON);
}

#[test]
fn sessions_may_be_shared_by_threads() {
    let fixture = fixture();
    std::thread::scope(|scope| {
        let session = &fixture.session;
        let runs: Vec<_> = (0..8)
            .map(|n| scope.spawn(move || session.run(&shell(&format!("sleep 0.1; exit {n}")))))
            .collect();
        for (n, run) in runs.into_iter().enumerate() {
            assert_eq!(run.join().unwrap().unwrap().status, Status::Exited(n as i32));
        }
    });
}

#[test]
fn children_of_other_code_are_left_alone() {
    let fixture = fixture();
    let mut other = std::process::Command::new("sleep").arg(FOREVER.to_string()).spawn().unwrap();
    fixture.run("true");
    assert_eq!(other.try_wait().unwrap(), None);
    other.kill().unwrap();
    other.wait().unwrap();
}

/// What the parent of the tests below does: runs what the variable says and reports.
const ACT: &str = "PERFBASE_TEST_ACT";

/// Not a test of its own: [`actor`] runs it in a process that may be killed.
#[test]
fn act() {
    let Some(script) = std::env::var_os(ACT) else { return };
    let command = Command::new("sh").arg("-c").arg(script).stdout(Capture::Inherit);
    match session().run(&command) {
        Ok(output) => println!("\nended: {}", output.status),
        Err(error) => println!("\nerror: {error}"),
    }
}

/// A process that runs `script` in a session of its own.
fn actor(script: &str) -> std::process::Child {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command
        .args(["act", "--exact", "--nocapture", "--test-threads=1"])
        .env(ACT, OsStr::new(script))
        .stdout(Stdio::piped())
        .process_group(0);
    // SAFETY: `signal` is async-signal-safe.
    unsafe {
        command.pre_exec(|| {
            // A shell starts background jobs, such as this test may be, with it ignored.
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        });
    }
    command.spawn().unwrap()
}

/// The process ids that the script of an actor tells as `pid N`.
fn pids(actor: &mut std::process::Child, count: usize) -> (Vec<String>, impl BufRead + use<>) {
    let mut stdout = BufReader::new(actor.stdout.take().unwrap());
    let mut pids = Vec::new();
    let mut line = String::new();
    while pids.len() < count {
        line.clear();
        assert!(stdout.read_line(&mut line).unwrap() > 0, "it ended early");
        pids.extend(line.split_once("pid ").map(|(_, pid)| pid.trim().to_owned()));
    }
    (pids, stdout)
}

/// A child, a grandchild in its group, and one in a session of its own.
const FAMILY: &str = "echo pid $$; sleep 1000 & echo pid $!; \
                      setsid sh -c 'echo pid $$; sleep 1000' & sleep 1000";

/// The process id of an actor's reaper.
fn reaper_of(actor: u32) -> i32 {
    let is_reaper = |pid: &i32| {
        let parent = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = parent.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1));
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        parent == Some(&actor.to_string()) && command.ends_with(b"\0__reaper\0")
    };
    let entries = fs::read_dir("/proc").unwrap();
    let pids = entries.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let mut reapers = pids.filter(is_reaper);
    reapers.next().expect("an actor has a reaper")
}

#[test]
fn a_dead_reaper_is_no_hindrance() {
    let fixture = fixture();
    let reaper = reaper_of(std::process::id());
    // SAFETY: no memory is involved.
    assert_eq!(unsafe { libc::kill(reaper, libc::SIGKILL) }, 0);
    assert!(wait_until(SOON, || !is_alive(&reaper.to_string())));
    // Registering raises no SIGPIPE in the child.
    assert_eq!(fixture.run("echo on").stdout, b"on\n");
}

#[test]
fn nobody_survives_our_kill() {
    let _turn = turn();
    let mut actor = actor(FAMILY);
    let (pids, _stdout) = pids(&mut actor, 3);
    assert!(pids.iter().all(|pid| is_alive(pid)));
    // As `pkill perfbase` would.
    let reaper = reaper_of(actor.id());
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
        // SAFETY: no memory is involved.
        assert_eq!(unsafe { libc::kill(reaper, signal) }, 0);
    }
    actor.kill().unwrap();
    actor.wait().unwrap();
    let gone = wait_until(SOON, || !pids.iter().any(|pid| is_alive(pid)));
    assert!(gone, "alive: {:?}", pids.iter().filter(|pid| is_alive(pid)).collect::<Vec<_>>());
}

#[test]
fn a_signal_to_us_ends_the_run() {
    let _turn = turn();
    for (signal, name) in [(libc::SIGINT, "SIGINT"), (libc::SIGTERM, "SIGTERM")] {
        let mut actor = actor(FAMILY);
        let (pids, mut stdout) = pids(&mut actor, 3);
        let start = Instant::now();
        // SAFETY: no memory is involved, and the process has not been waited for.
        unsafe { libc::kill(actor.id() as i32, signal) };
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut stdout, &mut rest).unwrap();
        let expected = format!("error: interrupted by signal {signal} ({name})");
        assert!(rest.contains(&expected), "{rest}");
        assert!(start.elapsed() < SOON);
        assert!(actor.wait().unwrap().success());
        assert!(!pids.iter().any(|pid| is_alive(pid)));
    }
}
