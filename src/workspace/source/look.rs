//! What the tokens of a bench target amount to.

use std::collections::BTreeSet;
use std::ops::Range;

use super::function::{Function, functions};
use super::idle::{idle_functions, is_idle};
use super::measured::measured;
use super::says::says;
use super::scan::{Token, scan};

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
