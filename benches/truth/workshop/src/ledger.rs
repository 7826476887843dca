//! Asynchronous functions become ordinary ones.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub fn balance(values: &[u64]) -> u64 {
    block_on(sum_up(values))
}

async fn sum_up(values: &[u64]) -> u64 {
    let mut sum = 0_u64;
    for account in values.chunks(32) {
        sum = sum.rotate_left(3) ^ book(account).await;
    }
    sum
}

async fn book(account: &[u64]) -> u64 {
    let mut state = 11_u64;
    for &value in account {
        state = (state ^ value).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 29;
    }
    state
}

#[inline(never)]
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}
