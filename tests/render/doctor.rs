//! The examination of a machine, as text and for machines.

use perfbase::model::{Area, Conditions, Finding, Severity};
use perfbase::render::json;
use perfbase::render::text::{DisplayDoctor, Layout};
use perfbase::view::{DoctorInput, DoctorView};

use crate::example;

fn findings(name: &str) -> Vec<Finding> {
    let governor = "echo performance | sudo tee \
                    /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor";
    vec![
        Finding::new(Area::Recorders, "perf", "perf 6.1 records cycles at 997 Hz"),
        Finding::new(Area::Recorders, "samply", "samply is not installed")
            .because(Severity::Ok, "not needed here")
            .mend("cargo install --locked samply"),
        Finding::new(Area::Timings, "load", format!("others use 2.0 of 4 CPUs ({name} 1.9)"))
            .because(Severity::Warn, "runs get interrupted, and times scatter")
            .advise("wait for them, or stop them; --runs 20 and more averages part of it out"),
        Finding::new(Area::Timings, "governor", "CPU frequency: governor powersave")
            .because(Severity::Note, "the frequency follows the load")
            .advise("on the host")
            .mend(governor),
    ]
}

fn text(name: &str, width: usize) -> String {
    let (findings, conditions) = (findings(name), Conditions::default());
    let input = DoctorInput {
        os: "linux",
        recorder: Some("perf"),
        findings: &findings,
        conditions: &conditions,
    };
    let view = DoctorView::new(&input);
    DisplayDoctor { view: &view, layout: Layout::plain(width) }.to_string()
}

#[test]
fn commands_stay_whole() {
    assert_eq!(
        text("rustc", 60),
        "recorders
  ok    perf 6.1 records cycles at 997 Hz
  ok    samply is not installed; not needed here

what times depend on
  warn  others use 2.0 of 4 CPUs (rustc 1.9)
        runs get interrupted, and times scatter
        wait for them, or stop them; --runs 20 and more
        averages part of it out
  note  CPU frequency: governor powersave
        the frequency follows the load
        on the host:
          echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor

profiles: by perf; 1 warning, 1 note
"
    );
}

#[test]
fn names_of_processes_are_inert() {
    for name in example::HOSTILE {
        let name = name();
        assert!(!text(&name, 80).contains(example::is_active));
        let (findings, conditions) = (findings(&name), Conditions::default());
        let input = DoctorInput {
            os: "linux",
            recorder: None,
            findings: &findings,
            conditions: &conditions,
        };
        let json = json::doctor(&input);
        assert!(!json.contains(example::is_active));
        let report: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(report["worst"], "warn");
        assert!(report["findings"][2]["found"].as_str().unwrap().contains(&name));
        assert_eq!(report["findings"][0]["consequence"], serde_json::Value::Null);
        assert_eq!(report["conditions"]["governor"], serde_json::Value::Null);
    }
}
