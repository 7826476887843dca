//! Stacks of criterion's benchmarks.
//!
//! The boundary is `Bencher::iter*`, which criterion keeps from being inlined. Below it, setup
//! and dropping of `iter_batched` are outside the measured time. Where the harness collects a
//! batch of inputs the frames tell; with one input at a time only the line in criterion's
//! source does, which is known for the versions in [`FIRST_LINES`].

use super::HARNESS;
use super::trim::{Kept, View};

/// The frame for the loop itself, or a routine of which nothing is left but the loop.
const LOOP: &str = "[criterion loop]";

/// Whether a frame outside the boundary is criterion's.
pub(super) fn is_harness(view: &View<'_>) -> bool {
    (view.in_crate("criterion") || view.in_crate("criterion_plot") || view.in_crate("plotters"))
        && !view.is_black_box()
}

/// Whether a frame is a method of `Bencher` or `AsyncBencher`, or one of its closures: the method
/// and what follows.
fn method<'a>(view: &View<'a>) -> Option<(&'a str, &'a str)> {
    let path = ["criterion::bencher::", "criterion::"]
        .iter()
        .find_map(|module| view.name.strip_prefix(module))
        .and_then(|path| path.strip_prefix("Bencher::").or(path.strip_prefix("AsyncBencher::")));
    let path = match path {
        Some(path) => path,
        // Debug information without paths.
        None if view.in_crate("criterion") && view.file?.ends_with("/src/bencher.rs") => view.name,
        None => return None,
    };
    let (method, rest) = path.split_once("::").unwrap_or((path, ""));
    method.starts_with("iter").then_some((method, rest))
}

/// See the module's documentation.
pub(super) fn boundary(stack: &[View<'_>]) -> Option<Kept> {
    let at =
        stack.iter().rposition(|view| method(view).is_some_and(|(_, rest)| rest.is_empty()))?;
    let (name, _) = method(&stack[at])?;
    let batched = name.starts_with("iter_batched");
    if batched && phase(&stack[at], name) == Some(Phase::Outside) {
        return Some(Kept::Harness(HARNESS));
    }
    // The body of an asynchronous method, which the executor calls.
    let body = stack[at..].iter().rposition(|view| {
        view.name.contains("AsyncBencher::iter") && view.name.ends_with("::{closure}")
    });
    for (index, view) in stack.iter().enumerate().skip(at + body.unwrap_or(0) + 1) {
        match method(view) {
            // The wrapper around the user's routine.
            Some(("iter_with_large_drop", "{closure}")) => continue,
            // The wrapper around the user's setup.
            Some((_, "{closure}" | "{closure}::{closure}")) => return Some(Kept::Harness(HARNESS)),
            _ => {}
        }
        // The same where debug information has no paths: that wrapper is written above.
        let wrapper = view.name == "{closure}" && view.file == stack[at].file;
        if view.is_black_box() || (wrapper && view.line < stack[at].line) {
            continue;
        }
        if measures(view) {
            return Some(Kept::Harness(HARNESS));
        }
        if batched && (view.is_drop() || collects(view)) {
            return Some(Kept::Harness(HARNESS));
        }
        if !plumbs(view, batched) {
            return Some(Kept::From(index));
        }
    }
    Some(Kept::Only(LOOP))
}

/// Whether a frame right below the boundary takes the time.
fn measures(view: &View<'_>) -> bool {
    view.name.starts_with("<criterion::measurement::")
        || view.in_crate("criterion")
        || ["std::time::Instant::", "std::time::SystemTime::", "core::time::Duration::"]
            .iter()
            .any(|path| view.name.starts_with(path))
        || view.name.starts_with("<std::time::")
        || view.name.starts_with("<core::time::")
}

/// Whether a frame right below `iter_batched` makes the vectors of inputs and outputs.
fn collects(view: &View<'_>) -> bool {
    matches!(view.item(), "collect" | "from_iter" | "with_capacity") && view.in_std()
}

/// Whether a frame only leads from the loop to the routine.
fn plumbs(view: &View<'_>, batched: bool) -> bool {
    let item = match view.item() {
        "{closure}" => view.name.rsplit("::").nth(1).unwrap_or("fold"),
        item => item,
    };
    let outputs = ["extend", "spec_extend", "extend_trusted", "extend_desugared", "for_each"];
    // The last two are what `black_box` does in criterion 0.3 and 0.4; below, a range counts.
    let iterates = [
        "fold",
        "map_fold",
        "next",
        "spec_next",
        "call_mut",
        "call_once",
        "call",
        "read_volatile",
        "forget",
    ];
    view.in_std() && (iterates.contains(&item) || (batched && outputs.contains(&item)))
        || view.name == "<u64 as core::cmp::PartialOrd>::lt"
        || view.name.contains(" as core::ops::function::Fn")
        || (view.name.contains(" as core::iter::") && iterates.contains(&item))
}

/// What a line of `iter_batched` or `iter_batched_ref` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Measured.
    Routine,
    /// Setup, dropping, taking the time.
    Outside,
}

/// The lines of `pub fn iter_batched` and `pub fn iter_batched_ref` in `src/bencher.rs` of each
/// version. Their bodies are the same in all of them.
const FIRST_LINES: [(&str, u32, u32); 11] = [
    ("0.3.4", 245, 335),
    ("0.3.5", 245, 335),
    ("0.3.6", 245, 335),
    ("0.4.0", 236, 326),
    ("0.5.0", 236, 326),
    ("0.5.1", 236, 326),
    ("0.6.0", 234, 322),
    ("0.7.0", 234, 322),
    ("0.8.0", 234, 322),
    ("0.8.1", 234, 322),
    ("0.8.2", 234, 322),
];

/// What the line at which `view` calls does, where that is known.
fn phase(view: &View<'_>, method: &str) -> Option<Phase> {
    let version = view.file?.strip_prefix("criterion-")?.strip_suffix("/src/bencher.rs")?;
    let (_, plain, by_reference) = FIRST_LINES.iter().find(|(known, ..)| *known == version)?;
    let first = if method == "iter_batched" { *plain } else { *by_reference };
    match (view.line.checked_sub(first)?, method) {
        (16, _) | (32, "iter_batched") | (33, "iter_batched_ref") => Some(Phase::Routine),
        (13..=40, _) => Some(Phase::Outside),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
