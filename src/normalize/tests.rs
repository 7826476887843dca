use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::Weight;

/// A frame for a test: symbol, file, line, inlined.
type Spec<'a> = (&'a str, Option<&'a str>, u32, bool);

/// A profile of stacks, outermost frame first, each with its run, scope and weight.
fn profile(samples: &[(Vec<Spec<'_>>, u32, Scope, u64)]) -> Profile {
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    for (frames, run, scope, weight) in samples {
        let mut stack = None;
        for &(symbol, file, line, inlined) in frames {
            let symbol = builder.string(symbol);
            let file = file.map(|file| builder.string(file));
            let image = Some(builder.string("crit-a45116f23433e04f"));
            let function =
                builder.function(Function { name: symbol, system_name: symbol, file, image });
            let frame = builder.frame(Frame { function, line, inlined });
            stack = Some(builder.stack(stack, frame));
        }
        if let Some(stack) = stack {
            let (run, scope, weight) = (*run, *scope, *weight);
            builder.sample(Sample { stack, run, scope, count: 1, weight });
        }
    }
    builder.finish()
}

/// All that can be told of a profile, without its handles.
fn contents(profile: &Profile) -> BTreeMap<(Vec<String>, u32, Scope), (u64, u64)> {
    let mut all = BTreeMap::new();
    for sample in &profile.samples {
        let frames = profile.stacks.root_first(sample.stack).into_iter().map(|id| {
            let frame = profile.frames[id.index()];
            let function = profile.functions[frame.function.index()];
            let get = |id: Option<_>| id.map_or("-", |id| profile.strings.get(id));
            format!(
                "{} {} {} {}:{} {}",
                profile.strings.get(function.name),
                profile.strings.get(function.system_name),
                get(function.image),
                get(function.file),
                frame.line,
                frame.inlined
            )
        });
        let entry: &mut (u64, u64) =
            all.entry((frames.collect(), sample.run, sample.scope)).or_default();
        entry.0 += sample.count;
        entry.1 += sample.weight;
    }
    all
}

fn weights(profile: &Profile) -> BTreeMap<u32, (u64, u64)> {
    let mut runs: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for sample in &profile.samples {
        let run = runs.entry(sample.run).or_default();
        *run = (run.0 + sample.count, run.1 + sample.weight);
    }
    runs
}

#[test]
fn a_recorded_stack_becomes_the_routine() {
    let stack: Vec<Spec<'_>> = vec![
        ("_start", None, 0, false),
        (
            "_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17hdb290439558035f1E.llvm.674",
            None,
            206,
            false,
        ),
        (
            "_ZN9criterion7bencher16Bencher$LT$M$GT$4iter17h997632172a39cb77E",
            Some(
                "/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/criterion-0.7.0/src/bencher.rs",
            ),
            88,
            false,
        ),
        (
            "_ZN4crit1b28_$u7b$$u7b$closure$u7d$$u7d$28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
            Some("/w/app/benches/crit.rs"),
            7,
            true,
        ),
        ("_ZN7scratch7sort_it17h117408e34f9e7340E", Some("/w/app/src/lib.rs"), 12, false),
    ];
    let other = vec![("_start", None, 0, false), ("_dl_relocate_object", None, 0, false)];
    let profile = profile(&[
        (stack, 0, Scope::Benchmark, 70),
        (other.clone(), 0, Scope::Benchmark, 5),
        (other, 1, Scope::Benchmark, 6),
    ]);
    let roots = Roots { workspace: Some("/w/app".into()), ..Roots::default() };
    let normal = normalize(&profile, Harness::Criterion, &roots).0;
    let mut lines: Vec<String> = Vec::new();
    for sample in &normal.samples {
        let frames = normal.stacks.root_first(sample.stack).into_iter().map(|id| {
            let frame = normal.frames[id.index()];
            let function = normal.functions[frame.function.index()];
            let file = function.file.map_or("", |file| normal.strings.get(file));
            let image = function.image.map_or("", |image| normal.strings.get(image));
            let name = normal.name(frame.function);
            format!("{name} {file}:{} {image} {}", frame.line, frame.inlined)
        });
        let frames: Vec<String> = frames.collect();
        lines.push(format!(
            "{} {:?} {} {}",
            sample.run,
            sample.scope,
            sample.weight,
            frames.join(" ; ")
        ));
    }
    assert_eq!(
        lines,
        [
            "0 Benchmark 70 crit::b::{closure}::{closure} benches/crit.rs:7 crit false ; \
             scratch::sort_it src/lib.rs:12 crit false",
            "0 Harness 5 [startup] :0  false",
            "1 Harness 6 [startup] :0  false",
        ]
    );
}

#[test]
fn what_is_wrong_with_the_benchmark_s_own_samples_is_counted() {
    let stack = |frames: &[&'static str]| -> Vec<_> {
        frames.iter().map(|name| (*name, None, 0, false)).collect()
    };
    let profile = profile(&[
        (stack(&["_start", "main", "work"]), 0, Scope::Benchmark, 1),
        (stack(&["clone3", "start_thread", "work"]), 0, Scope::Benchmark, 1),
        (
            stack(&["clone3", "start_thread", "work", "[unknown in libx.so]"]),
            0,
            Scope::Benchmark,
            1,
        ),
        (stack(&["[truncated]", "deep"]), 0, Scope::Benchmark, 1),
        (stack(&["deep", "[unknown]"]), 1, Scope::Benchmark, 1),
        (stack(&["[process x]", "[truncated]", "deep"]), 1, Scope::Benchmark, 1),
        (stack(&["[process x]", "_start", "deep"]), 1, Scope::Benchmark, 1),
        // The start of the program, and what ran it.
        (stack(&["_start", "[unknown in libx.so]"]), 1, Scope::Benchmark, 1),
        (stack(&["[truncated]", "__x64_sys_execve"]), 1, Scope::Benchmark, 1),
        (stack(&["[process driver]", "[unknown]"]), 1, Scope::Benchmark, 1),
    ]);
    let origin = Origin { driver: Some("driver"), ..Harness::Process.into() };
    let (normal, own) = normalize(&profile, origin, &Roots::default());
    assert_eq!(own, Own { samples: 7, truncated: 3, unknown: 2 });
    let whole = Health { samples: 70, lost: 21, throttled: 1, ..Health::default() };
    let health = Health { samples: 7, lost: 2, truncated: 3, unknown: 2, throttled: 1 };
    assert_eq!(own.health(whole), health);
    // Nothing but what is called so is a driver, and without one it is a process like another.
    let without = normalize(&profile, Harness::Process, &Roots::default()).1;
    assert_eq!(without, Own { samples: 8, truncated: 4, unknown: 3 });
    // What was trimmed already does not begin in the middle for that.
    let again = normalize(&normal, Harness::Process, &Roots::default()).1;
    assert_eq!(again.truncated, 2, "those that say so");
}

#[test]
fn instances_become_one_function() {
    let of = |symbol| vec![(symbol, Some("/w/src/lib.rs"), 3, false)];
    let profile = profile(&[
        (of("_RINvCs1234_7scratch3genmEB2_"), 0, Scope::Benchmark, 1),
        (of("_RINvCs1234_7scratch3genhEB2_"), 0, Scope::Benchmark, 2),
    ]);
    let normal = normalize(&profile, Harness::Process, &Roots::default()).0;
    assert_eq!(normal.functions.len(), 1);
    assert_eq!(normal.samples.len(), 1);
    assert_eq!((normal.samples[0].weight, normal.samples[0].count), (3, 2));
    assert_eq!(normal.name(FunctionId::from_index(0)), "scratch::gen");
}

const NAMES: [&str; 34] = [
    "_start",
    "clone3",
    "start_thread",
    "main",
    "[truncated]",
    "[process sh]",
    "[process cargo-perfbase]",
    "[harness]",
    "[startup]",
    "[unknown]",
    "std::rt::lang_start::{closure#0}",
    "std::sys::backtrace::__rust_begin_short_backtrace::<fn()>",
    "core::ops::function::FnOnce::call_once",
    "criterion::bencher::Bencher<M>::iter",
    "criterion::bencher::Bencher<M>::iter_batched",
    "criterion::bencher::Bencher<M>::iter_batched::{{closure}}",
    "criterion::bencher::AsyncBencher<A, M>::iter",
    "criterion::bencher::AsyncBencher<A, M>::iter::{{closure}}",
    "criterion::stats::bootstrap",
    "criterion::black_box",
    "core::ptr::drop_in_place<alloc::vec::Vec<u8>>",
    "alloc::vec::Vec<T>::extend_trusted",
    "divan::benchmark::Bencher<C>::bench_refs::{{closure}}",
    "divan::benchmark::BenchContext::sample_recorder::{{closure}}",
    "test::__rust_begin_short_backtrace",
    "test::bench::Bencher::iter",
    "rayon_core::registry::WorkerThread::wait_until_cold",
    "app::work",
    "app::work::{closure#2}",
    "<app::T<u8> as app::Trait>::work",
    "_ZN3app4work17h0123456789abcdefE",
    "iter_batched<u8>",
    "memcpy",
    "",
];

const FILES: [Option<&str>; 5] = [
    None,
    Some("/x/registry/src/i-0/criterion-0.7.0/src/bencher.rs"),
    Some("/rustc/0123/library/core/src/ops/function.rs"),
    Some("/home/me/app/src/lib.rs"),
    Some("/somewhere/deep/in/the/woods/x.c"),
];

type OwnedSample = (Vec<(String, Option<&'static str>, u32, bool)>, u32, Scope, u64);

fn any_samples() -> impl Strategy<Value = Vec<OwnedSample>> {
    let name = prop_oneof![
        12 => proptest::sample::select(&NAMES[..]).prop_map(str::to_owned),
        1 => "[a-z<>:{}# \\[\\]$.0-9]{0,12}",
    ];
    let file = proptest::sample::select(&FILES[..]);
    let frame = (name, file, 230_u32..340, any::<bool>());
    let scope = prop_oneof![9 => Just(Scope::Benchmark), 1 => Just(Scope::Harness)];
    let sample = (proptest::collection::vec(frame, 1..7), 0_u32..3, scope, 0_u64..100);
    proptest::collection::vec(sample, 0..9)
}

fn built(samples: &[OwnedSample]) -> Profile {
    let borrowed: Vec<_> = samples
        .iter()
        .map(|(frames, run, scope, weight)| {
            let frames = frames.iter().map(|(n, f, l, i)| (n.as_str(), *f, *l, *i)).collect();
            (frames, *run, *scope, *weight)
        })
        .collect();
    profile(&borrowed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn weight_is_conserved_and_once_is_enough(
        samples in any_samples(),
        harness in proptest::sample::select(&Harness::ALL[..]),
    ) {
        let profile = built(&samples);
        let roots = Roots { home: Some("/home/me".into()), ..Roots::default() };
        let (once, _) = normalize(&profile, harness, &roots);
        prop_assert_eq!(weights(&once), weights(&profile));
        for sample in &once.samples {
            let root = once.stacks.root_first(sample.stack)[0];
            let normalized = once.frames[root.index()];
            prop_assert!(!normalized.inlined);
            if sample.scope == Scope::Harness {
                let name = once.name(normalized.function);
                prop_assert!(name == HARNESS || name == STARTUP);
            }
        }
        let (twice, _) = normalize(&once, harness, &roots);
        prop_assert_eq!(contents(&twice), contents(&once));
    }
}
