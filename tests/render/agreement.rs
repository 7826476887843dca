//! One comparison in all formats: what they say is read back, and is the same.

use std::collections::BTreeMap;

use perfbase::diff::{BenchmarkTimings, Comparison};
use perfbase::gate::Verdict;
use perfbase::model::BenchmarkId;
use perfbase::render::text::{DisplayDiff, Layout};
use perfbase::render::{csv, html, json, markdown};
use perfbase::view::{DiffView, PageView, ViewOptions};
use serde_json::Value;

use crate::csv::records;
use crate::{counts, example};

/// What a format says: by what, the figures as they stand there.
type Said = BTreeMap<String, Vec<String>>;

struct Reports {
    text: String,
    markdown: String,
    html: String,
    csv: [String; 2],
    json: Value,
}

impl Reports {
    fn of(comparison: &Comparison) -> Self {
        let options = ViewOptions { all: true, top: 100, ..ViewOptions::default() };
        let verdict = Verdict::default();
        let view = DiffView::new(comparison, &verdict, &options);
        let untimed = |_: &BenchmarkId| BenchmarkTimings::default();
        let page = PageView::of_comparison(comparison, &verdict, &options, untimed);
        Self {
            html: html::report(&page),
            text: DisplayDiff { view: &view, layout: Layout::plain(160) }.to_string(),
            markdown: markdown::diff(&view),
            csv: [csv::diff_benchmarks(comparison), csv::diff_functions(comparison)],
            json: serde_json::from_str(&json::diff(comparison, &verdict)).unwrap(),
        }
    }
}

/// `982.1 µs`, `−4.4 %`, `+1,234`, `n/a` → a number in ns, shares and pieces.
fn number(text: &str) -> Option<f64> {
    let text = text.replace('\u{2212}', "-").replace(',', "");
    let text = text.trim().trim_start_matches('+').to_owned();
    let (digits, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let factor = match unit {
        "ns" | "" | "B" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "%" => 0.01,
        "KiB" => 1024.0,
        "MiB" => 1_048_576.0,
        _ => return None,
    };
    digits.parse::<f64>().ok().map(|value| value * factor)
}

/// The rows of a table in text: those below a line with this heading, up to the next blank line.
/// Columns are apart by two blanks.
fn text_table(text: &str, heading: &str) -> Said {
    text.lines()
        .skip_while(|line| !line.trim_start().starts_with(heading))
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        .map(|line| {
            let mut cells = line.trim().split("  ").map(str::trim).filter(|cell| !cell.is_empty());
            let name = cells.next().unwrap().to_owned();
            (name, cells.map(str::to_owned).collect())
        })
        .collect()
}

/// The rows of a table in markdown with this heading.
fn markdown_table(text: &str, heading: &str) -> Vec<Vec<String>> {
    text.lines()
        .skip_while(|line| !line.starts_with(heading))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let inner = line.trim_matches('|');
            let bare = |cell: &str| {
                cell.trim().replace(['`', '*'], "").replace("\\[", "[").replace("\\]", "]")
            };
            inner.split(" |").map(bare).collect()
        })
        .collect()
}

/// The rows of the first table of a class in a page, as texts of their cells.
fn html_table(page: &str, class: &str) -> Vec<Vec<String>> {
    let table = page.split_once(&format!("<table class=\"{class}\">")).unwrap().1;
    let table = table.split_once("</table>").unwrap().0;
    let body = table.split_once("<tbody>").unwrap().1;
    let text = |cell: &str| {
        let bare: String = cell
            .split('<')
            .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
            .collect();
        bare.trim().to_owned()
    };
    let row = |row: &str| {
        let cells = row.split("</td>").flat_map(|cell| cell.split("</th>"));
        cells.map(text).filter(|cell| !cell.is_empty()).collect()
    };
    body.split("</tr>").map(row).filter(|row: &Vec<String>| !row.is_empty()).collect()
}

/// Rounded to four digits, or to what a ratio shows.
#[track_caller]
fn assert_rounded(shown: &str, exact: Option<f64>, what: &str) {
    match (number(shown), exact) {
        (None, None) => {
            assert!(shown == "n/a" || shown == "–" || shown.is_empty(), "{what}: {shown}")
        }
        (Some(shown_value), Some(exact)) => {
            let last = if shown.contains('%') { 0.0006 } else { 0.051 };
            let tolerance = (exact.abs() * 6e-4).max(last);
            let distance = (shown_value - exact).abs();
            assert!(distance <= tolerance, "{what}: {shown} is not {exact}");
        }
        (shown_value, exact) => panic!("{what}: {shown} ({shown_value:?}) is not {exact:?}"),
    }
}

/// The same to the last digit.
#[track_caller]
fn assert_exact(written: &str, exact: &Value, what: &str) {
    assert_eq!(written.parse::<f64>().ok(), exact.as_f64(), "{what}");
}

#[test]
fn times_are_the_same_in_all_formats() {
    let comparison = example::comparison();
    let reports = Reports::of(&comparison);
    let text = text_table(&reports.text, "benchmark ");
    let markdown = markdown_table(&reports.markdown, "| benchmark | base | new |");
    let markdown: Said =
        markdown.into_iter().map(|row| (row[0].clone(), row[1..].into())).collect();
    let csv: BTreeMap<String, _> = records(&reports.csv[0])
        .into_iter()
        .filter(|row| row["measure"] == "time")
        .map(|row| (row["benchmark"].clone(), row))
        .collect();
    let html = html_table(&reports.html, "overview");
    assert_eq!(html.len(), text.len());
    let mut timed = 0;
    for benchmark in reports.json["benchmarks"].as_array().unwrap() {
        let name = benchmark["benchmark"].as_str().unwrap();
        let (text, markdown) = (&text[name], &markdown[name]);
        assert_eq!(text[..3], markdown[..3], "{name}");
        let html = html.iter().find(|row| row[0] == name).unwrap();
        for shown in &text[..3] {
            assert!(html.contains(shown), "{name}: {shown} is not in {html:?}");
        }
        let timing = &benchmark["timing"];
        let json = |side: &str| timing[side]["typical"].as_f64();
        assert_rounded(&text[0], json("base"), name);
        assert_rounded(&text[1], json("new"), name);
        assert_rounded(&text[2], timing["change"].as_f64(), name);
        if timing.is_null() {
            continue;
        }
        timed += 1;
        let row = &csv[name];
        for side in ["base", "new"] {
            assert_exact(&row[side], &timing[side]["typical"], name);
            for figure in ["runs", "mean", "p50", "p95", "p99", "min", "max"] {
                assert_exact(&row[&format!("{side}_{figure}")], &timing[side][figure], name);
            }
        }
        assert_exact(&row["change"], &timing["change"], name);
        assert_exact(&row["change_low"], &timing["interval"][0], name);
        assert_exact(&row["change_high"], &timing["interval"][1], name);
        let verdict = timing["verdict"].as_str().unwrap();
        assert_eq!(row["verdict"], verdict);
        if benchmark["failure"].is_null() {
            assert!(text.iter().any(|cell| cell == verdict), "{name}: {text:?}");
            assert!(markdown.iter().any(|cell| cell == verdict), "{name}: {markdown:?}");
        }
    }
    assert_eq!(timed, 4);
}

#[test]
fn functions_are_the_same_in_all_formats() {
    let comparison = example::comparison();
    let reports = Reports::of(&comparison);
    let heading = "| change | interval | base | new | base % | new % | function |";
    let markdown = markdown_table(&reports.markdown, heading);
    let csv = records(&reports.csv[1]);
    let large = reports.json["benchmarks"].as_array().unwrap();
    let large = large.iter().find(|one| one["benchmark"] == "parse/large").unwrap();
    let functions = large["profile"]["functions"].as_array().unwrap();
    assert_eq!(functions.len(), 5);
    for function in functions {
        let name = function["name"].as_str().unwrap();
        let row = csv.iter().find(|row| row["function"] == name).unwrap();
        for (column, exact) in [
            ("base_self", &function["base"]["self_cost"]),
            ("new_self", &function["new"]["self_cost"]),
            ("base_self_share", &function["base"]["self_share"]),
            ("new_total_share", &function["new"]["total_share"]),
            ("delta_self", &function["delta_self_cost"]),
            ("delta_total", &function["delta_total_cost"]),
            ("delta_self_low", &function["interval_self"][0]),
        ] {
            assert_exact(&row[column], exact, &format!("{name} {column}"));
        }
        assert_eq!(row["verdict"], function["verdict"].as_str().unwrap());
        assert_eq!(row["match"], function["match"]["kind"].as_str().unwrap());

        let shown = |cells: &[String]| cells.last().is_some_and(|cell| cell.starts_with(name));
        let cells = markdown.iter().find(|row| shown(row)).unwrap();
        // Costs are in the table's unit, µs here.
        let cost = |value: &Value| value.as_f64().map(|ns| ns / 1e3);
        assert_rounded(&cells[0], cost(&function["delta_self_cost"]), name);
        assert_rounded(&cells[2], cost(&function["base"]["self_cost"]), name);
        assert_rounded(&cells[3], cost(&function["new"]["self_cost"]), name);

        let last = name.rsplit("::").next().unwrap();
        let line = reports
            .text
            .lines()
            .find(|line| line.contains(last) && line.trim_start().starts_with(&*cells[0]));
        let line = line.unwrap_or_else(|| panic!("{name} is not in\n{}", reports.text));
        for cell in [&cells[2], &cells[3]].into_iter().filter(|cell| number(cell).is_some()) {
            assert!(line.contains(&**cell), "{name}: {cell} is not in {line}");
        }
    }
}

#[test]
fn counts_are_the_same_in_all_formats() {
    let comparison = counts::comparison();
    let reports = Reports::of(&comparison);
    let markdown = markdown_table(&reports.markdown, "| benchmark | counted per iteration |");
    let csv = records(&reports.csv[0]);
    let mut told = 0;
    for benchmark in reports.json["benchmarks"].as_array().unwrap() {
        let name = benchmark["benchmark"].as_str().unwrap();
        for count in benchmark["counts"].as_array().into_iter().flatten() {
            let measure = count["measure"].as_str().unwrap();
            let row = csv
                .iter()
                .find(|row| row["benchmark"] == name && row["measure"] == measure)
                .unwrap();
            assert_exact(&row["base"], &count["base"]["count"], name);
            assert_exact(&row["new"], &count["new"]["count"], name);
            assert_exact(&row["delta"], &count["delta"], name);
            assert_eq!(row["verdict"], count["verdict"].as_str().unwrap());
            let is_this = |cells: &&Vec<String>| cells[0] == name && cells[1].ends_with(measure);
            if let Some(cells) = markdown.iter().find(is_this) {
                told += 1;
                assert_rounded(&cells[2], count["base"]["count"].as_f64(), name);
                assert_rounded(&cells[3], count["new"]["count"].as_f64(), name);
                assert_rounded(&cells[4], count["delta"].as_f64(), name);
                let says = |line: &&str| {
                    [measure, &cells[2], &cells[3]].iter().all(|part| line.contains(part))
                };
                let line = reports.text.lines().find(says);
                assert!(line.is_some(), "{cells:?} is not in\n{}", reports.text);
            }
        }
    }
    assert!(told >= 3, "{told}\n{}", reports.markdown);
}
