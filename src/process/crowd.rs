//! Whether children do several things at once.

#[cfg(target_os = "linux")]
use std::collections::HashSet;
#[cfg(target_os = "linux")]
use std::fs;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

#[cfg(target_os = "linux")]
use super::tree;

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(5);

/// Fewest looks that say anything.
const FEWEST: u32 = 10;

/// Does `work`, and watches what this process's descendants do meanwhile: the share of looks at
/// which two or more of their threads were running or waiting for a processor. Unlike CPU time that
/// says the same on a busy machine, where a program with four threads may get less than one
/// processor. `None` where the system does not tell, or when it was over too soon.
pub fn crowd<T>(work: impl FnOnce() -> T) -> (T, Option<f64>) {
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        let watch = scope.spawn(move || {
            let (mut looks, mut crowded) = (0_u32, 0_u32);
            while is_done.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let Some(ready) = ready_threads(std::process::id()) else { continue };
                looks += 1;
                crowded += u32::from(ready >= 2);
            }
            (looks >= FEWEST).then(|| f64::from(crowded) / f64::from(looks))
        });
        let result = work();
        drop(done);
        (result, watch.join().unwrap_or(None))
    })
}

/// How many threads of a process's descendants run or could; `None` when there is no descendant.
#[cfg(target_os = "linux")]
fn ready_threads(process: u32) -> Option<usize> {
    let mut family = HashSet::from([libc::pid_t::try_from(process).ok()?]);
    let processes = tree::all();
    let mut children = Vec::new();
    loop {
        let before = children.len();
        for process in &processes {
            if family.contains(&process.parent) && family.insert(process.pid) {
                children.push(process.pid);
            }
        }
        if children.len() == before {
            break;
        }
    }
    if children.is_empty() {
        return None;
    }
    let ready = |pid: &libc::pid_t| {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let stats = tasks.filter_map(|task| fs::read_to_string(task.path().join("stat")).ok());
        stats.filter(|stat| stat.rsplit_once(") ").is_some_and(|(_, f)| f.starts_with('R'))).count()
    };
    Some(children.iter().map(ready).sum())
}

/// Unknown: there is no `/proc` of this kind.
#[cfg(not(target_os = "linux"))]
fn ready_threads(_process: u32) -> Option<usize> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    /// The threads seen ready at most looks below a shell that runs this script.
    fn ready(script: &str) -> usize {
        let mut shell = Command::new("sh").args(["-c", script]).spawn().expect("there is a shell");
        let mut looks: Vec<usize> = (0..100)
            .filter_map(|_| {
                thread::sleep(Duration::from_millis(2));
                ready_threads(shell.id())
            })
            .collect();
        shell.wait().expect("it ends");
        looks.sort_unstable();
        looks[looks.len() / 2]
    }

    #[test]
    fn threads_that_wait_for_a_processor_count_and_others_do_not() {
        let busy = "timeout 2 sh -c 'while :; do :; done'";
        assert_eq!(ready(&format!("{busy} & {busy} & wait")), 2);
        assert_eq!(ready(&format!("sleep 2 & {busy} & wait")), 1);
    }

    #[test]
    fn what_is_over_at_once_tells_nothing() {
        assert_eq!(crowd(|| 7), (7, None));
    }
}
