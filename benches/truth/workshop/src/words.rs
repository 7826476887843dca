//! `scan` is split into `boundaries` and `weights`.

pub fn longest(text: &str) -> u64 {
    let mut best = 0;
    for part in text.as_bytes().chunks(150) {
        best = best.max(scan(part));
    }
    best
}

#[inline(never)]
fn scan(part: &[u8]) -> u64 {
    let mut ends = [0_u8; 160];
    let mut words = 0;
    for (at, &byte) in part.iter().enumerate() {
        if byte == b' ' || byte == b'\n' {
            ends[words] = at as u8;
            words += 1;
        }
    }
    let mut most = 0;
    let mut begin = 0;
    for &end in &ends[..words] {
        let mut weight = 7_u64;
        for &byte in &part[begin..usize::from(end)] {
            weight = weight.wrapping_mul(33) ^ u64::from(byte);
        }
        begin = usize::from(end);
        most = most.max(weight >> 40);
    }
    most
}
