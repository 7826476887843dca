//! What a capture says before and after.

use std::fmt::Write as _;
use std::time::Duration;

use super::benchmark::Benchmark;
use super::job::Job;
use super::launch::Budget;
use crate::cli::quality;
use crate::config::Config;
use crate::console::{Console, escape_line};
use crate::diff::summarize;
use crate::error::Error;
use crate::model::{Sample, Scope, Severity};
use crate::store::{Arm, Part, StoredCapture};
use crate::view::{count_lines, nanoseconds, share, shorten, totals_by_name};

/// `12 benchmarks, 3 timing and 3 profiling runs each, about 4m`. Of each benchmark: how long a
/// timed run took when it was tried, and how many runs (or pairs) of both kinds it gets.
pub(super) fn announce(
    benchmarks: &[Benchmark<'_>],
    times: &[Duration],
    runs: &[u32],
    profiled: &[u32],
    profile_budget: impl Fn(&Job<'_>) -> Budget,
) -> String {
    let mut estimate = Duration::ZERO;
    let mut paired = 0;
    for (index, benchmark) in benchmarks.iter().enumerate() {
        if benchmark.own.failure.is_some() {
            continue;
        }
        paired += usize::from(benchmark.is_paired());
        let arms = if benchmark.is_paired() { 2 } else { 1 };
        let budget = profile_budget(&benchmark.own);
        let own = if benchmark.own.is_whole_process() { Duration::ZERO } else { budget.warm_up };
        let profile = (own + budget.measure).max(times[index]) + RECORDER;
        estimate += (times[index] * runs[index] + profile * profiled[index]) * arms;
    }
    let most = |numbers: &[u32]| numbers.iter().copied().max().unwrap_or(0);
    let counted = |number: u32, what: &str| {
        let word = if paired > 0 { "pair" } else { "run" };
        let least = runs.iter().copied().filter(|&n| n > 0).min().unwrap_or(0);
        let range = if what == "timing" && least < number {
            format!("{least} to {number}")
        } else {
            number.to_string()
        };
        format!("{range} {what} {word}{}", if number == 1 { "" } else { "s" })
    };
    let mut kinds = counted(most(runs), "timing");
    if most(profiled) > 0 {
        kinds.push_str(" and ");
        kinds.push_str(&counted(most(profiled), "profiling"));
    }
    let all = runs.iter().zip(profiled).filter(|&(&timed, &profiled)| timed + profiled > 0).count();
    let number =
        if all == 1 { "1 benchmark".to_owned() } else { format!("{all} benchmarks, each") };
    let alone = match paired {
        0 => String::new(),
        _ if paired == all => String::new(),
        _ => format!(" ({} measured alone)", all - paired),
    };
    format!("{number}: {kinds}{alone}; about {}", minutes(estimate))
}

/// What a recorder needs around a run: to start, to write its file, and for us to read it.
pub(super) const RECORDER: Duration = Duration::from_millis(350);

/// `45s`, `4m`
fn minutes(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..100 => format!("{}s", seconds.max(1)),
        seconds => format!("{}m", seconds.div_ceil(60)),
    }
}

/// A line or three for each benchmark: its time, its hottest function, its picture.
pub(super) fn summary(
    stored: &StoredCapture,
    config: &Config,
    console: &Console,
) -> Result<String, Error> {
    let mut text = String::new();
    let findings = quality::of_capture(stored, config)?;
    for entry in &stored.capture().benchmarks {
        let timing = stored.timing(&entry.id, Arm::Own)?;
        let _ = write!(text, "{}", escape_line(&entry.id.to_string()));
        if let Some(times) = timing.as_ref().and_then(summarize) {
            let bound = if times.percentiles_are_bounds { "≤ " } else { "" };
            let _ = write!(
                text,
                "  P50 {}  P95 {bound}{}",
                nanoseconds(times.p50),
                nanoseconds(times.p95)
            );
            if let Some(variation) = times.run_variation {
                let _ = write!(text, "  {} runs ±{}", times.runs, share(variation));
            }
        }
        if entry.failure.is_some() {
            text.push_str("  FAILED");
        }
        text.push('\n');
        if let Some(profile) = stored.profile(&entry.id, Arm::Own)? {
            let whole = profile.total(Scope::Benchmark).max(1) as f64;
            let count = |own: bool| -> u64 {
                let counted = |sample: &&Sample| !own || sample.scope == Scope::Benchmark;
                profile.samples.iter().filter(counted).map(|sample| sample.count).sum()
            };
            let (samples, all) = (count(true), count(false));
            // By name, as `show` counts: a function has several entries when it is generic, or in
            // two executables.
            if let Some((name, totals)) = totals_by_name(&profile).into_iter().next()
                && totals.self_weight > 0
            {
                let name = shorten(name, console.width().saturating_sub(30));
                let _ = writeln!(
                    text,
                    "    hottest {} ({} self, {} samples)",
                    escape_line(&name),
                    share(totals.self_weight as f64 / whole),
                    samples
                );
            }
            if samples < FEW {
                let _ = writeln!(
                    text,
                    "    mind: of {all} samples only {samples} are its own, the others start-up and harness"
                );
            }
        }
        for count in &entry.counts {
            for line in count_lines(count) {
                let _ = writeln!(text, "    {line}");
            }
        }
        let mind = findings.iter().filter(|finding| {
            finding.severity >= Severity::Warn && finding.benchmark.as_ref() == Some(&entry.id)
        });
        for finding in mind {
            let _ = writeln!(text, "    mind: {}", escape_line(&finding.line()));
        }
        if let Some(path) = stored.path_of(&entry.id, Part::Flamegraph)
            && path.is_file()
        {
            let here = std::env::current_dir().unwrap_or_default();
            let path = path.strip_prefix(&here).unwrap_or(&path);
            let _ = writeln!(text, "    {}", escape_line(&path.display().to_string()));
        }
    }
    Ok(text)
}

/// With fewer samples a share of 10 % has an error of 3 points and more.
const FEW: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_round() {
        assert_eq!(minutes(Duration::from_millis(10)), "1s");
        assert_eq!(minutes(Duration::from_secs(99)), "99s");
        assert_eq!(minutes(Duration::from_secs(181)), "4m");
    }
}
