//! `lowest` and `highest` become one.

pub fn range(values: &[u64]) -> u64 {
    let mut sum = 0;
    for part in values.chunks(64) {
        sum += highest(part) ^ lowest(part);
    }
    sum
}

#[inline(never)]
fn lowest(part: &[u64]) -> u64 {
    let mut found = u64::MAX;
    for &value in part {
        let scrambled = (value ^ 0x5bd1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) % 1009;
        found = found.min(scrambled);
    }
    found
}

#[inline(never)]
fn highest(part: &[u64]) -> u64 {
    let mut found = 0;
    for &value in part {
        let scrambled = (value ^ 0x5bd1).wrapping_mul(0xc2b2_ae3d_27d4_eb4f).rotate_left(31) % 2003;
        found = found.max(scrambled);
    }
    found
}
