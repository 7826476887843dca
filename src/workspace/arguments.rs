//! How one benchmark is run alone, and which arguments a harness understands.

use crate::model::Harness;

use super::listing::{Listed, ListedKind};

/// All arguments that make an executable run one of its benchmarks and nothing else. They stand
/// in place of cargo's own (libtest rejects a second `--bench`); the user's come behind them.
/// Empty for [`Harness::Process`], which is run with cargo's own arguments.
///
/// criterion takes a regular expression from 0.3.1 on (0.3.0 looks for the text as it is) and `--exact` only from 0.5 on; the
/// expression works in both. An old divan's group is every benchmark below its name.
pub fn exact_arguments(harness: Harness, listed: &Listed, include_ignored: bool) -> Vec<String> {
    let name = &listed.name;
    let mut arguments = match harness {
        Harness::Criterion => vec!["--bench".to_owned(), format!("^{}$", escape(name))],
        Harness::Divan if listed.group => {
            vec!["--bench".to_owned(), format!("^{}(::.*)?$", escape(name))]
        }
        Harness::Divan => vec!["--bench".to_owned(), "--exact".to_owned(), name.clone()],
        Harness::Libtest => {
            let mut arguments = vec!["--exact".to_owned(), name.clone()];
            if listed.kind == ListedKind::Bench {
                arguments.push("--bench".to_owned());
            }
            arguments
        }
        Harness::Process => return Vec::new(),
    };
    if include_ignored && matches!(harness, Harness::Divan | Harness::Libtest) {
        arguments.push("--include-ignored".to_owned());
    }
    arguments
}

/// As [`exact_arguments`], to run the benchmark's routine once instead of measuring it. Every harness
/// can do so: it is how benchmarks are tested.
pub fn once_arguments(harness: Harness, listed: &Listed, include_ignored: bool) -> Vec<String> {
    let mut arguments = exact_arguments(harness, listed, include_ignored);
    arguments.retain(|argument| argument != "--bench");
    if matches!(harness, Harness::Criterion | Harness::Divan) {
        arguments.insert(0, "--test".to_owned());
    }
    arguments
}

/// A regular expression that matches a text and nothing else.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The user's arguments, as they concern one harness.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// To be given to the executable.
    pub given: Vec<String>,
    /// Not for this harness, or in the way of measuring (`--list`, `--test`).
    pub dropped: Vec<String>,
    /// Names without a dash: filters, which are ours to apply.
    pub filters: Vec<String>,
    /// Whether `--exact` is among them, which concerns `filters`.
    pub exact: bool,
    /// Whether ignored tests are asked for.
    pub include_ignored: bool,
    /// criterion's `--profile-time` in seconds: how long each profiled run lasts. criterion itself
    /// takes no less than 1, and before 0.4 whole seconds only.
    pub profile_time: Option<f64>,
}

/// Sorts the user's arguments by whether a harness understands them. [`Harness::Process`] gets
/// all of them as they are, except criterion's `--profile-time`.
pub fn split_arguments(harness: Harness, arguments: &[String]) -> Split {
    let mut split = Split::default();
    let mut rest = arguments.iter().map(String::as_str).peekable();
    while let Some(argument) = rest.next() {
        let (name, attached) = match argument.split_once('=') {
            Some((name, value)) if argument.starts_with("--") => (name, Some(value)),
            _ => (argument, None),
        };
        if name == "--profile-time" {
            let value = attached.map(str::to_owned).or_else(|| rest.next().map(str::to_owned));
            match value.as_deref().and_then(|v| v.parse::<f64>().ok()) {
                Some(seconds) if seconds > 0.0 && seconds.is_finite() => {
                    split.profile_time = Some(seconds);
                }
                _ => {
                    split.dropped.push(name.to_owned());
                    split.dropped.extend(value);
                }
            }
            continue;
        }
        if harness == Harness::Process {
            split.given.push(argument.to_owned());
            continue;
        }
        if !name.starts_with('-') || name == "-" {
            split.filters.push(argument.to_owned());
            continue;
        }
        match name {
            "--exact" => {
                split.exact = true;
                continue;
            }
            "--include-ignored" => {
                split.include_ignored = true;
                continue;
            }
            _ => {}
        }
        let own = arity(harness, name);
        let takes_value = own.or_else(|| Harness::ALL.iter().find_map(|&other| arity(other, name)));
        let to = if own.is_some() && !RESERVED.contains(&name) {
            &mut split.given
        } else {
            &mut split.dropped
        };
        to.push(argument.to_owned());
        let wants_next = match takes_value {
            Some(Arity::One) => attached.is_none(),
            // Only a boolean may follow divan's `--skip-ext-time`.
            Some(Arity::Optional) => {
                attached.is_none() && rest.peek().is_some_and(|v| matches!(*v, "true" | "false"))
            }
            Some(Arity::None) | None => false,
        };
        if wants_next {
            to.extend(rest.next().map(str::to_owned));
        }
    }
    split
}

/// How many values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arity {
    None,
    One,
    Optional,
}

/// Options that say what to do instead of measuring, or that change output which is read here.
const RESERVED: [&str; 16] = [
    "--list",
    "--test",
    "--bench",
    "--help",
    "-h",
    "--version",
    "-V",
    "--ignored",
    "--format",
    "-q",
    "--quiet",
    "--logfile",
    "--load-baseline",
    "--profile-time",
    "--output-format",
    "--bytes-format",
];

/// Whether a harness knows an option, and its values. The union over all versions of the harness.
fn arity(harness: Harness, name: &str) -> Option<Arity> {
    let (flags, options): (&[&str], &[&str]) = match harness {
        Harness::Criterion => (CRITERION_FLAGS, CRITERION_OPTIONS),
        Harness::Divan => (DIVAN_FLAGS, DIVAN_OPTIONS),
        Harness::Libtest => (LIBTEST_FLAGS, LIBTEST_OPTIONS),
        Harness::Process => return None,
    };
    if harness == Harness::Divan && name == "--skip-ext-time" {
        Some(Arity::Optional)
    } else if flags.contains(&name) {
        Some(Arity::None)
    } else {
        options.contains(&name).then_some(Arity::One)
    }
}

/// criterion 0.3.0 to 0.8.
const CRITERION_FLAGS: &[&str] = &[
    "-v",
    "--verbose",
    "--quiet",
    "-n",
    "--noplot",
    "--discard-baseline",
    "--list",
    "--ignored",
    "--quick",
    "--test",
    "--bench",
    "--nocapture",
    "--show-output",
    "-V",
    "--version",
    "-h",
    "--help",
];
const CRITERION_OPTIONS: &[&str] = &[
    "-c",
    "--color",
    "--colour",
    "-s",
    "--save-baseline",
    "-b",
    "--baseline",
    "--baseline-lenient",
    "--load-baseline",
    "--format",
    "--sample-size",
    "--warm-up-time",
    "--measurement-time",
    "--nresamples",
    "--noise-threshold",
    "--confidence-level",
    "--significance-level",
    "--plotting-backend",
    "--output-format",
];

/// divan 0.1.
const DIVAN_FLAGS: &[&str] =
    &["--test", "--list", "--ignored", "--bench", "--nocapture", "--show-output", "-h", "--help"];
const DIVAN_OPTIONS: &[&str] = &[
    "--color",
    "--skip",
    "--sort",
    "--sortr",
    "--timer",
    "--sample-count",
    "--sample-size",
    "--threads",
    "--min-time",
    "--max-time",
    "--items-count",
    "--bytes-count",
    "--bytes-format",
    "--chars-count",
    "--cycles-count",
    "--format",
];

/// libtest of rustc 1.95.
const LIBTEST_FLAGS: &[&str] = &[
    "--ignored",
    "--force-run-in-process",
    "--exclude-should-panic",
    "--test",
    "--bench",
    "--list",
    "--fail-fast",
    "-h",
    "--help",
    "--no-capture",
    "--nocapture",
    "-q",
    "--quiet",
    "--show-output",
    "--report-time",
    "--ensure-time",
    "--shuffle",
];
const LIBTEST_OPTIONS: &[&str] =
    &["--logfile", "--test-threads", "--skip", "--color", "--format", "-Z", "--shuffle-seed"];

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, kind: ListedKind, group: bool) -> Listed {
        Listed { name: name.into(), kind, group }
    }

    fn split(harness: Harness, arguments: &[&str]) -> Split {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        split_arguments(harness, &arguments)
    }

    #[test]
    fn one_benchmark_alone() {
        let bench = listed("a/b (1.5)+[x]", ListedKind::Bench, false);
        assert_eq!(
            exact_arguments(Harness::Criterion, &bench, true),
            ["--bench", r"^a/b \(1\.5\)\+\[x\]$"]
        );
        assert_eq!(
            exact_arguments(Harness::Divan, &bench, false),
            ["--bench", "--exact", "a/b (1.5)+[x]"]
        );
        assert_eq!(
            exact_arguments(Harness::Divan, &listed("m::f", ListedKind::Bench, true), false),
            ["--bench", "^m::f(::.*)?$"]
        );
        assert_eq!(
            exact_arguments(Harness::Libtest, &listed("t::a", ListedKind::Test, false), true),
            ["--exact", "t::a", "--include-ignored"]
        );
        assert_eq!(
            exact_arguments(Harness::Libtest, &listed("t::b", ListedKind::Bench, false), false),
            ["--exact", "t::b", "--bench"]
        );
        assert!(exact_arguments(Harness::Process, &bench, true).is_empty());
    }

    #[test]
    fn each_harness_gets_its_own() {
        let all = [
            "--warm-up-time",
            "1",
            "--measurement-time=2",
            "--profile-time=60",
            "--test-threads",
            "4",
            "--nocapture",
            "--min-time",
            "0.5",
            "name",
            "--sample-size",
            "20",
        ];
        let criterion = split(Harness::Criterion, &all);
        assert_eq!(
            criterion.given,
            ["--warm-up-time", "1", "--measurement-time=2", "--nocapture", "--sample-size", "20"]
        );
        assert_eq!(criterion.dropped, ["--test-threads", "4", "--min-time", "0.5"]);
        assert_eq!(criterion.filters, ["name"]);
        assert_eq!(criterion.profile_time, Some(60.0));
        let libtest = split(Harness::Libtest, &all);
        assert_eq!(libtest.given, ["--test-threads", "4", "--nocapture"]);
        assert_eq!(
            libtest.dropped,
            [
                "--warm-up-time",
                "1",
                "--measurement-time=2",
                "--min-time",
                "0.5",
                "--sample-size",
                "20"
            ]
        );
        let divan = split(Harness::Divan, &all);
        assert_eq!(divan.given, ["--nocapture", "--min-time", "0.5", "--sample-size", "20"]);
        let process = split(Harness::Process, &all);
        assert_eq!(process.given.len(), all.len() - 1);
        assert_eq!(process.profile_time, Some(60.0));
        assert!(process.dropped.is_empty());
    }

    #[test]
    fn what_would_not_measure_is_dropped() {
        let odd = split(
            Harness::Libtest,
            &["--list", "--exact", "--include-ignored", "--unknown", "x", "-Z", "unstable-options"],
        );
        assert_eq!(odd.dropped, ["--list", "--unknown"]);
        assert_eq!(odd.filters, ["x"]);
        assert_eq!(odd.given, ["-Z", "unstable-options"]);
        assert!(odd.exact && odd.include_ignored);
        for bad in ["0", "-1", "NaN", "inf", "soon"] {
            let bad = split(Harness::Criterion, &["--profile-time", bad]);
            assert_eq!(bad.profile_time, None);
            assert_eq!(bad.dropped.len(), 2);
        }
        let cut = split(Harness::Criterion, &["--profile-time"]);
        assert_eq!((cut.profile_time, cut.dropped.len()), (None, 1));
        assert_eq!(split(Harness::Divan, &["--skip-ext-time", "true"]).given.len(), 2);
        assert_eq!(split(Harness::Divan, &["--skip-ext-time", "name"]).filters, ["name"]);
    }
}
