//! Sorting of few items.
//!
//! The standard library's sort is made for millions of items, and is compiled anew for every type and
//! every order: a hundred copies were a tenth of the code that this crate had compiled. Lists that
//! somebody reads are sorted by one copy, which sorts their indices. What is as long as a profile has
//! the standard library's.

use std::cmp::Ordering;

/// Stable sorts of slices with few items.
pub trait SortFew<T> {
    /// As [`slice::sort`].
    fn sort_few(&mut self)
    where
        T: Ord;

    /// As [`slice::sort_by`].
    fn sort_few_by(&mut self, compare: impl Fn(&T, &T) -> Ordering);

    /// As [`slice::sort_by_key`].
    fn sort_few_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K);
}

impl<T> SortFew<T> for [T] {
    fn sort_few(&mut self)
    where
        T: Ord,
    {
        self.sort_few_by(T::cmp);
    }

    fn sort_few_by(&mut self, compare: impl Fn(&T, &T) -> Ordering) {
        let order = order(self.len(), &|a, b| compare(&self[a], &self[b]));
        arrange(order, &mut |a, b| self.swap(a, b));
    }

    fn sort_few_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.sort_few_by(|a, b| key(a).cmp(&key(b)));
    }
}

/// The indices below `len` in order; equal ones ascend.
fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|&a, &b| compare(a, b));
    order
}

/// Brings the item at `order[i]` to `i`, for every `i`, by swaps along the cycles of the permutation.
fn arrange(mut order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut order[at], at);
            if from == start {
                break;
            }
            swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_does(items: Vec<(u8, u16)>) {
            let mut expected = items.clone();
            let mut few = items.clone();
            expected.sort_by_key(|item| item.0 % 8);
            few.sort_few_by_key(|item| item.0 % 8);
            prop_assert_eq!(&few, &expected);

            let order = |a: &(u8, u16), b: &(u8, u16)| b.1.cmp(&a.1).then(a.0.cmp(&b.0));
            expected.sort_by(order);
            few.sort_few_by(order);
            prop_assert_eq!(&few, &expected);

            expected.sort();
            few.sort_few();
            prop_assert_eq!(few, expected);
        }
    }
}
