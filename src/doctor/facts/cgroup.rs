//! What a control group lets this process use.

use super::Source;

/// Limits of this process's control groups, its own and those around it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cgroup {
    /// CPUs' worth of time; `None` without a limit.
    pub cpus: Option<f64>,
    /// Periods in which the limit stopped it, of all periods so far.
    pub throttled: Option<(u64, u64)>,
}

impl Cgroup {
    pub(super) fn read(source: &Source<'_>) -> Self {
        let Some(groups) = source.text("/proc/self/cgroup") else { return Self::default() };
        let mut tightest = Self::default();
        for line in groups.lines() {
            // `0::/path` of version 2, `4:cpu,cpuacct:/path` of version 1.
            let mut fields = line.splitn(3, ':');
            let (Some(number), Some(controllers), Some(path)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let mounts: &[&str] = match (number, controllers) {
                ("0", "") => &["/sys/fs/cgroup"],
                (_, names) if names.split(',').any(|name| name == "cpu") => {
                    &["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"]
                }
                _ => continue,
            };
            // A container may see the path that its host sees, of which nothing is mounted.
            let mut path = path.trim_end_matches('/').to_owned();
            loop {
                for mount in mounts {
                    let here = Self::of(source, &format!("{mount}{path}"));
                    if here.cpus.is_some_and(|cpus| tightest.cpus.is_none_or(|least| cpus < least))
                    {
                        tightest = here;
                    }
                }
                let Some(parent) = path.rfind('/') else { break };
                path.truncate(parent);
            }
        }
        tightest
    }

    fn of(source: &Source<'_>, folder: &str) -> Self {
        let maximum = source.text(&format!("{folder}/cpu.max")).and_then(|text| {
            let (quota, period) = text.split_once(' ')?;
            Some((quota.parse::<f64>().ok()?, period.trim().parse::<f64>().ok()?))
        });
        let first_version = || {
            let number = |name| source.number::<f64>(&format!("{folder}/{name}"));
            Some((number("cpu.cfs_quota_us")?, number("cpu.cfs_period_us")?))
        };
        let (quota, period) = match maximum.or_else(first_version) {
            Some((quota, period)) if quota > 0.0 && period > 0.0 => (quota, period),
            _ => return Self::default(),
        };
        let throttled = source.text(&format!("{folder}/cpu.stat")).and_then(|text| {
            let field = |name: &str| {
                let line = text.lines().find_map(|line| line.strip_prefix(name))?;
                line.trim().parse::<u64>().ok()
            };
            Some((field("nr_throttled ")?, field("nr_periods ")?))
        });
        Self { cpus: Some(quota / period), throttled }
    }
}
