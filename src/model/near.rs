//! Names that somebody may have meant.

use super::SortFew as _;

/// The names (three at most, best first) that a mistyped one is close to: few edits away, or the
/// one part of the other.
pub fn near<'a>(text: &str, names: &[&'a str]) -> Vec<&'a str> {
    let most = text.chars().count().div_ceil(3);
    let part = |name: &str| !text.is_empty() && (name.contains(text) || text.contains(name));
    let mut found: Vec<(usize, &str)> = names
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| (distance(text, name), *name))
        .filter(|&(distance, name)| distance <= most || part(name))
        .collect();
    found.sort_few();
    found.dedup();
    found.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Levenshtein's distance: insertions, deletions and replacements of characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("main", "main", 0),
            ("mian", "main", 2),
            ("kitten", "sitting", 3),
            ("", "ab", 2),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn what_was_meant() {
        let names = ["main", "feature/fast-parse", "v1.0.0", "v1.0.1", "develop"];
        assert_eq!(near("mian", &names), ["main"]);
        assert_eq!(near("fast-parse", &names), ["feature/fast-parse"]);
        assert_eq!(near("v1.0.2", &names), ["v1.0.0", "v1.0.1"]);
        assert!(near("zzzzzz", &names).is_empty());
        assert!(near("", &names).is_empty());
    }
}
