//! CPUs: who chooses their frequency, whether they share cores, whether they got too hot.

use super::Source;

/// What is known of all CPUs together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    /// Names of the governors in force, each once, with `, ` between.
    pub governor: Option<String>,
    /// The driver (`intel_pstate`, `amd-pstate-epp`, `acpi-cpufreq`).
    pub driver: Option<String>,
    /// Whether CPUs may go beyond their nominal frequency.
    pub turbo: Option<bool>,
    /// The file that says so, and what switches it off.
    pub turbo_switch: Option<(&'static str, &'static str)>,
    /// Whether logical CPUs share cores.
    pub smt: Option<bool>,
    /// How often since the start of the system a CPU was slowed down because of heat.
    pub throttled: Option<u64>,
}

const INTEL: &str = "/sys/devices/system/cpu/intel_pstate/no_turbo";
const BOOST: &str = "/sys/devices/system/cpu/cpufreq/boost";

impl Cpu {
    pub(super) fn read(source: &Source<'_>) -> Self {
        let cpus = source.cpus();
        let each = |file: &str| -> Option<String> {
            let mut values: Vec<String> =
                cpus.iter().filter_map(|cpu| source.text(&format!("{cpu}/{file}"))).collect();
            values.sort();
            values.dedup();
            (!values.is_empty()).then(|| values.join(", "))
        };
        let switch = |path, on: &str, off| Some((source.text(path)? == on, (path, off)));
        let turbo = switch(INTEL, "0", "1").or_else(|| switch(BOOST, "1", "0"));
        let counts = cpus.iter().flat_map(|cpu| {
            ["core", "package"]
                .map(|what| source.number(&format!("{cpu}/thermal_throttle/{what}_throttle_count")))
        });
        let counts: Vec<u64> = counts.flatten().collect();
        Self {
            governor: each("cpufreq/scaling_governor"),
            driver: each("cpufreq/scaling_driver"),
            turbo: turbo.map(|(is_on, _)| is_on),
            turbo_switch: turbo.map(|(_, switch)| switch),
            smt: source.text("/sys/devices/system/cpu/smt/active").map(|text| text == "1"),
            throttled: counts.iter().copied().max(),
        }
    }
}
