//! The view of an audit.

use crate::model::{AuditStatus, Audited};

use super::Tone;
use super::diff::{clip, plural, short_time};

/// What a workspace has of benchmarks, worded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditView {
    /// In the order given.
    pub rows: Vec<AuditRow>,
    /// What it comes to.
    pub summary: String,
    /// How to feel about that.
    pub tone: Tone,
}

/// One bench target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// `package/target`.
    pub name: String,
    /// What became of it.
    pub status: &'static str,
    /// How to feel about that.
    pub tone: Tone,
    /// Its source.
    pub location: String,
    /// What runs it; empty where not known.
    pub harness: &'static str,
    /// How many benchmarks it has; empty where not known.
    pub benchmarks: String,
    /// Features that it is built with; empty without.
    pub features: String,
    /// Label and time of the newest capture of it; empty without.
    pub last_capture: String,
    /// Why that status; may be empty.
    pub found: String,
    /// The command that runs it; to be shown as it is, so that it can be copied.
    pub run: Option<String>,
}

impl AuditView {
    /// Words an audit.
    pub fn new(audited: &[Audited]) -> Self {
        let count = |status| audited.iter().filter(|one| one.status == status).count();
        let parts: Vec<String> = AuditStatus::ALL
            .into_iter()
            .filter(|&status| count(status) > 0)
            .map(|status| format!("{} {}", count(status), word(status, count(status))))
            .collect();
        let summary = match audited.len() {
            0 => "no bench target".to_owned(),
            all => format!("{}: {}", plural(all as u64, "bench target"), parts.join(", ")),
        };
        let worst = audited.iter().map(|one| tone(one.status));
        let tone = if worst.clone().any(|tone| tone == Tone::Bad) {
            Tone::Bad
        } else if audited.is_empty() || worst.clone().any(|tone| tone == Tone::Warn) {
            Tone::Warn
        } else {
            Tone::Good
        };
        Self { rows: audited.iter().map(row).collect(), summary, tone }
    }
}

fn row(one: &Audited) -> AuditRow {
    AuditRow {
        name: format!("{}/{}", one.package, one.target),
        status: one.status.as_str(),
        tone: tone(one.status),
        location: one.location.clone(),
        harness: one.harness.map_or("", |harness| harness.as_str()),
        benchmarks: one.benchmarks.map_or(String::new(), |n| plural(n as u64, "benchmark")),
        features: one.features.join(", "),
        last_capture: one
            .last_capture
            .as_ref()
            .map_or(String::new(), |last| format!("{} ({})", last.label, short_time(&last.time))),
        found: clip(&one.found),
        run: one.run.clone(),
    }
}

fn tone(status: AuditStatus) -> Tone {
    match status {
        AuditStatus::Working => Tone::Good,
        AuditStatus::Fails | AuditStatus::DoesNotCompile => Tone::Bad,
        AuditStatus::Empty | AuditStatus::Placeholder | AuditStatus::Needs => Tone::Warn,
    }
}

/// `2 placeholders`, `1 does not compile`.
fn word(status: AuditStatus, count: usize) -> &'static str {
    match (status, count) {
        (AuditStatus::Placeholder, 2..) => "placeholders",
        (AuditStatus::DoesNotCompile, 2..) => "do not compile",
        (AuditStatus::Fails, 2..) => "fail",
        (AuditStatus::Needs, 2..) => "need something",
        _ => status.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Harness, LastCapture};

    #[test]
    fn the_sum_counts_each_status() {
        let one = |status| Audited {
            package: "p".into(),
            target: "t".into(),
            harness: Some(Harness::Divan),
            location: "benches/t.rs".into(),
            benchmarks: Some(1),
            features: vec!["a".into(), "b".into()],
            run: None,
            last_capture: Some(LastCapture {
                label: "x".into(),
                time: "2026-11-20T23:12:05Z".into(),
            }),
            status,
            found: String::new(),
        };
        use AuditStatus::{Fails, Placeholder, Working};
        let view = AuditView::new(&[one(Working), one(Placeholder), one(Placeholder), one(Fails)]);
        assert_eq!(view.summary, "4 bench targets: 1 working, 1 fails, 2 placeholders");
        assert_eq!(view.tone, Tone::Bad);
        assert_eq!(view.rows[0].last_capture, "x (2026-11-20 23:12)");
        assert_eq!((&*view.rows[0].benchmarks, &*view.rows[0].features), ("1 benchmark", "a, b"));
        assert_eq!(AuditView::new(&[]).summary, "no bench target");
    }
}
