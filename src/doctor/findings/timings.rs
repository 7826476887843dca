//! What makes times scatter, or differ though the code does not.

use super::{as_root, write};
use crate::doctor::Facts;
use crate::model::{Area, Finding, Severity};

/// Share of all CPUs that others may use before it is worth a word, and before times mislead.
const BUSY: [f64; 2] = [0.10, 0.25];
/// Share of time that a hypervisor may give to others, likewise. A short look sees single ticks
/// of about 1 %.
const STOLEN: [f64; 2] = [0.01, 0.03];
/// Percentage of ten seconds in which somebody waited for memory.
const MEMORY: [f64; 2] = [1.0, 10.0];

/// All that is known, in a fixed order; nothing on systems that tell nothing.
pub fn timings(facts: &Facts) -> Vec<Finding> {
    let all = [
        load(facts),
        steal(facts),
        hypervisor(facts),
        cpu_limit(facts),
        cores(facts),
        governor(facts),
        turbo(facts),
        smt(facts),
        power(facts),
        heat(facts),
        memory(facts),
        clock(facts),
        huge_pages(facts),
        aslr(facts),
    ];
    all.into_iter().flatten().collect()
}

fn finding(check: &'static str, found: impl Into<String>) -> Finding {
    Finding::new(Area::Timings, check, found)
}

/// Note from the first limit on, warning from the second; `None` below both.
fn severity(value: f64, limits: [f64; 2]) -> Option<Severity> {
    match value {
        value if value >= limits[1] => Some(Severity::Warn),
        value if value >= limits[0] => Some(Severity::Note),
        _ => None,
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn load(facts: &Facts) -> Option<Finding> {
    let rates = &facts.rates;
    let busy = rates.busy_cpus?;
    let found = format!("other processes use {busy:.1} of {} CPUs", rates.all_cpus);
    let Some(severity) = severity(busy / f64::from(rates.all_cpus.max(1)), BUSY) else {
        return Some(finding("load", found));
    };
    let names: Vec<String> = rates
        .busiest
        .iter()
        .filter(|(_, cpus)| *cpus >= 0.1)
        .map(|(name, cpus)| format!("{name} {cpus:.1}"))
        .collect();
    let who = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    let advice = "wait for them, or stop them; --runs 20 and more averages part of it out";
    Some(
        finding("load", format!("{found}{who}"))
            .because(severity, "runs get interrupted, and times scatter")
            .advise(advice),
    )
}

fn steal(facts: &Facts) -> Option<Finding> {
    let now = facts.rates.steal_share?;
    let long = facts.rates.steal_since_start.unwrap_or(0.0);
    if now == 0.0 && long == 0.0 {
        // A machine of its own has no such thing.
        return facts.surroundings.hypervisor.as_ref().map(|_| {
            finding("steal", "the hypervisor gives all of its CPUs' time to this machine")
        });
    }
    let found = format!(
        "the hypervisor gives {} of this machine's CPU time to others now, and gave {} since the \
         system started",
        percent(now),
        percent(long)
    );
    let found = finding("steal", found);
    let long = severity(long, STOLEN).map(|_| Severity::Note);
    Some(match severity(now, STOLEN).max(long) {
        Some(severity) => found
            .because(severity, "runs stand still whenever it does, and times scatter")
            .advise("measure in another hour, or on CPUs of your own"),
        None => found,
    })
}

fn hypervisor(facts: &Facts) -> Option<Finding> {
    let name = facts.surroundings.hypervisor.as_ref()?;
    let (found, consequence, advice) = if facts.surroundings.github_actions {
        (
            format!("a job of GitHub Actions, in a virtual machine ({name})"),
            "each job may get another CPU, so that captures of different jobs are hardly comparable",
            "measure both sides in one job: cargo perfbase ab",
        )
    } else {
        (
            format!("a virtual machine ({name})"),
            "frequency, caches and neighbours are not to be seen from here",
            "",
        )
    };
    Some(finding("virtual-machine", found).because(Severity::Note, consequence).advise(advice))
}

fn cpu_limit(facts: &Facts) -> Option<Finding> {
    let limit = facts.cgroup.cpus?;
    let cores = f64::from(facts.cores.max(1));
    let stopped = match facts.cgroup.throttled {
        Some((stopped, periods)) if stopped > 0 => {
            format!(", and was stopped in {stopped} of {periods} periods")
        }
        _ => String::new(),
    };
    let found =
        finding("cpu-limit", format!("a control group allows {limit:.2} CPUs of time{stopped}"));
    if limit >= cores {
        return Some(found);
    }
    // A recorder beside a benchmark needs more than one CPU.
    let severity = if limit < 2.0_f64.min(cores) { Severity::Warn } else { Severity::Note };
    let found = found.because(
        severity,
        "whoever uses it up stands still for the rest of each period, up to 100 ms at a time",
    );
    Some(match facts.surroundings.container.as_deref() {
        Some(engine @ ("docker" | "podman")) => found
            .advise("start the container with CPUs of its own instead of a share of time")
            .mend(format!("{engine} run --cpuset-cpus 0,1 …")),
        Some("kubernetes") => found.advise(
            "ask for whole CPUs (requests equal to limits) under the static CPU manager policy",
        ),
        _ => found
            .advise("lift the limit")
            .mend(as_root(facts, "systemctl set-property --runtime user.slice CPUQuota=")),
    })
}

fn cores(facts: &Facts) -> Option<Finding> {
    let cores = match facts.cores {
        0 => return None,
        1 => finding("cores", "1 CPU").because(
            Severity::Warn,
            "everything else that runs, a recorder too, takes turns with the benchmark",
        ),
        cores => finding("cores", format!("{cores} CPUs")),
    };
    Some(cores)
}

fn governor(facts: &Facts) -> Option<Finding> {
    let governor = facts.cpu.governor.as_deref()?;
    let driver = facts.cpu.driver.as_ref().map_or(String::new(), |driver| format!(" of {driver}"));
    let found = finding("governor", format!("CPU frequency: governor {governor}{driver}"));
    if governor == "performance" {
        return Some(found);
    }
    let consequence = match (governor, facts.cpu.driver.as_deref()) {
        // The drivers that choose by themselves call their ordinary way so.
        ("powersave", Some("intel_pstate" | "amd-pstate-epp"))
        | ("schedutil" | "ondemand" | "conservative", _) => {
            "the frequency follows the load: a run begins slowly, and times depend on what ran before"
        }
        ("powersave", _) => "CPUs stay at their lowest frequency",
        _ => "the frequency may change while a benchmark runs",
    };
    let found = found.because(Severity::Warn, consequence);
    let path = "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor";
    Some(write(found, facts, "performance", path))
}

fn turbo(facts: &Facts) -> Option<Finding> {
    if !facts.cpu.turbo? {
        return Some(finding("turbo", "turbo is off"));
    }
    let found = finding("turbo", "turbo is on")
        .because(Severity::Note, "the frequency depends on heat and on how many CPUs are in use");
    Some(match facts.cpu.turbo_switch {
        Some((path, off)) => write(found, facts, off, path),
        None => found,
    })
}

fn smt(facts: &Facts) -> Option<Finding> {
    if !facts.cpu.smt? {
        return Some(finding("smt", "no two CPUs share a core"));
    }
    let found = finding("smt", "pairs of CPUs share a core (SMT)")
        .because(Severity::Note, "whatever runs on the other one slows a benchmark down");
    Some(write(found, facts, "off", "/sys/devices/system/cpu/smt/control"))
}

fn power(facts: &Facts) -> Option<Finding> {
    if !facts.power.on_battery? {
        return Some(finding("power", "on mains"));
    }
    Some(
        finding("power", "on battery")
            .because(Severity::Warn, "the frequency is held down, more so as it runs empty")
            .advise("plug it in"),
    )
}

fn heat(facts: &Facts) -> Option<Finding> {
    let since_start = facts.cpu.throttled?;
    let now = facts.rates.throttled.unwrap_or(0);
    if now > 0 {
        return Some(
            finding("heat", "CPUs are being slowed down because of heat")
                .because(Severity::Warn, "times grow with the temperature")
                .advise("let it cool down, and switch turbo off"),
        );
    }
    let found = |text: String| finding("heat", text);
    Some(match since_start {
        0 => found("no CPU was ever slowed down because of heat".to_owned()),
        times => found(format!(
            "CPUs were slowed down because of heat {times} times since the system started"
        ))
        .because(Severity::Note, "long captures may heat it up again"),
    })
}

fn memory(facts: &Facts) -> Option<Finding> {
    let pressure = facts.rates.memory_pressure?;
    let found =
        finding("memory", format!("processes waited for memory {pressure:.1} % of the time"));
    Some(match severity(pressure, MEMORY) {
        Some(severity) => found
            .because(severity, "pages come and go, and times scatter")
            .advise("stop what needs so much of it"),
        None => found,
    })
}

fn clock(facts: &Facts) -> Option<Finding> {
    let clock = facts.kernel.clock_source.as_deref()?;
    let found = finding("clock", format!("clock source {clock}"));
    if !matches!(clock, "hpet" | "acpi_pm" | "xen" | "jiffies" | "refined-jiffies" | "pit") {
        return Some(found);
    }
    let found = found.because(
        Severity::Warn,
        "each look at the clock is a system call of a microsecond: short batches seem longer",
    );
    let better = ["tsc", "kvm-clock"]
        .into_iter()
        .find(|better| facts.kernel.clock_sources.iter().any(|known| known == better));
    Some(match better {
        Some(better) => {
            const CLOCK: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
            write(found, facts, better, CLOCK)
        }
        None => {
            found.advise("see `dmesg | grep -i tsc` for why the kernel left the CPU's own clock")
        }
    })
}

fn huge_pages(facts: &Facts) -> Option<Finding> {
    let pages = facts.kernel.huge_pages.as_deref()?;
    Some(finding("huge-pages", format!("transparent huge pages: {pages}")))
}

fn aslr(facts: &Facts) -> Option<Finding> {
    let on = facts.kernel.aslr?;
    let found = if on {
        "addresses are randomised, which runs average out"
    } else {
        "addresses are not randomised: all runs have one layout"
    };
    Some(finding("aslr", found))
}
