//! A program that runs another one over and over, so that a profiler that watches it sees enough
//! of a benchmark that is over in milliseconds.
//!
//! It is this executable itself, started by a recorder with the hidden first argument
//! [`REPEAT`]. It writes one line per execution, its wall time in ns, to the report, and ends
//! with the status of the last one; it stops at the first that fails.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// The hidden first argument.
pub const REPEAT: &str = "__repeat";

/// Executions after which it stops in any case.
const MOST: usize = 1000;

/// The arguments (after the executable's own path) that repeat `program` for `seconds`.
pub fn arguments(seconds: f64, report: &Path, program: &[OsString]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> =
        vec![REPEAT.into(), seconds.to_string().into(), report.as_os_str().to_owned()];
    arguments.extend_from_slice(program);
    arguments
}

/// The wall times in ns that a repeater reported; lines that are no number are left out.
pub fn read_report(text: &str) -> Vec<u64> {
    text.lines().filter_map(|line| line.trim().parse().ok()).collect()
}

/// The repeater's `main`; `arguments` are those after [`REPEAT`].
pub fn repeat_main(arguments: &[OsString]) -> ExitCode {
    match repeat(arguments) {
        Ok(code) => code,
        Err(_) => ExitCode::from(127),
    }
}

fn repeat(arguments: &[OsString]) -> std::io::Result<ExitCode> {
    let unusable = || std::io::Error::from(std::io::ErrorKind::InvalidInput);
    let [seconds, report, program, rest @ ..] = arguments else { return Err(unusable()) };
    let seconds: f64 = seconds.to_str().and_then(|s| s.parse().ok()).ok_or_else(unusable)?;
    let budget = Duration::try_from_secs_f64(seconds).map_err(|_| unusable())?;
    let mut report = fs_err::File::create(Path::new(report))?;
    let start = Instant::now();
    for _ in 0..MOST {
        let (code, time) = execute(program, rest)?;
        writeln!(report, "{}", time.as_nanos())?;
        if code != 0 {
            return Ok(ExitCode::from(code));
        }
        if start.elapsed() >= budget {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn execute(program: &OsStr, arguments: &[OsString]) -> std::io::Result<(u8, Duration)> {
    let start = Instant::now();
    let status = Command::new(program).args(arguments).status()?;
    let time = start.elapsed();
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        // As a shell tells it.
        return Ok((128u8.saturating_add(u8::try_from(signal).unwrap_or(127)), time));
    }
    Ok((status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1), time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_back() {
        assert_eq!(read_report("12\n x\n34\n"), [12, 34]);
    }
}
