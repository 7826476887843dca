//! What mends a recorder that does not work, here.

use super::as_root;
use crate::doctor::{Facts, Family};
use crate::record::{Cause, Refusal};

/// From this level of `kernel.perf_event_paranoid` on samply refuses, whoever asks.
const REFUSED: i32 = 2;

/// Room for a recording that never has to wait: 2048 pages and one for the head, in KiB.
pub(super) const MEMORY_KIB: u64 = 8196;

/// Advice in words (may be empty) and the command that mends it. Where the facts do not explain
/// the refusal, there is only what the recorder itself proposes.
pub fn remedy(refusal: &Refusal, facts: &Facts) -> (String, Option<String>) {
    let found = match (refusal.recorder, refusal.cause) {
        ("perf", Cause::Missing) => package(facts),
        ("callgrind" | "dhat", Cause::Missing) => valgrind(facts),
        ("samply", Cause::Missing) => {
            Some((String::new(), "cargo install --locked samply".to_owned()))
        }
        ("perf" | "samply", _) if refusal.reason.contains("mlock") => {
            let command =
                as_root(facts, &format!("sysctl kernel.perf_event_mlock_kb={MEMORY_KIB}"));
            Some((String::new(), command))
        }
        ("perf" | "samply", Cause::Forbidden) => permission(refusal.recorder, facts),
        _ => None,
    };
    match found {
        Some((advice, command)) => (advice, Some(command)),
        None => (refusal.remedy.clone(), None),
    }
}

/// How to install perf.
fn package(facts: &Facts) -> Option<(String, String)> {
    let in_container = facts.surroundings.container.is_some();
    let plain = |command: &str| Some((String::new(), as_root(facts, command)));
    match facts.surroundings.family {
        Family::Debian => plain("apt-get install linux-perf"),
        // The script `perf` takes the one of the running kernel, which in a container is the
        // host's and mostly not among the packages.
        Family::Ubuntu if in_container => Some((
            "then call it by a link, since the kernel is the host's".to_owned(),
            format!(
                "{} && {}",
                as_root(facts, "apt-get install linux-tools-generic"),
                as_root(facts, "ln -sf /usr/lib/linux-tools/*/perf /usr/local/bin/perf")
            ),
        )),
        // Kernels of clouds (`-azure`, `-aws`) have tools of their own.
        Family::Ubuntu => match facts.kernel.release.as_deref() {
            Some(release) if !release.ends_with("-generic") => {
                plain(&format!("apt-get install linux-tools-common linux-tools-{release}"))
            }
            _ => plain("apt-get install linux-tools-common linux-tools-generic"),
        },
        Family::Fedora => plain("dnf install perf"),
        Family::Arch => plain("pacman -S perf"),
        Family::Alpine => plain("apk add perf"),
        Family::Suse => plain("zypper install perf"),
        Family::Nix => Some((String::new(), "nix-shell -p linuxPackages.perf".to_owned())),
        Family::Other => None,
    }
}

/// How to install valgrind, which has the same name everywhere.
fn valgrind(facts: &Facts) -> Option<(String, String)> {
    let install = match facts.surroundings.family {
        Family::Debian | Family::Ubuntu => "apt-get install valgrind",
        Family::Fedora => "dnf install valgrind",
        Family::Arch => "pacman -S valgrind",
        Family::Alpine => "apk add valgrind",
        Family::Suse => "zypper install valgrind",
        Family::Nix => return Some((String::new(), "nix-shell -p valgrind".to_owned())),
        Family::Other => return None,
    };
    Some((String::new(), as_root(facts, install)))
}

/// How to be let record.
fn permission(recorder: &str, facts: &Facts) -> Option<(String, String)> {
    let kernel = &facts.kernel;
    let surroundings = &facts.surroundings;
    let level = kernel.paranoid?;
    // samply reads the level and asks nobody further.
    let by_level = if recorder == "samply" { level >= REFUSED } else { true };
    let may = kernel.capabilities.perfmon;
    let sysctl = "sysctl kernel.perf_event_paranoid=1";
    match surroundings.container.as_deref() {
        Some(_) if recorder == "samply" && by_level => {
            return Some(("on the host, as root".to_owned(), sysctl.to_owned()));
        }
        Some("kubernetes") if !may => {
            return Some((
                "in the container's part of the pod".to_owned(),
                "securityContext: {capabilities: {add: [PERFMON]}}".to_owned(),
            ));
        }
        Some(engine @ ("docker" | "podman"))
            if !may && (kernel.capabilities.seccomp || level > 1) =>
        {
            return Some((
                "start the container with this capability".to_owned(),
                format!("{engine} run --cap-add PERFMON …"),
            ));
        }
        Some(_) if !may && level > 1 => {
            return Some(("on the host, as root".to_owned(), sysctl.to_owned()));
        }
        _ => {}
    }
    if !by_level || level <= 1 || (may && recorder == "perf") {
        return None;
    }
    let advice = if surroundings.github_actions {
        "as a step of the job, before (`run:`)"
    } else {
        "until the system starts again"
    };
    Some((advice.to_owned(), as_root(facts, sysctl)))
}

/// As [`remedy`], in a line.
pub fn advice(refusal: &Refusal, facts: &Facts) -> String {
    match remedy(refusal, facts) {
        (advice, None) => advice,
        (advice, Some(command)) if advice.is_empty() => command,
        (advice, Some(command)) => format!("{advice}: {command}"),
    }
}
