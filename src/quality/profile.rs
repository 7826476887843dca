//! How well a profile was recorded.

use crate::model::{Finding, ProfileSummary, RecorderInfo, Severity, Weight};

use super::{finding, percent, tell_above};

/// From this share on unknown samples are worth telling.
const UNKNOWN: f64 = 0.01;
/// From this share on samples without all their callers are worth telling.
const TRUNCATED: f64 = 0.03;
/// From this share on lost samples are worth telling.
const LOST: f64 = 0.005;
/// Below this number of samples a profile says little.
const FEW: u64 = 500;
/// Share of the samples asked for that a recorder should reach.
const RATE: f64 = 0.75;

pub(super) fn on_profile(
    profile: &ProfileSummary,
    recorder: Option<&RecorderInfo>,
    findings: &mut Vec<Finding>,
) {
    let health = profile.health;
    let sampled = matches!(profile.weight, Weight::CpuTime | Weight::Cycles);
    if sampled && health.samples < FEW {
        let word = if health.samples == 1 { "sample" } else { "samples" };
        let found = format!("its profile has {} {word}", health.samples);
        let consequence = "only large changes of large functions can be seen";
        findings.push(
            finding("samples", Severity::Warn, found, consequence)
                .measured(health.samples as f64, FEW as f64),
        );
    }
    let all = health.samples.saturating_add(health.lost);
    let shares = [
        (
            "unknown",
            health.unknown,
            health.samples,
            UNKNOWN,
            "of its profile's samples are in unknown functions",
            "their cost cannot be attributed",
        ),
        (
            "truncated",
            health.truncated,
            health.samples,
            TRUNCATED,
            "of its profile's stacks are cut off",
            "totals of callers are too low",
        ),
        (
            "lost",
            health.lost,
            all,
            LOST,
            "of its profile's samples were lost",
            "shares may be biased",
        ),
    ];
    for (check, count, whole, limit, what, consequence) in shares {
        let share = count as f64 / whole.max(1) as f64;
        let found = || format!("{} {what}", percent(share));
        tell_above(findings, (check, Severity::Warn), (share, limit), found, consequence);
    }
    tell_above(
        findings,
        ("throttled", Severity::Warn),
        (health.throttled as f64, 0.0),
        || format!("the kernel throttled the recorder {} times", health.throttled),
        "samples are missing where most was going on; ask for a lower --frequency",
    );
    let weight = profile.benchmark_weight.saturating_add(profile.harness_weight);
    if let Some(recorder) = recorder
        && profile.weight == Weight::CpuTime
        && recorder.frequency_hz > 0.0
        && weight > 0
        && health.samples >= FEW
    {
        let rate = health.samples as f64 / (weight as f64 / 1e9);
        let share = rate / recorder.frequency_hz;
        if share < RATE {
            let found = format!(
                "its profile has {rate:.0} samples a second of CPU time, of {} asked for",
                recorder.frequency_hz
            );
            let consequence = "shares are less certain than they could be";
            findings
                .push(finding("rate", Severity::Note, found, consequence).measured(share, RATE));
        }
    }
}
