//! The HTML page as text: that it is whole, asks for nothing, and that names in it are text. What it
//! does in a browser is in `tests/browser`.

use perfbase::diff::{BenchmarkTimings, Comparison, DiffTree};
use perfbase::gate::Verdict;
use perfbase::model::BenchmarkId;
use perfbase::render::html;
use perfbase::view::{
    DiffView, PageView, ShowBenchmark, ShowInput, ShowOptions, ShowView, ViewOptions,
};

use crate::example;

fn page(comparison: &Comparison) -> String {
    let none = |_: &BenchmarkId| BenchmarkTimings::default();
    let options = ViewOptions::default();
    html::report(&PageView::of_comparison(comparison, &Verdict::default(), &options, none))
}

/// Names and attributes of the tags outside of script and style, in order; ends with a slash in front.
fn tags(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').unwrap();
        let tag = rest[start + 1..end].to_owned();
        let name = tag.split([' ', '\n']).next().unwrap().to_owned();
        rest = &rest[end + 1..];
        if name == "script" || name == "style" {
            rest = &rest[rest.find(&format!("</{name}")).unwrap()..];
        }
        found.push(tag);
    }
    found
}

const VOID: [&str; 5] = ["meta", "link", "br", "wbr", "input"];

#[test]
fn every_element_ends_where_it_should() {
    let mut open: Vec<String> = Vec::new();
    for tag in tags(&page(&example::comparison())) {
        let name = tag.split(' ').next().unwrap();
        if let Some(ended) = name.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(ended), "{open:?}");
        } else if !tag.ends_with('/') && !tag.starts_with('!') && !VOID.contains(&name) {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn nothing_is_asked_for_and_the_policy_names_what_runs() {
    let page = page(&example::comparison());
    assert!(!page.contains("http:") && !page.contains("https:"), "no address");
    for tag in tags(&page) {
        assert!(
            !tag.contains(" src=") && !tag.contains(" style=") && !tag.contains(" on"),
            "{tag}"
        );
        let href = tag.split(" href=\"").nth(1);
        assert!(href.is_none_or(|to| to.starts_with('#') || to.starts_with("data:,")), "{tag}");
    }
    let policy = page.split("content=\"default-src").nth(1).unwrap().split('"').next().unwrap();
    for (begin, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let text = page.split(begin).nth(1).unwrap().split(end).next().unwrap();
        let sum = base64(&perfbase::sha256::digest(text.as_bytes()));
        assert!(policy.contains(&format!("'sha256-{sum}'")), "{begin} {policy}");
    }
    assert!(policy.starts_with(" 'none'") && !policy.contains("unsafe"), "{policy}");
}

/// By the bit, and not by tables as the page's own.
fn base64(bytes: &[u8]) -> String {
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let mut text = String::new();
    for at in (0..bits.len()).step_by(6) {
        let bits = format!("{:0<6}", &bits[at..(at + 6).min(bits.len())]);
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        text.push(alphabet.chars().nth(usize::from_str_radix(&bits, 2).unwrap()).unwrap());
    }
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

#[test]
fn it_says_what_every_format_says() {
    let comparison = example::comparison();
    let page = page(&comparison);
    let shown = |text: &str| {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let escaped = escaped.replace('"', "&quot;").replace('\'', "&#39;");
        let plain = page.replace("<wbr>", "");
        assert!(plain.contains(&escaped), "{text}");
    };
    let view = DiffView::new(&comparison, &Verdict::default(), &ViewOptions::default());
    shown(&view.summary);
    for benchmark in &view.benchmarks {
        for text in [&benchmark.name, &benchmark.base, &benchmark.new, &benchmark.change] {
            shown(text);
        }
        shown(&benchmark.interval);
        for function in benchmark.profile.iter().flat_map(|profile| &profile.functions) {
            for text in [&function.name, &function.change, &function.interval, &function.new_cost] {
                shown(text);
            }
        }
    }
    view.notes.iter().for_each(|note| shown(&note.text));
}

#[test]
fn names_are_inert() {
    let of = |name: &str| {
        let mut comparison = example::hostile(name);
        let profile = comparison.benchmarks[0].profile.as_mut().unwrap();
        let mut tree = DiffTree::default();
        let mut names = perfbase::model::Strings::default();
        for node in &profile.tree.nodes {
            let name = names.intern(&format!("{name}{}", node.name.index_in(&profile.tree)));
            tree.nodes.push(perfbase::diff::DiffNode { name, ..*node });
        }
        tree.names = names.into();
        profile.tree = tree;
        page(&comparison)
    };
    let plain = tags(&of("name"));
    for name in example::HOSTILE {
        let name = name();
        let page = of(&name);
        assert!(!page.contains(example::is_active), "{name:.40}");
        let found = tags(&page);
        // No tag more or less, and none other: only the breaks in long paths differ.
        let kinds = |tags: &[String]| -> Vec<String> {
            let name = |tag: &String| tag.split(' ').next().unwrap_or_default().to_owned();
            tags.iter().map(name).filter(|name| name != "wbr").collect()
        };
        assert_eq!(kinds(&found), kinds(&plain), "{name:.40}");
    }
}

/// Names of the tree are told apart by their numbers.
trait Numbered {
    fn index_in(self, tree: &DiffTree) -> usize;
}

impl Numbered for perfbase::model::StringId {
    fn index_in(self, tree: &DiffTree) -> usize {
        tree.names.iter().position(|name| name == tree.names.get(self)).unwrap()
    }
}

#[test]
fn one_capture_is_a_page_as_well() {
    let capture = example::capture("pre-refactor", "2890398", true);
    let (timing, profile, findings) = (example::runs(), example::stacks(), example::findings());
    let benchmarks = capture
        .benchmarks
        .iter()
        .map(|entry| ShowBenchmark {
            entry,
            timing: Some(&timing),
            summary: perfbase::diff::summarize(&timing),
            profile: Some(&profile),
            counts: &[],
        })
        .collect();
    let input = ShowInput {
        capture: &capture,
        benchmarks,
        ladders: &[],
        findings: &findings,
        categories: &[],
    };
    let options = ShowOptions::default();
    let page = html::report(&PageView::of_capture(&input, &Verdict::default(), &options));
    let show = ShowView::new(&input, &options);
    for (_, text) in &show.header {
        assert!(page.contains(&text.replace('&', "&amp;")), "{text}");
    }
    for text in ["pre-refactor: 4 benchmarks", "983.0 µs", "jsonette::hash::fnv", "31.2 %"] {
        assert!(page.replace("<wbr>", "").contains(text), "{text}");
    }
    // Sums of the tree are those of the profile: all of it is the benchmark's.
    let data = page.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let whole = data["benchmarks"][0][0]["whole"][1].as_f64().unwrap();
    assert!((whole - 982_250.0).abs() < 1e-6, "{whole}");
}
