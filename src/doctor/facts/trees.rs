//! Made-up machines: trees of files as `/proc`, `/sys` and `/etc` have them.

use std::fs;

use super::{Activity, Facts, Source};

/// A machine: its files, what changes in them meanwhile, its environment, its usable CPUs.
pub(in crate::doctor) struct Machine {
    pub(in crate::doctor) files: Vec<(&'static str, &'static str)>,
    pub(in crate::doctor) later: Vec<(&'static str, &'static str)>,
    pub(in crate::doctor) variables: Vec<(&'static str, &'static str)>,
    pub(in crate::doctor) cores: u32,
}

impl Machine {
    /// What the system says of itself there.
    pub(in crate::doctor) fn facts(&self) -> Facts {
        let root = tempfile::tempdir().unwrap();
        let write = |files: &[(&str, &str)]| {
            for (path, text) in files {
                let path = root.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, format!("{text}\n")).unwrap();
            }
        };
        let variable = |name: &str| {
            let found = self.variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let source = Source::new(root.path(), &variable);
        write(&self.files);
        let before = Activity::read(&source);
        write(&self.later);
        let after = Activity::read(&source);
        Facts::read(&source, true, self.cores, before.as_ref().zip(after.as_ref()))
    }
}

const USER: &str = "Name:\tx\nUid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\nSeccomp:\t0";

/// A laptop on battery: powersave, turbo, SMT, hot, and a browser.
pub(in crate::doctor) fn laptop() -> Machine {
    Machine {
        files: vec![
            ("etc/os-release", "NAME=\"Arch Linux\"\nPRETTY_NAME=\"Arch Linux\"\nID=arch"),
            ("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu tsc ht"),
            ("proc/self/status", USER),
            ("proc/self/cgroup", "0::/user.slice/user-1000.slice/session-2.scope"),
            ("proc/sys/kernel/perf_event_paranoid", "2"),
            ("proc/sys/kernel/kptr_restrict", "1"),
            ("proc/sys/kernel/perf_event_mlock_kb", "516"),
            ("proc/sys/kernel/perf_event_max_sample_rate", "500"),
            ("proc/stat", "cpu  1000 0 0 9000 0 0 0 0 0 0\ncpu0 0 0\ncpu1 0 0"),
            ("proc/700/stat", "700 (Web Content) S 1 1 1 0 -1 0 0 0 0 0 100 0 0 0 20 0 1 0 5"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave"),
            ("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", "intel_pstate"),
            ("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "of no CPU"),
            ("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "7"),
            ("sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "12"),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "0"),
            ("sys/devices/system/cpu/smt/active", "1"),
            ("sys/class/power_supply/AC/type", "Mains"),
            ("sys/class/power_supply/AC/online", "0"),
            ("sys/class/power_supply/BAT0/type", "Battery"),
            ("sys/class/power_supply/BAT0/status", "Discharging"),
            ("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc"),
        ],
        later: vec![
            ("proc/stat", "cpu  1080 0 0 9120 0 0 0 0 0 0\ncpu0 0 0\ncpu1 0 0"),
            ("proc/700/stat", "700 (Web Content) S 1 1 1 0 -1 0 0 0 0 0 170 0 0 0 20 0 1 0 5"),
            ("sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "13"),
        ],
        variables: Vec::new(),
        cores: 2,
    }
}

/// A container of docker with half a CPU on Ubuntu, where nobody may record.
pub(in crate::doctor) fn docker() -> Machine {
    Machine {
        files: vec![
            ("etc/os-release", "ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME=\"Ubuntu 24.04\""),
            (".dockerenv", ""),
            ("proc/cpuinfo", "flags\t\t: fpu tsc ht"),
            (
                "proc/self/status",
                "Uid:\t0\t0\t0\t0\nCapEff:\t00000000a80425fb\nSeccomp:\t2\nSeccomp_filters:\t1",
            ),
            ("proc/self/cgroup", "0::/"),
            ("proc/sys/kernel/perf_event_paranoid", "4"),
            ("proc/stat", "cpu  1000 0 0 9000 0 0 0 0 0 0\ncpu0 0 0\ncpu1 0 0"),
            ("sys/fs/cgroup/cpu.max", "50000 100000"),
            ("sys/fs/cgroup/cpu.stat", "usage_usec 5\nnr_periods 40\nnr_throttled 10"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "schedutil"),
        ],
        later: vec![("proc/stat", "cpu  1002 0 0 9098 0 0 0 0 0 0\ncpu0 0 0\ncpu1 0 0")],
        variables: Vec::new(),
        cores: 2,
    }
}

/// A virtual machine of Xen whose hypervisor gives much to others.
pub(in crate::doctor) fn noisy_vm() -> Machine {
    Machine {
        files: vec![
            ("etc/os-release", "ID=\"amzn\"\nID_LIKE=\"centos rhel fedora\""),
            ("proc/cpuinfo", "flags\t\t: fpu hypervisor"),
            ("proc/self/status", USER),
            ("proc/self/cgroup", "4:cpu,cpuacct:/batch\n2:memory:/\n0::/"),
            ("proc/pressure/memory", "some avg10=4.00 avg60=0 avg300=0 total=1\nfull avg10=0"),
            ("proc/stat", "cpu  100 0 0 9000 0 0 0 900 0 0\ncpu0 0 0"),
            ("sys/class/dmi/id/sys_vendor", "Xen"),
            ("sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_quota_us", "-1"),
            ("sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_period_us", "100000"),
            ("sys/devices/system/clocksource/clocksource0/current_clocksource", "xen"),
            ("sys/devices/system/clocksource/clocksource0/available_clocksource", "xen tsc hpet"),
        ],
        later: vec![("proc/stat", "cpu  100 0 0 9080 0 0 0 920 0 0\ncpu0 0 0")],
        variables: vec![("GITHUB_ACTIONS", "true")],
        cores: 1,
    }
}

/// Ubuntu as it is installed: level 4, on a kernel of its own.
pub(in crate::doctor) fn ubuntu() -> Machine {
    Machine {
        files: vec![
            ("etc/os-release", "ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME=\"Ubuntu 24.04\""),
            ("proc/cpuinfo", "flags\t\t: fpu tsc"),
            ("proc/self/status", USER),
            ("proc/sys/kernel/osrelease", "6.8.0-45-generic"),
            ("proc/sys/kernel/perf_event_paranoid", "4"),
            ("proc/kallsyms", "0000000000000000 T _text\n0000000000000000 T start"),
        ],
        later: Vec::new(),
        variables: Vec::new(),
        cores: 8,
    }
}

/// A server that is made for measuring.
pub(in crate::doctor) fn server() -> Machine {
    Machine {
        files: vec![
            ("etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\""),
            ("proc/cpuinfo", "flags\t\t: fpu tsc"),
            ("proc/self/status", USER),
            ("proc/self/cgroup", "0::/user.slice"),
            ("proc/kallsyms", "ffffffff81000000 T _text"),
            ("proc/pressure/memory", "some avg10=0.00 avg60=0 avg300=0 total=1"),
            ("proc/sys/kernel/perf_event_paranoid", "1"),
            ("proc/sys/kernel/kptr_restrict", "0"),
            ("proc/sys/kernel/randomize_va_space", "2"),
            ("proc/sys/kernel/perf_event_max_sample_rate", "100000"),
            ("proc/stat", "cpu  100 0 0 9000 0 0 0 0 0 0\ncpu0 0 0\ncpu1 0 0"),
            ("sys/fs/cgroup/user.slice/cpu.max", "max 100000"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance"),
            ("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "0"),
            ("sys/devices/system/cpu/cpufreq/boost", "0"),
            ("sys/devices/system/cpu/smt/active", "0"),
            ("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc"),
            ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never"),
        ],
        later: vec![("proc/stat", "cpu  101 0 0 9099 0 0 0 0 0 0\ncpu0 0 0\ncpu1 0 0")],
        variables: Vec::new(),
        cores: 2,
    }
}
