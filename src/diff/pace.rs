//! How fast the machine was while a capture was made, by the reference kernel, and how far two
//! captures lie apart in that.

use crate::model::{Conditions, Pace, Part, Span, Timing};
use crate::stats::{Estimate, mean, variance};

use super::options::Options;

/// The smallest difference of two captures' logarithms that is told: one that sessions on one
/// machine differ by without it.
const TOLD: f64 = 0.02;

/// The pace of a capture with these timings: the mean, since it moves with the share of runs that
/// met a slow state as well as with how slow that was. Benchmarks take turns, so that their runs of
/// one round are neighbours in time: a round counts once, by the mean of its runs, and Student's
/// interval is over rounds. `None` with fewer than two of them. Readings of another kernel than the
/// last run's are left out.
pub fn pace(timings: &[&Timing], options: &Options) -> Option<Pace> {
    let last = timings.iter().rev().filter_map(|timing| timing.runs.last());
    let kernel = &last.filter_map(|run| run.reference.as_ref()).next()?.kernel;
    let rounds = timings.iter().map(|timing| timing.runs.len()).max()?;
    let span = |part: Part| {
        let of_round = |round: usize| {
            let runs = timings.iter().filter_map(|timing| timing.runs.get(round));
            let known = runs.filter_map(|run| run.reference.as_ref());
            let same = known.filter(|reference| reference.kernel == *kernel);
            let times = same.map(|reference| reference.lasting(part)).filter(|&time| time > 0);
            let times: Vec<f64> = times.map(|time| (time as f64).ln()).collect();
            (!times.is_empty()).then(|| mean(&times))
        };
        let rounds: Vec<f64> = (0..rounds).filter_map(of_round).collect();
        let n = rounds.len() as f64;
        let error = (variance(&rounds)? / n).sqrt();
        let estimate = Estimate { value: mean(&rounds), error, degrees: n - 1.0 };
        let (low, high) = estimate.interval(options.confidence);
        let span =
            Span { typical_ns: estimate.value.exp(), low_ns: low.exp(), high_ns: high.exp() };
        is_usable(span).then_some(span)
    };
    Some(Pace {
        kernel: kernel.clone(),
        latency: span(Part::Latency)?,
        throughput: span(Part::Throughput)?,
    })
}

/// Files of others may say anything.
fn is_usable(span: Span) -> bool {
    let Span { typical_ns, low_ns, high_ns } = span;
    0.0 < low_ns && low_ns <= typical_ns && typical_ns <= high_ns && high_ns.is_finite()
}

/// By how much the machine took longer when the new capture was made, as a logarithm: of the part
/// that differs more. `None` where that is not known of both by the same kernel, or where it is no
/// more than what both scatter by (the interval of the difference, from those of both sides), or
/// sessions always differ by.
pub(super) fn apart(base: &Conditions, new: &Conditions) -> Option<f64> {
    let (base, new) = base.pace.as_ref().zip(new.pace.as_ref())?;
    if base.kernel != new.kernel {
        return None;
    }
    let of_part = |part: Part| {
        let (base, new) = (base.of(part), new.of(part));
        let is_known = is_usable(base) && is_usable(new);
        let half = |span: Span| (span.high_ns.ln() - span.low_ns.ln()) / 2.0;
        let difference = new.typical_ns.ln() - base.typical_ns.ln();
        let least = half(base).hypot(half(new)).max(TOLD);
        (is_known && difference.abs() > least).then_some(difference)
    };
    Part::ALL.into_iter().filter_map(of_part).max_by(|a, b| a.abs().total_cmp(&b.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::fixture::timing;
    use crate::model::{Reading, Reference};
    use crate::stats::Random;
    use crate::stats::repeated::repeated;

    fn timed(kernel: &str, times: &[u64]) -> Timing {
        let mut timing = timing(&vec![1.0; times.len()]);
        for (run, &time) in timing.runs.iter_mut().zip(times) {
            let reading = Reading { cpu: None, latency_ns: time, throughput_ns: 2 * time };
            let slower = Reading { latency_ns: 3 * time, ..reading };
            run.reference =
                Some(Reference { kernel: kernel.into(), before: reading, after: slower });
        }
        timing
    }

    fn of(timings: &[&Timing]) -> Option<Pace> {
        pace(timings, &Options::default())
    }

    #[test]
    fn a_pace_is_a_mean_with_its_interval() {
        let found = of(&[&timed("k", &[1000, 1010, 1020])]).unwrap();
        // numpy: x = log([1000, 1010, 1020]); exp(mean(x)), t.ppf(0.975, 2) * std(x, ddof=1) / sqrt(3)
        assert!((found.latency.typical_ns - 1_009.966_995_6).abs() < 1e-6, "{found:?}");
        let half = (found.latency.high_ns / found.latency.low_ns).ln() / 2.0;
        assert!((half - 0.024_596_327).abs() < 1e-8, "{half}");
        assert!((found.throughput.typical_ns / found.latency.typical_ns - 2.0).abs() < 1e-9);
        assert_eq!(of(&[&timed("k", &[1000])]), None);
        assert_eq!(of(&[&timing(&[1.0, 2.0])]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn rounds_count_once_and_kernels_are_not_mixed() {
        let (a, b, c) =
            (timed("k", &[800, 510]), timed("k", &[1000, 1020]), timed("k", &[1250, 2040]));
        // 1000 and 1020 are the geometric means of either round.
        let middle = of(&[&timed("k", &[1000, 1020])]).unwrap();
        let other = timed("l", &[77, 77]);
        for all in [vec![&a, &b, &c], vec![&other, &a, &b, &c]] {
            let found = of(&all).unwrap();
            for (found, middle) in [
                (found.latency.low_ns, middle.latency.low_ns),
                (found.throughput.typical_ns, middle.throughput.typical_ns),
            ] {
                assert!((found / middle - 1.0).abs() < 1e-9, "{found} {middle}");
            }
        }
        assert_eq!(of(&[&a, &other]).unwrap().kernel, "l");
    }

    #[test]
    fn captures_are_apart_beyond_their_scatter_only() {
        let conditions = |kernel: &str, times: &[u64]| Conditions {
            pace: of(&[&timed(kernel, times)]),
            ..Conditions::default()
        };
        let base = conditions("k", &[1000, 1001, 1002]);
        let slower = conditions("k", &[1080, 1081, 1082]);
        let found = apart(&base, &slower).unwrap();
        assert!((found - 1.08_f64.ln()).abs() < 1e-3, "{found}");
        assert_eq!(apart(&slower, &base), Some(-found));
        for other in [
            conditions("l", &[1080, 1081, 1082]),
            conditions("k", &[1000, 1080, 1160]),
            conditions("k", &[1015, 1016, 1017]),
            Conditions::default(),
        ] {
            assert_eq!(apart(&base, &other), None, "{other:?}");
        }
        let mut nonsense = slower.clone();
        let pace = nonsense.pace.as_mut().unwrap();
        pace.latency.typical_ns = f64::NAN;
        pace.throughput.low_ns = -1.0;
        assert_eq!(apart(&base, &nonsense), None);
    }

    /// Shares of pairs of captures that are told to be apart when the new one's machine takes
    /// `slower` times as long, with readings that scatter by a normal and an exponential part.
    fn told(rounds: usize, deviation: f64, tail: f64, slower: f64, captures: usize) -> f64 {
        let mut random = Random::new(23);
        let captures = repeated(captures);
        let mut capture = |level: f64| {
            let mut reading = || {
                let mut part = || {
                    let tail = -tail * (1.0 - random.uniform()).ln();
                    (level * (deviation * random.normal() + tail).exp()) as u64
                };
                Reading { cpu: None, latency_ns: part(), throughput_ns: part() }
            };
            let mut timing = timing(&vec![1.0; rounds]);
            for run in &mut timing.runs {
                let (before, after) = (reading(), reading());
                run.reference = Some(Reference { kernel: "k".into(), before, after });
            }
            Conditions { pace: of(&[&timing]), ..Conditions::default() }
        };
        let pairs = (0..captures).map(|_| [capture(60_000.0), capture(60_000.0 * slower)]);
        let told = pairs.filter(|[base, new]| apart(base, new).is_some()).count();
        told as f64 / captures as f64
    }

    #[test]
    fn captures_are_told_apart_when_they_are() {
        for (rounds, deviation, tail, most) in [
            (10, 0.01, 0.01, 0.01),
            (3, 0.01, 0.01, 0.02),
            (5, 0.02, 0.02, 0.06),
            (10, 0.02, 0.02, 0.06),
            (10, 0.01, 0.05, 0.06),
        ] {
            let rate = told(rounds, deviation, tail, 1.0, 100);
            println!("{rounds} rounds, readings {deviation} and tail {tail}: pace {rate:.4}");
            assert!(rate <= most, "{rounds} {deviation} {tail}: {rate}");
        }
        for (rounds, slower, least) in [(10, 1.04, 0.9), (10, 1.08, 0.98), (3, 1.15, 0.9)] {
            let rate = told(rounds, 0.01, 0.01, slower, 100);
            println!("{rounds} rounds, {slower} times as long: pace {rate:.3}");
            assert!(rate >= least, "{rounds} {slower}: {rate}");
        }
    }
}
