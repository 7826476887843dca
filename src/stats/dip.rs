//! How far values are from having one mode.

/// The dip of values in ascending order: the largest distance between their distribution function
/// and the nearest one with a single mode (Hartigan & Hartigan 1985). From `1/(2n)`, for what has
/// one mode, to `1/4`. `None` for fewer than four values.
///
/// By the construction of that paper: the nearest function is convex up to a modal interval and
/// concave behind it. Within the interval under consideration the greatest convex minorant and the
/// least concave majorant of the steps are furthest apart at the ends of a narrower one; outside of
/// that the distances of the steps from either are a dip already. Repeated until the distance within
/// is below the dip found outside.
pub fn dip(ascending: &[f64]) -> Option<f64> {
    let n = ascending.len();
    if n < 4 {
        return None;
    }
    if ascending[0] == ascending[n - 1] {
        return Some(0.5 / n as f64);
    }
    // All heights count steps; half of them divided by n at the end.
    let (mut low, mut high) = (0, n - 1);
    let mut dip = 1.0_f64;
    loop {
        let minorant = hull(ascending, low, high, Side::Below);
        let majorant = hull(ascending, low, high, Side::Above);
        let (apart, left, right) = furthest(ascending, &minorant, &majorant);
        if apart <= dip {
            break;
        }
        let below = minorant.windows(2).filter(|pair| pair[1] <= left);
        for pair in below {
            dip = dip.max(gap(ascending, pair[0], pair[1], Side::Below));
        }
        let above = majorant.windows(2).filter(|pair| pair[0] >= right);
        for pair in above {
            dip = dip.max(gap(ascending, pair[0], pair[1], Side::Above));
        }
        if (left, right) == (low, high) || left >= right {
            break;
        }
        (low, high) = (left, right);
    }
    Some(dip / (2.0 * n as f64))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Above,
}

/// Positions where the greatest convex minorant (or the least concave majorant) of the points
/// `(x_i, i)` touches them, from `low` to `high`.
fn hull(x: &[f64], low: usize, high: usize, side: Side) -> Vec<usize> {
    let mut touched: Vec<usize> = Vec::new();
    for i in low..=high {
        while let [.., a, b] = touched[..] {
            // Whether b lies on the wrong side of the line from a to i.
            let turn = (x[b] - x[a]) * (i - a) as f64 - (x[i] - x[a]) * (b - a) as f64;
            let is_wrong = match side {
                Side::Below => turn <= 0.0,
                Side::Above => turn >= 0.0,
            };
            if !is_wrong {
                break;
            }
            touched.pop();
        }
        touched.push(i);
    }
    touched
}

/// The height at `x[at]` of a hull, between two points where it touches.
fn height(x: &[f64], touched: &[usize], at: usize) -> f64 {
    let next = touched.partition_point(|&position| position < at).max(1).min(touched.len() - 1);
    let (a, b) = (touched[next - 1], touched[next]);
    let width = x[b] - x[a];
    let part = if width > 0.0 { (x[at] - x[a]) / width } else { 1.0 };
    a as f64 + part * (b - a) as f64
}

/// How far majorant and minorant are apart at most, and the modal interval there: from where the
/// minorant touches last before to where the majorant touches first behind.
fn furthest(x: &[f64], minorant: &[usize], majorant: &[usize]) -> (f64, usize, usize) {
    let (first, last) = (minorant[0], minorant[minorant.len() - 1]);
    let mut best = (0.0, first, last);
    for &at in minorant {
        let apart = height(x, majorant, at) - at as f64 + 1.0;
        if apart > best.0 {
            let next = majorant.partition_point(|&position| position < at);
            best = (apart, at, majorant[next.min(majorant.len() - 1)]);
        }
    }
    for &at in majorant {
        let apart = at as f64 - height(x, minorant, at) + 1.0;
        if apart > best.0 {
            let next = minorant.partition_point(|&position| position <= at);
            best = (apart, minorant[next.saturating_sub(1)], at);
        }
    }
    best
}

/// The largest distance between the steps and the line between two points where a hull touches.
fn gap(x: &[f64], a: usize, b: usize, side: Side) -> f64 {
    let slope = (b - a) as f64 / (x[b] - x[a]);
    if b - a < 2 || !slope.is_finite() {
        return 0.0;
    }
    (a..=b)
        .map(|i| {
            let line = a as f64 + (x[i] - x[a]) * slope;
            match side {
                Side::Below => i as f64 - line + 1.0,
                Side::Above => line - i as f64 + 1.0,
            }
        })
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::sorted;

    /// Against the `diptest` package 0.12 for Python.
    #[test]
    fn dips_are_those_of_the_reference() {
        for (values, expected) in [
            (
                &[
                    -1.324, -1.233, -0.802, -0.785, -0.553, -0.248, 0.11, 0.273, 0.42, 0.749,
                    1.136, 1.635,
                ][..],
                0.071_899_623_158_615_98,
            ),
            (
                &[
                    -1.732, -1.163, -0.958, -0.713, -0.629, -0.488, -0.084, 0.203, 0.553, 1.6,
                    2.357, 2.711, 3.019, 3.411, 3.743, 3.827, 3.937, 4.021, 4.41, 4.83,
                ],
                0.090_312_499_999_999_99,
            ),
            (
                &[
                    0.01, 0.31, 0.31, 0.37, 0.38, 0.43, 0.52, 0.7, 0.93, 1.08, 1.31, 1.34, 1.47,
                    2.12, 2.15,
                ],
                0.066_315_789_473_684_23,
            ),
            (&[1.0, 1.0, 1.0, 2.0, 2.0, 5.0, 5.0, 5.0, 5.0, 6.0], 0.1875),
            (
                &[
                    0.0858, 0.1071, 0.2219, 0.2401, 0.3679, 0.3765, 0.3994, 0.4638, 0.5562, 0.6354,
                    0.6409, 0.6744, 0.6842, 0.6922, 0.7414, 0.7985, 0.8449, 0.9332, 0.9364, 0.951,
                ],
                0.064_683_153_013_910_41,
            ),
        ] {
            let found = dip(values).unwrap();
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            let mirrored: Vec<f64> = values.iter().rev().map(|x| -x).collect();
            assert!((dip(&mirrored).unwrap() - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn dips_of_many_values() {
        let dip_of = |n: u32, value: fn(f64) -> f64| {
            dip(&sorted(&(1..=n).map(|i| value(f64::from(i))).collect::<Vec<_>>())).unwrap()
        };
        assert!((dip_of(200, |i| (1.7 * i).sin()) - 0.065_743_582_429_624_48).abs() < 1e-10);
        let even = dip_of(300, |i| (i * 0.618_033_988_7) % 1.0);
        assert!((even - 0.004_058_401_370_457_467).abs() < 1e-6, "{even}");
        let two = dip_of(500, |i| {
            let low = (i * 0.618) % 1.0;
            (if i % 3.0 == 0.0 { low } else { 5.0 + low }).powf(1.3)
        });
        assert!((two - 0.145_590_953_247_132_56).abs() < 1e-10);
        assert_eq!(dip(&[1.0; 9]), Some(0.5 / 9.0));
        assert_eq!(dip(&[1.0, 2.0]), None);
    }
}
