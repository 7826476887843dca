//! A fixed piece of work around each timed run, whose time tells how fast the machine was.
//!
//! A clock that falls, a neighbour on the other thread of the core, a guest that its host holds
//! back: the system's counters show none of them, and a benchmark's own times cannot tell them
//! from a change of its code. Work that never changes can. It has two parts, for the states that
//! each of them sees:
//!
//! * *latency*: loads that wait for each other, from the first level of the cache. The clock shows
//!   here undiluted; a neighbour does only as far as it takes the cache.
//! * *throughput*: independent integer arithmetic, as wide as the core is. A neighbour on the same
//!   core that computes takes up to half of it; the clock shows, too.
//!
//! Neither leaves the core: what others do to the last level of the cache and to memory is not
//! seen. That would take tens of megabytes of loads before each run, drive the benchmark's own
//! data out, and depend on which pages the system gave.
//!
//! The work is the same machine code in every build (`work`), and its name is stored with its
//! times. A reading is seven repetitions of each part, in turns, of which the second fastest
//! counts: an interrupt takes part in one of them, a state of the machine in all. The work takes about
//! 1.2 ms, on the processor that the run is bound to, by a thread of its own, so that what is
//! started afterwards inherits nothing. Where runs follow at once on one processor, the reading
//! after one is the reading before the next.

mod work;

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::model::{Reading, Reference};
use crate::process::on_processor;

use work::Ring;

/// Repetitions of each part; the one that counts is at a quarter of them in ascending order.
const REPETITIONS: usize = 7;
/// Repetitions before those, which bring the ring into the cache.
const WARM_UP: usize = 2;
/// A reading serves the next run as well when that begins within this time.
const FRESH: Duration = Duration::from_millis(10);

/// The reference kernel, and its last reading.
pub struct ReferenceKernel {
    ring: Ring,
    last: Cell<Option<(Instant, Option<usize>, Reading)>>,
}

impl ReferenceKernel {
    /// Ready to run.
    #[expect(clippy::new_without_default, reason = "there is nothing ordinary about this one")]
    pub fn new() -> Self {
        Self { ring: Ring::new(), last: Cell::new(None) }
    }

    /// Does `run` between two readings, on processor `cpu` where one is named. `None` where there is
    /// no kernel for this architecture or it cannot be run on that processor.
    pub fn around<T>(&self, cpu: Option<usize>, run: impl FnOnce() -> T) -> (T, Option<Reference>) {
        let last = self.last.take().filter(|(at, of, _)| *of == cpu && at.elapsed() < FRESH);
        let before = last.map(|(.., reading)| reading).or_else(|| self.read(cpu));
        let result = run();
        // Without the one there is no use for the other.
        let after = before.and_then(|_| self.read(cpu));
        self.last.set(after.map(|reading| (Instant::now(), cpu, reading)));
        let reference = work::NAME.zip(before).zip(after).map(|((kernel, before), after)| {
            Reference { kernel: kernel.to_owned(), before, after }
        });
        (result, reference)
    }

    fn read(&self, cpu: Option<usize>) -> Option<Reading> {
        work::NAME?;
        let ring = &self.ring;
        let ([latency_ns, throughput_ns], cpu) = on_processor(cpu, || {
            for _ in 0..WARM_UP {
                ring.chase();
                work::crunch();
            }
            let repetition = |_| [time(|| ring.chase()), time(work::crunch)];
            let times: [[u64; 2]; REPETITIONS] = std::array::from_fn(repetition);
            [0, 1].map(|part| {
                let mut times = times.map(|parts| parts[part]);
                times.sort_unstable();
                times[REPETITIONS / 4]
            })
        })?;
        Some(Reading {
            cpu: cpu.and_then(|cpu| u32::try_from(cpu).ok()),
            latency_ns,
            throughput_ns,
        })
    }
}

/// Nanoseconds.
fn time(work: impl FnOnce()) -> u64 {
    let start = Instant::now();
    work();
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_the_reading_between_them() {
        let kernel = ReferenceKernel::new();
        let (result, first) = kernel.around(None, || 7);
        assert_eq!(result, 7);
        let Some(first) = first else { return assert_eq!(work::NAME, None) };
        assert_eq!(first.kernel, work::NAME.unwrap());
        assert!(first.before.latency_ns > 0 && first.after.throughput_ns > 0, "{first:?}");
        // Made fresh, since this thread may have waited for its turn since.
        kernel.last.set(Some((Instant::now() + FRESH, None, first.after)));
        let (_, second) = kernel.around(None, || ());
        assert_eq!(second.unwrap().before, first.after);
        // A reading of another processor, or an old one, says nothing of this one.
        let marked = Reading { latency_ns: 1, ..first.after };
        kernel.last.set(Some((Instant::now() + FRESH, Some(usize::MAX), marked)));
        assert_ne!(kernel.around(None, || ()).1.unwrap().before, marked);
        let old = Instant::now().checked_sub(FRESH).unwrap();
        kernel.last.set(Some((old, None, marked)));
        assert_ne!(kernel.around(None, || ()).1.unwrap().before, marked);
    }

    #[test]
    fn a_processor_that_is_not_there_gives_no_reading() {
        let kernel = ReferenceKernel::new();
        if cfg!(target_os = "linux") {
            assert_eq!(kernel.around(Some(100_000), || ()).1, None);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_reading_knows_its_processor() {
        let kernel = ReferenceKernel::new();
        for cpu in crate::process::processors() {
            let Some(reference) = kernel.around(Some(cpu), || ()).1 else { return };
            assert_eq!(reference.before.cpu, Some(cpu as u32));
            assert_eq!(reference.after.cpu, Some(cpu as u32));
        }
    }
}
