//! Stacks of divan's benchmarks.
//!
//! `Bencher::bench*` wraps the benchmarked function in a closure of its own, which the sample
//! loop calls: what is below that closure is measured. What the sample loop calls directly is
//! not: making inputs, dropping outputs, taking the time, waiting for other threads.

use super::HARNESS;
use super::startup::is_call;
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
    let is_wrapper = |view: &View<'_>| is_closure(view) && view.name.contains("Bencher::bench");
    let is_loop = |view: &View<'_>| is_closure(view) && view.name.contains("::sample_recorder::");
    let at = stack.iter().rposition(|view| is_wrapper(view) || is_loop(view));
    let at = at.or_else(|| pathless(stack))?;
    if is_wrapper(&stack[at]) || stack[at].name == "{closure}" {
        let leads = |view: &&View<'_>| {
            view.is_black_box() || is_call(view) || view.name.contains("::__DIVAN_BENCH_")
        };
        let start = at + 1 + stack[at + 1..].iter().take_while(leads).count();
        return Some(match stack.get(start) {
            None => Kept::Only(LOOP),
            // Another closure of the sample loop's, in debug information without paths.
            Some(view) if view.in_crate("divan") => Kept::Harness(HARNESS),
            // The closure that drops inputs is called like the one that is measured.
            Some(view) if view.is_drop() && stack[at].name.contains("_refs") => {
                Kept::Harness(HARNESS)
            }
            Some(_) => Kept::From(start),
        });
    }
    let plumbing =
        |view: &View<'_>| view.is_black_box() || (view.in_std() && view.item() == "next");
    let own = stack[at + 1..].iter().all(plumbing);
    Some(if own { Kept::Only(LOOP) } else { Kept::Harness(HARNESS) })
}

/// The wrapper where debug information has no paths, so that all closures of divan look alike:
/// it is written above the sample loop that calls it, in one file.
fn pathless(stack: &[View<'_>]) -> Option<usize> {
    let is_closure = |view: &View<'_>| view.name == "{closure}" && view.in_crate("divan");
    let at = stack.iter().rposition(is_closure)?;
    let wrapper = &stack[at];
    let called_from_below = stack[..at]
        .iter()
        .any(|view| is_closure(view) && view.file == wrapper.file && view.line > wrapper.line);
    called_from_below.then_some(at)
}

#[cfg(test)]
mod tests {
    use crate::model::Harness;
    use crate::normalize::trim::testing::kept;

    /// What is kept of these frames below divan's sample loop, version 0.1.21.
    fn sampled(frames: &[&str]) -> String {
        let mut stack = vec![
            "_start",
            "main",
            "std::rt::lang_start::{closure}",
            "std::sys::backtrace::__rust_begin_short_backtrace",
            "core::ops::function::FnOnce::call_once",
            "divan::main",
            "divan::divan::Divan::run_tree",
            "divan::benchmark::Bencher::bench_refs",
            "divan::benchmark::BenchContext::bench_loop_threaded",
            "divan::benchmark::BenchContext::bench_loop_threaded::{closure}",
            "divan::benchmark::BenchContext::sample_recorder::{closure}",
        ];
        stack.extend(frames);
        kept(&stack, Harness::Divan)
    }

    #[test]
    fn only_the_benched_function_is_kept() {
        let refs = "divan::benchmark::Bencher::bench_refs::{closure}";
        let closure = "dv::inner::refs::{closure}";
        assert_eq!(sampled(&[refs, closure, "app::sort"]), format!("{closure} ; app::sort"));
        assert_eq!(sampled(&[refs]), "benchmark: [divan loop]");
        assert_eq!(sampled(&[]), "benchmark: [divan loop]");
        let drop = "core::mem::maybe_uninit::MaybeUninit::assume_init_drop";
        for outside in [
            // Inputs, outputs, and inputs again.
            &["dv::inner::refs::{closure}", "app::make"][..],
            &[drop, "core::ptr::drop_in_place<app::X>"],
            &[refs, drop, "core::ptr::drop_in_place<alloc::vec::Vec>"],
            &["divan::benchmark::BenchContext::sample_recorder::{closure}::sync_impl"],
            &["divan::time::timestamp::UntaggedTimestamp::start"],
        ] {
            assert_eq!(sampled(outside), "harness: [harness]", "{outside:?}");
        }
    }

    #[test]
    fn wrappers_are_seen_through() {
        let values = "divan::benchmark::Bencher::bench_values::{closure}";
        let bench = "divan::benchmark::Bencher::bench::{closure}";
        let call = "core::ops::function::Fn::call";
        assert_eq!(sampled(&[values, bench, call, "dv::simple"]), "dv::simple");
        let with_args = "dv::__DIVAN_BENCH_WITH_ARGS::{closure}::{closure}::{closure}";
        assert_eq!(sampled(&[values, bench, with_args, "dv::with_args"]), "dv::with_args");
    }

    #[test]
    fn closures_without_paths_are_known_by_their_place() {
        let file = "divan-0.1.21/src/benchmark/mod.rs";
        let stack: [&str; 6] = [
            "_start",
            &format!("{{closure}} @{file}:640"),
            &format!("{{closure}} @{file}:930"),
            &format!("{{closure}} @{file}:410"),
            "{closure} @benches/dv.rs:27",
            "spin @src/lib.rs:6",
        ];
        assert_eq!(kept(&stack, Harness::Divan), "{closure} ; spin");
        let input = [stack[0], stack[1], stack[2], stack[4]];
        assert_eq!(kept(&input, Harness::Divan), "harness: [harness]");
    }

    #[test]
    fn threads_of_the_pool_are_divans() {
        let pool = [
            "clone3",
            "std::sys::thread::unix::Thread::new::thread_start",
            "divan::thread_pool::ThreadPool::spawn::{closure}",
            "divan::benchmark::BenchContext::sample_recorder::{closure}",
            "divan::benchmark::Bencher::bench::{closure}",
            "dv::thr",
        ];
        assert_eq!(kept(&pool, Harness::Divan), "dv::thr");
        assert_eq!(kept(&pool[..3], Harness::Divan), "harness: [harness]");
        // divan's allocator in a thread of the benchmark's own.
        let own = ["clone3", "app::worker", "<divan::alloc::AllocProfiler as G>::alloc"];
        assert_eq!(kept(&own, Harness::Divan), own[1..].join(" ; "));
    }
}
