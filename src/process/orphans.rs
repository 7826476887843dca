//! Descendants whose parents died: as a child subreaper (`prctl(2)`), we become their parent.
//!
//! They are told from our own children by their process group. A child leads a group of its own
//! from before its `exec`, so its descendants are never in ours; children that other code starts
//! by `std::process` are. What we start ourselves is on a list.

use std::io;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::tree;

/// What a child is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Somebody's command.
    Run,
    /// A session's reaper.
    Reaper,
}

/// Our children. Held while one is started, so that none is missing when orphans are looked for.
static CHILDREN: Mutex<Vec<(libc::pid_t, Kind)>> = Mutex::new(Vec::new());

fn children() -> MutexGuard<'static, Vec<(libc::pid_t, Kind)>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes orphans ours from now on, for the life of this process.
pub(super) fn adopt() {
    // SAFETY: no memory is involved. A kernel that does not know it (before 3.4) changes nothing,
    // and then orphans go to init as ever.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
}

/// Starts a child of ours.
pub(super) fn spawn(command: &mut Command, kind: Kind) -> io::Result<Child> {
    let mut children = children();
    let child = command.spawn()?;
    let pid = libc::pid_t::try_from(child.id()).map_err(io::Error::other)?;
    children.push((pid, kind));
    Ok(child)
}

/// A child of ours was waited for.
pub(super) fn forget(pid: libc::pid_t) {
    children().retain(|&(other, _)| other != pid);
}

/// Kills orphans and all their descendants, and waits for them. Does nothing while another run is
/// going on, as one cannot tell whose they are then; that one's end will find them.
pub(super) fn sweep() {
    let children = children();
    if children.iter().any(|&(_, kind)| kind == Kind::Run) {
        return;
    }
    // SAFETY: neither call has preconditions.
    let (own, group) = unsafe { (libc::getpid(), libc::getpgrp()) };
    let is_orphan = |process: &tree::Process| {
        process.parent == own
            && process.group != group
            && !children.iter().any(|&(pid, _)| pid == process.pid)
    };
    let deadline = Instant::now() + Duration::from_secs(2);
    loop {
        let orphans: Vec<_> = tree::all().into_iter().filter(is_orphan).collect();
        if orphans.is_empty() || Instant::now() > deadline {
            return;
        }
        if orphans.iter().any(|orphan| !orphan.zombie) {
            tree::kill(is_orphan);
        }
        for orphan in &orphans {
            // SAFETY: a null status is allowed; the process is a child of ours that nobody else
            // waits for.
            while unsafe { libc::waitpid(orphan.pid, std::ptr::null_mut(), libc::WNOHANG) } == 0
                && Instant::now() < deadline
            {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}
