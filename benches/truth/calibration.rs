//! How much a step of planted work changes a benchmark.
//!
//! Not even where all time is such steps is it their share of them: a loop runs some percent faster
//! in one place than in another.
//!
//! It is measured once, by a change that is large beside all errors, in pairs of runs and by the
//! median ratio of their fastest batches: planted work is the same in all, so that what else the
//! machine does is only in the way. What is planted is a part of that. Steps add up exactly: see `plant`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use perfbase::model::Timing;
use perfbase::stats::{median, quantile, sorted};
use perfbase::store::{Arm, Store};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::rules::{fastest, medians};

/// Pairs of the measurement.
pub(crate) const PAIRS: &str = "40";
/// Pairs of the measurement that is asked for by itself.
pub(crate) const MANY_PAIRS: &str = "160";
/// The change that is tried to get.
const LARGE: f64 = 0.3;
/// The most that the error may be, as a share of the slope; else it is measured again.
const PRECISE: f64 = 0.03;
/// How often it is measured at most.
pub(crate) const ATTEMPTS: usize = 4;
/// A multiplication and an addition, each waiting for the one before: what to begin with.
pub(crate) const FIRST_STEP_NS: f64 = 1.5;

/// The change of a benchmark by one step, as a share of its time in the base.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Slope {
    pub(crate) per_step: f64,
    pub(crate) error: f64,
}

impl Slope {
    /// Steps for a relative change; at least one.
    pub(crate) fn steps(self, change: f64) -> f64 {
        let steps = (change / self.per_step).round();
        if steps == 0.0 { change.signum() } else { steps }
    }

    /// The relative change by so many steps, and its error.
    pub(crate) fn change(self, steps: f64) -> (f64, f64) {
        (steps * self.per_step, steps.abs() * self.error)
    }

    /// Whether sizes can be told by it.
    pub(crate) fn is_precise(self) -> bool {
        self.per_step > 0.0 && self.error <= PRECISE * self.per_step
    }
}

/// Those that are known, by subject and function.
pub(crate) struct Slopes(PathBuf);

impl Slopes {
    pub(crate) fn new(root: &Path) -> Self {
        Self(root.join("calibration.json"))
    }

    fn read(&self) -> Result<BTreeMap<String, Slope>> {
        if !self.0.exists() {
            return Ok(BTreeMap::new());
        }
        Ok(serde_json::from_slice(&fs::read(&self.0)?)?)
    }

    pub(crate) fn get(&self, function: &str) -> Result<Option<Slope>> {
        Ok(self.read()?.get(function).copied())
    }

    pub(crate) fn set(&self, function: &str, slope: Slope) -> Result<()> {
        let mut all = self.read()?;
        all.insert(function.to_owned(), slope);
        Ok(fs::write(&self.0, serde_json::to_vec_pretty(&all)?)?)
    }
}

/// How many steps to add for a [`LARGE`] change of a benchmark of so many nanoseconds, roughly.
pub(crate) fn first_guess(nanoseconds: f64, calls: u64) -> u64 {
    (LARGE * nanoseconds / (FIRST_STEP_NS * calls as f64)).max(4.0) as u64
}

/// The slope of a capture `new`, which has so many steps more than the base beside it.
pub(crate) fn slope(profiles: &Path, steps: u64) -> Result<Slope> {
    let (base, new) = sides(profiles)?;
    let ratios: Vec<f64> = base.iter().zip(&new).map(|(base, new)| new / base - 1.0).collect();
    let middle = median(&ratios).ok_or("there are no pairs")?;
    // Disturbed pairs count little: the deviation is that of the half in the middle.
    let ratios = sorted(&ratios);
    let deviation = (quantile(&ratios, 0.75) - quantile(&ratios, 0.25)) / 1.349;
    // The error of a median of normal values (Kenney & Keeping 1962): √(π/2) that of their mean.
    let error = deviation * (std::f64::consts::FRAC_PI_2 / ratios.len() as f64).sqrt();
    Ok(Slope { per_step: middle / steps as f64, error: error / steps as f64 })
}

/// The fastest times of the runs of both sides of a paired capture.
fn sides(profiles: &Path) -> Result<(Vec<f64>, Vec<f64>)> {
    let capture = Store::open(profiles)?.read(&"new".parse()?)?;
    let entry = capture.capture().benchmarks.first().ok_or("nothing was captured")?;
    let times = |arm| -> Result<Vec<f64>> {
        let timing = capture.timing(&entry.id, arm)?.ok_or("there are no times")?;
        Ok(fastest(&timing).ok_or("there are no runs")?)
    };
    Ok((times(Arm::Base)?, times(Arm::Own)?))
}

/// The typical time of the only benchmark of a capture.
pub(crate) fn typical(profiles: &Path, label: &str) -> Result<f64> {
    let medians = medians(&timing(profiles, label)?).ok_or("there are too few runs")?;
    Ok(median(&medians).ok_or("there are no runs")?)
}

/// The shortest time of the only benchmark of a capture: what it takes on a machine at rest.
pub(crate) fn shortest(profiles: &Path, label: &str) -> Result<f64> {
    let fastest = fastest(&timing(profiles, label)?).ok_or("there are too few runs")?;
    Ok(fastest.into_iter().min_by(f64::total_cmp).ok_or("there are no runs")?)
}

fn timing(profiles: &Path, label: &str) -> Result<Timing> {
    let capture = Store::open(profiles)?.read(&label.parse()?)?;
    let entry = capture.capture().benchmarks.first().ok_or("nothing was captured")?;
    Ok(capture.timing(&entry.id, Arm::Own)?.ok_or("there are no times")?)
}
