//! Numbers and names in a text.

/// What is left of a text that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    rest: &'a [u8],
}

impl<'a> Text<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// The next byte, which stays.
    pub(super) fn first(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// What is left of the line, without its end; the next line is next.
    pub(super) fn line(&mut self) -> &'a [u8] {
        let end = self.rest.iter().position(|&byte| byte == b'\n');
        let (line, rest) = match end {
            Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
            None => (self.rest, &[][..]),
        };
        self.rest = rest;
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// Whether nothing but blanks is left of the line.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        matches!(self.rest, [] | [b'\n', ..] | [b'\r', b'\n', ..] | [b'\r'])
    }

    /// The next word of the line; `None` at the end.
    pub(super) fn word(&mut self) -> Option<&'a [u8]> {
        if self.is_at_end() {
            return None;
        }
        let end = self.rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\n'));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        Some(word)
    }

    /// The next word of the line as a number, decimal or hexadecimal with `0x`.
    pub(super) fn number(&mut self) -> Option<u64> {
        self.skip_blanks();
        self.digits()
    }

    /// The next word of the line as a position: a number, `*` for the `previous` one, or `+` or
    /// `-` and the distance from it.
    pub(super) fn position(&mut self, previous: u64) -> Option<u64> {
        self.skip_blanks();
        let [sign @ (b'*' | b'+' | b'-'), rest @ ..] = self.rest else { return self.digits() };
        self.rest = rest;
        match sign {
            b'*' => self.is_after_word().then_some(previous),
            b'+' => previous.checked_add(self.digits()?),
            _ => previous.checked_sub(self.digits()?),
        }
    }

    /// Digits up to the end of the word.
    fn digits(&mut self) -> Option<u64> {
        let (radix, mut rest) = match self.rest {
            [b'0', b'x', rest @ ..] => (16, rest),
            rest => (10, rest),
        };
        let before = rest.len();
        let mut number = 0_u64;
        while let [byte, after @ ..] = rest
            && let Some(digit) = char::from(*byte).to_digit(radix)
        {
            number = number.checked_mul(radix.into())?.checked_add(digit.into())?;
            rest = after;
        }
        self.rest = rest;
        (rest.len() < before && self.is_after_word()).then_some(number)
    }

    fn is_after_word(&self) -> bool {
        matches!(self.rest, [] | [b' ' | b'\t' | b'\n' | b'\r', ..])
    }
}

/// A name, or a number that stands for one and perhaps defines it: `(12)`, `(12) name`, `name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name<'a> {
    /// By number; the text is given where it is defined.
    Number(u64, Option<&'a [u8]>),
    /// By itself.
    Text(&'a [u8]),
}

/// What follows `fn=`, `ob=` and the like; `None` for an unfinished number.
pub(super) fn name(text: &[u8]) -> Option<Name<'_>> {
    let text = text.trim_ascii();
    let Some(rest) =
        text.strip_prefix(b"(").filter(|rest| rest.first().is_some_and(u8::is_ascii_digit))
    else {
        return Some(Name::Text(text));
    };
    let end = rest.iter().position(|&byte| byte == b')')?;
    let defined = rest[end + 1..].trim_ascii_start();
    let number = Text::new(&rest[..end]).number()?;
    Some(Name::Number(number, (!defined.is_empty()).then_some(defined)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_numbers_or_relative() {
        let mut text = Text::new(b"  0x1F +3 -2 * 18446744073709551615 \r\n7");
        let line = std::iter::from_fn(|| (!text.is_at_end()).then(|| text.position(10).unwrap()));
        assert_eq!(line.collect::<Vec<_>>(), [0x1f, 13, 8, 10, u64::MAX]);
        assert_eq!(text.number(), None, "not beyond the line");
        assert_eq!((text.line(), text.number(), text.first()), (&b""[..], Some(7), None));
        for bad in
            ["x", "0x", "+", "-11", "1a", "*1", "18446744073709551616", "+18446744073709551606", ""]
        {
            assert_eq!(Text::new(bad.as_bytes()).position(10), None, "{bad}");
        }
    }

    #[test]
    fn lines_and_words() {
        let mut text = Text::new(b"a  b\tc \r\n\r\nlast");
        assert_eq!((text.word(), text.word()), (Some(&b"a"[..]), Some(&b"b"[..])));
        assert_eq!((text.word(), text.word()), (Some(&b"c"[..]), None));
        assert_eq!([text.line(), text.line(), text.line()], [&b""[..], b"", b"last"]);
    }

    #[test]
    fn names_may_be_numbered() {
        assert_eq!(name(b"(12)"), Some(Name::Number(12, None)));
        assert_eq!(name(b" (12) a b "), Some(Name::Number(12, Some(b"a b"))));
        assert_eq!(name(b"(12) (3)'(4)"), Some(Name::Number(12, Some(b"(3)'(4)"))));
        assert_eq!(name(b"(below main)"), Some(Name::Text(b"(below main)")));
        assert_eq!(name(b""), Some(Name::Text(b"")));
        assert_eq!(name(b"(12"), None);
        assert_eq!(name(b"(1z) x"), None);
    }
}
