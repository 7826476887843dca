//! Figures that have an order whatever the code does.
//!
//! It is the measurement that is questioned where they have not, and so a single run is taken at
//! its word: its error is what its own samples say of it.

use crate::config::{Direction, Invariant, Order, Unit};
use crate::stats::{Estimate, combine};

use super::arms::Arms;
use super::comparability::missing;
use super::decide::Tested;
use super::verdict::{Judged, Kind, Outcome};

pub(super) fn judge(invariant: &Invariant, arms: &Arms<'_>) -> Vec<Judged> {
    let mut found = Vec::new();
    for pattern in &invariant.benchmarks {
        let skipped = |reason: String| {
            let subject = format!("{} of {pattern}", invariant.measure.name());
            Judged::new(Kind::Invariant, None, subject).skipped(reason)
        };
        let benchmark = match arms.one(pattern, crate::config::Side::New) {
            Ok(benchmark) => benchmark,
            Err(reason) => return vec![skipped(reason)],
        };
        match arms.figure(benchmark, 1, &invariant.measure) {
            Ok(figure) if figure.is_bound => {
                return vec![skipped("its figures are known as bounds only".to_owned())];
            }
            Ok(figure) => {
                let mut estimate = arms.estimate(&figure, 1, &invariant.measure);
                if let (1, Some(within)) = (figure.runs, figure.within) {
                    estimate.error = within;
                }
                found.push((pattern.as_str(), estimate, figure.unit, figure.runs));
            }
            Err(reason) => {
                let one = skipped(String::new());
                let reason = format!("{}: {reason}", benchmark.id);
                return vec![missing(one, benchmark, &invariant.benchmarks, reason)];
            }
        }
    }
    match invariant.order {
        Order::Ascending => {
            found.windows(2).map(|two| ascending(invariant, &two[0], &two[1], arms)).collect()
        }
        Order::AlikeWithinShare(share) => alike(invariant, &found, Some(share), 0.0, arms),
        Order::AlikeWithin(amount, unit) => {
            if let Some((name, _, own, _)) = found.iter().find(|one| one.2 != unit) {
                let subject = format!("{} of {name}", invariant.measure.name());
                let reason = format!("it is in {}", own.as_str());
                return vec![Judged::new(Kind::Invariant, None, subject).skipped(reason)];
            }
            alike(invariant, &found, None, amount, arms)
        }
    }
}

/// A benchmark's name, figure, unit and runs.
type Found<'a> = (&'a str, Estimate, Unit, usize);

fn ascending(invariant: &Invariant, a: &Found<'_>, b: &Found<'_>, arms: &Arms<'_>) -> Judged {
    let subject = format!("{} of {} / {}", invariant.measure.name(), a.0, b.0);
    let mut judged = Judged::new(Kind::Invariant, None, subject);
    (judged.unit, judged.target) = ("ratio", Some(1.0));
    let (error, degrees) =
        combine(&[(a.1.error.powi(2), a.1.degrees), (b.1.error.powi(2), b.1.degrees)]);
    let tested = Tested {
        evidence: Estimate { value: a.1.value - b.1.value, error, degrees }.into(),
        limit: 0.0,
        direction: Direction::AtMost,
        fixed_error: 0.0,
        runs: a.3.min(b.3),
        is_paired: false,
        penalty: 1.0,
    };
    tested.judge(&mut judged, f64::exp, arms.options);
    judged.margin = judged.measured.map(f64::recip);
    judged
}

/// The largest against the smallest: relative to it by logarithms, or by the difference of both.
fn alike(
    invariant: &Invariant,
    found: &[Found<'_>],
    share: Option<f64>,
    amount: f64,
    arms: &Arms<'_>,
) -> Vec<Judged> {
    let order = |a: &&Found<'_>, b: &&Found<'_>| a.1.value.total_cmp(&b.1.value);
    let (Some(low), Some(high)) = (found.iter().min_by(order), found.iter().max_by(order)) else {
        return Vec::new();
    };
    let subject = format!("{} of {} and {}", invariant.measure.name(), high.0, low.0);
    let mut judged = Judged::new(Kind::Invariant, None, subject);
    if low.0 == high.0 {
        (judged.outcome, judged.measured, judged.target) = (Outcome::Pass, Some(0.0), share);
        return vec![judged];
    }
    // d e^x = e^x dx.
    let scale = |found: &Found<'_>| if share.is_some() { 1.0 } else { found.1.value.exp() };
    let part = |found: &Found<'_>| ((found.1.error * scale(found)).powi(2), found.1.degrees);
    let (error, degrees) = combine(&[part(low), part(high)]);
    let (value, limit) = match share {
        Some(share) => (high.1.value - low.1.value, share.ln_1p()),
        None => (high.1.value.exp() - low.1.value.exp(), amount),
    };
    (judged.unit, judged.target) = match share {
        Some(share) => ("change", Some(share)),
        None => (high.2.as_str(), Some(amount)),
    };
    let tested = Tested {
        evidence: Estimate { value, error, degrees }.into(),
        limit,
        direction: Direction::AtMost,
        fixed_error: 0.0,
        runs: low.3.min(high.3),
        is_paired: false,
        penalty: 1.0,
    };
    match share {
        Some(_) => tested.judge(&mut judged, f64::exp_m1, arms.options),
        None => tested.judge(&mut judged, |value| value, arms.options),
    }
    judged.margin = judged.measured.zip(judged.target).map(|(measured, target)| target / measured);
    vec![judged]
}
