//! Documentation that says that a benchmark is not there yet.

use super::scan::Scanned;

/// Whole statements of documentation that a benchmark is not there yet. A benchmark may well *use*
/// a placeholder, or mention what it leaves out.
const SAYINGS: [&str; 12] = [
    "not implemented",
    "not yet implemented",
    "unimplemented",
    "to be implemented",
    "placeholder",
    "empty placeholder",
    "this is a placeholder",
    "this benchmark is a placeholder",
    "this file is a placeholder",
    "planned for future implementation",
    "this benchmark is not implemented",
    "this benchmark is not yet implemented",
];

/// The first line of a comment that says nothing but that it is not there.
pub(super) fn says(scanned: &Scanned<'_>) -> Option<String> {
    scanned.comments.iter().find(|line| is_said(line)).map(|line| (*line).to_owned())
}

fn is_said(line: &str) -> bool {
    let plain: String = line
        .chars()
        .filter(|c| {
            c.is_alphanumeric() || c.is_whitespace() || matches!(c, ':' | '.' | '-' | '–' | '—')
        })
        .collect::<String>()
        .to_lowercase();
    let plain = plain.trim();
    // `Status: …` tells of nothing else, whatever follows.
    if let Some(status) =
        plain.strip_prefix("status").map(|rest| rest.trim_start_matches([':', ' ', '-']))
    {
        return [
            "not implemented",
            "not yet",
            "placeholder",
            "planned",
            "unimplemented",
            "todo",
            "stub",
        ]
        .iter()
        .any(|word| status.starts_with(word));
    }
    let plain = plain.trim_start_matches("todo").trim_start_matches("note");
    let plain = plain.trim_start_matches([':', ' ']);
    let statement = plain.split(['.', ':', '–', '—']).next().unwrap_or_default().trim();
    let statement = statement.split(" - ").next().unwrap_or_default();
    SAYINGS.contains(&statement)
        || ["placeholder for ", "placeholder benchmark", "stub for ", "empty benchmark"]
            .iter()
            .any(|start| statement.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::source::scan::scan;

    #[test]
    fn documentation_is_taken_by_its_word() {
        for line in [
            "//! Status: NOT IMPLEMENTED",
            "//! **Status**: Planned for future implementation (see the audit)",
            "// Placeholder",
            "//! Placeholder for worker benchmarks",
            "/* TODO: placeholder */",
            "//! This benchmark is a placeholder.",
            "// Not yet implemented: needs queues with steps in them",
        ] {
            assert!(says(&scan(line)).is_some(), "{line}");
        }
        for line in [
            "//! Replaces each placeholder of a template.",
            "// `x` is not implemented for `y`, so convert first",
            "//! Status codes are parsed.",
            "//! Status: complete, compiles",
            "let s = \"placeholder\";",
            "// the placeholder",
            "//! Unimplemented methods of the trait cost nothing",
        ] {
            assert_eq!(says(&scan(line)), None, "{line}");
        }
    }
}
