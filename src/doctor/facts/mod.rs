//! What the system says of itself.

mod activity;
mod cgroup;
mod cpu;
mod kernel;
mod power;
mod surroundings;

#[cfg(test)]
pub(super) mod trees;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use activity::{Activity, Rates, Watch};
pub use cgroup::Cgroup;
pub use cpu::Cpu;
pub use kernel::{Capabilities, Kernel};
pub use power::Power;
pub use surroundings::{Family, Surroundings};

use crate::model::Conditions;

/// All of it. On systems other than Linux nearly everything is unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Whether this is Linux, where there is more to know.
    pub linux: bool,
    /// Logical CPUs that this process may use; 0 when unknown.
    pub cores: u32,
    /// CPUs: frequency, threads, heat.
    pub cpu: Cpu,
    /// Mains or battery.
    pub power: Power,
    /// The kernel's settings on recording and memory.
    pub kernel: Kernel,
    /// Limits of the control group.
    pub cgroup: Cgroup,
    /// Where this runs: distribution, container, virtual machine, service.
    pub surroundings: Surroundings,
    /// What ran meanwhile.
    pub rates: Rates,
}

/// Where facts are read.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// `/`, or a folder with made-up files.
    root: &'a Path,
    /// A variable of the environment.
    variable: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Source<'a> {
    /// Files below `root`, and variables as told.
    pub fn new(root: &'a Path, variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { root, variable }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// A small file's text without blanks around it. Files of the system have few lines, and one
    /// that has not is none of theirs.
    fn text(&self, path: &str) -> Option<String> {
        use std::io::Read as _;
        const MOST: u64 = 1 << 20;
        let mut bytes = Vec::new();
        let file = fs_err::File::open(self.path(path)).ok()?;
        file.take(MOST).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    fn number<T: std::str::FromStr>(&self, path: &str) -> Option<T> {
        self.text(path)?.parse().ok()
    }

    fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// Names in a folder, in order.
    fn names(&self, path: &str) -> Vec<String> {
        let Ok(entries) = fs_err::read_dir(self.path(path)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// Folders `cpu0`, `cpu1`, … below `/sys/devices/system/cpu`.
    fn cpus(&self) -> Vec<String> {
        const FOLDER: &str = "/sys/devices/system/cpu";
        let is_cpu =
            |name: &String| name.strip_prefix("cpu").is_some_and(|n| n.parse::<u32>().is_ok());
        let names = self.names(FOLDER).into_iter().filter(is_cpu);
        names.map(|name| format!("{FOLDER}/{name}")).collect()
    }
}

impl Facts {
    /// Looks around for so long: what runs meanwhile is counted.
    pub fn gather(interval: Duration) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        let source = Source::new(Path::new("/"), &variable);
        let before = Activity::read(&source);
        if before.is_some() {
            std::thread::sleep(interval);
        }
        let after = Activity::read(&source);
        let cores = std::thread::available_parallelism().map_or(0, |n| n.get() as u32);
        let linux = cfg!(target_os = "linux");
        Self::read(&source, linux, cores, before.as_ref().zip(after.as_ref()))
    }

    /// Everything, from a source; `activity` at the beginning and at the end of an interval.
    pub fn read(
        source: &Source<'_>,
        linux: bool,
        cores: u32,
        activity: Option<(&Activity, &Activity)>,
    ) -> Self {
        Self {
            linux,
            cores,
            cpu: Cpu::read(source),
            power: Power::read(source),
            kernel: Kernel::read(source),
            cgroup: Cgroup::read(source),
            surroundings: Surroundings::read(source),
            rates: activity.map(|(a, b)| Rates::between(a, b)).unwrap_or_default(),
        }
    }

    /// Those that belong to a capture.
    pub fn conditions(&self) -> Conditions {
        let named = |known: &Option<String>| {
            self.linux.then(|| known.clone().unwrap_or_else(|| "none".to_owned()))
        };
        // Two digits are more than such a short look can tell.
        let rounded = |value: f64| (value * 100.0).round() / 100.0;
        Conditions {
            governor: self.cpu.governor.clone(),
            turbo: self.cpu.turbo,
            smt: self.cpu.smt,
            battery: self.power.on_battery,
            hypervisor: named(&self.surroundings.hypervisor),
            container: named(&self.surroundings.container),
            cpu_limit: self.cgroup.cpus,
            clock_source: self.kernel.clock_source.clone(),
            huge_pages: self.kernel.huge_pages.clone(),
            aslr: self.kernel.aslr,
            busy_cpus: self.rates.busy_cpus.map(rounded),
            steal_share: self.rates.steal_share.map(|share| (share * 1e4).round() / 1e4),
            meanwhile: None,
            pace: None,
        }
    }
}
