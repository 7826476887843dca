//! The centre of symmetric differences, some of which are far off.

use super::moments::{mean, standard_deviation};
use super::quantile::median;
use super::welch::Estimate;

/// Values further than that many median absolute deviations from the centre count nothing: six
/// standard deviations of a normal distribution.
const TUNING: f64 = 9.0;

/// Fewer values than that have no centre of their own beside the mean.
const FEWEST: usize = 6;

/// Most steps of the iteration; it has settled after ten.
const STEPS: usize = 50;

/// The biweight centre of values with its error (Mosteller & Tukey 1977, ch. 10; the interval is
/// the biweight t of Kafadar, JASA 77, 1982). `None` without values; one value has no error, which
/// is given as infinite.
///
/// `T = Σ w x / Σ w` with `w = (1 − u²)²` and `u = (x − T) / (9 MAD)` where `|u| < 1`, iterated
/// from the median. Its variance is, over the same `u`, `Σ (x − T)² (1 − u²)⁴ / (D · max(1, D −
/// 1))` with `D = Σ (1 − u²)(1 − 5u²)` (Lax 1985). Kafadar's degrees of freedom are `0.7 (n − 1)`;
/// below eight values that is too many by simulation, and 0.6 takes their place.
///
/// Fewer than six values, and those of which more than half are equal, have mean, standard
/// error and `n − 1` degrees of freedom. Negating the values negates the centre.
pub fn biweight(values: &[f64]) -> Option<Estimate> {
    let middle = median(values)?;
    let n = values.len() as f64;
    let distances: Vec<f64> = values.iter().map(|x| (x - middle).abs()).collect();
    let scale = TUNING * median(&distances)?;
    if values.len() < FEWEST || scale <= 0.0 {
        let error = standard_deviation(values).map_or(f64::INFINITY, |s| s / n.sqrt());
        return Some(Estimate { value: mean(values), error, degrees: (n - 1.0).max(1.0) });
    }
    let inside = |x: f64, centre: f64| {
        let square = ((x - centre) / scale).powi(2);
        (square < 1.0).then_some(1.0 - square)
    };
    let mut centre = middle;
    for _ in 0..STEPS {
        let (mut sum, mut weights) = (0.0, 0.0);
        for &x in values {
            if let Some(rest) = inside(x, centre) {
                sum += rest * rest * (x - centre);
                weights += rest * rest;
            }
        }
        let step = sum / weights;
        centre += step;
        if step.abs() <= 1e-13 * scale {
            break;
        }
    }
    let (mut squares, mut slope) = (0.0, 0.0);
    for &x in values {
        if let Some(rest) = inside(x, centre) {
            squares += (x - centre).powi(2) * rest.powi(4);
            // 1 − 5u² = 5 (1 − u²) − 4.
            slope += rest * (5.0 * rest - 4.0);
        }
    }
    // Half of the values are within a ninth of `scale`, so that `slope` is large; no arrangement of
    // the others may turn its sign.
    let slope = slope.max(1.0);
    let error = (squares / (slope * (slope - 1.0).max(1.0))).sqrt();
    let part = if values.len() < 8 { 0.6 } else { 0.7 };
    Some(Estimate { value: centre, error, degrees: part * (n - 1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Random;

    #[test]
    fn as_its_formula_in_numpy() {
        // m = median(d); s = median(|d - m|); 200 times: u = (d - T) / (9 s);
        // w = where(|u| < 1, (1 - u²)², 0); T = Σ w d / Σ w; then sqrt(Σ (d - T)² (1 - u²)⁴ /
        // (D max(1, D - 1))), 2 t.sf(T / se, 7.7), T ∓ t.ppf(0.975, 7.7) se
        let values =
            [0.021, 0.018, 0.025, 0.019, 0.31, 0.022, 0.017, -0.24, 0.02, 0.023, 0.016, 0.026];
        let estimate = biweight(&values).unwrap();
        assert!((estimate.value - 0.020_681_620_518_934_348).abs() < 1e-12);
        assert!((estimate.error - 0.001_093_782_955_524_798_8).abs() < 1e-12);
        assert!((estimate.degrees - 7.7).abs() < 1e-12);
        assert!((estimate.p_value() / 9.895_321_721_910_211e-8 - 1.0).abs() < 1e-6);
        let (low, high) = estimate.interval(0.95);
        assert!((low - 0.018_142_14).abs() < 1e-7 && (high - 0.023_221_1).abs() < 1e-7);
        let negated: Vec<f64> = values.iter().map(|x| -x).collect();
        assert_eq!(biweight(&negated).unwrap().value, -estimate.value);
        assert_eq!(biweight(&negated).unwrap().error, estimate.error);
    }

    #[test]
    fn few_and_equal_values_have_their_mean() {
        assert_eq!(biweight(&[]), None);
        let one = biweight(&[2.0]).unwrap();
        assert_eq!((one.value, one.error), (2.0, f64::INFINITY));
        let equal = biweight(&[0.0; 9]).unwrap();
        assert_eq!((equal.value, equal.error, equal.p_value()), (0.0, 0.0, 1.0));
        let ties = biweight(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.7]).unwrap();
        assert!((ties.value - 0.1).abs() < 1e-12 && (ties.error - 0.1).abs() < 1e-12);
    }

    #[test]
    fn intervals_hold_with_and_without_outliers() {
        for (n, outliers) in [(6, 0.0), (8, 0.1), (12, 0.0), (32, 0.0), (32, 0.2)] {
            let mut random = Random::new(n as u64);
            let mut held = 0;
            for _ in 0..4000 {
                let values: Vec<f64> = (0..n)
                    .map(|_| {
                        let far = random.uniform() < outliers;
                        1.0 + random.normal() * if far { 30.0 } else { 1.0 }
                    })
                    .collect();
                let (low, high) = biweight(&values).unwrap().interval(0.95);
                held += u32::from(low <= 1.0 && 1.0 <= high);
            }
            let coverage = f64::from(held) / 4000.0;
            assert!((0.935..0.97).contains(&coverage), "{n} {outliers}: {coverage}");
        }
    }
}
