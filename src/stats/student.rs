//! Student's t distribution, also for fractional degrees of freedom.

use super::gamma::{incomplete_beta, ln_gamma};
use super::normal::{normal_cdf, normal_quantile};

/// From here on the normal distribution serves: the two differ by less than 1e-8.
const NORMAL: f64 = 1e8;

/// `P(|T| ≥ |t|) = I_x(ν/2, 1/2)` with `x = ν / (ν + t²)`. Relatively exact in the tail up to
/// degrees of freedom of 1e8; those may be infinite.
pub fn student_two_sided(t: f64, degrees: f64) -> f64 {
    if degrees >= NORMAL {
        return 2.0 * normal_cdf(-t.abs());
    }
    incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + t * t))
}

/// `P(T ≤ t)`.
pub fn student_cdf(t: f64, degrees: f64) -> f64 {
    let tail = student_two_sided(t, degrees) / 2.0;
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The `t` with `P(T ≤ t) = p`, for `0 < p < 1`: Newton's method on the logarithm of the tail, from
/// the normal quantile. That function is concave in `t`, so the iteration cannot overshoot twice.
pub fn student_quantile(p: f64, degrees: f64) -> f64 {
    if p > 0.5 {
        return -student_quantile(1.0 - p, degrees);
    }
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if degrees >= NORMAL || p == 0.5 {
        return normal_quantile(p);
    }
    // ln of the density without its dependence on t (Abramowitz & Stegun 26.7.1).
    let constant = ln_gamma((degrees + 1.0) / 2.0)
        - ln_gamma(degrees / 2.0)
        - 0.5 * (degrees * std::f64::consts::PI).ln();
    // In s = ln(−t) the tail is nearly a straight line: exactly so for t → −∞.
    let mut s = (-normal_quantile(p)).max(1e-3).ln();
    for _ in 0..60 {
        let t = -s.exp();
        let tail = student_two_sided(t, degrees) / 2.0;
        let density = (constant - (degrees + 1.0) / 2.0 * (t * t / degrees).ln_1p()).exp();
        let slope = density * t / tail;
        let step = ((p / tail).ln() / slope).clamp(-2.0, 2.0);
        s += step;
        if step.abs() < 1e-13 {
            break;
        }
    }
    -s.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_scipy_has_it() {
        // scipy.stats.t.cdf(t, df)
        for (t, degrees, p) in [
            (0.0, 1.0, 0.5),
            (1.0, 1.0, 0.75),
            (-2.0, 2.0, 0.091_751_709_536_136_98),
            (2.5, 2.5, 0.947_715_018_460_922_3),
            (1.3, 4.0, 0.868_274_201_764_388),
            (-4.0, 7.7, 0.002_135_061_913_687_626_6),
            (0.1, 30.0, 0.539_495_194_104_864_5),
            (2.0, 1000.0, 0.977_114_826_753_374_1),
            (-30.0, 3.0, 4.067_640_213_581_979e-5),
            (12.0, 1e6, 1.0),
        ] {
            assert!((student_cdf(t, degrees) - p).abs() < 1e-11 * p.max(1e-2), "{t} {degrees}");
        }
        // scipy.stats.t.ppf(p, df)
        for (p, degrees, t) in [
            (0.975, 1.0, 12.706_204_736_174_694),
            (0.975, 2.0, 4.302_652_729_749_462),
            (0.975, 2.5, 3.574_654_842_003_681_7),
            (0.975, 4.0, 2.776_445_105_197_793_4),
            (0.025, 4.0, -2.776_445_105_197_794_3),
            (0.9, 10.0, 1.372_183_641_110_336),
            (0.995, 30.0, 2.749_995_653_567_225_4),
            (0.975, 1e6, 1.959_966_356_814_107),
            (0.5, 3.0, 0.0),
            (1e-4, 3.0, -22.203_742_273_204_178),
        ] {
            let ours = student_quantile(p, degrees);
            assert!((ours - t).abs() < 1e-8 * t.abs().max(1.0), "{p} {degrees}: {ours} {t}");
        }
    }

    #[test]
    fn the_quantile_inverts_the_distribution() {
        for degrees in [0.7, 1.0, 3.3, 50.0, 1e5] {
            for p in [1e-6, 1e-3, 0.1, 0.4, 0.499, 0.6, 0.9999] {
                let back = student_cdf(student_quantile(p, degrees), degrees);
                assert!((back - p).abs() < 1e-10, "{p} {degrees} {back}");
            }
        }
        assert!((student_two_sided(1.959_963_984_540_054, f64::INFINITY) - 0.05).abs() < 1e-12);
    }
}
