//! Text → tokens, with brackets paired up.

/// One token of a Rust source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// An identifier, keyword or lifetime.
    Word(&'a str),
    /// A string literal: what stands between its quotes.
    Text(&'a str),
    /// A number or character.
    Literal,
    /// An opening bracket, and the position of the one that closes it.
    Open(char, usize),
    /// A closing bracket.
    Close,
    /// Any other character.
    Mark(char),
}

/// A source as tokens, and its comments.
#[derive(Debug, Default)]
pub(super) struct Scanned<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    /// Lines of comments, without what makes them comments.
    pub(super) comments: Vec<&'a str>,
}

/// Scans a source.
pub(super) fn scan(text: &str) -> Scanned<'_> {
    let mut scanned = Scanned::default();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_whitespace() {
            first.len_utf8()
        } else if let Some(length) = comment(rest) {
            let lines = rest[..length].lines();
            scanned.comments.extend(lines.map(|line| {
                line.trim().trim_start_matches(['/', '!', '*']).trim_end_matches("*/").trim()
            }));
            length
        } else if let Some((length, inside)) = string(rest) {
            scanned.tokens.push(Token::Text(inside));
            length
        } else if first == '\'' {
            let (length, is_lifetime) = quoted(rest);
            scanned.tokens.push(match is_lifetime {
                true => Token::Word(&rest[..length]),
                false => Token::Literal,
            });
            length
        } else if first == '_' || first.is_alphabetic() {
            let length = word(rest);
            scanned.tokens.push(Token::Word(&rest[..length]));
            length
        } else if first.is_ascii_digit() {
            scanned.tokens.push(Token::Literal);
            number(rest)
        } else {
            let at = scanned.tokens.len();
            let token = match first {
                '(' | '[' | '{' => {
                    open.push(at);
                    // Never closed: it holds all the rest.
                    Token::Open(first, usize::MAX)
                }
                ')' | ']' | '}' => {
                    if let Some(start) = open.pop()
                        && let Token::Open(_, end) = &mut scanned.tokens[start]
                    {
                        *end = at;
                    }
                    Token::Close
                }
                other => Token::Mark(other),
            };
            scanned.tokens.push(token);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    let all = scanned.tokens.len();
    for token in &mut scanned.tokens {
        if let Token::Open(_, end) = token {
            *end = (*end).min(all);
        }
    }
    scanned
}

/// The length of a comment at the start; block comments nest.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (1, 2);
    while depth > 0 {
        let rest = &text[at..];
        let Some(next) = rest.find(['/', '*']) else { return Some(text.len()) };
        let here = &rest[next..];
        let step = if here.starts_with("/*") {
            depth += 1;
            2
        } else if here.starts_with("*/") {
            depth -= 1;
            2
        } else {
            1
        };
        at += next + step;
    }
    Some(at)
}

/// The length of a string literal at the start with its prefix, and what is in it.
fn string(text: &str) -> Option<(usize, &str)> {
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
        text.strip_prefix(prefix).is_some_and(|rest| {
            rest.starts_with('"') || (prefix.ends_with('r') && rest.starts_with('#'))
        })
    })?;
    let behind = &text[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = behind.len() - behind.trim_start_matches('#').len();
        let inside = behind[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = inside.find(&end).unwrap_or(inside.len());
        let whole = prefix.len() + hashes + 1 + length + end.len();
        return Some((whole.min(text.len()), &inside[..length]));
    }
    let inside = &behind[1..];
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '"' if !escaped => return Some((prefix.len() + at + 2, &inside[..at])),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Some((text.len(), inside))
}

/// The length of a character literal or lifetime at the start, and whether it is the latter.
fn quoted(text: &str) -> (usize, bool) {
    let inside = &text[1..];
    let mut chars = inside.char_indices();
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, c))) => {
            let behind = at + c.len_utf8();
            let end = inside[behind..].find('\'').map_or(inside.len(), |end| behind + end + 1);
            (1 + end, false)
        }
        (Some(_), Some((at, '\''))) => (1 + at + 1, false),
        _ => (1 + word(inside), true),
    }
}

fn word(text: &str) -> usize {
    text.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(text.len())
}

/// A number with its suffix; `1..2` is two of them, and `1.max(2)` one and a call.
fn number(text: &str) -> usize {
    let whole = word(text);
    match text[whole..].strip_prefix('.') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => whole + 1 + word(rest),
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_text_and_comments_are_none() {
        let text = r##"fn f<'a>() { /* { /* ( */ */ "}\"" ; r#"}"# ; '}' ; '\'' ; b"]" } // }
            1.5e3 .. 2.max"##;
        let scanned = scan(text);
        let Token::Open('{', end) = scanned.tokens[7] else { panic!("{:?}", scanned.tokens) };
        assert_eq!(scanned.tokens[end], Token::Close);
        assert!(scanned.tokens[8..end].contains(&Token::Text("}\\\"")));
        assert!(scanned.tokens[8..end].contains(&Token::Text("}")));
        assert!(scanned.tokens.contains(&Token::Word("'a")));
        assert_eq!(scanned.comments.last(), Some(&"}"));
        assert_eq!(scanned.tokens[end + 1..].len(), 6, "{:?}", &scanned.tokens[end..]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "([a-z'\"#/*{}()\\[\\]\\\\!\n 0-9._é]|r#\"|//|/\\*){0,60}") {
            let scanned = scan(&text);
            for (at, token) in scanned.tokens.iter().enumerate() {
                if let Token::Open(_, end) = token {
                    proptest::prop_assert!(*end > at && *end <= scanned.tokens.len());
                }
            }
        }
    }
}
