//! Stacks of the standard library's harness.

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
    let bench = stack.iter().rposition(|view| {
        matches!(
            view.name,
            "test::bench::Bencher::iter"
                | "test::bench::iter"
                | "test::bench::ns_iter_inner"
                | "test::Bencher::iter"
        )
    });
    if let Some(at) = bench {
        let skip = stack[at + 1..]
            .iter()
            .take_while(|view| view.is_black_box() || (view.in_std() && view.item() == "next"))
            .count();
        let start = at + 1 + skip;
        return Some(if start < stack.len() { Kept::From(start) } else { Kept::Only(LOOP) });
    }
    let at = stack.iter().rposition(|view| view.name == "test::__rust_begin_short_backtrace")?;
    let calls = stack[at + 1..].iter().take_while(|view| is_call(view)).count();
    let mut start = at + 1 + calls;
    // `#[test]` wraps the function in a closure of the same name.
    if let Some([wrapper, function]) = stack.get(start..start + 2) {
        start += usize::from(wrapper.name.strip_suffix("::{closure}") == Some(function.name));
    }
    Some(if start < stack.len() { Kept::From(start) } else { Kept::Only(LOOP) })
}
