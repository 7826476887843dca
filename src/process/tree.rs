//! Finding and killing process trees through `/proc`.

use std::collections::HashMap;
use std::fs;

/// A process, as `/proc/PID/stat` shows it (see `proc_pid_stat(5)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: libc::pid_t,
    pub(super) parent: libc::pid_t,
    pub(super) group: libc::pid_t,
    /// When it started, in clock ticks since boot: with `pid`, an identity that is not reused.
    pub(super) start: u64,
    /// Ended, but not waited for.
    pub(super) zombie: bool,
}

impl Process {
    /// Reads one; `None` when it does not exist.
    pub(super) fn read(pid: libc::pid_t) -> Option<Self> {
        Self::parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(pid: libc::pid_t, stat: &str) -> Option<Self> {
        // The second field, the name, may contain anything, also `)`.
        let (_, rest) = stat.rsplit_once(") ")?;
        let mut fields = rest.split(' ');
        let zombie = matches!(fields.next()?, "Z" | "X");
        let parent = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        // Field 22; 3 to 5 are taken.
        let start = fields.nth(16)?.parse().ok()?;
        Some(Self { pid, parent, group, start, zombie })
    }
}

/// All processes that we can see.
pub(super) fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(Process::read)
        .collect()
}

/// Kills the processes that `root` selects and all their descendants, whatever groups and
/// sessions these are in. Returns how many there were that had not ended yet.
///
/// They are stopped first, from the roots on, until a look at `/proc` shows no new one: a stopped
/// process neither forks nor ends, so no descendant gets lost by the death of its parent.
pub(super) fn kill(root: impl Fn(&Process) -> bool) -> usize {
    // SAFETY: getpid has no preconditions.
    let own = unsafe { libc::getpid() };
    let mut found: HashMap<libc::pid_t, Process> = HashMap::new();
    // Each round finds what forked while the round before looked; more than a few are only
    // needed against a fork bomb.
    for _ in 0..64 {
        let before = found.len();
        let processes = all();
        loop {
            let size = found.len();
            for process in &processes {
                let selected = root(process) || found.contains_key(&process.parent);
                if selected && process.pid != own && process.pid > 1 {
                    found.entry(process.pid).or_insert_with(|| {
                        signal(process.pid, libc::SIGSTOP);
                        *process
                    });
                }
            }
            if found.len() == size {
                break;
            }
        }
        if found.len() == before {
            break;
        }
    }
    for process in found.values() {
        // Nobody else may have got the number meanwhile.
        if Process::read(process.pid).is_some_and(|now| now.start == process.start) {
            signal(process.pid, libc::SIGKILL);
        }
    }
    found.values().filter(|process| !process.zombie).count()
}

fn signal(pid: libc::pid_t, signal: i32) {
    // SAFETY: no memory is involved.
    unsafe { libc::kill(pid, signal) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let stat = "42 (a) S 9 (b) R 7 40 39 0 -1 4194304 92 0 0 0 0 0 0 0 20 0 1 0 8812 2 3";
        let process = Process { pid: 42, parent: 7, group: 40, start: 8812, zombie: false };
        assert_eq!(Process::parse(42, stat), Some(process));
        assert_eq!(Process::parse(42, "42 (a) S 9"), None);
        assert_eq!(Process::parse(42, ""), None);
    }

    #[test]
    fn we_are_among_all() {
        let own = libc::pid_t::try_from(std::process::id()).unwrap();
        let parent = libc::pid_t::try_from(std::os::unix::process::parent_id()).unwrap();
        let found = all().into_iter().find(|process| process.pid == own).unwrap();
        assert_eq!(found.parent, parent);
        assert!(!found.zombie && found.start > 0);
    }
}
