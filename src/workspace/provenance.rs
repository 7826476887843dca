//! Where and with what a capture is made: commit, compiler, machine.
//!
//! Nothing that names the machine or its owner is taken.

use std::path::Path;

use super::git;
use crate::model::{Commit, Conditions, Machine, Toolchain};
use crate::process::{Command, Session};

/// What a program prints, where it succeeds.
fn stdout_of(session: &Session, command: &Command) -> Option<String> {
    let output = session.run(command).ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The commit checked out in a folder, and whether tracked files differ from it. Files below
/// `except` (the captures, say) do not count. `None` without git, a repository or a commit.
pub fn commit(session: &Session, folder: &Path, except: Option<&Path>) -> Option<Commit> {
    let git = |arguments: &[&str]| git::command(folder, arguments);
    let hash = stdout_of(session, &git(&["rev-parse", "--verify", "HEAD"]))?.trim().to_owned();
    if hash.is_empty() {
        return None;
    }
    let status = ["status", "--porcelain", "--untracked-files=no", "--ignore-submodules=none"];
    let mut command = git(&status).args(["--", ":/"]);
    let inside = except.and_then(|except| match except.is_absolute() {
        true => except.strip_prefix(folder).ok(),
        false => Some(except),
    });
    if let Some(path) = inside.and_then(Path::to_str).filter(|path| !path.is_empty()) {
        command = command.args([format!(":(exclude,literal){path}")]);
    }
    let dirty = stdout_of(session, &command).is_some_and(|changes| !changes.trim().is_empty());
    Some(Commit { hash, dirty })
}

/// The compiler in force in a folder, and what it builds for: `target`, or the host without one.
/// `None` when there is no `rustc`.
pub fn toolchain(
    session: &Session,
    folder: Option<&Path>,
    target: Option<&str>,
) -> Option<Toolchain> {
    let rustc = std::env::var_os("RUSTC").filter(|rustc| !rustc.is_empty());
    let command = Command {
        cwd: folder.map(Path::to_owned),
        ..Command::new(rustc.unwrap_or_else(|| "rustc".into())).arg("-vV")
    };
    let output = stdout_of(session, &command)?;
    let (rustc, host) = parse_rustc_version(&output)?;
    Some(Toolchain { rustc, target: target.map_or(host, str::to_owned) })
}

/// The first line and the host of `rustc -vV`.
fn parse_rustc_version(output: &str) -> Option<(String, String)> {
    let version = output.lines().next()?.trim();
    let host = output.lines().find_map(|line| line.strip_prefix("host: "))?.trim();
    Some((version.to_owned(), host.to_owned()))
}

/// The machine that this runs on; what the system does not tell stays empty or 0. The state that
/// it is in is for `doctor` to say.
pub fn machine(session: &Session) -> Machine {
    let read = |path: &str| fs_err::read_to_string(path).ok();
    let ask = |program: &str, arguments: &[&str]| {
        let output = stdout_of(session, &Command::new(program).args(arguments))?;
        Some(output.trim().to_owned())
    };
    let cpu = read("/proc/cpuinfo")
        .and_then(|text| parse_cpu(&text))
        .or_else(|| read("/proc/device-tree/model"))
        .or_else(|| ask("sysctl", &["-n", "machdep.cpu.brand_string"]));
    let memory_bytes = read("/proc/meminfo")
        .and_then(|text| parse_memory(&text))
        .or_else(|| ask("sysctl", &["-n", "hw.memsize"])?.parse().ok());
    let kernel = read("/proc/sys/kernel/osrelease").or_else(|| ask("uname", &["-r"]));
    Machine {
        cpu: tidy(&cpu.unwrap_or_default()),
        cores: std::thread::available_parallelism().map_or(0, |n| n.get() as u32),
        memory_bytes: memory_bytes.unwrap_or(0),
        os: std::env::consts::OS.to_owned(),
        kernel: tidy(&kernel.unwrap_or_default()),
        conditions: Conditions::default(),
    }
}

/// Without line ends, NULs and repeated blanks.
fn tidy(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The CPU's name in `/proc/cpuinfo`. Arm has numbers only, which still tell machines apart.
fn parse_cpu(cpuinfo: &str) -> Option<String> {
    let field = |name: &str| {
        cpuinfo.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key.trim() == name && !value.trim().is_empty()).then(|| value.trim().to_owned())
        })
    };
    field("model name").or_else(|| field("cpu model")).or_else(|| field("cpu")).or_else(|| {
        let (implementer, part) = (field("CPU implementer")?, field("CPU part")?);
        Some(format!("implementer {implementer} part {part}"))
    })
}

/// All memory in bytes, from `/proc/meminfo`.
fn parse_memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_files_are_read() {
        let intel = "processor\t: 0\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon(R)  CPU\n\n";
        assert_eq!(parse_cpu(intel).as_deref(), Some("Intel(R) Xeon(R)  CPU"));
        let arm = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n";
        assert_eq!(parse_cpu(arm).as_deref(), Some("implementer 0x41 part 0xd0c"));
        assert_eq!(parse_cpu(""), None);
        assert_eq!(parse_memory("MemFree: 1 kB\nMemTotal:       2048 kB\n"), Some(2_097_152));
        assert_eq!(parse_memory("MemTotal: 99999999999999999999 kB\n"), None);
        assert_eq!(tidy("Pi\0 5\n"), "Pi 5");
    }

    #[test]
    fn rustc_is_read() {
        let output = "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\nhost: x86_64-a-b\n";
        let expected = ("rustc 1.95.0 (59807616e 2026-04-14)".into(), "x86_64-a-b".into());
        assert_eq!(parse_rustc_version(output), Some(expected));
        assert_eq!(parse_rustc_version("clang\n"), None);
    }
}
