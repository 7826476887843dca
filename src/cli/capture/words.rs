//! `cargo perfbase capture cargo bench …`: people put the command in front of what they type.

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::args::CaptureArgs;
use crate::error::Error;

/// The cargo command that stands behind `capture`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Bench,
    Test,
}

/// Options that choose targets: a word behind one of them is a filter.
const TARGETS: [&str; 7] = ["bench", "benches", "test", "tests", "lib", "bin", "example"];

/// Takes cargo's own words off the filters. `bench` and `test` are cargo's when they are the first
/// word and no target was chosen before it.
///
/// # Errors
/// Other commands of cargo, which cannot be captured.
pub(super) fn take(arguments: &mut CaptureArgs, matches: &ArgMatches) -> Result<(), Error> {
    let words: Vec<&str> = arguments.filters.iter().map(String::as_str).collect();
    let (verb, count) = match words[..] {
        ["cargo", "bench", ..] => (Verb::Bench, 2),
        ["cargo", "test" | "t", ..] => (Verb::Test, 2),
        ["cargo", toolchain, ..] if toolchain.starts_with('+') => {
            return Err(Error::usage(
                format!("`{toolchain}` chooses a toolchain, which is cargo's to do"),
                format!("cargo {toolchain} perfbase capture …"),
            ));
        }
        ["cargo", other @ ("build" | "b" | "check" | "run" | "r" | "nextest"), ..] => {
            return Err(Error::usage(
                format!("`cargo {other}` runs no benchmark or test that could be captured"),
                "capture `cargo bench` or `cargo test`; a program by --bin NAME or --example NAME",
            ));
        }
        ["bench", ..] if !is_behind_target(matches) => (Verb::Bench, 1),
        ["test", ..] if !is_behind_target(matches) => (Verb::Test, 1),
        _ => return Ok(()),
    };
    arguments.filters.drain(..count);
    arguments.verb = Some(verb);
    // Without a choice, `cargo bench` takes the benches, as we do.
    if verb == Verb::Test && arguments.selection().is_default() {
        arguments.selection.tests = true;
    }
    Ok(())
}

/// Whether a target was chosen before the first filter.
fn is_behind_target(matches: &ArgMatches) -> bool {
    let first = |id: &str| {
        let is_given = matches.value_source(id) == Some(ValueSource::CommandLine);
        is_given.then(|| matches.indices_of(id)?.next()).flatten()
    };
    let Some(word) = first("filters") else { return false };
    TARGETS.iter().any(|id| first(id).is_some_and(|target| target < word))
}

/// What a user should know of how the words were understood.
pub(super) fn notes(arguments: &CaptureArgs) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(verb) = arguments.verb {
        let (command, word) = match verb {
            Verb::Bench => ("cargo bench", "bench"),
            Verb::Test => ("cargo test", "test"),
        };
        notes.push(format!(
            "capturing what `{command}` would run; a filter of that name goes behind `--`: -- {word}"
        ));
    }
    if arguments.selection.release {
        notes.push("--release changes nothing: builds are as for a release".to_owned());
    }
    if arguments.selection.no_fail_fast {
        notes.push("--no-fail-fast changes nothing: a failure never stops the others".to_owned());
    }
    notes
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn taken(words: &str) -> Result<CaptureArgs, String> {
        let command = CaptureArgs::augment_args(Command::new("capture").no_binary_name(true));
        let matches = command.try_get_matches_from(words.split_whitespace()).unwrap();
        let mut arguments = CaptureArgs::from_arg_matches(&matches).unwrap();
        take(&mut arguments, &matches).map_err(|error| error.to_string())?;
        Ok(arguments)
    }

    #[test]
    fn cargos_words_are_no_filters() {
        for words in [
            "cargo bench --bench x name -- --profile-time=60",
            "bench --bench x name",
            "--label a cargo bench --bench x name",
            "--label a --runs 2 bench name --bench x",
        ] {
            let arguments = taken(words).unwrap();
            assert_eq!(arguments.verb, Some(Verb::Bench), "{words}");
            assert_eq!(arguments.filters, ["name"], "{words}");
            assert_eq!(arguments.selection.bench, ["x"], "{words}");
        }
        let tests = taken("cargo test --release --no-fail-fast").unwrap();
        assert!(tests.selection.tests && tests.filters.is_empty());
        assert_eq!(notes(&tests).len(), 3);
        let one = taken("cargo test --test e2e name").unwrap();
        assert!(!one.selection.tests);
        assert_eq!(one.filters, ["name"]);
    }

    #[test]
    fn other_words_are_filters() {
        for words in ["benchmark test", "--bench x test", "--test x bench", "cargo", "-- test"] {
            let arguments = taken(words).unwrap();
            assert_eq!(arguments.verb, None, "{words}");
            assert!(notes(&arguments).is_empty(), "{words}");
        }
    }

    #[test]
    fn other_commands_are_refused() {
        assert!(taken("cargo +nightly bench").unwrap_err().contains("toolchain"));
        assert!(taken("cargo run --bin x").unwrap_err().contains("cargo run"));
    }
}
