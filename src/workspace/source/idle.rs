//! Bodies that do nothing that could be measured.

use std::collections::BTreeSet;
use std::ops::Range;

use super::function::Function;
use super::scan::Token;

/// Macros that take no time worth measuring, and are all that placeholders do.
const IDLE_MACROS: [&str; 7] =
    ["println", "eprintln", "print", "eprint", "todo", "unimplemented", "dbg"];

/// Words of an expression that computes nothing.
const IDLE_WORDS: [&str; 20] = [
    "let",
    "mut",
    "_",
    "return",
    "move",
    "async",
    "await",
    "true",
    "false",
    "Ok",
    "Some",
    "None",
    "std",
    "core",
    "hint",
    "criterion",
    "divan",
    "black_box",
    "unsafe",
    "const",
];

/// Names of functions that do nothing, also by calling each other.
pub(super) fn idle_functions<'a>(
    all: &[Token<'a>],
    functions: &[Function<'a>],
) -> BTreeSet<&'a str> {
    let mut idle = BTreeSet::new();
    loop {
        let before = idle.len();
        for function in functions {
            if is_idle(all, &function.body, &idle) {
                idle.insert(function.name);
            }
        }
        if idle.len() == before {
            return idle;
        }
    }
}

/// Whether nothing in a body takes time: literals, operators on them, prints, `todo!()`, calls of
/// functions that are idle themselves.
pub(super) fn is_idle(all: &[Token<'_>], body: &Range<usize>, idle: &BTreeSet<&str>) -> bool {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut at = body.start;
    while at < body.end {
        match all[at] {
            Token::Word(name) => {
                let is_macro = all.get(at + 1) == Some(&Token::Mark('!'));
                if is_macro && IDLE_MACROS.contains(&name) {
                    // What it is given is looked at like the rest.
                    at += 1;
                } else if name == "let" {
                    let names =
                        all[at + 1..body.end].iter().take_while(|t| **t != Token::Mark('='));
                    known.extend(names.filter_map(|token| match token {
                        Token::Word(word) => Some(*word),
                        _ => None,
                    }));
                } else if is_macro
                    || !(IDLE_WORDS.contains(&name) || known.contains(name) || idle.contains(name))
                {
                    return false;
                }
            }
            // A method of whatever it may be.
            Token::Mark('.') if matches!(all.get(at + 1), Some(Token::Word(name)) if *name != "await") =>
            {
                return false;
            }
            _ => {}
        }
        at += 1;
    }
    true
}
