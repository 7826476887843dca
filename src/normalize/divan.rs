//! Stacks of divan's benchmarks.
//!
//! `Bencher::bench*` wraps the benchmarked function in a closure of its own, which the sample
//! loop calls: what is below that closure is measured. What the sample loop calls directly is
//! not: making inputs, dropping outputs, taking the time, waiting for other threads.

use super::HARNESS;
use super::trim::{Kept, View};

/// The frame for the loop itself.
const LOOP: &str = "[divan loop]";

/// Whether a frame outside the boundary is divan's. Its allocator is part of whatever allocates.
pub(super) fn is_harness(view: &View<'_>) -> bool {
    view.in_crate("divan") && !view.name.contains("divan::alloc::") && !view.is_black_box()
}

/// See the module's documentation.
pub(super) fn boundary(stack: &[View<'_>]) -> Option<Kept> {
    let is_closure = |view: &View<'_>| view.in_crate("divan") && view.name.ends_with("{closure}");
    let wrapper =
        stack.iter().rposition(|view| is_closure(view) && view.name.contains("Bencher::bench"));
    if let Some(at) = wrapper {
        let skip = stack[at + 1..].iter().take_while(|view| view.is_black_box()).count();
        let start = at + 1 + skip;
        return Some(match stack.get(start) {
            None => Kept::Only(LOOP),
            // The closure that drops inputs is called like the one that is measured.
            Some(view) if view.is_drop() && stack[at].name.contains("_refs") => {
                Kept::Harness(HARNESS)
            }
            Some(_) => Kept::From(start),
        });
    }
    let at = stack
        .iter()
        .rposition(|view| is_closure(view) && view.name.contains("::sample_recorder::"))?;
    let plumbing =
        |view: &View<'_>| view.is_black_box() || (view.in_std() && view.item() == "next");
    let own = stack[at + 1..].iter().all(plumbing);
    Some(if own { Kept::Only(LOOP) } else { Kept::Harness(HARNESS) })
}
