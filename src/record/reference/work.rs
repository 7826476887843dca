//! The fixed work, in machine code that no compiler changes.

/// Which work: its times are comparable with those of the same name only. To be counted up with
/// any change here, of numbers, too.
pub(super) const NAME: Option<&str> = if cfg!(target_arch = "x86_64") {
    Some("x86-64/1")
} else if cfg!(target_arch = "aarch64") {
    Some("aarch64/1")
} else {
    None
};

/// Lines in the ring: 16 KiB, which the smallest data caches of today hold, with room for others.
const LINES: usize = 256;
/// Loads in a repetition of [`Ring::chase`], eight in a turn: 55 µs at 3 GHz and five clocks each.
const LOADS: u64 = 32_768;
/// Turns of [`crunch`] in a repetition: 80 µs at 3 GHz and six operations a clock.
const TURNS: u64 = 49_152;

/// A line of the cache; its first word is the address of the next one in the ring.
#[repr(C, align(64))]
struct Line([usize; 8]);

/// Addresses that lead from each to the next, in an order that is no pattern, all around.
pub(super) struct Ring {
    lines: Box<[Line]>,
}

impl Ring {
    pub(super) fn new() -> Self {
        let mut order: Vec<usize> = (0..LINES).collect();
        // Fisher and Yates, by a generator of Knuth's with a fixed seed.
        let mut state = 1_u64;
        for i in (1..LINES).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            order.swap(i, (state >> 33) as usize % (i + 1));
        }
        let mut lines: Box<[Line]> = (0..LINES).map(|_| Line([0; 8])).collect();
        let address = lines.as_ptr() as usize;
        for (at, &line) in order.iter().enumerate() {
            lines[line].0[0] = address + size_of::<Line>() * order[(at + 1) % LINES];
        }
        Self { lines }
    }

    /// Walks along the ring: each load waits for the one before it. The time is that of the
    /// caches' first level in clocks; it grows when the clock falls, and when another thread on the
    /// same core drives the ring out of the cache.
    #[inline(never)]
    pub(super) fn chase(&self) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: it only reads, and each address read is that of a line of the ring.
        unsafe {
            std::arch::asm!(
                "2:",
                "mov {at}, [{at}]",
                "mov {at}, [{at}]",
                "mov {at}, [{at}]",
                "mov {at}, [{at}]",
                "mov {at}, [{at}]",
                "mov {at}, [{at}]",
                "mov {at}, [{at}]",
                "mov {at}, [{at}]",
                "dec {left}",
                "jnz 2b",
                at = inout(reg) self.lines.as_ptr() => _,
                left = inout(reg) LOADS / 8 => _,
                options(nostack, readonly),
            );
        }
        #[cfg(target_arch = "aarch64")]
        // SAFETY: it only reads, and each address read is that of a line of the ring.
        unsafe {
            std::arch::asm!(
                "2:",
                "ldr {at}, [{at}]",
                "ldr {at}, [{at}]",
                "ldr {at}, [{at}]",
                "ldr {at}, [{at}]",
                "ldr {at}, [{at}]",
                "ldr {at}, [{at}]",
                "ldr {at}, [{at}]",
                "ldr {at}, [{at}]",
                "subs {left}, {left}, #1",
                "b.ne 2b",
                at = inout(reg) self.lines.as_ptr() => _,
                left = inout(reg) LOADS / 8 => _,
                options(nostack, readonly),
            );
        }
    }
}

/// Nine chains of integer arithmetic that do not wait for each other: three of multiplications,
/// six of additions and exclusive ors, in a turn of fifteen. As many are done at once as the core
/// can, so that the time grows with each that another thread on the same core takes, as well as
/// when the clock falls. No memory: its speed is not that of a core.
#[inline(never)]
pub(super) fn crunch() {
    /// Any odd number with many bits.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: it uses the registers that it names, and no memory.
    unsafe {
        std::arch::asm!(
            "2:",
            "imul {a}, {k}", "add {d}, {k}", "xor {e}, {k}", "add {f}, {k}", "xor {g}, {k}",
            "imul {b}, {k}", "add {h}, {k}", "xor {i}, {k}", "add {d}, {k}", "xor {e}, {k}",
            "imul {c}, {k}", "add {f}, {k}", "xor {g}, {k}", "add {h}, {k}", "xor {i}, {k}",
            "dec {left}",
            "jnz 2b",
            a = inout(reg) 1_u64 => _,
            b = inout(reg) 2_u64 => _,
            c = inout(reg) 3_u64 => _,
            d = inout(reg) 4_u64 => _,
            e = inout(reg) 5_u64 => _,
            f = inout(reg) 6_u64 => _,
            g = inout(reg) 7_u64 => _,
            h = inout(reg) 8_u64 => _,
            i = inout(reg) 9_u64 => _,
            k = in(reg) FACTOR,
            left = inout(reg) TURNS => _,
            options(nomem, nostack),
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: it uses the registers that it names, and no memory.
    unsafe {
        std::arch::asm!(
            "2:",
            "mul {a}, {a}, {k}", "add {d}, {d}, {k}", "eor {e}, {e}, {k}", "add {f}, {f}, {k}",
            "eor {g}, {g}, {k}",
            "mul {b}, {b}, {k}", "add {h}, {h}, {k}", "eor {i}, {i}, {k}", "add {d}, {d}, {k}",
            "eor {e}, {e}, {k}",
            "mul {c}, {c}, {k}", "add {f}, {f}, {k}", "eor {g}, {g}, {k}", "add {h}, {h}, {k}",
            "eor {i}, {i}, {k}",
            "subs {left}, {left}, #1",
            "b.ne 2b",
            a = inout(reg) 1_u64 => _,
            b = inout(reg) 2_u64 => _,
            c = inout(reg) 3_u64 => _,
            d = inout(reg) 4_u64 => _,
            e = inout(reg) 5_u64 => _,
            f = inout(reg) 6_u64 => _,
            g = inout(reg) 7_u64 => _,
            h = inout(reg) 8_u64 => _,
            i = inout(reg) 9_u64 => _,
            k = in(reg) FACTOR,
            left = inout(reg) TURNS => _,
            options(nomem, nostack),
        );
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = (FACTOR, TURNS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_goes_through_all_lines_and_comes_back() {
        let ring = Ring::new();
        let first = ring.lines.as_ptr() as usize;
        let mut seen = vec![false; LINES];
        let mut at = 0;
        for _ in 0..LINES {
            assert!(!std::mem::replace(&mut seen[at], true), "line {at} twice");
            let next = ring.lines[at].0[0] - first;
            assert_eq!(next % size_of::<Line>(), 0);
            at = next / size_of::<Line>();
        }
        assert_eq!(at, 0);
        assert_eq!(LOADS % 8, 0);
        ring.chase();
        crunch();
    }
}
