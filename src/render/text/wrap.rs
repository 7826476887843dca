//! Prose, and call paths, broken into lines.

use super::short;

/// A name on a path is cut to this.
const NAME: usize = 48;

/// Names at the end of a path that are kept when it is long.
const LAST: usize = 6;

/// Breaks text between words; lines after the first begin with `hanging` spaces. A word that is
/// longer than a line stands alone on one.
pub(super) fn wrap(text: &str, width: usize, hanging: usize) -> String {
    fill(text.split_whitespace(), " ", width, hanging)
}

/// Items apart by commas; lines are broken between items only.
pub(super) fn list(items: &[String], width: usize, hanging: usize) -> String {
    fill(items.iter().map(String::as_str), ", ", width, hanging)
}

/// A call path, outermost first: `main → … 12 more … → parse::intern → RawVec::grow`.
pub(super) fn path(names: &[String], width: usize, hanging: usize) -> String {
    let mut parts: Vec<String> = Vec::new();
    let omitted = names.len().saturating_sub(LAST + 1);
    for (index, name) in names.iter().enumerate() {
        if omitted > 1 && (1..=omitted).contains(&index) {
            if index == 1 {
                parts.push(format!("… {omitted} more …"));
            }
            continue;
        }
        parts.push(short(name, NAME.min(width.saturating_sub(hanging + 2)).max(8)));
    }
    fill(parts.iter().map(String::as_str), " → ", width, hanging)
}

fn fill<'a>(
    parts: impl Iterator<Item = &'a str>,
    between: &str,
    width: usize,
    hanging: usize,
) -> String {
    let (mut text, mut column) = (String::new(), hanging);
    for (index, part) in parts.enumerate() {
        let length = part.chars().count();
        if index > 0 {
            if column + between.chars().count() + length > width {
                text.push_str(between.trim_end());
                text.push('\n');
                text.extend(std::iter::repeat_n(' ', hanging));
                column = hanging;
            } else {
                text.push_str(between);
                column += between.chars().count();
            }
        }
        text.push_str(part);
        column += length;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole() {
        assert_eq!(wrap("aa bb  cc\ndd", 5, 0), "aa bb\ncc dd");
        assert_eq!(wrap("a  bbbbbbbbbb c", 6, 2), "a\n  bbbbbbbbbb\n  c");
        assert_eq!(wrap("", 10, 0), "");
    }

    #[test]
    fn long_paths_lose_their_middle() {
        let names: Vec<String> = (0..20).map(|n| format!("f{n}")).collect();
        assert_eq!(path(&names, 80, 0), "f0 → … 13 more … → f14 → f15 → f16 → f17 → f18 → f19");
        assert_eq!(path(&names[..8], 80, 0).matches('→').count(), 7);
        assert_eq!(path(&names[..3], 9, 2), "f0 → f1 →\n  f2");
    }
}
