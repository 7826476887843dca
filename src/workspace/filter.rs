//! Which benchmarks a user names.

use crate::model::BenchmarkId;

/// Patterns of which a benchmark has to meet one; none at all takes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Names, or parts of them.
    pub patterns: Vec<String>,
    /// Whether a pattern is the benchmark's whole name or whole id, and not a part of it.
    pub exact: bool,
}

impl Filter {
    /// Whether a benchmark is among those named. A part may lie anywhere in
    /// `package/target/benchmark`.
    pub fn takes(&self, id: &BenchmarkId) -> bool {
        if self.patterns.is_empty() {
            return true;
        }
        let text = id.to_string();
        self.patterns.iter().any(|pattern| {
            if self.exact {
                *pattern == id.benchmark || *pattern == text
            } else {
                text.contains(pattern)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(patterns: &[&str], exact: bool) -> bool {
        let patterns = patterns.iter().map(ToString::to_string).collect();
        let id = BenchmarkId {
            package: "json".into(),
            target: "parse".into(),
            benchmark: "group/fast 10".into(),
        };
        Filter { patterns, exact }.takes(&id)
    }

    #[test]
    fn any_pattern_is_enough() {
        assert!(taken(&[], false));
        assert!(taken(&[], true));
        assert!(taken(&["nope", "fast"], false));
        assert!(taken(&["parse/gr"], false));
        assert!(taken(&["json/"], false));
        assert!(!taken(&["nope"], false));
    }

    #[test]
    fn exact_is_the_name_or_the_id() {
        assert!(taken(&["group/fast 10"], true));
        assert!(taken(&["json/parse/group/fast 10"], true));
        assert!(!taken(&["parse"], true));
        assert!(!taken(&["group/fast 1"], true));
        assert!(!taken(&["parse/group/fast 10"], true));
    }
}
