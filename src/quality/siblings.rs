//! Benchmarks of one thing at several sizes.

use std::collections::BTreeMap;

use crate::model::{Finding, Severity};
use crate::stats::median;

use super::series::Series;
use super::{Subject, finding};

/// How many times as fast a larger size may be as a smaller one, where the name says sizes.
const FASTER: f64 = 2.0;
/// The same where the name has a number only, which may be one of threads or of chunks.
const FASTER_NUMBER: f64 = 100.0;
/// From here on no verdict is given.
const IMPOSSIBLE: f64 = 1000.0;

/// One member of a series: its size, its time in ns, and which subject it is.
struct Member {
    size: f64,
    time: f64,
    index: usize,
}

pub(super) fn on_siblings(subjects: &[Subject<'_>], findings: &mut Vec<Finding>) {
    let mut series: BTreeMap<(&str, &str, String, bool), Vec<Member>> = BTreeMap::new();
    for (index, subject) in subjects.iter().enumerate() {
        let id = &subject.entry.id;
        let Some((rest, size, has_unit)) = size(&id.benchmark) else { continue };
        let Some(timing) = subject.timing else { continue };
        let Some(time) = median(&Series::new(timing).medians).map(f64::exp) else { continue };
        // The harness's word that work grows is as good as a unit.
        let is_size = has_unit || timing.throughput.is_some();
        let key = (&*id.package, &*id.target, rest, is_size);
        series.entry(key).or_default().push(Member { size, time, index });
    }
    for ((_, _, _, is_size), members) in series {
        let limit = if is_size { FASTER } else { FASTER_NUMBER };
        for member in &members {
            // The fastest of those that have less to do.
            let smaller = members.iter().filter(|other| other.size < member.size);
            let Some(other) = smaller.min_by(|a, b| a.time.total_cmp(&b.time)) else { continue };
            let times = other.time / member.time;
            if times < limit {
                continue;
            }
            let severity = if times >= IMPOSSIBLE { Severity::Refuse } else { Severity::Warn };
            let found = format!(
                "it is {times:.0} times as fast as {}, which has less to do",
                subjects[other.index].entry.id.benchmark
            );
            let consequence = "it probably does not do what it should: look whether it fails early, or is skipped";
            findings.push(
                finding("siblings", severity, found, consequence)
                    .of(&subjects[member.index].entry.id)
                    .measured(times, limit),
            );
        }
    }
}

/// The last number of a name: the name without it, its value, and whether it has a unit of size.
fn size(name: &str) -> Option<(String, f64, bool)> {
    let end = name.rfind(|c: char| c.is_ascii_digit())? + 1;
    let is_number = |c: char| c.is_ascii_digit() || c == '_' || c == '.';
    let start = name[..end]
        .rfind(|c: char| !is_number(c))
        .map_or(0, |at| at + name[at..].chars().next().map_or(1, char::len_utf8));
    // What separates words is no part of the number.
    let start = end - name[start..end].trim_start_matches(['_', '.']).len();
    let digits: String = name[start..end].chars().filter(|&c| c != '_').collect();
    let value: f64 = digits.parse().ok().filter(|value: &f64| *value > 0.0)?;
    let behind = &name[end..];
    let letters = behind.trim_start_matches([' ', '_', '-']);
    let word: String = letters.chars().take_while(char::is_ascii_alphabetic).collect();
    let factor = match &*word.to_ascii_lowercase() {
        "b" | "byte" | "bytes" | "rows" | "items" | "elements" | "messages" | "lines" => 1.0,
        "k" | "kb" | "kib" => 1024.0,
        "m" | "mb" | "mib" => 1024.0 * 1024.0,
        "g" | "gb" | "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return Some((format!("{}#{behind}", &name[..start]), value, false)),
    };
    let rest = &letters[word.len()..];
    Some((format!("{}#{rest}", &name[..start]), value * factor, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_names() {
        let kib = 1024.0;
        for (name, expected) in [
            ("firehose 1KB", Some(("firehose #", kib, true))),
            ("firehose 1MB", Some(("firehose #", kib * kib, true))),
            ("copy/64_KiB/aligned", Some(("copy/#/aligned", 64.0 * kib, true))),
            ("fib/20", Some(("fib/#", 20.0, false))),
            ("sort/10_000", Some(("sort/#", 10_000.0, false))),
            ("csv_products_1000_rows", Some(("csv_products_#", 1000.0, true))),
            ("threads/8 of them", Some(("threads/# of them", 8.0, false))),
            ("é1", Some(("é#", 1.0, false))),
            ("plain", None),
            ("zero 0", None),
        ] {
            let found = size(name);
            let found = found.as_ref().map(|(rest, value, unit)| (&**rest, *value, *unit));
            assert_eq!(found, expected, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_name_breaks_it(name in "\\PC{0,20}") {
            let _ = size(&name);
        }
    }
}
