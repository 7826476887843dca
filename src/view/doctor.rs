//! The view of an examination of a machine.

use crate::model::{Area, Conditions, Finding, Severity};

use super::Tone;
use super::diff::plural;

/// What an examination gave.
#[derive(Clone, Copy, Debug)]
pub struct DoctorInput<'a> {
    /// The operating system.
    pub os: &'static str,
    /// The recorder that a capture takes; `None` where none works.
    pub recorder: Option<&'a str>,
    /// In the order of reports.
    pub findings: &'a [Finding],
    /// The state of the machine.
    pub conditions: &'a Conditions,
}

/// An examination, worded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoctorView {
    /// Those that have findings.
    pub areas: Vec<AreaView>,
    /// What it comes to.
    pub summary: String,
    /// How to feel about that.
    pub tone: Tone,
}

/// What was found in one area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaView {
    /// Its name.
    pub heading: &'static str,
    /// In the order given.
    pub findings: Vec<FindingView>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingView {
    /// `ok`, `note`, `warn`, `fail`.
    pub severity: &'static str,
    /// How to feel about it.
    pub tone: Tone,
    /// What was found; where all is well, with what follows from it.
    pub found: String,
    /// What follows from it; may be empty.
    pub consequence: String,
    /// What to do, in words; may be empty.
    pub advice: String,
    /// The command that does it; to be shown as it is, so that it can be copied.
    pub command: Option<String>,
}

impl DoctorView {
    /// Words an examination.
    pub fn new(input: &DoctorInput<'_>) -> Self {
        let areas = [
            (Area::Recorders, "recorders"),
            (Area::Timings, "what times depend on"),
            (Area::Workspace, "this workspace"),
        ];
        let areas = areas
            .into_iter()
            .map(|(area, heading)| {
                let of_area = input.findings.iter().filter(|finding| finding.area == area);
                AreaView { heading, findings: of_area.map(finding).collect() }
            })
            .filter(|area| !area.findings.is_empty())
            .collect();
        let count = |severity| {
            input.findings.iter().filter(|finding| finding.severity == severity).count() as u64
        };
        let (warnings, notes) = (count(Severity::Warn), count(Severity::Note));
        let profiles = match input.recorder {
            Some(recorder) => format!("profiles: by {recorder}"),
            None => "profiles: none".to_owned(),
        };
        let times = match (warnings, notes) {
            (0, 0) => "nothing to mend".to_owned(),
            (0, notes) => plural(notes, "note"),
            (warnings, 0) => plural(warnings, "warning"),
            (warnings, notes) => {
                format!("{}, {}", plural(warnings, "warning"), plural(notes, "note"))
            }
        };
        let tone = match (input.recorder, warnings) {
            (None, _) => Tone::Bad,
            (_, 0) => Tone::Good,
            _ => Tone::Warn,
        };
        Self { areas, summary: format!("{profiles}; {times}"), tone }
    }
}

fn finding(finding: &Finding) -> FindingView {
    let is_ok = finding.severity == Severity::Ok;
    let (found, consequence) = match (is_ok, finding.consequence.is_empty()) {
        (true, false) => (format!("{}; {}", finding.found, finding.consequence), String::new()),
        _ => (finding.found.clone(), finding.consequence.clone()),
    };
    // Of what is well nothing needs to be done.
    let (advice, command) = match is_ok {
        true => (String::new(), None),
        false => (finding.advice.clone(), finding.command.clone()),
    };
    FindingView {
        severity: finding.severity.as_str(),
        tone: match finding.severity {
            Severity::Ok => Tone::Good,
            Severity::Note => Tone::Neutral,
            Severity::Warn => Tone::Warn,
            Severity::Fail | Severity::Refuse => Tone::Bad,
        },
        found,
        consequence,
        advice,
        command,
    }
}

/// The state of a machine in a line; empty where nothing is known.
pub(super) fn conditions(conditions: &Conditions) -> String {
    fn known(name: &Option<String>) -> Option<&str> {
        name.as_deref().filter(|name| *name != "none")
    }
    let mut parts: Vec<String> = Vec::new();
    let c = conditions;
    parts.extend(c.governor.as_ref().map(|governor| format!("governor {governor}")));
    let switch = |what: &str, on: Option<bool>| {
        on.map(|on| format!("{what} {}", if on { "on" } else { "off" }))
    };
    parts.extend(switch("turbo", c.turbo));
    parts.extend(switch("SMT", c.smt));
    parts.extend(c.battery.map(|on| (if on { "on battery" } else { "on mains" }).to_owned()));
    parts.extend(known(&c.hypervisor).map(|name| format!("virtual machine ({name})")));
    parts.extend(known(&c.container).map(|name| format!("container ({name})")));
    parts.extend(c.cpu_limit.map(|cpus| format!("limited to {cpus:.2} CPUs of time")));
    parts.extend(c.clock_source.as_ref().map(|clock| format!("clock {clock}")));
    parts.extend(c.huge_pages.as_ref().map(|pages| format!("huge pages {pages}")));
    parts.extend(switch("ASLR", c.aslr));
    parts.extend(c.busy_cpus.map(|cpus| format!("{cpus:.1} CPUs in use by others at the start")));
    let stolen = c.steal_share.filter(|share| *share > 0.0);
    parts.extend(stolen.map(|share| format!("{:.1} % of CPU time stolen", 100.0 * share)));
    if let Some(meanwhile) = c.meanwhile {
        let busy = meanwhile.busy_cpus;
        parts.extend(busy.map(|cpus| format!("{cpus:.1} CPUs in use by others meanwhile")));
        let stolen = meanwhile.steal_share.filter(|share| *share > 0.0);
        parts.extend(stolen.map(|s| format!("{:.1} % of CPU time stolen meanwhile", 100.0 * s)));
        let slowed = meanwhile.throttled.filter(|times| *times > 0);
        parts.extend(slowed.map(|times| format!("slowed down {times} times because of heat")));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_well_needs_no_mending() {
        let well = Finding::new(Area::Recorders, "samply", "samply is not installed")
            .because(Severity::Ok, "not needed here")
            .mend("cargo install");
        let view = finding(&well);
        assert_eq!(view.found, "samply is not installed; not needed here");
        assert_eq!((view.consequence.as_str(), view.command), ("", None));
        let told = finding(&well.because(Severity::Warn, "x"));
        assert_eq!((told.consequence.as_str(), told.command.is_some()), ("x", true));
    }

    #[test]
    fn the_summary_counts() {
        let finding = |severity| Finding::new(Area::Timings, "x", "x").because(severity, "y");
        let summary = |recorder, severities: &[Severity]| {
            let findings: Vec<Finding> = severities.iter().map(|s| finding(*s)).collect();
            let conditions = Conditions::default();
            let input =
                DoctorInput { os: "linux", recorder, findings: &findings, conditions: &conditions };
            let view = DoctorView::new(&input);
            (view.summary, view.tone, view.areas.len())
        };
        use Severity::{Note, Ok, Warn};
        let told = |text: &str, tone, areas| (text.to_owned(), tone, areas);
        assert_eq!(
            summary(Some("perf"), &[Ok]),
            told("profiles: by perf; nothing to mend", Tone::Good, 1)
        );
        assert_eq!(
            summary(Some("perf"), &[Warn, Note, Note]),
            told("profiles: by perf; 1 warning, 2 notes", Tone::Warn, 1)
        );
        assert_eq!(summary(None, &[]), told("profiles: none; nothing to mend", Tone::Bad, 0));
    }

    #[test]
    fn conditions_are_told_where_known() {
        assert_eq!(conditions(&Conditions::default()), "");
        let some = Conditions {
            governor: Some("powersave".into()),
            smt: Some(true),
            hypervisor: Some("none".into()),
            container: Some("docker".into()),
            cpu_limit: Some(0.5),
            busy_cpus: Some(3.25),
            steal_share: Some(0.0),
            ..Conditions::default()
        };
        assert_eq!(
            conditions(&some),
            "governor powersave, SMT on, container (docker), limited to 0.50 CPUs of time, \
             3.2 CPUs in use by others at the start"
        );
    }
}
