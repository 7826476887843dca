//! `--steps`: which commit of a range brought which change.

use std::fmt::Write as _;

use super::args::AbArgs;
use super::checkout::{Checkout, Ground};
use super::{label, measure, mode};
use crate::cli::capture::Together;
use crate::cli::compared::compare;
use crate::cli::reading::Reading;
use crate::config::Config;
use crate::console::escape_line;
use crate::diff::{Change, Options, Verdict};
use crate::error::{Error, ExitStatus};
use crate::gate;
use crate::model::{BenchmarkId, Label};
use crate::store::{Mode, Store, StoredCapture};
use crate::view::share;
use crate::workspace::{Filter, Revision};

/// One commit against the one before.
struct Step {
    revision: Revision,
    /// Why it was not measured; else its changes.
    changes: Result<Changes, String>,
    /// Why the changes do not count.
    wrong: Option<String>,
}

/// Measures each commit behind `base` up to `head` against its parent.
///
/// # Errors
/// A range without commits; a label that is taken; an interrupt, or captures that cannot be stored,
/// after what was measured so far is told. A commit that cannot be measured is passed over: the
/// next one is measured against the last that could.
pub(super) fn execute(
    arguments: &AbArgs,
    base: &Revision,
    head: Option<&Revision>,
    ground: &Ground<'_>,
    together: &Together<'_>,
) -> Result<ExitStatus, Error> {
    let repository = &ground.repository;
    let current = repository.commit("HEAD")?;
    let head = head.unwrap_or(&current);
    if !repository.is_ancestor(base, head)? {
        return Err(Error::usage(
            format!("{} is no ancestor of {}", base.short, head.short),
            format!("start where they parted: $(git merge-base {} {})", base.short, head.short),
        ));
    }
    let commits = repository.between(base, head)?;
    if commits.is_empty() {
        return Err(Error::usage(
            format!("there is no commit behind {} up to {}", base.short, head.short),
            "name an earlier commit as BASE",
        ));
    }
    // All that can be wrong with names is told before anything is built.
    for revision in &commits {
        of(together.store, revision, arguments)?;
        mode(together.store, &parent_label(revision), arguments.force)?;
    }
    let console = together.console;
    console.status("Stepping", &format!("through {} commits", commits.len()));
    let mut before =
        ground.commit(base, label(base, None), of(together.store, base, arguments)?)?;
    let mut steps = Vec::new();
    let mut has_failed = false;
    let mut ended = Ok(());
    for revision in commits {
        let changes = step(arguments, &before, &revision, ground, together);
        let (changes, wrong) = match changes {
            Ok(done) => {
                before = done.checkout;
                has_failed |= done.has_failed;
                (Ok(done.changes), done.wrong)
            }
            Err(error)
                if together.session.interrupted().is_some()
                    || matches!(error, Error::Store(_) | Error::Stdout(_)) =>
            {
                ended = Err(error);
                break;
            }
            Err(error) => {
                has_failed = true;
                let text = error.to_string();
                let line = text.lines().next().unwrap_or_default().to_owned();
                console.warning(&format!("{} is passed over: {line}", revision.short));
                (Err(line), None)
            }
        };
        steps.push(Step { revision, changes, wrong });
    }
    // What is known is told also where something ended it.
    let written = console.write_stdout(&table(&steps)).map_err(Error::Stdout);
    ended.and(written)?;
    Ok(if has_failed { ExitStatus::Failed } else { ExitStatus::Success })
}

fn of(store: &Store, revision: &Revision, arguments: &AbArgs) -> Result<Mode, Error> {
    mode(store, &label(revision, None), arguments.force)
}

/// The label of what a commit is measured against.
fn parent_label(revision: &Revision) -> Label {
    let name = format!("{}@parent", revision.short);
    name.parse().expect("hash, sign and word are a label")
}

type Changes = Vec<(BenchmarkId, Verdict, Option<Change>)>;

/// A commit that was measured.
struct Done {
    checkout: Checkout,
    changes: Changes,
    wrong: Option<String>,
    has_failed: bool,
}

fn step(
    arguments: &AbArgs,
    before: &Checkout,
    revision: &Revision,
    ground: &Ground<'_>,
    together: &Together<'_>,
) -> Result<Done, Error> {
    let name = label(revision, None);
    let checkout = ground.commit(revision, name, of(together.store, revision, arguments)?)?;
    // Each step keeps both of its sides: `diff b1c2d3e@parent b1c2d3e` shows it again.
    let mut base = before.side.clone();
    base.label = parent_label(revision);
    base.mode = mode(together.store, &base.label, arguments.force)?;
    let pair = measure(together, &base, &checkout.side, arguments.layouts)?;
    let captures = [pair.base.capture(), pair.new.capture()];
    Ok(Done {
        checkout,
        changes: changes(&pair.base, &pair.new, together.config)?,
        wrong: gate::wrong(together.config, captures),
        has_failed: super::has_failed(&pair),
    })
}

fn changes(base: &StoredCapture, new: &StoredCapture, config: &Config) -> Result<Changes, Error> {
    let filter = Filter::default();
    let (base, new) = (Reading::new(base, &filter), Reading::new(new, &filter));
    let comparison = compare(&base, &new, &Options::default(), config, false)?;
    base.finish()?;
    new.finish()?;
    let timed = comparison.benchmarks.into_iter().filter_map(|benchmark| {
        let timing = benchmark.timing?;
        Some((benchmark.id, timing.verdict, timing.change))
    });
    Ok(timed.collect())
}

/// A line for each commit, oldest first, and below it one for each benchmark that it changed.
fn table(steps: &[Step]) -> String {
    let mut text = String::new();
    for Step { revision, changes, wrong } in steps {
        let _ = write!(text, "{}  {}", revision.short, escape_line(&revision.subject));
        match changes {
            Err(reason) => {
                let _ = writeln!(text, "\n    not measured: {}", escape_line(reason));
            }
            Ok(changes) => {
                let told = |verdict: Verdict| {
                    !matches!(verdict, Verdict::Unchanged | Verdict::Inconclusive)
                };
                let open = changes.iter().filter(|c| c.1 == Verdict::Inconclusive).count();
                let same = changes.iter().filter(|c| c.1 == Verdict::Unchanged).count();
                let _ = writeln!(text, "  ({same} unchanged, {open} inconclusive)");
                if let Some(wrong) = wrong {
                    let _ = writeln!(text, "    does not count: {}", escape_line(wrong));
                }
                for (id, verdict, change) in changes.iter().filter(|change| told(change.1)) {
                    let _ = write!(
                        text,
                        "    {:<10} {}",
                        verdict.as_str(),
                        escape_line(&id.to_string())
                    );
                    if let Some(change) = change {
                        let (low, high) = change.interval;
                        let _ = write!(
                            text,
                            "  {} [{}, {}]",
                            signed(change.ratio),
                            signed(low),
                            signed(high)
                        );
                    }
                    text.push('\n');
                }
            }
        }
    }
    text
}

/// `+1.5 %`
fn signed(ratio: f64) -> String {
    format!("{}{}", if ratio < 0.0 { "-" } else { "+" }, share(ratio.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Estimate;

    #[test]
    fn commits_and_what_they_changed() {
        let revision = |short: &str, subject: &str| Revision {
            hash: short.repeat(6),
            short: short.into(),
            time: 0,
            subject: subject.into(),
        };
        let change = |name: &str, verdict, ratio: f64| {
            let id =
                BenchmarkId { package: "p".into(), target: "t".into(), benchmark: name.into() };
            let interval = (ratio - 0.01, ratio + 0.01);
            let log = Estimate { value: ratio.ln_1p(), error: 0.01, degrees: 30.0 };
            let (p_value, detectable, least_p) = (0.0, 0.01, 0.0);
            (
                id,
                verdict,
                Some(Change { ratio, interval, p_value, detectable, log, least_p, looks: 1 }),
            )
        };
        let steps = [
            Step {
                revision: revision("aaaaaaa", "Rename"),
                changes: Ok(vec![
                    change("x", Verdict::Unchanged, 0.0),
                    change("y", Verdict::Inconclusive, 0.001),
                ]),
                wrong: None,
            },
            Step {
                revision: revision("bbbbbbb", "Break"),
                changes: Err("no build".into()),
                wrong: None,
            },
            Step {
                revision: revision("ccccccc", "Cache \u{1b}[31m"),
                changes: Ok(vec![
                    change("x", Verdict::Slower, 0.1),
                    change("y", Verdict::Faster, -0.2),
                ]),
                wrong: Some("answers: exit status 1 in ccccccc".into()),
            },
        ];
        let text = table(&steps);
        assert!(!text.contains('\u{1b}'));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "aaaaaaa  Rename  (1 unchanged, 1 inconclusive)");
        assert_eq!(lines[1], "bbbbbbb  Break");
        assert_eq!(lines[2], "    not measured: no build");
        assert_eq!(
            lines[5],
            format!("    slower     p/t/x  {} [{}, {}]", signed(0.1), signed(0.09), signed(0.11))
        );
        assert_eq!(lines[4], "    does not count: answers: exit status 1 in ccccccc");
        assert!(lines[6].starts_with("    faster     p/t/y  -20"), "{}", lines[6]);
    }
}
