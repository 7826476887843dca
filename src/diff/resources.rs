//! What the system accounted to the processes, and what these report of themselves.

use std::borrow::Cow;

use crate::model::{Metrics, Resources, Run, SortFew as _, Timing};
use crate::stats::{benjamini_hochberg, median, median_interval, sign_test};

use super::comparison::{ResourceDiff, Verdict};
use super::options::Options;
use super::timing::FEWEST_PAIRS;

/// A resource: its name, unit, and where it stands.
type Resource = (&'static str, &'static str, fn(&Resources) -> u64);

const RESOURCES: [Resource; 7] = [
    ("user CPU", "ns", |r| r.user_ns),
    ("system CPU", "ns", |r| r.system_ns),
    ("peak RSS", "bytes", |r| r.peak_rss_bytes),
    ("minor page faults", "count", |r| r.minor_faults),
    ("major page faults", "count", |r| r.major_faults),
    ("voluntary context switches", "count", |r| r.voluntary_switches),
    ("involuntary context switches", "count", |r| r.involuntary_switches),
];

/// A change of less than this part of the base's median is called none.
const SMALLEST: f64 = 0.01;

/// A median with its whole interval within this part of the base's is called unchanged.
const ZONE: f64 = 0.02;

/// Medians over runs, without verdicts: sessions differ in memory and switches as they do in time.
/// Empty when neither side has any.
pub(super) fn compare(base: Option<&Timing>, new: Option<&Timing>) -> Vec<ResourceDiff> {
    let of = |timing: Option<&Timing>, value: fn(&Resources) -> u64| {
        let runs = timing.map_or(&[][..], |timing| &timing.runs);
        median(&runs.iter().filter_map(|run| amount(run, value)).collect::<Vec<f64>>())
    };
    RESOURCES
        .into_iter()
        .map(|(name, unit, value)| ResourceDiff {
            name: name.into(),
            unit,
            base: of(base, value),
            new: of(new, value),
            delta: None,
            interval: None,
            verdict: None,
        })
        .filter(|resource| resource.base.is_some() || resource.new.is_some())
        .collect()
}

fn amount(run: &Run, value: fn(&Resources) -> u64) -> Option<f64> {
    run.resources.as_ref().map(|resources| value(resources) as f64)
}

/// Medians of runs in turns, and the median of their differences with the interval between its
/// order statistics and the sign test, adjusted over the resources: amounts have ties, steps and
/// far outliers, of which those assume nothing.
pub(super) fn compare_paired(base: &Timing, new: &Timing, options: &Options) -> Vec<ResourceDiff> {
    let resources = RESOURCES.into_iter().map(|(name, unit, value)| {
        let of = |timing: &Timing| timing.runs.iter().map(|run| amount(run, value)).collect();
        (name.into(), unit, [of(base), of(new)])
    });
    in_pairs(resources, options)
}

/// Amounts by run of both sides, with name and unit.
type Amounts = (Cow<'static, str>, &'static str, [Vec<Option<f64>>; 2]);

fn in_pairs(all: impl Iterator<Item = Amounts>, options: &Options) -> Vec<ResourceDiff> {
    let mut diffs = Vec::new();
    let mut p_values = Vec::new();
    for (name, unit, [base, new]) in all {
        let pairs: Vec<(f64, f64)> =
            base.iter().zip(&new).filter_map(|(base, new)| Some(((*base)?, (*new)?))).collect();
        if pairs.is_empty() {
            continue;
        }
        let differences: Vec<f64> = pairs.iter().map(|(base, new)| new - base).collect();
        let (of_base, of_new): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let enough = differences.len() >= FEWEST_PAIRS;
        let rises = differences.iter().filter(|d| **d > 0.0).count() as u64;
        let falls = differences.iter().filter(|d| **d < 0.0).count() as u64;
        p_values.push(sign_test(rises.min(falls), rises + falls));
        diffs.push(ResourceDiff {
            name,
            unit,
            base: median(&of_base),
            new: median(&of_new),
            delta: median(&differences),
            interval: median_interval(&differences, options.confidence).filter(|_| enough),
            verdict: None,
        });
    }
    for (diff, p_value) in diffs.iter_mut().zip(benjamini_hochberg(&p_values)) {
        diff.verdict = verdict(diff, p_value, options);
    }
    diffs
}

/// Numbers that a benchmark reports of itself: in pairs where its runs are, else medians without
/// verdicts. Those with another unit on the other side are two.
pub(super) fn reported(
    [base, new]: [Option<&Metrics>; 2],
    is_paired: bool,
    options: &Options,
) -> Vec<ResourceDiff> {
    let none = Metrics::default();
    let sides = [base.unwrap_or(&none), new.unwrap_or(&none)];
    let mut names: Vec<(&str, &str)> =
        sides.iter().flat_map(|side| &side.0).map(|one| (&*one.name, &*one.unit)).collect();
    names.sort_few();
    names.dedup();
    let all = names.into_iter().map(|(name, unit)| {
        let of = |side: &Metrics| {
            let metric = side.get(name).filter(|metric| metric.unit == unit);
            metric.map_or_else(Vec::new, |metric| metric.runs.clone())
        };
        let unit = ["ns", "bytes", "per_s"].into_iter().find(|one| *one == unit).unwrap_or("count");
        (Cow::Owned(name.to_owned()), unit, sides.map(of))
    });
    if is_paired {
        return in_pairs(all, options);
    }
    let middle = |runs: &[Option<f64>]| median(&runs.iter().copied().flatten().collect::<Vec<_>>());
    all.map(|(name, unit, [base, new])| ResourceDiff {
        name,
        unit,
        base: middle(&base),
        new: middle(&new),
        delta: None,
        interval: None,
        verdict: None,
    })
    .collect()
}

fn verdict(diff: &ResourceDiff, p_value: f64, options: &Options) -> Option<Verdict> {
    let (delta, (low, high)) = (diff.delta?, diff.interval?);
    let whole = (diff.base? + diff.new?) / 2.0;
    Some(if p_value < options.significance && low * high > 0.0 && delta.abs() >= SMALLEST * whole {
        if delta > 0.0 { Verdict::Slower } else { Verdict::Faster }
    } else if low >= -ZONE * whole && high <= ZONE * whole {
        Verdict::Unchanged
    } else {
        Verdict::Inconclusive
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Measurement, Mode};

    fn timing(peaks: &[u64]) -> Timing {
        Timing {
            runs: peaks
                .iter()
                .map(|&peak_rss_bytes| Run {
                    measurement: Measurement::Batches { mode: Mode::Process, batches: Vec::new() },
                    wall_ns: 1,
                    resources: Some(Resources { peak_rss_bytes, ..Resources::default() }),
                    reference: None,
                })
                .collect(),
            throughput: None,
        }
    }

    #[test]
    fn medians_over_runs() {
        let resources = compare(Some(&timing(&[10, 900, 20])), Some(&timing(&[1, 3])));
        let peak = resources.iter().find(|r| r.name == "peak RSS").unwrap();
        assert_eq!((peak.base, peak.new, peak.unit), (Some(20.0), Some(2.0), "bytes"));
        assert_eq!((peak.delta, peak.verdict), (None, None));
        assert_eq!(compare(Some(&Timing::default()), None), []);
    }

    #[test]
    fn reported_numbers_are_compared_by_name_and_unit() {
        use crate::model::Better;
        let metrics = |unit: &str, values: &[f64]| {
            let mut metrics = Metrics::default();
            for (run, value) in values.iter().enumerate() {
                let one = ("p95".to_owned(), unit.to_owned(), Better::Lower, *value);
                metrics.add_run(run, vec![one]);
            }
            metrics
        };
        let (base, new) = (metrics("ns", &[10.0; 8]), metrics("ns", &[14.0; 8]));
        let options = Options::default();
        let diffs = reported([Some(&base), Some(&new)], true, &options);
        assert_eq!((diffs.len(), &*diffs[0].name, diffs[0].delta), (1, "p95", Some(4.0)));
        assert_eq!(diffs[0].verdict, Some(Verdict::Slower));
        let apart = reported([Some(&base), Some(&new)], false, &options);
        assert_eq!((apart[0].base, apart[0].new, apart[0].verdict), (Some(10.0), Some(14.0), None));
        let other = metrics("bytes", &[1.0]);
        assert_eq!(reported([Some(&base), Some(&other)], false, &options).len(), 2);
        assert!(reported([None, None], true, &options).is_empty());
    }

    #[test]
    fn pairs_have_verdicts() {
        let peak = |base: &[u64], new: &[u64]| {
            let all = compare_paired(&timing(base), &timing(new), &Options::default());
            all.into_iter().find(|r| r.name == "peak RSS").unwrap()
        };
        let base = [100, 104, 100, 108, 100, 100, 104, 100, 100, 100];
        let more = base.map(|b| b + 40);
        let rises = peak(&base, &more);
        assert_eq!((rises.delta, rises.interval), (Some(40.0), Some((40.0, 40.0))));
        assert_eq!(rises.verdict, Some(Verdict::Slower));
        assert_eq!(peak(&more, &base).verdict, Some(Verdict::Faster));
        assert_eq!(peak(&base, &base).verdict, Some(Verdict::Unchanged));
        let noisy = [100, 140, 60, 180, 20, 100, 144, 60, 100, 120];
        assert_eq!(peak(&base, &noisy).verdict, Some(Verdict::Inconclusive));
        // Five pairs are too few for a verdict.
        assert_eq!(peak(&base[..5], &more[..5]).verdict, None);
    }
}
