//! Tables for spreadsheets.

use std::collections::BTreeMap;

use perfbase::config::default_categories;
use perfbase::model::CountKind;
use perfbase::render::csv;
use perfbase::view::{ShowBenchmark, ShowInput};

use crate::{counts, example};

/// RFC 4180 as it is written there: rows end with CRLF, quotes are doubled within quotes.
///
/// # Panics
/// On anything else.
pub(crate) fn parse(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut characters = text.chars().peekable();
    let (mut quoted, mut at_start) = (false, true);
    while let Some(c) = characters.next() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => {
                row.last_mut().unwrap().push('"');
            }
            '"' if quoted => {
                quoted = false;
                assert!(matches!(characters.peek(), Some(',' | '\r')), "text behind a quote");
            }
            '"' => {
                assert!(at_start, "a quote within a bare field");
                quoted = true;
            }
            c if quoted => row.last_mut().unwrap().push(c),
            ',' => row.push(String::new()),
            '\r' => {
                assert_eq!(characters.next(), Some('\n'), "a bare carriage return");
                rows.push(vec![String::new()]);
            }
            '\n' => panic!("a bare line feed"),
            c => row.last_mut().unwrap().push(c),
        }
        at_start = matches!(c, ',' | '\r') && !quoted;
    }
    assert!(!quoted, "a quote without its end");
    assert_eq!(rows.pop(), Some(vec![String::new()]), "the last row ends as well");
    rows
}

/// Rows by their headings.
pub(crate) fn records(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut rows = parse(text).into_iter();
    let headings = rows.next().expect("headings");
    rows.map(|row| {
        assert_eq!(row.len(), headings.len(), "{row:?}");
        headings.iter().cloned().zip(row).collect()
    })
    .collect()
}

#[test]
fn a_comparison() {
    let comparison = example::comparison();
    insta::assert_snapshot!("csv_diff_benchmarks", csv::diff_benchmarks(&comparison));
    insta::assert_snapshot!("csv_diff_functions", csv::diff_functions(&comparison));
}

#[test]
fn a_capture() {
    let capture = example::capture("v1", "28903981", false);
    let (timing, profile) = (example::runs(), example::stacks());
    let benchmarks = vec![
        ShowBenchmark {
            entry: &capture.benchmarks[2],
            timing: Some(&timing),
            summary: Some(example::summary(982_100.0)),
            profile: Some(&profile),
            counts: &[],
        },
        ShowBenchmark {
            entry: &capture.benchmarks[1],
            timing: None,
            summary: None,
            profile: None,
            counts: &[],
        },
    ];
    let categories = default_categories();
    let input = ShowInput {
        capture: &capture,
        benchmarks,
        ladders: &[],
        findings: &[],
        categories: &categories,
    };
    insta::assert_snapshot!("csv_show_benchmarks", csv::show_benchmarks(&input));
    let functions = csv::show_functions(&input);
    let own: f64 =
        records(&functions).iter().map(|row| row["self_share"].parse::<f64>().unwrap()).sum();
    assert!((own - 1.0).abs() < 1e-9, "{own}");
    insta::assert_snapshot!("csv_show_functions", functions);
}

#[test]
fn counts_of_a_capture_add_up() {
    let [base, _] = counts::captures();
    let stored: Vec<_> = base
        .capture
        .benchmarks
        .iter()
        .map(|entry| {
            let profiles =
                entry.counts.iter().map(|c| base.counts[&(entry.id.clone(), c.kind)].clone());
            (entry, profiles.collect::<Vec<_>>())
        })
        .collect();
    let benchmarks = stored
        .iter()
        .map(|(entry, counts)| ShowBenchmark {
            entry,
            timing: None,
            summary: None,
            profile: None,
            counts,
        })
        .collect();
    let input = ShowInput {
        capture: &base.capture,
        benchmarks,
        ladders: &[],
        findings: &[],
        categories: &[],
    };
    let functions = records(&csv::show_functions(&input));
    let mut checked = 0;
    for row in records(&csv::show_benchmarks(&input)) {
        let own: f64 = functions
            .iter()
            .filter(|f| f["benchmark"] == row["benchmark"] && f["measure"] == row["measure"])
            .map(|f| f["self"].parse::<f64>().unwrap())
            .sum();
        let mean: f64 = row["mean"].parse().unwrap();
        // The profile of runs that differ has all of them, and the mean is theirs.
        assert!((own - mean).abs() < 1e-6 * mean.max(1.0), "{row:?}: {own}");
        checked += 1;
    }
    let kinds: usize = CountKind::PLAIN.iter().map(|kind| kind.measures().count()).sum();
    assert!(checked >= kinds, "{checked}");
}

#[test]
fn names_are_inert() {
    let formulas: [fn() -> String; 6] = [
        || "=cmd|' /C calc'!A0".into(),
        || "+1+1".into(),
        || "-2+3".into(),
        || "@SUM(1+1)*cmd".into(),
        || "\t=1+1".into(),
        || "a,b\"c\"\r\nd".into(),
    ];
    let model = parse(&csv::diff_functions(&example::hostile("name")));
    for name in example::HOSTILE.into_iter().chain(formulas) {
        let name = name();
        let comparison = example::hostile(&name);
        for text in [csv::diff_benchmarks(&comparison), csv::diff_functions(&comparison)] {
            assert!(!text.replace("\r\n", "").contains(example::is_active), "{name:.40}");
            for cell in parse(&text).iter().flatten() {
                let first = cell.trim_start().chars().next();
                let is_formula = matches!(first, Some('=' | '+' | '-' | '@'));
                assert!(!is_formula || cell.parse::<f64>().is_ok(), "{cell:.80}");
            }
        }
        let rows = parse(&csv::diff_functions(&comparison));
        assert_eq!(rows.len(), model.len(), "{name:.40}");
        assert!(rows.iter().zip(&model).all(|(a, b)| a.len() == b.len()), "{name:.40}");
    }
}
