//! What the system accounted to the processes.

use crate::model::{Resources, Timing};
use crate::stats::{quantile, sorted};

use super::comparison::ResourceDiff;

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

/// Medians over runs; empty when neither side has any.
pub(super) fn compare(base: Option<&Timing>, new: Option<&Timing>) -> Vec<ResourceDiff> {
    let median = |timing: Option<&Timing>, value: fn(&Resources) -> u64| {
        let values: Vec<f64> = timing?
            .runs
            .iter()
            .filter_map(|run| run.resources.as_ref())
            .map(|resources| value(resources) as f64)
            .collect();
        (!values.is_empty()).then(|| quantile(&sorted(&values), 0.5))
    };
    RESOURCES
        .into_iter()
        .map(|(name, unit, value)| ResourceDiff {
            name,
            unit,
            base: median(base, value),
            new: median(new, value),
        })
        .filter(|resource| resource.base.is_some() || resource.new.is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Measurement, Mode, Run};

    #[test]
    fn medians_over_runs() {
        let timing = |peaks: &[u64]| Timing {
            runs: peaks
                .iter()
                .map(|&peak_rss_bytes| Run {
                    measurement: Measurement::Batches { mode: Mode::Process, batches: Vec::new() },
                    wall_ns: 1,
                    resources: Some(Resources { peak_rss_bytes, ..Resources::default() }),
                })
                .collect(),
            throughput: None,
        };
        let resources = compare(Some(&timing(&[10, 900, 20])), Some(&timing(&[1, 3])));
        let peak = resources.iter().find(|r| r.name == "peak RSS").unwrap();
        assert_eq!((peak.base, peak.new, peak.unit), (Some(20.0), Some(2.0), "bytes"));
        assert_eq!(compare(Some(&Timing::default()), None), []);
    }
}
