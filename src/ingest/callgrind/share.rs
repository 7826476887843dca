//! Dividing whole numbers so that every sum stays exact.

use std::cmp::Reverse;

/// Divides `amount` in proportion to `quotas` (largest remainders; the first of equal ones), into
/// `parts`. No part exceeds its quota as long as the amount does not exceed their sum.
pub(super) fn divide(amount: u64, quotas: &[u64], parts: &mut Vec<u64>) {
    parts.clear();
    if quotas.len() == 1 {
        parts.push(amount);
        return;
    }
    let sum: u128 = quotas.iter().map(|&quota| u128::from(quota)).sum();
    if sum == 0 {
        parts.resize(quotas.len(), 0);
        if let Some(first) = parts.first_mut() {
            *first = amount;
        }
        return;
    }
    // What is lost by rounding down, the largest first, and the first of equal ones.
    let mut lost: Vec<(Reverse<u128>, usize)> = Vec::with_capacity(quotas.len());
    let mut left = amount;
    for (index, &quota) in quotas.iter().enumerate() {
        let (part, rest) = divide_product(amount, quota, sum);
        parts.push(part);
        lost.push((Reverse(rest), index));
        left -= part;
    }
    // Fewer than there are quotas with a remainder.
    let left = usize::try_from(left).unwrap_or(usize::MAX).min(lost.len());
    if let 1.. = left {
        lost.select_nth_unstable(left - 1);
        for &(_, index) in &lost[..left] {
            parts[index] += 1;
        }
    }
}

/// `amount * quota / sum`, which is at most the amount, and the remainder.
fn divide_product(amount: u64, quota: u64, sum: u128) -> (u64, u128) {
    // Most numbers are small, and wide ones are divided ten times as slowly.
    if let (Some(product), Ok(sum)) = (amount.checked_mul(quota), u64::try_from(sum)) {
        return (product / sum, u128::from(product % sum));
    }
    let product = u128::from(amount) * u128::from(quota);
    (u64::try_from(product / sum).unwrap_or(amount), product % sum)
}

/// As [`divide`], and takes the parts away from the quotas. When amounts that add up to the sum of
/// the quotas are taken one after the other, each quota is used up in the end: not only the parts
/// of an amount add up, but the parts of a quota as well.
pub(super) fn take(amount: u64, quotas: &mut [u64], parts: &mut Vec<u64>) {
    divide(amount, quotas, parts);
    for (quota, part) in quotas.iter_mut().zip(parts) {
        *quota = quota.saturating_sub(*part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn in_proportion() {
        let mut parts = Vec::new();
        divide(10, &[1, 3, 6], &mut parts);
        assert_eq!(parts, [1, 3, 6]);
        divide(2, &[1, 1, 1], &mut parts);
        assert_eq!(parts, [1, 1, 0]);
        divide(7, &[0, 0], &mut parts);
        assert_eq!(parts, [7, 0]);
        divide(u64::MAX, &[u64::MAX, u64::MAX], &mut parts);
        assert_eq!(parts.iter().map(|&part| u128::from(part)).sum::<u128>(), u64::MAX.into());
    }

    proptest! {
        #[test]
        fn rows_and_columns_add_up(
            amounts in proptest::collection::vec(0..1000_u64, 1..30),
            weights in proptest::collection::vec(0..50_u64, 1..8),
        ) {
            let sum = amounts.iter().sum();
            let mut quotas = Vec::new();
            divide(sum, &weights, &mut quotas);
            prop_assert_eq!(quotas.iter().sum::<u64>(), sum);
            let (mut left, mut parts) = (quotas.clone(), Vec::new());
            let mut columns = vec![0; quotas.len()];
            for amount in amounts {
                take(amount, &mut left, &mut parts);
                prop_assert_eq!(parts.iter().sum::<u64>(), amount);
                for (column, part) in columns.iter_mut().zip(&parts) {
                    *column += part;
                }
            }
            prop_assert_eq!(columns, quotas);
        }
    }
}
