//! Numbers that a benchmark reports of itself.

/// Which way a metric is meant to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Latency, memory.
    Lower,
    /// Throughput.
    Higher,
}

impl Better {
    /// `lower`, `higher`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
        }
    }
}

/// One number of a benchmark, by run.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its name, with dots between the levels of a document: `latency.p95`.
    pub name: String,
    /// `ns`, `bytes`, `count`, or `per_s`.
    pub unit: String,
    /// Which way it is meant to go.
    pub better: Better,
    /// Its value in the run of the same position; `None` where that run did not report it.
    pub runs: Vec<Option<f64>>,
}

/// All numbers that a benchmark reports of itself, ordered by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics(pub Vec<Metric>);

impl Metrics {
    /// The metric of this name.
    pub fn get(&self, name: &str) -> Option<&Metric> {
        self.0.iter().find(|metric| metric.name == name)
    }

    /// Adds the runs of another one behind its own, of which there are `runs`.
    pub fn append(&mut self, runs: usize, other: Self) {
        for metric in other.0 {
            let at = self.0.partition_point(|own| own.name < metric.name);
            if self.0.get(at).is_none_or(|own| own.name != metric.name) {
                self.0.insert(at, Metric { runs: Vec::new(), ..metric.clone() });
            }
            let own = &mut self.0[at].runs;
            own.resize(runs.max(own.len()), None);
            own.extend(metric.runs);
        }
    }

    /// Adds what one more run reported; `run` is that run's position.
    pub fn add_run(&mut self, run: usize, reported: Vec<(String, String, Better, f64)>) {
        for (name, unit, better, value) in reported {
            let at = self.0.partition_point(|metric| metric.name < name);
            if self.0.get(at).is_none_or(|metric| metric.name != name) {
                self.0.insert(at, Metric { name, unit, better, runs: Vec::new() });
            }
            let runs = &mut self.0[at].runs;
            runs.resize(run.max(runs.len()), None);
            runs.push(Some(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_report_nothing_leave_a_gap() {
        let mut metrics = Metrics::default();
        let one =
            |name: &str, value| vec![(name.to_owned(), "ns".to_owned(), Better::Lower, value)];
        metrics.add_run(0, one("p95", 1.0));
        metrics.add_run(2, one("p95", 3.0));
        metrics.add_run(2, one("p50", 2.0));
        let names: Vec<&str> = metrics.0.iter().map(|metric| &*metric.name).collect();
        assert_eq!(names, ["p50", "p95"]);
        assert_eq!(metrics.get("p95").unwrap().runs, [Some(1.0), None, Some(3.0)]);
        assert_eq!(metrics.get("p50").unwrap().runs, [None, None, Some(2.0)]);
    }
}
