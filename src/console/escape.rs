//! Foreign text made safe to show.
//!
//! Function names, paths and outputs come from programs under test. Shown as they are, they could
//! move the cursor, set the title, answer a query as if typed, or reverse the text around them.

use std::borrow::Cow;

/// Replaces what could act on a terminal by visible escapes (`\u{1b}`), but keeps line ends and
/// tabulators: for texts of several lines.
pub fn escape_terminal(text: &str) -> Cow<'_, str> {
    escape(text, |c| acts(c) && c != '\n' && c != '\t')
}

/// As [`escape_terminal`], and line ends and tabulators as well (`\n`): for names, paths and
/// whatever else belongs on one line.
pub fn escape_line(text: &str) -> Cow<'_, str> {
    escape(text, acts)
}

fn escape(text: &str, must: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&must) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !must(c) => escaped.push(c),
            '\n' | '\r' | '\t' => escaped.extend(c.escape_default()),
            c => escaped.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(escaped)
}

/// Whether a character does something instead of being shown.
fn acts(c: char) -> bool {
    // C0, DEL and C1.
    c.is_control()
        || matches!(c,
            // Directional formatting: marks, embeddings and overrides, isolates (Unicode TR 9).
            '\u{061c}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separator.
            | '\u{2028}' | '\u{2029}'
            // Interlinear annotation, and tags: invisible text.
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_text_is_not_copied() {
        for text in ["", "core::ptr::drop_in_place<T>", "größe 数 🦀 «x»"] {
            assert!(matches!(escape_line(text), Cow::Borrowed(same) if same == text));
        }
        assert!(matches!(escape_terminal("a\n\tb"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_acts_becomes_visible() {
        assert_eq!(escape_line("\x1b[31mred\x1b[0m"), r"\u{1b}[31mred\u{1b}[0m");
        assert_eq!(escape_line("\u{9b}2J"), r"\u{9b}2J");
        assert_eq!(escape_line("a\u{202e}b\u{2066}c"), r"a\u{202e}b\u{2066}c");
        assert_eq!(escape_line("a\r\n\tb\x07\x7f\0"), r"a\r\n\tb\u{7}\u{7f}\u{0}");
        assert_eq!(escape_terminal("a\r\n\tb\x08"), "a\\r\n\tb\\u{8}");
    }

    #[test]
    fn nothing_that_acts_is_left() {
        for c in '\0'..=char::MAX {
            let line = escape_line(&c.to_string()).into_owned();
            assert!(!line.chars().any(acts), "{:x}", u32::from(c));
            assert_eq!(line == c.to_string(), !acts(c));
        }
    }
}
