//! How the workspace at hand compiles its benchmarks.

use crate::build::InForce;
use crate::model::{Area, Finding, Severity};

/// One finding for each set of settings, more where settings mislead.
pub fn workspace(in_force: &[InForce]) -> Vec<Finding> {
    in_force.iter().flat_map(profile).collect()
}

fn profile(settings: &InForce) -> Vec<Finding> {
    let name = &settings.profile;
    let finding = |found: String| Finding::new(Area::Workspace, "profile", found);
    let units =
        settings.codegen_units.map_or(String::new(), |units| format!(", codegen-units = {units}"));
    // Cargo's way to say that it is not set.
    let lto = match settings.lto.as_str() {
        "false" => String::new(),
        lto => format!(", lto = {lto}"),
    };
    let mut findings = vec![finding(format!(
        "profile {name}: opt-level = {}{lto}{units}; a capture adds names and line tables by itself",
        settings.opt_level
    ))];
    let mut add = |setting: &str, severity, consequence: &str, better: &str| {
        findings.push(
            finding(format!("profile {name} has {setting}"))
                .because(severity, consequence)
                .advise(format!("in the workspace's Cargo.toml, below [profile.{name}]"))
                .mend(better),
        );
    };
    if matches!(settings.opt_level.as_str(), "0" | "1") {
        add(
            &format!("opt-level = {}", settings.opt_level),
            Severity::Warn,
            "what is measured is not what users run",
            "opt-level = 3",
        );
    }
    if settings.debug_assertions {
        let consequence = "checks that a release has not are measured, too";
        add("debug-assertions = true", Severity::Warn, consequence, "debug-assertions = false");
    }
    if settings.overflow_checks {
        let consequence = "arithmetic is checked, which costs time; right only if releases do so";
        add("overflow-checks = true", Severity::Note, consequence, "overflow-checks = false");
    }
    if settings.incremental {
        add(
            "incremental = true",
            Severity::Warn,
            "how code is cut into parts depends on earlier builds, and so do inlining and times",
            "incremental = false",
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_mislead_are_told() {
        let good = InForce {
            profile: "bench".into(),
            opt_level: "3".into(),
            debug_assertions: false,
            overflow_checks: false,
            incremental: false,
            lto: "false".into(),
            codegen_units: None,
        };
        let found = workspace(std::slice::from_ref(&good));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Ok);
        assert!(found[0].found.starts_with("profile bench: opt-level = 3; a capture adds"));
        let bad = InForce {
            opt_level: "0".into(),
            debug_assertions: true,
            overflow_checks: true,
            incremental: true,
            lto: "thin".into(),
            codegen_units: Some(1),
            ..good
        };
        let found = workspace(&[bad]);
        assert!(found[0].found.contains("opt-level = 0, lto = thin, codegen-units = 1;"));
        let commands: Vec<&str> =
            found.iter().filter_map(|finding| finding.command.as_deref()).collect();
        assert_eq!(
            commands,
            [
                "opt-level = 3",
                "debug-assertions = false",
                "overflow-checks = false",
                "incremental = false"
            ]
        );
        assert!(found[1..].iter().all(|finding| finding.severity > Severity::Ok));
    }
}
