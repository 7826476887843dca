use super::*;
use crate::doctor::facts::trees;
use crate::doctor::{Facts, Family};
use crate::model::{Conditions, Finding, RecorderInfo, Severity};
use crate::record::{Cause, Refusal};

/// Those that matter: check and severity.
fn matter(findings: &[Finding]) -> Vec<(&'static str, Severity)> {
    let matter = findings.iter().filter(|finding| finding.severity > Severity::Ok);
    matter.map(|finding| (finding.check, finding.severity)).collect()
}

fn get<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.check == check).unwrap()
}

fn works(name: &str) -> Recording {
    Recording {
        outcome: Ok(RecorderInfo {
            name: name.into(),
            version: "6.1".into(),
            event: "cpu-clock".into(),
            frequency_hz: 997.0,
            stacks: String::new(),
        }),
        buffer_kib: None,
    }
}

fn refusal(recorder: &'static str, cause: Cause) -> Refusal {
    Refusal {
        recorder,
        reason: format!("{recorder} said no."),
        remedy: "its own".to_owned(),
        cause,
    }
}

fn refused(recorder: &'static str, cause: Cause) -> Recording {
    Recording { outcome: Err(refusal(recorder, cause)), buffer_kib: None }
}

use Severity::{Fail, Note, Warn};

#[test]
fn a_laptop_on_battery() {
    let facts = trees::laptop().facts();
    let findings = timings(&facts);
    assert_eq!(
        matter(&findings),
        [
            ("load", Warn),
            ("governor", Warn),
            ("turbo", Note),
            ("smt", Note),
            ("power", Warn),
            ("heat", Warn)
        ]
    );
    // 80 of 200 ticks of two CPUs.
    let load = get(&findings, "load");
    assert_eq!(load.found, "other processes use 0.8 of 2 CPUs (Web Content 0.7)");
    let governor = get(&findings, "governor");
    assert!(governor.consequence.contains("follows the load"), "{governor:?}");
    assert_eq!(
        governor.command.as_deref(),
        Some("echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor")
    );
    assert_eq!(
        get(&findings, "turbo").command.as_deref(),
        Some("echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo")
    );
    assert_eq!(
        facts.conditions(),
        Conditions {
            governor: Some("powersave".into()),
            turbo: Some(true),
            smt: Some(true),
            battery: Some(true),
            hypervisor: Some("none".into()),
            container: Some("none".into()),
            clock_source: Some("tsc".into()),
            busy_cpus: Some(0.8),
            steal_share: Some(0.0),
            ..Conditions::default()
        }
    );
    // A user may record at level 2, without the kernel, and less often than asked for.
    let recording = recorders(&facts, &[works("perf")]);
    assert_eq!(matter(&recording), [("sample-rate", Warn), ("kernel-functions", Note)]);
    let missing = refusal("perf", Cause::Missing);
    assert_eq!(remedy(&missing, &facts).1.as_deref(), Some("sudo pacman -S perf"));
}

#[test]
fn a_container_with_half_a_cpu() {
    let facts = trees::docker().facts();
    let findings = timings(&facts);
    assert_eq!(matter(&findings), [("cpu-limit", Warn), ("governor", Warn)]);
    let limit = get(&findings, "cpu-limit");
    assert_eq!(
        limit.found,
        "a control group allows 0.50 CPUs of time, and was stopped in 10 of 40 periods"
    );
    assert_eq!(limit.command.as_deref(), Some("docker run --cpuset-cpus 0,1 …"));
    let governor = get(&findings, "governor");
    assert_eq!(governor.advice, "on the host");
    assert!(!governor.command.as_ref().unwrap().contains("sudo"), "{governor:?}");
    let conditions = facts.conditions();
    assert_eq!(conditions.cpu_limit, Some(0.5));
    assert_eq!(conditions.container.as_deref(), Some("docker"));

    let tried =
        [refused("perf", Cause::Forbidden), refused("samply", Cause::Forbidden), works("embedded")];
    let recording = recorders(&facts, &tried);
    assert_eq!(matter(&recording), [("perf", Note), ("samply", Note)]);
    assert_eq!(recording[0].command.as_deref(), Some("docker run --cap-add PERFMON …"));
    // The capability is of no use to samply, which reads the level.
    assert_eq!(recording[1].command.as_deref(), Some("sysctl kernel.perf_event_paranoid=1"));
    assert_eq!(recording[1].advice, "on the host, as root");
    let missing = remedy(&refusal("perf", Cause::Missing), &facts).1.unwrap();
    assert!(missing.starts_with("apt-get install linux-tools-generic && ln -sf"), "{missing}");
}

#[test]
fn a_noisy_virtual_machine() {
    let facts = trees::noisy_vm().facts();
    let findings = timings(&facts);
    assert_eq!(
        matter(&findings),
        [
            ("steal", Warn),
            ("virtual-machine", Note),
            ("cores", Warn),
            ("memory", Note),
            ("clock", Warn)
        ]
    );
    let steal = get(&findings, "steal");
    assert!(
        steal
            .found
            .contains("gives 20.0 % of this machine's CPU time to others now, and gave 9.1 %")
    );
    assert!(get(&findings, "virtual-machine").advice.contains("cargo perfbase ab"));
    assert_eq!(
        get(&findings, "clock").command.as_deref(),
        Some(
            "echo tsc | sudo tee \
             /sys/devices/system/clocksource/clocksource0/current_clocksource"
        )
    );
    // A quota of −1 is none.
    assert_eq!(facts.cgroup.cpus, None);
    assert_eq!(facts.conditions().steal_share, Some(0.2));
    assert_eq!(facts.surroundings.family, Family::Fedora);
    assert_eq!(facts.surroundings.hypervisor.as_deref(), Some("Xen"));
}

#[test]
fn ubuntu_lets_nobody_record() {
    let facts = trees::ubuntu().facts();
    let forbidden =
        ["perf", "samply"].map(|recorder| remedy(&refusal(recorder, Cause::Forbidden), &facts));
    for (advice, command) in forbidden {
        assert_eq!(command.as_deref(), Some("sudo sysctl kernel.perf_event_paranoid=1"));
        assert_eq!(advice, "until the system starts again");
    }
    assert_eq!(
        remedy(&refusal("perf", Cause::Missing), &facts).1.as_deref(),
        Some("sudo apt-get install linux-tools-common linux-tools-generic")
    );
    let mut cloud = facts.clone();
    cloud.kernel.release = Some("6.8.0-1017-azure".into());
    cloud.surroundings.github_actions = true;
    assert_eq!(
        remedy(&refusal("perf", Cause::Missing), &cloud).1.as_deref(),
        Some("sudo apt-get install linux-tools-common linux-tools-6.8.0-1017-azure")
    );
    let (advice, command) = remedy(&refusal("perf", Cause::Forbidden), &cloud);
    assert_eq!(advice, "as a step of the job, before (`run:`)");
    assert_eq!(command.as_deref(), Some("sudo sysctl kernel.perf_event_paranoid=1"));
    // Nothing is said of what is not known, and CPUs are enough.
    assert_eq!(matter(&timings(&facts)), []);
    assert_eq!(facts.kernel.names_kernel, Some(false));
}

#[test]
fn a_server_made_for_measuring() {
    let facts = trees::server().facts();
    let findings = timings(&facts);
    assert_eq!(matter(&findings), [], "{findings:#?}");
    assert_eq!(concerns(&facts), []);
    assert!(findings.len() >= 9, "what is well is told, too: {findings:#?}");
    let tried = [works("perf"), refused("samply", Cause::Missing), works("embedded")];
    let recording = recorders(&facts, &tried);
    assert_eq!(matter(&recording), [], "{recording:#?}");
    assert_eq!(
        recording[0].found,
        "perf 6.1 records cpu-clock at 997 Hz, and is what `capture` takes"
    );
    assert_eq!(recording[1].consequence, "not needed here");
    assert_eq!(
        remedy(&refusal("perf", Cause::Missing), &facts).1.as_deref(),
        Some("sudo apt-get install linux-perf")
    );
}

#[test]
fn every_distribution_has_its_package() {
    let mut facts = Facts { linux: true, ..Facts::default() };
    facts.kernel.capabilities.root = true;
    for (family, expected) in [
        (Family::Fedora, Some("dnf install perf")),
        (Family::Alpine, Some("apk add perf")),
        (Family::Suse, Some("zypper install perf")),
        (Family::Nix, Some("nix-shell -p linuxPackages.perf")),
        (Family::Other, None),
    ] {
        facts.surroundings.family = family;
        assert_eq!(remedy(&refusal("perf", Cause::Missing), &facts).1.as_deref(), expected);
    }
}

#[test]
fn without_any_recorder_all_fail() {
    let facts = Facts { linux: true, ..Facts::default() };
    let tried = [
        refused("perf", Cause::Missing),
        refused("samply", Cause::Other),
        refused("embedded", Cause::Other),
    ];
    let findings = recorders(&facts, &tried);
    assert_eq!(matter(&findings), [("perf", Fail), ("samply", Fail), ("embedded", Fail)]);
    // What no fact explains is left to what the recorder proposes.
    assert_eq!((findings[2].advice.as_str(), &findings[2].command), ("its own", &None));
    assert_eq!(findings[1].found, "samply cannot record: samply said no");
    // On another system those that do not exist there are not told of.
    let elsewhere = [refused("perf", Cause::Elsewhere), works("samply")];
    assert_eq!(recorders(&Facts::default(), &elsewhere).len(), 1);
    assert_eq!(timings(&Facts::default()), []);
    assert!(Facts::default().conditions().is_empty());
}

#[test]
fn a_capability_or_a_filter_makes_a_difference() {
    let mut facts = trees::docker().facts();
    facts.surroundings.container = Some("kubernetes".into());
    let forbidden = refusal("perf", Cause::Forbidden);
    let (_, command) = remedy(&forbidden, &facts);
    assert_eq!(command.as_deref(), Some("securityContext: {capabilities: {add: [PERFMON]}}"));
    // Who has the capability is refused for another reason, which perf itself knows best.
    facts.kernel.capabilities.perfmon = true;
    assert_eq!(remedy(&forbidden, &facts), ("its own".to_owned(), None));
    let memory = Refusal { reason: "raise perf_event_mlock_kb".into(), ..forbidden };
    let (_, command) = remedy(&memory, &facts);
    assert_eq!(command.as_deref(), Some("sysctl kernel.perf_event_mlock_kb=8196"));
    // Less room than wanted is told of with the limit.
    facts.kernel.mlock_kib = Some(516);
    let small = Recording { buffer_kib: Some((512, 8192)), ..works("perf") };
    let finding = recorders(&facts, &[small]).remove(1);
    assert_eq!((finding.check, finding.severity), ("recording-memory", Note));
    assert!(finding.found.contains("512 of 8192 KiB") && finding.found.contains("516"));
}

#[test]
fn concerns_are_what_misleads() {
    let told = concerns(&trees::laptop().facts());
    let checks: Vec<&str> = told.iter().map(|finding| finding.check).collect();
    assert_eq!(checks, ["load", "governor", "power", "heat"]);
}

#[test]
fn what_counts_is_a_choice_and_needs_a_package() {
    let works = works("callgrind").outcome.map(|info| RecorderInfo {
        version: "3.19.0".to_owned(),
        event: "instructions".to_owned(),
        ..info
    });
    let debian = trees::laptop().facts();
    let findings = counters(&debian, &[works, Err(refusal("dhat", Cause::Missing))]);
    assert_eq!(matter(&findings), [("dhat", Note)]);
    let callgrind = get(&findings, "callgrind");
    assert_eq!(
        callgrind.found,
        "callgrind 3.19.0 counts instructions; `--profiler callgrind` takes it"
    );
    let commands = [
        (Family::Ubuntu, Some("sudo apt-get install valgrind")),
        (Family::Nix, Some("nix-shell -p valgrind")),
        (Family::Other, None),
    ];
    for (family, command) in commands {
        let mut facts = Facts::default();
        facts.surroundings.family = family;
        let findings = counters(&facts, &[Err(refusal("dhat", Cause::Missing))]);
        let finding = get(&findings, "dhat");
        assert_eq!(finding.command.as_deref(), command);
        assert_eq!(finding.found, "dhat does not work: dhat said no");
        assert!(command.is_some() || finding.advice == "its own", "{finding:?}");
    }
    let other = counters(&debian, &[Err(refusal("callgrind", Cause::Other))]);
    assert_eq!(get(&other, "callgrind").found, "callgrind cannot count: callgrind said no");
    assert!(counters(&debian, &[Err(refusal("callgrind", Cause::Elsewhere))]).is_empty());
}
