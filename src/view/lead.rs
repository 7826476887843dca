//! The leading facts: which benchmark changed most, and which function did it.

use crate::diff::{BenchmarkDiff, FunctionDiff, Verdict};

use super::Tone;
use super::diff::{Names, Outcome};
use super::functions::significant;
use super::quantity;

/// How many facts a headline holds.
const MOST: usize = 3;

/// One fact: `parse/large +8.4 % [+6.1, +10.8]: hash::fnv +79.0 µs of +83.0 µs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lead {
    /// The benchmark's name.
    pub benchmark: String,
    /// Its relative change, with the interval.
    pub change: String,
    /// What that means to the reader.
    pub tone: Tone,
    /// The function that added most to the change in its direction, where profiles tell.
    pub function: Option<String>,
    /// What that function added, of the benchmark's change; empty without `function`.
    pub part: String,
}

/// The largest changes in the direction that matters most: slower, else faster.
pub(super) fn leads(ordered: &[&BenchmarkDiff], names: &Names) -> Vec<Lead> {
    [Verdict::Slower, Verdict::Faster]
        .into_iter()
        .map(|verdict| {
            ordered
                .iter()
                .filter(|b| Outcome::of(b) == Outcome::Judged(verdict))
                .filter_map(|b| lead(b, names))
                .take(MOST)
                .collect::<Vec<_>>()
        })
        .find(|leads| !leads.is_empty())
        .unwrap_or_default()
}

fn lead(benchmark: &BenchmarkDiff, names: &Names) -> Option<Lead> {
    let timing = benchmark.timing.as_ref()?;
    let change = timing.change?;
    let (function, part) = culprit(benchmark, change.ratio).unzip();
    Some(Lead {
        benchmark: names.short(&benchmark.id),
        change: format!(
            "{} {}",
            quantity::ratio(change.ratio),
            quantity::interval(change.interval)
        ),
        tone: Tone::of(timing.verdict),
        function,
        part: part.unwrap_or_default(),
    })
}

/// The function whose self cost changed most in the direction of the benchmark. Its verdict must
/// not contradict that: what the data cannot tell is not a headline.
fn culprit(benchmark: &BenchmarkDiff, direction: f64) -> Option<(String, String)> {
    let profile = benchmark.profile.as_ref()?;
    let (unit, delta) = (profile.unit?, profile.delta?);
    if delta * direction <= 0.0 {
        return None;
    }
    let change = |f: &FunctionDiff| f.delta_self.unwrap_or(0.0) * direction.signum();
    let best = profile
        .functions
        .iter()
        .filter(|f| significant(f))
        .max_by(|a, b| change(a).total_cmp(&change(b)))?;
    let own = best.delta_self.filter(|own| own * direction > 0.0)?;
    let of = quantity::signed(unit, delta);
    Some((best.name.clone(), format!("{} of {of}", quantity::signed(unit, own))))
}
