//! What `capture.json` says of counts.

use serde::{Deserialize, Serialize};

use super::FormatError;
use crate::model::{CountKind, CountRun, CountSummary, SortFew as _, Weight};

/// Counts of one kind.
#[derive(Serialize, Deserialize)]
pub(super) struct Counts {
    iterations: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repeatable: Option<bool>,
    runs: Vec<Run>,
    weight: String,
}

#[derive(Serialize, Deserialize)]
struct Run {
    benchmark_weight: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    blocks: u64,
    harness_weight: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    peak_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unfreed_bytes: Option<u64>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

pub(super) fn write(summary: &CountSummary) -> Counts {
    Counts {
        iterations: summary.iterations,
        repeatable: summary.is_repeatable,
        runs: summary
            .runs
            .iter()
            .map(|run| Run {
                benchmark_weight: run.benchmark_weight,
                blocks: run.blocks,
                harness_weight: run.harness_weight,
                peak_bytes: run.peak_bytes,
                unfreed_bytes: run.unfreed_bytes,
            })
            .collect(),
        weight: summary.kind.weight().kind().to_owned(),
    }
}

/// The counts of a benchmark, ordered by kind.
///
/// # Errors
/// Something that this version does not count; counts without a run, of no iteration, or of one
/// kind twice.
pub(super) fn read_all(all: Vec<Counts>) -> Result<Vec<CountSummary>, FormatError> {
    let mut counts = all.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    counts.sort_few_by_key(|count| count.kind);
    match counts.windows(2).find(|pair| pair[0].kind == pair[1].kind) {
        Some(twice) => {
            let kind = twice[0].kind.weight().kind();
            Err(FormatError::invalid(format!("`{kind}` is counted twice")))
        }
        None => Ok(counts),
    }
}

fn read(counts: Counts) -> Result<CountSummary, FormatError> {
    let kind = Weight::from_kind(&counts.weight)
        .and_then(CountKind::of)
        .ok_or_else(|| FormatError::invalid(format!("unknown count `{}`", counts.weight)))?;
    if counts.runs.is_empty() || counts.iterations == 0 {
        return Err(FormatError::invalid(format!("`{}` was counted in no run", counts.weight)));
    }
    Ok(CountSummary {
        kind,
        iterations: counts.iterations,
        runs: counts
            .runs
            .into_iter()
            .map(|run| CountRun {
                benchmark_weight: run.benchmark_weight,
                harness_weight: run.harness_weight,
                blocks: run.blocks,
                peak_bytes: run.peak_bytes,
                unfreed_bytes: run.unfreed_bytes,
            })
            .collect(),
        is_repeatable: counts.repeatable,
    })
}
