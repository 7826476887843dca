//! Whether a capture is of everything there was, or of a selection.

use std::ffi::OsString;

use super::Command;
use crate::config::Config;
use crate::model::Capture;

/// Whether a capture leaves out benchmarks that rules may be about, by the command that made it.
pub(super) fn is_partial(capture: &Capture, config: &Config) -> bool {
    is_partial_of(&capture.settings.command, !config.plan.is_empty())
}

fn is_partial_of(command: &[String], has_plan: bool) -> bool {
    let words = command.iter().map(OsString::from);
    let words = std::iter::once(OsString::from("cargo-perfbase")).chain(words).collect();
    // What this version does not understand may have selected something.
    let Ok((cli, matches)) = super::parse(words) else { return true };
    match cli.command {
        Command::Capture(mut capture) => {
            let words = matches.subcommand().map(|(_, matches)| capture.take_cargo_words(matches));
            !matches!(words, Some(Ok(()))) || capture.is_partial(has_plan)
        }
        Command::Ab(ab) => ab.capture().is_partial(false),
        // Recorded by hand.
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(command: &str, has_plan: bool) -> bool {
        is_partial_of(&command.split(' ').map(str::to_owned).collect::<Vec<_>>(), has_plan)
    }

    #[test]
    fn names_and_filters_leave_something_out() {
        for command in [
            "capture --label x --bench a",
            "--profiles y capture --label x parse",
            "capture --only e2e",
            "capture -p shared",
            "capture --label x -- parse",
            "ab main --bench a",
            "import perf.data --label x",
            "capture --an-option-of-later",
        ] {
            assert!(of(command, false), "{command}");
        }
        for command in [
            "capture --label x",
            "capture --workspace --benches --features a,b",
            "capture --runs 3 -- --sample-size=20",
            "ab main --runs 4",
        ] {
            assert!(!of(command, false), "{command}");
        }
        // Kinds of targets stand in place of the plan.
        assert!(of("capture --benches", true) && !of("capture --label x", true));
    }
}
