//! Fixed amounts of work in known shares, 60 to 30 to 10; prints the time that they took, and the
//! CPU time of the threads that did them, in ns. `work NAME [DIVISOR]`.

use std::ffi::c_int;
use std::hint::black_box;
use std::time::Instant;

unsafe extern "C" {
    fn clock_gettime(clock: c_int, time: *mut [i64; 2]) -> c_int;
}

/// CPU time of the calling thread.
fn cpu() -> i64 {
    let mut time = [0; 2];
    // SAFETY: the kernel writes two words.
    unsafe { clock_gettime(3, &mut time) };
    time[0] * 1_000_000_000 + time[1]
}

/// So many units, and as many blocks of memory.
#[inline(never)]
fn units(count: u64, rounds: u64) -> u64 {
    let blocks: Vec<Box<u64>> = (0..count).map(|block| black_box(Box::new(block))).collect();
    let spun = (0..count * rounds)
        .fold(1, |x: u64, i| x.rotate_left(7) ^ i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    spun ^ blocks.iter().map(|block| **block).sum::<u64>()
}

#[inline(never)]
fn sixty(rounds: u64) -> u64 {
    black_box(units(6, rounds))
}

#[inline(never)]
fn thirty(rounds: u64) -> u64 {
    black_box(units(3, rounds)) ^ 1
}

#[inline(never)]
fn ten(rounds: u64) -> u64 {
    black_box(units(1, rounds)) ^ 2
}

#[inline(never)]
fn all(rounds: u64) -> u64 {
    sixty(rounds) ^ thirty(rounds) ^ ten(rounds)
}

#[inline(never)]
fn descend(depth: u32, rounds: u64) -> u64 {
    let space = black_box([depth; 8]);
    let below = if depth == 0 { all(rounds) } else { descend(depth - 1, rounds) };
    below.wrapping_add(u64::from(space[3]))
}

fn repeat(times: u64, work: impl Fn() -> u64) {
    for _ in 0..times {
        black_box(work());
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let name = arguments.get(1).map(String::as_str);
    let divisor: u64 = arguments.get(2).map_or(1, |word| word.parse().expect("a number"));
    let start = Instant::now();
    let before = cpu();
    let mut used = 0;
    match name {
        Some("flat") => repeat(300, || all(500_000 / divisor)),
        Some("deep") => repeat(300, || descend(150, 500_000 / divisor)),
        Some("threads") => {
            let threads = (0..64).map(|_| {
                std::thread::spawn(move || {
                    repeat(6, || all(500_000 / divisor));
                    cpu()
                })
            });
            let all: Vec<_> = threads.collect();
            used = all.into_iter().map(|thread| thread.join().expect("it does not panic")).sum();
        }
        other => panic!("no such work: {other:?}"),
    }
    println!("{} {}", start.elapsed().as_nanos(), used + cpu() - before);
}
