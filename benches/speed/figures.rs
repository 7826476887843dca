//! Times and memory of whole processes, in pairs.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use crate::Result;

/// What one execution took.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    /// Seconds on the clock.
    pub(crate) wall: f64,
    /// Seconds of CPU time, user and system, of the process and those that it waited for.
    pub(crate) cpu: f64,
    /// Largest resident set of any of them, in MiB.
    pub(crate) peak: f64,
}

/// Runs a command to its end, its output thrown away.
pub(crate) fn measure(command: &mut Command) -> Result<Figures> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let (mut status, mut usage) = (0, std::mem::MaybeUninit::<libc::rusage>::zeroed());
    // `Child::wait` does not tell what was used. The child is waited for here and nowhere else.
    // SAFETY: both pointers are to memory of this frame that the call may write.
    while unsafe { libc::wait4(child.id() as i32, &mut status, 0, usage.as_mut_ptr()) } < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error.into());
        }
    }
    let wall = began.elapsed().as_secs_f64();
    // SAFETY: all zeros are a valid value, and `wait4` filled it in.
    let usage = unsafe { usage.assume_init() };
    if !ExitStatus::from_raw(status).success() {
        return Err(format!("{command:?}: {}", ExitStatus::from_raw(status)).into());
    }
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    let cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    // Linux counts in KiB.
    Ok(Figures { wall, cpu, peak: usage.ru_maxrss as f64 / 1024.0 })
}

/// Executions of ours and, beside each, of the peer.
#[derive(Default)]
pub(crate) struct Pairs {
    pub(crate) ours: Vec<Figures>,
    pub(crate) peer: Vec<Figures>,
}

/// Alternates `ours` with `peer`, after one execution of each that does not count.
pub(crate) fn alternate(
    count: usize,
    ours: impl Fn() -> Command,
    peer: Option<impl Fn() -> Command>,
) -> Result<Pairs> {
    let mut pairs = Pairs::default();
    for round in 0..=count {
        let own = measure(&mut ours())?;
        let other = peer.as_ref().map(|peer| measure(&mut peer())).transpose()?;
        if round > 0 {
            pairs.ours.push(own);
            pairs.peer.extend(other);
        }
    }
    Ok(pairs)
}

impl Pairs {
    /// Our wall time by the peer's, of each pair.
    pub(crate) fn ratios(&self) -> Vec<f64> {
        self.ours.iter().zip(&self.peer).map(|(ours, peer)| ours.wall / peer.wall).collect()
    }
}

/// The median of one figure.
pub(crate) fn median(of: &[Figures], pick: fn(&Figures) -> f64) -> f64 {
    middle(of.iter().map(pick).collect())
}

/// The median; of an even number of values the upper one of the two in the middle.
pub(crate) fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
