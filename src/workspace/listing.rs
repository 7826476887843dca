//! How a harness is asked for its benchmarks, and what it answers.

use crate::model::Harness;

/// One way to ask an executable for its benchmarks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListAttempt {
    /// Arguments; those that cargo itself gives are not to be added.
    pub arguments: Vec<String>,
    /// Variables to set beside the executable's own.
    pub environment: Vec<(String, String)>,
}

/// Ways to ask, best first: the next one is for executables that reject the one before.
/// Empty for [`Harness::Process`], which has nothing to list.
///
/// criterion before 0.5 runs in test mode unless told `--bench`, whatever else it is told, and
/// knows no `--format`. divan gives the names with their arguments only when it believes that it
/// is listed by cargo-nextest, from 0.1.18 on; before, it prints a tree of its functions.
pub fn list_attempts(harness: Harness) -> Vec<ListAttempt> {
    let attempt = |arguments: &[&str], environment: &[(&str, &str)]| ListAttempt {
        arguments: arguments.iter().map(ToString::to_string).collect(),
        environment: environment.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
    };
    match harness {
        Harness::Criterion => vec![attempt(&["--bench", "--list"], &[])],
        Harness::Libtest => vec![attempt(&["--list"], &[])],
        Harness::Divan => vec![
            attempt(&["--bench", "--list", "--format", "terse"], &[("NEXTEST", "1")]),
            attempt(&["--bench", "--list"], &[]),
        ],
        Harness::Process => Vec::new(),
    }
}

/// Arguments to list only what a plain run skips as `#[ignore]`d. libtest lists those among the
/// others; criterion has none and divan leaves them out by itself.
pub fn list_ignored_arguments(harness: Harness) -> Option<Vec<String>> {
    (harness == Harness::Libtest).then(|| vec!["--list".to_owned(), "--ignored".to_owned()])
}

/// What a name in a list stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListedKind {
    /// A `#[test]`.
    Test,
    /// A benchmark.
    Bench,
}

/// One benchmark that an executable has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// As the harness names it.
    pub name: String,
    /// Test or benchmark.
    pub kind: ListedKind,
    /// Whether the name may stand for several benchmarks that the harness does not list one by
    /// one (an old divan's functions with arguments).
    pub group: bool,
}

/// Why an output is no list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// libtest's closing line is missing: it ended early, or is no libtest.
    #[error("the list of tests does not end with their number; did the executable end early?")]
    Unfinished,
    /// libtest's closing line counts others.
    #[error("the list of tests has {listed} entries, but is said to have {counted}")]
    Count {
        /// Entries seen.
        listed: usize,
        /// Entries announced.
        counted: usize,
    },
}

/// Reads what an executable printed when it was asked for its benchmarks. Lines that are not
/// part of the list are skipped: a benchmark's own `main` may print, too.
///
/// # Errors
///
/// When a libtest list is not complete. criterion and divan print nothing that would tell.
pub fn parse_list(harness: Harness, stdout: &str) -> Result<Vec<Listed>, ListError> {
    match harness {
        Harness::Process => Ok(Vec::new()),
        Harness::Criterion => Ok(named(stdout, false)),
        Harness::Libtest => {
            let listed = named(stdout, true);
            let counted = stdout.lines().rev().find_map(summary).ok_or(ListError::Unfinished)?;
            if listed.len() == counted {
                Ok(listed)
            } else {
                Err(ListError::Count { listed: listed.len(), counted })
            }
        }
        Harness::Divan => {
            let listed = named(stdout, false);
            Ok(if listed.is_empty() { tree(stdout) } else { listed })
        }
    }
}

/// Lines of the form `name: kind`. Names may hold colons themselves. criterion 0.3 and 0.4 say
/// `bench`, later ones and the others `benchmark`.
fn named(stdout: &str, tests: bool) -> Vec<Listed> {
    let listed = |line: &str| {
        let line = line.trim_end_matches('\r');
        let (name, kind) = line.rsplit_once(": ")?;
        let kind = match kind {
            "bench" | "benchmark" => ListedKind::Bench,
            "test" if tests => ListedKind::Test,
            _ => return None,
        };
        (!name.is_empty()).then(|| Listed { name: name.to_owned(), kind, group: false })
    };
    stdout.lines().filter_map(listed).collect()
}

/// The sum in libtest's closing line: `3 tests, 1 benchmark`.
fn summary(line: &str) -> Option<usize> {
    let (tests, benchmarks) = line.trim().split_once(", ")?;
    let tests = tests.strip_suffix(" tests").or_else(|| tests.strip_suffix(" test"))?;
    let benchmarks =
        benchmarks.strip_suffix(" benchmarks").or_else(|| benchmarks.strip_suffix(" benchmark"))?;
    tests.parse::<usize>().ok()?.checked_add(benchmarks.parse().ok()?)
}

/// divan's tree of modules and functions: three columns for each level below the first.
fn tree(stdout: &str) -> Vec<Listed> {
    let mut nodes: Vec<(usize, &str)> = Vec::new();
    for line in stdout.lines() {
        let line = line.trim_end();
        let text = line.trim_start_matches(['│', ' ']);
        let indent = line.chars().count() - text.chars().count();
        let branch = text.strip_prefix("├─ ").or_else(|| text.strip_prefix("╰─ "));
        match branch {
            Some(name) if !nodes.is_empty() => nodes.push((indent / 3 + 1, name)),
            None if indent == 0 && !text.is_empty() => nodes.push((0, text)),
            _ => {}
        }
    }
    let mut path: Vec<&str> = Vec::new();
    let mut listed = Vec::new();
    for (position, &(depth, name)) in nodes.iter().enumerate() {
        path.truncate(depth);
        path.push(name);
        let has_children = nodes.get(position + 1).is_some_and(|&(next, _)| next > depth);
        // A function is never on the first level: that is the crate.
        if depth > 0 && !has_children && !name.ends_with("(ignored)") {
            listed.push(Listed { name: path.join("::"), kind: ListedKind::Bench, group: true });
        }
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(listed: &[Listed]) -> Vec<&str> {
        listed.iter().map(|l| &*l.name).collect()
    }

    #[test]
    fn criterion_of_all_versions() {
        let old = "Fibonacci/Recursive/20: bench\nname: with colon: bench\nsomething else\n";
        let listed = parse_list(Harness::Criterion, old).unwrap();
        assert_eq!(names(&listed), ["Fibonacci/Recursive/20", "name: with colon"]);
        assert!(listed.iter().all(|l| l.kind == ListedKind::Bench && !l.group));
        let new = "parse/1: benchmark\r\nparse/2: benchmark\r\nnote: test\n";
        assert_eq!(names(&parse_list(Harness::Criterion, new).unwrap()), ["parse/1", "parse/2"]);
        assert_eq!(parse_list(Harness::Criterion, ""), Ok(Vec::new()));
    }

    #[test]
    fn libtest_is_counted() {
        let text = "hello\ntests::a: test\ntests::b: benchmark\n\n1 test, 1 benchmark\n";
        let listed = parse_list(Harness::Libtest, text).unwrap();
        assert_eq!(names(&listed), ["tests::a", "tests::b"]);
        assert_eq!(listed[0].kind, ListedKind::Test);
        assert_eq!(listed[1].kind, ListedKind::Bench);
        assert_eq!(parse_list(Harness::Libtest, "0 tests, 0 benchmarks\n"), Ok(Vec::new()));
        assert_eq!(parse_list(Harness::Libtest, "a: test\n"), Err(ListError::Unfinished));
        assert_eq!(
            parse_list(Harness::Libtest, "a: test\n\n2 tests, 0 benchmarks\n"),
            Err(ListError::Count { listed: 1, counted: 2 })
        );
    }

    #[test]
    fn divan_terse_and_tree() {
        let terse = "bench::fib::10: benchmark\nbench::sort: benchmark\n";
        assert_eq!(
            names(&parse_list(Harness::Divan, terse).unwrap()),
            ["bench::fib::10", "bench::sort"]
        );
        let tree = "one\n├─ fib\n├─ group\n│  ├─ a\n│  ╰─ deep\n│     ╰─ b\n├─ skip   (ignored)\n\
                    ╰─ sort\n\ntwo\n╰─ x\n";
        let listed = parse_list(Harness::Divan, tree).unwrap();
        assert_eq!(
            names(&listed),
            ["one::fib", "one::group::a", "one::group::deep::b", "one::sort", "two::x"]
        );
        assert!(listed.iter().all(|l| l.group));
        assert_eq!(parse_list(Harness::Divan, "├─ \n│\n\n"), Ok(Vec::new()));
    }

    proptest::proptest! {
        #[test]
        fn no_output_breaks_it(text in "([│├╰─ a:b,0-9]{0,8}(: benchmark|: test|s, 1 bench)?\n?){0,12}") {
            for harness in Harness::ALL {
                if let Ok(listed) = parse_list(harness, &text) {
                    proptest::prop_assert!(listed.len() <= text.lines().count());
                }
            }
        }
    }
}
