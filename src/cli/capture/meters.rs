//! Numbers that benchmarks report of themselves, taken after each run.

use std::path::Path;

use crate::build::Executable;
use crate::config::{Config, MetricFormat};
use crate::ingest::metrics::{Format, MetricFile, Reported};
use crate::model::{BenchmarkId, Pattern, SortFew as _};

/// The files that benchmarks may write, and which benchmarks do.
#[derive(Debug, Default)]
pub(super) struct Meters {
    patterns: Vec<Vec<Pattern>>,
    files: Vec<MetricFile>,
}

impl Meters {
    /// As `perfbase.toml` has them; the files lie in `scratch`.
    pub(super) fn new(config: &Config, scratch: &Path) -> Self {
        let patterns = config.metrics.iter().map(|source| source.benchmarks.clone()).collect();
        let file = |(index, source): (usize, &crate::config::MetricSource)| {
            let path = scratch.join(format!("metrics-{index}.json"));
            let format = match source.format {
                MetricFormat::Auto => Format::Auto,
                MetricFormat::Bencher => Format::Bencher,
                MetricFormat::Scenario => Format::Scenario,
            };
            MetricFile::new(&source.variable, path, format, source.latency_ns)
        };
        Self { patterns, files: config.metrics.iter().enumerate().map(file).collect() }
    }

    /// Tells an executable by variables where to write.
    pub(super) fn tell(&self, executable: &mut Executable) {
        for file in &self.files {
            executable.env.retain(|(name, _)| name != file.variable());
            executable.env.push((file.variable().into(), file.path().into()));
        }
    }

    /// What a run of a benchmark wrote. What others wrote is no one's.
    ///
    /// # Errors
    /// A document that cannot be used, or that says of itself that it failed.
    pub(super) fn take(&self, id: &BenchmarkId) -> Result<Vec<Reported>, String> {
        let mut all: Vec<Reported> = Vec::new();
        for (patterns, file) in self.patterns.iter().zip(&self.files) {
            let taken = file.take(&id.benchmark);
            if patterns.iter().any(|pattern| pattern.takes(id)) {
                all.extend(taken?);
            }
        }
        all.sort_few_by(|a, b| a.0.cmp(&b.0));
        all.dedup_by(|a, b| a.0 == b.0);
        Ok(all)
    }
}

/// The mean of what several executions reported; a number that not all of them have is left out.
pub(super) fn together(executions: Vec<Vec<Reported>>) -> Vec<Reported> {
    let count = executions.len();
    let mut executions = executions.into_iter();
    let Some(mut all) = executions.next() else { return Vec::new() };
    let mut times = vec![1; all.len()];
    for others in executions {
        for (name, _, _, value) in others {
            if let Ok(at) = all.binary_search_by(|one| one.0.cmp(&name)) {
                all[at].3 += value;
                times[at] += 1;
            }
        }
    }
    let complete = all.into_iter().zip(times).filter(|(_, times)| *times == count);
    complete
        .map(|((name, unit, better, sum), _)| (name, unit, better, sum / count as f64))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Better;

    #[test]
    fn executions_are_averaged() {
        let one = |name: &str, value| (name.to_owned(), "ns".to_owned(), Better::Lower, value);
        let all = together(vec![vec![one("a", 1.0), one("b", 5.0)], vec![one("a", 3.0)]]);
        assert_eq!(all, [one("a", 2.0)]);
        assert_eq!(together(Vec::new()), []);
    }
}
