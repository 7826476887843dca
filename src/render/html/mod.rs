//! A page view → one HTML file that needs nothing else.
//!
//! Everything that is said stands in the page itself, so that it can be read without scripts, and
//! printed. The script adds what is looked around in: call trees, tables that are sorted, search.
//!
//! Invariants: nothing is requested from anywhere. The page's own policy forbids it, and allows the
//! one script and the one style that it has by their hashes, so that whatever a name smuggles in is
//! not run. Text is escaped by `Markup::text`, data by `Markup::json` or base64.
//!
//! Deliberately absent: numbers that `view` did not word (the script formats what it sums up itself
//! by the same [`Scale`](crate::view::Scale)), and libraries of others: see ARCHITECTURE.md.

mod base64;
mod benchmark;
mod capture;
mod comparison;
mod distribution;
mod ladder;
mod markup;
mod shared;
mod tree;

use serde_json::json;

use crate::sha256;
use crate::view::{PageBenchmark, PageView};

use markup::Markup;

const TEMPLATE: &str = include_str!("../../../templates/report/report.html");
const STYLE: &str = include_str!("../../../templates/report/report.css");

/// One script, in parts that share a scope.
const SCRIPT: &str = concat!(
    "'use strict';(() => {\n",
    include_str!("../../../templates/report/format.js"),
    include_str!("../../../templates/report/tree.js"),
    include_str!("../../../templates/report/layout.js"),
    include_str!("../../../templates/report/flame.js"),
    include_str!("../../../templates/report/table.js"),
    include_str!("../../../templates/report/search.js"),
    include_str!("../../../templates/report/explorer.js"),
    include_str!("../../../templates/report/page.js"),
    "})();\n"
);

/// The whole page.
pub fn report(view: &PageView) -> String {
    let mut content = Markup::default();
    let benchmarks = match view {
        PageView::Comparison { diff, benchmarks, captures } => {
            comparison::write(&mut content, diff, benchmarks, captures);
            benchmarks
        }
        PageView::Capture { side, show, gate, benchmarks } => {
            capture::write(&mut content, side, show, gate.as_ref(), benchmarks);
            benchmarks
        }
    };
    let mut title = Markup::default();
    title.text(&view.title());
    let mut data = Markup::default();
    write_data(&mut data, view, benchmarks);
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; img-src data:; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        source(SCRIPT),
        source(STYLE),
    );
    assemble(&[
        ("policy", &policy),
        ("title", title.as_str()),
        ("style", STYLE),
        ("heading", title.as_str()),
        ("content", content.as_str()),
        ("data", data.as_str()),
        ("script", SCRIPT),
    ])
}

/// `sha256-…`, as a policy names a script or a style.
fn source(text: &str) -> String {
    format!("sha256-{}", base64::encode(&sha256::digest(text.as_bytes())))
}

/// The template with its places filled, which are in this order: what is filled in is never looked
/// through for places.
fn assemble(parts: &[(&str, &str)]) -> String {
    let room: usize = parts.iter().map(|(_, text)| text.len()).sum();
    let mut page = String::with_capacity(TEMPLATE.len() + room);
    let mut rest = TEMPLATE;
    for (name, text) in parts {
        let place = format!("{{{{{name}}}}}");
        let (before, after) = rest.split_once(&*place).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(text);
        rest = after;
    }
    page.push_str(rest);
    page
}

/// Data for the script: what call trees there are, and each of them packed.
fn write_data(markup: &mut Markup, view: &PageView, benchmarks: &[PageBenchmark]) {
    let labels = match view {
        PageView::Comparison { diff, .. } => [&*diff.base.label, &*diff.new.label],
        PageView::Capture { side, .. } => ["", &*side.label],
    };
    let trees: Vec<serde_json::Value> = benchmarks
        .iter()
        .map(|benchmark| benchmark.flames.iter().map(tree::description).collect())
        .collect();
    let labels = labels.map(|label| crate::render::Inert(label).to_string());
    markup.json("data", &json!({ "labels": labels, "benchmarks": trees }));
    for (at, benchmark) in benchmarks.iter().enumerate() {
        for (number, flame) in benchmark.flames.iter().enumerate() {
            for (part, bytes) in tree::parts(flame) {
                let id = format!("{part}-{at}-{number}");
                markup.raw("<script type=\"text/plain\" id=\"").raw(&id).raw("\">");
                markup.raw(&base64::encode(&bytes)).raw("</script>\n");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_their_order() {
        let names = ["policy", "title", "style", "heading", "content", "data", "script"];
        let mut at = 0;
        for name in names {
            let place = format!("{{{{{name}}}}}");
            assert_eq!(TEMPLATE.matches(&place).count(), 1, "{name}");
            let found = TEMPLATE.find(&place).unwrap();
            assert!(found > at, "{name}");
            at = found;
        }
        let parts: Vec<(&str, &str)> = names.iter().map(|name| (*name, "{{data}}")).collect();
        assert_eq!(assemble(&parts).matches("{{data}}").count(), names.len());
    }

    #[test]
    fn script_and_style_end_where_they_should() {
        for text in [SCRIPT, STYLE] {
            let lower = text.to_lowercase();
            for word in ["</script", "</style", "<!--"] {
                assert!(!lower.contains(word), "{word}");
            }
        }
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "Function(", "http"] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
    }
}
