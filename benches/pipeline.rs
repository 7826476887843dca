//! perfbase's own work on a profile of ordinary size, stage by stage.

#![expect(missing_docs, reason = "criterion_group! makes a public function")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use perfbase::model::{Frame, Function, Harness, Profile, ProfileBuilder, Sample, Scope, Weight};
use perfbase::normalize::{self, Roots};
use perfbase::render::flamegraph::{FlamegraphOptions, flamegraph};
use perfbase::stats::Random;
use perfbase::store::pprof::{self, Meta};

/// Distinct stacks of the profile: what a criterion benchmark of some depth has in three runs.
const STACKS: usize = 5_000;

/// A profile of random walks over 400 functions, with the names that a symbolizer gives.
fn profile(seed: u64) -> Profile {
    let mut random = Random::new(seed);
    let mut builder = ProfileBuilder::new(Weight::CpuTime);
    let frames: Vec<_> = (0..400)
        .map(|number| {
            let module = number % 20;
            let name = format!("service::module_{module}::function_{number}");
            let mangled =
                format!("_ZN7service9module_{module}12function_{number}17h0123456789abcdefE");
            let function = Function {
                name: builder.string(&name),
                system_name: builder.string(&mangled),
                file: Some(builder.string(&format!("/build/service/src/module_{module}.rs"))),
                image: Some(builder.string("service")),
            };
            let function = builder.function(function);
            builder.frame(Frame { function, line: number, inlined: number % 3 == 0 })
        })
        .collect();
    for number in 0..STACKS {
        let depth = 5 + random.below(30);
        let mut stack = None;
        for level in 0..depth {
            // Few choices near the root, many near the leaf, as in programs.
            let choices = (2 + level * level).min(frames.len());
            stack = Some(builder.stack(stack, frames[random.below(choices)]));
        }
        let stack = stack.expect("a stack has five frames at least");
        let run = (number % 3) as u32;
        builder.sample(Sample { stack, run, scope: Scope::Benchmark, count: 1, weight: 1_003_009 });
    }
    builder.finish()
}

fn stages(criterion: &mut Criterion) {
    let made = profile(1);
    let bytes = pprof::encode(&made, &Meta::default()).expect("it is small");

    let mut group = criterion.benchmark_group("pprof");
    group.throughput(Throughput::Elements(STACKS as u64));
    group.bench_function("encode", |bencher| {
        bencher.iter(|| pprof::encode(black_box(&made), &Meta::default()));
    });
    group.bench_function("decode", |bencher| bencher.iter(|| pprof::decode(black_box(&bytes))));
    group.finish();

    criterion.bench_function("normalize", |bencher| {
        let roots = Roots::default();
        bencher.iter_batched(
            || made.clone(),
            |profile| normalize::normalize(&profile, Harness::Process, &roots),
            BatchSize::LargeInput,
        );
    });
    criterion.bench_function("flamegraph", |bencher| {
        let options = FlamegraphOptions::new("service", Some(("ns", 1e6)));
        bencher.iter(|| flamegraph(black_box(&made), &options));
    });
}

criterion_group!(benches, stages);
criterion_main!(benches);
