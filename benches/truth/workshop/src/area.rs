//! A generic function takes trait objects.

pub trait Bed {
    fn area(&self, at: u64) -> u64;
}

struct Square;
struct Ring(u64);

impl Bed for Square {
    #[inline(never)]
    fn area(&self, at: u64) -> u64 {
        let mut side = at | 1;
        for _ in 0..40 {
            side = side.wrapping_mul(side | 5) ^ (side >> 9);
        }
        side
    }
}

impl Bed for Ring {
    #[inline(never)]
    fn area(&self, at: u64) -> u64 {
        let mut side = at | 3;
        for _ in 0..30 {
            side = side.wrapping_mul(self.0) ^ (side >> 11);
        }
        side
    }
}

pub fn of_garden(values: &[u64]) -> u64 {
    total(&Square, &values[..9]) ^ total(&Ring(77), &values[9..18])
}

#[inline(never)]
fn total<B: Bed>(bed: &B, at: &[u64]) -> u64 {
    let mut sum = 0;
    for &value in at {
        let mut seed = value;
        for _ in 0..20 {
            seed = seed.rotate_left(7).wrapping_mul(0x1000_0000_01b3);
        }
        sum ^= bed.area(seed);
    }
    sum
}
