//! On which processor a child runs.

use std::process::Command;

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

/// Has the child run on one processor only.
#[cfg(target_os = "linux")]
pub(super) fn bind(command: &mut Command, cpu: usize) {
    use std::os::unix::process::CommandExt;
    // SAFETY: the closure runs in the forked child and calls `sched_setaffinity` only, which is a
    // system call; it does not allocate.
    unsafe {
        command.pre_exec(move || {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            if cpu < libc::CPU_SETSIZE as usize {
                libc::CPU_SET(cpu, &mut set);
            }
            match libc::sched_setaffinity(0, size_of_val(&set), &set) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            }
        });
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
}
