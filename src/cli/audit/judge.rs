//! What was seen and what was tried → one status.

use super::examine::Outcome;
use super::message;
use crate::build::{BenchTarget, Hidden};
use crate::model::{AuditStatus, Harness};
use crate::workspace::Look;

/// A status with its reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) status: AuditStatus,
    pub(super) found: String,
    pub(super) benchmarks: Option<usize>,
}

/// Settles what is said of a target. What a run of it shows goes before what its text looks like,
/// but its own word that it is not implemented goes before everything.
pub(super) fn judge(target: &BenchTarget, look: &Look, outcome: &Outcome) -> Judged {
    let told = |status, found: String, benchmarks| Judged { status, found, benchmarks };
    let count = match outcome {
        Outcome::Built { harness: Harness::Process, .. } => Some(1),
        Outcome::Built { listed: Ok(listed), .. } => Some(listed.len()),
        _ => None,
    };
    if let Some(line) = &look.says {
        return told(AuditStatus::Placeholder, format!("it says: {line}"), count);
    }
    if let Some(hidden) = target.hidden {
        if let Some(reason) = look.nothing {
            return told(
                AuditStatus::Placeholder,
                format!("{reason}, and cargo does not see it"),
                None,
            );
        }
        let reason = match hidden {
            Hidden::Autobenches => "`autobenches = false` hides it",
            Hidden::Unlisted => "cargo takes those of the list only",
        };
        let found = format!("it needs a [[bench]] entry in Cargo.toml: {reason}");
        return told(AuditStatus::Needs, found, None);
    }
    match outcome {
        Outcome::NotTried => match look.nothing {
            Some(reason) => told(AuditStatus::Placeholder, reason.to_owned(), None),
            None => {
                told(AuditStatus::Working, "by its looks only: it was not built".to_owned(), None)
            }
        },
        Outcome::NotBuilt { stderr } => match message::missing_to_build(stderr) {
            Some(what) => {
                let found = format!("it needs {what}: {}", message::first_error(stderr));
                told(AuditStatus::Needs, found, None)
            }
            None => told(AuditStatus::DoesNotCompile, message::first_error(stderr), None),
        },
        Outcome::Built { listed: Err(failure), .. } => {
            let said = message::failure(&failure.output);
            let missing = message::missing_to_run(&said, &look.variables)
                .or_else(|| message::missing_to_run(&failure.output, &look.variables));
            let with_end = match said.is_empty() {
                true => failure.status.clone(),
                false => format!("{said} ({})", failure.status),
            };
            match missing {
                _ if message::is_todo(&said) => {
                    told(AuditStatus::Placeholder, format!("it is `todo!`: {said}"), None)
                }
                Some(what) => {
                    told(AuditStatus::Needs, format!("it needs {what}: {with_end}"), None)
                }
                None => told(AuditStatus::Fails, with_end, None),
            }
        }
        Outcome::Built { features, harness, listed: Ok(listed) } => {
            let is_program = *harness == Harness::Process;
            // What stands elsewhere may be listed although nothing here does anything.
            let is_all_seen = is_program || listed.is_empty() || look.idle_bodies.1 > 0;
            if let Some(reason) = look.nothing.filter(|_| is_all_seen)
                // A harness's file with nothing at all in it is empty, not a promise.
                && (is_program || !listed.is_empty() || look.idle_bodies.1 > 0 || reason.contains("todo"))
            {
                return told(AuditStatus::Placeholder, reason.to_owned(), count);
            }
            let off: Vec<&str> = look
                .features
                .iter()
                .filter(|name| target.optional_features.contains(name) && !features.contains(name))
                .map(String::as_str)
                .collect();
            if !is_program && listed.is_empty() && !off.is_empty() {
                // All that there is may stand behind `#[cfg(feature = …)]`.
                let word = if off.len() == 1 { "the feature" } else { "one of the features" };
                let found = format!("it lists nothing without {word} {}", off.join(", "));
                return told(AuditStatus::Needs, found, count);
            }
            if !is_program && listed.is_empty() {
                return told(AuditStatus::Empty, "it lists no benchmark".to_owned(), count);
            }
            if !features.is_empty() {
                let word = if features.len() == 1 { "the feature" } else { "features" };
                let found = format!(
                    "it needs {word} {}, which its required-features do not name",
                    features.join(", ")
                );
                return told(AuditStatus::Needs, found, count);
            }
            let found = match look.idle_bodies {
                _ if is_program => {
                    "it compiles; a program of its own, which was not run".to_owned()
                }
                (idle, all) if idle > 0 => {
                    format!("{idle} of {all} bodies that it measures do nothing")
                }
                _ => String::new(),
            };
            told(AuditStatus::Working, found, count)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::capture::ListFailure;
    use crate::workspace::{Listed, ListedKind, look};

    fn target(hidden: Option<Hidden>) -> BenchTarget {
        BenchTarget {
            package: "p".into(),
            package_id: "p".into(),
            name: "b".into(),
            source: "benches/b.rs".into(),
            required_features: Vec::new(),
            optional_features: Vec::new(),
            hidden,
        }
    }

    fn built(harness: Harness, names: usize) -> Outcome {
        let one = Listed { name: "x".into(), kind: ListedKind::Bench, group: false };
        Outcome::Built { features: Vec::new(), harness, listed: Ok(vec![one; names]) }
    }

    fn status(source: &str, outcome: &Outcome) -> (AuditStatus, Option<usize>) {
        let judged = judge(&target(None), &look(source), outcome);
        (judged.status, judged.benchmarks)
    }

    const REAL: &str = "fn b(c: &mut C) { c.x(|b| b.iter(|| fib(20))); } criterion_main!(g);";

    #[test]
    fn what_is_there_works() {
        use AuditStatus::{Empty, Placeholder, Working};
        let criterion = |names| built(Harness::Criterion, names);
        assert_eq!(status(REAL, &criterion(1)), (Working, Some(1)));
        assert_eq!(status(REAL, &criterion(0)), (Empty, Some(0)));
        assert_eq!(
            status("fn a(_c: &mut C) {} criterion_main!(g);", &criterion(0)),
            (Empty, Some(0))
        );
        assert_eq!(status("", &built(Harness::Libtest, 0)), (Empty, Some(0)));
        let gated = "#![cfg(feature = \"rayon\")] #[bench] fn a(b: &mut B) { b.iter(|| fib(1)) }";
        assert_eq!(status(gated, &built(Harness::Libtest, 0)), (Empty, Some(0)));
        let of_package = BenchTarget { optional_features: vec!["rayon".into()], ..target(None) };
        let judged = judge(&of_package, &look(gated), &built(Harness::Libtest, 0));
        assert_eq!(judged.status, AuditStatus::Needs);
        assert!(judged.found.contains("the feature rayon"), "{}", judged.found);
        let idle = "fn b(c: &mut C) { c.x(|b| b.iter(|| {})); }";
        assert_eq!(status(idle, &criterion(1)), (Placeholder, Some(1)));
        // Made by a macro of another crate.
        assert_eq!(status("suite::main!();", &criterion(7)), (Working, Some(7)));
        assert_eq!(status("fn main() {}", &built(Harness::Process, 0)), (Placeholder, Some(1)));
        assert_eq!(status("fn main() { run(5) }", &built(Harness::Process, 0)), (Working, Some(1)));
        let said = format!("//! Status: NOT IMPLEMENTED\n{REAL}");
        assert_eq!(status(&said, &criterion(1)), (Placeholder, Some(1)));
    }

    #[test]
    fn failures_are_told_from_what_is_missing() {
        let failed = |output: &str| Outcome::Built {
            features: Vec::new(),
            harness: Harness::Criterion,
            listed: Err(ListFailure { status: "exit status 101".into(), output: output.into() }),
        };
        let of = |output: &str| status(REAL, &failed(output)).0;
        assert_eq!(of("thread 'main' panicked at a.rs:1:1:\nboom"), AuditStatus::Fails);
        assert_eq!(
            of("thread 'main' panicked at a.rs:1:1:\nnot yet implemented"),
            AuditStatus::Placeholder
        );
        assert_eq!(
            of("thread 'main' panicked at a.rs:1:1:\nDATABASE_URL must be set"),
            AuditStatus::Needs
        );
        assert_eq!(of(""), AuditStatus::Fails);
        let not_built = |stderr: &str| Outcome::NotBuilt { stderr: stderr.into() };
        assert_eq!(status(REAL, &not_built("error: x")).0, AuditStatus::DoesNotCompile);
        let nightly = "error[E0554]: `#![feature]` may not be used on the stable release channel";
        assert_eq!(status(REAL, &not_built(nightly)).0, AuditStatus::Needs);
    }

    #[test]
    fn what_is_hidden_needs_an_entry() {
        let of = |source: &str| {
            judge(&target(Some(Hidden::Autobenches)), &look(source), &Outcome::NotTried)
        };
        assert_eq!(of(REAL).status, AuditStatus::Needs);
        assert!(of(REAL).found.contains("autobenches"), "{:?}", of(REAL));
        assert_eq!(of("fn main() { todo!() }").status, AuditStatus::Placeholder);
    }
}
