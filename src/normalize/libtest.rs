//! Stacks of the standard library's harness.

use super::HARNESS;
use super::startup::is_call;
use super::trim::{Kept, View};

/// The frame for the loop itself.
const LOOP: &str = "[libtest loop]";

/// Whether a frame outside the boundary is the harness's.
pub(super) fn is_harness(view: &View<'_>) -> bool {
    view.in_crate("test") && !view.is_black_box()
}

/// `Bencher::iter` and what it is made of for a bench, std's marker for a test.
pub(super) fn boundary(stack: &[View<'_>]) -> Option<Kept> {
    let is_loop = |view: &View<'_>| {
        matches!(
            view.name,
            "test::bench::Bencher::iter"
                | "test::bench::iter"
                | "test::bench::ns_iter_inner"
                | "test::Bencher::iter"
        )
    };
    let is_marker = |view: &View<'_>| view.name == "test::__rust_begin_short_backtrace";
    let at = stack.iter().rposition(|view| is_loop(view) || is_marker(view))?;
    if is_loop(&stack[at]) {
        let skip = stack[at + 1..]
            .iter()
            .take_while(|view| view.is_black_box() || (view.in_std() && view.item() == "next"))
            .count();
        let start = at + 1 + skip;
        return Some(if start < stack.len() { Kept::From(start) } else { Kept::Only(LOOP) });
    }
    let calls = stack[at + 1..].iter().take_while(|view| is_call(view)).count();
    let mut start = at + 1 + calls;
    // Around a bench that is run once, what it does beside its loop included.
    if stack.get(start).is_some_and(|view| view.in_crate("test")) {
        return Some(Kept::Harness(HARNESS));
    }
    // `#[test]` wraps the function in a closure of the same name.
    if let Some([wrapper, function]) = stack.get(start..start + 2) {
        start += usize::from(wrapper.name.strip_suffix("::{closure}") == Some(function.name));
    }
    Some(if start < stack.len() { Kept::From(start) } else { Kept::Only(LOOP) })
}

#[cfg(test)]
mod tests {
    use crate::model::Harness;
    use crate::normalize::trim::testing::kept;

    const THREAD: [&str; 6] = [
        "clone3",
        "start_thread",
        "std::sys::thread::unix::Thread::new::thread_start",
        "std::sys::backtrace::__rust_begin_short_backtrace",
        "test::run_test::{closure}",
        "test::run_test_in_process",
    ];

    fn below(frames: &[&str]) -> String {
        kept(&[&THREAD, frames].concat(), Harness::Libtest)
    }

    #[test]
    fn a_test_is_its_function() {
        let stack = [
            "test::__rust_begin_short_backtrace",
            "core::ops::function::FnOnce::call_once",
            "app::tests::adds::{closure}",
            "app::tests::adds",
            "app::add",
        ];
        assert_eq!(below(&stack), "app::tests::adds ; app::add");
        assert_eq!(below(&stack[..3]), "app::tests::adds::{closure}");
        assert_eq!(below(&stack[..1]), "benchmark: [libtest loop]");
        assert_eq!(below(&[]), "harness: [harness]");
        // A bench that is run once, as a test.
        let bench = [
            "test::__rust_begin_short_backtrace",
            "test::types::RunnableTest::run::{closure}::{closure}",
            "<app::bench::{closure} as core::ops::function::FnOnce>::call_once",
            "app::bench",
            "test::bench::Bencher::iter",
            "app::bench::{closure}",
        ];
        assert_eq!(below(&bench), "app::bench::{closure}");
        assert_eq!(below(&bench[..5]), "benchmark: [libtest loop]");
        assert_eq!(below(&[&bench[..4], &["app::setup"]].concat()), "harness: [harness]");
        // With one test thread, tests run on the main thread.
        let main = ["_start", "test::run_tests", "test::__rust_begin_short_backtrace", "app::t"];
        assert_eq!(kept(&main, Harness::Libtest), "app::t");
    }

    #[test]
    fn a_bench_is_what_iter_calls() {
        let stack = [
            "test::__rust_begin_short_backtrace",
            "lb::a",
            "test::bench::Bencher::iter",
            "test::bench::ns_iter_inner",
            "core::hint::black_box",
            "lb::a::{closure}",
            "lb::spin",
        ];
        assert_eq!(below(&stack), "lb::a::{closure} ; lb::spin");
        assert_eq!(below(&stack[..4]), "benchmark: [libtest loop]");
        assert_eq!(below(&["test::stats::winsorize"]), "harness: [harness]");
    }
}
