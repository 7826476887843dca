//! How well the change that functions explain is known beside the one that was timed.

use crate::diff::options::Options;
use crate::diff::timing::Location;
use crate::stats::{Estimate, combine, student_quantile, variance};

use super::sides::Sides;

/// Half the width of the interval of *unexplained*: of the timed change less the profiled one. Both
/// vary by the spread between their runs; what the sessions deviate by is in both, and cancels.
/// `observed` is the ratio that profiled pairs showed. 0 where the profiled costs are the timed
/// ones, or where nothing was timed; `None` where a spread is not known.
pub(super) fn half_width(
    locations: &[Option<Location>; 2],
    sides: &Sides,
    observed: Option<Estimate>,
    options: &Options,
) -> Option<f64> {
    let [Some(base), Some(new)] = &sides.weighed else {
        return None;
    };
    let ([Some(timed_base), Some(timed_new)], Some("ns")) = (locations, sides.unit) else {
        return Some(0.0);
    };
    let runs = [&base.runs, &new.runs];
    if observed.is_none() && runs.iter().any(|runs| runs.shared.is_some()) {
        return Some(0.0);
    }
    let timed = |location: &Location| {
        let (relative, degrees) = location.variance?;
        Some((relative * (2.0 * location.ln).exp(), degrees))
    };
    let mut parts = vec![timed(timed_base)?, timed(timed_new)?];
    match observed {
        Some(ratio) => {
            let squares = runs.map(|runs| runs.cost().powi(2) / 2.0);
            parts.push((ratio.error.powi(2) * (squares[0] + squares[1]), ratio.degrees));
        }
        None => {
            for runs in runs {
                let n = runs.len() as f64;
                parts.push((variance(&runs.costs)? / n, n - 1.0));
            }
        }
    }
    let (error, degrees) = combine(&parts);
    let half = student_quantile(0.5 + options.confidence / 2.0, degrees) * error;
    half.is_finite().then_some(half)
}
