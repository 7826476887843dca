//! Stacks as recorded with criterion 0.5 and 0.7.

use crate::model::Harness;
use crate::normalize::trim::testing::kept;

/// What is kept of these frames below `_start … main` and criterion's own.
fn below(frames: &[&str]) -> String {
    let mut stack = vec![
        "_start",
        "__libc_start_main",
        "main",
        "std::rt::lang_start::{closure}",
        "std::sys::backtrace::__rust_begin_short_backtrace",
        "core::ops::function::FnOnce::call_once",
        "crit::main",
        "criterion::benchmark_group::BenchmarkGroup::bench_function",
        "criterion::analysis::common",
        "criterion::routine::Routine::sample",
    ];
    stack.extend(frames);
    kept(&stack, Harness::Criterion)
}

const CLOSURE: &str = "crit::b::{closure}::{closure}";

#[test]
fn the_routine_of_iter_is_kept() {
    for iter in [
        "criterion::bencher::Bencher::iter",
        "criterion::bencher::Bencher::iter_custom",
        "criterion::Bencher::iter",
    ] {
        assert_eq!(below(&[iter, CLOSURE, "app::work"]), format!("{CLOSURE} ; app::work"));
        assert_eq!(below(&[iter]), "benchmark: [criterion loop]");
        assert_eq!(below(&[iter, "core::hint::black_box"]), "benchmark: [criterion loop]");
        assert_eq!(below(&[iter, "std::time::Instant::now"]), "harness: [harness]");
        let clock =
            "<criterion::measurement::WallTime as criterion::measurement::Measurement>::end";
        assert_eq!(below(&[iter, clock, "std::time::Instant::now"]), "harness: [harness]");
    }
    // Dropping what `iter`'s routine gives back is measured.
    let drop = "core::ptr::drop_in_place<alloc::vec::Vec>";
    assert_eq!(below(&["criterion::bencher::Bencher::iter", drop]), drop);
}

#[test]
fn batches_are_kept_without_setup_and_drop() {
    let batched = "criterion::bencher::Bencher::iter_batched";
    let routine = [
        batched,
        "<alloc::vec::Vec as core::iter::traits::collect::Extend>::extend",
        "<alloc::vec::Vec as alloc::vec::spec_extend::SpecExtend>::spec_extend",
        "alloc::vec::Vec::extend_trusted",
        "core::iter::traits::iterator::Iterator::for_each",
        "<core::iter::adapters::map::Map as core::iter::traits::iterator::Iterator>::fold",
        "<alloc::vec::into_iter::IntoIter as core::iter::traits::iterator::Iterator>::fold",
        "core::iter::adapters::map::map_fold::{closure}",
        "<&mut F as core::ops::function::FnOnce>::call_once",
        CLOSURE,
        "app::sort",
    ];
    assert_eq!(below(&routine), format!("{CLOSURE} ; app::sort"));
    assert_eq!(below(&routine[..9]), "benchmark: [criterion loop]");
    for outside in [
        &["core::iter::traits::iterator::Iterator::collect", "x", CLOSURE, "app::make"][..],
        &["criterion::bencher::Bencher::iter_batched::{closure}", CLOSURE, "app::make"],
        &["core::ptr::drop_in_place<alloc::vec::Vec>", "<app::X as core::ops::drop::Drop>::drop"],
    ] {
        let stack: Vec<&str> = [batched].iter().chain(outside).copied().collect();
        assert_eq!(below(&stack), "harness: [harness]", "{stack:?}");
    }
}

#[test]
fn single_inputs_are_told_apart_by_line() {
    let at = |line: u32, method: &str, file: &str| {
        let boundary = format!("criterion::bencher::Bencher::{method} @{file}:{line}");
        below(&[&boundary, CLOSURE, "app::work"])
    };
    let work = format!("{CLOSURE} ; app::work");
    let harness = "harness: [harness]";
    let file = "criterion-0.7.0/src/bencher.rs";
    assert_eq!(at(247, "iter_batched", file), harness);
    assert_eq!(at(250, "iter_batched", file), work);
    assert_eq!(at(254, "iter_batched", file), harness);
    assert_eq!(at(266, "iter_batched", file), work);
    assert_eq!(at(335, "iter_batched_ref", file), harness);
    assert_eq!(at(338, "iter_batched_ref", file), work);
    assert_eq!(at(355, "iter_batched_ref", file), work);
    // An unknown version: nothing is claimed of its lines.
    assert_eq!(at(247, "iter_batched", "criterion-9.0.0/src/bencher.rs"), work);
}

#[test]
fn wrappers_are_seen_through() {
    let stack = [
        "criterion::bencher::Bencher::iter_batched",
        "alloc::vec::Vec::extend_trusted",
        "criterion::bencher::Bencher::iter_with_large_drop::{closure}",
        CLOSURE,
    ];
    assert_eq!(below(&stack), CLOSURE);
    let stack = [
        "criterion::bencher::AsyncBencher::iter",
        "tokio::runtime::Runtime::block_on",
        "criterion::bencher::AsyncBencher::iter::{closure}",
        CLOSURE,
    ];
    assert_eq!(below(&stack), CLOSURE);
    assert_eq!(below(&stack[..2]), stack[1]);
}

#[test]
fn analysis_is_harness_work_on_any_thread() {
    assert_eq!(below(&["criterion::stats::univariate::Sample::bootstrap"]), "harness: [harness]");
    let thread = ["clone3", "rayon_core::registry::main_loop", "criterion::stats::rand"];
    assert_eq!(kept(&thread, Harness::Criterion), "harness: [harness]");
    let idle = ["clone3", "rayon_core::registry::WorkerThread::wait_until_cold", "sched_yield"];
    assert_eq!(kept(&idle, Harness::Criterion), "harness: [harness]");
    let setup =
        ["_start", "std::rt::lang_start_internal", "x::__rust_begin_short_backtrace", "crit::main"];
    assert_eq!(kept(&setup, Harness::Criterion), "harness: [harness]");
}

#[test]
fn truncated_stacks_are_judged_by_what_is_left() {
    let with = |frames: &[&str]| {
        let stack: Vec<&str> = ["[truncated]"].iter().chain(frames).copied().collect();
        kept(&stack, Harness::Criterion)
    };
    assert_eq!(with(&["criterion::bencher::Bencher::iter", "app::work"]), "app::work");
    assert_eq!(with(&["criterion::stats::bootstrap"]), "harness: [harness]");
    assert_eq!(with(&["app::deep", "app::deep"]), "[truncated] ; app::deep ; app::deep");
}

#[test]
fn the_loop_is_not_the_routine() {
    let iter = "criterion::Bencher::iter";
    let box_of = ["criterion::black_box", "core::ptr::read_volatile"];
    // criterion 0.3: around what the routine returns, and within the routine.
    assert_eq!(below(&[iter, box_of[0], box_of[1]]), "benchmark: [criterion loop]");
    let own = [iter, CLOSURE, box_of[0], box_of[1]];
    assert_eq!(below(&own), own[1..].join(" ; "));
    assert_eq!(below(&[iter, "<u64 as core::cmp::PartialOrd>::lt"]), "benchmark: [criterion loop]");
}

#[test]
fn names_without_paths_are_known_by_their_file() {
    let stack = [
        "iter_batched @criterion-0.5.1/src/bencher.rs:268",
        "extend @alloc/src/vec/mod.rs:3933",
        "fold @core/src/iter/adapters/map.rs:128",
        "{closure} @core/src/iter/adapters/map.rs:88",
        "call_mut @core/src/ops/function.rs:298",
        "{closure} @benches/crit.rs:9",
    ];
    assert_eq!(below(&stack), "{closure}");
    let file = "criterion-0.5.1/src/bencher.rs";
    let below_line = |line: u32, user: &str| {
        let stack =
            [&*format!("iter_batched @{file}:268"), &format!("{{closure}} @{file}:{line}"), user];
        below(&stack)
    };
    assert_eq!(below_line(190, "work @src/lib.rs:1"), "work");
    assert_eq!(below_line(268, "make @src/lib.rs:1"), "harness: [harness]");
}
