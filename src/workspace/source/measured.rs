//! Which parts of a source harnesses measure.

use std::ops::Range;

use super::function::Function;
use super::scan::Token;

/// Methods that take what is measured, and the position of that among their arguments.
const MEASURING: [(&str, usize); 13] = [
    ("iter", 0),
    ("iter_custom", 0),
    ("iter_with_large_drop", 0),
    ("iter_with_setup", 1),
    ("iter_with_large_setup", 1),
    ("iter_batched", 1),
    ("iter_batched_ref", 1),
    ("bench", 0),
    ("bench_local", 0),
    ("bench_values", 0),
    ("bench_local_values", 0),
    ("bench_refs", 0),
    ("bench_local_refs", 0),
];

/// The bodies that harnesses measure.
pub(super) fn measured(all: &[Token<'_>], functions: &[Function<'_>]) -> Vec<Range<usize>> {
    let mut bodies = Vec::new();
    for (at, window) in all.windows(3).enumerate() {
        let [Token::Mark('.'), Token::Word(name), Token::Open('(', end)] = window else { continue };
        let Some((_, position)) = MEASURING.iter().find(|(known, _)| known == name) else {
            continue;
        };
        let list = split(all, at + 3..*end);
        // `.iter()` without anything is a collection's.
        if let Some(argument) = list.get(*position) {
            bodies.push(closure_body(all, argument.clone()));
        }
    }
    // divan measures a function itself where it takes no bencher.
    bodies.extend(
        functions
            .iter()
            .filter(|function| function.is_bench)
            .filter(|function| {
                !all[function.parameters.clone()]
                    .iter()
                    .any(|token| matches!(token, Token::Word("Bencher" | "bencher" | "b")))
            })
            .map(|function| function.body.clone()),
    );
    bodies
}

/// Parts of a list between commas.
fn split(all: &[Token<'_>], list: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (list.start, list.start);
    let mut in_parameters = false;
    while at < list.end {
        match all[at] {
            Token::Open(_, end) => at = end,
            Token::Mark('|') => in_parameters = !in_parameters,
            Token::Mark(',') if !in_parameters => {
                parts.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    if start < list.end {
        parts.push(start..list.end);
    }
    parts
}

/// What stands behind the parameters of a closure; all of it, where it is none.
fn closure_body(all: &[Token<'_>], argument: Range<usize>) -> Range<usize> {
    let mut start = argument.start;
    while start < argument.end && matches!(all[start], Token::Word("move" | "async")) {
        start += 1;
    }
    if all.get(start) != Some(&Token::Mark('|')) || start >= argument.end {
        return argument;
    }
    let close = all[start + 1..argument.end].iter().position(|token| *token == Token::Mark('|'));
    close.map_or(argument.clone(), |close| start + close + 2..argument.end)
}
