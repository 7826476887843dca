//! What the tokens of a bench target amount to.

use std::collections::BTreeSet;
use std::ops::Range;

use super::scan::{Scanned, Token, scan};

/// What the source of a bench target says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The line of its documentation that says it is not implemented.
    pub says: Option<String>,
    /// Why it cannot measure anything: everything in it does nothing.
    pub nothing: Option<&'static str>,
    /// Bodies to be measured that do nothing, of how many that were seen.
    pub idle_bodies: (usize, usize),
    /// Features that parts of it, or all of it, depend on.
    pub features: Vec<String>,
    /// Environment variables that it reads.
    pub variables: Vec<String>,
    /// Modules of its own in other files.
    pub modules: Vec<String>,
    /// Whether it could be a program or a harness's target at all.
    pub has_entry: bool,
}

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

/// Whole statements of documentation that a benchmark is not there yet. A benchmark may well *use*
/// a placeholder, or mention what it leaves out.
const SAYINGS: [&str; 12] = [
    "not implemented",
    "not yet implemented",
    "unimplemented",
    "to be implemented",
    "placeholder",
    "empty placeholder",
    "this is a placeholder",
    "this benchmark is a placeholder",
    "this file is a placeholder",
    "planned for future implementation",
    "this benchmark is not implemented",
    "this benchmark is not yet implemented",
];

/// Looks at a source.
pub fn look(text: &str) -> Look {
    let scanned = scan(text);
    let all = &scanned.tokens[..];
    let functions = functions(all);
    let idle = idle_functions(all, &functions);
    let mut look = Look {
        says: says(&scanned),
        features: arguments(all, |before| {
            before.ends_with(&[Token::Word("feature"), Token::Mark('=')])
        }),
        variables: arguments(all, is_variable),
        modules: modules(all),
        has_entry: has_entry(all, &functions),
        ..Look::default()
    };
    let bodies = measured(all, &functions);
    let is_idle = |body: &Range<usize>| is_idle(all, body, &idle);
    look.idle_bodies = (bodies.iter().filter(|body| is_idle(body)).count(), bodies.len());
    let nothing = if bodies.is_empty() {
        functions.iter().all(|function| idle.contains(function.name))
    } else {
        bodies.iter().all(is_idle)
    };
    // What other files and macros hold is not seen.
    if nothing && look.modules.is_empty() && !has_macros(all) {
        let gives_up = |token: &Token| matches!(token, Token::Word("todo" | "unimplemented"));
        look.nothing = if all.iter().any(gives_up) {
            Some("it is `todo!` only")
        } else if bodies.is_empty() && functions.is_empty() {
            Some("there is no function in it")
        } else if bodies.is_empty() {
            Some("its functions do nothing that could be measured")
        } else {
            Some("what it measures does nothing")
        };
    }
    look
}

/// The first line of a comment that says nothing but that it is not there.
fn says(scanned: &Scanned<'_>) -> Option<String> {
    scanned.comments.iter().find(|line| is_said(line)).map(|line| (*line).to_owned())
}

fn is_said(line: &str) -> bool {
    let plain: String = line
        .chars()
        .filter(|c| {
            c.is_alphanumeric() || c.is_whitespace() || matches!(c, ':' | '.' | '-' | '–' | '—')
        })
        .collect::<String>()
        .to_lowercase();
    let plain = plain.trim();
    // `Status: …` tells of nothing else, whatever follows.
    if let Some(status) =
        plain.strip_prefix("status").map(|rest| rest.trim_start_matches([':', ' ', '-']))
    {
        return [
            "not implemented",
            "not yet",
            "placeholder",
            "planned",
            "unimplemented",
            "todo",
            "stub",
        ]
        .iter()
        .any(|word| status.starts_with(word));
    }
    let plain = plain.trim_start_matches("todo").trim_start_matches("note");
    let plain = plain.trim_start_matches([':', ' ']);
    let statement = plain.split(['.', ':', '–', '—']).next().unwrap_or_default().trim();
    let statement = statement.split(" - ").next().unwrap_or_default();
    SAYINGS.contains(&statement)
        || ["placeholder for ", "placeholder benchmark", "stub for ", "empty benchmark"]
            .iter()
            .any(|start| statement.starts_with(start))
}

/// Strings in front of which stands what `is_it` knows.
fn arguments(all: &[Token<'_>], is_it: impl Fn(&[Token<'_>]) -> bool) -> Vec<String> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for (at, token) in all.iter().enumerate() {
        if let Token::Text(text) = token
            && is_it(&all[..at])
        {
            found.insert(text);
        }
    }
    found.into_iter().map(str::to_owned).collect()
}

/// `env::var("`, `env!("`, `var_os("`.
fn is_variable(before: &[Token<'_>]) -> bool {
    let Some((Token::Open('(', _), before)) = before.split_last() else { return false };
    matches!(
        before,
        [.., Token::Word("env" | "option_env"), Token::Mark('!')]
            | [
                ..,
                Token::Word("env"),
                Token::Mark(':'),
                Token::Mark(':'),
                Token::Word("var" | "var_os")
            ]
            | [.., Token::Word("var_os")]
    )
}

/// `mod x;`
fn modules(all: &[Token<'_>]) -> Vec<String> {
    let name = |window: &[Token<'_>]| match window {
        [Token::Word("mod"), Token::Word(name), Token::Mark(';')] => Some((*name).to_owned()),
        _ => None,
    };
    all.windows(3).filter_map(name).collect()
}

/// Macros that could make functions or bodies: those of the file itself, and included files.
fn has_macros(all: &[Token<'_>]) -> bool {
    all.windows(2)
        .any(|window| matches!(window, [Token::Word("macro_rules" | "include"), Token::Mark('!')]))
}

fn has_entry(all: &[Token<'_>], functions: &[Function<'_>]) -> bool {
    let by_macro = all.windows(2).any(|window| {
        matches!(window, [Token::Word(name), Token::Mark('!')] if name.ends_with("_main") || *name == "main")
    });
    by_macro || functions.iter().any(|f| f.name == "main" || f.is_bench)
}

/// A function with a body.
struct Function<'a> {
    name: &'a str,
    parameters: Range<usize>,
    body: Range<usize>,
    /// Whether `#[bench]`, `#[divan::bench]` or the like stands in front.
    is_bench: bool,
}

fn functions<'a>(all: &[Token<'a>]) -> Vec<Function<'a>> {
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

/// The bodies that harnesses measure.
fn measured(all: &[Token<'_>], functions: &[Function<'_>]) -> Vec<Range<usize>> {
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

/// Names of functions that do nothing, also by calling each other.
fn idle_functions<'a>(all: &[Token<'a>], functions: &[Function<'a>]) -> BTreeSet<&'a str> {
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
fn is_idle(all: &[Token<'_>], body: &Range<usize>, idle: &BTreeSet<&str>) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_nothing_is_seen() {
        for (text, reason) in [
            ("", "there is no function in it"),
            ("//! Hello\nfn main() {}", "its functions do nothing that could be measured"),
            (
                "fn main() { println!(\"later\"); }",
                "its functions do nothing that could be measured",
            ),
            ("fn main() { run(); } fn run() { todo!(\"soon\") }", "it is `todo!` only"),
            (
                "fn b(c: &mut Criterion) { c.bench_function(\"x\", |b| b.iter(|| {})); }
                 criterion_group!(g, b); criterion_main!(g);",
                "what it measures does nothing",
            ),
            (
                "fn b(c: &mut Criterion) { c.bench_function(\"x\", |b| b.iter(|| black_box(1 + 1))); }",
                "what it measures does nothing",
            ),
            (
                "fn b(c: &mut C) { c.f(\"x\", |b| b.iter(|| unimplemented!())); }",
                "it is `todo!` only",
            ),
            (
                "#[divan::bench] fn a() {} #[divan::bench(args = [1])] fn b(n: u32) { todo!() }",
                "it is `todo!` only",
            ),
            ("#[bench] fn a(b: &mut Bencher) { b.iter(|| ()) }", "what it measures does nothing"),
            (
                "fn a(_c: &mut Criterion) {} criterion_group!(g, a);",
                "its functions do nothing that could be measured",
            ),
            (
                "fn a(c: &mut C) { c.x(|b| b.iter_batched(|| setup(5), |_| (), S)); } ",
                "what it measures does nothing",
            ),
            (
                "fn a(c: &mut C) { c.x(|b| b.to_async(rt).iter(|| async { let x = 1; black_box(x) })); }",
                "what it measures does nothing",
            ),
        ] {
            assert_eq!(look(text).nothing, Some(reason), "{text}");
        }
    }

    #[test]
    fn what_may_do_something_is_left_alone() {
        for text in [
            "fn main() { parse(&input()); }",
            "fn main() { for i in 0..10 { black_box(i); } }",
            "fn main() { let v = vec![1]; v.sort(); }",
            "mod cases; fn main() {}",
            "include!(\"x.rs\"); fn main() {}",
            "macro_rules! bench { () => {} } fn main() {}",
            "fn b(c: &mut C) { c.x(|b| b.iter(|| fib(20))); }",
            "fn b(c: &mut C) { c.x(|b| b.iter(run)); } fn run() { work() }",
            "fn b(c: &mut C) { c.x(|b| b.iter(|| {})); c.y(|b| b.iter(|| fib(1))); }",
            "#[divan::bench] fn a() -> u64 { fib(3) }",
            "#[divan::bench] fn a(bencher: Bencher) { bencher.bench(|| fib(3)) }",
            "fn a(c: &mut C) { for x in v.iter() {} c.x(|b| b.iter_batched(|| 1, |x| x.sort(), S)); }",
        ] {
            assert_eq!(look(text).nothing, None, "{text}");
        }
        let some = look("fn b(c: &mut C) { c.x(|b| b.iter(|| {})); c.y(|b| b.iter(|| fib(1))); }");
        assert_eq!(some.idle_bodies, (1, 2));
    }

    #[test]
    fn documentation_is_taken_by_its_word() {
        for line in [
            "//! Status: NOT IMPLEMENTED",
            "//! **Status**: Planned for future implementation (see the audit)",
            "// Placeholder",
            "//! Placeholder for worker benchmarks",
            "/* TODO: placeholder */",
            "//! This benchmark is a placeholder.",
            "// Not yet implemented: needs queues with steps in them",
        ] {
            assert!(look(line).says.is_some(), "{line}");
        }
        for line in [
            "//! Replaces each placeholder of a template.",
            "// `x` is not implemented for `y`, so convert first",
            "//! Status codes are parsed.",
            "//! Status: complete, compiles",
            "let s = \"placeholder\";",
            "// the placeholder",
            "//! Unimplemented methods of the trait cost nothing",
        ] {
            assert_eq!(look(line).says, None, "{line}");
        }
    }

    #[test]
    fn what_it_depends_on_is_seen() {
        let look = look(
            "#![cfg(all(feature = \"benchmarks\", unix))] mod shared; mod inline { }
             fn main() { let url = std::env::var(\"DATABASE_URL\").unwrap(); env!(\"A\"); f(\"B\"); }",
        );
        assert_eq!(look.features, ["benchmarks"]);
        assert_eq!(look.variables, ["A", "DATABASE_URL"]);
        assert_eq!(look.modules, ["shared"]);
        assert!(look.has_entry);
        assert!(!super::look("pub fn helper() { work() }").has_entry);
        assert!(super::look("divan::main!();").has_entry || super::look("fn main() {}").has_entry);
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "(fn |main|\\(|\\)|\\{|\\}|\\||,|\\.iter|#\\[|\\]|bench|let |=|;|todo!|x|1|\"|//|\n){0,80}") {
            let _ = look(&text);
        }
    }
}
