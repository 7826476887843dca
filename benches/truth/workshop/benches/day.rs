use criterion::{criterion_group, criterion_main, Criterion};
use workshop::{day, Data};

fn bench(c: &mut Criterion) {
    let data = Data::new();
    c.bench_function("day", |b| b.iter(|| day(std::hint::black_box(&data))));
}

criterion_group!(benches, bench);
criterion_main!(benches);
