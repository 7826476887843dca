//! On which processor a child runs, or a piece of work of our own.

use std::process::Command;
use std::thread;

/// The processors that this process may use, by the system's numbers; empty where the system does
/// not tell or cannot bind a process to one.
pub fn processors() -> Vec<usize> {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: an all-zero set is valid, and outlives the call, which is given its size.
        let set = unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            match libc::sched_getaffinity(0, size_of_val(&set), &mut set) {
                0 => set,
                _ => return Vec::new(),
            }
        };
        // SAFETY: the number is below the size of the set.
        (0..libc::CPU_SETSIZE as usize)
            .filter(|&cpu| unsafe { libc::CPU_ISSET(cpu, &set) })
            .collect()
    }
    #[cfg(not(target_os = "linux"))]
    {
        Vec::new()
    }
}

/// Does `work` in a thread of its own, on one processor only where `cpu` names one. Returns what it
/// gave, and the processor that it ended on where the system tells. `None` when it cannot be run
/// there.
pub fn on_processor<T: Send>(
    cpu: Option<usize>,
    work: impl FnOnce() -> T + Send,
) -> Option<(T, Option<usize>)> {
    let bound = || {
        if let Some(cpu) = cpu {
            bind_thread(cpu).ok()?;
        }
        Some((work(), processor()))
    };
    // A thread ends with its affinity, whatever becomes of the work.
    thread::scope(|scope| thread::Builder::new().spawn_scoped(scope, bound).ok()?.join().ok()?)
}

/// Has this thread run on one processor only, and what it starts, too.
#[cfg(target_os = "linux")]
fn bind_thread(cpu: usize) -> std::io::Result<()> {
    // SAFETY: an all-zero set is valid, the number is below the size of the set, and the set
    // outlives the call, which is given its size.
    let result = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        if cpu < libc::CPU_SETSIZE as usize {
            libc::CPU_SET(cpu, &mut set);
        }
        libc::sched_setaffinity(0, size_of_val(&set), &set)
    };
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

/// Nothing can be bound here.
#[cfg(not(target_os = "linux"))]
fn bind_thread(_cpu: usize) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// The processor that this thread runs on just now.
#[cfg(target_os = "linux")]
fn processor() -> Option<usize> {
    // SAFETY: it takes nothing and changes nothing.
    usize::try_from(unsafe { libc::sched_getcpu() }).ok()
}

/// The system does not tell.
#[cfg(not(target_os = "linux"))]
fn processor() -> Option<usize> {
    None
}

/// Has the child run on one processor only.
#[cfg(target_os = "linux")]
pub(super) fn bind(command: &mut Command, cpu: usize) {
    use std::os::unix::process::CommandExt;
    // SAFETY: the closure runs in the forked child and calls `sched_setaffinity` only, which is a
    // system call; it does not allocate.
    unsafe {
        command.pre_exec(move || bind_thread(cpu));
    }
}

/// Nothing: [`processors`] offers none to choose from.
#[cfg(not(target_os = "linux"))]
pub(super) fn bind(_command: &mut Command, _cpu: usize) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::process::{self, Session};

    #[test]
    fn a_child_stays_where_it_is_put() {
        let session = Session::start().unwrap();
        let all = processors();
        assert!(!all.is_empty());
        for cpu in all {
            let mut command = process::Command::new("sh").args(["-c", "taskset -cp $$"]);
            command.cpu = Some(cpu);
            let output = session.run(&command).unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(text.trim_end().ends_with(&format!(": {cpu}")), "{text}");
        }
    }

    #[test]
    fn work_is_done_where_it_is_put_and_binds_nobody_else() {
        let all = processors();
        for &cpu in &all {
            let (seen, at) = on_processor(Some(cpu), processors).unwrap();
            assert_eq!((seen, at), (vec![cpu], Some(cpu)));
        }
        assert_eq!(processors(), all);
        assert_eq!(on_processor(None, || 7).unwrap().0, 7);
        assert_eq!(on_processor(Some(usize::MAX), || 7), None);
    }
}
