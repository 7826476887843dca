//! Renamed: `adler` becomes `rolling_sum`.

pub fn of_blocks(bytes: &[u8]) -> u64 {
    bytes.chunks(256).fold(0, |sum, block| sum.rotate_left(9) ^ u64::from(adler(block)))
}

#[inline(never)]
fn adler(block: &[u8]) -> u32 {
    let (mut low, mut high) = (1_u32, 0_u32);
    for &byte in block {
        low = (low + u32::from(byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    high << 16 | low
}
