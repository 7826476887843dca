//! All samples of one side, told apart by run, so that runs can be drawn anew.

use crate::model::{Batch, Mode, Timing};
use crate::stats::{bootstrap, sort_weighted, weighted_quantile};

use super::summary::samples;

/// Samples of all runs; each run weighs the same, however many iterations it managed.
#[derive(Clone, Debug)]
pub struct Pool {
    /// ns per iteration in ascending order, weight, and the run's position.
    samples: Vec<(f64, f64, usize)>,
    /// The runs' means.
    means: Vec<f64>,
}

/// Some of a pool's runs, each as often as it was drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// ns per iteration in ascending order, with weights.
    samples: Vec<(f64, f64)>,
    mean: f64,
}

impl Drawn {
    /// One run's usable batches.
    pub fn of_run(mode: Mode, batches: &[Batch]) -> Self {
        let of = |batch: &Batch| (batch.per_iteration(), mode.weight(batch));
        let mut samples: Vec<(f64, f64)> = batches.iter().map(of).collect();
        sort_weighted(&mut samples);
        let time: f64 = batches.iter().map(|batch| batch.nanoseconds).sum();
        let mean = time / batches.iter().map(|batch| batch.iterations).sum::<f64>();
        Self { samples, mean }
    }

    /// The quantile over all samples, in ns per iteration.
    pub fn quantile(&self, level: f64) -> f64 {
        weighted_quantile(&self.samples, level)
    }

    /// Mean of the runs' means.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Samples in ascending order, each with its weight.
    pub(super) fn into_samples(self) -> Vec<(f64, f64)> {
        self.samples
    }
}

impl Pool {
    /// Of the runs with samples; `None` without any.
    pub fn new(timing: &Timing) -> Option<Self> {
        let runs: Vec<(Mode, Vec<Batch>)> = timing.runs.iter().filter_map(samples).collect();
        let mut pool = Self { samples: Vec::new(), means: Vec::new() };
        for (index, (mode, batches)) in runs.iter().enumerate() {
            let time: f64 = batches.iter().map(|batch| batch.nanoseconds).sum();
            pool.means.push(time / batches.iter().map(|batch| batch.iterations).sum::<f64>());
            let total: f64 = batches.iter().map(|batch| mode.weight(batch)).sum();
            let of = |batch: &Batch| (batch.per_iteration(), mode.weight(batch) / total, index);
            pool.samples.extend(batches.iter().map(of));
        }
        pool.samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        (!runs.is_empty()).then_some(pool)
    }

    /// How many runs have samples.
    pub fn runs(&self) -> usize {
        self.means.len()
    }

    /// All of it.
    pub fn all(&self) -> Drawn {
        self.drawn(&vec![1.0; self.runs()])
    }

    /// One run.
    pub fn run(&self, run: usize) -> Drawn {
        let own = self.samples.iter().filter(|sample| sample.2 == run);
        let samples = own.map(|&(value, weight, _)| (value, weight)).collect();
        Drawn { samples, mean: self.means[run] }
    }

    /// A figure of as many runs drawn with replacement, over and over. Of pools with as many runs
    /// the same ones are drawn by the same seed, so that pairs stay together.
    pub fn resample(
        &self,
        resamples: usize,
        seed: u64,
        figure: impl Fn(&Drawn) -> f64,
    ) -> Vec<f64> {
        let indices: Vec<f64> = (0..self.runs()).map(|run| run as f64).collect();
        let mut times = vec![0.0; self.runs()];
        let mut drawn = self.drawn(&times);
        bootstrap(&indices, resamples, seed, |picked| {
            times.fill(0.0);
            picked.iter().for_each(|&run| times[run as usize] += 1.0);
            for (slot, &(_, weight, run)) in drawn.samples.iter_mut().zip(&self.samples) {
                slot.1 = weight * times[run];
            }
            drawn.mean = self.mean(&times);
            figure(&drawn)
        })
    }

    /// Each run so many times.
    fn drawn(&self, times: &[f64]) -> Drawn {
        let weighted = |&(value, weight, run): &(f64, f64, usize)| (value, weight * times[run]);
        Drawn { samples: self.samples.iter().map(weighted).collect(), mean: self.mean(times) }
    }

    fn mean(&self, times: &[f64]) -> f64 {
        let sum: f64 = self.means.iter().zip(times).map(|(mean, times)| mean * times).sum();
        sum / times.iter().sum::<f64>()
    }
}
