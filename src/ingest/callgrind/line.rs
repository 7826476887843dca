//! Numbers and names in a line.

/// The rest of a line that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    rest: &'a [u8],
}

impl<'a> Line<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// Whether nothing but blanks is left.
    pub(super) fn is_done(&mut self) -> bool {
        self.skip_blanks();
        self.rest.is_empty()
    }

    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// The next word; `None` at the end.
    pub(super) fn word(&mut self) -> Option<&'a [u8]> {
        self.skip_blanks();
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|byte| matches!(byte, b' ' | b'\t'));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        Some(word)
    }

    /// The next word as a number, decimal or hexadecimal with `0x`.
    pub(super) fn number(&mut self) -> Option<u64> {
        number(self.word()?)
    }

    /// The next word as a position: a number, `*` for the `previous` one, or `+` or `-` and the
    /// distance from it.
    pub(super) fn position(&mut self, previous: u64) -> Option<u64> {
        match self.word()? {
            b"*" => Some(previous),
            [b'+', distance @ ..] => previous.checked_add(number(distance)?),
            [b'-', distance @ ..] => previous.checked_sub(number(distance)?),
            word => number(word),
        }
    }

    /// What is left, without blanks around it.
    pub(super) fn text(mut self) -> &'a [u8] {
        self.skip_blanks();
        self.rest.trim_ascii_end()
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
    Some(Name::Number(number(&rest[..end])?, (!defined.is_empty()).then_some(defined)))
}

fn number(digits: &[u8]) -> Option<u64> {
    let (digits, radix) = match digits {
        [b'0', b'x', digits @ ..] => (digits, 16),
        digits => (digits, 10),
    };
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, &digit| {
        let digit = char::from(digit).to_digit(radix)?;
        number.checked_mul(u64::from(radix))?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_numbers_or_relative() {
        let mut line = Line::new(b"  0x1F +3 -2 * 18446744073709551615 ");
        let all: Vec<_> = std::iter::from_fn(|| line.position(10)).collect();
        assert_eq!(all, [0x1f, 13, 8, 10, u64::MAX]);
        assert!(line.is_done());
        for bad in
            ["x", "0x", "+", "-11", "1a", "18446744073709551616", "+18446744073709551606", ""]
        {
            assert_eq!(Line::new(bad.as_bytes()).position(10), None, "{bad}");
        }
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
