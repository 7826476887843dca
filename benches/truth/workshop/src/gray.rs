//! `linear` is written out where it was called.

#[inline(never)]
pub fn brightness(pixels: &[[u8; 3]]) -> u64 {
    let mut sum = 0;
    for row in pixels.chunks(35) {
        let light = linear(row);
        let mut brightest = 0;
        for pixel in row {
            brightest = brightest.max(u64::from(pixel[0]) * 3 + u64::from(pixel[1]) * 7);
        }
        sum += light ^ brightest;
    }
    sum
}

#[inline(never)]
fn linear(row: &[[u8; 3]]) -> u64 {
    let mut sum = 0_u64;
    for &[red, green, blue] in row {
        let light = u64::from(red) * 299 + u64::from(green) * 587 + u64::from(blue) * 114;
        sum = sum.wrapping_mul(31) + light / 1000;
    }
    sum
}
