//! Fixed amounts of work; prints the time that they took, the CPU time of the threads that did
//! them, in ns.

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

#[inline(never)]
fn work(rounds: u64) -> u64 {
    (0..rounds).fold(1, |x: u64, i| x.rotate_left(7) ^ i.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

#[inline(never)]
fn descend(depth: u32, rounds: u64) -> u64 {
    let space = black_box([depth; 8]);
    let below = if depth == 0 { work(rounds) } else { descend(depth - 1, rounds) };
    below.wrapping_add(u64::from(space[3]))
}

fn main() {
    let start = Instant::now();
    let before = cpu();
    let mut used = 0;
    match std::env::args().nth(1).as_deref() {
        Some("flat") => drop(black_box(work(1_000_000_000))),
        Some("deep") => {
            for _ in 0..200 {
                black_box(descend(150, 5_000_000));
            }
        }
        Some("threads") => {
            let threads = (0..64).map(|n| {
                std::thread::spawn(move || {
                    black_box(work(15_000_000 + n));
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
