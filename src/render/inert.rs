//! Foreign text without its power over whoever displays it.

use std::fmt::{self, Write};

/// Writes control characters, and characters that reorder or hide others, as escapes such as
/// `\u{1b}`: a name can neither drive a terminal nor pass for another one.
#[derive(Clone, Copy, Debug)]
pub struct Inert<'a>(pub &'a str);

impl fmt::Display for Inert<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((start, c)) = rest.char_indices().find(|&(_, c)| is_active(c)) {
            f.write_str(&rest[..start])?;
            c.escape_default().try_for_each(|c| f.write_char(c))?;
            rest = &rest[start + c.len_utf8()..];
        }
        f.write_str(rest)
    }
}

/// Whether a character does something other than to be seen. Covers what XML 1.0 forbids.
pub(super) fn is_active(c: char) -> bool {
    // Most characters are ASCII.
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            // Zero width, marks of direction, line and paragraph separators, embeddings.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            // Joiners, isolates, deprecated format characters.
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            // Tags: invisible letters.
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_spelt_out() {
        for (text, shown) in [
            ("plain::name<'a>", "plain::name<'a>"),
            ("a\x1b[31mb", "a\\u{1b}[31mb"),
            ("nul\0", "nul\\u{0}"),
            ("two\nlines\t\r", "two\\nlines\\t\\r"),
            ("\u{202e}evil", "\\u{202e}evil"),
            ("csi\u{9b}2J", "csi\\u{9b}2J"),
            ("ünïcödé 日本", "ünïcödé 日本"),
            ("\u{7f}", "\\u{7f}"),
        ] {
            assert_eq!(Inert(text).to_string(), shown);
        }
    }
}
