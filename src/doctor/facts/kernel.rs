//! The kernel's settings on recording, memory and time, and what this process may do.

use super::Source;

/// Settings of the running kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kernel {
    /// `uname -r`.
    pub release: Option<String>,
    /// `kernel.perf_event_paranoid`: from 1 to 2 on, users may not record the kernel; above 2 (a
    /// patch of distributions), not even themselves.
    pub paranoid: Option<i32>,
    /// `kernel.kptr_restrict`.
    pub kptr_restrict: Option<i32>,
    /// Whether this process sees the addresses of the kernel's functions, and so their names.
    pub names_kernel: Option<bool>,
    /// `kernel.perf_event_mlock_kb`: room for a user's recording, for each CPU.
    pub mlock_kib: Option<u64>,
    /// `kernel.perf_event_max_sample_rate`, which the kernel lowers when sampling takes too long.
    pub max_sample_rate: Option<u64>,
    /// Where the time comes from.
    pub clock_source: Option<String>,
    /// Where else it could come from.
    pub clock_sources: Vec<String>,
    /// Transparent huge pages.
    pub huge_pages: Option<String>,
    /// Whether addresses are randomised.
    pub aslr: Option<bool>,
    /// What this process may do.
    pub capabilities: Capabilities,
}

/// What this process may do beyond others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it is root, here.
    pub root: bool,
    /// CAP_PERFMON, or CAP_SYS_ADMIN, which holds it.
    pub perfmon: bool,
    /// CAP_IPC_LOCK.
    pub ipc_lock: bool,
    /// Whether a filter refuses system calls.
    pub seccomp: bool,
}

impl Kernel {
    pub(super) fn read(source: &Source<'_>) -> Self {
        let sysctl = |name: &str| source.number(&format!("/proc/sys/kernel/{name}"));
        const CLOCK: &str = "/sys/devices/system/clocksource/clocksource0";
        let words = |text: String| text.split_whitespace().map(str::to_owned).collect();
        Self {
            release: source.text("/proc/sys/kernel/osrelease"),
            paranoid: sysctl("perf_event_paranoid"),
            kptr_restrict: sysctl("kptr_restrict"),
            names_kernel: source.text("/proc/kallsyms").and_then(|text| shows_addresses(&text)),
            mlock_kib: source.number("/proc/sys/kernel/perf_event_mlock_kb"),
            max_sample_rate: source.number("/proc/sys/kernel/perf_event_max_sample_rate"),
            clock_source: source.text(&format!("{CLOCK}/current_clocksource")),
            clock_sources: source
                .text(&format!("{CLOCK}/available_clocksource"))
                .map(words)
                .unwrap_or_default(),
            huge_pages: source
                .text("/sys/kernel/mm/transparent_hugepage/enabled")
                .and_then(|text| chosen(&text)),
            aslr: sysctl("randomize_va_space").map(|level: i32| level > 0),
            capabilities: source
                .text("/proc/self/status")
                .map(|text| Capabilities::parse(&text))
                .unwrap_or_default(),
        }
    }
}

impl Capabilities {
    /// Reads `/proc/self/status`.
    fn parse(status: &str) -> Self {
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next().map(str::to_owned)
        };
        let effective =
            field("CapEff:").and_then(|hex| u64::from_str_radix(&hex, 16).ok()).unwrap_or(0);
        let has = |number: u32| effective >> number & 1 == 1;
        Self {
            root: field("Uid:").is_some_and(|uid| uid == "0"),
            perfmon: has(38) || has(21),
            ipc_lock: has(14),
            seccomp: field("Seccomp:").is_some_and(|mode| mode == "2"),
        }
    }
}

/// Whether the first functions of `/proc/kallsyms` have addresses. Some are at zero on their own:
/// variables of each CPU.
fn shows_addresses(kallsyms: &str) -> Option<bool> {
    let mut lines = kallsyms.lines().take(1000).peekable();
    lines.peek()?;
    Some(lines.any(|line| {
        line.split(' ').next().is_some_and(|hex| hex.len() >= 8 && hex.bytes().any(|b| b != b'0'))
    }))
}

/// The word in brackets: `always [madvise] never`.
fn chosen(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('[')?;
    Some(rest.split_once(']')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_bits() {
        let status = "Name:\tx\nUid:\t1000\t1000\t1000\t1000\nCapEff:\t0000004000000000\n\
                      Seccomp:\t2\nSeccomp_filters:\t1\n";
        let parsed = Capabilities::parse(status);
        let expected = Capabilities { root: false, perfmon: true, ipc_lock: false, seccomp: true };
        assert_eq!(parsed, expected);
        let root =
            Capabilities::parse("Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n");
        assert!(root.root && root.perfmon && root.ipc_lock && !root.seccomp);
        assert_eq!(Capabilities::parse("CapEff: nonsense"), Capabilities::default());
    }

    #[test]
    fn hidden_addresses_are_zeros() {
        let zeros = "0000000000000000 A fixed_percpu_data\n0000000000000000 T _text\n";
        assert_eq!(shows_addresses(zeros), Some(false));
        assert_eq!(shows_addresses(&format!("{zeros}ffffffff81000000 T x")), Some(true));
        assert_eq!(shows_addresses(""), None);
        assert_eq!(chosen("always [madvise] never").as_deref(), Some("madvise"));
        assert_eq!(chosen("always"), None);
    }
}
