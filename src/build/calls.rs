//! Which cargo calls a selection needs.

use std::ffi::OsString;

use crate::workspace::Selection;

/// What cargo is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// Build bench targets and run them with `--bench`.
    Bench,
    /// Build test harnesses and run them.
    Test,
    /// Build programs; each is run by a [`Verb::Run`] of its own.
    Build,
    /// Run one program in the user's directory.
    Run,
}

/// One call of cargo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// What it does.
    pub(super) verb: Verb,
    /// The profile in force.
    pub(super) profile: String,
    /// All arguments from the verb on, without `--config` and `--message-format`.
    pub(super) arguments: Vec<OsString>,
}

/// The calls for a selection, without those that run programs: see [`run_call`].
pub(super) fn calls(selection: &Selection) -> Vec<Call> {
    let mut calls = Vec::new();
    if selection.wants_benches() || selection.is_default() {
        let mut targets = named("--bench", &selection.benches);
        targets.extend(flag(selection.all_benches, "--benches"));
        calls.push(call(selection, Verb::Bench, targets, true));
    }
    if selection.wants_tests() {
        let mut targets = named("--test", &selection.tests);
        targets.extend(flag(selection.all_tests, "--tests"));
        targets.extend(flag(selection.lib, "--lib"));
        calls.push(call(selection, Verb::Test, targets, true));
    }
    if selection.wants_programs() {
        let mut targets = named("--bin", &selection.bins);
        targets.extend(named("--example", &selection.examples));
        targets.extend(flag(selection.all_bins, "--bins"));
        targets.extend(flag(selection.all_examples, "--examples"));
        calls.push(call(selection, Verb::Build, targets, true));
    }
    calls
}

/// The call that runs a program, `flag` being `--bin` or `--example`.
pub(super) fn run_call(selection: &Selection, package_id: &str, flag: &str, name: &str) -> Call {
    let targets = ["-p", package_id, flag, name].map(OsString::from).to_vec();
    call(selection, Verb::Run, targets, false)
}

fn call(selection: &Selection, verb: Verb, targets: Vec<OsString>, with_packages: bool) -> Call {
    let (word, default_profile) = match verb {
        Verb::Bench => ("bench", "bench"),
        Verb::Test => ("test", "release"),
        Verb::Build => ("build", "release"),
        Verb::Run => ("run", "release"),
    };
    let profile = selection.profile.as_deref().unwrap_or(default_profile);
    let mut arguments = vec![OsString::from(word), "--profile".into(), profile.into()];
    arguments.extend(targets);
    if with_packages {
        arguments.extend(named("-p", &selection.packages));
        arguments.extend(flag(selection.workspace, "--workspace"));
        arguments.extend(named("--exclude", &selection.exclude));
    }
    arguments.extend(named("--features", &selection.features));
    arguments.extend(flag(selection.all_features, "--all-features"));
    arguments.extend(flag(selection.no_default_features, "--no-default-features"));
    arguments.extend(named("--target", selection.target.as_slice()));
    if let Some(folder) = &selection.target_dir {
        arguments.extend([OsString::from("--target-dir"), folder.into()]);
    }
    arguments.extend(named("-j", selection.jobs.as_slice()));
    arguments.extend(common(selection));
    Call { verb, profile: profile.to_owned(), arguments }
}

/// The flags that every cargo command takes.
pub(super) fn common(selection: &Selection) -> Vec<OsString> {
    let mut arguments = Vec::new();
    if let Some(path) = &selection.manifest_path {
        arguments.extend([OsString::from("--manifest-path"), path.into()]);
    }
    arguments.extend(flag(selection.locked, "--locked"));
    arguments.extend(flag(selection.offline, "--offline"));
    arguments.extend(flag(selection.frozen, "--frozen"));
    arguments
}

fn named<'a>(flag: &str, values: impl IntoIterator<Item = &'a String>) -> Vec<OsString> {
    values.into_iter().flat_map(|value| [OsString::from(flag), value.into()]).collect()
}

fn flag(wanted: bool, flag: &str) -> Option<OsString> {
    wanted.then(|| flag.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(selection: &Selection) -> Vec<String> {
        let line = |call: Call| {
            let words = call.arguments.iter().map(|a| a.to_str().unwrap().to_owned());
            words.collect::<Vec<_>>().join(" ")
        };
        calls(selection).into_iter().map(line).collect()
    }

    #[test]
    fn nothing_selected_is_cargo_bench() {
        assert_eq!(lines(&Selection::default()), ["bench --profile bench"]);
    }

    #[test]
    fn each_kind_has_its_call() {
        let selection = Selection {
            benches: vec!["a".into(), "b*".into()],
            tests: vec!["t".into()],
            lib: true,
            bins: vec!["prog".into()],
            all_examples: true,
            packages: vec!["p".into()],
            features: vec!["x,y".into()],
            target: Some("t1".into()),
            target_dir: Some("/tmp/t d".into()),
            offline: true,
            jobs: Some("2".into()),
            ..Selection::default()
        };
        let tail = "-p p --features x,y --target t1 --target-dir /tmp/t d -j 2 --offline";
        assert_eq!(
            lines(&selection),
            [
                format!("bench --profile bench --bench a --bench b* {tail}"),
                format!("test --profile release --test t --lib {tail}"),
                format!("build --profile release --bin prog --examples {tail}"),
            ]
        );
        let run = run_call(&selection, "path+file:///w#p@0.1.0", "--bin", "prog");
        assert_eq!(run.arguments[..7].len(), 7);
        assert!(!run.arguments.contains(&"--workspace".into()));
        assert_eq!(run.arguments[4], "path+file:///w#p@0.1.0");
    }

    #[test]
    fn a_profile_holds_for_all() {
        let selection = Selection {
            profile: Some("fast".into()),
            all_benches: true,
            all_tests: true,
            workspace: true,
            exclude: vec!["q".into()],
            ..Selection::default()
        };
        assert_eq!(
            lines(&selection),
            [
                "bench --profile fast --benches --workspace --exclude q",
                "test --profile fast --tests --workspace --exclude q",
            ]
        );
    }
}
