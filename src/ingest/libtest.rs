//! What the standard library's harness prints: results of `#[bench]`, and whether a test ran.

use thiserror::Error;

use crate::model::{Measurement, Summary};

/// One line of `#[bench]` results.
#[derive(Clone, Debug, PartialEq)]
pub struct LibtestResult {
    /// Path as used by `--exact`: `module::bench`.
    pub path: String,
    /// A [`Measurement::Summary`] with median and spread.
    pub measurement: Measurement,
    /// `Bencher::bytes` over time, in 10⁶ bytes per second, rounded down by the harness; the
    /// exact amount is not printed.
    pub megabytes_per_second: Option<u64>,
}

/// Why the output of a test run is no success.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OutcomeError {
    /// No final `test result:` line.
    #[error("the test harness did not finish, or is not the standard one")]
    NoResult,
    /// Something else than one test ran.
    #[error("{ran} tests ran where one was asked for ({ignored} were ignored)")]
    Count {
        /// How many passed or failed.
        ran: u64,
        /// How many were ignored.
        ignored: u64,
    },
    /// It failed.
    #[error("the test failed")]
    Failed,
}

/// All results of `#[bench]` functions, in order.
pub fn parse_bench(stdout: &str) -> Vec<LibtestResult> {
    stdout.lines().filter_map(bench_line).collect()
}

/// `test name ... bench:       1,234.56 ns/iter (+/- 78.90) = 123 MB/s`
fn bench_line(line: &str) -> Option<LibtestResult> {
    let line = line.strip_prefix("test ")?;
    // What the benchmark printed may come between the name and its result.
    let (name, _) = line.split_once(" ... ")?;
    let (_, figures) = line.rsplit_once("bench:")?;
    let (median, rest) = figures.split_once(" ns/iter (+/- ")?;
    let (spread, rest) = rest.split_once(')')?;
    let (median, spread) = (number(median)?, number(spread)?);
    let megabytes_per_second = rest
        .trim()
        .strip_prefix("= ")
        .and_then(|rest| rest.strip_suffix(" MB/s"))
        .and_then(|rate| rate.replace(',', "").parse().ok());
    Some(LibtestResult {
        path: name.trim_end().to_owned(),
        measurement: Measurement::Summary(Summary {
            min: None,
            median,
            mean: None,
            max: None,
            spread: Some(spread),
            samples: None,
            iterations: None,
        }),
        megabytes_per_second,
    })
}

/// A number with commas between thousands.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b'.');
    text.replace(',', "").parse().ok().filter(|n: &f64| plain && n.is_finite())
}

/// Whether exactly one test ran, and passed. Counts `#[bench]` functions that were measured too.
pub fn parse_outcome(stdout: &str) -> Result<(), OutcomeError> {
    // The last one: a test may print such a line itself, or run another harness.
    let line = stdout
        .lines()
        .rev()
        .find_map(|line| line.find("test result: ").map(|at| &line[at + "test result: ".len()..]));
    let Some((verdict, counts)) = line.and_then(|line| line.split_once(". ")) else {
        return Err(OutcomeError::NoResult);
    };
    let count = |what: &str| -> Option<u64> {
        counts.split(';').find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok())
    };
    let (Some(passed), Some(failed)) = (count("passed"), count("failed")) else {
        return Err(OutcomeError::NoResult);
    };
    let ran = passed.saturating_add(failed).saturating_add(count("measured").unwrap_or(0));
    if ran != 1 {
        return Err(OutcomeError::Count { ran, ignored: count("ignored").unwrap_or(0) });
    }
    if verdict != "ok" || failed != 0 {
        return Err(OutcomeError::Failed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn figures(result: &LibtestResult) -> (&str, f64, Option<f64>, Option<u64>) {
        let Measurement::Summary(summary) = &result.measurement else {
            panic!("libtest prints summaries")
        };
        (&result.path, summary.median, summary.spread, result.megabytes_per_second)
    }

    #[test]
    fn reads_benches() {
        // Printed by rustc 1.95's libtest; the last is how it was before 1.80.
        let text = "\nrunning 4 tests\n\
            test a       ... bench:       7,628.65 ns/iter (+/- 4,721.34)\n\
            test m::ign  ... ignored\n\
            test m::thru ... bench:     808,206.36 ns/iter (+/- 878,890.23) = 1 MB/s\n\
            test m::tiny ... bench:           0.77 ns/iter (+/- 0.80)\n\
            test loud    ... hello bench: bench:       1,234 ns/iter (+/- 56) = 2,123 MB/s\n\
            \ntest result: ok. 0 passed; 0 failed; 1 ignored; 4 measured; 0 filtered out\n";
        let results = parse_bench(text);
        let results: Vec<_> = results.iter().map(figures).collect();
        assert_eq!(
            results,
            [
                ("a", 7628.65, Some(4721.34), None),
                ("m::thru", 808_206.36, Some(878_890.23), Some(1)),
                ("m::tiny", 0.77, Some(0.8), None),
                ("loud", 1234.0, Some(56.0), Some(2123)),
            ]
        );
    }

    #[test]
    fn knows_whether_the_test_ran() {
        let result = |text: &str| {
            parse_outcome(&format!(
                "\nrunning 1 test\n...\n\ntest result: {text}; finished in 0s\n"
            ))
        };
        assert_eq!(result("ok. 1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out"), Ok(()));
        assert_eq!(result("ok. 0 passed; 0 failed; 0 ignored; 1 measured; 3 filtered out"), Ok(()));
        assert_eq!(
            result("ok. 0 passed; 0 failed; 0 ignored; 0 measured; 4 filtered out"),
            Err(OutcomeError::Count { ran: 0, ignored: 0 })
        );
        assert_eq!(
            result("ok. 0 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out"),
            Err(OutcomeError::Count { ran: 0, ignored: 1 })
        );
        assert_eq!(
            result("FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 3 filtered out"),
            Err(OutcomeError::Failed)
        );
        assert_eq!(
            result("ok. 2 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out"),
            Err(OutcomeError::Count { ran: 2, ignored: 0 })
        );
        assert_eq!(parse_outcome("running 1 test\n"), Err(OutcomeError::NoResult));
    }

    proptest! {
        #[test]
        fn never_panics(text in "(test |result: |bench:| ns/iter \\(\\+/- |\\)|[0-9,.]|ok\\. |; |\n|é){0,30}") {
            let _ = parse_bench(&text);
            let _ = parse_outcome(&text);
        }
    }
}
