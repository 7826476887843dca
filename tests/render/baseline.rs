//! One capture as a document.

use perfbase::config::default_categories;
use perfbase::model::Capture;
use perfbase::render::markdown;
use perfbase::view::{BaselineView, ShowBenchmark, ShowInput};

use crate::example;

fn document(capture: &Capture, names: &[&str]) -> String {
    let timing = example::runs();
    let stacks: Vec<(&[&str], u64)> = vec![(names, 90), (&names[..1], 10)];
    let (profile, categories) = (example::profile_of(&stacks), default_categories());
    let benchmarks = capture
        .benchmarks
        .iter()
        .map(|entry| ShowBenchmark {
            entry,
            timing: entry.failure.is_none().then_some(&timing),
            summary: entry.failure.is_none().then(|| example::summary(982_100.0)),
            profile: entry.failure.is_none().then_some(&profile),
            counts: &[],
        })
        .collect();
    let findings = example::findings();
    let input = ShowInput {
        capture,
        benchmarks,
        ladders: &[],
        findings: &findings,
        categories: &categories,
    };
    let view = BaselineView::new(&input, 0.05);
    markdown::baseline(&view, None, &|_| Some("my pictures/<1>.png".to_owned()))
}

#[test]
fn a_document() {
    let mut capture = example::capture("pre-refactor", "28903981", true);
    capture.settings.command =
        ["capture", "--label", "pre-refactor", "--bench", "codec", "--", "it's"]
            .map(str::to_owned)
            .into();
    capture.settings.rustflags = Some("-C target-cpu=native".into());
    let names =
        ["codec::parse", "jsonette::value", "jsonette::value", "alloc::alloc::alloc", "malloc"];
    insta::assert_snapshot!(document(&capture, &names));
}

#[test]
fn names_are_inert() {
    for name in example::HOSTILE {
        let name = name();
        let render = |name: &str| {
            let mut capture = example::capture("v1", "28903981", false);
            capture.settings.command = ["capture", "--label", "v1", name].map(str::to_owned).into();
            capture.toolchain.rustc = name.into();
            capture.machine.cpu = name.into();
            capture.machine.kernel = name.into();
            for entry in &mut capture.benchmarks {
                entry.id.target = name.into();
                // Else they would be of one name.
                entry.id.benchmark = format!("{name}{}", entry.id.benchmark.len());
            }
            document(&capture, &["main", name, name])
        };
        let (text, plain) = (render(&name), render("name"));
        assert!(!text.contains(example::is_active), "{name:.40}");
        let outside: String = text
            .lines()
            .filter(|line| !line.starts_with("    "))
            .map(|l| l.replace("\\`", "").split('`').step_by(2).collect::<String>() + "\n")
            .collect();
        let outside = outside.replace("\\]", "").replace("\\<", "").replace("![Flamegraph](<", "");
        for tag in ["<script", "<img", "<details", "</details", "]("] {
            assert!(!outside.contains(tag), "{name:.40}: {outside}");
        }
        // As many chapters and rows as with a name that behaves; patterns depend on names.
        for start in ["# ", "## ", "|"] {
            let count = |text: &str| text.lines().filter(|line| line.starts_with(start)).count();
            assert_eq!(count(&text), count(&plain), "{name:.40} {start}\n{text}");
        }
    }
}
