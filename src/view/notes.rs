//! Findings on captures and comparisons, worded.

use crate::model::{Area, BenchmarkId, Finding, Severity, SortFew as _};

use super::Tone;
use super::diff::{Names, clip, plural};

/// From this number of benchmarks on, the same finding on each of them is told once.
const MANY: usize = 4;

/// A remark on comparability, or on the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteView {
    /// `note`, `warning`, `not comparable` or `no verdict`.
    pub level: &'static str,
    /// The same as a tone.
    pub tone: Tone,
    /// One sentence, with the benchmark's name in front where it is about one.
    pub text: String,
}

/// What has to be known before any figure, the gravest first. Of the data themselves only what
/// warns: `show` tells the rest.
pub(super) fn notes(
    findings: &[Finding],
    names: &Names,
    is_detailed: impl Fn(&BenchmarkId) -> bool,
) -> Vec<NoteView> {
    // A benchmark's details say how it failed, with what it printed.
    let is_said = |finding: &Finding| {
        finding.check == "failure" && finding.benchmark.as_ref().is_some_and(&is_detailed)
    };
    let is_small =
        |finding: &Finding| finding.area == Area::Quality && finding.severity <= Severity::Note;
    worded(findings.iter().filter(|finding| !is_said(finding) && !is_small(finding)), names)
}

/// Findings in words, the gravest first; one on many benchmarks once.
pub(super) fn worded<'a>(
    findings: impl Iterator<Item = &'a Finding>,
    names: &Names,
) -> Vec<NoteView> {
    let mut order: Vec<&Finding> = findings.collect();
    order.sort_few_by(|a, b| {
        b.severity.cmp(&a.severity).then_with(|| a.benchmark.cmp(&b.benchmark))
    });
    let mut views = Vec::new();
    let mut told: Vec<(Severity, &str)> = Vec::new();
    for finding in &order {
        let is_same = |other: &&&Finding| {
            other.severity == finding.severity
                && other.check == finding.check
                && other.area == Area::Quality
                && other.benchmark.is_some()
        };
        let all: Vec<&Finding> = order.iter().filter(is_same).copied().collect();
        if finding.area == Area::Quality && finding.benchmark.is_some() && all.len() >= MANY {
            if !told.contains(&(finding.severity, finding.check)) {
                told.push((finding.severity, finding.check));
                views.push(view(finding.severity, finding.area, together(&all, names)));
            }
            continue;
        }
        let message = clip(&finding.line());
        // Word for word the same of several is told once, with their names.
        let is_equal = |other: &&&Finding| {
            other.severity == finding.severity
                && other.area == finding.area
                && other.benchmark.is_some()
                && other.line() == finding.line()
        };
        let equal: Vec<&Finding> = order.iter().filter(is_equal).copied().collect();
        if finding.benchmark.is_some() && equal.len() > 1 {
            if equal[0].benchmark == finding.benchmark {
                views.push(view(finding.severity, finding.area, shared(&equal, names, &message)));
            }
            continue;
        }
        let text = match &finding.benchmark {
            Some(id) => format!("{}: {message}", clip(&names.short(id))),
            None => message,
        };
        views.push(view(finding.severity, finding.area, text));
    }
    views
}

fn view(severity: Severity, area: Area, text: String) -> NoteView {
    let (level, tone) = match severity {
        Severity::Ok | Severity::Note => ("note", Tone::Neutral),
        Severity::Warn => ("warning", Tone::Warn),
        Severity::Fail | Severity::Refuse if area == Area::Quality => ("no verdict", Tone::Bad),
        Severity::Fail | Severity::Refuse => ("not comparable", Tone::Bad),
    };
    NoteView { level, tone, text }
}

/// `7 benchmarks, of them parse/large most: base: P95/P50 is 1.41: …`
fn together(all: &[&Finding], names: &Names) -> String {
    let beyond =
        |finding: &&&Finding| finding.measured.map_or(0.0, |m| (m.figure / m.threshold).ln().abs());
    let most = all.iter().max_by(|a, b| beyond(a).total_cmp(&beyond(b)));
    let name = most.and_then(|finding| finding.benchmark.as_ref()).map(|id| names.short(id));
    format!(
        "{}, of them {} most: {}",
        plural(all.len() as u64, "benchmark"),
        clip(&name.unwrap_or_default()),
        clip(&most.map(|finding| finding.line()).unwrap_or_default())
    )
}

/// `a, b: The base capture has not counted instructions: …`, and of many their number.
fn shared(all: &[&Finding], names: &Names, message: &str) -> String {
    let who = if all.len() < MANY {
        let ids = all.iter().filter_map(|finding| finding.benchmark.as_ref());
        ids.map(|id| clip(&names.short(id))).collect::<Vec<_>>().join(", ")
    } else {
        plural(all.len() as u64, "benchmark")
    };
    format!("{who}: {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> BenchmarkId {
        BenchmarkId { package: "p".into(), target: "t".into(), benchmark: name.into() }
    }

    fn wide(name: &str, figure: f64, severity: Severity) -> Finding {
        Finding::new(Area::Quality, "wide", format!("P95/P50 is {figure}"))
            .because(severity, "why")
            .of(&id(name))
            .measured(figure, 1.25)
    }

    #[test]
    fn one_thing_on_many_benchmarks_is_told_once() {
        let findings: Vec<Finding> = ["a", "b", "c", "d", "e"]
            .iter()
            .zip([1.3, 1.4, 1.9, 1.3, 1.3])
            .map(|(name, figure)| wide(name, figure, Severity::Warn))
            .chain([wide("f", 9.0, Severity::Note), wide("g", 3.0, Severity::Refuse)])
            .collect();
        let ids: Vec<BenchmarkId> = ["a", "b"].map(id).into();
        let names = Names::new(ids.iter());
        let views = notes(&findings, &names, |_| false);
        let texts: Vec<(&str, &str)> = views.iter().map(|view| (view.level, &*view.text)).collect();
        assert_eq!(
            texts,
            [
                ("no verdict", "g: P95/P50 is 3: why"),
                ("warning", "5 benchmarks, of them c most: P95/P50 is 1.9: why"),
            ]
        );
        assert_eq!(worded(findings[..3].iter(), &names).len(), 3);
        // Equal ones are told once however few they are.
        let equal = [wide("b", 1.3, Severity::Warn), wide("a", 1.3, Severity::Warn)];
        let views = worded(equal.iter(), &names);
        assert_eq!(views.len(), 1);
        assert_eq!(views[0].text, "a, b: P95/P50 is 1.3: why");
    }
}
