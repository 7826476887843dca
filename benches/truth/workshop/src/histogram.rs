//! Moved to another module, with its file.

#[inline(never)]
pub fn spread(bytes: &[u8]) -> u64 {
    let counts = count(bytes);
    let most = counts.iter().copied().max().unwrap_or(0);
    let least = counts.iter().copied().min().unwrap_or(0);
    u64::from(most - least) + quantile(&counts, 3) - quantile(&counts, 1)
}

#[inline(never)]
fn count(bytes: &[u8]) -> [u32; 64] {
    let mut counts = [0; 64];
    for &byte in bytes {
        counts[usize::from(byte >> 2)] += 1;
        counts[usize::from(byte & 63)] += 1;
    }
    counts
}

#[inline(never)]
fn quantile(counts: &[u32; 64], quarter: u32) -> u64 {
    let all: u32 = counts.iter().sum();
    let mut seen = 0;
    for (at, count) in counts.iter().enumerate() {
        seen += count;
        if seen * 4 >= all * quarter {
            return at as u64;
        }
    }
    64
}
