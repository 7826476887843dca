//! Names with wildcards, as users write them in rules.

use std::fmt;

use super::id::BenchmarkId;

/// A text in which `*` stands for any text, also for none and for one with `/` or `::` in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(String);

impl Pattern {
    /// Of a text; every text is one.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a whole text is of this form.
    pub fn matches(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        // Each part at its first place leaves most for those behind it.
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }

    /// Whether a benchmark goes by it: by its name alone, with its target's before it, or by its
    /// whole id.
    pub fn takes(&self, id: &BenchmarkId) -> bool {
        self.matches(&id.benchmark)
            || self.matches(&format!("{}/{}", id.target, id.benchmark))
            || self.matches(&id.to_string())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        let yes = |pattern: &str, text: &str| Pattern::new(pattern).matches(text);
        for (pattern, text) in [
            ("a", "a"),
            ("*", ""),
            ("a*", "a"),
            ("*a*", "bab"),
            ("a*b*c", "a::b::b::c"),
            ("alloc::*::grow*", "alloc::raw_vec::RawVec<T>::grow_one"),
            ("a**b", "ab"),
        ] {
            assert!(yes(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("a", "ab"), ("a", "ba"), ("a*", "ba"), ("*a", "ab"), ("ab*bc", "abc"), ("", "a")]
        {
            assert!(!yes(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn benchmarks_go_by_short_and_long_names() {
        let id = BenchmarkId {
            package: "shared".into(),
            target: "sql_functions".into(),
            benchmark: "ready/10".into(),
        };
        for good in ["ready/10", "ready*", "sql_functions/*", "shared/sql_functions/ready/10", "*"]
        {
            assert!(Pattern::new(good).takes(&id), "{good}");
        }
        for bad in ["10", "sql_functions", "read", "shared"] {
            assert!(!Pattern::new(bad).takes(&id), "{bad}");
        }
    }
}
