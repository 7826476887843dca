//! The process that outlives us and kills what we leave behind.
//!
//! It reads records from a socket whose other end only we hold (every descriptor of ours is
//! close-on-exec): the end of the stream means that we are gone, however that came about. Each
//! child registers *itself* between `fork` and `exec`, so that there is no moment at which it
//! runs foreign code unregistered. A socket and not a pipe, because `MSG_NOSIGNAL` spares a child
//! the SIGPIPE when the reaper is gone, and `SOCK_SEQPACKET` keeps records whole.
//!
//! Not covered: a descendant that left its group *and* lost its parent before we died. It had
//! come to us (see `orphans`) and goes to init, with no trace of where it is from.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::orphans;
use super::session::REAPER_ARGUMENT;
use super::tree::{self, Process};

const ADD: u8 = b'+';
const REMOVE: u8 = b'-';
/// `+` or `-` and a process id in native byte order: both ends are the same program.
const RECORD: usize = 5;

/// Our end.
#[derive(Debug)]
pub(super) struct Reaper {
    /// Closed first on drop, which tells the reaper to end.
    socket: Option<OwnedFd>,
    process: Child,
}

impl Reaper {
    pub(super) fn start(executable: &Path) -> io::Result<Self> {
        let (ours, theirs) = socket_pair()?;
        let mut command = Command::new(executable);
        command
            .arg0("cargo-perfbase")
            .arg(REAPER_ARGUMENT)
            .current_dir("/")
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // SAFETY: the closure runs in the forked child and makes async-signal-safe calls only.
        unsafe {
            command.pre_exec(|| {
                // Out of reach of the terminal and of signals to our group.
                if libc::setsid() == -1 {
                    return Err(io::Error::last_os_error());
                }
                for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT] {
                    libc::signal(signal, libc::SIG_IGN);
                }
                // Descriptors that our own parent let us inherit: a pipe must not stay open
                // because of the reaper. Kernels before 5.11 do not know it; then they stay.
                let flags = libc::CLOSE_RANGE_CLOEXEC;
                libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, flags);
                Ok(())
            });
        }
        let process = orphans::spawn(&mut command, orphans::Kind::Reaper)?;
        Ok(Self { socket: Some(ours), process })
    }

    pub(super) fn registration(&self) -> Registration {
        Registration { socket: self.socket.as_ref().map(AsRawFd::as_raw_fd) }
    }

    pub(super) fn unregister(&self, pid: libc::pid_t) {
        if let Some(socket) = &self.socket {
            send(socket.as_raw_fd(), REMOVE, pid, libc::MSG_NOSIGNAL);
        }
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        self.socket = None;
        let deadline = Instant::now() + Duration::from_secs(2);
        while matches!(self.process.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                // It still kills something; it ends by itself.
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        orphans::forget(self.process.id() as libc::pid_t);
    }
}

/// A child's way to the reaper.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registration {
    socket: Option<RawFd>,
}

impl Registration {
    /// Registers the group of the calling process, which leads it. Async-signal-safe. A failure
    /// is passed over: a missing reaper is no reason not to run, and a full socket (its reader is
    /// stopped) must not block us.
    pub(super) fn register_self(self) {
        if let Some(socket) = self.socket {
            // SAFETY: getpid has no preconditions.
            let pid = unsafe { libc::getpid() };
            send(socket, ADD, pid, libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT);
        }
    }
}

fn send(socket: RawFd, kind: u8, pid: libc::pid_t, flags: i32) {
    let [a, b, c, d] = pid.to_ne_bytes();
    let record: [u8; RECORD] = [kind, a, b, c, d];
    // SAFETY: the buffer outlives the call.
    unsafe { libc::send(socket, record.as_ptr().cast(), RECORD, flags) };
}

fn socket_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: `ends` has room for the two descriptors, which are ours alone afterwards.
    unsafe {
        if libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}

/// A registered group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Group {
    leader: libc::pid_t,
    /// When the leader started; `None` when it had ended before we looked.
    start: Option<u64>,
}

impl Group {
    fn new(leader: libc::pid_t) -> Self {
        Self { leader, start: Process::read(leader).map(|process| process.start) }
    }

    /// Whether its number may still be its own: nobody else is known to lead a group of it.
    fn is_valid(&self) -> bool {
        match (Process::read(self.leader), self.start) {
            (Some(now), Some(start)) => now.start == start,
            // The kernel does not reuse the number of a group that has members.
            (None, _) => true,
            (Some(_), None) => false,
        }
    }

    fn is_empty(&self) -> bool {
        // SAFETY: no memory is involved; signal 0 only asks.
        unsafe { libc::kill(-self.leader, 0) != 0 }
    }
}

/// The reaper's life.
pub(super) fn main() {
    let mut groups: Vec<Group> = Vec::new();
    let mut record = [0_u8; RECORD];
    loop {
        // SAFETY: the buffer is as long as told.
        let read = unsafe { libc::recv(libc::STDIN_FILENO, record.as_mut_ptr().cast(), RECORD, 0) };
        if read < 0 && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted {
            continue;
        }
        // An error: somebody started us by hand, and nothing is registered.
        if read != RECORD as isize {
            break;
        }
        let [kind, a, b, c, d] = record;
        let pid = libc::pid_t::from_ne_bytes([a, b, c, d]);
        groups.retain(|group| group.leader != pid);
        if kind == ADD && pid > 1 {
            // A child whose `exec` failed is never removed by its parent.
            groups.retain(|group| !group.is_empty());
            groups.push(Group::new(pid));
        }
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        groups.retain(|group| group.is_valid() && !group.is_empty());
        let is_member =
            |process: &Process| groups.iter().any(|group| group.leader == process.group);
        // Not until the groups are empty: zombies stay as long as init lets them.
        if tree::kill(is_member) == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
