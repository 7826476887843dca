//! The state a machine was in: what moves times though nobody touched the code.

use super::reference::Pace;

/// Settings and load of a machine when a capture began; `None` for what the system does not tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// How the CPUs' frequency is chosen (`performance`, `powersave`, `schedutil`); several names
    /// with `, ` between them where CPUs differ.
    pub governor: Option<String>,
    /// Whether CPUs may go beyond their nominal frequency for a while.
    pub turbo: Option<bool>,
    /// Whether two logical CPUs share a core.
    pub smt: Option<bool>,
    /// Whether it runs on battery.
    pub battery: Option<bool>,
    /// What virtualises it (`KVM`); `none` on bare metal.
    pub hypervisor: Option<String>,
    /// The kind of container (`docker`); `none` outside one.
    pub container: Option<String>,
    /// CPUs' worth of time that a control group lets it use; `None` without a limit, too.
    pub cpu_limit: Option<f64>,
    /// What the kernel reads the time from (`tsc`).
    pub clock_source: Option<String>,
    /// Transparent huge pages: `always`, `madvise` or `never`.
    pub huge_pages: Option<String>,
    /// Whether addresses are randomised.
    pub aslr: Option<bool>,
    /// CPUs' worth of time that other processes used at the start, of all CPUs.
    pub busy_cpus: Option<f64>,
    /// Share of all CPUs' time at the start that the hypervisor gave to others, 0 to 1.
    pub steal_share: Option<f64>,
    /// What the machine did while benchmarks were measured.
    pub meanwhile: Option<Meanwhile>,
    /// How fast it was while benchmarks were timed, all of them together.
    pub pace: Option<Pace>,
}

/// What a machine did over some time; `None` for what the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meanwhile {
    /// CPUs' worth of time that processes used which were not measured, of all CPUs.
    pub busy_cpus: Option<f64>,
    /// Share of all CPUs' time that the hypervisor gave to others, 0 to 1.
    pub steal_share: Option<f64>,
    /// How often CPUs were slowed down because of heat.
    pub throttled: Option<u64>,
}

impl Conditions {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
