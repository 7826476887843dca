//! What runs on the machine: counters at two moments, and rates between them.

use std::collections::BTreeMap;
use std::path::Path;

use super::Source;
use crate::model::{Meanwhile, SortFew as _};

/// Counters at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    /// Of all CPUs together, in ticks: in use, given to others by the hypervisor, all.
    ticks: [u64; 3],
    /// How many CPUs they are of.
    cpus: u32,
    /// By number and time of start, which stays when a process renames itself: its name and its
    /// CPU time in ticks.
    processes: BTreeMap<(u32, u64), (String, u64)>,
    /// CPU time in ticks of this process and of all that it has waited for.
    own: Option<u64>,
    /// How often CPUs were slowed down because of heat.
    throttled: Option<u64>,
    /// Percentage of the last ten seconds in which somebody waited for memory.
    memory_pressure: Option<f64>,
}

/// What happened between two moments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates {
    /// CPUs that there are, whether or not this process may use them.
    pub all_cpus: u32,
    /// CPUs' worth of time in use.
    pub busy_cpus: Option<f64>,
    /// Those of this process and of all that it has waited for.
    pub own_cpus: Option<f64>,
    /// Who used most of it, and how many CPUs' worth: at most three names.
    pub busiest: Vec<(String, f64)>,
    /// Share of time that the hypervisor gave to others while somebody here wanted it.
    pub steal_share: Option<f64>,
    /// The same share since the system started.
    pub steal_since_start: Option<f64>,
    /// How often a CPU was slowed down because of heat meanwhile.
    pub throttled: Option<u64>,
    /// Percentage of the last ten seconds in which somebody waited for memory.
    pub memory_pressure: Option<f64>,
}

impl Activity {
    fn now() -> Option<Self> {
        Self::read(&Source::new(Path::new("/"), &|_| None))
    }

    /// The counters now; `None` where the system has none.
    pub fn read(source: &Source<'_>) -> Option<Self> {
        let stat = source.text("/proc/stat")?;
        let ticks = parse_ticks(&stat)?;
        let is_cpu = |line: &&str| {
            line.strip_prefix("cpu")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let cpus = stat.lines().filter(is_cpu).count() as u32;
        let mut processes = BTreeMap::new();
        for name in source.names("/proc") {
            let Ok(pid) = name.parse::<u32>() else { continue };
            let stat = source.text(&format!("/proc/{pid}/stat"));
            if let Some((start, process)) = stat.and_then(|text| parse_process(&text)) {
                processes.insert((pid, start), process);
            }
        }
        Some(Self {
            ticks,
            cpus,
            processes,
            own: source.text("/proc/self/stat").and_then(|text| parse_own(&text)),
            throttled: super::Cpu::read(source).throttled,
            memory_pressure: source
                .text("/proc/pressure/memory")
                .and_then(|text| parse_pressure(&text)),
        })
    }
}

impl Rates {
    /// From an earlier and a later moment.
    pub fn between(before: &Activity, after: &Activity) -> Self {
        let [busy, stolen, all] =
            [0, 1, 2].map(|i| after.ticks[i].saturating_sub(before.ticks[i]) as f64);
        let cpus = f64::from(after.cpus);
        let scale = if all > 0.0 { cpus / all } else { 0.0 };
        let mut names: BTreeMap<&str, f64> = BTreeMap::new();
        for (process, (name, ticks)) in &after.processes {
            // Who came meanwhile has used all its time meanwhile.
            let earlier = before.processes.get(process).map_or(0, |(_, ticks)| *ticks);
            let used = ticks.saturating_sub(earlier);
            // What a thread of the kernel works on stands behind a slash.
            let name = name.split_once('/').map_or(name.as_str(), |(name, _)| name);
            if used > 0 {
                *names.entry(name).or_default() += used as f64 * scale;
            }
        }
        let mut busiest: Vec<(String, f64)> =
            names.into_iter().map(|(name, cpus)| (name.to_owned(), cpus)).collect();
        busiest.sort_few_by(|a, b| b.1.total_cmp(&a.1));
        busiest.truncate(3);
        let since_start = after.ticks.map(|ticks| ticks as f64);
        Self {
            all_cpus: after.cpus,
            busy_cpus: (all > 0.0).then_some(busy * scale),
            own_cpus: before
                .own
                .zip(after.own)
                .map(|(before, after)| after.saturating_sub(before) as f64 * scale),
            busiest,
            steal_share: (all > 0.0).then(|| stolen / all),
            steal_since_start: (since_start[2] > 0.0).then(|| since_start[1] / since_start[2]),
            throttled: before
                .throttled
                .zip(after.throttled)
                .map(|(before, after)| after.saturating_sub(before)),
            memory_pressure: after.memory_pressure,
        }
    }
}

/// The line of all CPUs in `/proc/stat`: user nice system idle iowait irq softirq steal, and the
/// time of guests, which is in that of users already.
fn parse_ticks(stat: &str) -> Option<[u64; 3]> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> =
        line.split_whitespace().take(8).map_while(|word| word.parse().ok()).collect();
    let [user, nice, system, idle, waiting, irq, softirq, rest @ ..] = &ticks[..] else {
        return None;
    };
    let steal = rest.first().copied().unwrap_or(0);
    let sum = |parts: &[u64]| parts.iter().fold(0_u64, |sum, part| sum.saturating_add(*part));
    let busy = sum(&[*user, *nice, *system, *irq, *softirq]);
    Some([busy, steal, sum(&[busy, *idle, *waiting, steal])])
}

/// Time of start, name and CPU time of `/proc/PID/stat`. The name stands in brackets and may hold
/// some itself.
fn parse_process(stat: &str) -> Option<(u64, (String, u64))> {
    let start = stat.find('(')?;
    let end = stat.rfind(')').filter(|end| *end > start)?;
    // The first field behind the name is the third of all; CPU time is in the 14th and 15th, the
    // start in the 22nd.
    let mut fields = stat[end + 1..].split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let began: u64 = fields.nth(6)?.parse().ok()?;
    Some((began, (stat[start + 1..end].to_owned(), user.saturating_add(system))))
}

/// CPU time in `/proc/self/stat`: of the process itself in the 14th and 15th field, of those that it
/// has waited for in the next two.
fn parse_own(stat: &str) -> Option<u64> {
    let end = stat.rfind(')')?;
    let fields = stat[end + 1..].split_whitespace().skip(11).take(4);
    let times: Vec<u64> = fields.map_while(|field| field.parse().ok()).collect();
    (times.len() == 4).then(|| times.iter().fold(0, |sum: u64, time| sum.saturating_add(*time)))
}

/// `some avg10=0.02 avg60=…`
fn parse_pressure(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
    line.split_whitespace().find_map(|word| word.strip_prefix("avg10="))?.parse().ok()
}

/// Looks at what the machine does while something is measured.
#[derive(Debug)]
pub struct Watch(Option<Activity>);

impl Watch {
    /// From now on.
    pub fn begin() -> Self {
        Self(Activity::now())
    }

    /// Until now; what this process and those that it started did is not others'.
    pub fn end(self) -> Option<Meanwhile> {
        let rates = Rates::between(&self.0?, &Activity::now()?);
        let rounded = |value: f64, digits: f64| (value * digits).round() / digits;
        Some(Meanwhile {
            busy_cpus: rates
                .busy_cpus
                .zip(rates.own_cpus)
                .map(|(all, own)| rounded((all - own).max(0.0), 100.0)),
            steal_share: rates.steal_share.map(|share| rounded(share, 1e4)),
            throttled: rates.throttled,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_kernel_are_read() {
        let stat = "cpu  100 20 30 800 40 5 5 50 9 9\ncpu0 1 2\n";
        assert_eq!(parse_ticks(stat), Some([160, 50, 1050]));
        assert_eq!(parse_ticks("cpu  1 2 3 4 5 6 7\n"), Some([19, 0, 28]));
        assert_eq!(parse_ticks("cpu  1 2 x\n"), None);
        assert_eq!(parse_ticks(""), None);
        let process = "42 (a (b) c) S 1 42 42 0 -1 4194304 1 2 3 4 70 30 0 0 20 0 1 0 999 5";
        assert_eq!(parse_process(process), Some((999, ("a (b) c".to_owned(), 100))));
        assert_eq!(parse_own(process), Some(100));
        assert_eq!(parse_own(&process.replace("30 0 0", "30 5 7")), Some(112));
        for bad in ["", "42 (a", "42 )a( S", "42 (a) S 1 2"] {
            assert_eq!(parse_process(bad), None, "{bad}");
            assert_eq!(parse_own(bad), None, "{bad}");
        }
        assert_eq!(parse_pressure("some avg10=2.50 avg60=0 total=9\nfull avg10=1\n"), Some(2.5));
    }

    #[test]
    fn rates_are_per_cpu_and_by_name() {
        let moment = |busy, stolen, all, processes: &[(u32, &str, u64)]| Activity {
            ticks: [busy, stolen, all],
            cpus: 4,
            processes: processes
                .iter()
                .map(|(pid, name, ticks)| ((*pid, 7), ((*name).to_owned(), *ticks)))
                .collect(),
            own: Some(busy / 2),
            throttled: Some(busy / 1000),
            memory_pressure: None,
        };
        let before = moment(1000, 100, 10_000, &[(1, "init", 5), (2, "cargo", 100)]);
        let after =
            moment(1060, 110, 10_120, &[(1, "init", 5), (2, "rustc", 120), (3, "rustc/main", 10)]);
        let rates = Rates::between(&before, &after);
        // 60 of 120 ticks of 4 CPUs, and 30 of them by rustc.
        assert_eq!((rates.busy_cpus, rates.own_cpus), (Some(2.0), Some(1.0)));
        assert_eq!(rates.busiest, [("rustc".to_owned(), 1.0)]);
        assert!((rates.steal_share.unwrap() - 10.0 / 120.0).abs() < 1e-12);
        assert!((rates.steal_since_start.unwrap() - 110.0 / 10_120.0).abs() < 1e-12);
        assert_eq!(rates.throttled, Some(0));
        // No time passed, or the counters went back.
        assert_eq!(Rates::between(&after, &after).busy_cpus, None);
        assert_eq!(Rates::between(&after, &before).busy_cpus, None);
    }
}
