//! The program between the capture and the target: starts the target with the agent in it, writes
//! what the agent's processes put into the shared memory to a file, and ends as the target did.
//!
//! The file, all numbers little-endian or rather this machine's own, which is the same:
//!
//! ```text
//! header   "PERFBASE" "SAMPLES\n"  version u32  architecture u32  frequency f64 (Hz)
//! record   kind u32  length u32 (of what follows)  process u32  0 u32
//!   1 sample     a slot without its first word: see `layout::slot`
//!   2 mappings   the same
//!   3 process    pid u32  0 u32  name [u8; 16]       before any other record of it
//!   4 ended      lost samples u64  time unseen u64 (ns)
//!   5 end        nothing: the file is complete
//! ```

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::layout::{self, lane};
use super::region::Region;

const VERSION: u32 = 1;
const PROCESS: u32 = 3;
const ENDED: u32 = 4;
const END: u32 = 5;

/// Times between two looks at the memory: short while it fills fast.
const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_millis(16);

/// How often processes are looked for that ended.
const LOOK: Duration = Duration::from_millis(50);

/// The only argument of a program that does nothing but use the CPU for a moment.
pub(super) const SPIN: &str = "spin";

pub(super) fn main(arguments: &[OsString]) -> ExitCode {
    if arguments == [SPIN] {
        return spin();
    }
    match run(arguments) {
        Ok(status) => end_as(status),
        Err(error) => {
            complain(&format!("the embedded recorder failed: {error}"));
            ExitCode::from(127)
        }
    }
}

/// Says something where the target says things, too.
fn complain(text: &str) {
    // There is nobody left to tell when stderr is gone.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Uses 40 ms of CPU time: enough for some samples.
fn spin() -> ExitCode {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    while time.tv_sec == 0 && time.tv_nsec < 40_000_000 {
        // SAFETY: the kernel writes the time.
        if unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) } != 0 {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// `LIBRARY OUTPUT FREQUENCY STACK -- PROGRAM ARGUMENTS…`
fn run(arguments: &[OsString]) -> io::Result<ExitStatus> {
    let unusable = || io::Error::from(io::ErrorKind::InvalidInput);
    let [library, output, frequency, stack, dashes, program, rest @ ..] = arguments else {
        return Err(unusable());
    };
    let number = |word: &OsStr| word.to_str()?.parse::<u32>().ok();
    let frequency = number(frequency).filter(|&hz| hz > 0).ok_or_else(unusable)?;
    let stack = number(stack).ok_or_else(unusable)? as usize;
    if dashes != "--" || !stack.is_multiple_of(8) {
        return Err(unusable());
    }
    let region = Region::new(1_000_000_000 / u64::from(frequency), stack)?;
    let mut drain = Drain::new(&region, Path::new(output), frequency)?;

    // The user's own libraries stay, and stay in front of whatever they overlay.
    let mut preload = library.clone();
    if let Some(own) = std::env::var_os("LD_PRELOAD").filter(|own| !own.is_empty()) {
        preload.push(":");
        preload.push(own);
    }
    let mut command = Command::new(program);
    command.args(rest).env("LD_PRELOAD", preload).env(layout::VARIABLE, region.path());
    let mut child = command.spawn()?;
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let _gone = tell.send(child.wait());
    });
    let mut pause = SHORT;
    let status = loop {
        match told.recv_timeout(pause) {
            Ok(status) => break status?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::BrokenPipe.into()),
        }
        let share = drain.all();
        pause = if share > 0.125 { SHORT } else { (pause * 2).min(LONG) };
    };
    drain.finish()?;
    Ok(status)
}

/// Ends this process as the target ended.
fn end_as(status: ExitStatus) -> ExitCode {
    if let Some(signal) = status.signal() {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: no memory is involved but the limit, which is read. A core of this program would
        // be of no use.
        unsafe {
            libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        }
        // Signals that do not end a process cannot have ended the target.
        return ExitCode::from(128_u8.saturating_add(u8::try_from(signal).unwrap_or(127)));
    }
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// A process that has a lane.
struct Tenant {
    pid: u32,
    /// Its number in the file.
    number: u32,
    /// Whether the file mentions it.
    mentioned: bool,
    /// How far its lane was read.
    tail: u64,
}

/// From the shared memory to the file.
struct Drain<'r> {
    region: &'r Region,
    file: BufWriter<File>,
    /// The first error in writing; the target goes on, and samples are dropped.
    error: Option<io::Error>,
    tenants: Vec<Option<Tenant>>,
    processes: u32,
    looked: Instant,
    refused: Option<u64>,
    bytes: Vec<u8>,
}

impl<'r> Drain<'r> {
    fn new(region: &'r Region, output: &Path, frequency: u32) -> io::Result<Self> {
        let file = File::create(output)?;
        let mut file = BufWriter::with_capacity(1 << 20, file);
        file.write_all(b"PERFBASESAMPLES\n")?;
        file.write_all(&VERSION.to_ne_bytes())?;
        let architecture: u32 = if cfg!(target_arch = "aarch64") { 2 } else { 1 };
        file.write_all(&architecture.to_ne_bytes())?;
        file.write_all(&f64::from(frequency).to_ne_bytes())?;
        Ok(Self {
            region,
            file,
            error: None,
            tenants: Region::lanes().map(|_| None).collect(),
            processes: 0,
            looked: Instant::now(),
            refused: None,
            bytes: Vec::new(),
        })
    }

    /// Reads all lanes, and says how full the fullest was.
    fn all(&mut self) -> f64 {
        let look = self.looked.elapsed() >= LOOK;
        if look {
            self.looked = Instant::now();
        }
        let mut fullest = 0;
        for lane in Region::lanes() {
            let Some(pid) = self.region.owner(lane) else { continue };
            // Asked before the last records are read.
            let ended = look && (has_ended(pid) || self.was_replaced(lane, pid));
            fullest = fullest.max(self.lane(lane, pid));
            if ended {
                self.end(lane);
                // Where it cannot be freed, it stays with the dead.
                let _stays = self.region.free(lane);
            }
        }
        fullest as f64 / self.region.slots() as f64
    }

    /// Whether a process has a lane that is newer than this one: an `exec` put another program in
    /// its place.
    fn was_replaced(&self, lane: usize, pid: u32) -> bool {
        let number = |tenant: &Option<Tenant>| tenant.as_ref().map(|t| (t.pid, t.number));
        let Some((_, own)) = number(&self.tenants[lane]) else { return false };
        let newer = |(other, number): (u32, u32)| other == pid && number > own;
        self.tenants.iter().filter_map(number).any(newer)
    }

    /// Reads a lane, and says how many records were in it.
    fn lane(&mut self, lane: usize, pid: u32) -> u64 {
        let mut tenant = self.tenants[lane].take().unwrap_or_else(|| {
            self.processes += 1;
            Tenant { pid, number: self.processes, mentioned: false, tail: 0 }
        });
        let mut count = 0;
        // A lane that is filled as fast as it is read does not keep us from the others.
        while count < self.region.slots() {
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.clear();
            let taken = self.region.take(lane, tenant.tail, &mut bytes);
            if taken.is_some() {
                self.mention(lane, &mut tenant);
                let kind = bytes.first_chunk().map_or(0, |kind| u32::from_ne_bytes(*kind));
                self.write(kind, tenant.number, &bytes);
            }
            self.bytes = bytes;
            if taken.is_none() {
                break;
            }
            tenant.tail += 1;
            count += 1;
        }
        if !tenant.mentioned {
            let state = self.region.counters(lane).state;
            if state == lane::READY {
                self.mention(lane, &mut tenant);
            } else if state >= lane::REFUSED {
                self.refused.get_or_insert(state - lane::REFUSED);
            }
        }
        self.tenants[lane] = Some(tenant);
        count
    }

    fn mention(&mut self, lane: usize, tenant: &mut Tenant) {
        if !tenant.mentioned {
            tenant.mentioned = true;
            let mut body = u64::from(tenant.pid).to_ne_bytes().to_vec();
            let [low, high] = self.region.counters(lane).name;
            body.extend(low.to_ne_bytes().into_iter().chain(high.to_ne_bytes()));
            self.write(PROCESS, tenant.number, &body);
        }
    }

    /// Writes what is left of a process that ended, or that is not waited for.
    fn end(&mut self, lane: usize) {
        let Some(mut tenant) = self.tenants[lane].take() else { return };
        let counters = self.region.counters(lane);
        // A thread that was killed while it filled a slot leaves a gap.
        let head = counters.head.min(tenant.tail.saturating_add(self.region.slots()));
        let mut lost = counters.lost;
        while tenant.tail < head {
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.clear();
            match self.region.take(lane, tenant.tail, &mut bytes) {
                Some(()) => {
                    self.mention(lane, &mut tenant);
                    let kind = bytes.first_chunk().map_or(0, |kind| u32::from_ne_bytes(*kind));
                    self.write(kind, tenant.number, &bytes);
                }
                None => lost = lost.saturating_add(1),
            }
            self.bytes = bytes;
            tenant.tail += 1;
        }
        if tenant.mentioned {
            let body = [lost.to_ne_bytes(), counters.unseen.to_ne_bytes()].concat();
            self.write(ENDED, tenant.number, &body);
        }
    }

    fn write(&mut self, kind: u32, process: u32, body: &[u8]) {
        if self.error.is_some() {
            return;
        }
        let mut header = [0; 16];
        header[..4].copy_from_slice(&kind.to_ne_bytes());
        header[4..8].copy_from_slice(&(body.len() as u32).to_ne_bytes());
        header[8..12].copy_from_slice(&process.to_ne_bytes());
        let written = self.file.write_all(&header).and_then(|()| self.file.write_all(body));
        self.error = written.err();
    }

    /// Reads what is left and completes the file.
    fn finish(mut self) -> io::Result<()> {
        for lane in Region::lanes() {
            if let Some(pid) = self.region.owner(lane) {
                self.lane(lane, pid);
                self.end(lane);
            }
        }
        self.write(END, 0, &[]);
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.file.flush()?;
        if let Some(reason) = self.refused {
            complain(&if reason == 0 {
                "the embedded recorder cannot sample: the program handles all signals".to_owned()
            } else {
                let error = io::Error::from_raw_os_error(i32::try_from(reason).unwrap_or(0));
                format!("the embedded recorder may not copy stacks (process_vm_readv): {error}")
            });
        }
        Ok(())
    }
}

/// Whether a process is gone, or waits for its parent only.
fn has_ended(pid: u32) -> bool {
    let Ok(stat) = fs_err::read(format!("/proc/{pid}/stat")) else { return true };
    let behind = stat.iter().rposition(|&byte| byte == b')').unwrap_or(0);
    matches!(stat.get(behind + 2), Some(b'Z' | b'X'))
}
