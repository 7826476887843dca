//! divan's results: the table that it prints, its only output.
//!
//! ```text
//! target          fastest       │ slowest       │ median        │ mean          │ samples │ iters
//! ├─ simple       7.085 µs      │ 7.511 µs      │ 7.181 µs      │ 7.193 µs      │ 20      │ 20
//! ╰─ threaded                   │               │               │               │         │
//!    ├─ t=1       4.727 µs      │ 8.042 µs      │ 4.771 µs      │ 4.967 µs      │ 20      │ 20
//!    ╰─ t=2       4.7 µs        │ 5.205 µs      │ 4.765 µs      │ 4.809 µs      │ 20      │ 20
//! ```
//!
//! Four significant digits are all that divan tells: a change below 0.1 % can be rounding.
//! Rows of throughput and of allocations are passed over, since work per iteration cannot be
//! had from rates that are rounded. Columns move when a name is long, so a row is known by what
//! its columns hold and never by where they are.

use thiserror::Error;

use crate::model::{Measurement, Summary};

/// One row of times.
#[derive(Clone, Debug, PartialEq)]
pub struct DivanResult {
    /// The path by which `--exact` knows the benchmark: `target::module::bench::arg`. Empty when
    /// what the benchmark printed hides it.
    pub path: String,
    /// The number of threads, when the benchmark asks for several numbers of them. `--exact`
    /// cannot choose among these.
    pub threads: Option<u32>,
    /// A [`Measurement::Summary`].
    pub measurement: Measurement,
}

/// Why the output has no result.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// No table.
    #[error("the output holds no table of divan's; was the benchmark renamed or left out?")]
    NoTable,
    /// Figures that cannot be.
    #[error("divan's row {row:?} has times that cannot be")]
    Number {
        /// The row.
        row: String,
    },
}

/// All rows of times, in order. Ignored benchmarks have none.
pub fn parse(stdout: &str) -> Result<Vec<DivanResult>, Error> {
    let mut results = Vec::new();
    let mut table = false;
    // The names of the nodes that the current line is below.
    let mut path: Vec<&str> = Vec::new();
    for line in stdout.lines() {
        let columns = columns(line);
        if let Some([name, "slowest", "median", "mean", "samples", "iters"]) = columns {
            if let Some(name) = name.strip_suffix("fastest") {
                table = true;
                path = vec![name.trim()];
            }
            continue;
        }
        if !table {
            continue;
        }
        let head = columns.map_or(line, |columns| columns[0]);
        let (node, rest) = match branch(head) {
            Some((depth, rest)) => (Some(depth), rest),
            None => (None, head),
        };
        match columns.and_then(|columns| Row::parse(rest, columns)) {
            Some(row) => {
                if let (Some(depth), name) = (node, row.name) {
                    path.truncate(depth);
                    path.push(name);
                }
                // Without a node, the benchmark's own output ended the line that has its name.
                let summary = row.summary.ok_or_else(|| Error::Number { row: line.to_owned() })?;
                results.push(result(&path, summary));
            }
            None => {
                if let Some(depth) = node {
                    // Names are padded by two spaces at least.
                    let name = rest.split("  ").next().unwrap_or_default();
                    path.truncate(depth);
                    path.push(name.trim());
                }
            }
        }
    }
    if table { Ok(results) } else { Err(Error::NoTable) }
}

fn result(path: &[&str], summary: Summary) -> DivanResult {
    let threads = path.last().and_then(|name| name.strip_prefix("t=")?.parse().ok());
    let path = if threads.is_some() { &path[..path.len() - 1] } else { path };
    DivanResult { path: path.join("::"), threads, measurement: Measurement::Summary(summary) }
}

/// A line's six columns, the first with the tree and the name in it.
fn columns(line: &str) -> Option<[&str; 6]> {
    let mut parts = line.rsplitn(6, '│').map(str::trim);
    let mut columns = [""; 6];
    for column in columns.iter_mut().rev() {
        *column = parts.next()?;
    }
    // Trimming must not take the tree's indentation away.
    columns[0] = line.rsplitn(6, '│').last()?.trim_end();
    Some(columns)
}

/// The depth of a node, from 1, and what follows its branch.
fn branch(line: &str) -> Option<(usize, &str)> {
    let at = line.find(['├', '╰'])?;
    let (indent, rest) = line.split_at(at);
    let rest = rest.strip_prefix("├─ ").or_else(|| rest.strip_prefix("╰─ "))?;
    let plain = indent.chars().all(|c| c == ' ' || c == '│');
    let width = indent.chars().count();
    (plain && width % 3 == 0).then_some((width / 3 + 1, rest))
}

struct Row<'a> {
    name: &'a str,
    /// `None` for figures that cannot be.
    summary: Option<Summary>,
}

impl<'a> Row<'a> {
    /// The row of `columns`, whose first column is `head` after the tree.
    fn parse(head: &'a str, columns: [&str; 6]) -> Option<Self> {
        let samples: u64 = columns[4].parse().ok()?;
        let iterations: u64 = columns[5].parse().ok()?;
        let unit_at = head.trim_end().rfind(' ')?;
        let number_at = head[..unit_at].trim_end().rfind(' ').map_or(0, |at| at + 1);
        let min = nanoseconds(&head[number_at..])?;
        let max = nanoseconds(columns[1])?;
        let median = nanoseconds(columns[2])?;
        let mean = nanoseconds(columns[3])?;
        let sane = samples > 0 && iterations > 0 && min <= median && median <= max;
        let summary = sane.then_some(Summary {
            min: Some(min),
            median,
            mean: Some(mean),
            max: Some(max),
            spread: Some(max - min),
            samples: Some(samples),
            iterations: Some(iterations),
        });
        Some(Self { name: head[..number_at].trim(), summary })
    }
}

/// A time as divan prints it, in ns.
fn nanoseconds(text: &str) -> Option<f64> {
    let (number, unit) = text.trim().split_once(' ')?;
    let factor = match unit.trim() {
        "ps" => 1e-3,
        "ns" => 1.0,
        "µs" | "μs" | "us" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        "h" => 3600e9,
        "d" => 86400e9,
        _ => return None,
    };
    let digits = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let value = number.parse::<f64>().ok().filter(|_| digits)? * factor;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // Printed by divan 0.1.21.
    const TABLE: &str = "\
dv                fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ ign            (ignored)     │               │               │               │         │
├─ re named       1.492 ns      │ 2.742 ns      │ 2.171 ns      │ 2.155 ns      │ 20      │ 20480
├─ thr                          │               │               │               │         │
│  ├─ t=1         4.727 µs      │ 8.042 µs      │ 4.771 µs      │ 4.967 µs      │ 20      │ 20
│  ╰─ t=2         4.7 µs        │ 5.205 µs      │ 4.765 µs      │ 4.809 µs      │ 20      │ 20
├─ inner                        │               │               │               │         │
│  ├─ bencher     556.3 ns      │ 4.107 µs      │ 679.5 ns      │ 879.1 ns      │ 20      │ 40
│  │              179.7 MB/s    │ 24.34 MB/s    │ 147.1 MB/s    │ 113.7 MB/s    │         │
│  │              12.58 Mitem/s │ 1.704 Mitem/s │ 10.3 Mitem/s  │ 7.961 Mitem/s │         │
│  │              max alloc:    │               │               │               │         │
│  │                0.5         │ 0.5           │ 0.5           │ 0.5           │         │
│  │                4 KB        │ 4 KB          │ 4 KB          │ 4 KB          │         │
│  ╰─ a b                       │               │               │               │         │
│     ├─ s                      │               │               │               │         │
│     │  ├─ a::b  0.346 ns      │ 0.716 ns      │ 0.481 ns      │ 0.501 ns      │ 20      │ 81920
│     │  ╰─ x/y   0.397 ns      │ 1.127 ns      │ 0.491 ns      │ 0.546 ns      │ 20      │ 81920
│     ╰─ slow     3.09 ms       │ 6.954 ms      │ 3.119 ms      │ 3.307 ms      │ 20      │ 20
╰─ typed                        │               │               │               │         │
   ╰─ u32                       │               │               │               │         │
      ╰─ 2        225.6 ns      │ 251.5 ns      │ 227.9 ns      │ 229.8 ns      │ 20      │ 320

";

    fn summary(result: &DivanResult) -> Summary {
        match result.measurement {
            Measurement::Summary(summary) => summary,
            Measurement::Batches { .. } => panic!("divan prints summaries"),
        }
    }

    #[test]
    fn reads_a_table() {
        let results = parse(TABLE).unwrap();
        let rows: Vec<_> =
            results.iter().map(|r| (&*r.path, r.threads, summary(r).median)).collect();
        assert_eq!(
            rows,
            [
                ("dv::re named", None, 2.171),
                ("dv::thr", Some(1), 4771.0),
                ("dv::thr", Some(2), 4765.0),
                ("dv::inner::bencher", None, 679.5),
                ("dv::inner::a b::s::a::b", None, 0.481),
                ("dv::inner::a b::s::x/y", None, 0.491),
                ("dv::inner::a b::slow", None, 3_119_000.0),
                ("dv::typed::u32::2", None, 227.9),
            ]
        );
        let bencher = summary(&results[3]);
        assert_eq!(bencher.min, Some(556.3));
        assert_eq!(bencher.max, Some(4107.0));
        assert_eq!(bencher.mean, Some(879.1));
        assert_eq!((bencher.samples, bencher.iterations), (Some(20), Some(40)));
    }

    #[test]
    fn finds_the_row_amid_output() {
        let text = "warming\n\
            dv      fastest       │ slowest       │ median        │ mean          │ samples │ iters\n\
            ╰─ loud  hello\nmore │ of this\n\
            1.5 ns        │ 3 ns          │ 2 ns          │ 2.1 ns        │ 3       │ 12\n";
        let results = parse(text).unwrap();
        assert_eq!(results.len(), 1);
        assert_eq!(results[0].path, "dv::loud");
        assert_eq!(summary(&results[0]).median, 2.0);
    }

    #[test]
    fn says_when_nothing_ran() {
        assert_eq!(parse("Timer precision: 22 ns\n"), Err(Error::NoTable));
        let ignored: String = TABLE.lines().take(2).map(|line| format!("{line}\n")).collect();
        assert_eq!(parse(&ignored), Ok(vec![]));
        let header = TABLE.lines().next().unwrap();
        let bad = format!("{header}\n╰─ x  9 ns  │ 1 ns │ 2 ns │ 2 ns │ 3 │ 3\n");
        assert!(matches!(parse(&bad), Err(Error::Number { .. })));
    }

    #[test]
    fn knows_units() {
        for (text, expected) in [
            ("500 ps", Some(0.5)),
            ("1.5 ns", Some(1.5)),
            ("2 µs", Some(2e3)),
            ("3 ms", Some(3e6)),
            ("4 s", Some(4e9)),
            ("2 m", Some(120e9)),
            ("4 KB", None),
            ("0.5", None),
            ("nan ns", None),
            ("-1 ns", None),
        ] {
            assert_eq!(nanoseconds(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[├╰│─ a0-9.nsµ=t\n]{0,200}") {
            let header = TABLE.lines().next().unwrap();
            let _ = parse(&format!("{header}\n{text}"));
            let _ = parse(&text);
        }
    }
}
