//! Functions of a source.

use std::ops::Range;

use super::scan::Token;

/// A function with a body.
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: Range<usize>,
    pub(super) body: Range<usize>,
    /// Whether `#[bench]`, `#[divan::bench]` or the like stands in front.
    pub(super) is_bench: bool,
}

/// All that have a body.
pub(super) fn functions<'a>(all: &[Token<'a>]) -> Vec<Function<'a>> {
    let mut functions = Vec::new();
    for (at, window) in all.windows(2).enumerate() {
        let [Token::Word("fn"), Token::Word(name)] = window else { continue };
        // Between name and body stand generics, parameters, result and bounds.
        let mut position = at + 2;
        let mut parameters = None;
        while let Some(token) = all.get(position) {
            match token {
                Token::Open('{', end) => {
                    functions.push(Function {
                        name,
                        parameters: parameters.unwrap_or(at..at),
                        body: position + 1..*end,
                        is_bench: has_bench_attribute(&all[..at]),
                    });
                    break;
                }
                Token::Open(_, end) => {
                    parameters.get_or_insert(position + 1..*end);
                    position = *end + 1;
                }
                Token::Mark(';') | Token::Close => break,
                _ => position += 1,
            }
        }
    }
    functions
}

/// Whether the attributes just before a function have one that ends with `bench`.
fn has_bench_attribute(before: &[Token<'_>]) -> bool {
    // Back to the end of whatever came before: a body, or a `;`.
    let start = before
        .iter()
        .rposition(|token| matches!(token, Token::Mark(';') | Token::Open('{', _)))
        .map_or(0, |at| at + 1);
    before[start..].windows(2).enumerate().any(|(at, window)| match window {
        [Token::Mark('#'), Token::Open('[', end)] => {
            let inside = before.get(start + at + 2..*end).unwrap_or_default();
            let path = inside.iter().take_while(|token| !matches!(token, Token::Open(..)));
            path.filter_map(|token| match token {
                Token::Word(word) => Some(*word),
                _ => None,
            })
            .last()
                == Some("bench")
        }
        _ => false,
    })
}
