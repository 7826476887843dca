//! Which harness an executable has, read from its symbols.
//!
//! A harness is a lot of code that is called through tables and across crates, so some of it is
//! there as functions of its own however the rest was inlined. Names of one function alone are
//! no proof: `criterion::black_box` is used by benchmarks that are driven by something else.

use object::{Object, ObjectSymbol};
use rustc_demangle::try_demangle;

use crate::model::Harness;

/// Paths whose presence means that a harness drives the program, and a part of them that every
/// mangling spells out.
const MARKS: [(Harness, &str, &[&str]); 3] = [
    (
        Harness::Libtest,
        "4test",
        &["test::test_main", "test::console::run_tests_console", "test::run_tests"],
    ),
    (
        Harness::Criterion,
        "9criterion",
        &[
            "criterion::report::",
            "criterion::analysis::",
            "criterion::benchmark_group::",
            "criterion::routine::",
            "criterion::Criterion",
        ],
    ),
    (
        Harness::Divan,
        "5divan",
        &["divan::divan::", "divan::cli::", "divan::tree_painter::", "divan::entry::"],
    ),
];

/// The harness of an executable. [`Harness::Process`] when none is found, which is also so for a
/// stripped executable. libtest goes before criterion: a crate's unit tests may well call
/// criterion; and that before divan.
pub(super) fn detect(file: &object::File<'_>) -> Harness {
    let mut found = [false; MARKS.len()];
    for symbol in file.symbols() {
        let Ok(name) = symbol.name() else { continue };
        for (found, (_, mangled, paths)) in found.iter_mut().zip(&MARKS) {
            *found = *found || (name.contains(mangled) && names(name, paths));
        }
        if found[0] {
            break;
        }
    }
    let harness = MARKS.iter().zip(found).find_map(|(mark, found)| found.then_some(mark.0));
    harness.unwrap_or(Harness::Process)
}

/// Whether a mangled name is of a function that has one of these paths.
fn names(mangled: &str, paths: &[&str]) -> bool {
    let Ok(demangled) = try_demangle(mangled) else { return false };
    let name = format!("{demangled:#}");
    // Only where the function itself is defined: an argument's type elsewhere in the name says
    // little. `<A as B>::f` is defined in A's crate or B's.
    let own = name.trim_start_matches(['<', '&', '(', '[']);
    let implemented = name.split_once(" as ").map_or("", |(_, rest)| rest);
    let own_type = own.strip_prefix("mut ").unwrap_or(own);
    let begins = |text: &str| paths.iter().any(|path| text.starts_with(path));
    begins(own_type) || (name.starts_with('<') && begins(implemented))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn harness(mangled: &str) -> Option<Harness> {
        MARKS
            .iter()
            .find(|(_, part, paths)| mangled.contains(part) && names(mangled, paths))
            .map(|mark| mark.0)
    }

    #[test]
    fn both_manglings() {
        assert_eq!(
            harness("_ZN4test16test_main_static17h0123456789abcdefE"),
            Some(Harness::Libtest)
        );
        assert_eq!(harness("_RNvCsfmIYbZYDvWe_4test16test_main_static"), Some(Harness::Libtest));
        assert_eq!(
            harness("_ZN9criterion18Criterion$LT$M$GT$19configure_from_args17h0123456789abcdefE"),
            Some(Harness::Criterion)
        );
        assert_eq!(
            harness("_ZN5divan5divan5Divan10run_action17h0123456789abcdefE"),
            Some(Harness::Divan)
        );
    }

    #[test]
    fn names_that_prove_nothing() {
        for name in [
            "_ZN9criterion9black_box17h0123456789abcdefE",
            "_ZN6mytest16test_main_static17h0123456789abcdefE",
            "_ZN5bench9criterion3run17h0123456789abcdefE",
            "_ZN5divan10black_box17h0123456789abcdefE",
            "4test16test_main_static",
            "main",
            "",
        ] {
            assert_eq!(harness(name), None, "{name}");
        }
    }
}
